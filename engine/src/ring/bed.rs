//! Where the writer sleeps while the ring is full.

use std::time::Duration;

use super::signal::{Alarm, Parker};
use super::writer::Writer;
use crate::sync::Arc;

/// The writer's alarm and parker. Every gate must be wired to the alarm, and the parker
/// registered with the lifecycle.
pub(crate) struct Bed {
    parker: Arc<Parker>,
    alarm: Arc<Alarm>,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let parker = Arc::new(Parker::new());
        Self { alarm: Arc::new(Alarm::new(Arc::clone(&parker))), parker }
    }

    pub(crate) fn parker(&self) -> &Arc<Parker> {
        &self.parker
    }

    pub(crate) fn alarm(&self) -> &Arc<Alarm> {
        &self.alarm
    }

    /// Sleeps until `room` more events may fit or the ring is stopped, at most `limit`. Returns
    /// early at times: look again.
    pub(crate) fn sleep<E>(&self, writer: &mut Writer<E>, room: usize, limit: Option<Duration>) {
        let awaited = writer.awaited(room);
        self.parker.sleep(limit, || {
            self.alarm.set(awaited);
            writer.refresh() < room && !writer.lifecycle().is_stopped()
        });
        self.alarm.clear();
    }
}
