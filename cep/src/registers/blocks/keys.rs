//! How the head block of a key is found: small keys by a table of their own, others by hash.

use super::{Blocks, EMPTY, HEAD, KEY, Key, MARKS, NONE};

impl Blocks {
    fn hash(key: &Key, fields: usize) -> u64 {
        let fold = |hash: u64, part: &u64| {
            (hash.rotate_left(23) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        key[..fields].iter().fold(0, fold)
    }

    /// Where an entry of that hash belongs, and what it is told from others by.
    fn home(&self, hash: u64) -> (usize, u64) {
        ((hash >> 32) as usize & (self.table.len() - 1), hash << 32)
    }

    /// The head block of `key`.
    #[inline]
    pub(in super::super) fn find(&self, key: &Key) -> Option<u32> {
        self.find_small(key[0]).unwrap_or_else(|| self.look_up(key))
    }

    /// The same of a key of one field; `None` if it is not small.
    #[inline(always)]
    pub(in super::super) fn find_small(&self, key: u64) -> Option<Option<u32>> {
        let block = self.dense.get(key as usize)?;
        Some((*block != NONE).then_some(*block))
    }

    fn look_up(&self, key: &Key) -> Option<u32> {
        let (mut at, tag) = self.home(Self::hash(key, self.key_fields));
        loop {
            let entry = self.table[at];
            if entry == EMPTY {
                return None;
            }
            let block = entry as u32;
            let known = self.block(block)[KEY..].iter();
            if entry & !u64::from(u32::MAX) == tag
                && known.zip(&key[..self.key_fields]).all(|(known, part)| known == part)
            {
                return Some(block);
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// The head block of `key`, which is not there yet; `None` if there is no room.
    pub(in super::super) fn add(&mut self, key: &Key) -> Option<u32> {
        if self.keys == self.most_keys {
            return None;
        }
        let block = self.take()?;
        let fields = self.key_fields;
        let words = self.block_mut(block);
        words[MARKS] = HEAD;
        words[KEY..KEY + fields].copy_from_slice(&key[..fields]);
        self.keys += 1;
        if let Some(dense) = self.dense.get_mut(key[0] as usize) {
            *dense = block;
            return Some(block);
        }
        let (mut at, tag) = self.home(Self::hash(key, fields));
        while self.table[at] != EMPTY {
            at = (at + 1) & (self.table.len() - 1);
        }
        self.table[at] = tag | u64::from(block);
        Some(block)
    }

    /// Forgets the key of `head` if nothing is left of it.
    pub(in super::super) fn forget_if_empty(&mut self, head: u32) {
        if !self.is_head(head) || self.len(head) > 0 || self.held(head) {
            return;
        }
        let key = self.key_of(head);
        match self.dense.get_mut(key[0] as usize) {
            Some(dense) => *dense = NONE,
            None => self.remove(head, &key),
        }
        self.keys -= 1;
        self.release(head);
    }

    fn key_of(&self, head: u32) -> Key {
        let mut key = Key::default();
        key[..self.key_fields].copy_from_slice(&self.block(head)[KEY..KEY + self.key_fields]);
        key
    }

    /// Takes the entry of `head` out of the table.
    fn remove(&mut self, head: u32, key: &Key) {
        let mask = self.table.len() - 1;
        let (mut at, _) = self.home(Self::hash(key, self.key_fields));
        while self.table[at] as u32 != head {
            at = (at + 1) & mask;
        }
        // Close the gap: whatever probed over it moves up.
        let mut next = at;
        loop {
            next = (next + 1) & mask;
            let entry = self.table[next];
            if entry == EMPTY {
                break;
            }
            let key = self.key_of(entry as u32);
            let (home, _) = self.home(Self::hash(&key, self.key_fields));
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(at) & mask) {
                self.table[at] = entry;
                at = next;
            }
        }
        self.table[at] = EMPTY;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Blocks, Key};

    proptest! {
        /// Keys of one field and of two come and go; few values, so that searches collide.
        #[test]
        fn keys_are_found_until_they_are_forgotten(
            fields in 1..3_usize,
            steps in vec((any::<bool>(), 0..40_u64, 0..4_u64), 0..300),
        ) {
            let mut blocks = Blocks::new(64, 12, 4, fields, false);
            let mut known = HashMap::<Key, u32>::new();
            for (comes, one, other) in steps {
                let key = [one, if fields == 2 { other << 40 } else { 0 }, 0, 0];
                prop_assert_eq!(blocks.find(&key), known.get(&key).copied());
                if comes && !known.contains_key(&key) {
                    let head = blocks.add(&key);
                    prop_assert_eq!(head.is_none(), known.len() == 12);
                    known.extend(head.map(|head| (key, head)));
                } else if !comes && let Some(head) = known.remove(&key) {
                    blocks.forget_if_empty(head);
                }
                for (key, head) in &known {
                    prop_assert_eq!(blocks.find(key), Some(*head));
                }
            }
        }
    }
}
