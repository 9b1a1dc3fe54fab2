//! What a stage does with its events.

use crate::batch::Batch;
use crate::fault::Fault;
use crate::ring::Lifecycle;
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

/// What a stage does with its events. It runs on the stage's thread and nowhere else.
///
/// Closures over a batch are handlers:
/// ```
/// # use tourbillon_engine::{Batch, Capacity, Graph};
/// let mut graph = Graph::<u64>::new(Capacity::at_least(64));
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
