//! What a thread can do with a stage, whatever its events and its handler.

use std::time::Instant;

use crate::counters::StageMeter;
use crate::ring::{Cursor, Failure, Lifecycle, Parker};
use crate::seat::RingId;
use crate::summary::StageSummary;
use crate::sync::Arc;
use crate::wiring::{Feed, Wiring};

/// What one step of a stage came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It delivered a batch.
    Worked,
    /// There was nothing to do.
    Idle,
    /// It gathers a batch, until then at most.
    Holding(Instant),
    /// There are events, but no room for what they would bring forth.
    Blocked,
    /// It will do no more.
    Ended,
}

/// A stage without its types, for threads that run several of different kinds.
pub(crate) trait Stage: Send {
    fn start(&mut self, core: Option<usize>) -> Result<(), Failure>;
    fn step(&mut self) -> Step;
    /// Sets the alarms to what the last step left to wait for.
    fn set_alarm(&self);
    fn clear_alarm(&self);
    /// Whether another step would find something new. Asked after the alarms were set.
    fn is_due(&mut self) -> bool;
    /// Has `parker` woken by whatever feeds the stage, except by `own`: the cursors that move on
    /// its thread. Without this it never sleeps.
    fn wire(&mut self, wiring: &mut Wiring, parker: &Arc<Parker>, own: &[Arc<Cursor>]);
    /// What brings it events, except from `own`.
    fn feeds(&self, own: &[Arc<Cursor>]) -> Vec<Feed>;
    /// Whether other threads feed it and wake it.
    fn has_alarm(&self) -> bool;
    /// The rings that its handler publishes into.
    fn outlets(&self) -> Vec<RingId>;
    /// Has it count for those who watch from outside.
    fn measure(&mut self, meter: StageMeter);
    /// Names all who must stop if it fails.
    fn ally(&mut self, alliance: &Alliance);
    /// Reads no more, and holds nobody back any more.
    fn leave(&mut self);
    /// The account, once ended.
    fn finish(self: Box<Self>) -> StageSummary;
}

/// The rings of one pipeline, which stop together.
#[derive(Clone, Debug)]
pub(crate) struct Alliance(Arc<[Arc<Lifecycle>]>);

impl Alliance {
    pub(crate) fn new(lifecycles: impl IntoIterator<Item = Arc<Lifecycle>>) -> Self {
        Self(lifecycles.into_iter().collect())
    }

    /// Whether both are those of one pipeline.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn halt(&self) {
        self.0.iter().for_each(|lifecycle| lifecycle.halt());
    }

    /// Stops all of them because of `failure`.
    pub(crate) fn poison(&self, failure: &Failure) {
        self.0.iter().for_each(|lifecycle| lifecycle.poison(failure.clone()));
    }

    /// The first failure.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.0.iter().find_map(|lifecycle| lifecycle.failure())
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.iter().any(|lifecycle| lifecycle.is_stopped())
    }
}
