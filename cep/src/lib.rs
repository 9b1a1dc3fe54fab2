//! Complex event processing: patterns over streams of plain events.
//!
//! A pattern is a sequence of named steps, each with a condition on the event it binds and on
//! the events bound before. The matcher finds every match, in the order of the stream, in memory
//! that is allocated once; it sees time only in the events and knows nothing of threads.
//!
//! ```
//! use bytemuck::{Pod, Zeroable};
//! use tourbillon_cep::{Field, Limits, Matcher, Pattern, field, of};
//!
//! #[repr(C)]
//! #[derive(Clone, Copy, Pod, Zeroable)]
//! struct Tick {
//!     time: u64,
//!     price: i64,
//!     symbol: u32,
//!     size: u32,
//! }
//! const TIME: Field<Tick, u64> = field!(Tick, time);
//! const PRICE: Field<Tick, i64> = field!(Tick, price);
//! const SYMBOL: Field<Tick, u32> = field!(Tick, symbol);
//! const SIZE: Field<Tick, u32> = field!(Tick, size);
//!
//! // A big trade, then one at least 1 % higher, then one back below the first.
//! let spike = Pattern::builder("spike", TIME)
//!     .partition_by(SYMBOL)
//!     .step("base", SIZE.ge(1_000))
//!     .then("peak", (PRICE * 100).ge(of("base", PRICE) * 101))
//!     .then("back", PRICE.lt(of("base", PRICE)))
//!     .within(50_000)
//!     .build()?;
//!
//! let mut matcher = Matcher::new(&spike, Limits::default())?;
//! let mut found = Vec::new();
//! for (sequence, (price, size)) in [(100, 1_000), (100, 5), (102, 1), (99, 1)].into_iter().enumerate() {
//!     let tick = Tick { time: 10 * sequence as u64, price, symbol: 7, size };
//!     matcher.push(sequence as u64, &tick, &mut |m| found.push(m.sequences().to_vec()));
//! }
//! matcher.finish(&mut |m| found.push(m.sequences().to_vec()));
//! assert_eq!(found, [[0, 2, 3]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Micro-batches go through the same matcher and find the same matches: see [`Matcher::apply`].
//!
//! Patterns are sequences with skip-till-next contiguity. There are no loops, no negation and no
//! timers yet: a match that is held back waits for the next event of its key that matters, or for the end.
//!
//! The text language of [`lang`] has all of these. It is read, checked and resolved to the typed
//! pattern of [`ir`]. [`shared`] matches those whose conditions read the current event alone and
//! that give all matches; [`forked`] matches the others, and conditions on bound events.
//! [`matching`] is the one matcher in front of both, and [`planner`] says which of them it takes.
//! The matcher above runs none of them. [`builder`] writes the same patterns in Rust, about
//! [`event`]s of one's own.

pub mod agg;
mod atom;
mod atoms;
mod attention;
mod batch;
pub mod builder;
pub mod columns;
mod error;
mod eval;
pub mod event;
mod expr;
mod field;
pub mod forked;
mod found;
mod gate;
pub mod ir;
mod journal;
pub mod lang;
mod limits;
mod linear;
mod matcher;
pub mod matching;
mod overflow;
mod partitions;
mod pattern;
mod plan;
pub mod planner;
pub mod registers;
pub mod reorder;
mod room;
mod runs;
pub mod schema;
pub mod set;
pub mod shared;
mod state;
mod text;
mod undo;

pub use error::{BatchError, LimitError, PatternError};
pub use eval::{Bindings, Measures, Rational, Value};
pub use expr::{Comparison, Condition, Linear, OpaqueCondition, first, of, prev};
pub use field::{Field, Scalar};
pub use found::Match;
pub use limits::Limits;
pub use matcher::{Counts, Matcher};
pub use overflow::Overflow;
pub use pattern::{AfterMatch, Builder, Pattern};
