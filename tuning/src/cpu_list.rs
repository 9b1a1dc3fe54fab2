//! The kernel's list format for sets of CPUs: `0-3,8,10-11`.
//!
//! Only what the kernel writes is accepted; the strides and names (`0-31:1/2`, `all`) that it
//! merely accepts on its command line are not. Source: cpuset(7), "List format".

use std::collections::BTreeSet;

pub(crate) type CpuSet = BTreeSet<usize>;

/// Far above any kernel's limit (8,192); keeps a corrupt range from filling the memory.
const MAX_CPUS: usize = 1 << 16;

/// `None` when `text` is not a list. Empty text is the empty set, as it is for the kernel.
pub(crate) fn parse(text: &str) -> Option<CpuSet> {
    let mut cpus = CpuSet::new();
    let text = text.trim();
    if text.is_empty() {
        return Some(cpus);
    }
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last >= MAX_CPUS {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

/// The inverse of [`parse`], for people: the empty set is `none`.
pub(crate) fn show(cpus: &CpuSet) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &cpu in cpus {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == cpu => *last = cpu,
            _ => ranges.push((cpu, cpu)),
        }
    }
    if ranges.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = ranges
        .iter()
        .map(|&(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") })
        .collect();
    shown.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        assert_eq!(parse("0-2,5,7-7\n"), Some([0, 1, 2, 5, 7].into()));
        assert_eq!(parse("\n"), Some(CpuSet::new()));
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["a", "1,", ",1", "3-1", "1-", "-1", "0-4294967295", "(null)", "0-9:1/2", "+-1"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn shows_what_it_reads(cpus in proptest::collection::btree_set(0..MAX_CPUS, 1..50)) {
            prop_assert_eq!(parse(&show(&cpus)), Some(cpus));
        }

        #[test]
        fn survives_any_text(text in "[0-9,\\-\n]{0,40}|\\PC{0,20}") {
            if let Some(cpus) = parse(&text) {
                prop_assert!(cpus.iter().all(|&cpu| cpu < MAX_CPUS));
            }
        }
    }
}
