//! Which matcher runs a pattern, and why: what `explain` tells the author.
//!
//! A pattern goes to the first matcher that runs all of it. *Shared* comes first: its time for an
//! event does not depend on how many partial matches there are. *Registers* comes next: it runs
//! each partial match by itself, but no condition looks back over what is bound. *Forked* takes the
//! rest. The order is fixed and nothing is measured, so the same pattern always gets the same
//! matcher.

mod dot;
mod explain;
mod order;
mod why;

pub use dot::dot;
pub use explain::Explanation;
pub use why::why;

/// A matcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Choice {
    /// Partial matches are shared ([`crate::shared`]).
    Shared {
        /// States of its automaton.
        states: usize,
    },
    /// Runs keep what conditions read of bound events in registers ([`crate::registers`]).
    Registers,
    /// Each partial match is a run of its own ([`crate::forked`]).
    Forked,
}

impl Choice {
    /// Its name: `shared`, `registers` or `forked`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared { .. } => "shared",
            Self::Registers => "registers",
            Self::Forked => "forked",
        }
    }
}

/// What the planner chose, and what it had to pass over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    choice: Choice,
    refused: Vec<(&'static str, String)>,
}

impl Plan {
    pub(crate) fn new(choice: Choice, refused: Vec<(&'static str, String)>) -> Self {
        Self { choice, refused }
    }

    /// The matcher that runs the pattern.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// The matchers that would have come first, each with the reason why it cannot run the
    /// pattern.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &str)> {
        self.refused.iter().map(|(matcher, reason)| (*matcher, reason.as_str()))
    }
}
