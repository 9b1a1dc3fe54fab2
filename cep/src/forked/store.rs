//! Where runs, keys and their chains live: fixed tables with free lists, filled when built.

use std::collections::HashMap;

use super::chain::{Chains, NONE};
use super::limits::{Dropped, Limits};
use super::plan::MOST_KEY_FIELDS;

/// A partial match that waits in one branch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
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
    /// The next one of its key, or the next free one.
    pub(super) next: u32,
}

pub(super) type Key = [u64; MOST_KEY_FIELDS];

#[derive(Debug, Clone, Copy)]
pub(super) struct Partition {
    pub(super) key: Key,
    /// Events seen.
    pub(super) position: u64,
    /// Runs that started before this sequence are gone.
    pub(super) cut: u64,
    pub(super) first: u32,
    pub(super) runs: usize,
    /// Matches that are held back.
    pub(super) held: usize,
    /// Matches that are out.
    pub(super) matches: u64,
    pub(super) truncated: bool,
    pub(super) used: bool,
}

/// A match or a time-out that waits for its turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) partition: usize,
    pub(super) last: u32,
    pub(super) start: u64,
    /// Sequence of the last event.
    pub(super) end: u64,
    /// The time that had to pass, if one had to.
    pub(super) deadline: u64,
    /// When it became a match, in order.
    pub(super) moment: u64,
}

/// Everything that grows, within [`Limits`].
#[derive(Debug)]
pub(super) struct Store<E> {
    pub(super) chains: Chains<E>,
    pub(super) runs: Vec<Run>,
    free_run: u32,
    pub(super) partitions: Vec<Partition>,
    free_partitions: Vec<usize>,
    by_key: HashMap<Key, usize>,
    pub(super) limits: Limits,
    pub(super) dropped: Dropped,
}

impl<E: Copy> Store<E> {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            chains: Chains::new(limits.bound.min(NONE as usize)),
            runs: Vec::with_capacity(limits.runs),
            free_run: NONE,
            partitions: Vec::with_capacity(limits.keys),
            free_partitions: Vec::with_capacity(limits.keys),
            // Twice as many, so that what was removed never makes it grow.
            by_key: HashMap::with_capacity(2 * limits.keys),
            limits,
            dropped: Dropped::default(),
        }
    }

    pub(super) fn find(&self, key: &Key) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// The partition of `key`, a new one if need be; `None` if there is no room.
    pub(super) fn partition(&mut self, key: Key) -> Option<usize> {
        if let Some(found) = self.find(&key) {
            return Some(found);
        }
        let fresh = Partition {
            key,
            position: 0,
            cut: 0,
            first: NONE,
            runs: 0,
            held: 0,
            matches: 0,
            truncated: false,
            used: true,
        };
        let at = match self.free_partitions.pop() {
            Some(at) => {
                self.partitions[at] = fresh;
                at
            }
            None if self.partitions.len() < self.limits.keys => {
                self.partitions.push(fresh);
                self.partitions.len() - 1
            }
            None => {
                self.dropped.events += 1;
                return None;
            }
        };
        self.by_key.insert(key, at);
        Some(at)
    }

    /// Forgets a partition that nothing is left of.
    pub(super) fn forget_if_empty(&mut self, at: usize) {
        let partition = &mut self.partitions[at];
        if partition.used && partition.runs == 0 && partition.held == 0 {
            partition.used = false;
            self.by_key.remove(&partition.key);
            self.free_partitions.push(at);
        }
    }

    /// Adds a run, which holds its chain, in front of `list`.
    pub(super) fn add_run(&mut self, at: usize, run: Run, list: &mut u32) {
        if self.partitions[at].runs >= self.limits.runs_per_key {
            return self.drop_run(at);
        }
        let run = Run { next: *list, ..run };
        let slot = if self.free_run != NONE {
            let slot = self.free_run;
            self.free_run = self.runs[slot as usize].next;
            self.runs[slot as usize] = run;
            slot
        } else if self.runs.len() < self.limits.runs {
            self.runs.push(run);
            (self.runs.len() - 1) as u32
        } else {
            return self.drop_run(at);
        };
        self.partitions[at].runs += 1;
        self.chains.hold(run.last);
        *list = slot;
    }

    /// Counts a run of partition `at` for which there is no room.
    pub(super) fn drop_run(&mut self, at: usize) {
        self.dropped.runs += 1;
        self.partitions[at].truncated = true;
    }

    /// Frees a run that is in no list any more.
    pub(super) fn free(&mut self, at: usize, slot: u32) {
        self.partitions[at].runs -= 1;
        self.chains.release(self.runs[slot as usize].last);
        self.runs[slot as usize].next = self.free_run;
        self.free_run = slot;
    }

    /// Keeps the runs of partition `at` for which `keep` holds.
    pub(super) fn retain(&mut self, at: usize, mut keep: impl FnMut(&mut Self, Run) -> bool) {
        let mut slot = std::mem::replace(&mut self.partitions[at].first, NONE);
        let mut last = NONE;
        while slot != NONE {
            let run = self.runs[slot as usize];
            if !keep(self, run) {
                self.free(at, slot);
            } else if last == NONE {
                self.partitions[at].first = slot;
                last = slot;
            } else {
                self.runs[last as usize].next = slot;
                last = slot;
            }
            slot = run.next;
        }
        if last != NONE {
            self.runs[last as usize].next = NONE;
        }
    }

    /// Puts the runs in list `fresh` in front of those of partition `at`.
    pub(super) fn join(&mut self, at: usize, fresh: u32) {
        let mut last = fresh;
        while let Some(run) = self.runs.get_mut(last as usize) {
            if run.next == NONE {
                run.next = std::mem::replace(&mut self.partitions[at].first, fresh);
                return;
            }
            last = run.next;
        }
    }

    /// The runs of partition `at`.
    pub(super) fn runs_of(&self, at: usize) -> impl Iterator<Item = &Run> {
        let mut slot = self.partitions[at].first;
        std::iter::from_fn(move || {
            let run = self.runs.get(slot as usize)?;
            slot = run.next;
            Some(run)
        })
    }

    /// Keeps an output, which holds its chain, in `list`.
    pub(super) fn keep(&mut self, output: Output, list: &mut Vec<Output>) {
        if list.len() >= self.limits.matches {
            self.dropped.matches += 1;
            self.partitions[output.partition].truncated = true;
            return;
        }
        self.chains.hold(output.last);
        self.partitions[output.partition].held += 1;
        list.push(output);
    }

    /// Moves an output that is kept already to `list`.
    pub(super) fn pass(&mut self, output: Output, list: &mut Vec<Output>) {
        self.keep(output, list);
        self.forget(output);
    }

    /// Lets go of an output.
    pub(super) fn forget(&mut self, output: Output) {
        self.chains.release(output.last);
        self.partitions[output.partition].held -= 1;
    }
}
