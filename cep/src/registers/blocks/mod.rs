//! Where runs live: blocks of words, the runs of a key side by side in the order of their starts.
//!
//! Each key has a *head* block, found through a table; more runs than fit go to further blocks
//! behind it. A key stays until its block is needed, so that keys which come and go cost nothing.

mod keys;

use super::layout::START;
use super::plan::MOST_KEY_FIELDS;

/// No block.
pub(super) const NONE: u32 = u32::MAX;
/// No entry of the table.
const EMPTY: u64 = u64::MAX;

/// Words of a block before its runs: the next block and the number of runs of the key; runs that
/// started before are gone; held matches, and marks; then the key.
const LINKS: usize = 0;
const CUT: usize = 1;
const MARKS: usize = 2;
const POSITION: usize = 3;
const KEY: usize = 4;

/// Marks of a head; held matches are counted above them.
const HEAD: u64 = 1;
const TRUNCATED: u64 = 2;
const HELD: u64 = 4;

/// Words of the smallest block: four cache lines.
const LEAST_WORDS: usize = 32;

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
    pub(super) fn new(runs: usize, keys: usize, words: usize, key_fields: usize) -> Self {
        let first = KEY + key_fields;
        let stride = LEAST_WORDS.max((first + 2 * words).next_multiple_of(8));
        let fit = (stride - first) / words;
        let blocks = keys + runs.div_ceil(fit);
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
    pub(super) fn free(&self) -> (usize, usize) {
        (self.free_blocks, self.most_keys - self.keys)
    }

    /// How many blocks so many more runs of a key take at most.
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
        let words = self.block_mut(block);
        let next = words[LINKS] as u32;
        words[..KEY].fill(0);
        words[LINKS] = u64::from(NONE);
        self.free = next;
        self.free_blocks -= 1;
        Some(block)
    }

    pub(super) fn is_head(&self, block: u32) -> bool {
        self.block(block)[MARKS] & HEAD != 0
    }

    /// How many runs the key has.
    #[inline]
    pub(super) fn len(&self, head: u32) -> usize {
        (self.block(head)[LINKS] >> 32) as usize
    }

    pub(super) fn is_truncated(&self, head: u32) -> bool {
        self.block(head)[MARKS] & TRUNCATED != 0
    }

    /// From now on something may be missing.
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

    pub(super) fn held(&self, head: u32) -> bool {
        self.block(head)[MARKS] >= HELD
    }

    /// So many more held matches.
    pub(super) fn hold(&mut self, head: u32, more: usize) {
        self.block_mut(head)[MARKS] += more as u64 * HELD;
    }

    /// One held match less.
    pub(super) fn let_go(&mut self, head: u32) {
        self.block_mut(head)[MARKS] -= HELD;
    }

    pub(super) fn cut(&self, head: u32) -> u64 {
        self.block(head)[CUT]
    }

    pub(super) fn set_cut(&mut self, head: u32, cut: u64) {
        self.block_mut(head)[CUT] = cut;
    }

    /// How many events of the key were seen, the one counted now left out.
    pub(super) fn count_event(&mut self, head: u32) -> u64 {
        let position = &mut self.block_mut(head)[POSITION];
        *position += 1;
        *position - 1
    }

    pub(super) fn position(&self, head: u32) -> u64 {
        self.block(head)[POSITION]
    }

    /// The place of the first run.
    #[inline]
    pub(super) fn begin(&self, head: u32) -> Place {
        Place { block: head, word: self.first }
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

    /// Copies the run at `from` to `to`, before it.
    #[inline]
    fn copy(&mut self, from: Place, to: Place) {
        let (stride, words) = (self.stride, self.words);
        let at = |place: Place| place.block as usize * stride + place.word;
        let all: &mut [u64] = bytemuck::cast_slice_mut(&mut self.lines);
        let (from, to) = (at(from), at(to));
        if words == 4 {
            // One move of a known length; most runs are so short.
            let run: [u64; 4] = std::array::from_fn(|word| all[from + word]);
            all[to..to + 4].copy_from_slice(&run);
        } else {
            all.copy_within(from..from + words, to);
        }
    }

    /// Sequence with which the key's first run started.
    pub(super) fn first_start(&self, head: u32) -> Option<u64> {
        (self.len(head) > 0).then(|| self.run(self.begin(head))[START])
    }

    /// Keeps the first `len` runs of the key, which has more.
    #[inline]
    pub(super) fn shorten(&mut self, head: u32, len: usize) {
        let links = &mut self.block_mut(head)[LINKS];
        if *links as u32 == NONE {
            *links = u64::from(NONE) | (len as u64) << 32;
        } else {
            self.shorten_blocks(head, len);
        }
    }

    #[inline(never)]
    fn shorten_blocks(&mut self, head: u32, len: usize) {
        let mut last = head;
        for _ in 1..len.div_ceil(self.fit) {
            last = self.block(last)[LINKS] as u32;
        }
        let mut rest = self.block(last)[LINKS] as u32;
        let links = &mut self.block_mut(last)[LINKS];
        *links = *links & !u64::from(u32::MAX) | u64::from(NONE);
        while rest != NONE {
            let next = self.block(rest)[LINKS] as u32;
            self.release(rest);
            rest = next;
        }
        let links = &mut self.block_mut(head)[LINKS];
        *links = *links & u64::from(u32::MAX) | (len as u64) << 32;
    }

    /// The words of one more run of the key, behind the others; `None` if there is no room.
    #[inline]
    pub(super) fn push(&mut self, head: u32) -> Option<&mut [u64]> {
        let len = self.len(head);
        let (mut last, mut at) = (head, len);
        while at >= self.fit {
            at -= self.fit;
            let next = self.block(last)[LINKS] as u32;
            if next != NONE {
                last = next;
                continue;
            }
            let fresh = self.take()?;
            let links = &mut self.block_mut(last)[LINKS];
            *links = *links & !u64::from(u32::MAX) | u64::from(fresh);
            last = fresh;
        }
        self.block_mut(head)[LINKS] += 1 << 32;
        let (first, words) = (self.first + at * self.words, self.words);
        Some(&mut self.block_mut(last)[first..first + words])
    }

    /// Adds a run behind those that started no later; `false` if there is no room.
    pub(super) fn insert(&mut self, head: u32, run: &[u64]) -> bool {
        let len = self.len(head);
        let Some(words) = self.push(head) else { return false };
        words.copy_from_slice(run);
        self.sort_last(head, len, run);
        true
    }

    /// Moves the last run, which is number `len`, before those that started later.
    fn sort_last(&mut self, head: u32, len: usize, run: &[u64]) {
        let mut place = self.begin(head);
        for _ in 0..len {
            if self.run(place)[START] > run[START] {
                break;
            }
            place = self.after(place);
        }
        // From here on each run takes the place of the next.
        let mut moved = [0; super::layout::MOST_WORDS];
        let words = self.words;
        moved[..words].copy_from_slice(run);
        let mut at = self.begin(head);
        let mut shifting = false;
        for _ in 0..=len {
            shifting |= at == place;
            if shifting {
                let other = self.run_mut(at);
                other.swap_with_slice(&mut moved[..words]);
            }
            at = self.after(at);
        }
    }

    /// Drops the key's first run, and those with the same start; says how many.
    pub(super) fn drop_first(&mut self, head: u32) -> usize {
        let (len, first) = (self.len(head), self.first_start(head));
        self.retain(head, |run| Some(run[START]) != first);
        len - self.len(head)
    }

    /// Keeps the runs of the key for which `keep` holds.
    #[inline]
    pub(super) fn retain(&mut self, head: u32, mut keep: impl FnMut(&mut [u64]) -> bool) {
        let (stride, words, first, fit) = (self.stride, self.words, self.first, self.fit);
        let mut left = self.len(head);
        let all: &mut [u64] = bytemuck::cast_slice_mut(&mut self.lines);
        let mut block = head;
        // Most of the time all stay, and nothing moves.
        while left > 0 {
            let count = left.min(fit);
            let (links, rest) = all[block as usize * stride..][..stride].split_at_mut(first);
            let runs = &mut rest[..count * words];
            let gone = runs.chunks_exact_mut(words).position(|run| !keep(run));
            if let Some(at) = gone {
                let word = first + at * words;
                return self.close_up(head, Place { block, word }, left - at - 1, keep);
            }
            block = links[LINKS] as u32;
            left -= count;
        }
    }

    /// Drops the run at `to`, and of the `left` ones behind it those for which `keep` fails.
    fn close_up(
        &mut self,
        head: u32,
        mut to: Place,
        left: usize,
        mut keep: impl FnMut(&mut [u64]) -> bool,
    ) {
        let mut from = self.after(to);
        let mut kept = self.len(head) - left - 1;
        for _ in 0..left {
            let after = self.after(from);
            if keep(self.run_mut(from)) {
                self.copy(from, to);
                to = self.after(to);
                kept += 1;
            }
            from = after;
        }
        self.shorten(head, kept);
    }
}
