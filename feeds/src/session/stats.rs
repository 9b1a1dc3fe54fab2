//! What a receiver counted.

use serde::Serialize;

/// Where a packet came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// The first multicast line.
    A,
    /// The second multicast line, which carries the same.
    B,
    /// A retransmission server.
    Recovery,
}

/// Counters of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineStats {
    /// Packets of every kind.
    pub packets: u64,
    /// Messages whose first copy came here.
    pub first: u64,
    /// Messages that had come before.
    pub duplicates: u64,
    /// Packets that are not MoldUDP64, or whose blocks do not fill them.
    pub malformed: u64,
}

/// Counters of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SessionStats {
    /// By [`Line`].
    pub lines: [LineStats; 3],
    /// Messages delivered in sequence.
    pub delivered: u64,
    /// Heartbeats.
    pub heartbeats: u64,
    /// Messages that came before their turn and were held.
    pub held: u64,
    /// Messages that came before their turn and found no room; they count as missing again.
    pub refused: u64,
    /// Requests for retransmission sent.
    pub requests: u64,
    /// Gaps declared.
    pub gaps: u64,
    /// Messages lost in them.
    pub gap_messages: u64,
    /// Snapshots asked for.
    pub snapshots_requested: u64,
    /// Snapshots installed.
    pub snapshots: u64,
    /// Packets of another session, dropped.
    pub foreign: u64,
    /// Packets with a number so far ahead that they were not believed.
    pub wild: u64,
}
