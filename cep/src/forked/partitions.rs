//! The keys of the stream: who has one, who has to go for another, and when nothing is left of one.
//!
//! A partition goes with its last run and output, but for what the pattern remembers of it: rows
//! before, for good; how many matches there were, once there is one; absences in front until they
//! have lasted. Then only [`Limits::keys`](super::Limits::keys) makes room.

use bytemuck::Pod;

use super::limits::Limit;
use super::list::List;
use super::store::Store;
use crate::overflow::Overflow;

#[derive(Debug, Clone, Copy)]
pub(super) struct Partition {
    /// Events seen.
    pub(super) position: u64,
    /// Runs that started before this sequence are gone.
    pub(super) cut: u64,
    pub(super) runs: List,
    /// Outputs that are kept.
    pub(super) held: usize,
    /// Matches that are out.
    pub(super) matches: u64,
    pub(super) truncated: bool,
    /// Until when something may be missing that was dropped before it was known.
    lacks_until: u64,
    /// When the last absence in front has lasted.
    pub(super) absent_until: u64,
    pub(super) used: bool,
    /// Has something of it ended since the last settling?
    pub(super) touched: bool,
}

/// What is remembered of a key of which no run and no output is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remembers {
    /// How many matches it had.
    pub(super) numbers: bool,
    /// So many of its last rows.
    pub(super) rows: usize,
    /// Since when something is absent, where the pattern begins with that.
    pub(super) absences: bool,
}

impl Remembers {
    /// Something that no time makes worthless?
    pub(super) fn for_good(&self) -> bool {
        self.numbers || self.rows > 0
    }
}

impl<E: Pod> Store<E> {
    pub(super) fn find(&self, key: &[u64]) -> Option<usize> {
        self.keys.find(key)
    }

    /// The partition that has to go if there is to be one more.
    pub(super) fn oldest_partition(&mut self) -> Option<usize> {
        let is_full = |store: &Self| {
            store.partitions.len() == store.limits.keys && store.free_partitions.is_empty()
        };
        while is_full(self) {
            let Some(over) = self.absences.due(self.now) else {
                return Some(self.by_use.first as usize);
            };
            self.remove_partition(over as usize);
        }
        None
    }

    /// A new partition, for `key`, which has none. There is room for it.
    pub(super) fn add_partition(&mut self, key: &[u64]) -> usize {
        let forgotten = self.forgot && self.remembers.for_good();
        let fresh = Partition {
            position: 0,
            cut: 0,
            runs: List::EMPTY,
            held: 0,
            matches: 0,
            truncated: forgotten || self.now < self.lacking,
            lacks_until: self.lacking,
            absent_until: 0,
            used: true,
            touched: false,
        };
        let at = match self.free_partitions.pop() {
            Some(at) => {
                self.partitions[at as usize] = fresh;
                at as usize
            }
            None => {
                self.partitions.push(fresh);
                self.partitions.len() - 1
            }
        };
        self.keys.insert(key, at);
        self.by_use.push(&mut self.recent, at as u32);
        self.touch(at);
        at
    }

    /// The partition has an event.
    pub(super) fn use_partition(&mut self, at: usize) {
        if self.by_use.last != at as u32 {
            self.by_use.remove(&mut self.recent, at as u32);
            self.by_use.push(&mut self.recent, at as u32);
        }
        if self.remembers.absences {
            self.absences.remove(at as u32);
            self.touch(at);
        }
        let Remembers { numbers, rows, .. } = self.remembers;
        let partition = &mut self.partitions[at];
        if partition.runs.len == 0 && partition.held == 0 {
            // What was dropped may have had a number, or been a row, or begun what still lasts.
            partition.truncated &=
                numbers || partition.position < rows as u64 || self.now < partition.lacks_until;
        }
    }

    /// There is no room for a key whose event comes now, and `policy` says who has to go; what
    /// began before now can matter until `longest`.
    pub(super) fn lacks_a_key(&mut self, longest: u64) -> Overflow {
        self.refuses(Limit::Keys);
        self.lacking = self.lacking.max(longest);
        self.forgot = true;
        self.limits.policy(Limit::Keys)
    }

    /// Is to be settled.
    pub(super) fn touch(&mut self, at: usize) {
        if !std::mem::replace(&mut self.partitions[at].touched, true) {
            self.touched.push(at);
        }
    }

    /// All is settled: forgets what nothing is left of.
    pub(super) fn forget_idle(&mut self) {
        while let Some(at) = self.touched.pop() {
            let Remembers { numbers, rows, .. } = self.remembers;
            let partition = &mut self.partitions[at];
            partition.touched = false;
            if !partition.used || partition.runs.len > 0 || partition.held > 0 {
                continue;
            }
            // What was dropped may have had a number, or been a row, or begun what still lasts.
            partition.truncated &=
                numbers || partition.position < rows as u64 || self.now < partition.lacks_until;
            if rows > 0 || numbers && partition.matches > 0 {
                continue;
            }
            let absent_until = partition.absent_until;
            if absent_until <= self.now {
                self.remove_partition(at);
            } else if !self.absences.has(at as u32) {
                self.absences.insert(at as u32, absent_until);
            }
        }
    }

    /// Forgets a partition without runs and outputs.
    pub(super) fn remove_partition(&mut self, at: usize) {
        self.partitions[at].used = false;
        self.keys.remove(at);
        self.by_use.remove(&mut self.recent, at as u32);
        self.absences.remove(at as u32);
        self.free_partitions.push(at as u32);
    }
}
