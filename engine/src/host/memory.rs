//! Memory that the system neither swaps out nor maps in small pieces.

use std::ops::Range;

use super::report::{MemoryReport, Refusal};
use super::system;

/// What to ask of the system for the memory of a ring. Nothing by default.
///
/// Locking needs the right to it: RLIMIT_MEMLOCK allows an ordinary user some megabytes. What is
/// refused is reported by [`Running::host`](crate::Running::host), and the ring works without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    /// Keep the ring in memory (mlock(2)), until the memory is given back to the system.
    pub lock: bool,
    /// Put the ring on huge pages of 2 MiB, if it fills one: fewer entries of the processor's
    /// address cache for the same memory. The ring holds what was published before the start, so
    /// it is moved there (MADV_COLLAPSE of madvise(2), Linux 6.1 and later).
    pub huge_pages: bool,
}

const HUGE_PAGE: usize = 2 << 20;

impl Memory {
    /// Asks it for the memory at these addresses, the bounds of which are those of pages.
    pub(crate) fn request(self, addresses: &Range<usize>) -> MemoryReport {
        let mut report = MemoryReport { bytes: addresses.len(), ..MemoryReport::default() };
        // First, for what is locked afterwards is then locked on them.
        if self.huge_pages {
            request_huge_pages(addresses, &mut report);
        }
        if self.lock {
            match system::lock(addresses) {
                Ok(()) => report.locked = addresses.len(),
                Err(error) => {
                    let what = format!("lock {} bytes in memory", addresses.len());
                    report.refusals.push(Refusal::by_system(what, &error));
                }
            }
        }
        report
    }
}

fn request_huge_pages(addresses: &Range<usize>, report: &mut MemoryReport) {
    if !addresses.start.is_multiple_of(HUGE_PAGE) || addresses.len() < HUGE_PAGE {
        let why = format!("the ring has {} bytes and fills no page of 2 MiB", addresses.len());
        return report.refusals.push(Refusal::new("use huge pages", why));
    }
    if let Err(error) = system::advise_huge_pages(addresses) {
        return report.refusals.push(Refusal::by_system("use huge pages (MADV_HUGEPAGE)", &error));
    }
    report.huge_advised = addresses.len();
    match system::collapse(addresses) {
        Ok(()) => report.huge = addresses.len(),
        Err(error) => {
            let what = "move to huge pages before the start (MADV_COLLAPSE)";
            report.refusals.push(Refusal::by_system(what, &error));
        }
    }
}
