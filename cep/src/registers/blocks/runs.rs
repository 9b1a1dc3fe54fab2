//! The runs of a key: a queue, as a rule, that is looked through at every event.

use super::super::layout::{FIRST, MOST_WORDS, START};
use super::{Blocks, EMPTY_PLACE, HEAD, HELD, LINKS, MARKS, NONE, Place, skipped};

impl Blocks {
    /// Copies the run at `from` to `to`, before it.
    #[inline]
    fn copy(&mut self, from: Place, to: Place) {
        let (stride, words) = (self.stride, self.words);
        let at = |place: Place| place.block as usize * stride + place.word;
        let all: &mut [u64] = bytemuck::cast_slice_mut(&mut self.lines);
        let (from, to) = (at(from), at(to));
        if words == FIRST {
            // One move of a known length; most runs are so short.
            let run: [u64; FIRST] = std::array::from_fn(|word| all[from + word]);
            all[to..to + FIRST].copy_from_slice(&run);
        } else {
            all.copy_within(from..from + words, to);
        }
    }

    /// Sequence with which the key's first run started.
    pub(in super::super) fn first_start(&self, head: u32) -> Option<u64> {
        (self.len(head) > 0).then(|| self.run(self.begin(head))[START])
    }

    /// Keeps the first `len` runs of the key, which has more.
    #[inline]
    pub(in super::super) fn shorten(&mut self, head: u32, len: usize) {
        if len == 0 {
            self.skip(head, 0);
        }
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
        for _ in 1..(self.skipped(head) + len).div_ceil(self.fit) {
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
        self.draw_near(head);
    }

    /// Drops runs from the key's first on, for as long as they are `over`, and keeps those of the
    /// others for which `keep` holds, which is told what `prepare` says if there are any.
    #[inline(always)]
    pub(in super::super) fn visit<T>(
        &mut self,
        head: u32,
        over: impl Fn(&[u64; FIRST]) -> bool,
        prepare: impl FnOnce() -> T,
        mut keep: impl FnMut(&T, &mut [u64]) -> bool,
    ) {
        let (first, words) = (self.first, self.words);
        let block = self.block_mut(head);
        let header: &mut [u64; MARKS + 1] = block.first_chunk_mut().expect("a header");
        let len = (header[LINKS] >> 32) as usize;
        if len == 0 {
            // Begins anew if nothing is left of the key.
            if header[MARKS] < HELD {
                header[MARKS] = HEAD;
            }
            return;
        }
        if words != FIRST || header[LINKS] as u32 != NONE {
            let over = |run: &[u64]| over(run.first_chunk().expect("the words of every run"));
            if self.drop_while(head, over) > 0 {
                let with = prepare();
                self.retain(head, |run| keep(&with, run));
            }
            return;
        }
        // Most runs are so short, and so are the instructions for a length that is known.
        let skipped = skipped(header);
        let runs = block[first + skipped * FIRST..][..len * FIRST].as_chunks_mut::<FIRST>().0;
        let Some(gone) = runs.iter().position(|run| !over(run)) else {
            block[LINKS] = u64::from(NONE);
            block[MARKS] -= skipped as u64 * EMPTY_PLACE;
            return;
        };
        let with = prepare();
        let left = close_up(&mut runs[gone..], |run| keep(&with, run));
        if left == 0 {
            block[LINKS] = u64::from(NONE);
            block[MARKS] -= skipped as u64 * EMPTY_PLACE;
        } else if left < len {
            block[LINKS] -= ((len - left) as u64) << 32;
            block[MARKS] += gone as u64 * EMPTY_PLACE;
        }
    }

    /// Drops runs from the key's first on, for as long as they are `over`; says how many are left.
    #[inline(always)]
    pub(in super::super) fn drop_while(
        &mut self,
        head: u32,
        mut over: impl FnMut(&[u64]) -> bool,
    ) -> usize {
        loop {
            let (first, words, fit) = (self.first, self.words, self.fit);
            let block = self.block_mut(head);
            let len = (block[LINKS] >> 32) as usize;
            let skipped = skipped(block);
            let here = len.min(fit - skipped);
            let runs = &mut block[first + skipped * words..][..here * words];
            let gone = position(words, runs, |run| !over(run)).unwrap_or(here);
            if gone == 0 {
                return len;
            }
            if gone == len {
                self.shorten(head, 0);
                return 0;
            }
            block[MARKS] += gone as u64 * EMPTY_PLACE;
            block[LINKS] -= (gone as u64) << 32;
            if block[LINKS] as u32 != NONE {
                self.draw_near(head);
            }
            if gone < here {
                return len - gone;
            }
        }
    }

    /// Moves the runs of the key to the front of the head block, and those of the next block
    /// behind them, if they are so few that it pays, or there are none. So a block is never there
    /// for less than half the runs that fit.
    #[inline(never)]
    fn draw_near(&mut self, head: u32) {
        let (len, skipped) = (self.len(head), self.skipped(head));
        let here = self.fit - skipped;
        if here > 0 && len > self.fit / 2 || len <= here {
            return;
        }
        let next = self.block(head)[LINKS] as u32;
        let words = self.words;
        let at = |block: u32, run: usize| block as usize * self.stride + self.first + run * words;
        let (front, first, second) = (at(head, 0), at(head, skipped), at(next, 0));
        let more = (len - here).min(self.fit) * words;
        let all: &mut [u64] = bytemuck::cast_slice_mut(&mut self.lines);
        all.copy_within(first..first + here * words, front);
        all.copy_within(second..second + more, front + here * words);
        let after = self.block(next)[LINKS] & u64::from(u32::MAX);
        self.release(next);
        self.skip(head, 0);
        self.block_mut(head)[LINKS] = after | (len as u64) << 32;
    }

    /// Makes one more run of the key, behind the others, and says where its words are; `None` if
    /// there is no room, or there are `most` already.
    #[inline(always)]
    pub(in super::super) fn push(&mut self, head: u32, most: usize) -> Option<usize> {
        let (stride, first, words, fit) = (self.stride, self.first, self.words, self.fit);
        let header: &mut [u64; MARKS + 1] =
            self.block_mut(head).first_chunk_mut().expect("a header");
        let len = (header[LINKS] >> 32) as usize;
        let at = skipped(header) + len;
        if len >= most {
            return None;
        }
        if at < fit {
            header[LINKS] += 1 << 32;
            return Some(head as usize * stride + first + at * words);
        }
        self.extend(head)
    }

    /// The words of the run that was made at `place`.
    #[inline(always)]
    pub(in super::super) fn pushed(&mut self, place: usize) -> &mut [u64] {
        let all: &mut [u64] = bytemuck::cast_slice_mut(&mut self.lines);
        &mut all[place..][..self.words]
    }

    /// The same where the head block has no place at its end.
    #[inline(never)]
    fn extend(&mut self, head: u32) -> Option<usize> {
        let (len, skipped) = (self.len(head), self.skipped(head));
        let (stride, first, words) = (self.stride, self.first, self.words);
        let (mut last, mut at) = (head, skipped + len);
        if skipped >= self.fit.div_ceil(4) && at == self.fit {
            let from = first + skipped * words;
            self.block_mut(head).copy_within(from..from + len * words, first);
            self.skip(head, 0);
            at = len;
        }
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
        Some(last as usize * stride + first + at * words)
    }

    /// Adds a run behind those that started no later; `false` if there is no room.
    pub(in super::super) fn insert(&mut self, head: u32, run: &[u64]) -> bool {
        let len = self.len(head);
        let Some(place) = self.push(head, usize::MAX) else { return false };
        self.pushed(place).copy_from_slice(run);
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
        let mut moved = [0; MOST_WORDS];
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
    pub(in super::super) fn drop_first(&mut self, head: u32) -> usize {
        let (len, first) = (self.len(head), self.first_start(head));
        self.drop_while(head, |run| Some(run[START]) == first);
        len - self.len(head)
    }

    /// Keeps the runs of the key for which `keep` holds.
    #[inline]
    pub(in super::super) fn retain(&mut self, head: u32, mut keep: impl FnMut(&mut [u64]) -> bool) {
        let (words, first, fit) = (self.words, self.first, self.fit);
        let (mut left, mut skipped) = (self.len(head), self.skipped(head));
        let mut block = head;
        // Most of the time all stay, and nothing moves.
        while left > 0 {
            let here = left.min(fit - skipped);
            let all = self.block_mut(block);
            let runs = &mut all[first + skipped * words..][..here * words];
            if let Some(at) = position(words, runs, |run| !keep(run)) {
                let word = first + (skipped + at) * words;
                return self.close_up(head, Place { block, word }, left - at - 1, keep);
            }
            block = all[LINKS] as u32;
            left -= here;
            skipped = 0;
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

/// Moves the `runs` for which `keep` holds up to the front: how many there are.
#[inline(always)]
fn close_up(runs: &mut [[u64; FIRST]], mut keep: impl FnMut(&mut [u64]) -> bool) -> usize {
    // Most of the time all stay, and nothing moves.
    let Some(mut kept) = runs.iter_mut().position(|run| !keep(run)) else { return runs.len() };
    for at in kept + 1..runs.len() {
        if keep(&mut runs[at]) {
            runs[kept] = runs[at];
            kept += 1;
        }
    }
    kept
}

/// The first of `runs`, of so many words each, for which `is` holds.
#[inline(always)]
fn position(
    words: usize,
    mut runs: &mut [u64],
    mut is: impl FnMut(&mut [u64]) -> bool,
) -> Option<usize> {
    if words == FIRST {
        // Most runs are so short, and so are the instructions for a length that is known.
        return runs.as_chunks_mut::<FIRST>().0.iter_mut().position(|run| is(run));
    }
    let mut at = 0;
    while let Some((run, behind)) = runs.split_at_mut_checked(words) {
        if is(run) {
            return Some(at);
        }
        (runs, at) = (behind, at + 1);
    }
    None
}
