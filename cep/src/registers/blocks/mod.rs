//! Where runs live: blocks of words, the runs of a key side by side in the order of their starts.
//!
//! Each key has a *head* block, found through a table; more runs than fit go to further blocks
//! behind it. A key stays until its block is needed, so that keys which come and go cost nothing.
//! Runs end in the order of their starts, as a rule: those that are gone at the front of the head
//! block are only counted (`runs`).

mod keys;
mod queue;
mod runs;
#[cfg(test)]
mod tests;

use super::plan::MOST_KEY_FIELDS;

/// No block.
pub(super) const NONE: u32 = u32::MAX;
/// No entry of the table.
const EMPTY: u64 = u64::MAX;

/// Words of a block before its runs: the next block and the number of runs of the key; runs that
/// started before are gone; held matches, and marks; the key; then how many events of it were seen,
/// if they are counted. With a key of one field, the first run lies in the same cache line.
const LINKS: usize = 0;
const CUT: usize = 1;
const MARKS: usize = 2;
const KEY: usize = 3;

/// Marks of a head; above them is counted how many places for runs at its front are empty, then
/// held matches.
const HEAD: u64 = 1;
const TRUNCATED: u64 = 2;
const EMPTY_PLACE: u64 = 1 << 8;
const HELD: u64 = 1 << 16;

/// Words of the smallest block: room for the runs of all but the busiest keys, and for as many
/// that are gone.
const LEAST_WORDS: usize = 128;

/// A cache line.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Line([u64; 8]);

/// The values of the partition's fields, those that are not used 0.
pub(super) type Key = [u64; MOST_KEY_FIELDS];

/// A place for a run: its block, and the word in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) block: u32,
    pub(super) word: usize,
}

#[derive(Debug)]
pub(super) struct Blocks {
    lines: Box<[Line]>,
    /// Words of a block, of a run, and before the first run.
    stride: usize,
    words: usize,
    first: usize,
    /// Runs that fit in a block.
    fit: usize,
    key_fields: usize,
    free: u32,
    free_blocks: usize,
    blocks: usize,
    /// For each hash, block and the hash's other half.
    table: Box<[u64]>,
    /// The blocks of small keys of one field, by key: symbols are numbered from 0, as a rule.
    dense: Box<[u32]>,
    keys: usize,
    most_keys: usize,
}

impl Blocks {
    pub(super) fn new(
        runs: usize,
        keys: usize,
        words: usize,
        key_fields: usize,
        counts_events: bool,
    ) -> Self {
        let first = KEY + key_fields + usize::from(counts_events);
        let stride = LEAST_WORDS.max((first + 2 * words).next_multiple_of(8));
        let fit = (stride - first) / words;
        // One for each key, and one more for every half of the runs that fit.
        let blocks = keys + (2 * runs).div_ceil(fit);
        let mut this = Self {
            lines: vec![Line([0; 8]); blocks * stride / 8].into(),
            stride,
            words,
            first,
            fit,
            key_fields,
            free: NONE,
            free_blocks: 0,
            blocks,
            table: vec![EMPTY; (2 * keys).next_power_of_two()].into(),
            dense: vec![NONE; if key_fields == 1 { 2 * keys } else { 0 }].into(),
            keys: 0,
            most_keys: keys,
        };
        (0..blocks as u32).rev().for_each(|block| this.release(block));
        this
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.lines) + size_of_val(&*self.table) + size_of_val(&*self.dense)
    }

    /// How many blocks are free, and how many keys may be added.
    #[inline]
    pub(super) fn free(&self) -> (usize, usize) {
        (self.free_blocks, self.most_keys - self.keys)
    }

    /// How many blocks so many more runs of a key take at most.
    #[inline]
    pub(super) fn blocks_of(&self, runs: usize) -> usize {
        runs.div_ceil(self.fit)
    }

    pub(super) fn all(&self) -> std::ops::Range<u32> {
        0..self.blocks as u32
    }

    #[inline]
    pub(super) fn block(&self, block: u32) -> &[u64] {
        let words: &[u64] = bytemuck::cast_slice(&self.lines);
        &words[block as usize * self.stride..][..self.stride]
    }

    #[inline]
    pub(super) fn block_mut(&mut self, block: u32) -> &mut [u64] {
        let words: &mut [u64] = bytemuck::cast_slice_mut(&mut self.lines);
        &mut words[block as usize * self.stride..][..self.stride]
    }

    fn release(&mut self, block: u32) {
        let free = self.free;
        let words = self.block_mut(block);
        words[LINKS] = u64::from(free);
        words[MARKS] = 0;
        self.free = block;
        self.free_blocks += 1;
    }

    fn take(&mut self) -> Option<u32> {
        let block = self.free;
        if block == NONE {
            return None;
        }
        let first = self.first;
        let words = self.block_mut(block);
        let next = words[LINKS] as u32;
        words[..first].fill(0);
        words[LINKS] = u64::from(NONE);
        self.free = next;
        self.free_blocks -= 1;
        Some(block)
    }

    #[inline]
    pub(super) fn is_head(&self, block: u32) -> bool {
        self.block(block)[MARKS] & HEAD != 0
    }

    /// How many runs the key has.
    #[inline]
    pub(super) fn len(&self, head: u32) -> usize {
        (self.block(head)[LINKS] >> 32) as usize
    }

    #[inline]
    pub(super) fn is_truncated(&self, head: u32) -> bool {
        self.block(head)[MARKS] & TRUNCATED != 0
    }

    /// From now on something may be missing.
    #[inline]
    pub(super) fn truncate(&mut self, head: u32) {
        self.block_mut(head)[MARKS] |= TRUNCATED;
    }

    /// Begins anew if nothing is left of the key.
    #[inline]
    pub(super) fn restart(&mut self, head: u32) {
        let words = self.block_mut(head);
        if words[LINKS] >> 32 == 0 && words[MARKS] < HELD {
            words[MARKS] = HEAD;
        }
    }

    #[inline]
    pub(super) fn held(&self, head: u32) -> bool {
        self.block(head)[MARKS] >= HELD
    }

    /// So many more held matches.
    #[inline]
    pub(super) fn hold(&mut self, head: u32, more: usize) {
        self.block_mut(head)[MARKS] += more as u64 * HELD;
    }

    /// One held match less.
    #[inline]
    pub(super) fn let_go(&mut self, head: u32) {
        self.block_mut(head)[MARKS] -= HELD;
    }

    /// How many runs the key has, and whether matches of it are held.
    #[inline(always)]
    pub(super) fn state(&self, head: u32) -> (usize, bool) {
        let header: &[u64; MARKS + 1] = self.block(head).first_chunk().expect("a header");
        ((header[LINKS] >> 32) as usize, header[MARKS] >= HELD)
    }

    #[inline]
    pub(super) fn cut(&self, head: u32) -> u64 {
        self.block(head)[CUT]
    }

    #[inline]
    pub(super) fn set_cut(&mut self, head: u32, cut: u64) {
        self.block_mut(head)[CUT] = cut;
    }

    /// How many events of the key were seen, the one counted now left out.
    #[inline]
    pub(super) fn count_event(&mut self, head: u32) -> u64 {
        let word = KEY + self.key_fields;
        let position = &mut self.block_mut(head)[word];
        *position += 1;
        *position - 1
    }

    /// So many events of the key came that were not counted.
    pub(super) fn pass_events(&mut self, head: u32, events: u64) {
        let word = KEY + self.key_fields;
        self.block_mut(head)[word] += events;
    }

    #[inline]
    pub(super) fn position(&self, head: u32) -> u64 {
        self.block(head)[KEY + self.key_fields]
    }

    /// How many places at the front of the head block are empty; none if the key has no runs.
    #[inline]
    fn skipped(&self, head: u32) -> usize {
        skipped(self.block(head))
    }

    #[inline]
    fn skip(&mut self, head: u32, places: usize) {
        let marks = &mut self.block_mut(head)[MARKS];
        let counted = *marks / EMPTY_PLACE % (HELD / EMPTY_PLACE);
        *marks = *marks - counted * EMPTY_PLACE + places as u64 * EMPTY_PLACE;
    }

    /// The place of the first run.
    #[inline]
    pub(super) fn begin(&self, head: u32) -> Place {
        Place { block: head, word: self.first + self.skipped(head) * self.words }
    }

    /// The place after `place`, which need not be there: then its block is [`NONE`].
    #[inline]
    pub(super) fn after(&self, place: Place) -> Place {
        let word = place.word + self.words;
        if word + self.words <= self.stride {
            return Place { word, ..place };
        }
        Place { block: self.block(place.block)[LINKS] as u32, word: self.first }
    }

    #[inline]
    pub(super) fn run(&self, place: Place) -> &[u64] {
        &self.block(place.block)[place.word..place.word + self.words]
    }

    #[inline]
    fn run_mut(&mut self, place: Place) -> &mut [u64] {
        let words = self.words;
        &mut self.block_mut(place.block)[place.word..place.word + words]
    }
}

/// The same for the words of a head block.
#[inline(always)]
fn skipped(block: &[u64]) -> usize {
    (block[MARKS] / EMPTY_PLACE % (HELD / EMPTY_PLACE)) as usize
}
