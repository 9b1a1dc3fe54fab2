//! Which partition has which key: a table with open addressing, at most half full.

const FREE: u32 = u32::MAX;

/// Keys by the number of their partition. All have the same number of words.
#[derive(Debug)]
pub(super) struct Keys {
    words: usize,
    /// Numbers of partitions; no free slot between one and the first choice of its key.
    slots: Box<[u32]>,
    /// The words of the keys, partition by partition.
    values: Box<[u64]>,
}

impl Keys {
    /// For at most `most` keys of so many words.
    pub(super) fn new(words: usize, most: usize) -> Self {
        let slots = vec![FREE; 2 * most.next_power_of_two()].into();
        Self { words, slots, values: vec![0; words * most].into() }
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.values)
    }

    /// The partition of `key`.
    pub(super) fn find(&self, key: &[u64]) -> Option<usize> {
        let mut slot = self.choice(key);
        while self.slots[slot] != FREE {
            let at = self.slots[slot] as usize;
            if self.key(at) == key {
                return Some(at);
            }
            slot = self.after(slot);
        }
        None
    }

    /// Gives `key`, which has none yet, the partition `at`.
    pub(super) fn insert(&mut self, key: &[u64], at: usize) {
        self.values[at * self.words..(at + 1) * self.words].copy_from_slice(key);
        let mut slot = self.choice(key);
        while self.slots[slot] != FREE {
            slot = self.after(slot);
        }
        self.slots[slot] = at as u32;
    }

    /// Forgets the key of partition `at`, and moves those up that it kept from their choice.
    pub(super) fn remove(&mut self, at: usize) {
        let mut hole = self.choice(self.key(at));
        while self.slots[hole] != at as u32 {
            hole = self.after(hole);
        }
        let mut slot = self.after(hole);
        while self.slots[slot] != FREE {
            let choice = self.choice(self.key(self.slots[slot] as usize));
            let mask = self.slots.len() - 1;
            // Not if its first choice lies behind the hole.
            if slot.wrapping_sub(choice) & mask >= slot.wrapping_sub(hole) & mask {
                self.slots[hole] = self.slots[slot];
                hole = slot;
            }
            slot = self.after(slot);
        }
        self.slots[hole] = FREE;
    }

    fn key(&self, at: usize) -> &[u64] {
        &self.values[at * self.words..(at + 1) * self.words]
    }

    fn choice(&self, key: &[u64]) -> usize {
        let fold = |hash: u64, word: &u64| {
            (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        (key.iter().fold(0, fold) >> 32) as usize & (self.slots.len() - 1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;
    use proptest::prelude::*;

    proptest! {
        /// The table against a plain list, full and often emptied.
        #[test]
        fn finds_what_is_there(ops in prop::collection::vec((0..8_usize, 0..6_u64, 0..4_u64), 0..200)) {
            let (mut keys, mut plain) = (Keys::new(2, 8), [None; 8]);
            for (at, one, two) in ops {
                let key = [one, two];
                let known = plain.iter().position(|known| *known == Some(key));
                prop_assert_eq!(keys.find(&key), known);
                if plain[at].take().is_some() {
                    keys.remove(at);
                } else if known.is_none() {
                    plain[at] = Some(key);
                    keys.insert(&key, at);
                }
            }
        }
    }
}
