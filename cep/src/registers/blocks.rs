//! Where runs live: blocks of words, the runs of a key side by side in the order of their starts.
//!
//! Each key has a *head* block, found through a table; more runs than fit go to further blocks
//! behind it. A key stays until its block is needed, so that keys which come and go cost nothing.

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
    key_fields: usize,
    free: u32,
    free_blocks: usize,
    blocks: usize,
    /// For each hash, block and the hash's other half.
    table: Box<[u64]>,
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
            key_fields,
            free: NONE,
            free_blocks: 0,
            blocks,
            table: vec![EMPTY; (2 * keys).next_power_of_two()].into(),
            keys: 0,
            most_keys: keys,
        };
        (0..blocks as u32).rev().for_each(|block| this.release(block));
        this
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.lines) + size_of_val(&*self.table)
    }

    /// How many blocks are free, and how many keys may be added.
    pub(super) fn free(&self) -> (usize, usize) {
        (self.free_blocks, self.most_keys - self.keys)
    }

    /// How many blocks so many more runs of a key take at most.
    pub(super) fn blocks_of(&self, runs: usize) -> usize {
        runs.div_ceil((self.stride - self.first) / self.words)
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
    pub(super) fn find(&self, key: &Key) -> Option<u32> {
        let (mut at, tag) = self.home(Self::hash(key, self.key_fields));
        loop {
            let entry = self.table[at];
            if entry == EMPTY {
                return None;
            }
            let block = entry as u32;
            if entry & !u64::from(u32::MAX) == tag
                && self.block(block)[KEY..KEY + self.key_fields] == key[..self.key_fields]
            {
                return Some(block);
            }
            at = (at + 1) & (self.table.len() - 1);
        }
    }

    /// The head block of `key`, which is not there yet; `None` if there is no room.
    pub(super) fn add(&mut self, key: &Key) -> Option<u32> {
        if self.keys == self.most_keys {
            return None;
        }
        let block = self.take()?;
        let fields = self.key_fields;
        let words = self.block_mut(block);
        words[MARKS] = HEAD;
        words[KEY..KEY + fields].copy_from_slice(&key[..fields]);
        let (mut at, tag) = self.home(Self::hash(key, fields));
        while self.table[at] != EMPTY {
            at = (at + 1) & (self.table.len() - 1);
        }
        self.table[at] = tag | u64::from(block);
        self.keys += 1;
        Some(block)
    }

    /// Forgets the key of `head` if nothing is left of it.
    pub(super) fn forget_if_empty(&mut self, head: u32) {
        if !self.is_head(head) || self.len(head) > 0 || self.held(head) {
            return;
        }
        let mask = self.table.len() - 1;
        let mut key = Key::default();
        let fields = self.key_fields;
        key[..fields].copy_from_slice(&self.block(head)[KEY..KEY + fields]);
        let (mut at, _) = self.home(Self::hash(&key, fields));
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
            let words = self.block(entry as u32);
            let mut key = Key::default();
            key[..fields].copy_from_slice(&words[KEY..KEY + fields]);
            let (home, _) = self.home(Self::hash(&key, fields));
            if (next.wrapping_sub(home) & mask) >= (next.wrapping_sub(at) & mask) {
                self.table[at] = entry;
                at = next;
            }
        }
        self.table[at] = EMPTY;
        self.keys -= 1;
        self.release(head);
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

    /// One more, or one less, held match.
    pub(super) fn hold(&mut self, head: u32, more: bool) {
        let marks = &mut self.block_mut(head)[MARKS];
        *marks = if more { *marks + HELD } else { *marks - HELD };
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
    pub(super) fn run_mut(&mut self, place: Place) -> &mut [u64] {
        let words = self.words;
        &mut self.block_mut(place.block)[place.word..place.word + words]
    }

    pub(super) fn copy(&mut self, from: Place, to: Place) {
        let (stride, words) = (self.stride, self.words);
        let at = |place: Place| place.block as usize * stride + place.word;
        let all: &mut [u64] = bytemuck::cast_slice_mut(&mut self.lines);
        all.copy_within(at(from)..at(from) + words, at(to));
    }

    /// Sequence with which the key's first run started.
    pub(super) fn first_start(&self, head: u32) -> Option<u64> {
        (self.len(head) > 0).then(|| self.run(self.begin(head))[START])
    }

    /// Keeps the first `len` runs of the key, which has more.
    pub(super) fn shorten(&mut self, head: u32, len: usize) {
        let fit = (self.stride - self.first) / self.words;
        let mut last = head;
        for _ in 1..len.div_ceil(fit) {
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

    /// Adds a run behind those that started no later; `false` if there is no room. The `newest`
    /// started no earlier than any.
    pub(super) fn insert(&mut self, head: u32, run: &[u64], newest: bool) -> bool {
        let (len, fit) = (self.len(head), (self.stride - self.first) / self.words);
        let mut last = head;
        for _ in 0..len / fit {
            let next = self.block(last)[LINKS] as u32;
            if next != NONE {
                last = next;
                continue;
            }
            let Some(fresh) = self.take() else { return false };
            let links = &mut self.block_mut(last)[LINKS];
            *links = *links & !u64::from(u32::MAX) | u64::from(fresh);
            last = fresh;
        }
        let place = Place { block: last, word: self.first + len % fit * self.words };
        self.run_mut(place).copy_from_slice(run);
        self.block_mut(head)[LINKS] += 1 << 32;
        if !newest {
            self.sort_last(head, len, run);
        }
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
    pub(super) fn retain(&mut self, head: u32, mut keep: impl FnMut(&mut [u64]) -> bool) {
        let len = self.len(head);
        let (mut from, mut to, mut kept) = (self.begin(head), self.begin(head), 0);
        for _ in 0..len {
            let after = self.after(from);
            if keep(self.run_mut(from)) {
                if from != to {
                    self.copy(from, to);
                }
                to = self.after(to);
                kept += 1;
            }
            from = after;
        }
        if kept < len {
            self.shorten(head, kept);
        }
    }
}
