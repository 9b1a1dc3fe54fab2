//! What can go wrong when a pattern is added.

use thiserror::Error;

use crate::ir::TooLarge;
use crate::matching::BuildError;

/// A pattern that cannot be added; the set is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetError {
    /// It is about other events.
    #[error("the pattern is about the stream '{stream}', and the set about '{set}'")]
    Schema {
        /// The pattern's stream.
        stream: String,
        /// The set's.
        set: String,
    },
    /// It cannot be run.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its numbers are too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}
