//! A thread at work: it steps its stages in topological order, and waits when none has anything
//! to do.

use std::time::{Duration, Instant};

use crate::cores;
use crate::error::BuildError;
use crate::host::{self, Berth};
use crate::ring::Parker;
use crate::seat::Seat;
use crate::stage::{Stage, Step};
use crate::summary::StageSummary;
use crate::sync::Arc;
use crate::wait::{Idle, Monitor, Rest, Strategy};
use crate::wiring::Feed;

/// A timed sleep ends this much early, for the system may wake the thread late.
const SLEEP_MARGIN: Duration = Duration::from_micros(100);

/// How long a thread that would sleep does so while a stage has no room for its output.
const BLOCKED_NAP: Duration = Duration::from_micros(50);

/// A stage with its index in the graph.
pub(crate) type Indexed<T> = (usize, T);

pub(crate) struct Worker {
    pub(crate) name: String,
    core: Option<usize>,
    stages: Vec<Indexed<Box<dyn Stage>>>,
    /// Of the rings that its stages read, and of those that fill up when these do.
    seats: Vec<Arc<Seat>>,
    idle: Idle,
    /// Where it sleeps, if it ever does.
    pub(crate) parker: Option<Arc<Parker>>,
    /// How it idles while all its stages gather batches, if not as ever.
    gathering: Option<Idle>,
    /// What brings its stages events from other threads.
    watched: Vec<Feed>,
    longest_sleep: Duration,
}

/// What one round over all stages came to.
#[derive(Default)]
struct Round {
    worked: bool,
    /// A stage that other threads feed is waiting for its next event.
    alert: bool,
    /// A stage has events but no room for what they would bring forth.
    blocked: bool,
    /// When the first batch in the making must be closed.
    deadline: Option<Instant>,
}

impl Worker {
    pub(crate) fn new(
        name: String,
        core: Option<usize>,
        strategy: Strategy,
        gathering: Option<Strategy>,
        longest_sleep: Duration,
    ) -> Self {
        let sleeps = strategy.parks() || gathering.is_some_and(Strategy::parks);
        let parker = sleeps.then(|| Arc::new(Parker::new()));
        let (idle, gathering) = (Idle::new(strategy), gathering.map(Idle::new));
        Self {
            name,
            core,
            stages: Vec::new(),
            seats: Vec::new(),
            idle,
            gathering,
            parker,
            watched: Vec::new(),
            longest_sleep,
        }
    }

    /// Gives it a stage to run, without which there is no room in the rings of these seats.
    pub(crate) fn add(&mut self, id: usize, stage: Box<dyn Stage>, seats: Vec<Arc<Seat>>) {
        self.stages.push((id, stage));
        self.seats.extend(seats);
    }

    /// Names what brings its stages events from other threads.
    pub(crate) fn watch_for(&mut self, feed: Feed) {
        if !self.watched.iter().any(|known| known.is(&feed)) {
            self.watched.push(feed);
        }
    }

    /// The thread as it is to be, for those who watch over it.
    pub(crate) fn berth(&self) -> Berth {
        Berth::new(self.name.clone(), self.core, self.idle.strategy())
    }

    /// Gives up before the first event: nobody is to wait for its stages.
    pub(crate) fn leave(&mut self) {
        self.stages.iter_mut().for_each(|(_, stage)| stage.leave());
    }

    /// Binds the thread to its core and lets the handlers prepare.
    ///
    /// # Errors
    /// If the system refuses the core, or a handler panics.
    pub(crate) fn start(&mut self) -> Result<(), BuildError> {
        if let Some(core) = self.core
            && let Err(source) = cores::pin(core)
        {
            return Err(BuildError::Pin { core, source });
        }
        self.seats.iter().for_each(|seat| seat.read_here());
        if self.idle.strategy().naps() {
            host::system::sharpen_timers();
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
                Step::Blocked => round.blocked = true,
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
        match idle.pause() {
            Rest::Done => {}
            // Nothing it sleeps on moves when the other ring's readers make room.
            Rest::Watch(_) if round.blocked => std::hint::spin_loop(),
            Rest::Nap(_) | Rest::Sleep if round.blocked => std::thread::sleep(BLOCKED_NAP),
            Rest::Watch(monitor) => self.watch(monitor, round.deadline.is_some()),
            Rest::Nap(nap) => match nap.min(self.time_to_sleep(round.deadline)) {
                Duration::ZERO => std::thread::yield_now(),
                limit => std::thread::sleep(limit),
            },
            Rest::Sleep => match self.time_to_sleep(round.deadline) {
                Duration::ZERO => std::thread::yield_now(),
                limit => self.sleep(limit),
            },
        }
    }

    fn time_to_sleep(&self, deadline: Option<Instant>) -> Duration {
        let Some(until) = deadline else { return self.longest_sleep };
        let left = until.saturating_duration_since(Instant::now());
        left.saturating_sub(SLEEP_MARGIN).min(self.longest_sleep)
    }

    /// Watches the one position that others move; spins if there are several, or if a batch must
    /// be closed in time.
    fn watch(&mut self, monitor: Monitor, punctual: bool) {
        let [feed] = &self.watched[..] else { return std::hint::spin_loop() };
        if punctual {
            return std::hint::spin_loop();
        }
        monitor.arm(feed.line());
        if !self.stages.iter_mut().any(|(_, stage)| stage.is_due()) {
            monitor.wait();
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
