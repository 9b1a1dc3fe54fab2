//! For a caller that tests the conditions of many patterns at once: it says what an event meets,
//! and shows only events that matter. Patterns alike that are not partitioned may share a matcher,
//! in which each is what a key is to a pattern that is.

use bytemuck::Pod;

use super::{Partition, SharedMatch, SharedMatcher};
use crate::attention::Attention;

impl<E: Pod> SharedMatcher<E> {
    /// As [`push_met`](Self::push_met), for one of several patterns alike.
    #[inline]
    pub(crate) fn push_met_of(
        &mut self,
        pattern: usize,
        sequence: u64,
        event: &E,
        met: u64,
        found: impl FnMut(&SharedMatch<'_, E>),
    ) {
        if self.scope.sees(event) {
            self.take(pattern, sequence, event, met, found);
        }
    }

    /// Which events `pattern` must be shown next: only these change it.
    #[inline]
    pub(crate) fn attention(&self, pattern: usize) -> Attention {
        let first = self.shape.automaton.interest(0);
        let conditions = if !self.keys.has_fields() {
            self.partitions[pattern].interest | first
        } else if self.active_now == 0 {
            first
        } else {
            u64::MAX
        };
        Attention {
            conditions,
            every: self.scope.counts() && self.keys.has_fields(),
            next: self.last.is_some_and(|key| self.is_impatient(key)),
            some: self.impatient_now > 0,
            deadline: u64::MAX,
        }
    }

    /// So many events came that it was not shown, which its window counts; without a partition.
    pub(crate) fn pass_events(&mut self, events: u64) {
        self.partitions[0].events += events;
    }

    /// Does something of `key` wait for its very next event?
    #[inline]
    fn is_impatient(&self, key: usize) -> bool {
        let words = self.shape.words;
        let active = &self.active[key * words..(key + 1) * words];
        active.iter().zip(&self.shape.impatient).any(|(active, all)| active & all != 0)
    }

    /// Forgets what `pattern`, which is not partitioned, holds.
    pub(crate) fn forget(&mut self, pattern: usize) {
        for word in 0..self.shape.words {
            let mut states = self.active[pattern * self.shape.words + word];
            while states != 0 {
                self.leave(pattern, word * 64 + states.trailing_zeros() as usize);
                states &= states - 1;
            }
        }
        self.partitions[pattern] = Partition::default();
    }
}
