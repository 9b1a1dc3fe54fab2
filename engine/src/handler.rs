//! What a stage does with its events.

use crate::batch::{Batch, BatchMut};
use crate::fault::Fault;
use crate::ring::Lifecycle;
use crate::seat::RingId;
use crate::summary::Recovery;
use crate::sync::Arc;

/// Where a handler runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StageContext {
    /// The name of its stage.
    pub stage: String,
    /// The core its thread is bound to, if it is.
    pub core: Option<usize>,
    /// For adaptors that wait: whether to go on.
    pub(crate) lifecycle: Arc<Lifecycle>,
}

/// Whether there is nothing more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// There is nothing more to do.
    Yes,
    /// Call again.
    NotYet,
}

/// What a stage does with its events. It runs on the stage's thread and nowhere else.
///
/// Closures over a batch are handlers:
/// ```
/// # use tourbillon_engine::{Batch, Capacity, Graph};
/// let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
/// graph.stage("print").handle(|batch: &Batch<'_, u64>| {
///     for (sequence, event) in batch.iter() {
///         println!("{sequence}: {event}");
///     }
///     Ok(())
/// });
/// ```
pub trait Handler<E>: Send + 'static {
    /// Before the first event; `Graph::start` returns after this.
    fn on_start(&mut self, _context: &StageContext) {}

    /// The next events. They are released, and seen by the stages that follow, when this returns.
    ///
    /// # Errors
    /// A fault, and likewise a panic, poisons the pipeline: every stage stops and the producer's
    /// next look at the ring returns the fault. Use [`Isolate`](crate::Isolate) or
    /// [`Transaction`](crate::Transaction) to go on instead.
    fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault>;

    /// How many of `wanted` events it can take right now; asked before each batch. The stage waits
    /// while the answer is 0.
    ///
    /// A handler that publishes into another ring says here how many events' output fits there, so
    /// that it never has to wait for a reader that may share its thread: see
    /// [`Relay`](crate::Relay).
    #[inline]
    fn room(&mut self, wanted: usize) -> usize {
        wanted
    }

    /// Every event has been taken and the producer is gone. Called again and again until it says
    /// that it is done, for handlers that have more to give out than fits at once. Not called after
    /// a halt or a failure.
    ///
    /// # Errors
    /// As [`on_batch`](Self::on_batch).
    fn on_end(&mut self) -> Result<Done, Fault> {
        Ok(Done::Yes)
    }

    /// The rings of the same pipeline that it publishes into.
    fn outlets(&self) -> Vec<RingId> {
        Vec::new()
    }

    /// There is nothing to take right now. Called again and again while the stage idles; at
    /// least every [`Graph::longest_sleep`](crate::Graph::longest_sleep), 10 ms by default, while
    /// its thread has nothing to do.
    fn on_idle(&mut self) {}

    /// After the last event, or after a halt. Not called on a handler that failed.
    fn on_stop(&mut self) {}

    /// What was recovered from, for the summary. Asked once, at the end.
    fn recovery(&self) -> Recovery {
        Recovery::default()
    }
}

impl<E, F> Handler<E> for F
where
    F: FnMut(&Batch<'_, E>) -> Result<(), Fault> + Send + 'static,
{
    fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        self(batch)
    }
}

/// What a stage does that changes events in place, for the stages that follow it.
///
/// It sees each event once all stages before it are done with it and before any stage after it:
/// [`Graph::start`](crate::Graph::start) refuses a graph in which another stage could look at the
/// same time. Closures are such handlers too:
/// ```
/// # use tourbillon_engine::{BatchMut, Capacity, Graph};
/// let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
/// graph.stage("double").handle_mut(|batch: &mut BatchMut<'_, u64>| {
///     batch.iter_mut().for_each(|(_, event)| *event *= 2);
///     Ok(())
/// });
/// ```
pub trait HandlerMut<E>: Send + 'static {
    /// As [`Handler::on_start`].
    fn on_start(&mut self, _context: &StageContext) {}

    /// The next events, to be changed in place.
    ///
    /// # Errors
    /// As [`Handler::on_batch`]. Changes made before the fault stay.
    fn on_batch(&mut self, batch: &mut BatchMut<'_, E>) -> Result<(), Fault>;

    /// As [`Handler::on_idle`].
    fn on_idle(&mut self) {}

    /// As [`Handler::on_stop`].
    fn on_stop(&mut self) {}
}

impl<E, F> HandlerMut<E> for F
where
    F: FnMut(&mut BatchMut<'_, E>) -> Result<(), Fault> + Send + 'static,
{
    fn on_batch(&mut self, batch: &mut BatchMut<'_, E>) -> Result<(), Fault> {
        self(batch)
    }
}
