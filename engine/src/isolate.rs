//! Recovery for real-time processing: a failing event is set aside, the rest goes on.

use std::fmt;

use crate::batch::Batch;
use crate::dead_letter::{DeadLetter, DeadLetters};
use crate::fault::{Fault, Remedy, guarded};
use crate::handler::{Handler, StageContext};
use crate::summary::Recovery;

/// What to do with one event.
///
/// Functions of a sequence and an event are event handlers.
pub trait EventHandler<E>: Send + 'static {
    /// The next event.
    ///
    /// # Errors
    /// A fault, and likewise a panic, makes the event a dead letter; the next event follows. The
    /// handler's own state is left as it is: a handler that can fail half-way should change its
    /// state last. [`Fault::halt`] stops the pipeline instead.
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

/// Calls an [`EventHandler`] for each event and sets failing events aside.
///
/// Panics are caught once around a run of events, so an event that goes well pays nothing. The
/// event stays in the ring: stages that follow still see it, for the ring holds what was published.
pub struct Isolate<H, E> {
    handler: H,
    dead_letters: DeadLetters<E>,
    stage: String,
    counts: Recovery,
}

impl<H: EventHandler<E>, E> Isolate<H, E> {
    /// Wraps a handler; failing events go to `dead_letters`.
    pub fn new(handler: H, dead_letters: DeadLetters<E>) -> Self {
        Self { handler, dead_letters, stage: String::new(), counts: Recovery::default() }
    }
}

impl<H: EventHandler<E>, E: Copy + Send + 'static> Handler<E> for Isolate<H, E> {
    fn on_start(&mut self, context: &StageContext) {
        self.stage.clone_from(&context.stage);
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
            if fault.remedy == Remedy::Halt {
                return Err(fault.at(sequence));
            }
            let (stage, reason) = (self.stage.clone(), fault.message);
            let letter = DeadLetter { sequence, stage, reason, event };
            self.dead_letters.send(letter, &mut self.counts);
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

impl<H, E> fmt::Debug for Isolate<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolate").field("counts", &self.counts).finish_non_exhaustive()
    }
}
