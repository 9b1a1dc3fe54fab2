//! Complex event processing: patterns over streams of plain events.
//!
//! A pattern says which events follow which, how they depend on each other and within what time:
//! SQL's `MATCH_RECOGNIZE` with skipping contiguity, absence and limits. The matcher finds every
//! match, in the order of the stream, in memory that is allocated once; it sees time only in the
//! events and in watermarks, and knows nothing of threads.
//!
//! ```
//! use bytemuck::{Pod, Zeroable};
//! use tourbillon_cep::{Event, Limits, Matcher, pattern};
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
//! let mut matcher = Matcher::new(&spike()?, Limits::default())?;
//! let ticks = [(100, 1_000), (101, 5), (99, 1), (102, 1), (103, 2), (100, 1), (98, 1)];
//! let mut found = Vec::new();
//! for (sequence, (price, size)) in (0..).zip(ticks) {
//!     let tick = Tick { time: 10 * sequence, price, symbol: 7, size };
//!     matcher.push(sequence, &tick, &mut |it| found.push(it.sequences().collect::<Vec<_>>()))?;
//! }
//! matcher.finish(&mut |it| found.push(it.sequences().collect()))?;
//! assert_eq!(found, [[0, 1, 3, 4, 5]]); // the event at 2 is skipped: it neither rises nor is back
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Pattern`] is a pattern over events of a type of one's own, which [`event::Event`] is
//!   derived for: parsed from text ([`lang`]), built from typed values ([`builder`]), or written
//!   into the program with [`pattern!`]. All three are the same.
//! - [`Matcher`] finds its matches, event by event or in micro-batches, with the same result, in
//!   the memory that [`Limits`] allow; what a limit cost is counted and marked, or is an error.
//!   See [`matching`]. Behind it stand [`shared`], [`registers`] and [`forked`]; [`planner`]
//!   chooses, and says why.
//! - [`set`]: many patterns at once. [`agg`] and [`reorder`] stand in front of a matcher.

pub mod agg;
mod atoms;
mod attention;
pub mod builder;
pub mod columns;
mod comparison;
mod eval;
pub mod event;
mod field;
pub mod forked;
pub mod ir;
pub mod lang;
pub mod matching;
mod overflow;
pub mod planner;
pub mod registers;
pub mod reorder;
pub mod schema;
pub mod set;
pub mod shared;

pub use builder::Pattern;
pub use comparison::Comparison;
pub use eval::{Bindings, Measures, Rational, Value};
pub use event::{Event, Field};
pub use matching::{
    BatchError, Bound, BuildError, Counts, Found, Full, Kind, Limits, Matcher, checksum,
};
pub use overflow::Overflow;
pub use tourbillon_cep_macros::pattern;
