//! Numbers for the values of the partition's fields. A number that is given back is used again.

use bytemuck::Pod;

use crate::field::RawField;

const FREE: u32 = u32::MAX;

/// A table with open addressing, at most half full.
#[derive(Debug)]
pub(super) struct Keys {
    fields: Box<[RawField]>,
    slots: Box<[u32]>,
    /// The fields' bits, key by key.
    values: Box<[u64]>,
    /// Which numbers are in use.
    used: Box<[bool]>,
    /// Numbers below `len` that are not.
    free: Vec<u32>,
    len: usize,
    most: usize,
}

impl Keys {
    /// For at most `most` keys.
    pub(super) fn new(fields: Box<[RawField]>, most: usize) -> Self {
        let most = if fields.is_empty() { 1 } else { most };
        let slots = vec![FREE; 2 * most.next_power_of_two()].into();
        let values = vec![0; fields.len() * most].into();
        let (used, free) = (vec![false; most].into(), Vec::with_capacity(most));
        let len = usize::from(fields.is_empty());
        Self { fields, slots, values, used, free, len, most }
    }

    /// Is there more than one key?
    #[inline]
    pub(super) fn has_fields(&self) -> bool {
        !self.fields.is_empty()
    }

    /// The number of `event`'s key, if it has one.
    #[inline]
    pub(super) fn find<E: Pod>(&self, event: &E) -> Option<usize> {
        if self.fields.is_empty() {
            return Some(0);
        }
        let mut at = self.home(self.fields.iter().map(|field| field.bits(event)));
        while self.slots[at] != FREE {
            let known = self.slots[at] as usize;
            let values = &self.values[known * self.fields.len()..];
            if self.fields.iter().zip(values).all(|(field, value)| field.bits(event) == *value) {
                return Some(known);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }

    /// Gives a number to the key of `event`, which has none; `None` if there is no room.
    pub(super) fn insert<E: Pod>(&mut self, event: &E) -> Option<usize> {
        let number = match self.free.pop() {
            Some(number) => number as usize,
            None if self.len < self.most => {
                self.len += 1;
                self.len - 1
            }
            None => return None,
        };
        let values = &mut self.values[number * self.fields.len()..];
        for (field, value) in self.fields.iter().zip(values) {
            *value = field.bits(event);
        }
        let mut at = self.home_of(number);
        while self.slots[at] != FREE {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = number as u32;
        self.used[number] = true;
        Some(number)
    }

    /// Takes back a number in use.
    pub(super) fn remove(&mut self, number: usize) {
        let mask = self.slots.len() - 1;
        let mut hole = self.home_of(number);
        while self.slots[hole] as usize != number {
            hole = (hole + 1) & mask;
        }
        // Who was pushed past the hole moves up, so that searches can end at a free slot.
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            if self.slots[at] == FREE {
                break;
            }
            let home = self.home_of(self.slots[at] as usize);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.slots[hole] = self.slots[at];
                hole = at;
            }
        }
        self.slots[hole] = FREE;
        self.used[number] = false;
        self.free.push(number as u32);
    }

    /// Where the search for a key begins.
    #[inline]
    fn home(&self, bits: impl Iterator<Item = u64>) -> usize {
        let fold = |hash: u64, bits: u64| {
            (hash.rotate_left(23) ^ bits).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        (bits.fold(0, fold) >> 32) as usize & (self.slots.len() - 1)
    }

    fn home_of(&self, number: usize) -> usize {
        let width = self.fields.len();
        self.home(self.values[number * width..(number + 1) * width].iter().copied())
    }

    /// Is there no number left?
    pub(super) fn is_full(&self) -> bool {
        self.free.is_empty() && self.len == self.most
    }

    /// Is `number`, which is less than `len`, in use?
    pub(super) fn is_used(&self, number: usize) -> bool {
        self.used[number]
    }

    /// All numbers in use are less.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Most there can be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.fields)
            + size_of_val(&*self.slots)
            + size_of_val(&*self.values)
            + size_of_val(&*self.used)
            + self.free.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::Keys;
    use crate::field::RawField;

    type Event = [u64; 2];

    proptest! {
        /// Keys of two fields come and go; few values, so that searches collide.
        #[test]
        fn keys_are_found_until_they_are_removed(
            steps in vec((any::<bool>(), 0..6_u64, 0..6_u64), 0..200),
        ) {
            let field = |offset| RawField::new("key", offset, 8, false, size_of::<Event>());
            let mut keys = Keys::new([field(0), field(8)].into(), 16);
            let mut known = HashMap::<Event, usize>::new();
            for (comes, one, other) in steps {
                let event = [one << 32, other];
                prop_assert_eq!(keys.find(&event), known.get(&event).copied());
                if comes && !known.contains_key(&event) {
                    let number = keys.insert(&event);
                    prop_assert_eq!(number.is_none(), known.len() == 16);
                    prop_assert!(known.values().all(|other| Some(*other) != number));
                    known.extend(number.map(|number| (event, number)));
                } else if !comes && let Some(number) = known.remove(&event) {
                    keys.remove(number);
                }
                for (event, number) in &known {
                    prop_assert_eq!(keys.find(event), Some(*number));
                    prop_assert!(keys.is_used(*number));
                }
            }
        }
    }
}
