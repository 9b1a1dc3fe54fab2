//! Recovery for real-time processing: a failing event is set aside, the rest goes on.

use std::fmt;
use std::time::Duration;

use crate::batch::Batch;
use crate::dead_letter::DeadLetters;
use crate::fault::{Fault, Remedy, guarded};
use crate::handler::{Handler, StageContext};
use crate::rescue::Rescue;
use crate::summary::Recovery;

/// What to do with one event.
///
/// Functions of a sequence and an event are event handlers.
pub trait EventHandler<E>: Send + 'static {
    /// The next event.
    ///
    /// # Errors
    /// A fault, and likewise a panic, makes the event a dead letter, unless [`Isolate`] is told
    /// otherwise; the next event follows. The handler's own state is left as it is: a handler that
    /// can fail half-way should change its state last. [`Fault::halt`] stops the pipeline and
    /// [`Fault::detach`] takes the stage out of it instead.
    fn on_event(&mut self, sequence: u64, event: &E) -> Result<(), Fault>;

    /// As [`Handler::on_start`].
    fn on_start(&mut self, _context: &StageContext) {}

    /// As [`Handler::on_idle`].
    fn on_idle(&mut self) {}

    /// As [`Handler::on_stop`].
    fn on_stop(&mut self) {}
}

impl<E, F> EventHandler<E> for F
where
    F: FnMut(u64, &E) -> Result<(), Fault> + Send + 'static,
{
    fn on_event(&mut self, sequence: u64, event: &E) -> Result<(), Fault> {
        self(sequence, event)
    }
}

/// What becomes of an event that cannot be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It becomes a dead letter; the next event follows.
    #[default]
    Skip,
    /// The stage leaves the ring; the others go on.
    Detach,
    /// The pipeline stops.
    Halt,
}

/// Calls an [`EventHandler`] for each event and sets failing events aside.
///
/// Panics are caught once around a run of events, so an event that goes well pays nothing. The
/// event stays in the ring: stages that follow still see it, for the ring holds what was published.
///
/// ```
/// # use std::time::Duration;
/// # use tourbillon_engine::{DeadLetters, Fault, Isolate, Verdict};
/// # let send = |_sequence: u64, _event: &u64| Ok(());
/// let (dead_letters, receiver) = DeadLetters::queue(100);
/// let handler = Isolate::new(send, dead_letters)
///     .retry(3, Duration::from_millis(1))
///     .otherwise(|fault| match fault.message.as_str() {
///         "bad price" => Verdict::Skip,
///         _ => Verdict::Halt,
///     });
/// # drop((handler, receiver));
/// ```
pub struct Isolate<H, E> {
    handler: H,
    rescue: Rescue<E>,
    judge: Box<dyn FnMut(&Fault) -> Verdict + Send>,
}

impl<H: EventHandler<E>, E> Isolate<H, E> {
    /// Wraps a handler; failing events go to `dead_letters` at once.
    pub fn new(handler: H, dead_letters: DeadLetters<E>) -> Self {
        let judge = Box::new(|_: &Fault| Verdict::Skip);
        Self { handler, rescue: Rescue::new(dead_letters), judge }
    }

    /// Hands an event that failed in a way that may pass ([`Remedy::Retry`]), or by a panic, to
    /// the handler up to `max_retries` times more, with a `pause` before each; the stage's thread
    /// sleeps meanwhile. A halt, or the failure of another stage, ends the retries.
    #[must_use]
    pub fn retry(mut self, max_retries: u32, pause: Duration) -> Self {
        self.rescue.set_retries(max_retries, pause);
        self
    }

    /// Decides over an event that cannot be taken, by its last fault. Without this it is
    /// [skipped](Verdict::Skip). Faults that say [`Remedy::Halt`] or [`Remedy::Detach`] are obeyed
    /// unasked.
    #[must_use]
    pub fn otherwise(mut self, judge: impl FnMut(&Fault) -> Verdict + Send + 'static) -> Self {
        self.judge = Box::new(judge);
        self
    }

    /// Deals with an event that failed; an error if that takes more than this stage can do.
    #[cold]
    fn recover(&mut self, sequence: u64, event: E, fault: Fault) -> Result<(), Fault> {
        let Self { handler, rescue, judge } = self;
        let outcome = rescue.retry(fault, || guarded(|| handler.on_event(sequence, &event)));
        let Err(mut fault) = outcome else { return Ok(()) };
        if fault.remedy.is_for_events() {
            match judge(&fault) {
                Verdict::Skip => {
                    rescue.give_up(sequence, event, fault);
                    return Ok(());
                }
                Verdict::Detach => fault.remedy = Remedy::Detach,
                Verdict::Halt => fault.remedy = Remedy::Halt,
            }
        }
        Err(fault.at(sequence))
    }
}

impl<H: EventHandler<E>, E: Copy + Send + 'static> Handler<E> for Isolate<H, E> {
    fn on_start(&mut self, context: &StageContext) {
        self.rescue.start(context);
        self.handler.on_start(context);
    }

    fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        let mut events = batch.iter();
        let mut current = None;
        loop {
            let run = guarded(|| {
                for (sequence, event) in events.by_ref() {
                    current = Some((sequence, event));
                    self.handler.on_event(sequence, event)?;
                }
                Ok(())
            });
            let Err(fault) = run else { return Ok(()) };
            // Only an event can fail, and `current` is set before each.
            let Some((sequence, &event)) = current else { return Err(fault) };
            self.recover(sequence, event, fault)?;
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

impl<H, E> fmt::Debug for Isolate<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolate").field("counts", &self.rescue.counts).finish_non_exhaustive()
    }
}
