//! The threads of stages that are attached to a running pipeline.

use super::report::{Refusal, ThreadReport};
use super::squad::Berth;
use crate::sync::{self, Arc, Mutex};

/// Threads that came after the start, for as long as they are there. They are no part of the
/// [`Squad`](super::Squad): none is raised, so there is none to demote.
pub(crate) struct Latecomers {
    /// The real-time priority that the pipeline was started with, if any.
    level: Option<u8>,
    berths: Mutex<Vec<Arc<Berth>>>,
}

/// A thread that came late, on that thread. Dropping it says that the thread is about to end.
pub(crate) struct Latecomer {
    others: Arc<Latecomers>,
    berth: Arc<Berth>,
}

impl Latecomers {
    /// Nobody yet, beside threads that are to have the priority `level`.
    pub(crate) fn new(level: Option<u8>) -> Self {
        Self { level, berths: Mutex::new(Vec::new()) }
    }

    /// The calling thread is that one.
    pub(crate) fn join(self: Arc<Self>, berth: Berth) -> Latecomer {
        berth.is_here();
        if let Some(level) = self.level {
            let what = format!("run under SCHED_FIFO at level {level}");
            berth.refuse(Refusal::new(what, "the stage was attached after the start"));
        }
        let berth = Arc::new(berth);
        sync::lock(&self.berths).push(Arc::clone(&berth));
        Latecomer { others: self, berth }
    }

    /// What the system says of them now, in the order in which they came.
    pub(super) fn report(&self) -> Vec<ThreadReport> {
        // Locked all the while: nobody ends, and leaves its number to another thread, meanwhile.
        sync::lock(&self.berths).iter().map(|berth| berth.report()).collect()
    }
}

impl Drop for Latecomer {
    fn drop(&mut self) {
        sync::lock(&self.others.berths).retain(|berth| !Arc::ptr_eq(berth, &self.berth));
    }
}
