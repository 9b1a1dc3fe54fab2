//! From a key to its partial matches: open addressing in one allocation, made at build.
//!
//! A key whose partial matches are gone stays until room is needed; then all such keys are swept
//! out at once, so that the cost per event stays bounded on average.

use crate::runs::NIL;

/// Index of a key's entry, valid until the next [`Partitions::reserve`].
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
    shift: u32,
    used: usize,
    /// Keys with partial matches.
    live: usize,
    most: usize,
}

impl Partitions {
    /// Room for `keys` keys at once.
    pub(crate) fn new(keys: usize) -> Self {
        // At most half full: probes stay short.
        let slots = (2 * keys).next_power_of_two();
        Self {
            slots: vec![Partition::EMPTY; slots].into_boxed_slice(),
            spare: vec![Partition::EMPTY; slots].into_boxed_slice(),
            shift: 64 - slots.trailing_zeros(),
            used: 0,
            live: 0,
            most: keys,
        }
    }

    /// Makes room for `more` keys where that can be done by sweeping out empty ones. Slots found
    /// before are void.
    #[inline(always)]
    pub(crate) fn reserve(&mut self, more: usize) {
        // A sweep that frees little would be back at once: rather refuse the key.
        if self.used + more > self.most && self.used - self.live >= (self.most / 8).max(1) {
            self.sweep();
        }
    }

    #[cold]
    fn sweep(&mut self) {
        self.spare.fill(Partition::EMPTY);
        std::mem::swap(&mut self.slots, &mut self.spare);
        self.used = 0;
        for at in 0..self.spare.len() {
            let partition = self.spare[at];
            if partition.used && partition.head != NIL {
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
        let mask = self.slots.len() - 1;
        // Small dense keys, such as symbols, lie side by side as in an array; Fibonacci hashing
        // spreads all others.
        let mut at = if key <= mask as u64 {
            key as usize
        } else {
            (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
        };
        loop {
            let slot = &self.slots[at & mask];
            if !slot.used || slot.key == key {
                return (at & mask) as Slot;
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
        self.live += usize::from(head != NIL);
        self.live -= usize::from(partition.head != NIL);
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
        let mut table = Partitions::new(16);
        for key in 0..16 {
            let slot = table.find_or_insert(key << 40).unwrap();
            if key % 4 == 0 {
                table.set_list(slot, (key as u32, key as u32));
            }
        }
        assert_eq!(table.find_or_insert(77), None, "full");
        table.reserve(1);
        assert_eq!(table.used, 4);
        assert!(table.find_or_insert(77).is_some());
        for key in (0..16).step_by(4) {
            let slot = table.find(key << 40).expect("a key with partial matches stays");
            assert_eq!(table.get(slot).list(), (key as u32, key as u32));
        }
        assert_eq!(table.find(1 << 40), None);
    }

    #[test]
    fn refuses_keys_rather_than_sweeping_for_ever() {
        let mut table = Partitions::new(8);
        for key in 0..8 {
            let slot = table.find_or_insert(key).unwrap();
            table.set_list(slot, (1, 1));
        }
        table.reserve(1);
        assert_eq!(table.find_or_insert(8), None);
        assert!((0..8).all(|key| table.find(key).is_some()));
    }
}
