//! From the value of a field to the conditions that ask for it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::entry::Entry;

/// Values that lie together within so much have a table; the others are hashed.
const TABLE: u64 = 1 << 16;

/// Entries by value.
#[derive(Debug, Default)]
pub(super) struct Equality {
    /// Value of the table's first place.
    low: i64,
    table: Vec<Box<[Entry]>>,
    others: HashMap<i64, Box<[Entry]>, BuildHasherDefault<Mixed>>,
}

impl Equality {
    /// The entries of `value`.
    #[inline]
    pub(super) fn get(&self, value: i64) -> &[Entry] {
        match self.table.get(value.wrapping_sub(self.low) as u64 as usize) {
            Some(entries) => entries,
            None if self.others.is_empty() => &[],
            None => self.others.get(&value).map_or(&[], |entries| &**entries),
        }
    }

    /// Adds `entry` under `value`.
    pub(super) fn add(&mut self, value: i64, entry: Entry) {
        if self.table.is_empty() {
            self.low = value;
        }
        let (low, last) = (self.low, self.low.wrapping_add(self.table.len().max(1) as i64 - 1));
        let (least, most) = (low.min(value), last.max(value));
        // The table must not take over a value that is hashed.
        let fits = most.abs_diff(least) < TABLE
            && !self.others.keys().any(|known| (least..=most).contains(known));
        let list = if fits {
            self.table.splice(0..0, (least..low).map(|_| Box::default()));
            self.low = least;
            self.table.resize((most.abs_diff(least) + 1) as usize, Box::default());
            &mut self.table[value.abs_diff(least) as usize]
        } else {
            self.others.entry(value).or_default()
        };
        let mut entries = std::mem::take(list).into_vec();
        entries.push(entry);
        *list = entries.into();
    }

    /// Takes out the entries of pattern `slot` under `value`.
    pub(super) fn remove(&mut self, value: i64, slot: u32, removed: &mut impl FnMut(&Entry)) {
        let at = value.wrapping_sub(self.low) as u64 as usize;
        if let Some(list) = self.table.get_mut(at) {
            take(list, slot, removed);
        } else if let Some(list) = self.others.get_mut(&value) {
            take(list, slot, removed);
            if list.is_empty() {
                self.others.remove(&value);
            }
        }
    }

    /// Bytes allocated; the map's own structure is taken as one word a value.
    pub(super) fn memory(&self) -> usize {
        let lists = self.table.iter().chain(self.others.values());
        self.table.capacity() * size_of::<Box<[Entry]>>()
            + self.others.capacity() * (size_of::<(i64, Box<[Entry]>)>() + size_of::<usize>())
            + lists.map(|entries| size_of_val(&**entries)).sum::<usize>()
    }
}

/// Takes the entries of pattern `slot` out of `list`.
pub(super) fn take(list: &mut Box<[Entry]>, slot: u32, removed: &mut impl FnMut(&Entry)) {
    let mut entries = std::mem::take(list).into_vec();
    entries.retain(|entry| {
        let gone = entry.slot == slot;
        if gone {
            removed(entry);
        }
        !gone
    });
    *list = entries.into();
}

/// One multiplication: enough for numbers that nobody chooses with evil intent.
#[derive(Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_i64(i64::from(*byte));
        }
    }

    fn write_i64(&mut self, number: i64) {
        let product = u128::from(self.0 ^ number as u64) * 0x9e37_79b9_7f4a_7c15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}
