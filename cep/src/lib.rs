//! Complex event processing: patterns over streams of plain events.
//!
//! A pattern says which events follow which, how they depend on each other and within what time:
//! SQL's `MATCH_RECOGNIZE` with skipping contiguity, absence and limits. The matcher finds every
//! match, in the order of the stream, in memory that is allocated once; it sees time only in the
//! events and in watermarks, and knows nothing of threads.
//!
//! ```
//! use bytemuck::{Pod, Zeroable};
//! use tourbillon_cep::builder::pattern;
//! use tourbillon_cep::event::Event;
//! use tourbillon_cep::matching::Limits;
//!
//! #[derive(Event, Clone, Copy, Pod, Zeroable)]
//! #[repr(C)]
//! #[event(name = "ticks")]
//! struct Tick {
//!     #[event(time)]
//!     time: u64,
//!     price: i64,
//!     symbol: u32,
//!     size: u32,
//! }
//!
//! pattern! {
//!     /// A big trade, then three or more that rise, then one back at the first price.
//!     spike FROM Tick MATCH_RECOGNIZE (
//!         PARTITION BY symbol
//!         MEASURES MAX(up.price) AS peak
//!         PATTERN ( base -> up{3,} -> back )
//!         WITHIN 50 US
//!         DEFINE base AS size >= 1000, up AS price > PREV(price), back AS price <= base.price
//!     )
//! }
//!
//! let mut matcher = spike()?.matcher(Limits::default())?;
//! let mut found = Vec::new();
//! let ticks = [(100, 1_000), (101, 5), (99, 1), (102, 1), (103, 2), (100, 1)];
//! for (sequence, (price, size)) in ticks.into_iter().enumerate() {
//!     let tick = Tick { time: 10 * sequence as u64, price, symbol: 7, size };
//!     matcher.push(sequence as u64, &tick, &mut |m| found.push(m.sequences().collect::<Vec<_>>()));
//! }
//! matcher.finish(&mut |m| found.push(m.sequences().collect::<Vec<_>>()));
//! assert_eq!(found, [[0, 1, 3, 4, 5]]); // the event at 2 is skipped: it neither rises nor is back
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`builder`]: the macro, the typed builder and texts become the same [`builder::Pattern`];
//!   [`event`] says what a derive does, [`lang`] what the text language has.
//! - [`matching`]: the matcher, event by event or in micro-batches, with the same matches. Behind
//!   it stand [`shared`], [`registers`] and [`forked`]; [`planner`] chooses, and says why.
//! - [`set`]: many patterns at once. [`agg`] and [`reorder`] stand in front of a matcher.
//! - [`Matcher`] and [`Pattern`] at the root are an older and smaller pair: sequences with
//!   skip-till-next contiguity, conditions in Rust, no loops, no absence. On those it is the
//!   fastest, so far.

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
