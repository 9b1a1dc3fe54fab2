//! Work shared out: each event goes to exactly one reader of a group.
//!
//! The workers of a group are readers with positions of their own, and one count that they all
//! move: the events before it are claimed. A worker claims only what is there to be read, a few
//! events at a time, by one compare-and-swap.
//!
//! ```text
//!   worker A  position 3    reads 3 4           claimed 9, of them
//!   worker B  position 7    reads 7 8           5 6 are done, 3 4 7 8 in hand
//!   worker C  position 9    idle                published 11: 9 10 for whoever is first
//! ```
//!
//! **Exactly one.** The count only grows, and every growth is one worker's claim: claims neither
//! overlap nor leave gaps.
//!
//! **Nothing in hand or unclaimed is overwritten.** A worker's position is never beyond the count:
//! it is the first event that it still has in hand, or else a count that it has read. So for an
//! event in hand there is its worker's position, not beyond it; and for an event that is not
//! claimed yet every position is such. The writers and whoever follows the group go by the least
//! position, and no position ever moves back, so they may look at one after the other.
//!
//! **An idle worker holds nobody back.** Each look moves its position up to the count: what lies
//! before is done or in the hands of others, whose positions speak for it.
//!
//! **Nobody's view lags behind the count.** A worker has seen an event published before it claims
//! it, and who reads the count has then seen as much: its next look upstream finds no less.
//!
//! A worker may stop whenever it has nothing in hand, and the others take over. A claim cannot be
//! given back: whoever fails with events in hand must poison the ring.

use crossbeam_utils::CachePadded;

use crate::sync::{Arc, AtomicU64, ord};

/// What the workers of a group have in common.
#[derive(Debug)]
struct Group {
    claimed: CachePadded<AtomicU64>,
    workers: u64,
    /// The most that one claim takes.
    chunk: u64,
}

/// One worker's part in a group.
#[derive(Debug)]
pub(super) struct Share {
    group: Arc<Group>,
    /// The end of what it has claimed.
    end: u64,
}

impl Share {
    /// The parts of `workers` that start at `position` and take `chunk` events at most in a claim.
    pub(super) fn group(workers: usize, position: u64, chunk: usize) -> impl Iterator<Item = Self> {
        let group = Arc::new(Group {
            claimed: CachePadded::new(AtomicU64::new(position)),
            workers: workers as u64,
            chunk: chunk as u64,
        });
        (0..workers).map(move |_| Self { group: Arc::clone(&group), end: position })
    }

    /// The end of what it has claimed.
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The events claimed by the whole group.
    pub(super) fn claimed(&self) -> u64 {
        self.group.claimed.load(ord::claimed())
    }

    /// Claims some of the events before `seen`, for a worker with nothing in hand; returns where
    /// they begin and end, which is the same if nothing was left.
    #[inline]
    pub(super) fn claim(&mut self, seen: u64) -> (u64, u64) {
        let Group { claimed, workers, chunk } = &*self.group;
        let mut first = claimed.load(ord::claimed()); // pairs with `claim`
        while first < seen {
            // A fair part of what there is, so that an early worker does not take it all.
            let end = first + (seen - first).div_ceil(*workers).min(*chunk);
            // Pairs with `claimed`. The old count is not ahead of what this worker has seen.
            match claimed.compare_exchange_weak(first, end, ord::claim(), ord::claimed()) {
                Ok(_) => {
                    self.end = end;
                    return (first, end);
                }
                Err(now) => first = now,
            }
        }
        self.end = first;
        (first, first)
    }
}
