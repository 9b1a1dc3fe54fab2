//! Doubly linked lists of slots. The links lie beside the slots' contents, so that a slot can be
//! in several lists.

use super::chain::NONE;

/// The links of one list, or of several that have no slot in common.
#[derive(Debug)]
pub(super) struct Links {
    /// The next slot, and the one before. Slots are used in order at first.
    links: Vec<(u32, u32)>,
}

/// The ends of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) len: usize,
}

impl Links {
    pub(super) fn new(most: usize) -> Self {
        Self { links: Vec::with_capacity(most) }
    }

    pub(super) fn memory(&self) -> usize {
        self.links.capacity() * size_of::<(u32, u32)>()
    }

    /// The slot after `slot` in its list.
    pub(super) fn next(&self, slot: u32) -> u32 {
        self.links[slot as usize].0
    }
}

impl List {
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE, len: 0 };

    /// Adds `slot`, which is in no list of these links, at the end.
    pub(super) fn push(&mut self, links: &mut Links, slot: u32) {
        match links.links.get_mut(slot as usize) {
            Some(known) => *known = (NONE, self.last),
            None => links.links.push((NONE, self.last)),
        }
        match links.links.get_mut(self.last as usize) {
            Some(last) => last.0 = slot,
            None => self.first = slot,
        }
        self.last = slot;
        self.len += 1;
    }

    /// Removes `slot`, which is in it.
    pub(super) fn remove(&mut self, links: &mut Links, slot: u32) {
        let (next, before) = links.links[slot as usize];
        match links.links.get_mut(before as usize) {
            Some(before) => before.0 = next,
            None => self.first = next,
        }
        match links.links.get_mut(next as usize) {
            Some(next) => next.1 = before,
            None => self.last = before,
        }
        self.len -= 1;
    }
}
