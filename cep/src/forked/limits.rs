//! How much is allocated, and what happens when it does not suffice.

/// Sizes of everything a matcher allocates, all of it when it is built.
///
/// Where one does not suffice, the newest is dropped (a run that would fork off or start, a match
/// that would be held back), it is counted, and what the key gives out from then on is marked
/// [`truncated`](super::Found::truncated), until the key has no runs left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Partial matches.
    pub runs: usize,
    /// Partial matches of one key.
    pub runs_per_key: usize,
    /// Bound events, each as large as an event and 80 bytes.
    pub bound: usize,
    /// Keys with partial matches at one time.
    pub keys: usize,
    /// Matches and time-outs at one event, held ones included.
    pub matches: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { runs: 16_384, runs_per_key: 1_024, bound: 65_536, keys: 4_096, matches: 4_096 }
    }
}

/// What did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Partial matches that could not start or fork off.
    pub runs: u64,
    /// Matches and time-outs that could not be kept until their turn.
    pub matches: u64,
    /// Events of keys for which there was no room.
    pub events: u64,
}
