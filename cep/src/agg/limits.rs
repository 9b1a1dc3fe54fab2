//! How much an operator holds, and what happens when it does not suffice.

use thiserror::Error;

use crate::overflow::Overflow;

/// Sizes of everything an operator allocates, all of it when it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Keys with something in their window at one time.
    pub keys: usize,
    /// Samples of 24 bytes in one key's window of time. A window of events holds as many as it
    /// says; running and tumbling windows hold none.
    pub events: usize,
    /// What gives way: a key's window (the one not added to for longest, or the bar open for
    /// longest, which is closed early), or the oldest sample of a window, which becomes shorter;
    /// or the new event, which then derives nothing.
    pub overflow: Overflow,
}

impl Default for Limits {
    /// 1,024 keys, 1,024 events each; the oldest gives way.
    fn default() -> Self {
        Self { keys: 1_024, events: 1_024, overflow: Overflow::DropOldest }
    }
}

/// What gave way so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Windows of keys, or events of new keys.
    pub keys: u64,
    /// Samples that were still in their window, or events that did not fit in.
    pub events: u64,
}

/// An operator that cannot be built, or an event that it does not take. Then nothing has changed
/// but the time: an event out of order leaves that alone too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AggregateError {
    /// A size out of range.
    #[error("{what} is {value}; it must be from 1 to {most}")]
    Size {
        /// What it is the size of.
        what: &'static str,
        /// What it is.
        value: u64,
        /// What it may be.
        most: u64,
    },
    /// An event out of order.
    #[error(
        "the event at {time} ns comes after one at {now} ns, or a watermark; reorder them first"
    )]
    OutOfOrder {
        /// The event's time.
        time: u64,
        /// The latest time before it.
        now: u64,
    },
    /// No room for a new key.
    #[error(
        "no room for key {key} at {time} ns, {most} keys have open windows; raise the limit 'keys'"
    )]
    Keys {
        /// The key.
        key: u64,
        /// The event's time.
        time: u64,
        /// The limit.
        most: usize,
    },
    /// No room for another sample.
    #[error(
        "no room in the window of key {key} at {time} ns, which holds {most} events; raise the limit 'events'"
    )]
    Events {
        /// The key.
        key: u64,
        /// The event's time.
        time: u64,
        /// The limit.
        most: usize,
    },
}

impl AggregateError {
    /// Checks that `value` is from 1 to `most`.
    pub(super) fn check(what: &'static str, value: u64, most: u64) -> Result<(), Self> {
        if (1..=most).contains(&value) { Ok(()) } else { Err(Self::Size { what, value, most }) }
    }
}
