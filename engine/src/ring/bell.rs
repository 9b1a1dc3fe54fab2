//! Who is woken when something moves.

use super::signal::Alarm;
use crate::sync::{Arc, OnceLock, fence, ord};

/// The alarms of those who may be asleep until a position is reached; left unwired if nobody ever
/// sleeps on it, and then moving costs no fence.
#[derive(Debug)]
pub(crate) struct Bell {
    alarms: OnceLock<Vec<Arc<Alarm>>>,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self { alarms: OnceLock::new() }
    }

    /// Sets who is woken. Must precede the first sleep of any of them.
    ///
    /// # Panics
    /// If called twice.
    pub(crate) fn wire(&self, alarms: Vec<Arc<Alarm>>) {
        self.alarms.set(alarms).expect("a bell is wired once");
    }

    /// Wakes those who wait for `position` or an earlier one. To be called after the move.
    #[inline]
    pub(crate) fn announce(&self, position: u64) {
        self.announce_at(|| position);
    }

    /// As `announce`, for a position that must be looked up as late as possible.
    #[inline]
    pub(crate) fn announce_at(&self, position: impl FnOnce() -> u64) {
        if let Some(alarms) = self.alarms.get() {
            ring(alarms, position);
        }
    }
}

/// Kept out of the way of those whom nobody sleeps on.
#[inline(never)]
fn ring(alarms: &[Arc<Alarm>], position: impl FnOnce() -> u64) {
    // Either this fence comes first, and a sleeper's second look sees the new position, or the
    // sleeper's fence does, and its alarm is seen here.
    fence(ord::wake()); // pairs with the fence in `Alarm::set`
    let position = position();
    for alarm in alarms {
        alarm.ring_if_due(position);
    }
}
