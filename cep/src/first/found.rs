//! Matches: what the sink sees, their checksum, and the buffer in which they wait.

/// A match, seen by the sink while it is emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a> {
    sequences: &'a [u64],
    emitted_at: u64,
}

impl<'a> Match<'a> {
    /// A match of these sequences, which rise and are at least one, for a matcher of one's own.
    #[must_use]
    pub fn new(sequences: &'a [u64], emitted_at: u64) -> Self {
        Self { sequences, emitted_at }
    }

    /// Sequences of the bound events, one for each step, rising.
    #[must_use]
    pub fn sequences(&self) -> &'a [u64] {
        self.sequences
    }

    /// Sequence of the first bound event.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.sequences[0]
    }

    /// Sequence of the event that completed the match.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.sequences[self.sequences.len() - 1]
    }

    /// Sequence of the event at which the match was emitted: the one that completed it, or a
    /// later one if it was held back. [`u64::MAX`] for the end of the stream.
    #[must_use]
    pub fn emitted_at(&self) -> u64 {
        self.emitted_at
    }

    /// This match's share of the order-independent checksum of a set of matches, which is the
    /// sum of the shares modulo 2^64: splitmix64's finalizer folded over `sequence + 1`.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        crate::matching::checksum(self.sequences.iter().copied())
    }
}

/// Matches found but not yet emitted, in one allocation made at build.
#[derive(Debug)]
pub(crate) struct Found {
    /// `emitted_at`, then the sequences, match after match.
    words: Vec<u64>,
    order: Vec<u32>,
    stride: usize,
    most: usize,
}

impl Found {
    pub(crate) fn new(most: usize, steps: usize) -> Self {
        let stride = steps + 1;
        Self {
            words: Vec::with_capacity(most * stride),
            order: Vec::with_capacity(most),
            stride,
            most,
        }
    }

    /// Adds a match; the caller has made sure that it fits.
    pub(crate) fn push(&mut self, emitted_at: u64, sequences: &[u64]) {
        debug_assert!(self.room() > 0, "the buffer is as large as its owner asked");
        self.words.push(emitted_at);
        self.words.extend_from_slice(sequences);
    }

    /// How many more fit.
    pub(crate) fn room(&self) -> usize {
        self.most - self.words.len() / self.stride
    }

    pub(crate) fn most(&self) -> usize {
        self.most
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Emits all in the order they were found.
    #[inline]
    pub(crate) fn emit(&mut self, sink: &mut impl FnMut(Match<'_>)) {
        // Taken out first: if the sink panics, what it has seen is not shown to it again.
        let mut taken = std::mem::take(&mut self.words);
        for words in taken.chunks_exact(self.stride) {
            sink(Match { sequences: &words[1..], emitted_at: words[0] });
        }
        taken.clear();
        self.words = taken;
    }

    /// Emits all by rising `emitted_at`, then start: the order a single pass would have found.
    pub(crate) fn emit_sorted(&mut self, sink: &mut impl FnMut(Match<'_>)) {
        let mut taken = std::mem::take(&mut self.words);
        let Self { order, stride, .. } = self;
        let words = &taken;
        order.extend(0..(words.len() / *stride) as u32);
        let at = |index: u32| index as usize * *stride;
        order.sort_unstable_by_key(|&index| (words[at(index)], words[at(index) + 1]));
        for index in order.drain(..) {
            let words = &words[at(index)..at(index) + *stride];
            sink(Match { sequences: &words[1..], emitted_at: words[0] });
        }
        taken.clear();
        self.words = taken;
    }

    pub(crate) fn clear(&mut self) {
        self.words.clear();
    }

    pub(crate) fn bytes(&self) -> usize {
        8 * self.words.capacity() + 4 * self.order.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_emission_orders_by_event_then_start() {
        let mut found = Found::new(3, 2);
        for (at, sequences) in [(9, [2, 9]), (5, [3, 5]), (9, [1, 9])] {
            found.push(at, &sequences);
        }
        assert_eq!(found.room(), 0);
        let mut seen = Vec::new();
        found.emit_sorted(&mut |m| seen.push((m.emitted_at(), m.first(), m.last())));
        assert_eq!(seen, [(5, 3, 5), (9, 1, 9), (9, 2, 9)]);
        assert!(found.is_empty());
    }
}
