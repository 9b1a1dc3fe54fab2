//! Market data: bytes to events.
//!
//! [`open`] finds the format by content and gives an [`EventSource`]: ITCH 5.0 files, packet
//! captures of MoldUDP64, IEX-TP and CME MDP 3.0, trades as CSV, LOBSTER, recordings of Bitstamp
//! and Binance, DBN, the project's own [`journal`]; gzip, xz
//! and zstd are unpacked. [`mod@reference`] and
//! [`synthetic`] make data from a seed; [`replay`] takes a part of a feed and says when each event
//! is due. Every fault in the bytes is counted and located in the
//! [`Report`]; none becomes a panic or a wrong event.
//!
//! A [`survey`] tells what a stream looks like.
//!
//! This crate knows nothing of patterns and starts no thread.

mod binary_file;
pub mod book;
mod bytes;
pub mod dbn;
mod dice;
pub mod direct;
mod event;
pub mod exchange;
mod iex;
mod instruments;
pub mod itch;
pub mod journal;
pub mod live;
mod mdp3;
mod mold;
mod pcap;
pub mod reference;
pub mod replay;
mod report;
pub mod session;
pub mod soup;
mod source;
pub mod survey;
pub mod synthetic;
mod text;
mod unpack;
mod zipf;

pub use event::{Kind, MarketEvent, Side, depth, flags};
pub use instruments::Instruments;
pub use report::{
    ErrorKind, LOCATED_ERRORS, LocatedError, Report, SkipReason, TypeCount, TypeCounts,
};
pub use source::{
    EventSource, Format, Framing, OpenError, Options, ParseFormatError, UNPACKED_LIMIT, open,
    open_bytes, read_all,
};
