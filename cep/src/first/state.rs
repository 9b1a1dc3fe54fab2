//! The state of matching and how one event changes it: partial matches as runs with registers.
//!
//! Within one event: expired runs are dropped first (and, in the leftmost mode, matches that
//! this frees are found), then runs advance, oldest first, then the event may start a run. A
//! key's list is in the order of starts, complete runs that are held back included.

use bytemuck::Pod;

use super::error::BatchError;
use super::found::Found;
use super::gate::Gate;
use super::journal::Journal;
use super::limits::Limits;
use super::matcher::Counts;
use super::partitions::{Partitions, Slot};
use super::pattern::{AfterMatch, Pattern};
use super::plan::Plan;
use super::runs::{NIL, Runs};

/// Everything that changes while matching.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) window: u64,
    pub(crate) after_match: AfterMatch,
    pub(crate) runs: Runs,
    pub(crate) partitions: Partitions,
    pub(crate) found: Found,
    pub(crate) journal: Journal,
    /// The current event's share of each test, and of each step's gate.
    sums: Box<[i128]>,
    gates: Box<[Gate]>,
    /// Starts between two searches for room.
    pub(crate) patience: u64,
    pub(crate) tally: Tally,
}

/// The numbers that a rollback puts back.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) latest: u64,
    /// Starts since runs and keys were last searched for room.
    pub(crate) starts: u64,
    pub(crate) counts: Counts,
}

/// An event with what the plan says about it.
pub(crate) struct Seen<'a, E> {
    pub(crate) sequence: u64,
    pub(crate) event: &'a E,
    pub(crate) atoms: u64,
    pub(crate) admitted: u64,
}

impl State {
    pub(crate) fn new<E: Pod>(pattern: &Pattern<E>, limits: &Limits) -> Self {
        let Pattern { plan, steps, window, after_match, .. } = pattern;
        let undoable = if limits.batch > 0 { (limits.runs, limits.keys) } else { (0, 0) };
        let runs = Runs::new(limits.runs, undoable.0, steps.len(), plan.registers());
        Self {
            window: *window,
            after_match: *after_match,
            partitions: Partitions::new(limits.keys),
            // Every run completes at most once, so one event never finds more than `runs`.
            found: Found::new(limits.matches.max(limits.runs) + 1, steps.len()),
            journal: Journal::new(undoable, runs.words()),
            sums: vec![0; plan.tests()].into_boxed_slice(),
            gates: plan.steps.iter().map(|step| step.gate).collect(),
            runs,
            patience: (limits.runs.min(limits.keys) / 8) as u64,
            tally: Tally { starts: u64::MAX, ..Tally::default() },
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.runs.bytes()
            + self.partitions.bytes()
            + self.found.bytes()
            + self.journal.bytes()
            + size_of_val(&*self.sums)
            + size_of_val(&*self.gates)
    }

    /// Partial matches alive, those held back included.
    pub(crate) fn live(&self) -> usize {
        self.runs.live()
    }

    /// The entry of `key`; a new one only if the event can start a run. Called in the order of
    /// the stream, which is what it checks `time` for.
    #[inline(always)]
    pub(crate) fn locate(&mut self, time: u64, key: u64, admitted: u64) -> Option<Slot> {
        self.tally.counts.out_of_order += u64::from(admitted != 0 && time < self.tally.latest);
        self.tally.latest = self.tally.latest.max(time);
        if admitted & 1 == 0 {
            return self.partitions.find(key);
        }
        self.tally.starts = self.tally.starts.saturating_add(1);
        let slot = self.partitions.find_or_insert(key);
        self.tally.counts.truncated += u64::from(slot.is_none());
        slot
    }

    /// Keeps the list in `slot` for a rollback.
    pub(crate) fn open_list(&mut self, slot: Slot) {
        self.journal.save_list(self.partitions.get_mut(slot));
    }

    /// Fails if the next event could find more matches than can be held back.
    #[inline(always)]
    pub(crate) fn check_room(&self, sequence: u64) -> Result<(), BatchError> {
        if self.found.room() > self.runs.live() {
            return Ok(());
        }
        Err(BatchError::TooManyMatches { sequence, most: self.found.most() })
    }

    /// Takes one event of the key in `slot`. `JOURNAL` says that it may have to be undone.
    #[inline(never)]
    pub(crate) fn step<const JOURNAL: bool, E: Pod>(
        &mut self,
        plan: &Plan<E>,
        slot: Slot,
        time: u64,
        seen: &Seen<'_, E>,
    ) {
        let mut list = self.partitions.get(slot).list();
        self.expire::<JOURNAL>(&mut list, time, seen.sequence);
        let mut starts = seen.admitted & 1 != 0;
        if seen.admitted & !1 != 0 && list.0 != NIL {
            starts &= self.advance::<JOURNAL, E>(plan, &mut list, time, seen);
        }
        if starts {
            self.start::<JOURNAL, E>(plan, &mut list, time, seen);
        }
        self.partitions.set_list(slot, list);
    }

    /// Drops runs whose window is over, and emits the matches that no longer wait for one.
    #[inline(always)]
    fn expire<const JOURNAL: bool>(&mut self, list: &mut (u32, u32), time: u64, sequence: u64) {
        while list.0 != NIL {
            let run = list.0;
            if self.runs.is_complete(run) {
                self.emit_first::<JOURNAL>(list, sequence);
            } else if time.saturating_sub(self.runs.start(run)) >= self.window {
                list.0 = self.runs.next(run);
                self.free::<JOURNAL>(run);
            } else {
                return;
            }
        }
        list.1 = NIL;
    }

    /// Lets every run that awaits this event bind it. Returns whether the event may start a run.
    #[inline(always)]
    fn advance<const JOURNAL: bool, E: Pod>(
        &mut self,
        plan: &Plan<E>,
        list: &mut (u32, u32),
        time: u64,
        seen: &Seen<'_, E>,
    ) -> bool {
        plan.prepare(seen.event, seen.admitted, &mut self.sums, &mut self.gates);
        let (mut before, mut run) = (NIL, list.0);
        loop {
            (before, run) = self.next_to_bind(plan, (before, run), seen);
            if run == NIL {
                break;
            }
            let (next, step) = self.runs.look(run);
            // Only where times run backwards can an expired run lie behind one that is not.
            if time.saturating_sub(self.runs.start(run)) >= self.window {
                (before, run) = (run, next);
                continue;
            }
            self.save::<JOURNAL>(run);
            self.bind(plan, run, step, seen);
            if self.runs.is_complete(run) {
                match self.after_match {
                    AfterMatch::NoSkip => {
                        self.find(run, seen.sequence);
                        self.unlink::<JOURNAL>(list, before, run, next);
                        run = next;
                        continue;
                    }
                    AfterMatch::PastLastEager => {
                        self.find(run, seen.sequence);
                        self.free_from::<JOURNAL>(list.0);
                        *list = (NIL, NIL);
                        return false;
                    }
                    AfterMatch::PastLastLeftmost => {}
                }
            }
            (before, run) = (run, next);
        }
        let mut starts = true;
        while list.0 != NIL && self.runs.is_complete(list.0) {
            starts &= self.emit_first::<JOURNAL>(list, seen.sequence) < seen.sequence;
        }
        starts
    }

    /// The first run from `run` on that binds the current event, and the one before it.
    #[inline(always)]
    fn next_to_bind<E: Pod>(
        &self,
        plan: &Plan<E>,
        (mut before, mut run): (u32, u32),
        seen: &Seen<'_, E>,
    ) -> (u32, u32) {
        while run != NIL {
            let (next, step) = self.runs.look(run);
            if seen.admitted >> step & 1 == 1 && self.passes(plan, step, run, seen.atoms) {
                break;
            }
            (before, run) = (run, next);
        }
        (before, run)
    }

    /// May the run, which awaits `step`, bind the current event?
    #[inline(always)]
    fn passes<E: Pod>(&self, plan: &Plan<E>, step: usize, run: u32, atoms: u64) -> bool {
        let gate = &self.gates[step];
        if gate.complex {
            return plan.binds(step, &self.sums, self.runs.registers(run), atoms);
        }
        gate.sum + gate.bound.times(self.runs.near(run, gate.bound.register)) >= 0
    }

    /// Starts a run with this event, or finds the match if the pattern has one step.
    #[inline(always)]
    fn start<const JOURNAL: bool, E: Pod>(
        &mut self,
        plan: &Plan<E>,
        list: &mut (u32, u32),
        time: u64,
        seen: &Seen<'_, E>,
    ) {
        if plan.steps.len() == 1 {
            self.found.push(seen.sequence, &[seen.sequence]);
            self.tally.counts.matches += 1;
            return;
        }
        let Some(run) = self.runs.allocate(time, seen.sequence) else {
            self.tally.counts.truncated += 1;
            return;
        };
        if JOURNAL {
            self.journal.allocated(run);
        }
        self.runs.keep(run, &plan.steps[0].saves, seen.event);
        if list.1 == NIL {
            list.0 = run;
        } else {
            self.save::<JOURNAL>(list.1);
            self.runs.set_next(list.1, run);
        }
        list.1 = run;
    }

    #[inline(always)]
    fn bind<E: Pod>(&mut self, plan: &Plan<E>, run: u32, step: usize, seen: &Seen<'_, E>) {
        self.runs.bind(run, seen.sequence);
        self.runs.keep(run, &plan.steps[step].saves, seen.event);
    }

    /// Puts a complete run among the matches found.
    fn find(&mut self, run: u32, emitted_at: u64) {
        self.found.push(emitted_at, self.runs.sequences(run));
        self.tally.counts.matches += 1;
    }

    /// Emits the complete run at the head of the list and drops all runs that start at or before
    /// its last event. Returns the sequence of that event.
    fn emit_first<const JOURNAL: bool>(&mut self, list: &mut (u32, u32), at: u64) -> u64 {
        self.find(list.0, at);
        let sequences = self.runs.sequences(list.0);
        let last = sequences[sequences.len() - 1];
        while list.0 != NIL && self.runs.sequences(list.0)[0] <= last {
            let run = list.0;
            list.0 = self.runs.next(run);
            self.free::<JOURNAL>(run);
        }
        if list.0 == NIL {
            list.1 = NIL;
        }
        last
    }

    /// Emits what the key in `slot` holds back and drops the rest.
    pub(crate) fn end(&mut self, slot: Slot) {
        let mut list = self.partitions.get(slot).list();
        while list.0 != NIL {
            let run = list.0;
            if self.runs.is_complete(run) {
                self.emit_first::<false>(&mut list, u64::MAX);
            } else {
                list.0 = self.runs.next(run);
                self.free::<false>(run);
            }
        }
        self.partitions.set_list(slot, (NIL, NIL));
    }

    /// Takes `run` out of the list and frees it.
    #[inline(always)]
    fn unlink<const JOURNAL: bool>(
        &mut self,
        list: &mut (u32, u32),
        before: u32,
        run: u32,
        next: u32,
    ) {
        if before == NIL {
            list.0 = next;
        } else {
            self.save::<JOURNAL>(before);
            self.runs.set_next(before, next);
        }
        if next == NIL {
            list.1 = before;
        }
        self.free::<JOURNAL>(run);
    }

    fn free_from<const JOURNAL: bool>(&mut self, mut run: u32) {
        while run != NIL {
            let next = self.runs.next(run);
            self.free::<JOURNAL>(run);
            run = next;
        }
    }

    /// Frees a node; one from before the transaction only at its commit, so that its content
    /// survives.
    #[inline(always)]
    pub(crate) fn free<const JOURNAL: bool>(&mut self, run: u32) {
        if !JOURNAL || self.journal.free(run) {
            self.runs.release(run);
        } else {
            self.runs.retire();
        }
    }

    /// Keeps a node as it is now, to be put back by a rollback.
    #[inline(always)]
    fn save<const JOURNAL: bool>(&mut self, run: u32) {
        if JOURNAL {
            self.journal.save(run, &self.runs);
        }
    }
}
