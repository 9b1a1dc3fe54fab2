//! How much is allocated, and what happens when it does not suffice.

use thiserror::Error;

use crate::overflow::Overflow;

/// A bound, and what gives way at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Most there can be.
    pub most: usize,
    /// What gives way.
    pub overflow: Overflow,
}

impl Limit {
    /// At most so many; the oldest give way.
    #[must_use]
    pub const fn most(most: usize) -> Self {
        Self { most, overflow: Overflow::DropOldest }
    }
}

/// Sizes of everything a matcher allocates, all of it when it is built.
///
/// What gives way is counted in [`Counts`], and what its key gives out from then on is marked
/// [`truncated`](super::Found::truncated) until nothing is left of the key; where the key itself
/// went, all matches are for the length of the window. Partial matches whose
/// window is over make room first, as far as a look at all keys now and then finds them. With
/// [`Overflow::Stop`] an event is refused if what it might need has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Partial matches.
    pub runs: Limit,
    /// Partial matches of one key.
    pub runs_per_key: Limit,
    /// Bound events, 16 bytes each (and the event, if the pattern has measures). Rounded up to a
    /// power of two.
    pub bound: Limit,
    /// Keys with partial matches.
    pub keys: Limit,
    /// Matches at one event, and matches held back.
    pub matches: Limit,
}

impl Default for Limits {
    /// 16,384 partial matches (1,024 of a key) over 65,536 events and 4,096 keys, and 4,096
    /// matches; the oldest give way.
    fn default() -> Self {
        Self {
            runs: Limit::most(16_384),
            runs_per_key: Limit::most(1_024),
            bound: Limit::most(65_536),
            keys: Limit::most(4_096),
            matches: Limit::most(4_096),
        }
    }
}

/// What a matcher did, and what its limits cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Matches given.
    pub matches: u64,
    /// Partial matches that gave way, or did not start.
    pub runs_lost: u64,
    /// Matches that gave way.
    pub matches_lost: u64,
    /// Events that were left out because there was no room for their key.
    pub events_lost: u64,
}

/// An event was refused; the matcher is as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "event {sequence} is refused: it may need more than the {most} {limit}; raise the limit, or \
     let something be dropped"
)]
pub struct Full {
    /// The event.
    pub sequence: u64,
    /// The limit, by its name in [`Limits`].
    pub limit: &'static str,
    /// Its value.
    pub most: usize,
}
