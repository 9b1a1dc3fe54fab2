//! The definition of matching (`../shared/research/cep.md`, section 4.2), slow and obviously right.
//!
//! [`outputs`] says what a [`Pattern`](pattern::Pattern) lets out on a stream, in order, and which
//! item lets it out. First `search` finds *all* matches of each partition, and all partial matches
//! with the time for which they wait; `output` puts those on one scale and applies the selection;
//! `timeline` goes through them in order and applies skip, consumption, time-outs and the limit.
//!
//! Nothing of the definition is shared with the crate, and nothing is fast: exponential in the stream, which
//! should stay below some ten events.
//!
//! `formula` is the part of `search` that fits in formulas, to check the definition against itself;
//! `random` makes cases for it and for the matchers; `typed` turns them into the crate's own form.

// Each test binary uses its part of this.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]

mod condition;
pub mod formula;
mod output;
pub mod pattern;
pub mod random;
mod run;
pub mod search;
mod timeline;
pub mod typed;
mod wait;

pub use condition::Binding;
pub use output::{Emission, Kind, outputs};
