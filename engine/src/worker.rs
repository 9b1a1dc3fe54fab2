//! A thread at work: it steps its stages in topological order, and waits when none has anything
//! to do.

use std::time::{Duration, Instant};

use crate::cores;
use crate::error::BuildError;
use crate::ring::Parker;
use crate::stage::{Stage, Step};
use crate::summary::StageSummary;
use crate::sync::Arc;
use crate::wait::{Idle, Strategy};

/// A timed sleep ends this much early, for the system may wake the thread late.
const SLEEP_MARGIN: Duration = Duration::from_micros(100);

/// A stage with its index in the graph.
pub(crate) type Indexed<T> = (usize, T);

pub(crate) struct Worker {
    pub(crate) core: Option<usize>,
    pub(crate) stages: Vec<Indexed<Box<dyn Stage>>>,
    pub(crate) idle: Idle,
    /// Where it sleeps, if it ever does.
    pub(crate) parker: Option<Arc<Parker>>,
    /// How it idles while all its stages gather batches, if not as ever.
    pub(crate) gathering: Option<Idle>,
    longest_sleep: Duration,
}

/// What one round over all stages came to.
#[derive(Default)]
struct Round {
    worked: bool,
    /// A stage that other threads feed is waiting for its next event.
    alert: bool,
    /// When the first batch in the making must be closed.
    deadline: Option<Instant>,
}

impl Worker {
    pub(crate) fn new(
        core: Option<usize>,
        strategy: Strategy,
        gathering: Option<Strategy>,
        longest_sleep: Duration,
    ) -> Self {
        let sleeps = strategy.parks() || gathering.is_some_and(Strategy::parks);
        let parker = sleeps.then(|| Arc::new(Parker::new()));
        let (idle, gathering) = (Idle::new(strategy), gathering.map(Idle::new));
        Self { core, stages: Vec::new(), idle, gathering, parker, longest_sleep }
    }

    /// Binds the thread to its core and lets the handlers prepare.
    ///
    /// # Errors
    /// If the system refuses the core, or a handler panics.
    pub(crate) fn start(&mut self) -> Result<(), BuildError> {
        if let Some(core) = self.core
            && !cores::pin(core)
        {
            return Err(BuildError::Pin { core });
        }
        for (_, stage) in &mut self.stages {
            stage.start(self.core).map_err(BuildError::OnStart)?;
        }
        Ok(())
    }

    /// Works until every stage has ended, and returns their accounts.
    pub(crate) fn run(mut self) -> Vec<Indexed<StageSummary>> {
        let mut finished = Vec::with_capacity(self.stages.len());
        while !self.stages.is_empty() {
            let round = self.round(&mut finished);
            if round.worked {
                self.idle.reset();
                self.gathering.iter_mut().for_each(Idle::reset);
            } else {
                self.wait(&round);
            }
        }
        finished
    }

    #[inline]
    fn round(&mut self, finished: &mut Vec<Indexed<StageSummary>>) -> Round {
        let mut round = Round::default();
        let mut index = 0;
        while let Some((_, stage)) = self.stages.get_mut(index) {
            match stage.step() {
                Step::Worked => round.worked = true,
                Step::Idle => round.alert |= stage.has_alarm(),
                Step::Holding(until) => {
                    round.deadline = Some(round.deadline.map_or(until, |first| first.min(until)));
                }
                Step::Ended => {
                    let (id, stage) = self.stages.remove(index);
                    finished.push((id, stage.finish()));
                    round.worked = true;
                    continue;
                }
            }
            index += 1;
        }
        round
    }

    fn wait(&mut self, round: &Round) {
        let gathering = round.deadline.is_some() && !round.alert;
        let idle = self.gathering.as_mut().filter(|_| gathering).unwrap_or(&mut self.idle);
        if !idle.pause() {
            return;
        }
        let limit = match round.deadline {
            None => self.longest_sleep,
            Some(until) => until
                .saturating_duration_since(Instant::now())
                .saturating_sub(SLEEP_MARGIN)
                .min(self.longest_sleep),
        };
        if limit.is_zero() {
            std::thread::yield_now();
        } else {
            self.sleep(limit);
        }
    }

    fn sleep(&mut self, limit: Duration) {
        let Some(parker) = &self.parker else { return };
        parker.sleep(Some(limit), || {
            self.stages.iter().for_each(|(_, stage)| stage.set_alarm());
            !self.stages.iter_mut().any(|(_, stage)| stage.is_due())
        });
        self.stages.iter().for_each(|(_, stage)| stage.clear_alarm());
    }
}
