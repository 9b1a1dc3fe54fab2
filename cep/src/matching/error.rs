//! What can go wrong with a matcher.

use thiserror::Error;

use crate::ir::TooLarge;
use crate::{forked, shared};

/// A pattern that no matcher can run, or limits that do not fit it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Events of another type than the schema's.
    #[error("events have {event} bytes, but those of the pattern's schema {schema}")]
    EventSize {
        /// Bytes of the matcher's events.
        event: usize,
        /// Bytes of the schema's.
        schema: usize,
    },
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
