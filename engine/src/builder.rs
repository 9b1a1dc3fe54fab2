//! Describing one stage.

use std::fmt;
use std::time::Duration;

use crate::coalesce::Coalesce;
use crate::error::BuildError;
use crate::event::Event;
use crate::graph::{Graph, StageId};
use crate::handler::{Handler, HandlerMut};
use crate::orders::Orders;
use crate::placement::Request;
use crate::ring::Mutator;
use crate::ring_plan::Plan;
use crate::roll::Entry;
use crate::runner::StageRunner;
use crate::source::Source;
use crate::sync::Arc;
use crate::wait::Wait;
use crate::work::{Mutating, Reading, Take};

/// A stage being described.
#[must_use = "the stage is added by `handle`"]
pub struct StageBuilder<'g, E: Event> {
    graph: &'g mut Graph<E>,
    name: String,
    after: Vec<StageId>,
    request: Request,
    wait: Wait,
    max_batch: Option<usize>,
    coalesce: Option<Coalesce>,
}

impl<'g, E: Event> StageBuilder<'g, E> {
    pub(crate) fn new(graph: &'g mut Graph<E>, name: &str) -> Self {
        Self {
            graph,
            name: name.to_owned(),
            after: Vec::new(),
            request: Request::default(),
            wait: Wait::Auto,
            max_batch: None,
            coalesce: None,
        }
    }

    /// Follows these stages. Without this, the stage follows the producer.
    pub fn after(mut self, stages: &[StageId]) -> Self {
        self.after.extend(stages);
        self
    }

    /// Runs on this core. Stages of one core share a thread.
    pub fn core(mut self, core: usize) -> Self {
        self.request.core = Some(core);
        self
    }

    /// Shares a thread with the other stages of this group.
    pub fn thread(mut self, group: usize) -> Self {
        self.request.group = Some(group);
        self
    }

    /// How its thread waits. Where stages share a thread the most impatient decides.
    pub fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// Takes at most this many events at once; by default a quarter of the ring, so that the
    /// producer and the stages that follow see progress.
    pub fn max_batch(mut self, events: usize) -> Self {
        self.max_batch = Some(events);
        self
    }

    /// Gathers events into batches.
    pub fn coalesce(mut self, coalesce: Coalesce) -> Self {
        self.coalesce = Some(coalesce);
        self
    }

    /// Adds the stage.
    pub fn handle(self, handler: impl Handler<E>) -> StageId {
        let (after, nodes) = self.graph.follow(&self.name, &self.after, false);
        let reader = self.graph.roster().reader(&nodes, self.graph.hold());
        self.add(vec![(reader, Reading::new(handler))], after, false)
    }

    /// Adds a stage that changes events in place. No other stage or poller may be able to look at
    /// the same time: all of them must come before it or after it.
    pub fn handle_mut(self, handler: impl HandlerMut<E>) -> StageId {
        let (after, nodes) = self.graph.follow(&self.name, &self.after, true);
        let reader = self.graph.roster().reader(&nodes, self.graph.hold());
        // SAFETY: `follow` has compared the stage with all that are there, as it does for each that
        // is added or attached later. Where two could meet, the graph does not start or the late
        // stage is refused, and so the stage at fault never runs.
        #[expect(unsafe_code, reason = "the graph knows who reads when")]
        let mutator = unsafe { Mutator::new(reader) };
        self.add(vec![(mutator, Mutating::new(handler))], after, true)
    }

    /// Adds a stage of several workers, each with a handler of its own: every event goes to exactly
    /// one of them, whichever is free. Who follows the stage sees an event once its worker is done
    /// with it, in order. In the [`Summary`](crate::Summary) the workers are `name[0]`, `name[1]`,
    /// ....
    ///
    /// A worker takes its fair part of what there is, and no more than
    /// [`max_batch`](Self::max_batch) at once. It cannot gather: what it has taken nobody else gets.
    ///
    /// # Panics
    /// If there are no workers.
    pub fn share<H: Handler<E>>(
        self,
        workers: usize,
        mut handler: impl FnMut(usize) -> H,
    ) -> StageId {
        assert!(workers > 0, "a stage of no workers");
        if self.coalesce.is_some_and(|coalesce| !coalesce.interval.is_zero()) {
            self.graph.blame(BuildError::SharedGathering { stage: self.name.clone() });
        }
        let (after, nodes) = self.graph.follow(&self.name, &self.after, false);
        let chunk = self.batching().max_events.max(1);
        let roster = self.graph.roster();
        let readers = roster.workers(&nodes, workers, chunk, self.graph.hold());
        let workers = readers.into_iter().enumerate();
        let workers = workers.map(|(index, reader)| (reader, Reading::new(handler(index))));
        self.add(workers.collect(), after, false)
    }

    fn add<R, W>(mut self, workers: Vec<(R, W)>, after: Vec<usize>, mutates: bool) -> StageId
    where
        R: Source<Event = E>,
        W: Take<R>,
    {
        let coalesce = self.batching();
        self.check(coalesce);
        let Self { graph, name, request, wait, .. } = self;
        let orders = Arc::new(Orders::new());
        let readers = workers.iter().map(|(source, _)| source.reader());
        let entry = Entry::new(name.clone(), readers, after, mutates, Arc::clone(&orders));
        let crowd = workers.len() > 1;
        for (index, (source, work)) in workers.into_iter().enumerate() {
            let group = crowd.then(|| name.clone());
            let name = if crowd { format!("{name}[{index}]") } else { name.clone() };
            let cursor = Arc::clone(source.reader().cursor());
            graph.position(&name, &cursor);
            let runner =
                StageRunner::new(name.clone(), group, source, work, coalesce, Arc::clone(&orders));
            graph.plan(Plan {
                name,
                ring: 0,
                request,
                wait,
                interval: coalesce.interval,
                cursors: vec![cursor],
                seats: vec![Arc::clone(&graph.seat)],
                stage: Box::new(runner),
            });
        }
        graph.enter(entry)
    }

    fn check(&mut self, coalesce: Coalesce) {
        let name = || self.name.clone();
        if coalesce.max_events == 0 {
            self.graph.blame(BuildError::EmptyBatch { stage: name() });
        }
        self.graph.check_name(&self.name);
    }

    fn batching(&self) -> Coalesce {
        let natural = Coalesce { max_events: usize::MAX, interval: Duration::ZERO };
        let coalesce = self.coalesce.unwrap_or(natural);
        let cap = match (self.max_batch, self.coalesce) {
            (Some(cap), _) => cap,
            (None, Some(_)) => usize::MAX,
            (None, None) => (self.graph.roster().capacity() / 4).max(1),
        };
        Coalesce { max_events: coalesce.max_events.min(cap), ..coalesce }
    }
}

impl<E: Event> fmt::Debug for StageBuilder<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StageBuilder")
            .field("name", &self.name)
            .field("after", &self.after)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
