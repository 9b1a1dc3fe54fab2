//! A pipeline that has been started: waiting for its end, or bringing it about.

use std::fmt;
use std::time::{Duration, Instant};

use crate::error::PipelineError;
use crate::host::{HostReport, Squad};
use crate::ring::{Cursor, Front};
use crate::ring_plan::RingPlan;
use crate::seat::Seat;
use crate::spawn::Crew;
use crate::stage::Alliance;
use crate::summary::{ProducerSummary, StageLag, StageSummary, Summary};
use crate::sync::{self, Arc, Condvar, Mutex};
use crate::worker::Indexed;

/// The threads of a started pipeline.
///
/// Dropping it leaves them to themselves: they still work off what the producers publish and end
/// once these are gone, but nobody learns how it went. It neither waits nor panics.
#[must_use = "join it, or nobody learns whether the pipeline failed"]
pub struct Running {
    pub(crate) alliance: Alliance,
    rings: Vec<RunningRing>,
    /// Where each stage is, by its index.
    accounts: Vec<Account>,
    pub(crate) crews: Vec<Crew>,
    pub(crate) squad: Arc<Squad>,
    pub(crate) finish_line: Arc<FinishLine>,
}

/// What is watched of a ring from outside.
pub(crate) struct RunningRing {
    front: Front,
    seat: Arc<Seat>,
    /// The name and position of every stage.
    stages: Vec<(String, Arc<Cursor>)>,
}

impl Running {
    pub(crate) fn new(
        alliance: Alliance,
        rings: Vec<RunningRing>,
        accounts: Vec<Account>,
        squad: Arc<Squad>,
    ) -> Self {
        let finish_line = Arc::new(FinishLine::new(squad.len()));
        Self { alliance, rings, accounts, crews: Vec::new(), squad, finish_line }
    }

    /// Waits until every stage has ended, which takes the producer to be closed, and returns the
    /// account.
    ///
    /// # Errors
    /// [`PipelineError::Poisoned`] if a stage failed; [`PipelineError::Unbalanced`] if the account
    /// does not add up.
    pub fn join(mut self) -> Result<Summary, PipelineError> {
        self.collect()
    }

    /// As [`join`](Self::join), but waits no longer than `limit`.
    ///
    /// # Errors
    /// [`PipelineError::Late`] if a stage is not done by then: the pipeline is halted and its
    /// threads are left to end by themselves. Otherwise as [`join`](Self::join).
    pub fn drain(mut self, limit: Duration) -> Result<Summary, PipelineError> {
        if self.finish_line.wait(limit) {
            return self.collect();
        }
        let late = self.lags().into_iter().filter(|lag| lag.events > 0).collect();
        self.halt();
        Err(PipelineError::Late { limit, late })
    }

    /// Tells every stage to stop after the batch in hand, and the producer to take no more.
    ///
    /// The producer notices when it finds no known room: up to a ring of events may still be
    /// accepted, and no stage will see them. [`Summary`] tells how far each stage came.
    pub fn halt(&self) {
        self.alliance.halt();
    }

    /// What the system granted of the wishes for cores, priority and memory. It is asked now.
    #[must_use]
    pub fn host(&self) -> HostReport {
        self.squad.report()
    }

    /// How far behind its producer each stage is right now.
    #[must_use]
    pub fn lags(&self) -> Vec<StageLag> {
        self.rings.iter().flat_map(RunningRing::lags).collect()
    }

    fn collect(&mut self) -> Result<Summary, PipelineError> {
        let mut stages: Vec<Indexed<StageSummary>> =
            self.crews.drain(..).flat_map(|crew| crew.join().unwrap_or_default()).collect();
        stages.sort_by_key(|(index, _)| *index);
        // The threads have ended, so the positions are final; a producer may still be at it.
        let producers: Vec<ProducerSummary> =
            self.rings.iter().map(RunningRing::producers).collect();
        for workers in stages.chunk_by_mut(|(_, one), (_, next)| is_one_group(one, next)) {
            let account = &self.accounts[workers[0].0];
            let gone = workers.iter().all(|(index, _)| self.accounts[*index].has_left());
            let mut group: Vec<&mut StageSummary> = workers.iter_mut().map(|(_, s)| s).collect();
            match &mut group[..] {
                [stage] if stage.group.is_none() => account.close(stage, &producers),
                group => account.close_group(group, gone, &producers),
            }
        }
        let summary = Summary {
            published: producers.first().map_or(0, |first| first.published),
            halted: self.alliance.is_stopped(),
            producers,
            stages: stages.into_iter().map(|(_, stage)| stage).collect(),
        };
        match (self.alliance.failure(), summary.balance()) {
            (None, Ok(())) => Ok(summary),
            (Some(failure), _) => {
                Err(PipelineError::Poisoned { failure, summary: Box::new(summary) })
            }
            (None, Err(imbalance)) => {
                Err(PipelineError::Unbalanced { imbalance, summary: Box::new(summary) })
            }
        }
    }
}

fn is_one_group(one: &StageSummary, next: &StageSummary) -> bool {
    one.group.is_some() && one.group == next.group
}

/// The positions of one stage in the rings it reads.
pub(crate) struct Account(pub(crate) Vec<(usize, Arc<Cursor>)>);

impl Account {
    /// States what the stage was offered and left, by its positions.
    pub(crate) fn close(&self, stage: &mut StageSummary, rings: &[ProducerSummary]) {
        if self.has_left() {
            // It is nowhere: it was offered what it took or had in hand.
            stage.offered = stage.until - stage.from;
            return;
        }
        for (ring, position) in &self.0 {
            let published = rings[*ring].published;
            stage.offered += published - stage.from;
            stage.in_flight += published - position.observe();
        }
    }

    /// The same for a group of workers, with the first of them: what nobody has claimed was left,
    /// beside what each had in hand, unless all are `gone` and nothing was offered to them any more.
    fn close_group(&self, group: &mut [&mut StageSummary], gone: bool, rings: &[ProducerSummary]) {
        let claimed = group.iter().map(|worker| worker.until).max().unwrap_or(0);
        let published: u64 = self.0.iter().map(|(ring, _)| rings[*ring].published).sum();
        let end = if gone { claimed } else { published };
        if let Some(first) = group.first_mut() {
            first.offered = end - first.from;
            first.in_flight += end - claimed;
        }
    }

    /// Whether the stage has left its rings.
    fn has_left(&self) -> bool {
        self.0.iter().all(|(_, position)| position.is_detached())
    }
}

impl RunningRing {
    pub(crate) fn of(ring: &RingPlan) -> Self {
        Self {
            front: ring.front.clone(),
            seat: Arc::clone(&ring.seat),
            stages: ring.positions.clone(),
        }
    }

    fn lags(&self) -> Vec<StageLag> {
        // The positions before the front: no stage is ahead of what is read later.
        let positions: Vec<u64> = self.stages.iter().map(|(_, at)| at.observe()).collect();
        let published = self.front.published();
        let lag = |((stage, _), position): (&(String, _), u64)| StageLag {
            stage: stage.clone(),
            // A stage that has left is nowhere, and behind nobody.
            events: published.saturating_sub(position),
        };
        self.stages.iter().zip(positions).map(lag).collect()
    }

    /// What its producers did; those that are still there count by what they have published.
    fn producers(&self) -> ProducerSummary {
        ProducerSummary { published: self.front.published(), ..self.seat.account() }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("stopped", &self.alliance.is_stopped())
            .field("lags", &self.lags())
            .finish_non_exhaustive()
    }
}

/// Counts the threads that are still at work.
#[derive(Debug)]
pub(crate) struct FinishLine {
    at_work: Mutex<usize>,
    passed: Condvar,
}

impl FinishLine {
    pub(crate) fn new(threads: usize) -> Self {
        Self { at_work: Mutex::new(threads), passed: Condvar::new() }
    }

    pub(crate) fn pass(&self) {
        *sync::lock(&self.at_work) -= 1;
        self.passed.notify_all();
    }

    /// Waits for all threads, at most `limit`; whether all have passed.
    fn wait(&self, limit: Duration) -> bool {
        let start = Instant::now();
        let mut at_work = sync::lock(&self.at_work);
        while *at_work > 0 {
            let left = limit.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            at_work = sync::wait(&self.passed, at_work, Some(left));
        }
        true
    }
}
