//! Recovery for micro-batches: all of a batch or nothing of it.

use std::fmt;
use std::time::{Duration, Instant};

use crate::batch::Batch;
use crate::dead_letter::{DeadLetter, DeadLetters};
use crate::fault::{Fault, Remedy, guarded};
use crate::handler::{Handler, StageContext};
use crate::ring::{Lifecycle, Parker};
use crate::summary::Recovery;
use crate::sync::Arc;

/// What to do with a batch, in two steps.
///
/// Nothing that `apply` did may be visible outside before `commit`, and `rollback` takes all of it
/// back to where the last `commit` left off.
pub trait BatchHandler<E>: Send + 'static {
    /// Works on a batch, invisibly.
    ///
    /// # Errors
    /// A fault, and likewise a panic, here or in `commit`, rolls the batch back. Then, by
    /// [`Fault::remedy`]: it is tried again, or at once cut in two, or the pipeline stops.
    fn apply(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault>;

    /// Makes what `apply` did visible, as a whole.
    ///
    /// # Errors
    /// As `apply`; nothing may be visible then.
    fn commit(&mut self) -> Result<(), Fault>;

    /// Takes back what was applied since the last commit. A panic here stops the pipeline.
    fn rollback(&mut self);

    /// As [`Handler::on_start`].
    fn on_start(&mut self, _context: &StageContext) {}

    /// As [`Handler::on_idle`].
    fn on_idle(&mut self) {}

    /// As [`Handler::on_stop`].
    fn on_stop(&mut self) {}
}

/// Applies and commits each batch to a [`BatchHandler`].
///
/// A batch that keeps failing is cut in two until the events at fault are alone; those become dead
/// letters, and everything else is committed, in order.
///
/// A halt, or the failure of another stage, ends the retries: what fails after it becomes a dead
/// letter, so that the whole batch in hand is accounted for.
pub struct Transaction<H, E> {
    handler: H,
    dead_letters: DeadLetters<E>,
    max_retries: u32,
    pause: Duration,
    stage: String,
    counts: Recovery,
    /// Says when to stop retrying, and where to sleep until then; unset outside of a graph.
    halt: Option<(Arc<Lifecycle>, Arc<Parker>)>,
}

impl<H: BatchHandler<E>, E> Transaction<H, E> {
    /// Wraps a handler. A failing batch, and again a single event found to be at fault, is tried
    /// `max_retries` more times with a `pause` before each; the stage's thread sleeps meanwhile.
    pub fn new(
        handler: H,
        max_retries: u32,
        pause: Duration,
        dead_letters: DeadLetters<E>,
    ) -> Self {
        let (stage, counts) = (String::new(), Recovery::default());
        Self { handler, dead_letters, max_retries, pause, stage, counts, halt: None }
    }

    /// Tries once; after a failure everything is as before.
    fn attempt(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        let Err(fault) = guarded(|| {
            self.handler.apply(batch)?;
            self.handler.commit()
        }) else {
            return Ok(());
        };
        guarded(|| {
            self.handler.rollback();
            Ok(())
        })
        .map_err(|second| {
            Fault::halt(format!("rollback failed: {}, after: {}", second.message, fault.message))
        })?;
        Err(fault)
    }

    fn attempt_with_retries(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        let mut outcome = self.attempt(batch);
        for _ in 0..self.max_retries {
            match &outcome {
                Err(fault) if fault.remedy == Remedy::Retry && self.pause() => {
                    self.counts.retried += 1;
                    outcome = self.attempt(batch);
                }
                _ => break,
            }
        }
        outcome
    }

    /// Waits before a retry; whether to go on.
    fn pause(&self) -> bool {
        let start = Instant::now();
        loop {
            if self.halt.as_ref().is_some_and(|(lifecycle, _)| lifecycle.is_stopped()) {
                return false;
            }
            let left = self.pause.saturating_sub(start.elapsed());
            match &self.halt {
                _ if left.is_zero() => return true,
                None => std::thread::sleep(left),
                Some((lifecycle, parker)) => parker.sleep(Some(left), || !lifecycle.is_stopped()),
            }
        }
    }
}

impl<H: BatchHandler<E>, E: Copy> Transaction<H, E> {
    /// Commits what can be committed of a batch that fails as a whole.
    fn bisect(&mut self, batch: &Batch<'_, E>, fault: Fault) -> Result<(), Fault> {
        if fault.remedy == Remedy::Halt {
            return Err(fault);
        }
        if batch.len() == 1 {
            self.give_up(batch, fault);
            return Ok(());
        }
        self.counts.bisected += 1;
        let (left, right) = batch.halves();
        for half in [left, right] {
            // Retries for the whole and for the suspect; in between they would only cost time.
            let outcome = match half.len() {
                1 => self.attempt_with_retries(&half),
                _ => self.attempt(&half),
            };
            if let Err(fault) = outcome {
                self.bisect(&half, fault)?;
            }
        }
        Ok(())
    }

    fn give_up(&mut self, single: &Batch<'_, E>, fault: Fault) {
        for (sequence, &event) in single.iter() {
            let (stage, reason) = (self.stage.clone(), fault.message.clone());
            let letter = DeadLetter { sequence, stage, reason, event };
            self.dead_letters.send(letter, &mut self.counts);
        }
    }
}

impl<H: BatchHandler<E>, E: Copy + Send + 'static> Handler<E> for Transaction<H, E> {
    fn on_start(&mut self, context: &StageContext) {
        self.stage.clone_from(&context.stage);
        let parker = Arc::new(Parker::new());
        context.lifecycle.register(Arc::clone(&parker));
        self.halt = Some((Arc::clone(&context.lifecycle), parker));
        self.handler.on_start(context);
    }

    fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        match self.attempt_with_retries(batch) {
            Ok(()) => Ok(()),
            Err(fault) => self.bisect(batch, fault),
        }
    }

    fn on_idle(&mut self) {
        self.handler.on_idle();
    }

    fn on_stop(&mut self) {
        self.handler.on_stop();
    }

    fn recovery(&self) -> Recovery {
        self.counts
    }
}

impl<H, E> fmt::Debug for Transaction<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("max_retries", &self.max_retries)
            .field("pause", &self.pause)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
