//! A handler at its post: starting it, running its code, and what becomes of its failures.
//! Where the events come from is another matter.

use crate::counters::{StageMeter, StageState};
use crate::fault::{Fault, Remedy, guarded};
use crate::handler::StageContext;
use crate::ring::{Failure, Lifecycle};
use crate::stage::Alliance;
use crate::summary::StageSummary;
use crate::sync::Arc;
use crate::work::Work;

/// A stage apart from its readers.
pub(crate) struct Post<W> {
    pub(crate) work: W,
    pub(crate) summary: StageSummary,
    lifecycle: Arc<Lifecycle>,
    /// All who stop if it fails; known once the graph starts.
    alliance: Option<Alliance>,
    /// Counts for those who watch from outside, if anybody may.
    meter: Option<StageMeter>,
    /// Cleared by a failure.
    sound: bool,
}

impl<W: Work> Post<W> {
    pub(crate) fn new(name: String, work: W, lifecycle: Arc<Lifecycle>) -> Self {
        let summary = StageSummary { name, ..StageSummary::default() };
        Self { work, summary, lifecycle, alliance: None, meter: None, sound: true }
    }

    pub(crate) fn ally(&mut self, alliance: &Alliance) {
        self.alliance = Some(alliance.clone());
    }

    pub(crate) fn measure(&mut self, meter: StageMeter) {
        self.meter = Some(meter);
    }

    /// A batch was taken; its reader is at `position` of the `seen` events that it knows of.
    #[inline]
    pub(crate) fn delivered(&mut self, events: usize, position: u64, seen: u64) {
        self.summary.events += events as u64;
        self.summary.batches += 1;
        if let Some(meter) = &mut self.meter {
            meter.delivered(events, position, seen);
            if meter.is_curious() {
                self.report();
            }
        }
    }

    /// There is nothing to deliver: the handler may use the time. False if it failed, which ends
    /// the stage.
    pub(crate) fn rest(&mut self) -> bool {
        if self.meter.as_mut().is_some_and(StageMeter::idled) {
            self.report();
        }
        self.call(|work| {
            work.on_idle();
            Ok(())
        })
        .is_some()
    }

    #[cold]
    fn report(&mut self) {
        let Some(meter) = &mut self.meter else { return };
        let recovery = guarded(|| Ok(self.work.recovery()));
        meter.report(recovery.unwrap_or_default(), self.summary.aborted);
    }

    pub(crate) fn start(&mut self, core: Option<usize>) -> Result<(), Failure> {
        let lifecycle = Arc::clone(&self.lifecycle);
        let context = StageContext { stage: self.summary.name.clone(), core, lifecycle };
        let started = guarded(|| {
            self.work.on_start(&context);
            Ok(())
        });
        started.map_err(|fault| {
            self.sound = false;
            self.failure(fault, None)
        })
    }

    /// Runs code of the handler outside of a batch; `None` if it failed, which ends the stage.
    pub(crate) fn call<T>(&mut self, code: impl FnOnce(&mut W) -> Result<T, Fault>) -> Option<T> {
        guarded(|| code(&mut self.work)).map_err(|fault| self.fail(fault, None)).ok()
    }

    /// The handler has failed, in the batch that begins with `first` if it was in one: the whole
    /// pipeline stops, or the stage alone.
    #[cold]
    pub(crate) fn fail(&mut self, fault: Fault, first: Option<u64>) {
        self.sound = false;
        let alone = fault.remedy == Remedy::Detach;
        let failure = self.failure(fault, first);
        if alone {
            self.summary.detached = Some(failure);
        } else {
            self.poison(failure);
        }
    }

    /// Whether a failure ended this stage alone, which must then leave its ring.
    pub(crate) fn is_detached(&self) -> bool {
        self.summary.detached.is_some()
    }

    /// The others cannot go on without it after all.
    pub(crate) fn cannot_leave(&mut self) {
        if let Some(mut failure) = self.summary.detached.take() {
            failure.message +=
                "; the stage cannot leave, for others follow it or would miss its share";
            self.poison(failure);
        }
    }

    fn failure(&self, fault: Fault, first: Option<u64>) -> Failure {
        Failure {
            stage: self.summary.name.clone(),
            sequence: fault.sequence.or(first),
            message: fault.message,
        }
    }

    fn poison(&self, failure: Failure) {
        match &self.alliance {
            Some(alliance) => alliance.poison(&failure),
            None => self.lifecycle.poison(failure),
        }
    }

    /// The end of the handler, and the account.
    pub(crate) fn finish(mut self) -> StageSummary {
        if self.sound {
            self.call(|work| {
                work.on_stop();
                Ok(())
            });
        }
        let state = match (self.is_detached(), self.sound && !self.lifecycle.is_stopped()) {
            (true, _) => StageState::Left,
            (false, true) => StageState::Ended,
            (false, false) => StageState::Failed,
        };
        self.report();
        if let Some(meter) = &mut self.meter {
            meter.state(state);
        }
        let Self { work, mut summary, lifecycle, alliance, .. } = self;
        // A handler that fails even here takes its account with it, nothing more.
        let closing = guarded(|| {
            summary.recovery = work.recovery();
            drop(work);
            Ok(())
        });
        if let Err(fault) = closing {
            let (stage, message) = (summary.name.clone(), fault.message);
            let failure = Failure { stage, sequence: None, message };
            match alliance {
                Some(alliance) => alliance.poison(&failure),
                None => lifecycle.poison(failure),
            }
        }
        summary
    }
}
