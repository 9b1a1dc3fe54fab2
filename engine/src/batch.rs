//! A run of events, read where they lie in the ring.

use std::ops::Range;

/// Why a batch ends where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchCause {
    /// It holds everything there was.
    Available,
    /// It holds as many events as the stage takes at once.
    Count,
    /// Its first event had waited for the stage's interval.
    Interval,
    /// The ring was filling up.
    Capacity,
    /// The producer is gone and no more events will come.
    Drain,
}

/// Consecutive events, borrowed from the ring for the length of one call.
///
/// The events lie side by side in at most two slices, the second only where the batch runs over
/// the end of the ring.
#[derive(Debug)]
pub struct Batch<'a, E> {
    first_sequence: u64,
    front: &'a [E],
    back: &'a [E],
    cause: BatchCause,
    source: usize,
}

impl<E> Clone for Batch<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Batch<'_, E> {}

impl<'a, E> Batch<'a, E> {
    pub(crate) fn new(
        first_sequence: u64,
        front: &'a [E],
        back: &'a [E],
        cause: BatchCause,
    ) -> Self {
        Self { first_sequence, front, back, cause, source: 0 }
    }

    pub(crate) fn of_source(self, source: usize) -> Self {
        Self { source, ..self }
    }

    /// A batch over a slice, to call a handler without a ring.
    #[must_use]
    pub fn from_slice(first_sequence: u64, events: &'a [E], cause: BatchCause) -> Self {
        Self::new(first_sequence, events, &[], cause)
    }

    /// The sequence of the first event: how many were published before it.
    #[must_use]
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }

    /// The number of events; at least one when a handler is called.
    #[must_use]
    pub fn len(&self) -> usize {
        self.front.len() + self.back.len()
    }

    /// Whether there is no event, as in an empty [`slice`](Self::slice).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The events, in sequence order: all of the first slice, then all of the second.
    #[must_use]
    pub fn slices(&self) -> (&'a [E], &'a [E]) {
        (self.front, self.back)
    }

    /// The events with their sequences.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, &'a E)> + use<'a, E> {
        Iter { sequence: self.first_sequence, front: self.front.iter(), back: self.back.iter() }
    }

    /// Why the batch ends where it ends.
    #[must_use]
    pub fn cause(&self) -> BatchCause {
        self.cause
    }

    /// Which of the rings of a [`FanIn`](crate::FanIn) it comes from, counted from 0.
    #[must_use]
    pub fn source(&self) -> usize {
        self.source
    }

    /// The events at these offsets from the first, as a batch of their own.
    ///
    /// # Panics
    /// If the range does not lie within the batch.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end && range.end <= self.len(),
            "offsets {range:?} of a batch of {}",
            self.len()
        );
        let cut = self.front.len();
        Self {
            first_sequence: self.first_sequence + range.start as u64,
            front: &self.front[range.start.min(cut)..range.end.min(cut)],
            back: &self.back[range.start.saturating_sub(cut)..range.end.saturating_sub(cut)],
            cause: self.cause,
            source: self.source,
        }
    }

    /// The batch in two halves; the first is the smaller one.
    pub(crate) fn halves(&self) -> (Self, Self) {
        let middle = self.len() / 2;
        (self.slice(0..middle), self.slice(middle..self.len()))
    }
}

/// Consecutive events that the stage may change in place, borrowed from the ring for one call.
///
/// The stages that follow see the changes; the stages before are done with these events, and no
/// other stage sees them meanwhile.
#[derive(Debug)]
pub struct BatchMut<'a, E> {
    first_sequence: u64,
    front: &'a mut [E],
    back: &'a mut [E],
    cause: BatchCause,
}

impl<'a, E> BatchMut<'a, E> {
    pub(crate) fn new(
        first_sequence: u64,
        front: &'a mut [E],
        back: &'a mut [E],
        cause: BatchCause,
    ) -> Self {
        Self { first_sequence, front, back, cause }
    }

    /// A batch over a slice, to call a handler without a ring.
    #[must_use]
    pub fn from_slice(first_sequence: u64, events: &'a mut [E], cause: BatchCause) -> Self {
        Self::new(first_sequence, events, &mut [], cause)
    }

    /// The same events, to be read only.
    #[must_use]
    pub fn as_batch(&self) -> Batch<'_, E> {
        Batch::new(self.first_sequence, self.front, self.back, self.cause)
    }

    /// The events, in sequence order: all of the first slice, then all of the second.
    #[must_use]
    pub fn slices_mut(&mut self) -> (&mut [E], &mut [E]) {
        (self.front, self.back)
    }

    /// The events with their sequences.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut E)> {
        (self.first_sequence..).zip(self.front.iter_mut().chain(self.back.iter_mut()))
    }
}

struct Iter<'a, E> {
    sequence: u64,
    front: std::slice::Iter<'a, E>,
    back: std::slice::Iter<'a, E>,
}

impl<'a, E> Iterator for Iter<'a, E> {
    type Item = (u64, &'a E);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let event = self.front.next().or_else(|| self.back.next())?;
        let sequence = self.sequence;
        self.sequence += 1;
        Some((sequence, event))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.front.len() + self.back.len();
        (left, Some(left))
    }
}

impl<E> ExactSizeIterator for Iter<'_, E> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_part_holds_what_the_whole_holds_there(
            events in prop::collection::vec(any::<u32>(), 0..50),
            first in 0_u64..1 << 60,
            cuts in prop::array::uniform3(any::<prop::sample::Index>()),
        ) {
            let mut cuts = cuts.map(|cut| cut.index(events.len() + 1));
            let (front, back) = events.split_at(cuts[0]);
            let batch = Batch::new(first, front, back, BatchCause::Count);
            cuts[1..].sort_unstable();
            let range = cuts[1]..cuts[2];
            let part = batch.slice(range.clone());
            prop_assert_eq!(part.len(), range.len());
            prop_assert_eq!(part.is_empty(), range.is_empty());
            prop_assert_eq!(part.first_sequence(), first + range.start as u64);
            prop_assert_eq!(part.iter().len(), range.len());
            let whole: Vec<(u64, &u32)> = (first..).zip(&events).collect();
            prop_assert_eq!(part.iter().collect::<Vec<_>>(), &whole[range.clone()]);
            let (front, back) = part.slices();
            prop_assert_eq!([front, back].concat(), &events[range]);
        }
    }

    #[test]
    #[should_panic(expected = "offsets 1..4 of a batch of 3")]
    fn a_part_that_is_not_in_the_whole_is_refused() {
        let _part = Batch::from_slice(0, &[1, 2, 3], BatchCause::Count).slice(1..4);
    }
}
