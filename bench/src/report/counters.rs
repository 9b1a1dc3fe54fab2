//! The counters of a pipeline, read from outside: what `stat --json` and `top --json` print.
//!
//! As in [`model`](super::model), field names are a contract with scripts: add, never rename.

mod bar;
mod live;
mod once;
#[cfg(test)]
mod tests;

use serde::Serialize;
use tourbillon_engine::{RingCounters, Snapshot, StageCounters, StageProgress};

pub use live::{live, over};
pub use once::once;

/// What `stat --json` and `top --json` print.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CountersReport {
    /// Version of this object.
    pub schema_version: u32,
    /// The file that was read.
    pub file: String,
    /// The counters.
    #[serde(flatten)]
    pub readings: Readings,
}

/// One reading stands in the object itself, several in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Readings {
    /// The fields of the reading.
    One(Reading),
    /// A key `samples`.
    Several {
        /// In the order in which they were taken.
        samples: Vec<Reading>,
    },
}

/// The counters at one moment. Each stage's are consistent in themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// When they were read, in UNIX nanoseconds.
    pub taken_ns: u64,
    /// The process that writes them.
    pub process: u32,
    /// Whether it is still there; `null` where the system does not say.
    pub alive: Option<bool>,
    /// When its pipeline started, in UNIX nanoseconds.
    pub started_ns: u64,
    /// The rings, in the order in which they were added.
    pub rings: Vec<RingReading>,
    /// The stages, in the order in which they were added.
    pub stages: Vec<StageReading>,
}

/// What the producers of one ring did. What is counted here happens only while the ring is full.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RingReading {
    /// Its name.
    pub name: String,
    /// Slots.
    pub capacity: u64,
    /// Events published, as far as any stage has seen.
    pub published: u64,
    /// Times that a producer had to wait for room.
    pub waited: u64,
    /// Events refused because there was no room.
    pub rejected: u64,
    /// Events refused because there was no room in time.
    pub timed_out: u64,
    /// Events dropped because there was no room.
    pub dropped: u64,
    /// Events that a newer one of their key replaced.
    pub conflated: u64,
}

/// What one stage did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StageReading {
    /// Its name.
    pub name: String,
    /// Index of its ring.
    pub ring: u64,
    /// What it is doing.
    pub state: State,
    /// The sequence after the last event it is done with.
    pub position: u64,
    /// Events published that it is not done with; `null` if it has left the ring, or if where it
    /// stands is not known.
    pub depth: Option<u64>,
    /// Events taken.
    pub events: u64,
    /// Batches in which they were taken.
    pub batches: u64,
    /// Mean events in a batch; `null` before the first.
    pub mean_batch: Option<f64>,
    /// Events in the largest batch.
    pub largest_batch: u64,
    /// Batches by size, rising; sizes that never occurred are left out.
    pub batch_sizes: Vec<SizeClass>,
    /// Times, give or take a thousand, that it looked and found nothing.
    pub idle: u64,
    /// Slots without an event that it passed over.
    pub aborted: u64,
    /// Attempts beyond the first at the same event or batch.
    pub retried: u64,
    /// Events given up.
    pub dead_letters: u64,
}

/// Batches of similar size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SizeClass {
    /// Fewest events in such a batch.
    pub from: u64,
    /// Most events; `null` for the last class, which has no end.
    pub to: Option<u64>,
    /// Such batches.
    pub batches: u64,
}

/// What a stage is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It takes events.
    Running,
    /// It has taken its last event.
    Ended,
    /// Its handler failed, or the pipeline was stopped.
    Failed,
    /// It has left its ring, and the others go on.
    Left,
    /// Its counters cannot be read: whoever wrote them stopped in the middle of it.
    #[default]
    Unknown,
}

impl Reading {
    /// What the file says, and what the system says of the process.
    #[must_use]
    pub fn new(snapshot: &Snapshot, taken_ns: u64, alive: Option<bool>) -> Self {
        let stage = |stage| StageReading::new(stage, snapshot.rings.get(stage.ring));
        Self {
            taken_ns,
            process: snapshot.process,
            alive,
            started_ns: snapshot.started_ns,
            rings: snapshot.rings.iter().map(RingReading::new).collect(),
            stages: snapshot.stages.iter().map(stage).collect(),
        }
    }
}

impl RingReading {
    fn new(ring: &RingCounters) -> Self {
        Self {
            name: ring.name.clone(),
            capacity: ring.capacity,
            published: ring.published,
            waited: ring.waited,
            rejected: ring.rejected,
            timed_out: ring.timed_out,
            dropped: ring.dropped,
            conflated: ring.conflated,
        }
    }
}

impl StageReading {
    fn new(stage: &StageCounters, ring: Option<&RingCounters>) -> Self {
        let state = State::new(stage.progress);
        Self {
            name: stage.name.clone(),
            ring: stage.ring as u64,
            state,
            position: stage.position,
            depth: ring.and_then(|ring| depth(stage, state, ring)),
            events: stage.events,
            batches: stage.batches,
            mean_batch: (stage.batches > 0).then(|| stage.events as f64 / stage.batches as f64),
            largest_batch: stage.largest_batch,
            batch_sizes: size_classes(&stage.batch_sizes),
            idle: stage.idle,
            aborted: stage.aborted,
            retried: stage.retried,
            dead_letters: stage.dead_letters,
        }
    }
}

impl State {
    fn new(progress: StageProgress) -> Self {
        match progress {
            StageProgress::Running => Self::Running,
            StageProgress::Ended => Self::Ended,
            StageProgress::Failed => Self::Failed,
            StageProgress::Left => Self::Left,
            _ => Self::Unknown,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::Left => "left",
            Self::Unknown => "unknown",
        }
    }
}

fn depth(stage: &StageCounters, state: State, ring: &RingCounters) -> Option<u64> {
    // A stage that came later and took nothing yet does not say where it stands.
    let unplaced = stage.batches == 0 && ring.published > ring.capacity;
    if unplaced || matches!(state, State::Left | State::Unknown) {
        return None;
    }
    // The stages are read one after the other, and the ring holds no more than this.
    Some(ring.published.saturating_sub(stage.position).min(ring.capacity))
}

/// Class `n` holds the batches of 2^n events and more, up to the next class.
fn size_classes(batches: &[u64]) -> Vec<SizeClass> {
    let last = batches.len().saturating_sub(1);
    let class = |(n, &batches): (usize, &u64)| SizeClass {
        from: 1 << n,
        to: (n < last).then(|| (2 << n) - 1),
        batches,
    };
    batches.iter().enumerate().map(class).filter(|class| class.batches > 0).collect()
}
