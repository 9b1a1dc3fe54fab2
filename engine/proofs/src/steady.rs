//! Telling an instrument when a pipeline is in its stride.

use tourbillon_engine::{Batch, Fault, Handler, StageContext};

use crate::Tick;

/// Events that pass before threads are watched.
pub const STEADY: u64 = 10_000;
/// Events that pass in all.
pub const EVENTS: u64 = 400_000;

/// What tells the instrument to watch the calling thread, and to stop.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// Called before the first steady event.
    pub begin: fn(),
    /// Called after the last event.
    pub end: fn(),
}

/// A handler on whose thread the instrument watches while the steady events pass: this handler,
/// the others on that thread, and the engine around them, its waiting included. Of several sources
/// the first one tells when.
#[derive(Debug)]
pub struct Steady<H> {
    /// The handler.
    pub handler: H,
    /// The instrument.
    pub watch: Watch,
}

impl<H: Handler<Tick>> Handler<Tick> for Steady<H> {
    fn on_start(&mut self, context: &StageContext) {
        self.handler.on_start(context);
    }

    fn on_batch(&mut self, batch: &Batch<'_, Tick>) -> Result<(), Fault> {
        let first = batch.first_sequence();
        let sequences = first..first + batch.len() as u64;
        let is_first = batch.source() == 0;
        if is_first && sequences.contains(&STEADY) {
            (self.watch.begin)();
        }
        let outcome = self.handler.on_batch(batch);
        if is_first && sequences.contains(&(EVENTS - 1)) {
            (self.watch.end)();
        }
        outcome
    }
}
