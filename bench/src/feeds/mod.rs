//! The benchmark of feeds: bytes to events to books, one thread, one core, data in memory.
//!
//! ```text
//!   decode    ITCH bytes to events                          journal   events to blocks and back
//!   book      orders to best prices, in one piece           apply     the same, event by event
//!   packets   the loopback to events in a ring              recovery  two bad lines to the session
//! ```
//!
//! Times are of the thread's processor
//! time, which other programs' turns on the core do not count in. A new family of rows is a
//! module with a `scenario` and a line in [`SCENARIOS`] and [`scenarios`].

mod apply;
mod book;
mod decode;
mod goals;
mod journal;
mod keeper;
mod packets;
#[cfg(feature = "feed-peers")]
mod peer;
mod recovery;
mod streams;
mod turns;

use crate::contenders::{Found, Metric, Sample, Scenario, Series};
use crate::measure::clock::Clock;
use crate::measure::cpu::thread_cpu_ns;
use crate::measure::pairs::median_of;

pub(crate) use goals::judge;

/// What all scenarios are made with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    /// The clock of single events.
    pub(crate) clock: Clock,
    /// Events of a trial.
    pub(crate) events: u64,
    /// Live orders of the deep books.
    pub(crate) live: u64,
}

/// Names that `--scenario` takes.
pub(crate) const SCENARIOS: [&str; 12] = [
    decode::NAME,
    journal::WRITE,
    journal::READ,
    book::DAY,
    book::DEEP,
    apply::DAY,
    apply::DEEP,
    packets::STEADY,
    packets::BURST,
    recovery::LOSS,
    recovery::OUTAGE,
    recovery::BOTH,
];

/// The scenario of this name, one of [`SCENARIOS`].
///
/// # Errors
///
/// If its data cannot be made.
pub(crate) fn scenario(name: &str, setup: &Setup) -> anyhow::Result<Scenario> {
    match name {
        decode::NAME => decode::scenario(setup),
        journal::WRITE => journal::write(setup),
        journal::READ => journal::read(setup),
        book::DAY => book::day(setup),
        book::DEEP => book::deep(setup),
        apply::DAY => apply::day(setup),
        apply::DEEP => apply::deep(setup),
        packets::STEADY => packets::steady(setup),
        packets::BURST => packets::burst(setup),
        recovery::LOSS => recovery::loss(setup),
        recovery::OUTAGE => recovery::outage(setup),
        recovery::BOTH => recovery::both(setup),
        other => unreachable!("{other} is not listed"),
    }
}

/// Processor time of `work` for each of `events` events, and what it found.
fn measured(events: usize, work: impl FnOnce() -> Found) -> Sample {
    let start = thread_cpu_ns();
    let found = work();
    let ns = (thread_cpu_ns() - start) as f64 / events as f64;
    Sample { found, figures: vec![(Metric::PerEvent, ns)] }
}

/// A sender that is later is part of what is measured, in nanoseconds.
const SLIP_LIMIT_NS: f64 = 1_000.0;

/// What is not measured, or not of the feeds alone, in sentences.
pub(crate) fn notes(all: &[Series]) -> Vec<String> {
    let missing = "itch5, itchy and hftbacktest are not built in: build with --features feed-peers";
    let limited = |series: &&Series| {
        let slips = series.of(Metric::Slip);
        !slips.is_empty() && median_of(slips) > SLIP_LIMIT_NS
    };
    let note = |series: &Series| {
        format!(
            "{}, {}: limited by the sender, whose slip is above {} us at p99.9",
            series.scenario,
            series.name,
            SLIP_LIMIT_NS / 1e3
        )
    };
    let mut notes: Vec<String> = all.iter().filter(limited).map(note).collect();
    if cfg!(not(feature = "feed-peers")) {
        notes.push(missing.to_owned());
    }
    notes
}
