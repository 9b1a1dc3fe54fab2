//! The lossy ring: one sender that never waits, receivers that come and go unregistered.
//!
//! Nobody holds the sender back, so a slot may be overwritten while somebody reads it. Each slot
//! is a sequence lock: a stamp and the event's words, all of them atomics. A receiver copies the
//! words and then looks whether the stamp is still the one it began with.
//!
//! ```text
//!   stamp of the slot of event n     0 .. 2n: older     2n + 1: being written     2n + 2: there
//!
//!   sender                                   receiver
//!     stamp = 2n + 1                           stamp = 2n + 2 ?     (acquire)
//!     fence (release)                          words
//!     words                                    fence (acquire)
//!     stamp = 2n + 2   (release)               stamp still 2n + 2 ?
//! ```
//!
//! **No torn event gets through.** The first look at the stamp makes every word at least as new as
//! event `n`. If one is newer, it was stored after the release fence of a later event, so behind
//! the acquire fence the stamp of that event, or a later one, is seen. Stamps have 64 bits and
//! never come round.
//!
//! **Nothing is lost uncounted.** A receiver's position moves on by one for an event and by `k`
//! when it reports that `k` were missed, and it is at the end only where the sender stopped.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering::Relaxed;

use bytemuck::Pod;
use crossbeam_utils::CachePadded;

use crate::sync::{Arc, AtomicU64, fence, ord};

/// The one sending side. It never waits. Dropping it ends the channel.
pub struct Sender<E> {
    tape: Arc<Tape>,
    next: u64,
    event: PhantomData<E>,
}

/// A receiving side. Each receiver has a position of its own; nobody waits for it.
///
/// A clone goes on from the same position, and counts for itself.
pub struct Receiver<E> {
    tape: Arc<Tape>,
    next: u64,
    event: PhantomData<E>,
}

/// What a receiver found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<E> {
    /// The next event.
    Event {
        /// Its sequence, counted from 0.
        sequence: u64,
        /// A copy of it.
        event: E,
    },
    /// So many events were overwritten, or were about to be, before this receiver came to them.
    Missed(u64),
    /// Nothing new yet.
    Empty,
    /// The sender is gone, and every event was received or reported as missed.
    Closed,
}

impl<E: Pod> Sender<E> {
    /// A channel of `capacity` slots.
    ///
    /// # Panics
    /// If `capacity` is not a power of two, or is 1.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { tape: Arc::new(Tape::new(capacity, size_of::<E>())), next: 0, event: PhantomData }
    }

    /// A receiver of all that is published from now on.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<E> {
        Receiver { tape: Arc::clone(&self.tape), next: self.next, event: PhantomData }
    }

    /// Publishes an event over the oldest one and returns its sequence.
    #[inline]
    pub fn publish(&mut self, event: E) -> u64 {
        let sequence = self.next;
        self.next += 1;
        self.tape.write(sequence, &event);
        sequence
    }

    /// Events published so far.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.next
    }
}

impl<E: Pod> Receiver<E> {
    /// Takes the next event, or tells why there is none. Never waits.
    ///
    /// After a loss it goes on with the oldest event that is at least a quarter of the ring away
    /// from being overwritten, so that it is not overtaken again at once.
    #[inline]
    pub fn receive(&mut self) -> Received<E> {
        let sequence = self.next;
        match self.tape.read(sequence) {
            Slot::Holds(event) => {
                self.next += 1;
                Received::Event { sequence, event }
            }
            Slot::Older if self.tape.ended_at(sequence) => Received::Closed,
            Slot::Older => Received::Empty,
            Slot::Newer(found) => {
                self.next = self.tape.oldest_safe(found);
                Received::Missed(self.next - sequence)
            }
        }
    }

    /// The sequence of the event it takes next.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.next
    }
}

impl<E> Clone for Receiver<E> {
    fn clone(&self) -> Self {
        Self { tape: Arc::clone(&self.tape), next: self.next, event: PhantomData }
    }
}

impl<E> Drop for Sender<E> {
    fn drop(&mut self) {
        // Unordered: a receiver ends where its own position is the one stored here.
        self.tape.end.store(self.next, Relaxed);
    }
}

impl<E> fmt::Debug for Sender<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("published", &self.next).finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for Receiver<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("next_sequence", &self.next).finish_non_exhaustive()
    }
}

/// What the slot of an event holds instead of it, or the event.
enum Slot<E> {
    Holds(E),
    /// The event has not been published.
    Older,
    /// This later event, whole or in the making.
    Newer(u64),
}

/// The slots. Each begins on a cache line of its own.
struct Tape {
    lines: Box<[Line]>,
    lines_per_slot: usize,
    capacity: u64,
    /// Events published. Only a receiver that was overtaken looks at it.
    published: CachePadded<AtomicU64>,
    /// Events published in all, once the sender is gone.
    end: CachePadded<AtomicU64>,
}

/// No channel ends there.
const OPEN: u64 = u64::MAX;

const WORDS_PER_LINE: usize = 8;

#[repr(align(64))]
struct Line([AtomicU64; WORDS_PER_LINE]);

impl Tape {
    fn new(capacity: usize, event_size: usize) -> Self {
        assert!(
            capacity.is_power_of_two() && capacity > 1,
            "capacity {capacity} is not a power of two above 1"
        );
        let lines_per_slot = (1 + event_size.div_ceil(8)).div_ceil(WORDS_PER_LINE);
        let line = |_| Line(std::array::from_fn(|_| AtomicU64::new(0)));
        Self {
            lines: (0..capacity * lines_per_slot).map(line).collect(),
            lines_per_slot,
            capacity: capacity as u64,
            published: CachePadded::new(AtomicU64::new(0)),
            end: CachePadded::new(AtomicU64::new(OPEN)),
        }
    }

    /// The stamp of an event's slot, and the slot's words, the stamp being the first.
    #[inline]
    fn slot(&self, sequence: u64) -> (&AtomicU64, &[Line]) {
        let first = (sequence & (self.capacity - 1)) as usize * self.lines_per_slot;
        let lines = &self.lines[first..first + self.lines_per_slot];
        (&lines[0].0[0], lines)
    }

    #[inline]
    fn write<E: Pod>(&self, sequence: u64, event: &E) {
        let (stamp, lines) = self.slot(sequence);
        stamp.store(in_the_making(sequence), Relaxed);
        fence(ord::overwrite()); // pairs with `recheck`
        for (index, bytes) in bytemuck::bytes_of(event).chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            word_after_stamp(lines, index).store(u64::from_ne_bytes(word), Relaxed);
        }
        stamp.store(whole(sequence), ord::publish()); // pairs with `observe`
        self.published.store(sequence + 1, Relaxed);
    }

    #[inline]
    fn read<E: Pod>(&self, sequence: u64) -> Slot<E> {
        let (stamp, lines) = self.slot(sequence);
        let mut found = stamp.load(ord::observe()); // pairs with `publish`
        if found < whole(sequence) {
            return Slot::Older;
        }
        if found == whole(sequence) {
            let mut event = E::zeroed();
            for (index, bytes) in bytemuck::bytes_of_mut(&mut event).chunks_mut(8).enumerate() {
                let word = word_after_stamp(lines, index).load(Relaxed).to_ne_bytes();
                bytes.copy_from_slice(&word[..bytes.len()]);
            }
            fence(ord::recheck()); // pairs with `overwrite`
            found = stamp.load(Relaxed);
            if found == whole(sequence) {
                return Slot::Holds(event);
            }
        }
        Slot::Newer((found - 1) / 2)
    }

    /// Where to go on for a receiver that found event `found` in the place of an older one.
    #[cold]
    fn oldest_safe(&self, found: u64) -> u64 {
        // The count may be an old one; all events before the one that was found are published.
        let published = self.published.load(Relaxed).max(found);
        let head_room = (self.capacity / 4).max(1);
        published - self.capacity + head_room
    }

    fn ended_at(&self, position: u64) -> bool {
        self.end.load(Relaxed) == position
    }
}

const fn in_the_making(sequence: u64) -> u64 {
    2 * sequence + 1
}

const fn whole(sequence: u64) -> u64 {
    2 * sequence + 2
}

#[inline]
fn word_after_stamp(lines: &[Line], index: usize) -> &AtomicU64 {
    &lines[(index + 1) / WORDS_PER_LINE].0[(index + 1) % WORDS_PER_LINE]
}
