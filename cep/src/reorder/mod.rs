//! Puts events into the order of their time, in front of what needs them in order.
//!
//! Events wait until the *watermark* has reached their time. A watermark `w` says that no later
//! event has a time before `w`; so whatever has a time up to `w` can go, and what comes later at
//! `w` itself comes after it. Events leave in the order of their time, ties in the order in which
//! they arrived. Watermarks follow the latest event at a fixed distance ([`Watermarks::Lag`]), or
//! are given ([`Reorder::advance_to`]), or both.
//!
//! An event before the watermark is *late*: it cannot be put into order any more. [`Late`] says
//! what becomes of it; it is counted in any case. All memory is allocated at build; [`Full`] says
//! what happens when it does not suffice. There are no threads and no clock.
//!
//! ```
//! use tourbillon_cep::reorder::{Limits, Released, Reorder, Watermarks};
//!
//! let time = |event: &(u64, char)| event.0;
//! let mut reorder = Reorder::new(Watermarks::Lag(10), Limits::default(), time)?;
//! let mut seen = String::new();
//! for event in [(100, 'a'), (103, 'c'), (101, 'b'), (115, 'e'), (112, 'd'), (104, 'x')] {
//!     reorder.push(&event, &mut |out| match out {
//!         Released::InOrder(event) => seen.push(event.1),
//!         Released::Late { event, behind } => seen += &format!("({} is {behind} late)", event.1),
//!     })?;
//! }
//! reorder.finish(&mut |out| if let Released::InOrder(event) = out { seen.push(event.1) });
//! assert_eq!(seen, "abc(x is 1 late)de");
//! # Ok::<(), tourbillon_cep::reorder::ReorderError>(())
//! ```

mod limits;
mod waiting;

use std::collections::BinaryHeap;

pub use limits::{Counts, Full, Late, Limits, ReorderError};
use waiting::Waiting;

/// Most events that wait.
const MOST: usize = 1 << 30;

/// Where watermarks come from, besides [`Reorder::advance_to`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watermarks {
    /// From nowhere.
    Explicit,
    /// They lag so many nanoseconds behind the latest event: none arrives later than that after
    /// a later one.
    Lag(u64),
}

/// What leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released<E> {
    /// The next event, in order.
    InOrder(E),
    /// The side output: an event that came too late.
    Late {
        /// The event.
        event: E,
        /// By how many nanoseconds it is before the watermark.
        behind: u64,
    },
}

/// A stage that puts events into order.
#[derive(Debug)]
pub struct Reorder<E, T> {
    time: T,
    watermarks: Watermarks,
    limits: Limits,
    waiting: BinaryHeap<Waiting<E>>,
    watermark: u64,
    arrived: u64,
    counts: Counts,
}

impl<E: Copy, T: Fn(&E) -> u64> Reorder<E, T> {
    /// A stage for events that happen when `time` says, in nanoseconds.
    ///
    /// # Errors
    ///
    /// [`ReorderError::Capacity`] if the capacity is 0, or too large.
    pub fn new(watermarks: Watermarks, limits: Limits, time: T) -> Result<Self, ReorderError> {
        let Limits { capacity, .. } = limits;
        if !(1..=MOST).contains(&capacity) {
            return Err(ReorderError::Capacity { capacity, most: MOST });
        }
        let waiting = BinaryHeap::with_capacity(capacity);
        let counts = Counts::default();
        Ok(Self { time, watermarks, limits, waiting, watermark: 0, arrived: 0, counts })
    }

    /// Takes the next event, and gives `sink` what can go.
    ///
    /// # Errors
    ///
    /// If the event is late, or there is no room, and that is to be an error. The event is then
    /// not taken.
    pub fn push(
        &mut self,
        event: &E,
        sink: &mut impl FnMut(Released<E>),
    ) -> Result<(), ReorderError> {
        let time = (self.time)(event);
        if time < self.watermark {
            return self.too_late(event, time, sink);
        }
        if let Watermarks::Lag(lag) = self.watermarks {
            self.advance_to(time.saturating_sub(lag), sink);
        }
        if self.waiting.len() == self.limits.capacity && time > self.watermark {
            match self.limits.full {
                Full::Stop => {
                    return Err(ReorderError::Full { time, capacity: self.limits.capacity });
                }
                Full::DropNewest => {
                    self.counts.dropped += 1;
                    return Ok(());
                }
                Full::ReleaseEarliest => self.release_earliest(time, sink),
            }
        }
        if time == self.watermark {
            self.counts.released += 1;
            sink(Released::InOrder(*event));
        } else {
            self.waiting.push(Waiting { time, arrived: self.arrived, event: *event });
            self.arrived += 1;
        }
        Ok(())
    }

    /// No later event has a time before `watermark`: gives `sink` what can go.
    pub fn advance_to(&mut self, watermark: u64, sink: &mut impl FnMut(Released<E>)) {
        self.watermark = self.watermark.max(watermark);
        self.release(sink);
    }

    /// There is no later event: gives `sink` all that waits.
    pub fn finish(&mut self, sink: &mut impl FnMut(Released<E>)) {
        self.advance_to(u64::MAX, sink);
    }

    /// No event that leaves from now on has a time before this: what to tell whoever comes next,
    /// after the events.
    #[must_use]
    pub fn watermark(&self) -> u64 {
        self.watermark
    }

    /// What it did so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many events wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Bytes allocated.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.waiting.capacity() * size_of::<Waiting<E>>()
    }

    fn release(&mut self, sink: &mut impl FnMut(Released<E>)) {
        while self.waiting.peek().is_some_and(|first| first.time <= self.watermark) {
            let first = self.waiting.pop().map(|first| Released::InOrder(first.event));
            self.counts.released += u64::from(first.is_some());
            first.into_iter().for_each(&mut *sink);
        }
    }

    /// Moves the watermark to the earliest event, be it the one at `time` that wants room.
    fn release_earliest(&mut self, time: u64, sink: &mut impl FnMut(Released<E>)) {
        let earliest = self.waiting.peek().map_or(time, |first| first.time.min(time));
        self.counts.hurried += 1;
        self.advance_to(earliest, sink);
    }

    fn too_late(
        &mut self,
        event: &E,
        time: u64,
        sink: &mut impl FnMut(Released<E>),
    ) -> Result<(), ReorderError> {
        let watermark = self.watermark;
        let behind = watermark - time;
        self.counts.late += 1;
        self.counts.most_behind = self.counts.most_behind.max(behind);
        match self.limits.late {
            Late::Drop => {}
            Late::Emit => sink(Released::Late { event: *event, behind }),
            Late::Error => return Err(ReorderError::Late { time, watermark }),
        }
        Ok(())
    }
}
