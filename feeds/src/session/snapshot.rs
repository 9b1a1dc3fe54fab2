//! Where the state of the market comes from when messages are lost for good.

/// How a snapshot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotProgress {
    /// Not yet complete.
    Pending,
    /// Complete: it holds the effect of every message before number `next`.
    Ready {
        /// The number of the first message after it.
        next: u64,
    },
    /// There will be none from this attempt; the next one starts at once.
    Failed,
}

/// A server of snapshots, seen from the receiver.
///
/// It waits for nothing: [`poll`](Self::poll) says how far it is, and the caller moves its bytes.
pub trait SnapshotSource {
    /// Asks for a new snapshot, and forgets the one before.
    fn start(&mut self, now: u64);

    /// How far it is at `now`.
    fn poll(&mut self, now: u64) -> SnapshotProgress;

    /// Gives the messages of the snapshot that is ready, in order.
    fn messages(&self, each: &mut dyn FnMut(&[u8]));
}

impl<S: SnapshotSource + ?Sized> SnapshotSource for Box<S> {
    fn start(&mut self, now: u64) {
        (**self).start(now);
    }

    fn poll(&mut self, now: u64) -> SnapshotProgress {
        (**self).poll(now)
    }

    fn messages(&self, each: &mut dyn FnMut(&[u8])) {
        (**self).messages(each);
    }
}

/// No snapshots: what is lost stays lost, and books stay suspect.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSnapshot;

impl SnapshotSource for NoSnapshot {
    fn start(&mut self, _now: u64) {}

    fn poll(&mut self, _now: u64) -> SnapshotProgress {
        SnapshotProgress::Failed
    }

    fn messages(&self, _each: &mut dyn FnMut(&[u8])) {}
}
