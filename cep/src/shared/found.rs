//! A match as the callback sees it.

use super::arena::Ring;
use super::totals::Totals;
use crate::ir::StepId;

/// An event that is bound to a step.
#[derive(Debug, Clone, Copy)]
pub struct Bound<E> {
    /// Its number in the stream.
    pub sequence: u64,
    /// Its place in its partition, from 0; counted only if the window counts events.
    pub(super) position: u64,
    /// What it is bound to.
    pub step: StepId,
    /// A copy.
    pub event: E,
}

/// One match.
#[derive(Debug, Clone, Copy)]
pub struct SharedMatch<'a, E> {
    pub(super) ring: &'a Ring<Bound<E>>,
    /// The last first.
    pub(super) path: &'a [u32],
    pub(super) truncated: bool,
    pub(super) totals: Option<&'a Totals>,
}

impl<'a, E: Copy> SharedMatch<'a, E> {
    /// Its events, in order. Where totals come out instead of matches, the one event that
    /// completes them all.
    pub fn bound(&self) -> impl Iterator<Item = &'a Bound<E>> + use<'a, E> {
        let ring = self.ring;
        self.path.iter().rev().filter_map(move |at| ring.get(*at))
    }

    /// How many matches the event completes, if the pattern asks for this instead of the matches.
    #[must_use]
    pub fn totals(&self) -> Option<&'a Totals> {
        self.totals
    }

    /// Was something overwritten that began in the same window? Other matches may be missing.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }
}
