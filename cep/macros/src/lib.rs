//! The macros of `tourbillon-cep`; use them through that crate, which re-exports them.
//!
//! They know syntax only. What a name means is left to the compiler: the code that they write
//! names the fields' constants, so that a field that is not there, or has another type, is an
//! error at the very word.

mod event;
mod pattern;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

/// Implements `Event` for a `#[repr(C)]` struct, and gives each field a typed constant: the field
/// `price` becomes `Self::PRICE`.
///
/// On the struct:
///
/// - `#[event(name = "mkt")]`: what texts call the stream (`FROM mkt`); its own name in snake case
///   without it.
/// - `#[event(function(link = linked))]`: texts may call `linked`, a pure `fn(i128) -> i64`, as
///   `link(number)`.
///
/// On a field, which is an integer or `f64`:
///
/// - `#[event(time)]`: the `u64` of nanoseconds that orders the events; exactly one field.
/// - `#[event(kind)]`: what kind of event it is; at most one field.
/// - `#[event(decimals = 4)]`: fixed point, in units of 0.0001.
/// - `#[event(symbols(BUY = 1, SELL = 2))]`, `#[event(symbols = SIDES)]`: its numbers are names,
///   given here or by a constant array of `(&str, i128)`; `open_symbols` if there may be others.
/// - `#[event(flag)]`: a truth value in an `u8`.
/// - `#[event(rename = "px")]`: its name in patterns; the constant is then `Self::PX`.
/// - `#[event(skip)]`: not seen by patterns; padding, say.
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    event::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// A pattern in the text language, its names and types checked by the compiler.
///
/// ```text
/// pattern! {
///     /// Three or more rising trades, then one back at the first price or below.
///     pub spike FROM Mkt MATCH_RECOGNIZE (
///         PARTITION BY sym
///         MEASURES MAX(up.price) AS peak, SUM(up.qty) AS vol
///         PATTERN ( base -> up{3,} -> down )
///         WITHIN 50 US
///         DEFINE base AS kind = "TRADE",
///                up AS kind = "TRADE" AND price > PREV(price),
///                down AS kind = "TRADE" AND price <= FIRST(base.price)
///     )
/// }
/// ```
///
/// becomes `pub fn spike() -> Result<Pattern<Mkt>, Diagnostics>`. It is the text that
/// `Pattern::<Mkt>::parse` would read, in Rust's tokens: symbols are in double quotes, and `==` is
/// welcome. Fields, steps, symbols and types that do not fit do not compile. What only the whole pattern
/// shows (a missing window, say) is in the `Diagnostics`, with lines of the source file.
#[proc_macro]
pub fn pattern(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as pattern::Pattern);
    pattern::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}
