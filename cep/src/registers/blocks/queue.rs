//! The runs of a key that lie in one block, with no match held and no registers: the commonest
//! case, looked up once.

use super::super::layout::FIRST;
use super::{Blocks, EMPTY_PLACE, HEAD, HELD, LINKS, MARKS, NONE, skipped};

/// The runs of one key, and the places around them.
pub(in super::super) struct Queue<'a> {
    header: &'a mut [u64; MARKS + 1],
    places: &'a mut [[u64; FIRST]],
    begin: usize,
    end: usize,
}

impl Blocks {
    /// The runs of the key in `head`, whose words must be [`FIRST`]; `None` if they lie in several
    /// blocks, or matches are held.
    #[inline(always)]
    pub(in super::super) fn queue(&mut self, head: u32) -> Option<Queue<'_>> {
        let behind = self.first - (MARKS + 1);
        let (header, rest) = self.block_mut(head).split_first_chunk_mut::<{ MARKS + 1 }>()?;
        if header[LINKS] as u32 != NONE || header[MARKS] >= HELD {
            return None;
        }
        let (places, _) = rest.get_mut(behind..)?.as_chunks_mut();
        let begin = skipped(header);
        let end = begin + (header[LINKS] >> 32) as usize;
        (end <= places.len()).then_some(Queue { header, places, begin, end })
    }
}

impl Queue<'_> {
    /// How many runs there are.
    #[inline(always)]
    pub(in super::super) fn len(&self) -> usize {
        self.end - self.begin
    }

    /// The places from the first run on, in pairs: the runs, then what was there once.
    #[inline(always)]
    pub(in super::super) fn pairs(&self) -> &[[[u64; FIRST]; 2]] {
        self.places[self.begin..].as_chunks().0
    }

    /// Is there no place behind the last run?
    #[inline(always)]
    pub(in super::super) fn is_full(&self) -> bool {
        self.end == self.places.len()
    }

    /// Drops the first `gone` runs. A key of which nothing was left before begins anew.
    #[inline(always)]
    pub(in super::super) fn drop_first(mut self, gone: usize) -> Self {
        if self.begin == self.end {
            self.header[MARKS] = HEAD;
        }
        self.begin += gone;
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        }
        let marks = self.header[MARKS] % EMPTY_PLACE;
        self.header[MARKS] = marks + self.begin as u64 * EMPTY_PLACE;
        self.header[LINKS] = u64::from(NONE) | ((self.end - self.begin) as u64) << 32;
        self
    }

    /// Puts `run` behind the others. There must be a place.
    #[inline(always)]
    pub(in super::super) fn push(self, run: [u64; FIRST]) {
        self.places[self.end] = run;
        self.header[LINKS] += 1 << 32;
    }
}
