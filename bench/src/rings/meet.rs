//! A rendezvous without locks or sleep: nobody starts while another is still being placed.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::yield_now;

use crossbeam_utils::CachePadded;

/// Looks at the counter between two yields: about a microsecond.
const LOOKS: usize = 50;

/// Where a fixed number of threads meet, any number of times.
#[derive(Debug)]
pub(crate) struct Meeting {
    parties: usize,
    arrivals: CachePadded<AtomicUsize>,
}

/// One thread's place in the meeting.
#[derive(Debug)]
pub(crate) struct Party<'a> {
    meeting: &'a Meeting,
    awaited: usize,
}

impl Meeting {
    pub(crate) fn of(parties: usize) -> Self {
        Self { parties, arrivals: CachePadded::new(AtomicUsize::new(0)) }
    }

    pub(crate) fn join(&self) -> Party<'_> {
        Party { meeting: self, awaited: 0 }
    }
}

impl Party<'_> {
    /// Returns once every party has called this as often as this one has.
    pub(crate) fn meet(&mut self) {
        self.awaited += self.meeting.parties;
        // Release: what this thread did before is done before the others go on.
        self.meeting.arrivals.fetch_add(1, Ordering::Release);
        let missing = || self.meeting.arrivals.load(Ordering::Acquire) < self.awaited;
        while missing() {
            for _ in 0..LOOKS {
                if missing() {
                    spin_loop();
                }
            }
            if missing() {
                yield_now();
            }
        }
    }
}
