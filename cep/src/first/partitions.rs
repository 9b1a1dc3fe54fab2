//! From a key to its partial matches: a table in one allocation, made at build.
//!
//! Small keys, such as symbols, have a slot each, side by side as in an array; all others are
//! hashed into the other half, which is never more than half full. A key whose partial matches
//! are gone stays until room is needed; then all such keys are swept out at once.

use super::runs::NIL;

/// Index of a key's entry, valid until the next [`Partitions::sweep`].
pub(crate) type Slot = u32;

/// One key and the list of its partial matches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Partition {
    key: u64,
    head: u32,
    tail: u32,
    /// Transaction that saved this entry last.
    pub(crate) saved: u32,
    used: bool,
}

impl Partition {
    const EMPTY: Self = Self { key: 0, head: NIL, tail: NIL, saved: 0, used: false };

    pub(crate) fn key(&self) -> u64 {
        self.key
    }

    /// First and last partial match of the key, oldest first.
    #[inline(always)]
    pub(crate) fn list(&self) -> (u32, u32) {
        (self.head, self.tail)
    }
}

/// The table.
#[derive(Debug)]
pub(crate) struct Partitions {
    slots: Box<[Partition]>,
    /// The other table, swapped in by a sweep.
    spare: Box<[Partition]>,
    /// Slots of small keys, and as many of hashed ones.
    half: usize,
    used: usize,
    most: usize,
}

impl Partitions {
    /// Room for `keys` keys at once.
    pub(crate) fn new(keys: usize) -> Self {
        let half = (2 * keys).next_power_of_two();
        Self {
            slots: vec![Partition::EMPTY; 2 * half].into_boxed_slice(),
            spare: vec![Partition::EMPTY; 2 * half].into_boxed_slice(),
            half,
            used: 0,
            most: keys,
        }
    }

    /// Is there no room for `more` keys, short of a sweep?
    #[inline(always)]
    pub(crate) fn is_short_of(&self, more: usize) -> bool {
        self.used + more > self.most
    }

    /// Sweeps out keys without partial matches. Slots found before are void.
    pub(crate) fn sweep(&mut self) {
        self.spare.fill(Partition::EMPTY);
        std::mem::swap(&mut self.slots, &mut self.spare);
        self.used = 0;
        for at in 0..self.spare.len() {
            let partition = self.spare[at];
            if partition.head != NIL {
                let slot = self.probe(partition.key);
                self.slots[slot as usize] = partition;
                self.used += 1;
            }
        }
    }

    /// The slot of `key`, if it has one.
    #[inline(always)]
    pub(crate) fn find(&self, key: u64) -> Option<Slot> {
        let slot = self.probe(key);
        self.slots[slot as usize].used.then_some(slot)
    }

    /// The slot of `key`, a new one if it has none; `None` when the table is full.
    #[inline(always)]
    pub(crate) fn find_or_insert(&mut self, key: u64) -> Option<Slot> {
        let slot = self.probe(key);
        if !self.slots[slot as usize].used {
            if self.used == self.most {
                return None;
            }
            self.used += 1;
            self.slots[slot as usize] = Partition { key, used: true, ..Partition::EMPTY };
        }
        Some(slot)
    }

    /// Where `key` is, or where it would go.
    #[inline(always)]
    fn probe(&self, key: u64) -> Slot {
        if key < self.half as u64 {
            return key as Slot;
        }
        // Fibonacci hashing, then linear probing.
        let mask = self.half - 1;
        let mut at = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize >> self.half.leading_zeros();
        loop {
            let slot = self.half + (at & mask);
            if !self.slots[slot].used || self.slots[slot].key == key {
                return slot as Slot;
            }
            at += 1;
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, slot: Slot) -> &Partition {
        &self.slots[slot as usize]
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut Partition {
        &mut self.slots[slot as usize]
    }

    /// Replaces the list of the key's partial matches.
    #[inline(always)]
    pub(crate) fn set_list(&mut self, slot: Slot, (head, tail): (u32, u32)) {
        let partition = &mut self.slots[slot as usize];
        partition.head = head;
        partition.tail = tail;
    }

    /// Slots, used or not.
    pub(crate) fn slots(&self) -> std::ops::Range<Slot> {
        0..self.slots.len() as Slot
    }

    /// Forgets which transaction saved which entry.
    pub(crate) fn forget_saved(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.saved = 0);
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.spare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_empty_keys_and_keeps_the_others() {
        for spread in [0, 40] {
            let mut table = Partitions::new(16);
            for key in 0..16 {
                let slot = table.find_or_insert(key << spread).unwrap();
                if key % 4 == 0 {
                    table.set_list(slot, (key as u32, key as u32));
                }
            }
            assert!(table.is_short_of(1));
            assert_eq!(table.find_or_insert(77 << 20), None, "full");
            table.sweep();
            assert!(table.is_short_of(13) && !table.is_short_of(12));
            assert!(table.find_or_insert(77 << 20).is_some());
            for key in (0..16).step_by(4) {
                let slot = table.find(key << spread).expect("a key with partial matches stays");
                assert_eq!(table.get(slot).list(), (key as u32, key as u32));
                assert_eq!(table.get(slot).key(), key << spread);
            }
            assert_eq!(table.find(1 << spread), None);
        }
    }

    #[test]
    fn every_key_has_a_slot_of_its_own() {
        let mut table = Partitions::new(4_096);
        let keys = || (0..4_096_u64).map(|key| if key % 2 == 0 { key } else { key << 50 | key });
        let slots: std::collections::HashSet<_> =
            keys().map(|key| table.find_or_insert(key).unwrap()).collect();
        assert_eq!(slots.len(), 4_096);
        assert!(keys().all(|key| table.get(table.find(key).unwrap()).key() == key));
    }
}
