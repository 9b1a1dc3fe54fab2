//! What a micro-batch changed, so that it can be undone: saved nodes, saved lists, and the nodes
//! it took and gave back.
//!
//! Cost follows the changes, not the state: a node is saved once a transaction, before it first
//! changes; freed nodes keep their content until the commit.

use crate::partitions::Slot;
use crate::runs::Runs;
use crate::state::Tally;

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
    lists: Vec<(Slot, (u32, u32))>,
    freed: Vec<u32>,
    allocated: Vec<u32>,
    stride: usize,
    tally: Tally,
}

impl Journal {
    /// For at most `runs` nodes of `stride` words and `keys` lists.
    pub(crate) fn new((runs, keys): (usize, usize), stride: usize) -> Self {
        Self {
            open: false,
            transaction: 0,
            saved_in: vec![0; runs].into_boxed_slice(),
            allocated_in: vec![0; runs].into_boxed_slice(),
            saved: Vec::with_capacity(runs),
            nodes: Vec::with_capacity(runs * stride),
            lists: Vec::with_capacity(keys),
            freed: Vec::with_capacity(runs),
            allocated: Vec::with_capacity(runs),
            stride,
            tally: Tally::default(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Opens a transaction. Returns true when all marks of earlier ones must be forgotten,
    /// because the number has come round.
    #[must_use]
    pub(crate) fn open(&mut self, tally: Tally) -> bool {
        self.open = true;
        self.tally = tally;
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

    /// Keeps a key's list as it is now. `saved` is the key's own mark.
    #[inline(always)]
    pub(crate) fn save_list(&mut self, saved: &mut u32, slot: Slot, list: (u32, u32)) {
        if *saved != self.transaction {
            *saved = self.transaction;
            self.lists.push((slot, list));
        }
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

    /// Hands back every node and list as it was.
    pub(crate) fn undo(
        &self,
        mut node: impl FnMut(u32, &[u64]),
        mut list: impl FnMut(Slot, (u32, u32)),
    ) {
        for (&run, saved) in self.saved.iter().zip(self.nodes.chunks_exact(self.stride)) {
            node(run, saved);
        }
        for &(slot, saved) in &self.lists {
            list(slot, saved);
        }
    }

    /// The numbers as they were.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
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
            + size_of::<(Slot, (u32, u32))>() * self.lists.capacity()
    }
}
