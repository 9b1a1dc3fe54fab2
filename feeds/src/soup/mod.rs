//! SoupBinTCP: a sequenced stream over a byte stream, as two state machines and a recorded format.
//!
//! [`Client`] and [`Server`] take the bytes of a connection as they come, in pieces of any size,
//! and say what to send and what arrived. They have no socket and no clock.
//!
//! Source: "SoupBinTCP" (Nasdaq), versions 3.00 and 4.00. A packet is a big-endian length (u16,
//! which counts all after itself), a type, and a payload. Sequenced packets carry no number: each
//! is one more than the one before, from the number in the login's answer on.

mod client;
mod packets;
mod recorded;
mod server;

pub use client::{Client, ClientOutput};
pub use packets::{Closed, Login, Timers};
pub(crate) use packets::{number, parse_number};
pub(crate) use recorded::{SoupFile, looks_like_soup};
pub use server::{Server, ServerOutput};
