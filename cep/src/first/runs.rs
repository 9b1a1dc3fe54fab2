//! Storage of partial matches: a slab of equal nodes, made at build.
//!
//! What advancing looks at (link, awaited step, start time, first registers) lies in a head of 32
//! bytes; the bound sequences and further registers lie apart. Nodes of one key form a list in
//! the order of their start; free nodes form another. Indices are 32 bits and never leave this
//! crate.

use bytemuck::Pod;

use crate::field::RawField;

/// No node.
pub(crate) const NIL: u32 = u32::MAX;

/// Mark of a free node, where others have the step they wait for.
const FREE: u64 = (u32::MAX as u64) << 32;

/// Registers in the head.
pub(crate) const NEAR: usize = 2;

const LINK: usize = 0;
const START: usize = 1;
const REGISTERS: usize = 2;

/// Link and awaited step, start time, registers.
type Head = [u64; REGISTERS + NEAR];

/// The slab.
#[derive(Debug)]
pub(crate) struct Runs {
    heads: Box<[Head]>,
    /// Sequences, then the registers that are not in the head.
    rests: Box<[u64]>,
    /// Words of a rest.
    stride: usize,
    steps: usize,
    free: u32,
    live: usize,
    most: usize,
}

/// The registers of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registers<'a> {
    head: &'a Head,
    far: &'a [u64],
}

impl Registers<'_> {
    pub(crate) fn get(&self, register: usize) -> u64 {
        if register < NEAR { self.head[REGISTERS + register] } else { self.far[register - NEAR] }
    }
}

impl Runs {
    /// Room for `most` partial matches of `steps` steps with `registers` registers each, and for
    /// `retired` more that are out of use but keep their content.
    pub(crate) fn new(most: usize, retired: usize, steps: usize, registers: usize) -> Self {
        let capacity = most + retired;
        let stride = steps + registers.saturating_sub(NEAR);
        let mut runs = Self {
            heads: vec![Head::default(); capacity].into_boxed_slice(),
            rests: vec![0; capacity * stride].into_boxed_slice(),
            stride,
            steps,
            free: NIL,
            live: 0,
            most,
        };
        for run in (0..capacity as u32).rev() {
            runs.heads[run as usize][LINK] = FREE | u64::from(runs.free);
            runs.free = run;
        }
        runs
    }

    /// Takes a free node that waits for step 1, its next link empty.
    #[inline(always)]
    pub(crate) fn allocate(&mut self, start: u64, sequence: u64) -> Option<u32> {
        if self.live == self.most {
            return None;
        }
        let run = self.free;
        let head = &mut self.heads[run as usize];
        self.free = head[LINK] as u32;
        self.live += 1;
        head[LINK] = 1 << 32 | u64::from(NIL);
        head[START] = start;
        self.rests[run as usize * self.stride] = sequence;
        Some(run)
    }

    /// Gives a node back.
    #[inline(always)]
    pub(crate) fn release(&mut self, run: u32) {
        self.retire();
        self.recycle(run);
    }

    /// Takes a node out of use; its content stays until it is recycled.
    #[inline(always)]
    pub(crate) fn retire(&mut self) {
        self.live -= 1;
    }

    /// Makes a node that is out of use free.
    #[inline(always)]
    pub(crate) fn recycle(&mut self, run: u32) {
        self.heads[run as usize][LINK] = FREE | u64::from(self.free);
        self.free = run;
    }

    /// Says how many nodes are in use, after a rollback.
    pub(crate) fn set_live(&mut self, live: usize) {
        self.live = live;
    }

    /// Is there no room for `more` nodes?
    #[inline(always)]
    pub(crate) fn is_short_of(&self, more: usize) -> bool {
        self.live + more > self.most
    }

    pub(crate) fn is_free(&self, run: u32) -> bool {
        self.heads[run as usize][LINK] & FREE == FREE
    }

    #[inline(always)]
    pub(crate) fn next(&self, run: u32) -> u32 {
        self.heads[run as usize][LINK] as u32
    }

    #[inline(always)]
    pub(crate) fn set_next(&mut self, run: u32, next: u32) {
        let link = &mut self.heads[run as usize][LINK];
        *link = (*link >> 32) << 32 | u64::from(next);
    }

    /// The next run and the step this one waits for: the number of steps when it is complete and
    /// held back.
    #[inline(always)]
    pub(crate) fn look(&self, run: u32) -> (u32, usize) {
        let link = self.heads[run as usize][LINK];
        (link as u32, (link >> 32) as usize)
    }

    #[inline(always)]
    pub(crate) fn is_complete(&self, run: u32) -> bool {
        self.look(run).1 == self.steps
    }

    /// Binds `sequence` to the step the run waits for, and makes it wait for the next.
    #[inline(always)]
    pub(crate) fn bind(&mut self, run: u32, sequence: u64) {
        let link = &mut self.heads[run as usize][LINK];
        let step = (*link >> 32) as usize;
        *link += 1 << 32;
        self.rests[run as usize * self.stride + step] = sequence;
    }

    /// Time of the first bound event.
    #[inline(always)]
    pub(crate) fn start(&self, run: u32) -> u64 {
        self.heads[run as usize][START]
    }

    /// Sequences of the bound events; those of later steps hold no meaning.
    #[inline(always)]
    pub(crate) fn sequences(&self, run: u32) -> &[u64] {
        &self.rest(run)[..self.steps]
    }

    #[inline(always)]
    pub(crate) fn registers(&self, run: u32) -> Registers<'_> {
        Registers { head: &self.heads[run as usize], far: &self.rest(run)[self.steps..] }
    }

    /// One of the first [`NEAR`] registers.
    #[inline(always)]
    pub(crate) fn near(&self, run: u32, register: usize) -> u64 {
        self.heads[run as usize][REGISTERS + register % NEAR]
    }

    /// Fills registers from the event that is being bound.
    #[inline(always)]
    pub(crate) fn keep<E: Pod>(&mut self, run: u32, saves: &[(RawField, usize)], event: &E) {
        let head = &mut self.heads[run as usize];
        for &(ref field, register) in saves {
            let value = field.number(event) as u64;
            if register < NEAR {
                head[REGISTERS + register] = value;
            } else {
                self.rests[run as usize * self.stride + self.steps + register - NEAR] = value;
            }
        }
    }

    fn rest(&self, run: u32) -> &[u64] {
        let at = run as usize * self.stride;
        &self.rests[at..at + self.stride]
    }

    /// Words that [`Runs::copy`] appends.
    pub(crate) fn words(&self) -> usize {
        size_of::<Head>() / 8 + self.stride
    }

    /// Appends the node as it stands to `copies`.
    pub(crate) fn copy(&self, run: u32, copies: &mut Vec<u64>) {
        copies.extend_from_slice(&self.heads[run as usize]);
        copies.extend_from_slice(self.rest(run));
    }

    /// Makes the node what it was when it was copied.
    pub(crate) fn restore(&mut self, run: u32, copy: &[u64]) {
        let (head, rest) = copy.split_at(size_of::<Head>() / 8);
        self.heads[run as usize].copy_from_slice(head);
        let at = run as usize * self.stride;
        self.rests[at..at + self.stride].copy_from_slice(rest);
    }

    /// Nodes in use.
    pub(crate) fn live(&self) -> usize {
        self.live
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.heads) + size_of_val(&*self.rests)
    }
}
