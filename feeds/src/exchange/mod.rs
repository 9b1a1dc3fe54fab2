//! A test exchange: one session of messages over two lines with planned faults, and servers that
//! help.
//!
//! It sends every message in MoldUDP64 packets on both lines. The plan says what the network does
//! to each packet: loss, duplication, delay (hence reordering), a line that is out for a while, a
//! range that nobody gets. A retransmission server answers requests and has losses of its own.
//! Time is virtual: [`Exchange::next`] gives one delivery after the other, and a seed gives the
//! same run everywhere. [`SnapshotServer`] gives the state after a message.
//!
//! [`LocalExchange`] does the same on sockets of this machine and in real time, and serves its
//! snapshots over SoupBinTCP.
//!
//! It is *not* a matching engine: the messages are made elsewhere.

mod glimpse;
mod network;
mod snapshots;
mod sockets;
mod state;

use crate::mold::{BLOCK_PREFIX, block};

pub use glimpse::GlimpseServer;
pub use network::{Delivery, Exchange, Plan};
pub use snapshots::SnapshotServer;
pub use sockets::{Addresses, LocalExchange, Served};
pub use state::State;

/// The messages of a BinaryFILE, up to its end of session.
#[must_use]
pub fn split(mut file: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Some(message) = block(file).filter(|message| !message.is_empty()) {
        messages.push(message.to_vec());
        file = &file[BLOCK_PREFIX + message.len()..];
    }
    messages
}
