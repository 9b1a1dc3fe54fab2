//! The definition of matching (`../shared/research/cep.md`, section 4.2), slow and obviously right.
//!
//! [`outputs`] says what a [`Pattern`](pattern::Pattern) lets out on a stream, in order, and which
//! item lets it out. First `search` finds *all* matches of each partition, and all partial matches
//! with the time for which they wait; then `output` goes through these in the order of time and
//! applies selection, skip, consumption, time-outs and the limit. Nothing here is shared with the
//! crate, and nothing is fast: exponential in the stream, which should stay below some ten events.

// Each test binary uses its part of this.
#![allow(dead_code, unreachable_pub, missing_docs)]

mod condition;
mod output;
pub mod pattern;
mod search;
mod wait;

pub use output::{Emission, Kind, outputs};
