//! The newest event of each key, in the order of the keys' first arrival, in fixed memory.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

pub(super) struct Pending<K, E> {
    keys: usize,
    events: VecDeque<(K, E)>,
    /// The arrival of each pending key, counted over all that ever arrived.
    arrivals: HashMap<K, u64>,
    /// Keys that have arrived and left.
    left: u64,
}

impl<K: Copy + Eq + Hash, E: Copy> Pending<K, E> {
    pub(super) fn new(keys: usize) -> Self {
        // Twice the room, because a table that is half empty makes room for new keys by clearing
        // up after those that left, and not by growing.
        let arrivals = HashMap::with_capacity(2 * keys);
        Self { keys, events: VecDeque::with_capacity(keys), arrivals, left: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.events.len() == self.keys
    }

    /// Puts an event into the place of the pending one of its key; whether there is one.
    pub(super) fn replace(&mut self, key: K, event: E) -> bool {
        let Some(arrival) = self.arrivals.get(&key) else { return false };
        self.events[(arrival - self.left) as usize].1 = event;
        true
    }

    /// Adds an event of a new key. There must be room for it.
    pub(super) fn push(&mut self, key: K, event: E) {
        debug_assert!(!self.is_full(), "more than {} keys", self.keys);
        self.arrivals.insert(key, self.left + self.events.len() as u64);
        self.events.push_back((key, event));
    }

    #[inline]
    pub(super) fn first(&self) -> Option<E> {
        self.events.front().map(|(_, event)| *event)
    }

    /// Removes the first event.
    pub(super) fn pop(&mut self) {
        if let Some((key, _)) = self.events.pop_front() {
            self.arrivals.remove(&key);
            self.left += 1;
        }
    }
}
