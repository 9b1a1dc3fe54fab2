//! Storage of partial matches: a slab of equal nodes in one allocation, made at build.
//!
//! A node holds its link, the step it waits for, its start time, the sequences it has bound and
//! its registers. Nodes of one key form a list in the order of their start; free nodes form
//! another. Indices are 32 bits and never leave this crate.

/// No node.
pub(crate) const NIL: u32 = u32::MAX;

/// Mark of a free node, where others have the step they wait for.
const FREE: u64 = (u32::MAX as u64) << 32;

const LINK: usize = 0;
const START: usize = 1;
const SEQUENCES: usize = 2;

/// The slab.
#[derive(Debug)]
pub(crate) struct Runs {
    words: Box<[u64]>,
    /// Words of a node, as a power of two.
    stride: u32,
    steps: usize,
    free: u32,
    live: usize,
}

impl Runs {
    /// Room for `capacity` partial matches of `steps` steps with `registers` registers each.
    pub(crate) fn new(capacity: usize, steps: usize, registers: usize) -> Self {
        let stride = (SEQUENCES + steps + registers).next_power_of_two().trailing_zeros();
        let mut runs = Self {
            words: vec![0; capacity << stride].into_boxed_slice(),
            stride,
            steps,
            free: NIL,
            live: 0,
        };
        for run in (0..capacity as u32).rev() {
            runs.set_next(run, runs.free);
            runs.free = run;
        }
        runs
    }

    /// Takes a free node that waits for step 1, its next link empty.
    #[inline(always)]
    pub(crate) fn allocate(&mut self, start: u64, sequence: u64) -> Option<u32> {
        let run = self.free;
        if run == NIL {
            return None;
        }
        self.free = self.next(run);
        self.live += 1;
        let node = self.node_mut(run);
        node[LINK] = 1 << 32 | u64::from(NIL);
        node[START] = start;
        node[SEQUENCES] = sequence;
        Some(run)
    }

    /// Gives a node back.
    #[inline(always)]
    pub(crate) fn release(&mut self, run: u32) {
        self.node_mut(run)[LINK] = FREE | u64::from(self.free);
        self.free = run;
        self.live -= 1;
    }

    pub(crate) fn is_free(&self, run: u32) -> bool {
        self.node(run)[LINK] & FREE == FREE
    }

    #[inline(always)]
    pub(crate) fn next(&self, run: u32) -> u32 {
        self.node(run)[LINK] as u32
    }

    #[inline(always)]
    pub(crate) fn set_next(&mut self, run: u32, next: u32) {
        let link = &mut self.node_mut(run)[LINK];
        *link = (*link >> 32) << 32 | u64::from(next);
    }

    /// The step the run waits for; the number of steps when it is complete and held back.
    #[inline(always)]
    pub(crate) fn awaits(&self, run: u32) -> usize {
        (self.node(run)[LINK] >> 32) as usize
    }

    #[inline(always)]
    pub(crate) fn is_complete(&self, run: u32) -> bool {
        self.awaits(run) == self.steps
    }

    /// Binds `sequence` to the step the run waits for, and makes it wait for the next.
    #[inline(always)]
    pub(crate) fn bind(&mut self, run: u32, sequence: u64) {
        let step = self.awaits(run);
        let node = self.node_mut(run);
        node[SEQUENCES + step] = sequence;
        node[LINK] += 1 << 32;
    }

    /// Time of the first bound event.
    #[inline(always)]
    pub(crate) fn start(&self, run: u32) -> u64 {
        self.node(run)[START]
    }

    /// Sequences of the bound events; those of later steps hold no meaning.
    #[inline(always)]
    pub(crate) fn sequences(&self, run: u32) -> &[u64] {
        &self.node(run)[SEQUENCES..SEQUENCES + self.steps]
    }

    #[inline(always)]
    pub(crate) fn registers(&self, run: u32) -> &[u64] {
        &self.node(run)[SEQUENCES + self.steps..]
    }

    #[inline(always)]
    pub(crate) fn set_register(&mut self, run: u32, register: usize, value: u64) {
        let at = SEQUENCES + self.steps + register;
        self.node_mut(run)[at] = value;
    }

    /// Words of one node.
    pub(crate) fn stride(&self) -> usize {
        1 << self.stride
    }

    /// The node as it stands, to be put back by [`Runs::restore`].
    #[inline(always)]
    pub(crate) fn node(&self, run: u32) -> &[u64] {
        let at = (run as usize) << self.stride;
        &self.words[at..at + (1 << self.stride)]
    }

    pub(crate) fn restore(&mut self, run: u32, node: &[u64]) {
        self.node_mut(run).copy_from_slice(node);
    }

    #[inline(always)]
    fn node_mut(&mut self, run: u32) -> &mut [u64] {
        let at = (run as usize) << self.stride;
        &mut self.words[at..at + (1 << self.stride)]
    }

    /// Nodes in use.
    pub(crate) fn live(&self) -> usize {
        self.live
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.words)
    }
}
