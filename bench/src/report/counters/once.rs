//! The counters at one moment, on a terminal of 80 columns: `stat`.

use std::time::Duration;

use super::bar::bar;
use super::{Reading, RingReading, SizeClass, StageReading};
use crate::report::grid;
use crate::report::human::{count, decimal};

/// Columns of the longest bar.
const BAR: usize = 32;

/// Everything that the counters say.
#[must_use]
pub fn once(reading: &Reading) -> String {
    let mut parts = vec![process(reading), rings(&reading.rings), stages(reading)];
    parts.push(faults(&reading.stages));
    parts.extend(reading.stages.iter().filter(|stage| stage.batches > 0).map(sizes));
    parts.join("\n\n")
}

/// Which process, and since when it counts.
pub(super) fn process(reading: &Reading) -> String {
    let state = match reading.alive {
        Some(true) => "is running",
        Some(false) => "is gone",
        None => "(the system does not say whether it is still there)",
    };
    let started = std::time::UNIX_EPOCH + Duration::from_nanos(reading.started_ns);
    let age = Duration::from_nanos(reading.taken_ns.saturating_sub(reading.started_ns));
    format!(
        "Process {} {state}; its pipeline started {}, {} ago",
        reading.process,
        humantime::format_rfc3339_seconds(started),
        humantime::format_duration(Duration::from_secs(age.as_secs()))
    )
}

fn rings(rings: &[RingReading]) -> String {
    let header =
        ["ring", "slots", "published", "waited", "rejected", "timeout", "dropped", "conflated"];
    let row = |ring: &RingReading| {
        let numbers = [
            ring.capacity,
            ring.published,
            ring.waited,
            ring.rejected,
            ring.timed_out,
            ring.dropped,
            ring.conflated,
        ];
        [ring.name.clone()].into_iter().chain(numbers.map(count)).collect()
    };
    grid::numbers(&header, rings.iter().map(row)).trim_fmt()
}

fn stages(reading: &Reading) -> String {
    let header = ["stage", "state", "events", "depth", "batches", "mean", "largest"];
    let row = |stage: &StageReading| {
        vec![
            full_name(stage, reading),
            stage.state.name().to_owned(),
            count(stage.events),
            stage.depth.map_or("-".to_owned(), count),
            count(stage.batches),
            stage.mean_batch.map_or("-".to_owned(), decimal),
            count(stage.largest_batch),
        ]
    };
    grid::numbers(&header, reading.stages.iter().map(row)).trim_fmt()
}

/// The stage's name, with that of its ring where there are several.
pub(super) fn full_name(stage: &StageReading, reading: &Reading) -> String {
    match reading.rings.get(stage.ring as usize) {
        Some(ring) if reading.rings.len() > 1 => format!("{} ({})", stage.name, ring.name),
        _ => stage.name.clone(),
    }
}

/// What went wrong in the stages, one line for each with something to tell.
pub(super) fn faults(stages: &[StageReading]) -> String {
    let faulty = |stage: &&StageReading| stage.aborted + stage.retried + stage.dead_letters > 0;
    let line = |stage: &StageReading| {
        format!(
            "{}: retried {}, dead letters {}, aborted slots {}",
            stage.name,
            count(stage.retried),
            count(stage.dead_letters),
            count(stage.aborted)
        )
    };
    let lines: Vec<String> = stages.iter().filter(faulty).map(line).collect();
    match lines.is_empty() {
        true => "Nothing retried, no dead letters, no aborted slots.".to_owned(),
        false => lines.join("\n"),
    }
}

fn sizes(stage: &StageReading) -> String {
    let most = stage.batch_sizes.iter().map(|class| class.batches).max().unwrap_or(0);
    let digits = count(most).len();
    let line = |class: &SizeClass| {
        let size = match class.to {
            Some(to) if to == class.from => count(to),
            Some(to) => format!("{} to {}", count(class.from), count(to)),
            None => format!("{} and more", count(class.from)),
        };
        let bar = bar(class.batches, most, BAR);
        format!("\n  {size:>18}  {bar:BAR$}  {:>digits$}", count(class.batches))
    };
    let lines: String = stage.batch_sizes.iter().map(line).collect();
    let idle = count(stage.idle);
    format!("{}: batches by number of events; looked in vain {idle} times{lines}", stage.name)
}
