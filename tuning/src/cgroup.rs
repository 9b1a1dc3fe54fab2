//! Where a control group's limits are found, under either version and in any namespace.
//!
//! Source: cgroups(7); Linux, `Documentation/admin-guide/cgroup-v2.rst` and `cgroup-v1/`.

use std::path::Path;

use crate::Sysroot;
use crate::sysroot::Unread;

/// The groups that bind this process in one controller.
#[derive(Debug)]
pub(crate) struct Groups {
    /// Whether the controller has a hierarchy of version 1; version 2 has one for all.
    pub(crate) is_v1: bool,
    /// The directory of the process's own group, then of each one above it. Inside a container the
    /// first may be missing, and the last be the container's own.
    pub(crate) directories: Vec<String>,
}

impl Groups {
    pub(crate) fn of(root: &Sysroot, controller: &str) -> Result<Self, Unread> {
        let path = "proc/self/cgroup";
        let text = root.read(path)?;
        let has = |controllers: &str| controllers.split(',').any(|name| name == controller);
        // On a hybrid system a controller with a v1 hierarchy is there and only there.
        let (controllers, group) = text
            .lines()
            .filter_map(|line| line.split_once(':')?.1.split_once(':'))
            .filter(|(controllers, _)| controllers.is_empty() || has(controllers))
            .max_by_key(|(controllers, _)| has(controllers))
            .ok_or_else(|| Unread::not_understood(path, &text))?;
        let mount = Path::new("sys/fs/cgroup").join(controllers);
        let directory = |group: &Path| {
            let full = mount.join(group.strip_prefix("/").unwrap_or(group));
            full.display().to_string().trim_end_matches('/').to_owned()
        };
        Ok(Self {
            is_v1: has(controllers),
            directories: Path::new(group).ancestors().map(directory).collect(),
        })
    }
}
