//! When runs are over, and keys: a binary heap of deadlines in which each knows its place, so that
//! what ends earlier takes its deadline along. What is due costs no look at what is not.

use super::chain::NONE;

/// Deadlines by slot.
#[derive(Debug)]
pub(super) struct Timers {
    /// Deadlines and slots; none is earlier than its parent.
    heap: Vec<(u64, u32)>,
    /// Where each slot's deadline is in the heap, for slots that ever had one.
    places: Vec<u32>,
}

impl Timers {
    pub(super) fn new(most: usize) -> Self {
        Self { heap: Vec::with_capacity(most), places: Vec::with_capacity(most) }
    }

    pub(super) fn memory(&self) -> usize {
        self.heap.capacity() * size_of::<(u64, u32)>() + self.places.capacity() * size_of::<u32>()
    }

    /// The slot with the earliest deadline, if that is at `time` or before.
    pub(super) fn due(&self, time: u64) -> Option<u32> {
        self.heap.first().filter(|(deadline, _)| *deadline <= time).map(|(_, slot)| *slot)
    }

    /// The earliest deadline; the largest number if there is none.
    pub(super) fn first(&self) -> u64 {
        self.heap.first().map_or(u64::MAX, |(deadline, _)| *deadline)
    }

    /// Has `slot` a deadline?
    pub(super) fn has(&self, slot: u32) -> bool {
        self.places.get(slot as usize).is_some_and(|place| *place != NONE)
    }

    /// `slot` has none yet. The largest number is no deadline.
    pub(super) fn insert(&mut self, slot: u32, deadline: u64) {
        if deadline != u64::MAX {
            let known = self.places.len().max(slot as usize + 1);
            self.places.resize(known, NONE);
            self.heap.push((deadline, slot));
            self.rise(self.heap.len() - 1);
        }
    }

    pub(super) fn remove(&mut self, slot: u32) {
        let Some(place) = self.places.get_mut(slot as usize).filter(|it| **it != NONE) else {
            return;
        };
        let place = std::mem::replace(place, NONE);
        let (place, last) = (place as usize, self.heap.pop());
        if let Some(last) = last.filter(|_| place < self.heap.len()) {
            self.heap[place] = last;
            self.rise(place);
            self.sink(self.places[last.1 as usize] as usize);
        }
    }

    /// Moves what is at `place` up, past what is later.
    fn rise(&mut self, mut place: usize) {
        let moved = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.heap[parent].0 <= moved.0 {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, moved);
    }

    /// Moves what is at `place` down, past what is earlier.
    fn sink(&mut self, mut place: usize) {
        let moved = self.heap[place];
        loop {
            let left = 2 * place + 1;
            let earlier = |one: usize, other: usize| self.heap[one].0 < self.heap[other].0;
            let child = match left + 1 {
                right if right < self.heap.len() && earlier(right, left) => right,
                _ => left,
            };
            if child >= self.heap.len() || moved.0 <= self.heap[child].0 {
                break;
            }
            self.put(place, self.heap[child]);
            place = child;
        }
        self.put(place, moved);
    }

    fn put(&mut self, place: usize, entry: (u64, u32)) {
        self.heap[place] = entry;
        self.places[entry.1 as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::Timers;
    use proptest::prelude::*;

    proptest! {
        /// The heap against a plain list of deadlines.
        #[test]
        fn is_due_when_it_should(ops in prop::collection::vec((0..4_u8, 0..16_u32, 0..20_u64), 0..200)) {
            let (mut timers, mut plain) = (Timers::new(16), [None; 16]);
            for (op, slot, time) in ops {
                let known = &mut plain[slot as usize];
                match op {
                    0 | 1 if known.is_none() => {
                        let deadline = if time == 19 { u64::MAX } else { time };
                        *known = Some(deadline);
                        timers.insert(slot, deadline);
                    }
                    2 if known.is_some() => {
                        *known = None;
                        timers.remove(slot);
                    }
                    _ => {}
                }
                let earliest = plain.iter().flatten().min().filter(|it| **it <= time).copied();
                let due = timers.due(time).map(|slot| plain[slot as usize].expect("a deadline"));
                prop_assert_eq!(due, earliest);
            }
        }
    }
}
