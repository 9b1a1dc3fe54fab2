//! What the programs under `src/bin` have in common.
//!
//! Each program runs whole pipelines under one instrument, which needs a build or a process of its
//! own. The tests under `tests` build and run them, and what was planted to be caught as well: an
//! instrument that reports nothing has only then been heard to speak.

mod publish;
mod steady;

use std::process::ExitCode;

use tourbillon_engine::{Batch, DeadLetters, Fault, Handler, Isolate};

pub use publish::{Publisher, in_batches, in_claims, inline, multi, one_by_one, single};
pub use steady::{EVENTS, STEADY, Steady, Watch};

/// The largest event of which a ring can send a copy along. All words are the same, so that a torn
/// one shows.
pub type Tick = [u64; 7];

/// The event with this number.
#[must_use]
pub fn tick(number: u64) -> Tick {
    [number; 7]
}

/// A handler that expects the events `0..`, each whole.
///
/// # Errors
/// If an event is not the one whose turn it is.
pub fn whole(batch: &Batch<'_, Tick>) -> Result<(), Fault> {
    match batch.iter().find(|&(sequence, event)| *event != tick(sequence)) {
        None => Ok(()),
        Some((sequence, event)) => Err(Fault::new(format!("{event:?} at {sequence}"))),
    }
}

/// The same, event by event.
pub fn whole_each() -> impl Handler<Tick> {
    let check = |sequence: u64, event: &Tick| {
        if *event == tick(sequence) { Ok(()) } else { Err(Fault::halt("not whole")) }
    };
    Isolate::new(check, DeadLetters::sink(drop))
}

/// Runs the scenario that the first argument names; without one, lists the names.
pub fn main(scenarios: &[(&str, fn())]) -> ExitCode {
    let wanted = std::env::args().nth(1);
    let known = scenarios.iter().find(|(name, _)| Some(*name) == wanted.as_deref());
    let Some((_, run)) = known else {
        scenarios.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::from(2);
    };
    run();
    ExitCode::SUCCESS
}
