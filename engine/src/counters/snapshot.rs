//! The counters as they were at one moment.

use super::meter::{RING, STAGE, ring, stage};
use super::page::Page;
use crate::tally;
use std::sync::atomic::Ordering::Relaxed;

/// Looks at a tally that its owner keeps changing before it is given up.
const LOOKS: usize = 10_000;

/// The counters of a pipeline at one moment. Each stage's are consistent in themselves; between
/// stages a few events may have passed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The process that writes them.
    pub process: u32,
    /// When its pipeline was started, in UNIX nanoseconds.
    pub started_ns: u64,
    /// One for each ring, in the order in which they were added.
    pub rings: Vec<RingCounters>,
    /// One for each stage, in the order in which they were added.
    pub stages: Vec<StageCounters>,
}

/// The counters of a ring's producers. What is counted here happens only while the ring is full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingCounters {
    /// Its name.
    pub name: String,
    /// The number of slots.
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

/// The counters of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageCounters {
    /// Its name.
    pub name: String,
    /// The index of its ring; of the last one if it reads several.
    pub ring: usize,
    /// What it is doing.
    pub progress: StageProgress,
    /// The sequence after the last event it is done with.
    pub position: u64,
    /// The number of events it knew to be there for it when it last took some.
    pub seen: u64,
    /// Events taken.
    pub events: u64,
    /// Batches in which they were taken.
    pub batches: u64,
    /// Events in the largest batch.
    pub largest_batch: u64,
    /// Batches by size: of 1 event, of 2 and 3, of 4 to 7, and so on; the last has all others.
    pub batch_sizes: Vec<u64>,
    /// Times, give or take a thousand, that it looked and found nothing.
    pub idle: u64,
    /// Slots without an event that it passed over.
    pub aborted: u64,
    /// Attempts beyond the first at the same event or batch.
    pub retried: u64,
    /// Events given up.
    pub dead_letters: u64,
}

/// What a stage is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StageProgress {
    /// It takes events.
    Running,
    /// It has taken its last event.
    Ended,
    /// Its handler failed, or the pipeline was stopped.
    Failed,
    /// It has left the ring.
    Left,
    /// Its counters could not be read: whoever wrote them stopped in the middle of it.
    Unknown,
}

impl Snapshot {
    pub(super) fn of(page: &Page) -> Self {
        let mut snapshot = Self {
            process: page.process(),
            started_ns: page.started(),
            rings: Vec::new(),
            stages: Vec::new(),
        };
        for index in 0..page.entries() {
            let entry = page.entry(index);
            match entry.kind {
                RING => snapshot.rings.push(RingCounters::of(page, index)),
                STAGE => snapshot.stages.push(StageCounters::of(page, index)),
                _ => {}
            }
        }
        for stage in &snapshot.stages {
            if let Some(ring) = snapshot.rings.get_mut(stage.ring) {
                ring.published = ring.published.max(stage.seen);
            }
        }
        snapshot
    }
}

impl RingCounters {
    fn of(page: &Page, index: usize) -> Self {
        let (entry, counters) = (page.entry(index), page.counters(index));
        let counter = |place: usize| counters[place].load(Relaxed);
        Self {
            name: entry.name,
            capacity: entry.capacity,
            published: 0,
            waited: counter(ring::WAITED),
            rejected: counter(ring::REJECTED),
            timed_out: counter(ring::TIMED_OUT),
            dropped: counter(ring::DROPPED),
            conflated: counter(ring::CONFLATED),
        }
    }
}

impl StageCounters {
    fn of(page: &Page, index: usize) -> Self {
        let entry = page.entry(index);
        let words = page.counters(index);
        let copy = (0..LOOKS).find_map(|_| tally::read::<{ stage::ALL }>(words));
        let readable = copy.is_some();
        let copy = copy.unwrap_or([0; stage::ALL]);
        let progress = match copy[stage::STATE] {
            _ if !readable => StageProgress::Unknown,
            0 => StageProgress::Running,
            1 => StageProgress::Ended,
            2 => StageProgress::Failed,
            3 => StageProgress::Left,
            _ => StageProgress::Unknown,
        };
        Self {
            name: entry.name,
            ring: entry.ring as usize,
            progress,
            position: copy[stage::POSITION],
            seen: copy[stage::SEEN],
            events: copy[stage::EVENTS],
            batches: copy[stage::BATCHES],
            largest_batch: copy[stage::LARGEST],
            batch_sizes: copy[stage::SIZES..].to_vec(),
            idle: copy[stage::IDLE],
            aborted: copy[stage::ABORTED],
            retried: copy[stage::RETRIED],
            dead_letters: copy[stage::DEAD_LETTERS],
        }
    }
}
