//! Why a pattern is not run with registers.

use thiserror::Error;

use crate::ir::TooLarge;

/// What a pattern asks for that runs with registers do not do; [`crate::forked`] does.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Why {
    /// A clause.
    #[error("{clause} is not kept in registers")]
    Clause {
        /// Which one.
        clause: &'static str,
    },
    /// Something in the condition of a step.
    #[error("step '{step}' {what}")]
    Step {
        /// The step.
        step: String,
        /// What of it.
        what: &'static str,
    },
    /// A measure.
    #[error("measure '{measure}' {what}")]
    Measure {
        /// Its name.
        measure: String,
        /// What of it.
        what: &'static str,
    },
    /// Numbers that do not fit.
    #[error("in the condition of step '{step}': {source}")]
    TooLarge {
        /// The step.
        step: String,
        /// Why.
        source: TooLarge,
    },
    /// Too many ways in which the pattern can go on.
    #[error("the pattern needs more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The pattern cannot be unfolded.
    #[error(transparent)]
    Unfold(#[from] crate::forked::BuildError),
}
