//! The macros of `tourbillon-cep`; use them through that crate, which re-exports them.
//!
//! They know syntax only. What a name means is left to the compiler: the code that they write
//! names the fields' constants, so that a field that is not there, or has another type, is an
//! error at the very word.

mod event;

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
///   given here or by a list of `(&str, i128)`; `open_symbols` if there may be others.
/// - `#[event(flag)]`: a truth value in an `u8`.
/// - `#[event(rename = "px")]`: its name in texts.
/// - `#[event(skip)]`: not seen by patterns; padding, say.
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    event::expand(&input).unwrap_or_else(Error::into_compile_error).into()
}
