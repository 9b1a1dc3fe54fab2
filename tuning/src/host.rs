//! The facts that several checks share: who runs this machine, and which cores are ours.

use std::collections::BTreeSet;

use crate::cgroup::Groups;
use crate::checks::Verdict;
use crate::cpu_list::CpuSet;
use crate::sysroot::Unread;
use crate::{Context, Severity, Sysroot};

/// Who decides over the kernel's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    BareMetal,
    /// A virtual machine: the kernel is ours, the cores and their clock are not.
    Guest,
    /// The kernel belongs to somebody else.
    Container,
}

#[derive(Debug)]
pub(crate) struct Host<'a> {
    pub(crate) root: &'a Sysroot,
    pub(crate) context: &'a Context,
    pub(crate) hot: CpuSet,
    pub(crate) platform: Platform,
}

impl<'a> Host<'a> {
    pub(crate) fn new(root: &'a Sysroot, context: &'a Context) -> Self {
        let hot = context.hot_cores.iter().copied().collect();
        Self { root, context, hot, platform: platform(root) }
    }

    pub(crate) fn online(&self) -> Result<CpuSet, Unread> {
        self.root.cpus("sys/devices/system/cpu/online")
    }

    /// The cores that the threads of this process may be pinned to.
    pub(crate) fn cpuset(&self) -> Result<CpuSet, Unread> {
        let online = self.online()?;
        let groups = match Groups::of(self.root, "cpuset") {
            Err(Unread::Missing(_)) => return Ok(online),
            groups => groups?,
        };
        let file = if groups.is_v1 { "cpuset.effective_cpus" } else { "cpuset.cpus.effective" };
        for group in groups.directories {
            match self.root.cpus(&format!("{group}/{file}")) {
                // A group without the controller has its parent's cores.
                Err(Unread::Missing(_)) => {}
                cpus => return Ok(&cpus? & &online),
            }
        }
        Ok(online)
    }

    /// The cores that this program's threads can use. Threads that pin themselves leave the
    /// inherited affinity mask behind, and must: it lacks the cores isolated at boot. Others keep
    /// it.
    pub(crate) fn usable(&self) -> Result<CpuSet, Unread> {
        let cpuset = self.cpuset()?;
        if !self.hot.is_empty() {
            return Ok(cpuset);
        }
        let path = "proc/self/status";
        let status = self.root.read(path)?;
        field(&status, "Cpus_allowed_list")
            .and_then(crate::cpu_list::parse)
            .map(|mask| &mask & &cpuset)
            .ok_or_else(|| Unread::not_understood(path, &status))
    }

    /// The hot cores or, when none is named, all usable ones.
    pub(crate) fn hot_or_usable(&self) -> Result<CpuSet, Unread> {
        if self.hot.is_empty() { self.usable() } else { Ok(self.hot.clone()) }
    }

    /// The words of the processor's `flags` line; empty on architectures that have none.
    pub(crate) fn cpu_flags(&self) -> Result<BTreeSet<String>, Unread> {
        cpu_flags(self.root)
    }

    /// For settings of the whole kernel: a container cannot change them, so a defect is not held
    /// against it.
    pub(crate) fn kernel_wide(&self, verdict: Verdict) -> Verdict {
        if self.platform == Platform::Container && verdict.severity >= Severity::Warn {
            verdict.ask_host()
        } else {
            verdict
        }
    }
}

/// The value of `name` in the `name: value` lines of the kernel's status files.
pub(crate) fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim_end() == name).then(|| value.trim())
    })
}

fn cpu_flags(root: &Sysroot) -> Result<BTreeSet<String>, Unread> {
    let text = root.read("proc/cpuinfo")?;
    let flags = field(&text, "flags").unwrap_or_default();
    Ok(flags.split_whitespace().map(str::to_owned).collect())
}

fn platform(root: &Sysroot) -> Platform {
    // Marker files such as `/.dockerenv` survive when an image is booted as a virtual machine.
    // What counts is whether the kernel can be tuned from here.
    // If even that cannot be told, nothing is held against the machine.
    let mounts = root.read("proc/self/mountinfo");
    if mounts.map_or(true, |mounts| mounts.lines().any(is_read_only_proc_sys)) {
        return Platform::Container;
    }
    let flagged = cpu_flags(root).is_ok_and(|flags| flags.contains("hypervisor"));
    if flagged || root.read("sys/hypervisor/type").is_ok() {
        Platform::Guest
    } else {
        Platform::BareMetal
    }
}

/// `id parent device root mount-point options ...`, see proc_pid_mountinfo(5).
fn is_read_only_proc_sys(line: &str) -> bool {
    let mut fields = line.split(' ').skip(4);
    fields.next() == Some("/proc/sys")
        && fields.next().is_some_and(|options| options.split(',').any(|option| option == "ro"))
}
