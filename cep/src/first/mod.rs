//! The first matcher: sequences with skip-till-next contiguity, conditions in Rust, no loops, no
//! absence. On those it is the fastest, so far.

mod atom;
mod batch;
mod error;
mod expr;
mod field;
mod found;
mod gate;
mod journal;
mod limits;
mod linear;
mod matcher;
mod partitions;
mod pattern;
mod plan;
mod room;
mod runs;
mod state;
mod text;
mod undo;

pub use error::{BatchError, LimitError, PatternError};
pub use expr::{Condition, Linear, OpaqueCondition, first, of, prev};
pub use field::{Field, Scalar};
pub use found::Match;
pub use limits::Limits;
pub use matcher::{Counts, Matcher};
pub use pattern::{AfterMatch, Builder, Pattern};
