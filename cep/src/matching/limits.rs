//! How much a matcher may hold, and what the bounds cost.

use super::error::BuildError;
use crate::forked;
use crate::overflow::Overflow;
use crate::registers;
use crate::shared::SharedLimits;

/// Bounds of a matcher's memory, all of which is allocated when it is built.
///
/// They are the same for every matcher the planner may choose; each takes those that concern it.
/// What gives way at a limit says [`Limits::overflow`]. It is counted in [`Counts`], and matches
/// that may lack others because of it say so ([`Found::is_truncated`](super::Found::is_truncated)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Partial matches, rounded up; where they are shared, the nodes that stand for them.
    pub partial: usize,
    /// Partial matches of one key, where each is a run of its own.
    pub partial_per_key: usize,
    /// Events bound in partial matches.
    pub bound: usize,
    /// Keys with partial matches at one time, and keys that have to be remembered without: with
    /// `LAG` every key of the stream for good, with `MATCH_NUMBER()` every key that had a match,
    /// with an absence in front of all steps every key for which it has not lasted yet. A key that
    /// comes again after it gave way is new: its matches are marked as truncated for as long as
    /// what was forgotten could tell.
    pub keys: usize,
    /// Matches and time-outs that wait to be let out, where they have to. Where partial matches
    /// are shared, no match waits; so many of one event are put into order, and if it completes
    /// more, the next so many after them.
    pub matches: usize,
    /// States of the automaton, where partial matches are shared.
    pub states: usize,
    /// Events of a micro-batch; 0 leaves micro-batches out. A longer one is refused whatever
    /// `overflow` says.
    pub batch: usize,
    /// What happens at the other limits.
    pub overflow: Overflow,
}

impl Default for Limits {
    /// 65,536 partial matches (1,024 of a key) over 65,536 events and 8,192 keys, 4,096 matches
    /// that wait, 256 states, no micro-batches.
    ///
    /// The oldest gives way: the window of what has waited longest closes first, so it is the
    /// least likely to become a match, and matching goes on with the market as it is now.
    /// [`Overflow::DropNewest`] keeps what was seen first, however many copy it, and
    /// [`Overflow::Stop`] is for a replay in which nothing may be missing.
    fn default() -> Self {
        Self {
            partial: 65_536,
            partial_per_key: 1_024,
            bound: 65_536,
            keys: 8_192,
            matches: 4_096,
            states: 256,
            batch: 0,
            overflow: Overflow::DropOldest,
        }
    }
}

impl Limits {
    /// The same, with micro-batches of at most so many events.
    #[must_use]
    pub fn with_batches(self, events: usize) -> Self {
        Self { batch: events, ..self }
    }

    /// The same, with this happening where a limit does not suffice.
    #[must_use]
    pub fn with_overflow(self, overflow: Overflow) -> Self {
        Self { overflow, ..self }
    }

    /// Each limit with its name and least value.
    pub(crate) fn named(&self) -> [(&'static str, usize, usize); 7] {
        [
            ("partial", self.partial, 1),
            ("partial_per_key", self.partial_per_key, 1),
            ("bound", self.bound, 1),
            ("keys", self.keys, 1),
            ("matches", self.matches, 1),
            ("states", self.states, 1),
            ("batch", self.batch, 0),
        ]
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        for (limit, value, least) in self.named() {
            if !(least..=1 << 24).contains(&value) {
                return Err(BuildError::Limit { limit, value, least });
            }
        }
        Ok(())
    }

    pub(super) fn shared(&self) -> SharedLimits {
        let &Self { partial, bound, keys, states, overflow, .. } = self;
        let (nodes, events, matches) = (partial, bound, u64::MAX);
        SharedLimits { nodes, events, keys, states, matches, overflow }
    }

    pub(super) fn registers(&self) -> registers::Limits {
        let &Self { partial, partial_per_key, bound, keys, matches, overflow, .. } = self;
        let most = |most| registers::Limit { most, overflow };
        registers::Limits {
            runs: most(partial),
            runs_per_key: most(partial_per_key),
            bound: most(bound),
            keys: most(keys),
            matches: most(matches),
        }
    }

    pub(super) fn forked(&self) -> forked::Limits {
        let &Self { partial, partial_per_key, bound, keys, matches, overflow, .. } = self;
        let overflow = forked::Policies::all(overflow);
        forked::Limits {
            runs: partial,
            runs_per_key: partial_per_key,
            bound,
            keys,
            matches,
            overflow,
        }
    }
}

/// What a matcher did, and what its limits cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Matches given.
    pub matches: u64,
    /// Partial matches reported because they timed out.
    pub timed_out: u64,
    /// How many of these no sink has seen: it panicked at one before in the same call.
    pub unseen: u64,
    /// Events left out because their time was before that of an earlier event or watermark.
    pub late: u64,
    /// Partial matches given up at a limit.
    pub partial_lost: u64,
    /// Matches and time-outs given up at a limit.
    pub matches_lost: u64,
    /// Keys given up at a limit, with what was known of them.
    pub keys_lost: u64,
    /// Events left out because there was no room for their key.
    pub events_refused: u64,
}

impl Counts {
    /// Everything that limits cost.
    #[must_use]
    pub fn truncated(&self) -> u64 {
        self.partial_lost + self.matches_lost + self.keys_lost + self.events_refused
    }
}
