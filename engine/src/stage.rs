//! One stage at work: a reader, a handler, and the batch in the making.

use std::time::Instant;

use crate::batch::Batch;
use crate::coalesce::{Coalesce, Coalescer, Decision};
use crate::fault::{Fault, guarded};
use crate::handler::{Handler, StageContext};
use crate::ring::{Alarm, Failure, Phase, Reader};
use crate::summary::StageSummary;
use crate::sync::Arc;

/// What one step of a stage came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It delivered a batch.
    Worked,
    /// There was nothing to do.
    Idle,
    /// It gathers a batch, until then at most.
    Holding(Instant),
    /// It will do no more.
    Ended,
}

/// A stage without its types, for threads that run several of different kinds.
pub(crate) trait Stage: Send {
    fn start(&mut self, core: Option<usize>) -> Result<(), Failure>;
    fn step(&mut self) -> Step;
    /// Sets the alarm to what the last step left to wait for.
    fn set_alarm(&self);
    fn clear_alarm(&self);
    /// Whether another step would find something new. Asked after the alarm was set.
    fn is_due(&mut self) -> bool;
    /// Gives it an alarm; without one, it is fed from its own thread only or never sleeps.
    fn wire(&mut self, alarm: Arc<Alarm>);
    /// Gives it an alarm for the producer's demand; a stage that gathers and may sleep needs it.
    fn wire_demand(&mut self, alarm: Arc<Alarm>);
    fn has_alarm(&self) -> bool;
    /// The account, once ended.
    fn finish(self: Box<Self>) -> StageSummary;
}

pub(crate) struct StageRunner<E, H> {
    reader: Reader<E>,
    handler: H,
    coalescer: Coalescer,
    summary: StageSummary,
    alarm: Option<Arc<Alarm>>,
    demand_alarm: Option<Arc<Alarm>>,
    /// The phase that the last step saw.
    phase: Phase,
    /// How many pending events the last step left to wait for.
    wanted: usize,
    /// Cleared by a failure of the handler.
    sound: bool,
}

impl<E, H: Handler<E>> StageRunner<E, H> {
    pub(crate) fn new(name: String, reader: Reader<E>, handler: H, coalesce: Coalesce) -> Self {
        let coalescer = Coalescer::new(coalesce, reader.capacity());
        Self {
            reader,
            handler,
            coalescer,
            summary: StageSummary { name, ..StageSummary::default() },
            alarm: None,
            demand_alarm: None,
            phase: Phase::Open,
            wanted: 1,
            sound: true,
        }
    }

    /// Runs code of the handler; a failure poisons the ring.
    fn call(&mut self, code: impl FnOnce(&mut H) -> Result<(), Fault>) -> bool {
        match guarded(|| code(&mut self.handler)) {
            Ok(()) => true,
            Err(fault) => {
                self.fail(fault, None);
                false
            }
        }
    }

    fn fail(&mut self, fault: Fault, first: Option<u64>) {
        self.sound = false;
        let failure = self.failure(fault, first);
        self.reader.lifecycle().poison(failure);
    }

    fn failure(&self, fault: Fault, first: Option<u64>) -> Failure {
        Failure {
            stage: self.summary.name.clone(),
            sequence: fault.sequence.or(first),
            message: fault.message,
        }
    }

    #[inline]
    fn deliver(&mut self, len: usize, cause: crate::BatchCause) -> Step {
        let view = self.reader.view(len);
        let batch = Batch::new(self.reader.next(), view.front, view.back, cause);
        match guarded(|| self.handler.on_batch(&batch)) {
            Ok(()) => {
                self.reader.release(len);
                self.summary.events += len as u64;
                self.summary.batches += 1;
                Step::Worked
            }
            Err(fault) => {
                self.fail(fault, Some(self.reader.next()));
                Step::Ended
            }
        }
    }

    /// Nothing to deliver: the handler may use the time.
    fn rest(&mut self, wanted: usize, step: Step) -> Step {
        self.wanted = wanted;
        let fine = self.call(|handler| {
            handler.on_idle();
            Ok(())
        });
        if fine { step } else { Step::Ended }
    }
}

impl<E: Send + Sync + 'static, H: Handler<E>> Stage for StageRunner<E, H> {
    fn start(&mut self, core: Option<usize>) -> Result<(), Failure> {
        let lifecycle = Arc::clone(self.reader.lifecycle());
        let context = StageContext { stage: self.summary.name.clone(), core, lifecycle };
        let started = guarded(|| {
            self.handler.on_start(&context);
            Ok(())
        });
        started.map_err(|fault| {
            self.sound = false;
            self.failure(fault, None)
        })
    }

    #[inline]
    fn step(&mut self) -> Step {
        // The phase before the events: what is seen after `Closed` is all there will be.
        self.phase = self.reader.lifecycle().phase();
        if self.phase >= Phase::Halted {
            return Step::Ended;
        }
        let closed = self.phase == Phase::Closed;
        let pending = self.reader.available();
        let reader = &self.reader;
        let pressed = |lag| reader.is_awaited() || reader.lag() >= lag;
        match self.coalescer.decide(pending, closed, pressed, Instant::now) {
            Decision::Deliver(len, cause) => self.deliver(len, cause),
            Decision::Hold(until) => self.rest(self.coalescer.target(), Step::Holding(until)),
            Decision::Nothing if closed && self.reader.has_ended() => Step::Ended,
            Decision::Nothing => self.rest(1, Step::Idle),
        }
    }

    fn set_alarm(&self) {
        if let Some(alarm) = &self.alarm {
            alarm.set(self.reader.next() + self.wanted as u64);
        }
        if let Some(alarm) = &self.demand_alarm {
            alarm.set(self.reader.next() + 1);
        }
    }

    fn clear_alarm(&self) {
        for alarm in self.alarm.iter().chain(&self.demand_alarm) {
            alarm.clear();
        }
    }

    fn is_due(&mut self) -> bool {
        let wanted = if self.reader.is_awaited() { 1 } else { self.wanted };
        self.reader.available() >= wanted || self.reader.lifecycle().phase() != self.phase
    }

    fn wire(&mut self, alarm: Arc<Alarm>) {
        self.alarm = Some(alarm);
    }

    fn wire_demand(&mut self, alarm: Arc<Alarm>) {
        self.demand_alarm = Some(alarm);
    }

    fn has_alarm(&self) -> bool {
        self.alarm.is_some()
    }

    fn finish(mut self: Box<Self>) -> StageSummary {
        if self.sound {
            self.call(|handler| {
                handler.on_stop();
                Ok(())
            });
        }
        let Self { handler, mut summary, reader, coalescer, .. } = *self;
        summary.added_delay = coalescer.into_added_delay();
        // A handler that fails even here takes its account with it, nothing more.
        let closing = guarded(|| {
            summary.recovery = handler.recovery();
            drop(handler);
            Ok(())
        });
        if let Err(fault) = closing {
            let (stage, message) = (summary.name.clone(), fault.message);
            reader.lifecycle().poison(Failure { stage, sequence: None, message });
        }
        summary
    }
}
