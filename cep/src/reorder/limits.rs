//! How many events wait, and what becomes of those that cannot.

use thiserror::Error;

/// What becomes of an event before the watermark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Late {
    /// It is left out.
    Drop,
    /// It goes to the side output.
    #[default]
    Emit,
    /// It is an error.
    Error,
}

/// What happens when as many events wait as can, and another comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Full {
    /// The earliest goes, and the watermark moves up to it: events may become late that would
    /// not have been.
    #[default]
    ReleaseEarliest,
    /// The new event is left out.
    DropNewest,
    /// The new event is refused with an error.
    Stop,
}

/// What a stage may hold, and what it does with the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many events wait at most, each as large as an event and 16 bytes. All are allocated
    /// at build.
    pub capacity: usize,
    /// What happens when that is not enough.
    pub full: Full,
    /// What becomes of late events.
    pub late: Late,
}

impl Default for Limits {
    /// 65,536 events, the earliest of which then goes; late events go to the side output.
    fn default() -> Self {
        Self { capacity: 65_536, full: Full::default(), late: Late::default() }
    }
}

/// What a stage did. Every event is released, late, dropped, refused with an error, or waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Events that left in order.
    pub released: u64,
    /// Events before the watermark, whatever became of them.
    pub late: u64,
    /// By how many nanoseconds the worst of them was before it.
    pub most_behind: u64,
    /// Events left out because there was no room.
    pub dropped: u64,
    /// How often the watermark had to move because there was no room.
    pub hurried: u64,
}

/// A stage that cannot be built, or an event that it does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReorderError {
    /// A capacity out of range.
    #[error("room for {capacity} events to wait; it must be from 1 to {most}")]
    Capacity {
        /// What it is.
        capacity: usize,
        /// What it may be.
        most: usize,
    },
    /// An event before the watermark.
    #[error("the event at {time} ns is late, the watermark is {watermark} ns; let it lag more")]
    Late {
        /// The event's time.
        time: u64,
        /// The watermark.
        watermark: u64,
    },
    /// No room for another event.
    #[error(
        "no room for the event at {time} ns, {capacity} wait; raise the capacity, or let watermarks come earlier"
    )]
    Full {
        /// The event's time.
        time: u64,
        /// The limit.
        capacity: usize,
    },
}
