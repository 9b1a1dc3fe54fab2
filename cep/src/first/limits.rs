//! How much a matcher may hold. All of it is allocated when the matcher is built.

use super::error::LimitError;

/// Bounds of a matcher's memory.
///
/// When a bound is reached, the partial match that would start is not started and is counted in
/// [`Counts::truncated`](super::Counts): matches may be missing from then on, and the count says
/// so. A bound counts as reached when less than an eighth of it could be freed. Real-time and
/// micro-batches find the same matches as long as neither has truncated; at a bound they give up
/// different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Partial matches alive at once, over all keys.
    pub runs: usize,
    /// Keys with partial matches at once.
    pub keys: usize,
    /// Events that [`Matcher::apply`](super::Matcher::apply) groups by key at a time; longer
    /// batches are worked off in parts of this length. 0 leaves micro-batches out.
    pub batch: usize,
    /// Matches that one batch may hold back until it commits. There is always room for as many as
    /// `runs`; a batch is refused when all live partial matches together might exceed it.
    pub matches: usize,
}

impl Default for Limits {
    /// Real-time only: 65,536 partial matches over 8,192 keys.
    fn default() -> Self {
        Self { runs: 65_536, keys: 8_192, batch: 0, matches: 0 }
    }
}

impl Limits {
    /// Adds what micro-batches need: groups of 4,096 events, 65,536 matches a batch.
    #[must_use]
    pub fn with_batches(self) -> Self {
        Self { batch: 4_096, matches: 65_536, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), LimitError> {
        let most = 1 << 28;
        let in_range = |limit, value: usize, least: usize| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(LimitError::OutOfRange { limit, value, most })
            }
        };
        in_range("runs", self.runs, 1)?;
        in_range("keys", self.keys, 1)?;
        in_range("batch", self.batch, 0)?;
        in_range("matches", self.matches, usize::from(self.batch > 0))
    }
}
