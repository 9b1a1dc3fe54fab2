//! A group of counters that others may read at any time and always find consistent.
//!
//! One owner writes; readers copy all words and check that no write came in between (a sequence
//! lock). The words are atomics, so a copy that is torn is only thrown away.
//!
//! ```text
//!   owner                              reader
//!   version = odd                      version, must be even
//!   fence                              copy the words
//!   write the words                    fence
//!   version = next even                same version?  then the copy is whole
//! ```

use std::ops::Deref;

use crate::sync::{AtomicU64, fence, ord};
use std::sync::atomic::Ordering::Relaxed;

/// The owner's side. The first word is the version, the others are the counters.
#[derive(Debug)]
pub(crate) struct Tally<W> {
    words: W,
    version: u64,
}

impl<W: Deref<Target = [AtomicU64]>> Tally<W> {
    /// Takes over words that nobody else writes.
    ///
    /// # Panics
    /// If there is not even room for the version.
    pub(crate) fn new(words: W) -> Self {
        let version = words[0].load(Relaxed);
        Self { words, version }
    }

    /// Changes counters, all at once for whoever reads.
    #[inline]
    pub(crate) fn update(&mut self, write: impl FnOnce(Changing<'_>)) {
        let words = &self.words[..];
        words[0].store(self.version + 1, Relaxed);
        fence(ord::tally()); // pairs with the fence in `read`
        write(Changing(&words[1..]));
        self.version += 2;
        words[0].store(self.version, ord::tallied()); // pairs with the first load in `read`
    }
}

/// The counters while they are being changed.
#[derive(Clone, Copy)]
pub(crate) struct Changing<'a>(&'a [AtomicU64]);

impl Changing<'_> {
    #[inline]
    pub(crate) fn set(self, index: usize, value: u64) {
        self.0[index].store(value, Relaxed);
    }

    #[inline]
    pub(crate) fn add(self, index: usize, amount: u64) {
        // One writer: nothing is lost between the load and the store.
        self.0[index].store(self.0[index].load(Relaxed) + amount, Relaxed);
    }

    #[inline]
    pub(crate) fn raise(self, index: usize, value: u64) {
        self.0[index].store(self.0[index].load(Relaxed).max(value), Relaxed);
    }
}

/// Sets a word to a count of things that have been written before and will not change.
pub(crate) fn announce(word: &AtomicU64, count: u64) {
    word.store(count, ord::tallied()); // pairs with `announced`
}

/// Such a count; what it counts can be read.
pub(crate) fn announced(word: &AtomicU64) -> u64 {
    word.load(ord::read_tally()) // pairs with `announce`
}

/// Copies the counters; `None` if they were being changed: try again.
pub(crate) fn read<const N: usize>(words: &[AtomicU64]) -> Option<[u64; N]> {
    let version = words[0].load(ord::read_tally()); // pairs with the last store in `update`
    let copy = std::array::from_fn(|index| words[index + 1].load(Relaxed));
    fence(ord::reread_tally()); // pairs with the fence in `update`
    (version.is_multiple_of(2) && words[0].load(Relaxed) == version).then_some(copy)
}
