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
    /// What the pattern with this number has found.
    pub(super) fn new(pattern: usize, found: &Found<'_>) -> Self {
        let bound = found.bound().iter().map(|bound| (bound.step.index(), bound.sequence));
        Self {
            pattern,
            complete: found.kind() == Kind::Match,
            bound: bound.collect(),
            values: found.values().into(),
        }
    }
}
