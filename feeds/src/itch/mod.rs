//! Nasdaq TotalView-ITCH 5.0: the 23 messages, reading and writing them, and what event each
//! becomes.
//!
//! It is not framing: see the BinaryFILE and MoldUDP64 readers behind [`crate::open`]. It keeps no
//! book.

mod decode;
mod encode;
mod fields;
mod frequent;
mod messages;
mod wire;

pub use decode::Decoder;
pub(crate) use decode::{PREFIX, RECORD};
pub use encode::{Unencodable, encode};
pub use messages::*;
pub use wire::{HEADER_SIZE, Header};
