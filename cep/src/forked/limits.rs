//! How much is allocated, and what happens when it does not suffice.

use std::fmt;

use thiserror::Error;

use super::plan::BuildError;
use crate::overflow::Overflow;

/// Sizes of everything a matcher allocates, all of it when it is built, and what happens where one
/// does not suffice.
///
/// Whatever is dropped is counted in [`Dropped`], and what its key gives out from then on is
/// marked [`truncated`](super::Found::truncated), until the key has nothing left that began
/// before. With [`Overflow::Stop`] nothing is dropped: the event at which a limit is reached is
/// the last one; see [`Stopped`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Partial matches. The oldest is the one that has waited longest for its next event.
    pub runs: usize,
    /// Partial matches of one key.
    pub runs_per_key: usize,
    /// Bound events. Where there is no room for one, partial matches are dropped.
    pub bound: usize,
    /// Keys with partial matches at one time. Also counted are keys that the pattern remembers: all
    /// of them for good if it reads unbound rows, for good those with a match if it numbers its
    /// matches, and while an absence has to last those for which it began. The oldest is the one
    /// whose last event was the earliest; it goes with all its partial matches, and what it had is
    /// not known if it comes again: the matches that depend on it are marked.
    pub keys: usize,
    /// Matches and time-outs at one event, held ones included.
    pub matches: usize,
    /// What happens where one of these does not suffice.
    pub overflow: Policies,
}

/// What happens at each limit of [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policies {
    /// At [`Limits::runs`].
    pub runs: Overflow,
    /// At [`Limits::runs_per_key`].
    pub runs_per_key: Overflow,
    /// At [`Limits::bound`].
    pub bound: Overflow,
    /// At [`Limits::keys`].
    pub keys: Overflow,
    /// At [`Limits::matches`].
    pub matches: Overflow,
}

impl Policies {
    /// The same at every limit.
    #[must_use]
    pub const fn all(overflow: Overflow) -> Self {
        let (runs, runs_per_key, bound) = (overflow, overflow, overflow);
        Self { runs, runs_per_key, bound, keys: overflow, matches: overflow }
    }
}

impl Default for Limits {
    /// 16,384 partial matches, 1,024 of a key, 65,536 bound events, 4,096 keys and as many
    /// matches at one event; the oldest give way.
    fn default() -> Self {
        let (runs, runs_per_key, bound) = (16_384, 1_024, 65_536);
        let overflow = Policies::default();
        Self { runs, runs_per_key, bound, keys: 4_096, matches: 4_096, overflow }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), BuildError> {
        for limit in Limit::ALL {
            let value = self.most(limit);
            if !(1..=MOST).contains(&value) {
                return Err(BuildError::Limit { limit, value });
            }
        }
        Ok(())
    }

    pub(super) fn most(&self, limit: Limit) -> usize {
        match limit {
            Limit::Runs => self.runs,
            Limit::RunsPerKey => self.runs_per_key,
            Limit::Bound => self.bound,
            Limit::Keys => self.keys,
            Limit::Matches => self.matches,
        }
    }

    pub(super) fn policy(&self, limit: Limit) -> Overflow {
        let Policies { runs, runs_per_key, bound, keys, matches } = self.overflow;
        match limit {
            Limit::Runs => runs,
            Limit::RunsPerKey => runs_per_key,
            Limit::Bound => bound,
            Limit::Keys => keys,
            Limit::Matches => matches,
        }
    }
}

/// Largest value of a limit.
pub(super) const MOST: usize = 1 << 30;

/// One of [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::runs`].
    Runs,
    /// [`Limits::runs_per_key`].
    RunsPerKey,
    /// [`Limits::bound`].
    Bound,
    /// [`Limits::keys`].
    Keys,
    /// [`Limits::matches`].
    Matches,
}

impl Limit {
    const ALL: [Self; 5] = [Self::Runs, Self::RunsPerKey, Self::Bound, Self::Keys, Self::Matches];
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Runs => "partial matches",
            Self::RunsPerKey => "partial matches of one key",
            Self::Bound => "bound events",
            Self::Keys => "keys",
            Self::Matches => "matches at one event",
        })
    }
}

/// A matcher has reached a limit at which it stops: it takes no further event.
///
/// What the event completed before is out, marked [`truncated`](super::Found::truncated); matches
/// that are held back come with [`finish`](super::Matcher::finish).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than {most} {limit} at event {id}; raise the limit, or let something be dropped")]
pub struct Stopped {
    /// Which limit.
    pub limit: Limit,
    /// Its value.
    pub most: usize,
    /// What the caller calls the event, or the last one before the watermark.
    pub id: u64,
}

/// What was dropped at each limit of [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Partial matches, for lack of room for runs.
    pub runs: u64,
    /// Partial matches, because their key had too many.
    pub runs_per_key: u64,
    /// Partial matches, for lack of room for bound events.
    pub bound: u64,
    /// Keys that gave way to others; but for [`Overflow::DropOldest`], events that were left out
    /// because there was no room for their key.
    pub keys: u64,
    /// Matches and time-outs that could not be kept until their turn.
    pub matches: u64,
}

impl Dropped {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.runs + self.runs_per_key + self.bound + self.keys + self.matches
    }

    pub(super) fn count(&mut self, limit: Limit) {
        *match limit {
            Limit::Runs => &mut self.runs,
            Limit::RunsPerKey => &mut self.runs_per_key,
            Limit::Bound => &mut self.bound,
            Limit::Keys => &mut self.keys,
            Limit::Matches => &mut self.matches,
        } += 1;
    }
}
