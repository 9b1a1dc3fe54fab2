//! What can go wrong, said so that the author of a pattern can mend it.

use thiserror::Error;

/// A pattern that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PatternError {
    /// There is no step.
    #[error("pattern '{pattern}' has no step; add one with `.step(name, condition)`")]
    NoStep {
        /// The pattern.
        pattern: String,
    },
    /// There are more steps than the matcher can number.
    #[error("pattern '{pattern}' has {steps} steps, {most} is the most; split it in two")]
    TooManySteps {
        /// The pattern.
        pattern: String,
        /// Its steps.
        steps: usize,
        /// The most a pattern can have.
        most: usize,
    },
    /// There are more different conditions than fit the matcher's mask.
    #[error(
        "pattern '{pattern}' tests {conditions} different conditions of single events, {most} is \
         the most; join some with `.and()` inside one `.or()`, or move them into a closure"
    )]
    TooManyConditions {
        /// The pattern.
        pattern: String,
        /// Its distinct conditions.
        conditions: usize,
        /// The most a pattern can have.
        most: usize,
    },
    /// Two steps share a name.
    #[error("two steps are called '{step}'; every step needs a name of its own")]
    DuplicateStep {
        /// The name.
        step: String,
    },
    /// A condition names a step that does not exist.
    #[error("step '{step}' reads step '{named}', which does not exist; bound before it: {known}")]
    UnknownStep {
        /// The step with the condition.
        step: String,
        /// The name it uses.
        named: String,
        /// The names it could use.
        known: String,
    },
    /// A condition reads a step that is bound at the same time or later.
    #[error(
        "step '{step}' reads step '{named}' before it can be bound; move the condition to a step \
         after '{named}'"
    )]
    NotYetBound {
        /// The step with the condition.
        step: String,
        /// The step it reads.
        named: String,
    },
    /// The first step reads an earlier event.
    #[error(
        "step '{step}' is the first and uses {expression}, but nothing is bound before it; read \
         the event's own field"
    )]
    NothingBound {
        /// The step.
        step: String,
        /// What it reads.
        expression: String,
    },
    /// A factor or constant is too large for exact arithmetic.
    #[error("step '{step}' uses the number {number}, beyond the exact range of +-{most}")]
    TooLarge {
        /// The step.
        step: String,
        /// The number.
        number: i128,
        /// Largest magnitude allowed.
        most: i128,
    },
    /// No window bounds the partial matches.
    #[error(
        "pattern '{pattern}' has no window, so a partial match could wait for ever; add \
         `.within(time)`"
    )]
    NoWindow {
        /// The pattern.
        pattern: String,
    },
    /// A window of length zero.
    #[error("pattern '{pattern}' has a window of 0, which no match fits; the bound is strict")]
    EmptyWindow {
        /// The pattern.
        pattern: String,
    },
}

/// Limits with which no matcher can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LimitError {
    /// A limit is zero, or beyond what 32-bit indices reach.
    #[error("limit '{limit}' is {value}; it must lie in 1..={most}")]
    OutOfRange {
        /// Name of the limit.
        limit: &'static str,
        /// Its value.
        value: usize,
        /// The most it can be.
        most: usize,
    },
}

/// A batch that cannot be applied as a whole. Roll it back, then apply it in smaller parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BatchError {
    /// More matches than the batch can hold back until it commits.
    #[error(
        "the batch that ends at sequence {sequence} finds more than {most} matches; roll it back \
         and split it, or raise `Limits::matches`"
    )]
    TooManyMatches {
        /// Last sequence of the part that was being applied.
        sequence: u64,
        /// The limit.
        most: usize,
    },
}
