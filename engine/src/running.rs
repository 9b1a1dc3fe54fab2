//! A pipeline that has been started: waiting for its end, or bringing it about.

use std::fmt;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::PipelineError;
use crate::ring::{Cursor, Lifecycle, Phase};
use crate::summary::{ProducerSummary, StageLag, StageSummary, Summary};
use crate::sync::{self, Arc, Condvar, Mutex};
use crate::worker::Indexed;

/// The threads of a started graph.
///
/// Dropping it leaves them to themselves: they still work off what the producer publishes and end
/// once it is gone, but nobody learns how it went. It neither waits nor panics.
#[must_use = "join it, or nobody learns whether the pipeline failed"]
pub struct Running {
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) head: Arc<Cursor>,
    /// The name and position of every stage.
    pub(crate) stages: Vec<(String, Arc<Cursor>)>,
    pub(crate) threads: Vec<JoinHandle<Vec<Indexed<StageSummary>>>>,
    pub(crate) finish_line: Arc<FinishLine>,
}

impl Running {
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
        self.lifecycle.halt();
    }

    /// How far behind the producer each stage is right now.
    #[must_use]
    pub fn lags(&self) -> Vec<StageLag> {
        // The positions before the head: no stage is ahead of a head that is read later.
        let positions: Vec<u64> = self.stages.iter().map(|(_, at)| at.observe()).collect();
        let head = self.head.observe();
        let lag = |((stage, _), position): (&(String, _), u64)| StageLag {
            stage: stage.clone(),
            events: head - position,
        };
        self.stages.iter().zip(positions).map(lag).collect()
    }

    fn collect(&mut self) -> Result<Summary, PipelineError> {
        let mut stages: Vec<Indexed<StageSummary>> =
            self.threads.drain(..).flat_map(|thread| thread.join().unwrap_or_default()).collect();
        stages.sort_by_key(|(index, _)| *index);
        // The threads have ended, so the positions are final; a producer may still be at it.
        let published = self.head.observe();
        for (index, stage) in &mut stages {
            stage.offered = published;
            stage.in_flight = published - self.stages[*index].1.observe();
        }
        let summary = Summary {
            published,
            halted: self.lifecycle.phase() > Phase::Closed,
            producers: vec![ProducerSummary { published, ..ProducerSummary::default() }],
            stages: stages.into_iter().map(|(_, stage)| stage).collect(),
        };
        match (self.lifecycle.failure(), summary.balance()) {
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

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("phase", &self.lifecycle.phase())
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
