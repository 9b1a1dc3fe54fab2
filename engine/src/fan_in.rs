//! Several single-producer rings read by one stage.

use std::fmt;
use std::time::Duration;

use crate::batch::{Batch, BatchCause};
use crate::counters::StageMeter;
use crate::error::BuildError;
use crate::event::{Capacity, Event};
use crate::fault::guarded;
use crate::graph::Graph;
use crate::handler::{Done, Handler};
use crate::pipeline::{Part, Pipeline, sealed};
use crate::placement::Request;
use crate::post::Post;
use crate::producer::Producer;
use crate::ring::{Alarm, Cursor, Failure, Parker, Phase, Reader};
use crate::ring_plan::Plan;
use crate::running::Running;
use crate::seat::RingId;
use crate::source::Source;
use crate::stage::{Alliance, Stage, Step};
use crate::summary::StageSummary;
use crate::sync::Arc;
use crate::wait::Wait;
use crate::wiring::{Feed, Wiring};
use crate::work::{Reading, Work};

/// Several producers, each with a ring of its own, and one stage that takes from them in turn.
///
/// No producer ever touches what another writes, and none waits because of another: where every
/// producer is known beforehand this beats a ring with several. Each source's events keep their
/// order; there is none between sources. [`Batch::source`] tells which ring a batch comes from. To
/// give the events to several stages, let this one be a [`Relay`](crate::Relay) into a graph.
///
/// ```
/// use tourbillon_engine::{Batch, Capacity, FanIn};
///
/// let (producers, mut merge) = FanIn::<u64>::new(2, Capacity::at_least(64));
/// let mut from = [0; 2];
/// merge.stage("merge", move |batch: &Batch<'_, u64>| {
///     from[batch.source()] += batch.len();
///     Ok(())
/// });
/// let running = merge.start()?;
/// for mut producer in producers {
///     producer.publish(7)?;
/// }
/// assert_eq!(running.join()?.stage("merge").unwrap().events, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FanIn<E: Event> {
    graphs: Vec<Graph<E>>,
    request: Request,
    wait: Wait,
    max_batch: usize,
}

impl<E: Event> FanIn<E> {
    /// `sources` rings of that capacity each, allocated now.
    ///
    /// # Panics
    /// If there are no sources.
    #[must_use]
    pub fn new(sources: usize, capacity: Capacity) -> (Vec<Producer<E>>, Self) {
        assert!(sources > 0, "a fan-in of nothing");
        let (producers, graphs) = (0..sources).map(|_| Graph::single(capacity)).unzip();
        let max_batch = (capacity.slots() / 4).max(1);
        let request = Request::default();
        (producers, Self { graphs, request, wait: Wait::Auto, max_batch })
    }

    /// Runs the stage on this core.
    pub fn core(&mut self, core: usize) -> &mut Self {
        self.request.core = Some(core);
        self
    }

    /// Shares a thread with the other stages of this group.
    pub fn thread(&mut self, group: usize) -> &mut Self {
        self.request.group = Some(group);
        self
    }

    /// How the stage's thread waits.
    pub fn wait(&mut self, wait: Wait) -> &mut Self {
        self.wait = wait;
        self
    }

    /// Takes at most this many events at once, before it looks at the next source; by default a
    /// quarter of a ring, and never none.
    pub fn max_batch(&mut self, events: usize) -> &mut Self {
        self.max_batch = events.max(1);
        self
    }

    /// How producers wait while their ring is full.
    pub fn producer_wait(&mut self, wait: Wait) -> &mut Self {
        for graph in &mut self.graphs {
            graph.producer_wait(wait);
        }
        self
    }

    /// Allows more spinning threads than there are cores.
    pub fn force_spin(&mut self, force: bool) -> &mut Self {
        self.graphs[0].force_spin(force);
        self
    }

    /// Adds the stage, of which there is only one.
    pub fn stage(&mut self, name: &str, handler: impl Handler<E>) -> &mut Self {
        let inlets: Vec<Inlet<E>> =
            self.graphs.iter_mut().map(|graph| Inlet::new(graph.sole_reader(name))).collect();
        let lifecycle = Arc::clone(inlets[0].reader.lifecycle());
        let plan = Plan {
            name: name.to_owned(),
            ring: 0,
            request: self.request,
            wait: self.wait,
            interval: Duration::ZERO,
            cursors: inlets.iter().map(|inlet| Arc::clone(inlet.reader.cursor())).collect(),
            seats: self.graphs.iter().map(|graph| Arc::clone(&graph.seat)).collect(),
            stage: Box::new(MergeRunner {
                inlets,
                turn: 0,
                taken: 0,
                post: Post::new(name.to_owned(), Reading::new(handler), lifecycle),
                max_batch: self.max_batch,
            }),
        };
        if let Some(last) = self.graphs.last_mut() {
            last.plan(plan);
        }
        self
    }

    /// As [`Graph::start`].
    ///
    /// # Errors
    /// As there.
    pub fn start(self) -> Result<Running, BuildError> {
        Pipeline::new().add(self).start()
    }
}

impl<E: Event> sealed::Sealed for FanIn<E> {}

impl<E: Event> Part for FanIn<E> {
    fn join(self, pipeline: Pipeline) -> Pipeline {
        self.graphs.into_iter().fold(pipeline, Pipeline::add)
    }
}

impl<E: Event> fmt::Debug for FanIn<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanIn").field("sources", &self.graphs.len()).finish_non_exhaustive()
    }
}

/// One source of the stage.
struct Inlet<E> {
    reader: Reader<E>,
    alarm: Option<Arc<Alarm>>,
    /// The phase that the last step saw.
    phase: Phase,
}

impl<E> Inlet<E> {
    fn new(reader: Reader<E>) -> Self {
        Self { reader, alarm: None, phase: Phase::Open }
    }
}

/// The stage at work: it gives each source its turn.
struct MergeRunner<E, H> {
    inlets: Vec<Inlet<E>>,
    /// Whose turn it is.
    turn: usize,
    /// Events taken from all sources.
    taken: u64,
    post: Post<Reading<E, H>>,
    max_batch: usize,
}

impl<E: Send + Sync + 'static, H: Handler<E>> MergeRunner<E, H> {
    /// Takes from one source; `None` if it has nothing.
    #[inline]
    fn take(&mut self, source: usize) -> Option<Step> {
        let inlet = &mut self.inlets[source];
        let available = inlet.reader.available();
        if available == 0 {
            return None;
        }
        let room = self.post.work.room(available.min(self.max_batch));
        let len = available.min(self.max_batch).min(room);
        if len == 0 {
            return Some(Step::Blocked);
        }
        let cause = if len < available { BatchCause::Count } else { BatchCause::Available };
        let (work, reader) = (&mut self.post.work, &inlet.reader);
        let delivered = guarded(|| {
            let view = reader.view(len);
            let batch = Batch::new(reader.next(), view.front, view.back, cause);
            work.on_batch(&batch.of_source(source))
        });
        match delivered {
            Ok(()) => {
                inlet.reader.release(len);
                self.taken += len as u64;
                let seen = self.taken + (available - len) as u64;
                self.post.delivered(len, self.taken, seen);
                Some(Step::Worked)
            }
            Err(fault) => {
                let first = inlet.reader.next();
                self.post.fail(fault, Some(first));
                Some(self.give_up(len))
            }
        }
    }

    #[cold]
    fn give_up(&mut self, failed: usize) -> Step {
        if self.post.is_detached() {
            self.post.summary.in_flight = failed as u64;
            self.leave();
        }
        Step::Ended
    }

    fn rest(&mut self, step: Step) -> Step {
        if self.post.rest() { step } else { self.give_up(0) }
    }

    fn end(&mut self) -> Step {
        match self.post.call(Work::on_end) {
            Some(Done::NotYet) => Step::Blocked,
            Some(Done::Yes) => Step::Ended,
            None => self.give_up(0),
        }
    }
}

impl<E: Send + Sync + 'static, H: Handler<E>> Stage for MergeRunner<E, H> {
    fn start(&mut self, core: Option<usize>) -> Result<(), Failure> {
        self.post.start(core)
    }

    fn step(&mut self) -> Step {
        // The phases before the events: what is seen after `Closed` is all there will be.
        for inlet in &mut self.inlets {
            inlet.phase = inlet.reader.lifecycle().phase();
            if inlet.phase >= Phase::Halted {
                return Step::Ended;
            }
        }
        let sources = self.inlets.len();
        for _ in 0..sources {
            let source = self.turn;
            self.turn = (source + 1) % sources;
            if let Some(step) = self.take(source) {
                return if step == Step::Blocked { self.rest(step) } else { step };
            }
        }
        let ended = |inlet: &Inlet<E>| inlet.phase == Phase::Closed && inlet.reader.has_ended();
        if self.inlets.iter().all(ended) { self.end() } else { self.rest(Step::Idle) }
    }

    fn set_alarm(&self) {
        for Inlet { reader, alarm, .. } in &self.inlets {
            if let Some(alarm) = alarm {
                alarm.set(reader.next() + 1);
            }
        }
    }

    fn clear_alarm(&self) {
        self.inlets.iter().filter_map(|inlet| inlet.alarm.as_ref()).for_each(|alarm| alarm.clear());
    }

    fn is_due(&mut self) -> bool {
        self.inlets.iter_mut().any(|inlet| {
            inlet.reader.available() > 0 || inlet.reader.lifecycle().phase() != inlet.phase
        })
    }

    fn wire(&mut self, wiring: &mut Wiring, parker: &Arc<Parker>, own: &[Arc<Cursor>]) {
        for inlet in &mut self.inlets {
            let alarm = Arc::new(Alarm::new(Arc::clone(parker)));
            inlet.reader.feeds(own).iter().for_each(|feed| wiring.add(feed, &alarm));
            inlet.reader.lifecycle().register(Arc::clone(parker));
            inlet.alarm = Some(alarm);
        }
    }

    fn feeds(&self, own: &[Arc<Cursor>]) -> Vec<Feed> {
        self.inlets.iter().flat_map(|inlet| inlet.reader.feeds(own)).collect()
    }

    fn has_alarm(&self) -> bool {
        self.inlets.iter().any(|inlet| inlet.alarm.is_some())
    }

    fn outlets(&self) -> Vec<RingId> {
        self.post.work.outlets()
    }

    fn measure(&mut self, meter: StageMeter) {
        self.post.measure(meter);
    }

    fn ally(&mut self, alliance: &Alliance) {
        self.post.ally(alliance);
    }

    fn leave(&mut self) {
        for inlet in &mut self.inlets {
            Source::leave(&mut inlet.reader);
        }
    }

    fn finish(self: Box<Self>) -> StageSummary {
        let Self { inlets, mut post, .. } = *self;
        let taken: u64 = inlets.iter().map(|inlet| inlet.reader.next()).sum();
        post.summary.until = taken + post.summary.in_flight;
        post.finish()
    }
}
