//! The stages of a ring by name: who they are, whom they follow, and who may look at events while
//! another changes them.

use std::collections::BTreeSet;

use crate::orders::Orders;
use crate::ring::{Cursor, Node, Reader};
use crate::sync::Arc;

/// The stages and pollers of one ring, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Roll {
    entries: Vec<Entry>,
}

/// A stage or a poller.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// One for each of its readers: several if its workers share the events.
    pub(crate) nodes: Vec<Node>,
    pub(crate) cursors: Vec<Arc<Cursor>>,
    /// Indices of those it follows.
    pub(crate) after: Vec<usize>,
    pub(crate) mutates: bool,
    pub(crate) orders: Arc<Orders>,
    /// Nobody can follow a poller, so nobody finds it by its name.
    is_poller: bool,
    /// Struck off; what it has in hand it may still be at.
    pub(crate) gone: bool,
}

impl Entry {
    pub(crate) fn new<'r, E: 'r>(
        name: String,
        readers: impl IntoIterator<Item = &'r Reader<E>>,
        after: Vec<usize>,
        mutates: bool,
        orders: Arc<Orders>,
    ) -> Self {
        let readers = readers.into_iter().map(|r| (r.node(), Arc::clone(r.cursor())));
        let (nodes, cursors) = readers.unzip();
        Self { name, nodes, cursors, after, mutates, orders, is_poller: false, gone: false }
    }

    pub(crate) fn poller<E>(name: String, reader: &Reader<E>, after: Vec<usize>) -> Self {
        let entry = Self::new(name, [reader], after, false, Arc::new(Orders::new()));
        Self { is_poller: true, ..entry }
    }

    /// Whether it is one to name and to wait for: neither struck off nor gone by itself.
    fn is_there(&self) -> bool {
        !self.gone && !self.has_left()
    }

    /// Whether it looks at no event any more. One that was told to leave still may.
    fn has_left(&self) -> bool {
        self.cursors.iter().all(|cursor| cursor.is_detached())
    }
}

impl Roll {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        let named = |entry: &Entry| entry.is_there() && !entry.is_poller && entry.name == name;
        self.entries.iter().position(named)
    }

    /// Whether a stage can have this name.
    pub(crate) fn is_free(&self, name: &str) -> bool {
        !name.is_empty() && !name.contains('\0') && self.index_of(name).is_none()
    }

    pub(crate) fn add(&mut self, entry: Entry) -> usize {
        self.entries.push(entry);
        self.entries.len() - 1
    }

    /// Strikes an entry off and returns the way to tell its stage.
    pub(crate) fn strike(&mut self, index: usize) -> &Orders {
        let entry = &mut self.entries[index];
        entry.gone = true;
        &entry.orders
    }

    /// The nodes to follow in order to follow these stages.
    pub(crate) fn nodes(&self, after: &[usize]) -> Vec<Node> {
        if after.is_empty() {
            return vec![Node::HEAD];
        }
        after.iter().flat_map(|&index| self.entries[index].nodes.iter().copied()).collect()
    }

    /// Somebody who would look at events while `name` changes them, if a reader that follows
    /// `after` joined.
    pub(crate) fn conflict(&self, after: &[usize], mutates: bool) -> Option<&str> {
        let before = self.ancestors(after);
        let beside = |(index, entry): &(usize, &Entry)| {
            !entry.has_left() && (mutates || entry.mutates) && !before.contains(index)
        };
        // Nobody follows the newcomer yet, so whoever is not before it is beside it.
        self.entries.iter().enumerate().find(beside).map(|(_, entry)| entry.name.as_str())
    }

    fn ancestors(&self, after: &[usize]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = after.to_vec();
        while let Some(index) = open.pop() {
            if found.insert(index) {
                open.extend(&self.entries[index].after);
            }
        }
        found
    }

    /// The names of those who follow a stage.
    pub(crate) fn followers(&self, index: usize) -> Vec<String> {
        let follows = |entry: &&Entry| entry.is_there() && entry.after.contains(&index);
        self.entries.iter().filter(follows).map(|entry| entry.name.clone()).collect()
    }
}
