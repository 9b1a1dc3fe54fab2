//! Recovery for micro-batches: all of a batch or nothing of it.

use std::fmt;
use std::time::Duration;

use crate::batch::Batch;
use crate::dead_letter::DeadLetters;
use crate::fault::{Fault, guarded};
use crate::handler::{Handler, StageContext};
use crate::rescue::Rescue;
use crate::summary::Recovery;

/// What to do with a batch, in two steps.
///
/// Nothing that `apply` did may be visible outside before `commit`, and `rollback` takes all of it
/// back to where the last `commit` left off.
pub trait BatchHandler<E>: Send + 'static {
    /// Works on a batch, invisibly.
    ///
    /// # Errors
    /// A fault, and likewise a panic, here or in `commit`, rolls the batch back. Then, by
    /// [`Fault::remedy`]: it is tried again, or at once cut in two, or the pipeline stops, or
    /// the stage leaves it.
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
/// letters, and everything else is committed, in order. However many of its `n` events are at
/// fault, that takes at most `2n - 1` attempts besides the retries, of which there are at most
/// `max_retries` for the whole and for each single event, and each event is applied at most
/// `log2(n) + 2` times besides those.
///
/// A halt, or the failure of another stage, ends the retries: what fails after it becomes a dead
/// letter, so that the whole batch in hand is accounted for.
pub struct Transaction<H, E> {
    handler: H,
    rescue: Rescue<E>,
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
        let mut rescue = Rescue::new(dead_letters);
        rescue.set_retries(max_retries, pause);
        Self { handler, rescue }
    }
}

/// Tries once; after a failure everything is as before.
fn attempt<E>(handler: &mut impl BatchHandler<E>, batch: &Batch<'_, E>) -> Result<(), Fault> {
    let Err(fault) = guarded(|| {
        handler.apply(batch)?;
        handler.commit()
    }) else {
        return Ok(());
    };
    guarded(|| {
        handler.rollback();
        Ok(())
    })
    .map_err(|second| {
        Fault::halt(format!("rollback failed: {}, after: {}", second.message, fault.message))
    })?;
    Err(fault)
}

impl<H: BatchHandler<E>, E: Copy> Transaction<H, E> {
    fn attempt_with_retries(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        let Self { handler, rescue } = self;
        let Err(fault) = attempt(handler, batch) else { return Ok(()) };
        rescue.retry(fault, || attempt(handler, batch))
    }

    /// Commits what can be committed of a batch that fails as a whole.
    #[cold]
    fn bisect(&mut self, batch: &Batch<'_, E>, fault: Fault) -> Result<(), Fault> {
        if !fault.remedy.is_for_events() {
            let sequence = fault.sequence.unwrap_or(batch.first_sequence());
            return Err(fault.at(sequence));
        }
        if batch.len() == 1 {
            for (sequence, &event) in batch.iter() {
                self.rescue.give_up(sequence, event, fault.clone());
            }
            return Ok(());
        }
        self.rescue.counts.bisected += 1;
        let (left, right) = batch.halves();
        for half in [left, right] {
            // Retries for the whole and for the suspect; in between they would only cost time.
            let outcome = match half.len() {
                1 => self.attempt_with_retries(&half),
                _ => attempt(&mut self.handler, &half),
            };
            if let Err(fault) = outcome {
                self.bisect(&half, fault)?;
            }
        }
        Ok(())
    }
}

impl<H: BatchHandler<E>, E: Copy + Send + 'static> Handler<E> for Transaction<H, E> {
    fn on_start(&mut self, context: &StageContext) {
        self.rescue.start(context);
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
        self.rescue.counts
    }
}

impl<H, E> fmt::Debug for Transaction<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("counts", &self.rescue.counts).finish_non_exhaustive()
    }
}
