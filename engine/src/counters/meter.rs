//! Those who count.

use std::io;
use std::ops::Deref;
use std::path::Path;

use super::page::{Entry, Page};
use crate::summary::Recovery;
use crate::sync::{self, Arc, AtomicU64, Mutex};
use crate::tally::Tally;
use std::sync::atomic::Ordering::Relaxed;

pub(super) const RING: u64 = 1;
pub(super) const STAGE: u64 = 2;

/// Entries kept free for stages that are attached later.
const LATE: usize = 32;

/// Counters of a ring, by their place in its entry.
pub(super) mod ring {
    pub(in super::super) const WAITED: usize = 0;
    pub(in super::super) const REJECTED: usize = 1;
    pub(in super::super) const TIMED_OUT: usize = 2;
    pub(in super::super) const DROPPED: usize = 3;
    pub(in super::super) const CONFLATED: usize = 4;
}

/// Counters of a stage, by their place in its tally.
pub(super) mod stage {
    pub(in super::super) const POSITION: usize = 0;
    pub(in super::super) const SEEN: usize = 1;
    pub(in super::super) const EVENTS: usize = 2;
    pub(in super::super) const BATCHES: usize = 3;
    pub(in super::super) const LARGEST: usize = 4;
    pub(in super::super) const IDLE: usize = 5;
    pub(in super::super) const ABORTED: usize = 6;
    pub(in super::super) const RETRIED: usize = 7;
    pub(in super::super) const DEAD_LETTERS: usize = 8;
    pub(in super::super) const STATE: usize = 9;
    /// Batches by size: of 1, of 2 and 3, of 4 to 7, ...; the last has all that are larger.
    pub(in super::super) const SIZES: usize = 10;
    pub(in super::super) const SIZE_CLASSES: usize = 20;
    pub(in super::super) const ALL: usize = SIZES + SIZE_CLASSES;
}

/// Idle rounds between two looks of a stage at its entry, so that idling stays idle.
const IDLE_ROUNDS: u64 = 1024;
/// Batches between two questions to the handler about what it recovered from.
const BATCHES_UNASKED: u64 = 256;

/// The file and its entries, for the process that writes it. Clones are the same file.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    page: Arc<Page>,
    entering: Arc<Mutex<()>>,
}

impl Counters {
    /// Creates the file, with room for so many rings and stages and some that come later.
    pub(crate) fn create(path: &Path, entries: usize) -> io::Result<Self> {
        let page = Arc::new(Page::create(path, entries + LATE)?);
        Ok(Self { page, entering: Arc::new(Mutex::new(())) })
    }

    /// An entry for a ring.
    pub(crate) fn ring(&self, index: usize, capacity: usize) -> Option<RingMeter> {
        self.enter(&format!("ring {index}"), RING, index, capacity).map(RingMeter)
    }

    /// An entry for a stage; `None` if too many have been attached already.
    pub(crate) fn stage(&self, name: &str, ring: usize) -> Option<StageMeter> {
        self.enter(name, STAGE, ring, 0).map(StageMeter::new)
    }

    fn enter(&self, name: &str, kind: u64, ring: usize, capacity: usize) -> Option<Words> {
        let _one_at_a_time = sync::lock(&self.entering);
        let (ring, capacity) = (ring as u64, capacity as u64);
        let index = self.page.enter(&Entry { name: name.to_owned(), kind, ring, capacity })?;
        Some(Words { page: Arc::clone(&self.page), index })
    }
}

/// The counters of one entry.
#[derive(Debug)]
struct Words {
    page: Arc<Page>,
    index: usize,
}

impl Deref for Words {
    type Target = [AtomicU64];

    fn deref(&self) -> &[AtomicU64] {
        self.page.counters(self.index)
    }
}

/// Counts what happens to a ring's producers while it is full. Several may count at once.
#[derive(Debug)]
pub(crate) struct RingMeter(Words);

impl RingMeter {
    pub(crate) fn waited(&self) {
        self.0[ring::WAITED].fetch_add(1, Relaxed);
    }

    pub(crate) fn rejected(&self) {
        self.0[ring::REJECTED].fetch_add(1, Relaxed);
    }

    pub(crate) fn timed_out(&self) {
        self.0[ring::TIMED_OUT].fetch_add(1, Relaxed);
    }

    pub(crate) fn dropped(&self, events: u64) {
        self.0[ring::DROPPED].fetch_add(events, Relaxed);
    }

    pub(crate) fn conflated(&self, events: u64) {
        self.0[ring::CONFLATED].fetch_add(events, Relaxed);
    }
}

/// How a stage came to its end. It runs while its entry says 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum StageState {
    Ended = 1,
    Failed = 2,
    Left = 3,
}

/// Counts for one stage.
#[derive(Debug)]
pub(crate) struct StageMeter {
    tally: Tally<Words>,
    idle: u64,
    unasked: u64,
}

impl StageMeter {
    fn new(words: Words) -> Self {
        Self { tally: Tally::new(words), idle: 0, unasked: 0 }
    }

    /// A batch was taken; the stage is at `position` of the `seen` events that it knows of.
    #[inline]
    pub(crate) fn delivered(&mut self, events: usize, position: u64, seen: u64) {
        self.unasked += 1;
        let class = (events.max(1).ilog2() as usize).min(stage::SIZE_CLASSES - 1);
        self.tally.update(|counters| {
            counters.set(stage::POSITION, position);
            counters.set(stage::SEEN, seen);
            counters.add(stage::EVENTS, events as u64);
            counters.add(stage::BATCHES, 1);
            counters.raise(stage::LARGEST, events as u64);
            counters.add(stage::SIZES + class, 1);
        });
    }

    /// Whether to ask the handler what it recovered from.
    #[inline]
    pub(crate) fn is_curious(&self) -> bool {
        self.unasked >= BATCHES_UNASKED
    }

    /// There was nothing to take. True now and then: then is the time for `report`.
    #[inline]
    pub(crate) fn idled(&mut self) -> bool {
        self.idle += 1;
        self.idle.is_multiple_of(IDLE_ROUNDS)
    }

    pub(crate) fn report(&mut self, recovery: Recovery, aborted: u64) {
        self.unasked = 0;
        let idle = std::mem::take(&mut self.idle);
        self.tally.update(|counters| {
            counters.add(stage::IDLE, idle);
            counters.set(stage::ABORTED, aborted);
            counters.set(stage::RETRIED, recovery.retried);
            counters.set(stage::DEAD_LETTERS, recovery.dead_letters);
        });
    }

    pub(crate) fn state(&mut self, state: StageState) {
        self.tally.update(|counters| counters.set(stage::STATE, state as u64));
    }
}
