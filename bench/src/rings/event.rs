//! What travels, and how a receiver proves that all of it arrived, in order.
//!
//! An event is a few words, all of them written by the sender and all of them read by the
//! receiver: a ring that moved only the first line of an event would be found out.

use std::ops::Range;

/// An event of `N` words: 8 fill a cache line of 64 bytes, 7 leave room for a cursor in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(crate) struct Words<const N: usize>([u64; N]);

impl<const N: usize> Default for Words<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// What a peer must be able to move.
pub(crate) trait Event: bytemuck::Pod + Default + PartialEq + Send + Sync {
    /// Its size.
    const BYTES: usize = size_of::<Self>();

    /// An event that carries `first`, its other words made from it.
    fn new(first: u64) -> Self;

    /// What it carries.
    fn first(&self) -> u64;

    /// The sum of all words.
    fn sum(&self) -> u64;
}

impl<const N: usize> Event for Words<N> {
    #[inline(always)]
    fn new(first: u64) -> Self {
        Self(std::array::from_fn(|at| first.wrapping_add(at as u64)))
    }

    #[inline(always)]
    fn first(&self) -> u64 {
        self.0[0]
    }

    #[inline(always)]
    fn sum(&self) -> u64 {
        self.0.iter().fold(0, |sum: u64, &word| sum.wrapping_add(word))
    }
}

/// A checksum over events in their order: one lost, repeated or swapped changes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) u64);

impl Digest {
    #[inline(always)]
    pub(crate) fn add(&mut self, event: &impl Event) {
        self.0 = self.0.rotate_left(7).wrapping_add(event.sum());
    }

    /// The checksum of events that carry these numbers.
    pub(crate) fn of<E: Event>(numbers: Range<u64>) -> Self {
        let mut digest = Self::default();
        numbers.for_each(|number| digest.add(&E::new(number)));
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(numbers: &[u64]) -> Digest {
        let mut digest = Digest::default();
        numbers.iter().for_each(|&number| digest.add(&Words::<8>::new(number)));
        digest
    }

    #[test]
    fn a_digest_knows_every_event_and_their_order() {
        let right = digest(&[3, 4, 5]);
        assert_eq!(right, Digest::of::<Words<8>>(3..6));
        for wrong in [&[3, 5, 4][..], &[3, 4], &[3, 4, 4], &[4, 5], &[3, 4, 5, 5]] {
            assert_ne!(digest(wrong), right, "{wrong:?}");
        }
    }

    #[test]
    fn all_words_of_an_event_count() {
        let whole = Words::<7>::new(9);
        for at in 0..7 {
            let mut torn = whole;
            torn.0[at] = 0;
            assert_ne!(torn.sum(), whole.sum(), "word {at}");
        }
    }
}
