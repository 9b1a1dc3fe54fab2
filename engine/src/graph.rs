//! Describing a pipeline: its stages, what they follow, and where they run.

use std::fmt;

use crate::coalesce::Coalesce;
use crate::error::BuildError;
use crate::event::{Capacity, Event};
use crate::handler::Handler;
use crate::launch;
use crate::placement::Request;
use crate::poller::Poller;
use crate::producer::Producer;
use crate::ring::{Cursor, Node, Writer};
use crate::running::Running;
use crate::stage::{Stage, StageRunner};
use crate::sync::Arc;
use crate::wait::{LONGEST_SLEEP, Wait};
use std::time::Duration;

/// A pipeline to be: one producer, and stages that each see every event in order.
///
/// A stage that follows others sees an event once all of them are done with it, so the graph
/// cannot have a cycle: stages can only follow stages that exist. Stages are spread in the order
/// in which they were added over the threads there are; those that share a thread hand events on
/// without any hop.
///
/// ```
/// use tourbillon_engine::{Batch, Capacity, Graph};
///
/// let mut graph = Graph::<u64>::new(Capacity::new(64)?);
/// let mut sum = 0;
/// let check = graph.stage("check").handle(|batch: &Batch<'_, u64>| {
///     assert!(batch.iter().all(|(sequence, event)| sequence == *event));
///     Ok(())
/// });
/// graph.stage("sum").after(&[check]).handle(move |batch: &Batch<'_, u64>| {
///     sum += batch.iter().map(|(_, event)| event).sum::<u64>();
///     Ok(())
/// });
/// let (mut producer, running) = graph.start()?;
/// for event in 0..1000 {
///     producer.publish(event)?;
/// }
/// producer.close();
/// let summary = running.join()?;
/// assert_eq!(summary.stage("sum").unwrap().events, 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Graph<E: Event> {
    pub(crate) writer: Writer<E>,
    pub(crate) stages: Vec<Plan>,
    pub(crate) pollers: usize,
    pub(crate) threads: Option<usize>,
    pub(crate) producer_wait: Wait,
    pub(crate) force_spin: bool,
    pub(crate) longest_sleep: Duration,
    /// The first mistake in the description; reported at start.
    mistake: Option<BuildError>,
}

/// A stage as described.
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) wait: Wait,
    pub(crate) interval: Duration,
    /// Indices of the stages it follows; empty if it follows the producer.
    pub(crate) after: Vec<usize>,
    pub(crate) node: Node,
    pub(crate) cursor: Arc<Cursor>,
    pub(crate) stage: Box<dyn Stage>,
}

/// A stage, to be followed by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StageId(usize);

impl<E: Event> Graph<E> {
    /// A graph over a ring of that capacity, allocated now.
    ///
    /// # Panics
    /// If the ring is larger than the address space. Too little memory ends the process.
    #[must_use]
    pub fn new(capacity: Capacity) -> Self {
        Self {
            writer: Writer::new(capacity.slots()),
            stages: Vec::new(),
            pollers: 0,
            threads: None,
            producer_wait: Wait::Auto,
            force_spin: false,
            longest_sleep: LONGEST_SLEEP,
            mistake: None,
        }
    }

    /// Describes a stage; [`StageBuilder::handle`] adds it.
    pub fn stage(&mut self, name: &str) -> StageBuilder<'_, E> {
        StageBuilder {
            name: name.to_owned(),
            after: Vec::new(),
            request: Request::default(),
            wait: Wait::Auto,
            max_batch: None,
            coalesce: None,
            graph: self,
        }
    }

    /// A reader for a thread of the caller's, which sees an event once all of `after` are done
    /// with it, or at once if `after` is empty. [`Wait::Auto`] counts it as a thread.
    pub fn poller(&mut self, after: &[StageId]) -> Poller<E> {
        let (_, nodes) = self.follow("poller", after);
        self.pollers += 1;
        Poller::new(self.writer.tap(&nodes))
    }

    /// Runs the stages on at most this many threads, fusing them where they are more. The default
    /// leaves one core to the producer.
    pub fn threads(&mut self, threads: usize) -> &mut Self {
        self.threads = Some(threads.max(1));
        self
    }

    /// How the producer waits while the ring is full.
    pub fn producer_wait(&mut self, wait: Wait) -> &mut Self {
        self.producer_wait = wait;
        self
    }

    /// Allows more spinning threads than there are cores.
    pub fn force_spin(&mut self, force: bool) -> &mut Self {
        self.force_spin = force;
        self
    }

    /// How long a thread sleeps at a stretch, 10 ms by default: it then calls its handlers'
    /// [`on_idle`](Handler::on_idle) and looks around. Sleepers are woken by what they wait for,
    /// so nothing else depends on it.
    pub fn longest_sleep(&mut self, limit: Duration) -> &mut Self {
        self.longest_sleep = limit;
        self
    }

    /// Starts the threads. When it returns, every handler's `on_start` has run.
    ///
    /// # Errors
    /// If the description makes no sense, asks for what this machine has not, or a handler fails
    /// to start. No thread is left behind.
    pub fn start(mut self) -> Result<(Producer<E>, Running), BuildError> {
        match self.mistake.take() {
            Some(mistake) => Err(mistake),
            None if self.stages.is_empty() && self.pollers == 0 => Err(BuildError::Empty),
            None => launch::launch(self),
        }
    }

    fn blame(&mut self, mistake: BuildError) {
        self.mistake.get_or_insert(mistake);
    }

    fn follow(&mut self, name: &str, after: &[StageId]) -> (Vec<usize>, Vec<Node>) {
        if after.iter().any(|id| id.0 >= self.stages.len()) {
            self.blame(BuildError::UnknownStage { name: name.to_owned() });
        }
        let known: Vec<usize> =
            after.iter().map(|id| id.0).filter(|&id| id < self.stages.len()).collect();
        let mut nodes: Vec<Node> = known.iter().map(|&id| self.stages[id].node).collect();
        if nodes.is_empty() {
            nodes.push(Node::HEAD);
        }
        (known, nodes)
    }
}

impl<E: Event> fmt::Debug for Graph<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.stages.iter().map(|plan| plan.name.as_str()).collect();
        f.debug_struct("Graph")
            .field("capacity", &self.writer.capacity())
            .field("stages", &names)
            .field("pollers", &self.pollers)
            .finish_non_exhaustive()
    }
}

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

impl<E: Event> StageBuilder<'_, E> {
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
        let coalesce = self.batching();
        let Self { graph, name, after, request, wait, .. } = self;
        if coalesce.max_events == 0 {
            graph.blame(BuildError::EmptyBatch { stage: name.clone() });
        }
        let taken = graph.stages.iter().any(|plan| plan.name == name);
        if taken || name.is_empty() || name.contains('\0') {
            graph.blame(BuildError::Name { name: name.clone() });
        }
        let (after, nodes) = graph.follow(&name, &after);
        let (node, reader) = graph.writer.reader(&nodes);
        let cursor = Arc::clone(reader.cursor());
        let stage = Box::new(StageRunner::new(name.clone(), reader, handler, coalesce));
        let interval = coalesce.interval;
        graph.stages.push(Plan { name, request, wait, interval, after, node, cursor, stage });
        StageId(graph.stages.len() - 1)
    }

    fn batching(&self) -> Coalesce {
        let natural = Coalesce { max_events: usize::MAX, interval: Duration::ZERO };
        let coalesce = self.coalesce.unwrap_or(natural);
        let cap = match (self.max_batch, self.coalesce) {
            (Some(cap), _) => cap,
            (None, Some(_)) => usize::MAX,
            (None, None) => (self.graph.writer.capacity() / 4).max(1),
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
