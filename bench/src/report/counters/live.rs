//! What has happened since the reading before, on a terminal of 80 columns: `top`.
//!
//! Cells are padded to what figures commonly take, so that columns stand still from view to view.

use std::time::Duration;

use super::bar::gauge;
use super::once::{faults, full_name, process};
use super::{Reading, RingReading, StageReading, State};
use crate::report::grid;
use crate::report::human::{count, decimal, rate};

/// Columns of the bar that shows how full a ring is.
const GAUGE: usize = 10;

/// The view. Rates need `before`, an earlier reading and the time since then.
#[must_use]
pub fn live(reading: &Reading, before: Option<(&Reading, Duration)>) -> String {
    // Another pipeline may have taken over the file.
    let before = before.filter(|(before, _)| before.started_ns == reading.started_ns);
    let parts = [
        process(reading),
        rings(&reading.rings, before),
        stages(reading, before),
        faults(&reading.stages),
    ];
    parts.join("\n\n")
}

/// Why there is nothing more to watch, if that is so.
#[must_use]
pub fn over(reading: &Reading) -> Option<String> {
    let running = reading.stages.iter().filter(|stage| stage.state == State::Running).count();
    let named = |state| {
        let stages = reading.stages.iter().filter(move |stage| stage.state == state);
        stages.map(|stage| format!("`{}`", stage.name)).collect::<Vec<_>>().join(", ")
    };
    let failed = match named(State::Failed) {
        names if names.is_empty() => String::new(),
        names => format!(" Failed or stopped: {names}."),
    };
    if reading.alive == Some(false) {
        let left = match running {
            0 => String::new(),
            _ => format!(" It did not end {}.", named(State::Running)),
        };
        return Some(format!("Process {} is gone.{left}{failed}", reading.process));
    }
    let done = |stage: &StageReading| !matches!(stage.state, State::Running | State::Unknown);
    let all = !reading.stages.is_empty() && reading.stages.iter().all(done);
    all.then(|| format!("Every stage has come to its end.{failed}"))
}

fn rings(rings: &[RingReading], before: Option<(&Reading, Duration)>) -> String {
    let header = ["ring", "slots", "published", "rate", "waited", "refused", "lost"];
    let row = |(index, ring): (usize, &RingReading)| {
        let earlier = before.and_then(|(before, time)| Some((before.rings.get(index)?, time)));
        vec![
            ring.name.clone(),
            count(ring.capacity),
            format!("{:>13}", count(ring.published)),
            earlier.map_or("-".to_owned(), |(earlier, time)| {
                per_second(ring.published.saturating_sub(earlier.published), time)
            }),
            format!("{:>7}", count(ring.waited)),
            format!("{:>7}", count(ring.rejected + ring.timed_out)),
            format!("{:>7}", count(ring.dropped + ring.conflated)),
        ]
    };
    grid::numbers(&header, rings.iter().enumerate().map(row)).trim_fmt()
}

fn stages(reading: &Reading, before: Option<(&Reading, Duration)>) -> String {
    let header = ["stage", "state", "events", "batches", "mean batch", "depth", "of the ring"];
    let row = |(index, stage): (usize, &StageReading)| {
        let earlier = before.and_then(|(before, time)| Some((before.stages.get(index)?, time)));
        let mut row = vec![full_name(stage, reading), stage.state.name().to_owned()];
        row.extend(earlier.map_or(["-", "-", "-"].map(str::to_owned), |(earlier, time)| {
            since(stage, earlier, time)
        }));
        let slots = reading.rings.get(stage.ring as usize).map_or(0, |ring| ring.capacity);
        row.push(format!("{:>7}", stage.depth.map_or("-".to_owned(), count)));
        row.push(stage.depth.map_or(String::new(), |depth| gauge(depth, slots, GAUGE)));
        row
    };
    grid::numbers(&header, reading.stages.iter().enumerate().map(row)).trim_fmt()
}

/// Events, batches, and mean events in a batch since the earlier reading.
fn since(stage: &StageReading, earlier: &StageReading, time: Duration) -> [String; 3] {
    let events = stage.events.saturating_sub(earlier.events);
    let batches = stage.batches.saturating_sub(earlier.batches);
    let mean = match batches {
        0 => "-".to_owned(),
        _ => decimal(events as f64 / batches as f64),
    };
    [per_second(events, time), per_second(batches, time), mean]
}

fn per_second(n: u64, time: Duration) -> String {
    format!("{:>8}", rate(n as f64 / time.as_secs_f64()))
}
