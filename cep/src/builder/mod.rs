//! Patterns written in Rust: the text language's clauses, with the compiler's names and types.
//!
//! ```
//! use bytemuck::{Pod, Zeroable};
//! use tourbillon_cep::builder::{Pattern, Units, first, max, prev, step, sum};
//! use tourbillon_cep::event::Event;
//!
//! #[derive(Event, Clone, Copy, Pod, Zeroable)]
//! #[repr(C)]
//! struct Mkt {
//!     #[event(time)]
//!     ts: u64,
//!     price: i64,
//!     qty: u32,
//!     sym: u16,
//!     #[event(symbols(TRADE = 1, QUOTE = 2))]
//!     kind: u16,
//! }
//!
//! // Three or more rising trades, then one back at the first price or below.
//! let trade = || Mkt::KIND.eq("TRADE");
//! let spike = Pattern::builder("spike")
//!     .partition_by(Mkt::SYM)
//!     .pattern(
//!         step("base", trade())
//!             .then(step("up", trade().and(Mkt::PRICE.gt(prev(Mkt::PRICE)))).at_least(3))
//!             .then(step("down", trade().and(Mkt::PRICE.le(first("base", Mkt::PRICE))))),
//!     )
//!     .within(50.us())
//!     .measure("peak", max("up", Mkt::PRICE))
//!     .measure("vol", sum("up", Mkt::QTY))
//!     .build()?;
//!
//! let text = Pattern::<Mkt>::parse(
//!     "spike.sql",
//!     "PATTERN spike FROM mkt MATCH_RECOGNIZE (
//!        PARTITION BY sym
//!        MEASURES MAX(up.price) AS peak, SUM(up.qty) AS vol
//!        PATTERN ( base -> up{3,} -> down )
//!        WITHIN 50 US
//!        DEFINE base AS kind = 'TRADE',
//!               up AS kind = 'TRADE' AND price > PREV(price),
//!               down AS kind = 'TRADE' AND price <= FIRST(base.price) )",
//! )?;
//! assert_eq!(spike, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is built is printed as text, and that text is read, checked and resolved like any other:
//! the two cannot differ in what they mean, what they take for granted or what they refuse, and a
//! mistake is shown in the text of the pattern ([`Builder::build`]). Names of fields and types of
//! values are checked by the compiler before that:
//!
//! ```compile_fail,E0308
//! # use tourbillon_cep::{builder::*, event::{Field, Symbol}};
//! # const SIDE: Field<[u64; 2], Symbol> = Field::new("side");
//! # const PRICE: Field<[u64; 2], i64> = Field::new("price");
//! let wrong = step("sale", SIDE.eq(PRICE)); // a symbol is no number
//! ```
//!
//! [`pattern!`](pattern) is the text itself, its names and types checked by the compiler; the same
//! again:
//!
//! ```
//! # use bytemuck::{Pod, Zeroable};
//! # use tourbillon_cep::{builder::pattern, event::Event, lang::Diagnostics};
//! # #[derive(Event, Clone, Copy, Pod, Zeroable)]
//! # #[repr(C)]
//! # struct Mkt {
//! #     #[event(time)]
//! #     ts: u64,
//! #     price: i64,
//! #     qty: u32,
//! #     sym: u16,
//! #     #[event(symbols(TRADE = 1, QUOTE = 2))]
//! #     kind: u16,
//! # }
//! pattern! {
//!     pub spike FROM Mkt MATCH_RECOGNIZE (
//!         PARTITION BY sym
//!         MEASURES MAX(up.price) AS peak, SUM(up.qty) AS vol
//!         PATTERN ( base -> up{3,} -> down )
//!         WITHIN 50 US
//!         DEFINE base AS kind = "TRADE",
//!                up AS kind = "TRADE" AND price > PREV(price),
//!                down AS kind = "TRADE" AND price <= FIRST(base.price)
//!     )
//! }
//! assert_eq!(spike()?.name(), Some("spike"));
//! # Ok::<(), Diagnostics>(())
//! ```
//!
//! ```compile_fail,E0080
//! # use bytemuck::{Pod, Zeroable};
//! # use tourbillon_cep::{builder::pattern, event::Event};
//! # #[derive(Event, Clone, Copy, Pod, Zeroable)]
//! # #[repr(C)]
//! # struct Mkt {
//! #     #[event(time)]
//! #     ts: u64,
//! #     #[event(symbols(TRADE = 1, QUOTE = 2))]
//! #     kind: u64,
//! # }
//! pattern! {
//!     two FROM Mkt MATCH_RECOGNIZE (PATTERN (a b) DEFINE a AS kind = "TRAED") // no such symbol
//! }
//! ```
//!
//! One thing goes beyond the text: [`Part::where_fn`] tests an event with a closure.

#[doc(hidden)]
pub mod check;
mod clauses;
mod compare;
mod part;
mod parts;
mod pattern;
mod read;
mod units;
mod value;

pub use clauses::{Builder, Skip};
pub use compare::{Condition, any_event};
pub use part::{
    Absence, Binds, Choice, InMode, Looping, Part, Repeated, Sequence, Single, again, not_for, step,
};
pub use parts::{Parts, Permuted, all_of, any_of};
pub use pattern::Pattern;
pub use read::{
    ALL, Over, avg, call, classifier, count, ewma, first, first_by, lag, last, last_by,
    match_number, max, min, of, prev, prev_by, sum, vwap,
};
pub use tourbillon_cep_macros::pattern;
pub use units::Units;
pub use value::{Measured, StepName, Value};

use crate::lang::{Span, Spanned};

/// A part of a syntax tree that stands nowhere yet.
fn unplaced<T>(node: T) -> Spanned<T> {
    Spanned::new(node, Span::default())
}
