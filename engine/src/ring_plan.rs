//! A described ring without its event type: what it takes to start it.

use std::any::Any;
use std::ops::Range;
use std::time::Duration;

use crate::error::BuildError;
use crate::host::{Memory, MemoryReport};
use crate::placement::Request;
use crate::ring::{Cursor, Front, Lifecycle};
use crate::roll::Roll;
use crate::seat::Seat;
use crate::stage::Stage;
use crate::sync::{Arc, Mutex};
use crate::wait::Wait;

/// A described ring.
pub(crate) struct RingPlan {
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) front: Front,
    pub(crate) seat: Arc<Seat>,
    pub(crate) roll: Arc<Mutex<Roll>>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) capacity: usize,
    /// The names and positions of the stages, for those who watch from outside.
    pub(crate) positions: Vec<(String, Arc<Cursor>)>,
    pub(crate) pollers: usize,
    pub(crate) producer_wait: Wait,
    pub(crate) memory: Memory,
    /// Where the slots lie.
    pub(crate) addresses: Range<usize>,
    /// Keeps what is published before the start.
    pub(crate) hold: Option<Box<dyn Any + Send>>,
    pub(crate) unstarted: Unstarted,
    pub(crate) mistake: Option<BuildError>,
}

impl RingPlan {
    /// Asks the system what is wished for the memory, if anything is.
    pub(crate) fn request_memory(&self) -> Option<MemoryReport> {
        let anything = self.memory != Memory::default();
        anything.then(|| self.memory.request(&self.addresses))
    }

    /// No reader comes any more that is to see the first event: those that are there keep it. To
    /// be called before the producer may sleep, whom nothing here wakes.
    pub(crate) fn release(&mut self) {
        self.hold = None;
    }

    /// The readers are at work.
    pub(crate) fn open(self) {
        self.unstarted.started();
    }
}

/// A described stage, or one of several workers that share its events.
pub(crate) struct Plan {
    pub(crate) name: String,
    /// The index of its ring in the pipeline, once known; the last one if it reads several.
    pub(crate) ring: usize,
    pub(crate) request: Request,
    pub(crate) wait: Wait,
    /// How long it gathers a batch at most.
    pub(crate) interval: Duration,
    /// Its positions in the rings that it reads, and these rings.
    pub(crate) cursors: Vec<Arc<Cursor>>,
    pub(crate) seats: Vec<Arc<Seat>>,
    pub(crate) stage: Box<dyn Stage>,
}

/// Closes a ring that is dropped before it was started, so that no producer waits for readers that
/// never come.
pub(crate) struct Unstarted(Option<Arc<Lifecycle>>);

impl Unstarted {
    pub(crate) fn new(lifecycle: &Arc<Lifecycle>) -> Self {
        Self(Some(Arc::clone(lifecycle)))
    }

    fn started(mut self) {
        self.0 = None;
    }
}

impl Drop for Unstarted {
    fn drop(&mut self) {
        if let Some(lifecycle) = &self.0 {
            lifecycle.halt();
        }
    }
}
