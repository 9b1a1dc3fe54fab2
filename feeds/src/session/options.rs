//! The bounds and times of a receiver.

/// How a session is received. Times are in nanoseconds of the caller's clock.
#[derive(Clone, Debug)]
pub struct ArbiterOptions {
    /// Number of the first message wanted; `None` = the first one heard.
    pub first: Option<u64>,
    /// Begin with a snapshot, and with the first message after it.
    pub snapshot_first: bool,
    /// Messages that can be held before their turn (rounded up to a power of two).
    pub slots: usize,
    /// Longest message that can be held, in bytes.
    pub slot_bytes: usize,
    /// How long a missing message may take to come by the other line before it is asked for.
    pub patience: u64,
    /// Retransmission servers, asked in turn; 0 = none.
    pub servers: usize,
    /// Most messages asked for at once.
    pub request_messages: u16,
    /// How long an answer may take; doubled with every try, at most 64 times.
    pub answer_time: u64,
    /// Requests without any progress before messages are given up.
    pub tries: u32,
    /// How long a snapshot may take.
    pub snapshot_time: u64,
    /// Snapshots asked for after one gap.
    pub snapshot_tries: u32,
    /// A number so far ahead of the expected one is believed only when a second packet agrees.
    pub farthest: u64,
}

impl Default for ArbiterOptions {
    fn default() -> Self {
        Self {
            first: None,
            snapshot_first: false,
            slots: 1 << 14,
            slot_bytes: 128,
            patience: 200_000,
            servers: 1,
            request_messages: 256,
            answer_time: 2_000_000,
            tries: 8,
            snapshot_time: 10_000_000_000,
            snapshot_tries: 3,
            farthest: 1 << 24,
        }
    }
}
