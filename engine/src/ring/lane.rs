//! The inline lane: the published count and a copy of the newest event in one cache line.
//!
//! An idle reader watches the published count. On a cursor ring it then fetches a second line, the
//! slot's; here the event has come along with the count. The slots stay the truth and are always
//! written: a reader that is behind, follows another reader, or changes events in place reads them,
//! and the lane is but its count.
//!
//! ```text
//!   stamp    2n: n events are published, and the words are those of the last one
//!            2n + 1: n events are published, and the words are not to be used
//!
//!   writer, one event                      reader at position n - 1
//!     slot                                   stamp is 2n ?          (acquire)
//!     stamp = 2n - 1    (release)              words
//!     fence (release)                          fence (acquire)
//!     words                                    stamp still 2n: the words are event n - 1
//!     stamp = 2n        (release)              otherwise: its slot
//! ```
//!
//! **No torn copy gets through.** The first look at the stamp makes every word at least as new as
//! publication `n`. If one is newer, it was stored behind the release fence of a later publication,
//! so behind the acquire fence that publication's stamp, or a later one, is seen. The stamp only
//! grows and has 63 bits for the count: it never comes round.
//!
//! **The way out is always open.** The slot was written before the stamp said so, and is not
//! written again before this reader releases it. There is no loop: one attempt, then the slot.
//!
//! **Every stamp is a release**, the odd ones too: whoever sees one may read the slots before it.
//!
//! A batch of several events writes no copy and says so with an odd stamp: whoever sees it finds
//! more than one event new, or takes the one that is left from its slot. Writing the copy of the
//! last one bought nothing and cost nothing (657 against 664 million events a second in batches
//! of 64).
//!
//! **What it buys**, and why one line is all there is: ratios of medians to the same ring without
//! the copy, and in brackets to the crate `disruptor` 4.4, interleaved trials on two virtual cores,
//! 7 to 12 trials a cell. Near: both cores on one cache; far: not.
//!
//! | | near | far |
//! |---|---|---|
//! | 56 bytes, to and fro over two rings, readers pausing | 0.82 (0.93) | 0.77 (0.84) |
//! | the same, bare spinning | 0.88 (0.78) | 0.75 (0.69) |
//! | one way, paced, 1 M/s | 0.63 (0.67) | 0.82 (0.86) |
//! | one way, paced, 100 k/s | 0.90 (0.87) | 0.66 (0.68) |
//! | single events at full speed (more is better) | 0.94 (1.26) | 1.07 (1.11) |
//! | 64 bytes over two lines, one way, 1 M/s | 1.08 to 1.17 | 1.00 to 1.02 |
//! | the same, single events at full speed (more is better) | 0.51 to 0.67 | 0.43 to 0.71 |
//!
//! Two lines were tried in five ways (the second read on arrival, watched along with the first,
//! prefetched by an idle reader, with a stamp of its own, written first). A writer gets lines one
//! after the other, so the second costs what the slot did. Larger events are better off without.
#![allow(unsafe_code)] // Events go through the line as words; the types stay outside.

use std::sync::atomic::Ordering::Relaxed;

use bytemuck::Pod;
use crossbeam_utils::CachePadded;

use super::bell::Bell;
use super::signal::Alarm;
use crate::sync::{Arc, AtomicU64, Line, fence, ord};

/// Words of eight bytes beside the stamp.
const WORDS: usize = 7;

/// The published count and the newest event.
#[derive(Debug)]
pub(crate) struct Lane {
    line: CachePadded<Stamped>,
    bell: Bell,
}

/// One cache line.
#[derive(Debug)]
#[repr(C, align(64))]
struct Stamped {
    stamp: AtomicU64,
    words: [AtomicU64; WORDS],
}

impl Lane {
    /// An empty lane for events `E`. Larger ones than it has words for are not compiled.
    pub(super) fn new<E: Pod>() -> Self {
        const { assert!(words_in::<E>() <= WORDS, "the event has more than 56 bytes") };
        let line =
            Stamped { stamp: AtomicU64::new(0), words: std::array::from_fn(|_| AtomicU64::new(0)) };
        Self { line: CachePadded::new(line), bell: Bell::new() }
    }

    /// The writer's move by one event: `count` are published, and `newest` is the last of them.
    ///
    /// # Safety
    /// The lane was made for `E`.
    #[inline]
    pub(super) unsafe fn publish<E>(&self, count: u64, newest: &E) {
        // SAFETY: `new` has seen that `E` is `Pod` and fits.
        let words = unsafe { words_of(newest) };
        let Stamped { stamp, words: copy } = &*self.line;
        stamp.store(2 * count - 1, ord::reopen()); // pairs with `observe`
        fence(ord::overwrite()); // pairs with `recheck`
        for (to, word) in copy.iter().zip(words).take(words_in::<E>()) {
            to.store(word, Relaxed);
        }
        stamp.store(2 * count, ord::publish()); // pairs with `observe`
        self.bell.announce(count);
    }

    /// The writer's move by any number of events, without a copy.
    #[inline]
    pub(super) fn publish_slots(&self, count: u64) {
        self.line.stamp.store(2 * count + 1, ord::publish()); // pairs with `observe`
        self.bell.announce(count);
    }

    /// The number of events published.
    #[inline]
    pub(super) fn observe(&self) -> u64 {
        self.line.stamp.load(ord::observe()) / 2 // pairs with `publish` and `reopen`
    }

    /// The last of `count` events, if `count` was observed and the copy is, and stays, of that one.
    ///
    /// # Safety
    /// The lane was made for `E`.
    #[inline]
    pub(super) unsafe fn copy<E>(&self, count: u64) -> Option<E> {
        let Stamped { stamp, words } = &*self.line;
        let mut copy = [0; WORDS];
        for (word, from) in copy.iter_mut().zip(words).take(words_in::<E>()) {
            *word = from.load(Relaxed);
        }
        fence(ord::recheck()); // pairs with `overwrite`
        let is_whole = stamp.load(Relaxed) == 2 * count;
        // SAFETY: `new` has seen that `E` is `Pod` and fits.
        is_whole.then(|| unsafe { event_of(&copy) })
    }

    /// Where it can be seen that something was published.
    pub(super) fn line(&self) -> Line<'_> {
        Line::of(&self.line.stamp)
    }

    /// Sets who is woken by a publication; see [`Bell::wire`].
    ///
    /// # Panics
    /// If called twice.
    pub(super) fn wire(&self, alarms: Vec<Arc<Alarm>>) {
        self.bell.wire(alarms);
    }
}

/// Words that an event takes; the last one is filled up with zeros.
const fn words_in<E>() -> usize {
    size_of::<E>().div_ceil(size_of::<u64>())
}

/// # Safety
/// `E` is `Pod` and fits into the words.
unsafe fn words_of<E>(event: &E) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let to = words.as_mut_ptr().cast::<u8>();
    // SAFETY: all bytes of the event are initialised, as it is `Pod`, and there is room for them.
    unsafe { to.copy_from_nonoverlapping(std::ptr::from_ref(event).cast(), size_of::<E>()) };
    words
}

/// # Safety
/// `E` is `Pod` and fits into the words.
unsafe fn event_of<E>(words: &[u64; WORDS]) -> E {
    // SAFETY: there are as many bytes as it takes, and any bytes are an `E`, as it is `Pod`.
    unsafe { words.as_ptr().cast::<E>().read_unaligned() }
}
