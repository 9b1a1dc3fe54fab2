//! Numbers for the values of the partition's fields: 0, 1, 2, ... in order of first appearance.

use bytemuck::Pod;

use crate::field::RawField;

const FREE: u32 = u32::MAX;

/// A table with open addressing, at most half full. Keys stay for good.
#[derive(Debug)]
pub(super) struct Keys {
    fields: Box<[RawField]>,
    slots: Box<[u32]>,
    /// The fields' bits, key by key.
    values: Box<[u64]>,
    len: usize,
    most: usize,
}

impl Keys {
    /// For at most `most` keys.
    pub(super) fn new(fields: Box<[RawField]>, most: usize) -> Self {
        let most = if fields.is_empty() { 1 } else { most };
        let slots = vec![FREE; 2 * most.next_power_of_two()].into();
        let values = vec![0; fields.len() * most].into();
        Self { fields, slots, values, len: 0, most }
    }

    /// The number of `event`'s key; `None` if it is new and there is no room.
    #[inline]
    pub(super) fn number<E: Pod>(&mut self, event: &E) -> Option<usize> {
        if self.fields.is_empty() {
            self.len = 1;
            return Some(0);
        }
        let fold = |hash: u64, field: &RawField| {
            (hash.rotate_left(23) ^ field.bits(event)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        let hash = self.fields.iter().fold(0, fold);
        let mask = self.slots.len() - 1;
        let mut at = (hash >> 32) as usize & mask;
        while self.slots[at] != FREE {
            let known = self.slots[at] as usize;
            let values = &self.values[known * self.fields.len()..];
            if self.fields.iter().zip(values).all(|(field, value)| field.bits(event) == *value) {
                return Some(known);
            }
            at = (at + 1) & mask;
        }
        if self.len == self.most {
            return None;
        }
        for (field, value) in
            self.fields.iter().zip(&mut self.values[self.len * self.fields.len()..])
        {
            *value = field.bits(event);
        }
        self.slots[at] = self.len as u32;
        self.len += 1;
        Some(self.len - 1)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Most there can be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.fields) + size_of_val(&*self.slots) + size_of_val(&*self.values)
    }
}
