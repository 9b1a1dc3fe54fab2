//! What a micro-batch changed, so that it can be undone: saved nodes, saved lists, and the nodes
//! it took and gave back.
//!
//! Cost follows the changes, not the state: a node is saved once a transaction, before it first
//! changes; freed nodes keep their content until the commit.

use super::partitions::Partition;
use super::runs::{NIL, Runs};
use super::state::Tally;

/// The undo log of one transaction at a time.
#[derive(Debug)]
pub(crate) struct Journal {
    open: bool,
    /// Number of the transaction; 0 marks "never saved".
    transaction: u32,
    /// Transaction that saved each node last.
    saved_in: Box<[u32]>,
    /// Transaction that took each node last.
    allocated_in: Box<[u32]>,
    saved: Vec<u32>,
    nodes: Vec<u64>,
    /// Keys that had partial matches, and their lists.
    lists: Vec<(u64, (u32, u32))>,
    freed: Vec<u32>,
    allocated: Vec<u32>,
    stride: usize,
    tally: Tally,
    live: usize,
}

impl Journal {
    /// For at most `runs` nodes in use, of `stride` words, and as many retired; for `keys` lists.
    pub(crate) fn new((runs, keys): (usize, usize), stride: usize) -> Self {
        Self {
            open: false,
            transaction: 0,
            saved_in: vec![0; 2 * runs].into_boxed_slice(),
            allocated_in: vec![0; 2 * runs].into_boxed_slice(),
            saved: Vec::with_capacity(runs),
            nodes: Vec::with_capacity(runs * stride),
            lists: Vec::with_capacity(keys),
            freed: Vec::with_capacity(runs),
            allocated: Vec::with_capacity(2 * runs),
            stride,
            tally: Tally::default(),
            live: 0,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Opens a transaction. Returns true when all marks of earlier ones must be forgotten,
    /// because the number has come round.
    #[must_use]
    pub(crate) fn open(&mut self, tally: Tally, live: usize) -> bool {
        self.open = true;
        self.tally = tally;
        self.live = live;
        self.transaction = self.transaction.wrapping_add(1);
        let round = self.transaction == 0;
        if round {
            self.saved_in.fill(0);
            self.allocated_in.fill(0);
            self.transaction = 1;
        }
        round
    }

    /// Keeps a node as it is now, unless this transaction took it.
    #[inline(always)]
    pub(crate) fn save(&mut self, run: u32, runs: &Runs) {
        let saved_in = &mut self.saved_in[run as usize];
        if *saved_in != self.transaction && self.allocated_in[run as usize] != self.transaction {
            *saved_in = self.transaction;
            self.saved.push(run);
            runs.copy(run, &mut self.nodes);
        }
    }

    /// Keeps a key's list as it is now. An empty one needs no more than the mark.
    #[inline(always)]
    pub(crate) fn save_list(&mut self, partition: &mut Partition) {
        if partition.saved != self.transaction {
            partition.saved = self.transaction;
            if partition.list().0 != NIL {
                self.lists.push((partition.key(), partition.list()));
            }
        }
    }

    /// Has this transaction seen the key?
    pub(crate) fn has_seen(&self, partition: &Partition) -> bool {
        partition.saved == self.transaction
    }

    /// Returns true if the node can be given back at once, because this transaction took it;
    /// otherwise keeps it until the commit.
    #[inline(always)]
    #[must_use]
    pub(crate) fn free(&mut self, run: u32) -> bool {
        let own = self.allocated_in[run as usize] == self.transaction;
        if !own {
            self.freed.push(run);
        }
        own
    }

    /// Remembers that this transaction took the node.
    #[inline(always)]
    pub(crate) fn allocated(&mut self, run: u32) {
        let allocated_in = &mut self.allocated_in[run as usize];
        if *allocated_in != self.transaction {
            *allocated_in = self.transaction;
            self.allocated.push(run);
        }
    }

    pub(crate) fn take_freed(&mut self) -> std::vec::Drain<'_, u32> {
        self.freed.drain(..)
    }

    pub(crate) fn take_allocated(&mut self) -> std::vec::Drain<'_, u32> {
        self.allocated.drain(..)
    }

    /// Every node that changed, as it was.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (u32, &[u64])> {
        self.saved.iter().copied().zip(self.nodes.chunks_exact(self.stride))
    }

    /// Every list that was not empty and that the transaction has seen, as it was.
    pub(crate) fn lists(&self) -> &[(u64, (u32, u32))] {
        &self.lists
    }

    /// The numbers as they were, and the nodes in use.
    pub(crate) fn before(&self) -> (Tally, usize) {
        (self.tally, self.live)
    }

    pub(crate) fn close(&mut self) {
        self.open = false;
        self.saved.clear();
        self.nodes.clear();
        self.lists.clear();
        self.freed.clear();
        self.allocated.clear();
    }

    pub(crate) fn bytes(&self) -> usize {
        2 * size_of_val(&*self.saved_in)
            + 4 * (self.saved.capacity() + self.freed.capacity() + self.allocated.capacity())
            + 8 * self.nodes.capacity()
            + size_of::<(u64, (u32, u32))>() * self.lists.capacity()
    }
}
