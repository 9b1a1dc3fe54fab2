//! How much a matcher of shared partial matches may hold, and what the bounds cost.

use super::arena::MOST;
use super::error::SharedError;
use crate::overflow::Overflow;

/// Bounds; all memory is allocated when the matcher is built.
///
/// When nodes or events run out the oldest are overwritten, which shortens the window; or, with
/// another policy, nothing is kept of the event (it still completes matches, and ends what it
/// ends), or it is refused. There is then room for a few events at least, whatever the limits say.
/// When there are more keys than the most, one of the next few whose partial matches are oldest
/// gives way; or, with another policy, the new one is not matched, or its event is refused. Of
/// more matches at one event the rest is left out. Each is counted in [`SharedCounts`], and matches given while something of their window is overwritten
/// say so ([`SharedMatch::is_truncated`](super::SharedMatch::is_truncated)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedLimits {
    /// Nodes of 16 bytes (and 12 for enumeration); up to three for an event and a state it
    /// changes. Rounded up to a power of two.
    pub nodes: usize,
    /// Bound events kept. Rounded up to a power of two.
    pub events: usize,
    /// Keys (values of the partition's fields) with partial matches at one time, and a third more
    /// or so: keys that hold nothing any more are found little by little.
    pub keys: usize,
    /// States of the automaton.
    pub states: usize,
    /// Matches given for one event.
    pub matches: u64,
    /// What happens when nodes, events or keys run out.
    pub overflow: Overflow,
}

impl Default for SharedLimits {
    /// 65,536 nodes, 16,384 events, 4,096 keys, 256 states, and any number of matches.
    fn default() -> Self {
        let (nodes, events, overflow) = (65_536, 16_384, Overflow::DropOldest);
        Self { nodes, events, keys: 4_096, states: 256, matches: u64::MAX, overflow }
    }
}

impl SharedLimits {
    pub(super) fn check(&self) -> Result<(), SharedError> {
        let limits = [
            ("nodes", self.nodes),
            ("events", self.events),
            ("keys", self.keys),
            ("states", self.states),
        ];
        for (limit, value) in limits {
            if !(1..=MOST).contains(&value) {
                return Err(SharedError::Limit { limit, value });
            }
        }
        Ok(())
    }
}

/// What a matcher did, and what its limits cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SharedCounts {
    /// Matches given.
    pub matches: u64,
    /// Nodes overwritten within the window (whether or not a match would still have used them).
    pub nodes_lost: u64,
    /// Events of which nothing was kept ([`Overflow::DropNewest`]).
    pub events_dropped: u64,
    /// Events refused ([`Overflow::Stop`]).
    pub events_refused: u64,
    /// Matches left out because one of their events was overwritten.
    pub matches_lost: u64,
    /// Events whose matches were cut off at the limit.
    pub events_cut: u64,
    /// Keys that gave way to others, with their partial matches.
    pub keys_dropped: u64,
    /// Events that would have begun a match and were left out: there was no room for their key.
    pub keys_refused: u64,
}
