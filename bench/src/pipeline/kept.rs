//! Matches that are kept, to be written down when the run is over.

use tourbillon_cep::Value;
use tourbillon_cep::matching::{Found, Kind};

/// A match, or a partial match that timed out.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Number of its pattern.
    pub pattern: usize,
    /// Is it complete?
    pub complete: bool,
    /// Its events in order: number of the step, sequence.
    pub bound: Box<[(usize, u64)]>,
    /// The values of its measures.
    pub values: Box<[Value]>,
}

impl Kept {
    /// What the pattern with this number has found. The matcher's sequences are numbers of
    /// `origins`, if there are any.
    pub(super) fn new(pattern: usize, found: &Found<'_>, origins: &[u64]) -> Self {
        let origin = |number: u64| origins.get(number as usize).copied().unwrap_or(number);
        let bound = found.bound().iter().map(|it| (it.step.index(), origin(it.sequence)));
        Self {
            pattern,
            complete: found.kind() == Kind::Match,
            bound: bound.collect(),
            values: found.values().into(),
        }
    }
}
