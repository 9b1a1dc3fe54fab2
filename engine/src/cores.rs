//! Which cores there are, and binding a thread to one.
//!
//! A core that a stage names need only be online: a caller that is bound to one core itself may
//! still place stages on others. But stages that name none run where the caller may run, so only
//! those cores count when threads are spread.

use std::collections::BTreeSet;
use std::fs;

use crate::error::BuildError;
pub(crate) use crate::host::system::pin;

/// The cores that are online, ascending.
pub(crate) fn online() -> BTreeSet<usize> {
    let listed = fs::read_to_string("/sys/devices/system/cpu/online").ok();
    listed.and_then(|list| parse_list(&list)).unwrap_or_else(|| {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        (0..count).collect()
    })
}

/// The online cores that the calling thread may use, and so may the threads it starts: they
/// inherit its mask.
///
/// The kernel already takes the control group's cpuset into account in the mask.
pub(crate) fn usable() -> BTreeSet<usize> {
    let online = online();
    let allowed = allowed_here().unwrap_or_default();
    let usable: BTreeSet<usize> = online.intersection(&allowed).copied().collect();
    if usable.is_empty() { online } else { usable }
}

/// Checks that these cores are online.
///
/// # Errors
/// [`BuildError::NoSuchCore`] for the first that is not.
pub(crate) fn check(wanted: impl IntoIterator<Item = usize>) -> Result<(), BuildError> {
    let online = online();
    match wanted.into_iter().find(|core| !online.contains(core)) {
        None => Ok(()),
        Some(core) => Err(BuildError::NoSuchCore { core, online: online.into_iter().collect() }),
    }
}

fn allowed_here() -> Option<BTreeSet<usize>> {
    let status = fs::read_to_string("/proc/thread-self/status").ok()?;
    parse_list(status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?)
}

/// Parses the kernel's list format, such as `0-3,8,10-11`.
fn parse_list(list: &str) -> Option<BTreeSet<usize>> {
    let mut cores = BTreeSet::new();
    for part in list.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        cores.extend(first.trim().parse().ok()?..=last.trim().parse::<usize>().ok()?);
    }
    Some(cores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lists_are_understood() {
        let cores = |list| parse_list(list).map(Vec::from_iter);
        assert_eq!(cores("0-3,8,10-11\n"), Some(vec![0, 1, 2, 3, 8, 10, 11]));
        assert_eq!(cores("\t0\n"), Some(vec![0]));
        assert_eq!(cores(""), None);
        assert_eq!(cores("0-x"), None);
    }

    #[test]
    fn a_pinned_caller_sees_every_core_but_can_use_only_its_own() {
        let online = online();
        let first = *online.first().expect("a core");
        let seen = std::thread::spawn(move || {
            pin(first).expect("it is online");
            (super::online(), usable())
        });
        assert_eq!(seen.join().expect("no panic"), (online, BTreeSet::from([first])));
    }
}
