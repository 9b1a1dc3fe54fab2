//! Keys that hold nothing give their number back; where that is not enough, one has to give way.
//!
//! A key is idle if no state of it holds a partial match that can still be completed. What the
//! window has closed is found when it is touched, and nothing touches an idle key; so for each new
//! key a hand goes over the next few numbers. Its cost for an event is bounded, and it comes round
//! once for every quarter of the numbers that are given out.

use bytemuck::Pod;

use super::{Partition, SharedMatcher};
use crate::overflow::Overflow;

/// So many keys are looked at for each new one, while there are numbers left.
const LOOKS: usize = 4;

/// And so many when there are none.
const MOST_LOOKS: usize = 64;

impl<E: Pod> SharedMatcher<E> {
    /// The number of `event`'s key; a new one if the event begins a match. Otherwise it means
    /// nothing to a key that holds nothing, and there is none. Without a partition it is the
    /// number of the pattern.
    #[inline]
    pub(super) fn key_of(&mut self, pattern: usize, event: &E, bits: u64) -> Option<usize> {
        if !self.keys.has_fields() {
            return Some(pattern);
        }
        let known = self.keys.find(event);
        if known.is_some() || bits & self.shape.automaton.interest(0) == 0 {
            return known;
        }
        self.new_key(event)
    }

    fn new_key(&mut self, event: &E) -> Option<usize> {
        let looks = if self.keys.is_full() { MOST_LOOKS } else { LOOKS };
        for _ in 0..looks.min(self.keys.len()) {
            self.hand = if self.hand + 1 < self.keys.len() { self.hand + 1 } else { 0 };
            self.forget_if_idle(self.hand, event);
        }
        if self.keys.is_full() {
            match self.overflow {
                Overflow::DropOldest => self.drop_key(),
                Overflow::DropNewest => {
                    let (start, _) = self.scope.window(event, 0);
                    self.arena.mark(start);
                    self.counts.keys_refused += 1;
                }
                Overflow::Stop => self.refuse("keys"),
            }
        }
        self.keys.insert(event)
    }

    /// Drops the key, of the next few, whose latest partial match is the oldest.
    fn drop_key(&mut self) {
        let mut oldest = (u64::MAX, self.hand);
        for _ in 0..MOST_LOOKS.min(self.keys.len()) {
            self.hand = if self.hand + 1 < self.keys.len() { self.hand + 1 } else { 0 };
            let (key, states) = (self.hand, self.shape.automaton.len());
            let active = (0..states).filter(|state| self.is_active(key, *state));
            let latest = active.map(|state| self.roots[key * states + state].start).max();
            oldest = oldest.min((latest.unwrap_or(0), key));
        }
        let (start, key) = oldest;
        for state in 0..self.shape.automaton.len() {
            if self.is_active(key, state) {
                self.leave(key, state);
            }
        }
        self.arena.mark(start);
        self.counts.keys_dropped += 1;
        self.partitions[key] = Partition::default();
        self.keys.remove(key);
    }

    fn is_active(&self, key: usize, state: usize) -> bool {
        self.active[key * self.shape.words + state / 64] >> (state % 64) & 1 == 1
    }

    /// Takes back the number of `key` if it holds nothing at the time of `now`.
    fn forget_if_idle(&mut self, key: usize, now: &E) {
        if !self.keys.is_used(key) {
            return;
        }
        let (_, oldest) = self.scope.window(now, self.partitions[key].events);
        for word in 0..self.shape.words {
            let mut states = self.active[key * self.shape.words + word];
            while states != 0 {
                let state = word * 64 + states.trailing_zeros() as usize;
                states &= states - 1;
                let root = self.roots[key * self.shape.automaton.len() + state];
                if root.start >= oldest && self.arena.holds(root.node) {
                    return;
                }
                self.leave(key, state);
            }
        }
        self.partitions[key] = Partition::default();
        self.keys.remove(key);
    }
}
