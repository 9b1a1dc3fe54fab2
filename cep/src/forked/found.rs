//! What a matcher lets out.

use bytemuck::Pod;

use super::chain::Chains;
use crate::eval::Bindings;
use crate::ir::StepId;

/// What an output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A match.
    Match,
    /// A partial match whose window or gap closed while it waited for an event.
    TimedOut,
}

/// A match, or a partial match that timed out.
#[derive(Debug)]
pub struct Found<'a, E> {
    pub(super) kind: Kind,
    pub(super) path: &'a [u32],
    pub(super) chains: &'a Chains<E>,
    pub(super) match_number: Option<u64>,
    pub(super) truncated: bool,
}

impl<E: Pod> Found<'_, E> {
    /// Is it complete?
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its events in their order, each with its step and the number that the caller gave it.
    pub fn bindings(&self) -> impl Iterator<Item = (StepId, u64, &E)> {
        let link = |at: &u32| self.chains.get(*at);
        self.path.iter().map(link).map(|link| (link.step, link.id, &link.event))
    }

    /// Its place among the matches of its partition, from 1, if a measure asks for it (else among
    /// those since the partition last had no partial match); `None` if it is no match.
    #[must_use]
    pub fn match_number(&self) -> Option<u64> {
        self.match_number
    }

    /// Has a limit dropped something of this key, so that other matches may be missing?
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }
}

impl<E: Pod> Bindings<E> for Found<'_, E> {
    fn count(&self) -> usize {
        self.path.len()
    }

    fn step(&self, at: usize) -> StepId {
        self.chains.get(self.path[at]).step
    }

    fn event(&self, at: usize) -> &E {
        &self.chains.get(self.path[at]).event
    }
}
