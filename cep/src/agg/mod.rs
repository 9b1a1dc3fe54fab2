//! Aggregates of a stream, as operators in front of the matcher: moving averages, bars, extremes.
//!
//! An operator reads a [`Sample`] from each event and gives derived events of the user's type: a
//! [`Sliding`] or a [`Running`] one for every event (a trade with its average price filled in), a
//! [`Tumbling`] one whenever a window closes (a bar). Derived events come in the order of their
//! time, as the matcher wants them.
//!
//! A [`DerivedMatcher`] puts an operator in front of a matcher of what it derives. A
//! [`WideMatcher`] runs a pattern in text with a `DERIVE` clause: the operators that it takes, and
//! the matcher of events with their columns.
//!
//! Every key has windows of its own. Events come in the order of their time; a reorder stage
//! before the operator sees to that. Sums are exact, in 128 bits; only [`Ewma`] and divisions at
//! the very end are in `f64`. An event costs O(1), amortised. All memory is allocated when an
//! operator is built; what does not fit is dealt with as [`Limits::overflow`] says, counted in
//! [`Dropped`], and readings that miss something say so.
//!
//! ```
//! use tourbillon_cep::agg::{Limits, Sample, Sliding, Vwap, Window};
//!
//! #[derive(Clone, Copy)]
//! struct Trade { time: u64, symbol: u32, price: i64, size: u32, vwap: i64 }
//!
//! let mut average = Sliding::new(
//!     Window::Time(1_000),
//!     Vwap::default(),
//!     Limits::default(),
//!     |t: &Trade| Sample { key: t.symbol.into(), time: t.time, value: t.price, weight: t.size },
//!     |t: &Trade, vwap| Trade { vwap: vwap.aggregate.floor().unwrap_or(0), ..*t },
//! )?;
//! let trade = |time, price, size| Trade { time, symbol: 7, price, size, vwap: 0 };
//! average.push(&trade(0, 100, 1))?;
//! let derived = average.push(&trade(10, 200, 3))?;
//! assert_eq!(derived.map(|t| t.vwap), Some(175));
//! # Ok::<(), tourbillon_cep::agg::AggregateError>(())
//! ```

mod aggregate;
mod bar;
mod derived;
mod ewma;
mod extreme;
mod keys;
mod limits;
mod ring;
mod running;
mod sliding;
mod tumbling;
mod wide;

pub use aggregate::{Aggregate, Count, Slide, Sum, Vwap};
pub use bar::Bar;
pub use derived::{DerivedMatcher, Operator};
pub use ewma::Ewma;
pub use extreme::{Max, Min};
pub use limits::{AggregateError, Dropped, Limits};
pub use running::Running;
pub use sliding::{Sliding, Window};
pub use tumbling::{Closed, Tumble, Tumbling};
pub use wide::{WideError, WideMatcher, WideStream};

/// What an operator reads from an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Each key is aggregated by itself.
    pub key: u64,
    /// When, in nanoseconds. Not before any sample before, of whatever key.
    pub time: u64,
    /// What is aggregated: a price, say, in its stored units.
    pub value: i64,
    /// How much of it: a quantity.
    pub weight: u32,
}

/// What an aggregate amounts to at an event.
#[derive(Debug)]
pub struct Reading<'a, A> {
    /// The aggregate over the window that ends at the event, which is in it.
    pub aggregate: &'a A,
    /// Is something missing in it for which there was no room?
    pub truncated: bool,
}
