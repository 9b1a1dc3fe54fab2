//! Where runs live, and keys (`partitions`): fixed tables with free lists, filled when built.
//!
//! Every run is in the list of its partition and in that of all runs, both in the order in which
//! runs began to wait, so that the oldest is at hand where there is no room for another.

use bytemuck::Pod;

use super::chain::{Bound, Chains, NONE};
use super::keys::Keys;
use super::limits::{Dropped, Limit, Limits};
use super::list::{Links, List};
use super::outputs::{Output, Outputs};
use super::partitions::{Partition, Remembers};
use super::timers::Timers;
use crate::overflow::Overflow;

/// A partial match that waits in one branch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) partition: usize,
    pub(super) branch: usize,
    /// The last event bound.
    pub(super) last: u32,
    /// Sequence of the first event bound.
    pub(super) start: u64,
    pub(super) first_time: u64,
    pub(super) first_position: u64,
    /// When the window, the gap or the absence at the end is over; the largest number for never.
    pub(super) deadline: u64,
    /// Nothing is bound before.
    pub(super) pause: u64,
    /// Position of the first event outside the window of events; the largest number for none.
    pub(super) full: u64,
    /// Sequence of the event after which it waits.
    pub(super) since: u64,
    /// Are the same bindings a match already, so that it comes to nothing new?
    pub(super) stale: bool,
}

/// Everything that grows, within [`Limits`].
#[derive(Debug)]
pub(super) struct Store<E> {
    pub(super) chains: Chains<E>,
    pub(super) runs: Vec<Run>,
    free_runs: Vec<u32>,
    /// By slot: the next and the one before in its partition, and among all runs.
    siblings: Links,
    ages: Links,
    all: List,
    pub(super) timers: Timers,
    /// The run that is looked at and the one after it, while all runs of a partition are.
    current: u32,
    next: u32,
    pub(super) partitions: Vec<Partition>,
    pub(super) free_partitions: Vec<u32>,
    pub(super) keys: Keys,
    /// Partitions in the order of their last events.
    pub(super) recent: Links,
    pub(super) by_use: List,
    /// Those that are to be settled.
    pub(super) touched: Vec<usize>,
    pub(super) remembers: Remembers,
    /// Partitions that nothing is left of but an absence in front, and when that has lasted.
    pub(super) absences: Timers,
    /// The time of the last event or watermark.
    pub(super) now: u64,
    pub(super) limits: Limits,
    pub(super) dropped: Dropped,
    pub(super) stopped: Option<Limit>,
    /// Until when new partitions may lack what was dropped with others.
    pub(super) lacking: u64,
    /// Was a key forgotten or refused that should have been remembered?
    pub(super) forgot: bool,
}

impl<E: Pod> Store<E> {
    /// Keys have so many words; if they have none, there is one.
    pub(super) fn new(limits: Limits, words: usize, remembers: Remembers) -> Self {
        let keys = if words == 0 { 1 } else { limits.keys };
        Self {
            chains: Chains::new(limits.bound),
            runs: Vec::with_capacity(limits.runs),
            free_runs: Vec::with_capacity(limits.runs),
            siblings: Links::new(limits.runs),
            ages: Links::new(limits.runs),
            all: List::EMPTY,
            timers: Timers::new(limits.runs),
            current: NONE,
            next: NONE,
            partitions: Vec::with_capacity(keys),
            free_partitions: Vec::with_capacity(keys),
            keys: Keys::new(words, keys),
            recent: Links::new(keys),
            by_use: List::EMPTY,
            touched: Vec::with_capacity(keys),
            absences: Timers::new(if remembers.absences { keys } else { 0 }),
            remembers,
            now: 0,
            limits: Limits { keys, ..limits },
            dropped: Dropped::default(),
            stopped: None,
            lacking: 0,
            forgot: false,
        }
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.chains.memory()
            + self.runs.capacity() * size_of::<Run>()
            + self.free_runs.capacity() * size_of::<u32>()
            + self.siblings.memory()
            + self.ages.memory()
            + self.timers.memory()
            + self.partitions.capacity() * size_of::<Partition>()
            + self.free_partitions.capacity() * size_of::<u32>()
            + self.keys.memory()
            + self.recent.memory()
            + self.touched.capacity() * size_of::<usize>()
            + self.absences.memory()
    }

    /// Adds a run, which holds its chain, if there is room or can be made.
    pub(super) fn add_run(&mut self, run: Run) {
        let (at, Limits { runs, runs_per_key, .. }) = (run.partition, self.limits);
        let own = self.partitions[at].runs;
        if own.len >= runs_per_key && !self.make_room(Limit::RunsPerKey, at, own.first)
            || self.all.len >= runs && !self.make_room(Limit::Runs, at, self.all.first)
        {
            return;
        }
        let slot = match self.free_runs.pop() {
            Some(slot) => {
                self.runs[slot as usize] = run;
                slot
            }
            None => {
                self.runs.push(run);
                (self.runs.len() - 1) as u32
            }
        };
        self.chains.hold(run.last);
        self.partitions[at].runs.push(&mut self.siblings, slot);
        self.all.push(&mut self.ages, slot);
        self.timers.insert(slot, run.deadline);
    }

    /// Binds an event for a run of partition `at`, if there is room or can be made.
    pub(super) fn bind(&mut self, at: usize, bound: Bound<E>) -> Option<u32> {
        // The run that binds may be the one that goes.
        let before = bound.before;
        self.chains.hold(before);
        let mut room = true;
        while room && self.chains.is_full() {
            room = self.make_room(Limit::Bound, at, self.all.first);
        }
        let bound = room.then(|| self.chains.bind(bound));
        self.chains.release(before);
        bound
    }

    /// There is no room for something of partition `at`; is there now, without `oldest`?
    fn make_room(&mut self, limit: Limit, at: usize, oldest: u32) -> bool {
        self.overflows(limit, at);
        if self.limits.policy(limit) != Overflow::DropOldest || oldest == NONE {
            return false;
        }
        let at = self.runs[oldest as usize].partition;
        self.partitions[at].truncated = true;
        self.free(oldest);
        true
    }

    /// Counts what has no room, of partition `at`.
    pub(super) fn overflows(&mut self, limit: Limit, at: usize) {
        self.partitions[at].truncated = true;
        self.refuses(limit);
    }

    /// Counts what has no room.
    pub(super) fn refuses(&mut self, limit: Limit) {
        self.dropped.count(limit);
        if self.limits.policy(limit) == Overflow::Stop {
            self.stopped.get_or_insert(limit);
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Does any run wait?
    pub(super) fn waits(&self) -> bool {
        self.all.len > 0
    }

    /// Ends a run.
    pub(super) fn free(&mut self, slot: u32) {
        let Run { partition, last, .. } = self.runs[slot as usize];
        if self.next == slot {
            self.next = self.siblings.next(slot);
        }
        if self.current == slot {
            self.current = NONE;
        }
        self.partitions[partition].runs.remove(&mut self.siblings, slot);
        self.all.remove(&mut self.ages, slot);
        self.timers.remove(slot);
        self.free_runs.push(slot);
        self.chains.release(last);
        self.touch(partition);
    }

    /// Keeps the runs of partition `at` that began to wait before the event `until` and for which
    /// `keep` holds. That may add runs and end others.
    pub(super) fn retain(
        &mut self,
        at: usize,
        until: u64,
        mut keep: impl FnMut(&mut Self, &Run) -> bool,
    ) {
        self.next = self.partitions[at].runs.first;
        while self.next != NONE {
            let slot = self.next;
            let run = self.runs[slot as usize];
            if run.since >= until {
                break;
            }
            self.next = self.siblings.next(slot);
            self.current = slot;
            let kept = keep(self, &run);
            if !kept && self.current == slot {
                self.free(slot);
            }
        }
        (self.next, self.current) = (NONE, NONE);
    }

    /// Is the run that `retain` looks at gone already?
    pub(super) fn is_gone(&self) -> bool {
        self.current == NONE
    }

    /// The run after that in `slot`, of the same partition.
    pub(super) fn after(&self, slot: u32) -> u32 {
        self.siblings.next(slot)
    }

    /// The runs of partition `at`.
    pub(super) fn runs_of(&self, at: usize) -> impl Iterator<Item = &Run> {
        let mut slot = self.partitions[at].runs.first;
        std::iter::from_fn(move || {
            let run = self.runs.get(slot as usize)?;
            slot = self.siblings.next(slot);
            Some(run)
        })
    }

    /// Ends all runs that started before `cut`.
    pub(super) fn cut_all(&mut self, cut: u64) {
        let mut slot = self.all.first;
        while slot != NONE {
            let next = self.ages.next(slot);
            if self.runs[slot as usize].start < cut {
                self.free(slot);
            }
            slot = next;
        }
    }

    /// Keeps an output, which holds its chain, in `list`, if there is room or can be made.
    pub(super) fn keep(&mut self, output: Output, list: &mut Outputs) {
        if !list.is_full() {
            list.push(output);
        } else {
            self.overflows(Limit::Matches, output.partition);
            if self.limits.policy(Limit::Matches) != Overflow::DropOldest {
                return;
            }
            let oldest = list.replace_oldest(output);
            self.partitions[oldest.partition].truncated = true;
            self.forget(oldest);
        }
        self.chains.hold(output.last);
        self.partitions[output.partition].held += 1;
        self.touch(output.partition);
    }

    /// Moves an output that is kept already to `list`.
    pub(super) fn pass(&mut self, output: Output, list: &mut Outputs) {
        self.keep(output, list);
        self.forget(output);
    }

    /// Lets go of an output.
    pub(super) fn forget(&mut self, output: Output) {
        self.chains.release(output.last);
        self.partitions[output.partition].held -= 1;
        self.touch(output.partition);
    }
}
