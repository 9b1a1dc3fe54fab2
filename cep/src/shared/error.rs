//! Why a pattern cannot be matched with shared partial matches.

use thiserror::Error;

/// What a pattern asks for that [`SharedMatcher`](super::SharedMatcher) does not do, or a limit
/// that does not fit it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SharedError {
    /// A condition reads more than the current event.
    #[error(
        "step `{step}` reads events other than the current one; partial matches cannot be shared"
    )]
    Earlier {
        /// The step.
        step: String,
    },
    /// A condition has no exact linear form.
    #[error("step `{step}` compares something other than sums of whole-number fields")]
    NotLinear {
        /// The step.
        step: String,
    },
    /// An absence that lasts for a time.
    #[error("the absence of `{step}` for a time needs timers, which shared matching does not have")]
    Timer {
        /// The step.
        step: String,
    },
    /// An absence in front of all events.
    #[error("an absence stands before the first event; nothing lies between there")]
    Leading,
    /// A gap between events.
    #[error("limits on the gap between events are not shared; use a window")]
    Gap,
    /// A clause that asks for less than all matches, in a way that is not shared.
    #[error("the clause `{clause}` is not shared in this form; all matches are")]
    Clause {
        /// Which one.
        clause: &'static str,
    },
    /// The pattern can match nothing at all.
    #[error("the pattern matches without an event")]
    Empty,
    /// The automaton is too large.
    #[error("the automaton needs more than {limit} states, or its table more than 65,536 entries")]
    States {
        /// The bound.
        limit: usize,
    },
    /// A limit out of its range.
    #[error("the limit `{limit}` is {value}; it lies between 1 and 2^28")]
    Limit {
        /// Which one.
        limit: &'static str,
        /// Its value.
        value: usize,
    },
    /// A policy that needs to know when what is bound is of no use any more.
    #[error(
        "only the oldest can be dropped without a window, or where events of each key are \
         counted: nothing else ever makes room"
    )]
    Overflow,
    /// Events of another type than the schema's.
    #[error("events have {event} bytes, but those of the pattern's schema {schema}")]
    EventSize {
        /// Bytes of the matcher's events.
        event: usize,
        /// Bytes of the schema's.
        schema: usize,
    },
}
