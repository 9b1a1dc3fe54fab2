//! Which cores there are, and binding a thread to one.
//!
//! A caller that is bound to one core itself must not make the engine believe that there is no
//! other. So a core exists if it is online, and the process may use a core if *any* of its
//! threads may.

use std::collections::BTreeSet;
use std::fs;

/// The cores that are online, ascending.
pub(crate) fn online() -> BTreeSet<usize> {
    let listed = fs::read_to_string("/sys/devices/system/cpu/online").ok();
    listed.and_then(|list| parse_list(&list)).unwrap_or_else(|| {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        (0..count).collect()
    })
}

/// The online cores that this process may use: what any of its threads may run on.
///
/// The kernel already takes the control group's cpuset into account in these masks.
pub(crate) fn usable() -> BTreeSet<usize> {
    let online = online();
    let allowed = allowed_to_any_thread();
    let usable: BTreeSet<usize> = online.intersection(&allowed).copied().collect();
    if usable.is_empty() { online } else { usable }
}

/// Binds the calling thread to a core; false if the system refuses.
pub(crate) fn pin(core: usize) -> bool {
    core_affinity::set_for_current(core_affinity::CoreId { id: core })
}

fn allowed_to_any_thread() -> BTreeSet<usize> {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return BTreeSet::new() };
    threads
        .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("status")).ok())
        .filter_map(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
            parse_list(line)
        })
        .flatten()
        .collect()
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
    fn a_pinned_caller_still_sees_every_core() {
        let online = online();
        let first = *online.first().expect("a core");
        let seen = std::thread::spawn(move || {
            assert!(pin(first), "core {first} is online");
            super::online()
        });
        assert_eq!(seen.join().expect("no panic"), online);
        assert!(usable().is_subset(&online));
    }
}
