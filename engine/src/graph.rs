//! Describing a ring with its stages: what they follow, and where they run.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::builder::StageBuilder;
use crate::error::BuildError;
use crate::event::{Capacity, Event};
use crate::host::{Memory, Priority};
use crate::hub::Hub;
use crate::multi_producer::MultiProducer;
use crate::orders::Orders;
use crate::pipeline::{Pipeline, Settings};
use crate::poller::Poller;
use crate::producer::Producer;
use crate::ring::{Cursor, Hold, MultiWriter, Node, Reader, Roster, Writer};
use crate::ring_plan::{Plan, RingPlan, Unstarted};
use crate::roll::{Entry, Roll};
use crate::running::Running;
use crate::seat::Seat;
use crate::sync::{self, Arc, Mutex};
use crate::wait::Wait;

/// A ring to be, and its stages, which each see every event in order.
///
/// A stage that follows others sees an event once all of them are done with it, so the graph
/// cannot have a cycle: stages can only follow stages that exist. Stages are spread in the order
/// in which they were added over the threads there are; those that share a thread hand events on
/// without any hop.
///
/// ```
/// use tourbillon_engine::{Batch, Capacity, Graph};
///
/// let (mut producer, mut graph) = Graph::<u64>::single(Capacity::new(64)?);
/// let mut sum = 0;
/// let check = graph.stage("check").handle(|batch: &Batch<'_, u64>| {
///     assert!(batch.iter().all(|(sequence, event)| sequence == *event));
///     Ok(())
/// });
/// graph.stage("sum").after(&[check]).handle(move |batch: &Batch<'_, u64>| {
///     sum += batch.iter().map(|(_, event)| event).sum::<u64>();
///     Ok(())
/// });
/// let running = graph.start()?;
/// for event in 0..1000 {
///     producer.publish(event)?;
/// }
/// producer.close();
/// let summary = running.join()?;
/// assert_eq!(summary.stage("sum").unwrap().events, 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A graph that is dropped instead of started closes its ring: publishing then says so.
pub struct Graph<E: Event> {
    roster: Roster<E>,
    /// Keeps what is published before the start.
    hold: Hold<E>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) roll: Arc<Mutex<Roll>>,
    plans: Vec<Plan>,
    positions: Vec<(String, Arc<Cursor>)>,
    pollers: usize,
    producer_wait: Wait,
    settings: Settings,
    memory: Memory,
    unstarted: Unstarted,
    /// The first mistake in the description; reported at start.
    mistake: Option<BuildError>,
}

/// A stage, to be followed by others of its ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StageId {
    /// The address of its ring's seat: ids of another graph are told apart.
    ring: usize,
    index: usize,
}

impl<E: Event> Graph<E> {
    /// A ring with one producer, allocated now.
    ///
    /// # Panics
    /// If the ring is larger than the address space. Too little memory ends the process.
    #[must_use]
    pub fn single(capacity: Capacity) -> (Producer<E>, Self) {
        Self::with_writer(Writer::new(capacity.slots()))
    }

    /// A ring with one producer, which sends a copy of the newest event along with the news of it:
    /// an idle stage that follows the producer then waits for one cache line instead of two. Events
    /// have at most 56 bytes; larger ones are not compiled:
    ///
    /// ```compile_fail,E0080
    /// # use tourbillon_engine::{Capacity, Graph};
    /// let (producer, graph) = Graph::<[u64; 8]>::inline(Capacity::at_least(8));
    /// ```
    ///
    /// # Panics
    /// As [`single`](Self::single).
    #[must_use]
    pub fn inline(capacity: Capacity) -> (Producer<E>, Self)
    where
        E: bytemuck::Pod,
    {
        Self::with_writer(Writer::inline(capacity.slots()))
    }

    fn with_writer(writer: Writer<E>) -> (Producer<E>, Self) {
        let graph = Self::over(writer.roster().clone());
        (Producer::new(writer, Arc::clone(&graph.seat)), graph)
    }

    /// A ring that several producers share, allocated now.
    ///
    /// # Panics
    /// As [`single`](Self::single).
    #[must_use]
    pub fn multi(capacity: Capacity) -> (MultiProducer<E>, Self) {
        let writer = MultiWriter::new(capacity.slots());
        let graph = Self::over(writer.roster().clone());
        (MultiProducer::new(writer, Arc::clone(&graph.seat)), graph)
    }

    fn over(roster: Roster<E>) -> Self {
        Self {
            hold: roster.hold(),
            seat: Arc::new(Seat::new()),
            roll: Arc::new(Mutex::new(Roll::default())),
            plans: Vec::new(),
            positions: Vec::new(),
            pollers: 0,
            producer_wait: Wait::Auto,
            settings: Settings::default(),
            memory: Memory::default(),
            unstarted: Unstarted::new(roster.lifecycle()),
            mistake: None,
            roster,
        }
    }

    /// Describes a stage; [`StageBuilder::handle`] adds it.
    pub fn stage(&mut self, name: &str) -> StageBuilder<'_, E> {
        StageBuilder::new(self, name)
    }

    /// A reader for a thread of the caller's, which sees an event once all of `after` are done
    /// with it, or at once if `after` is empty. [`Wait::Auto`] counts it as a thread.
    pub fn poller(&mut self, after: &[StageId]) -> Poller<E> {
        let name = format!("poller {}", self.pollers);
        let (after, nodes) = self.follow(&name, after, false);
        self.pollers += 1;
        let tap = self.roster.first_tap(&nodes, &self.hold);
        self.enter(Entry::poller(name, tap.reader(), after));
        Poller::new(tap)
    }

    /// A way to attach stages while the graph runs.
    #[must_use]
    pub fn hub(&self) -> Hub<E> {
        Hub::new(self.roster.clone(), Arc::clone(&self.roll), Arc::clone(&self.seat))
    }

    /// Runs the stages on at most this many threads, fusing them where they are more. The default
    /// leaves one core to each producer.
    pub fn threads(&mut self, threads: usize) -> &mut Self {
        self.settings.threads = Some(threads.max(1));
        self
    }

    /// How the producer waits while the ring is full.
    pub fn producer_wait(&mut self, wait: Wait) -> &mut Self {
        self.producer_wait = wait;
        self
    }

    /// Allows more spinning threads than there are cores.
    pub fn force_spin(&mut self, force: bool) -> &mut Self {
        self.settings.force_spin = Some(force);
        self
    }

    /// How long a thread sleeps at a stretch, 10 ms by default: it then calls its handlers'
    /// [`on_idle`](crate::Handler::on_idle) and looks around. Sleepers are woken by what they wait
    /// for, so nothing else depends on it.
    pub fn longest_sleep(&mut self, limit: Duration) -> &mut Self {
        self.settings.longest_sleep = Some(limit);
        self
    }

    /// How the threads are scheduled. Stages that a [`Hub`] attaches later run as normal.
    ///
    /// Starting fails if real-time priority would do harm; see [`PriorityError`](crate::PriorityError).
    pub fn priority(&mut self, priority: Priority) -> &mut Self {
        self.settings.priority = Some(priority);
        self
    }

    /// Allows threads under [`Priority::Fifo`] to take every core, the one of whoever starts them
    /// included. Nothing else runs then, not even a shell to stop them from, but for the share
    /// that the system keeps back (5 % by default) and until the limit of the priority.
    pub fn let_fifo_starve_every_cpu(&mut self, force: bool) -> &mut Self {
        self.settings.let_fifo_starve_every_cpu = Some(force);
        self
    }

    /// What to ask of the system for the memory of the ring, at start.
    pub fn memory(&mut self, memory: Memory) -> &mut Self {
        self.memory = memory;
        self
    }

    /// Counts in this file, which another process can read ([`CounterFile`](crate::CounterFile),
    /// `tourbillon top`). It is created at start, in place of an older one, and stays when the
    /// pipeline ends. On a file system in memory, such as `/dev/shm`, nothing is ever written to a
    /// disk.
    pub fn counters(&mut self, path: impl AsRef<Path>) -> &mut Self {
        self.settings.counters = Some(path.as_ref().to_owned());
        self
    }

    /// Starts the threads. When it returns, every handler's `on_start` has run.
    ///
    /// # Errors
    /// If the description makes no sense, asks for what this machine has not, or a handler fails
    /// to start. No thread is left behind, and the ring is closed.
    pub fn start(self) -> Result<Running, BuildError> {
        Pipeline::new().add(self).start()
    }

    /// The ring without its event type, ready to be started, and what was said about threads.
    pub(crate) fn into_plan(self) -> (RingPlan, Settings) {
        let Self { roster, hold, seat, roll, plans, positions, pollers, producer_wait, .. } = self;
        let plan = RingPlan {
            lifecycle: Arc::clone(roster.lifecycle()),
            front: roster.front().clone(),
            capacity: roster.capacity(),
            seat,
            roll,
            plans,
            positions,
            pollers,
            producer_wait,
            memory: self.memory,
            addresses: roster.addresses(),
            hold: Some(Box::new(hold)),
            unstarted: self.unstarted,
            mistake: self.mistake,
        };
        (plan, self.settings)
    }

    /// Adds the one reader of this ring, for a stage that reads several rings.
    pub(crate) fn sole_reader(&mut self, stage: &str) -> Reader<E> {
        let (after, nodes) = self.follow(stage, &[], false);
        self.check_name(stage);
        let reader = self.roster.reader(&nodes, &self.hold);
        self.position(stage, reader.cursor());
        let orders = Arc::new(Orders::new());
        self.enter(Entry::new(stage.to_owned(), [&reader], after, false, orders));
        reader
    }

    pub(crate) fn roster(&self) -> &Roster<E> {
        &self.roster
    }

    pub(crate) fn hold(&self) -> &Hold<E> {
        &self.hold
    }

    pub(crate) fn check_name(&mut self, name: &str) {
        if !sync::lock(&self.roll).is_free(name) {
            self.blame(BuildError::Name { name: name.to_owned() });
        }
    }

    pub(crate) fn blame(&mut self, mistake: BuildError) {
        self.mistake.get_or_insert(mistake);
    }

    /// Finds those to be followed and checks that nobody reads while another changes events.
    pub(crate) fn follow(
        &mut self,
        name: &str,
        after: &[StageId],
        mutates: bool,
    ) -> (Vec<usize>, Vec<Node>) {
        let ring = Arc::as_ptr(&self.seat) as usize;
        if after.iter().any(|id| id.ring != ring) {
            self.blame(BuildError::UnknownStage { name: name.to_owned() });
        }
        let after: Vec<usize> =
            after.iter().filter(|id| id.ring == ring).map(|id| id.index).collect();
        let (nodes, conflict) = {
            let roll = sync::lock(&self.roll);
            (roll.nodes(&after), roll.conflict(&after, mutates).map(str::to_owned))
        };
        if let Some(other) = conflict {
            self.blame(BuildError::NotSoleMutator { stage: name.to_owned(), other });
        }
        (after, nodes)
    }

    pub(crate) fn enter(&mut self, entry: Entry) -> StageId {
        let index = sync::lock(&self.roll).add(entry);
        StageId { ring: Arc::as_ptr(&self.seat) as usize, index }
    }

    pub(crate) fn plan(&mut self, plan: Plan) {
        self.plans.push(plan);
    }

    /// Lets `cursor` be watched as the position of a stage.
    pub(crate) fn position(&mut self, name: &str, cursor: &Arc<Cursor>) {
        self.positions.push((name.to_owned(), Arc::clone(cursor)));
    }
}

impl<E: Event> fmt::Debug for Graph<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.plans.iter().map(|plan| plan.name.as_str()).collect();
        f.debug_struct("Graph")
            .field("capacity", &self.roster.capacity())
            .field("stages", &names)
            .field("pollers", &self.pollers)
            .finish_non_exhaustive()
    }
}
