//! A server of snapshots in virtual time: the state after the newest message, some time after it
//! is asked.

use super::state::State;
use crate::session::{SnapshotProgress, SnapshotSource};

/// Gives the state after the newest message applied when it was asked.
#[derive(Debug, Default)]
pub struct SnapshotServer {
    delay: u64,
    state: State,
    ready_at: Option<u64>,
    snapshot: Vec<Vec<u8>>,
    next: u64,
}

impl SnapshotServer {
    /// A server whose snapshots are complete `delay` nanoseconds after they are asked for.
    #[must_use]
    pub fn new(delay: u64) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Takes the next message that the exchange sent.
    pub fn apply(&mut self, message: &[u8]) {
        self.state.apply(message);
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }
}

impl SnapshotSource for SnapshotServer {
    fn start(&mut self, now: u64) {
        self.ready_at = Some(now + self.delay);
        self.next = self.state.seen() + 1;
        self.snapshot = self.state.messages().collect();
    }

    fn poll(&mut self, now: u64) -> SnapshotProgress {
        match self.ready_at {
            Some(time) if now >= time => SnapshotProgress::Ready { next: self.next },
            Some(_) => SnapshotProgress::Pending,
            None => SnapshotProgress::Failed,
        }
    }

    fn messages(&self, each: &mut dyn FnMut(&[u8])) {
        for message in &self.snapshot {
            each(message);
        }
    }
}
