//! What can go wrong with a matcher.

use thiserror::Error;

use crate::ir::TooLarge;
use crate::{forked, shared};

/// A pattern that no matcher can run, or limits that do not fit it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A limit out of its range.
    #[error("the limit `{limit}` is {value}; it lies between {least} and 2^24")]
    Limit {
        /// Which one.
        limit: &'static str,
        /// Its value.
        value: usize,
        /// The least it can be.
        least: usize,
    },
    /// Numbers that do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// None of the matchers runs it.
    #[error("no matcher runs this pattern. Shared: {shared}. Run by run: {forked}")]
    Refused {
        /// Why partial matches cannot be shared.
        shared: shared::SharedError,
        /// Why they cannot be run one by one.
        forked: forked::BuildError,
    },
}

/// Matching has stopped: a limit does not suffice, and nothing may be dropped
/// ([`Overflow::Stop`](crate::Overflow::Stop)). No further event is taken.
///
/// Whether the event has still completed matches depends on the matcher the planner chose: run by
/// run it has, the others refuse it whole. Matches that are held back come with
/// [`Matcher::finish`](super::Matcher::finish).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "matching has stopped at event {sequence}: {most} {what} are not enough; raise the limit \
     `{limit}`, or let something be dropped (`Limits::overflow`)",
    what = words(.limit)
)]
pub struct Full {
    /// The event at which there was no room, or the last one before the watermark.
    pub sequence: u64,
    /// Which of [`Limits`](super::Limits), by its name.
    pub limit: &'static str,
    /// Its value.
    pub most: usize,
}

fn words(limit: &str) -> &'static str {
    match limit {
        "partial" => "partial matches",
        "partial_per_key" => "partial matches of a key",
        "bound" => "bound events",
        "keys" => "keys",
        _ => "waiting matches",
    }
}

/// A batch that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BatchError {
    /// More events than there is room for.
    #[error(
        "a batch of {length} events, and room for {most}; roll back and cut it, or raise the limit `batch`"
    )]
    TooLong {
        /// Its events.
        length: usize,
        /// The limit.
        most: usize,
    },
    /// In a set of patterns: its events meet more conditions than there is room for.
    #[error(
        "the events of a batch meet more than {most} conditions; roll back and cut it, or make more room"
    )]
    TooMuch {
        /// For how many there is room.
        most: usize,
    },
}
