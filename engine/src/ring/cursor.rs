//! A position in the stream that one party moves and others watch.

use crossbeam_utils::CachePadded;

use super::signal::Alarm;
use crate::sync::{Arc, AtomicU64, Line, OnceLock, fence, ord};

/// A count of events, moved forward by its one owner.
///
/// The position has a pair of cache lines to itself (128 bytes: some processors fetch lines in
/// pairs), so watching it disturbs nobody but its owner.
#[derive(Debug)]
pub(crate) struct Cursor {
    position: CachePadded<AtomicU64>,
    /// Who may be asleep until this position moves; left unset if nobody ever sleeps on it, and
    /// then moving it costs no fence.
    alarms: OnceLock<Vec<Arc<Alarm>>>,
}

/// The position of a reader that left: it holds nobody back any more.
const DETACHED: u64 = u64::MAX;

impl Cursor {
    pub(crate) fn new() -> Self {
        Self { position: CachePadded::new(AtomicU64::new(0)), alarms: OnceLock::new() }
    }

    /// Sets who is woken when this position moves. Must precede the first publication.
    ///
    /// # Panics
    /// If called twice.
    pub(crate) fn wire(&self, alarms: Vec<Arc<Alarm>>) {
        self.alarms.set(alarms).expect("a cursor is wired once");
    }

    /// The writer's move: events before `to` are visible.
    #[inline]
    pub(crate) fn publish(&self, to: u64) {
        self.position.store(to, ord::publish()); // pairs with `observe`
        self.announce(to);
    }

    /// A reader's move: it is done with events before `to`.
    #[inline]
    pub(crate) fn release(&self, to: u64) {
        self.position.store(to, ord::release()); // pairs with `gate` and `observe`
        self.announce(to);
    }

    /// A reader's last move: it holds nobody back any more.
    pub(crate) fn detach(&self) {
        self.release(DETACHED);
    }

    /// Read by those downstream.
    #[inline]
    pub(crate) fn observe(&self) -> u64 {
        self.position.load(ord::observe()) // pairs with `publish` and `release`
    }

    /// Read by the writer, before it uses slots again.
    #[inline]
    pub(crate) fn gate(&self) -> u64 {
        self.position.load(ord::gate()) // pairs with `release`
    }

    /// Where the position lies.
    pub(crate) fn line(&self) -> Line<'_> {
        Line::of(&*self.position)
    }

    #[inline]
    fn announce(&self, position: u64) {
        if let Some(alarms) = self.alarms.get() {
            // Either this fence comes first, and a sleeper's second look sees the new position,
            // or the sleeper's fence does, and its alarm is seen here.
            fence(ord::wake()); // pairs with the fence in `Alarm::set`
            for alarm in alarms {
                alarm.ring_if_due(position);
            }
        }
    }
}
