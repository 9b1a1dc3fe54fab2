//! Replaying a feed: which of its events, when, and how often.
//!
//! - [`Selection`]: a part of a feed, by time, sequence and symbol;
//! - [`schedule`]: when each event is meant to be sent, in absolute times fixed before the run;
//! - [`repeat()`]: the same events several times, as one longer stream.
//!
//! It sends nothing and reads no clock: whoever replays brings both, and measures how late it was.

mod repeat;
pub mod schedule;
mod selection;

pub use repeat::repeat;
pub use selection::{Bound, Selected, Selection};
