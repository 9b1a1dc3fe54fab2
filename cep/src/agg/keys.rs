//! Slots for keys: which key has which, in the order in which they were last used.

const NONE: u32 = u32::MAX;

/// Most keys.
pub(super) const MOST: u64 = 1 << 30;

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u64,
    older: u32,
    /// Of a free slot, the next free one.
    newer: u32,
}

/// A table with open addressing and linear probing, at most half full, and a list through its
/// slots from the oldest to the newest.
#[derive(Debug)]
pub(super) struct Keys {
    table: Box<[u32]>,
    entries: Box<[Entry]>,
    oldest: u32,
    newest: u32,
    free: u32,
}

impl Keys {
    /// For at most `most` keys.
    pub(super) fn new(most: usize) -> Self {
        let free = |at| Entry { key: 0, older: NONE, newer: at + 1 };
        let mut entries: Box<[Entry]> = (0..most as u32).map(free).collect();
        entries[most - 1].newer = NONE;
        let table = vec![NONE; 2 * most.next_power_of_two()].into();
        Self { table, entries, oldest: NONE, newest: NONE, free: 0 }
    }

    pub(super) fn most(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn key(&self, slot: usize) -> u64 {
        self.entries[slot].key
    }

    /// Slot of `key`, if it has one.
    pub(super) fn find(&self, key: u64) -> Option<usize> {
        let slot = self.table[self.place(key)];
        (slot != NONE).then_some(slot as usize)
    }

    /// Gives `key`, which has none, a slot, as the newest; `None` if there is none left.
    pub(super) fn insert(&mut self, key: u64) -> Option<usize> {
        if self.free == NONE {
            return None;
        }
        let slot = self.free;
        self.free = self.entries[slot as usize].newer;
        self.entries[slot as usize].key = key;
        let place = self.place(key);
        self.table[place] = slot;
        self.append(slot);
        Some(slot as usize)
    }

    /// Makes `slot` the newest.
    pub(super) fn touch(&mut self, slot: usize) {
        if self.newest != slot as u32 {
            self.unlink(slot);
            self.append(slot as u32);
        }
    }

    /// The slot that was inserted or touched longest ago.
    pub(super) fn oldest(&self) -> Option<usize> {
        (self.oldest != NONE).then_some(self.oldest as usize)
    }

    /// Frees `slot`, which is in use.
    pub(super) fn remove(&mut self, slot: usize) {
        self.unlink(slot);
        let mut hole = self.place(self.entries[slot].key);
        self.entries[slot].newer = self.free;
        self.free = slot as u32;
        // Keys further on that would no longer be found move into the hole.
        let mask = self.table.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let moved = self.table[at];
            if moved == NONE {
                self.table[hole] = NONE;
                return;
            }
            let home = self.home(self.entries[moved as usize].key);
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.table[hole] = moved;
                hole = at;
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.table) + size_of_val(&*self.entries)
    }

    fn home(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (self.table.len() - 1)
    }

    /// Where `key` is in the table, or would be.
    fn place(&self, key: u64) -> usize {
        let mut at = self.home(key);
        while self.table[at] != NONE && self.entries[self.table[at] as usize].key != key {
            at = (at + 1) & (self.table.len() - 1);
        }
        at
    }

    fn append(&mut self, slot: u32) {
        let entry = &mut self.entries[slot as usize];
        (entry.older, entry.newer) = (self.newest, NONE);
        match self.newest {
            NONE => self.oldest = slot,
            newest => self.entries[newest as usize].newer = slot,
        }
        self.newest = slot;
    }

    fn unlink(&mut self, slot: usize) {
        let Entry { older, newer, .. } = self.entries[slot];
        match older {
            NONE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;
    use proptest::prelude::*;

    proptest! {
        /// Against a list from the oldest to the newest.
        #[test]
        fn keys_are_found_in_the_order_of_use(
            operations in prop::collection::vec((0..3_u8, 0..24_u64), 0..200),
        ) {
            let mut keys = Keys::new(7);
            let mut list: Vec<(u64, usize)> = Vec::new();
            for (operation, key) in operations {
                let known = list.iter().position(|(known, _)| *known == key);
                prop_assert_eq!(keys.find(key), known.map(|at| list[at].1));
                match (operation, known) {
                    (0, Some(at)) => {
                        keys.remove(list[at].1);
                        list.remove(at);
                    }
                    (_, Some(at)) => {
                        keys.touch(list[at].1);
                        let entry = list.remove(at);
                        list.push(entry);
                    }
                    (_, None) => {
                        let slot = keys.insert(key);
                        prop_assert_eq!(slot.is_some(), list.len() < 7);
                        list.extend(slot.map(|slot| (key, slot)));
                    }
                }
                prop_assert_eq!(keys.oldest(), list.first().map(|(_, slot)| *slot));
                prop_assert!(list.iter().all(|(key, slot)| keys.find(*key) == Some(*slot)));
            }
        }
    }
}
