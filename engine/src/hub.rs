//! Stages that come and go while the graph runs.

use std::fmt;
use std::time::Duration;

use crate::coalesce::Coalesce;
use crate::cores;
use crate::error::{BuildError, DetachError};
use crate::event::Event;
use crate::handler::Handler;
use crate::orders::Orders;
use crate::poller::Poller;
use crate::ring::{Failure, Roster};
use crate::roll::{Entry, Roll};
use crate::runner::StageRunner;
use crate::running::Account;
use crate::seat::{Seat, Settled};
use crate::spawn::{self, Crew};
use crate::stage::Stage;
use crate::summary::{ProducerSummary, StageSummary};
use crate::sync::{self, Arc, Mutex};
use crate::wait::Wait;
use crate::work::Reading;
use crate::worker::Worker;

/// Attaches stages to a running graph, and detaches those that nobody follows.
///
/// An attached stage sees every event from some point on: those published after the call at the
/// latest, and none is skipped from there. A detached one leaves between two batches. Each attached
/// stage has a thread of its own. Clones are the same hub.
///
/// ```
/// # use tourbillon_engine::{Batch, Capacity, Fault, Graph};
/// # fn nothing(_: &Batch<'_, u64>) -> Result<(), Fault> { Ok(()) }
/// let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
/// graph.stage("first").handle(nothing);
/// let hub = graph.hub();
/// let running = graph.start()?;
/// producer.publish(1)?;
/// let late = hub.stage("late").after(&["first"]).handle(nothing)?;
/// producer.publish(2)?;
/// producer.close();
/// assert_eq!(late.join().events, 1);
/// running.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Hub<E: Event> {
    roster: Roster<E>,
    roll: Arc<Mutex<Roll>>,
    seat: Arc<Seat>,
}

impl<E: Event> Hub<E> {
    pub(crate) fn new(roster: Roster<E>, roll: Arc<Mutex<Roll>>, seat: Arc<Seat>) -> Self {
        Self { roster, roll, seat }
    }

    /// Describes a stage; [`LateStage::handle`] attaches it.
    pub fn stage(&self, name: &str) -> LateStage<'_, E> {
        LateStage {
            hub: self,
            name: name.to_owned(),
            after: Vec::new(),
            core: None,
            wait: Wait::Auto,
            max_batch: (self.roster.capacity() / 4).max(1),
        }
    }

    /// A reader for a thread of the caller's, which sees every event from now on once all stages
    /// of these names are done with it.
    ///
    /// # Errors
    /// If the graph has not been started, has no such stage, or has one that changes events beside
    /// it.
    pub fn poller(&self, after: &[&str]) -> Result<Poller<E>, BuildError> {
        let settled = self.settled()?;
        let name = "late poller";
        let mut roll = sync::lock(&self.roll);
        let after = find(name, after, &roll)?;
        let tap = self.roster.tap(&roll.nodes(&after)).ok_or_else(|| unknown(name))?;
        settled.wake_producer_by(tap.reader().cursor());
        roll.add(Entry::poller(name.to_owned(), tap.reader(), after));
        Ok(Poller::new(tap))
    }

    /// Has a stage leave between two batches. It gives its account, as all do, when the pipeline is
    /// joined. Its name is free at once; one that changes events keeps those out who would see them
    /// meanwhile until it really is gone.
    ///
    /// # Errors
    /// If there is no such stage, or others follow it.
    pub fn detach(&self, stage: &str) -> Result<(), DetachError> {
        let mut roll = sync::lock(&self.roll);
        let index = roll.index_of(stage);
        let index = index.ok_or_else(|| DetachError::UnknownStage { stage: stage.to_owned() })?;
        dismiss(&mut roll, index)
    }

    fn settled(&self) -> Result<&Settled, BuildError> {
        self.seat.settled().ok_or(BuildError::NotStarted)
    }
}

/// Tells a stage to leave.
fn dismiss(roll: &mut Roll, index: usize) -> Result<(), DetachError> {
    let followers = roll.followers(index);
    if followers.is_empty() {
        roll.strike(index).leave();
        Ok(())
    } else {
        let stage = roll.entries()[index].name.clone();
        Err(DetachError::Followed { stage, followers })
    }
}

fn find(name: &str, after: &[impl AsRef<str>], roll: &Roll) -> Result<Vec<usize>, BuildError> {
    let found = after.iter().map(|stage| roll.index_of(stage.as_ref()));
    let after: Vec<usize> = found.collect::<Option<_>>().ok_or_else(|| unknown(name))?;
    match roll.conflict(&after, false) {
        None => Ok(after),
        Some(other) => {
            Err(BuildError::NotSoleMutator { stage: other.to_owned(), other: name.to_owned() })
        }
    }
}

fn unknown(name: &str) -> BuildError {
    BuildError::UnknownStage { name: name.to_owned() }
}

impl<E: Event> Clone for Hub<E> {
    fn clone(&self) -> Self {
        Self {
            roster: self.roster.clone(),
            roll: Arc::clone(&self.roll),
            seat: Arc::clone(&self.seat),
        }
    }
}

impl<E: Event> fmt::Debug for Hub<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roll = sync::lock(&self.roll);
        let present = roll.entries().iter().filter(|entry| !entry.gone);
        f.debug_struct("Hub")
            .field("stages", &present.map(|entry| &entry.name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A stage to be attached.
#[must_use = "the stage is attached by `handle`"]
pub struct LateStage<'h, E: Event> {
    hub: &'h Hub<E>,
    name: String,
    after: Vec<String>,
    core: Option<usize>,
    wait: Wait,
    max_batch: usize,
}

impl<E: Event> LateStage<'_, E> {
    /// Follows the stages of these names. Without this, the stage follows the producer.
    pub fn after(mut self, stages: &[&str]) -> Self {
        self.after.extend(stages.iter().map(|&stage| stage.to_owned()));
        self
    }

    /// Runs on this core.
    pub fn core(mut self, core: usize) -> Self {
        self.core = Some(core);
        self
    }

    /// How its thread waits. Nobody wakes it, so [`Wait::Park`] and [`Wait::Auto`] back off here:
    /// it looks again after sleeping for a while.
    pub fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// Takes at most this many events at once; by default a quarter of the ring.
    pub fn max_batch(mut self, events: usize) -> Self {
        self.max_batch = events;
        self
    }

    /// Attaches the stage. When it returns, the handler's `on_start` has run.
    ///
    /// # Errors
    /// As [`Graph::start`](crate::Graph::start); also if the graph has not been started or a stage
    /// to be followed has left.
    pub fn handle(self, handler: impl Handler<E>) -> Result<Attached, BuildError> {
        let Self { hub, name, after, core, wait, max_batch } = self;
        let settled = hub.settled()?;
        cores::check(core)?;
        if handler.outlets().iter().any(|outlet| outlet.comes_before(settled)) {
            return Err(BuildError::RingOrder { stage: name });
        }
        if max_batch == 0 {
            return Err(BuildError::EmptyBatch { stage: name });
        }
        let orders = Arc::new(Orders::new());
        let (index, node, cursor, mut runner) = {
            let mut roll = sync::lock(&hub.roll);
            if !roll.is_free(&name) {
                return Err(BuildError::Name { name });
            }
            let after = find(&name, &after, &roll)?;
            let reader = hub.roster.attach(&roll.nodes(&after)).ok_or_else(|| unknown(&name))?;
            settled.wake_producer_by(reader.cursor());
            let entry = Entry::new(name.clone(), [&reader], after, false, Arc::clone(&orders));
            let natural = Coalesce { max_events: max_batch, interval: Duration::ZERO };
            let work = Reading::new(handler);
            let (node, cursor) = (reader.node(), Arc::clone(reader.cursor()));
            let runner = StageRunner::new(name.clone(), None, reader, work, natural, orders);
            (roll.add(entry), node, cursor, runner)
        };
        let strategy = wait.resolve_unwoken();
        let mut worker = Worker::new(name.clone(), core, strategy, None, settled.longest_sleep);
        runner.ally(&settled.alliance);
        let counters = settled.counters.as_ref();
        if let Some(meter) = counters.and_then(|counters| counters.stage(&name, settled.ring)) {
            runner.measure(meter);
        }
        worker.add(0, Box::new(runner), vec![Arc::clone(&hub.seat)]);
        match spawn::one(worker, settled) {
            Ok(crew) => {
                let account = Account(vec![(0, cursor)]);
                Ok(Attached { name, index, account, hub: Box::new(hub.clone()), crew })
            }
            Err(error) => {
                sync::lock(&hub.roll).strike(index);
                if !hub.roster.dismiss(node) {
                    // Somebody was quick to follow it, and would wait for ever.
                    let message = error.to_string();
                    settled.alliance.poison(&Failure { stage: name, sequence: None, message });
                }
                Err(error)
            }
        }
    }
}

impl<E: Event> fmt::Debug for LateStage<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateStage")
            .field("name", &self.name)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

/// An attached stage. Dropping this leaves the stage attached.
#[must_use = "detach or join it, or nobody learns how it went"]
pub struct Attached {
    name: String,
    /// Where it is on the roll, for its name may be another's by now.
    index: usize,
    account: Account,
    hub: Box<dyn AnyHub>,
    crew: Crew,
}

/// A hub without its event type.
trait AnyHub: Send {
    fn dismiss(&self, index: usize) -> Result<(), DetachError>;
    fn published(&self) -> u64;
}

impl<E: Event> AnyHub for Hub<E> {
    fn dismiss(&self, index: usize) -> Result<(), DetachError> {
        dismiss(&mut sync::lock(&self.roll), index)
    }

    fn published(&self) -> u64 {
        self.roster.front().published()
    }
}

impl Attached {
    /// Has the stage leave between two batches, waits until it has, and returns its account. It
    /// took every event from [`StageSummary::from`] on.
    ///
    /// # Errors
    /// If others follow it; they come first.
    pub fn detach(self) -> Result<StageSummary, DetachError> {
        self.hub.dismiss(self.index)?;
        Ok(self.join())
    }

    /// Waits for the end of the stream and returns the stage's account.
    #[must_use]
    pub fn join(self) -> StageSummary {
        let summaries = self.crew.join().unwrap_or_default();
        let Some((_, mut summary)) = summaries.into_iter().next() else {
            return StageSummary { name: self.name, ..StageSummary::default() };
        };
        let published = self.hub.published();
        self.account.close(&mut summary, &[ProducerSummary { published, ..Default::default() }]);
        summary
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").field("name", &self.name).finish_non_exhaustive()
    }
}
