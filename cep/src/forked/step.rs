//! What one event does to the runs of its partition. A run forks where it may both take the event
//! and go on waiting, and where several branches lead on from what it took.

use std::cell::Cell;

use bytemuck::Pod;

use super::chain::{Bound, NONE, Seen};
use super::outputs::{Output, Outputs};
use super::plan::{Bind, Branch, Plan};
use super::rows::Before;
use super::store::{Run, Store};
use crate::eval::Test;
use crate::ir::{Contiguity, StepId, StepSet};

/// The event, and where what it causes goes.
pub(super) struct Step<'a, E> {
    pub(super) plan: &'a Plan,
    /// What is to be tested for each step.
    pub(super) tests: &'a [Test],
    pub(super) at: usize,
    /// The event, bound to nothing yet.
    pub(super) now: Bound<E>,
    pub(super) rows: Before<'a, E>,
    /// Of the steps whose conditions read it alone: which are tested already, and which it meets.
    pub(super) tested: Cell<StepSet>,
    pub(super) met: Cell<StepSet>,
    pub(super) found: &'a mut Outputs,
}

impl<E: Pod> Step<'_, E> {
    /// Takes the event as far as `run` does; does the run go on waiting?
    pub(super) fn advance(&mut self, store: &mut Store<E>, run: &Run) -> bool {
        let branch = &self.plan.branches[run.branch];
        if self.breaks(store, branch, run) {
            return false;
        }
        let Some(bind) = &branch.bind else { return true };
        if self.now.time >= run.pause {
            let taken = self.take(store, run.branch, bind, run.last, run);
            let over = match bind.link {
                Contiguity::Strict => true,
                Contiguity::Next => taken,
                Contiguity::Any => false,
            };
            if over || store.is_gone() {
                return false;
            }
        }
        !branch.between.iter().any(|step| self.meets(store, *step, false, run.last))
    }

    /// Starts a run in each of the first branches that can take the event.
    pub(super) fn start(&mut self, store: &mut Store<E>, leading: &mut [u64]) {
        let Bound { sequence, position, time, .. } = self.now;
        let mut leading = leading.iter_mut();
        for index in self.plan.points[0].clone() {
            let branch = &self.plan.branches[index];
            let mut free = !branch.barred.iter().any(|it| self.meets(store, *it, true, NONE));
            for (length, step) in &branch.lasting {
                let until = leading.next().expect("one for each");
                free &= time >= *until;
                if self.meets(store, *step, false, NONE) {
                    *until = time.saturating_add(length.unwrap_or(0));
                }
            }
            let Some(bind) = branch.bind.as_ref().filter(|_| free) else { continue };
            let run = Run {
                partition: self.at,
                branch: index,
                last: NONE,
                start: sequence,
                first_time: time,
                first_position: position,
                deadline: u64::MAX,
                pause: 0,
                full: u64::MAX,
                since: sequence,
                stale: false,
            };
            self.take(store, index, bind, NONE, &run);
        }
    }

    /// Does the event end the wait, so that it may not be bound either?
    fn breaks(&self, store: &Store<E>, branch: &Branch, run: &Run) -> bool {
        let adjacent = || self.now.position == store.chains.get(run.last).position + 1;
        let forbidden = |length: Option<u64>| {
            let from = store.chains.get(run.last).time;
            self.now.time < length.map_or(run.pause, |length| from.saturating_add(length))
        };
        branch.barred.iter().any(|step| self.meets(store, *step, true, run.last))
            || !branch.next.is_empty()
                && adjacent()
                && branch.next.iter().any(|step| self.meets(store, *step, false, run.last))
            || branch.lasting.iter().any(|&(length, step)| {
                forbidden(length) && self.meets(store, step, false, run.last)
            })
    }

    /// Does the event meet the condition of `step`, after `last`, being `bound` to it or not?
    fn meets(&self, store: &Store<E>, step: StepId, bound: bool, last: u32) -> bool {
        if self.tested.get().contains(step) {
            return self.met.get().contains(step);
        }
        let (chains, rows, event) = (&store.chains, self.rows, &self.now.event);
        let own = bound.then_some(step);
        let seen = Seen { chains, rows, event, own, last, before: last };
        let meets = self.tests[step.index()].holds(&seen);
        if self.plan.alone.contains(step) {
            let step = StepSet::of(step);
            self.tested.set(self.tested.get().union(step));
            if meets {
                self.met.set(self.met.get().union(step));
            }
        }
        meets
    }

    /// Binds the event to the branch's step, if it meets what it must, and goes on from there.
    fn take(
        &mut self,
        store: &mut Store<E>,
        branch: usize,
        bind: &Bind,
        last: u32,
        run: &Run,
    ) -> bool {
        let holds = match &bind.now {
            None => self.meets(store, bind.step, true, last),
            Some(test) => {
                let (chains, rows, event) = (&store.chains, self.rows, &self.now.event);
                test.holds(&Seen { chains, rows, event, own: Some(bind.step), last, before: last })
            }
        };
        if !holds {
            return false;
        }
        let Some(taken) = store.bind(self.at, self.now.after(last, bind.step, branch)) else {
            return true;
        };
        let holds = !self.plan.defers || self.settles(store, taken);
        if holds {
            for next in self.plan.points[bind.then].clone() {
                self.wait(store, next, taken, run);
            }
        }
        store.chains.release(taken);
        holds
    }

    /// Does what waited for the step just bound hold?
    fn settles(&self, store: &Store<E>, last: u32) -> bool {
        let chains = &store.chains;
        let newest = chains.get(last);
        let before = match newest.before {
            NONE => StepSet::default(),
            before => chains.get(before).steps,
        };
        chains.back(last).all(|(at, link)| {
            let bind = self.plan.branches[link.branch].bind.as_ref();
            let later = bind.map_or(&[][..], |bind| &bind.later);
            later.iter().all(|(test, steps)| {
                let due = within(*steps, newest.steps) && (at == last || !within(*steps, before));
                let (event, before) = (&link.event, link.before);
                // No rows: the plan refuses what would read them.
                let rows = Before::NONE;
                !due || test.holds(&Seen { chains, rows, event, own: None, last, before })
            })
        })
    }

    /// Is something of the chain still to be tested?
    fn waits_for_more(&self, store: &Store<E>, last: u32) -> bool {
        let bound = store.chains.get(last).steps;
        self.plan.defers
            && store.chains.back(last).any(|(_, link)| {
                let bind = self.plan.branches[link.branch].bind.as_ref();
                bind.is_some_and(|bind| bind.later.iter().any(|(_, steps)| !within(*steps, bound)))
            })
    }

    /// Begins to wait in branch `index` after the event, bound last; or has found a match.
    fn wait(&mut self, store: &mut Store<E>, index: usize, last: u32, run: &Run) {
        let branch = &self.plan.branches[index];
        let (window, now) = (self.plan.ir.window, self.now.time);
        let after = |from: u64, length: Option<u64>| {
            length.map_or(u64::MAX, |length| from.saturating_add(length))
        };
        let closes = after(run.first_time, window.time);
        let pauses = branch.lasting.iter().map(|(length, _)| match length {
            Some(_) => after(now, *length),
            None => closes,
        });
        let pause = pauses.max().unwrap_or(0);
        let (mut deadline, mut full) = (pause, u64::MAX);
        if branch.bind.is_some() {
            deadline = closes.min(after(now, branch.gap));
            full = window.events.map_or(u64::MAX, |count| run.first_position + count);
        } else if self.waits_for_more(store, last) {
            return;
        } else if branch.lasting.is_empty() {
            let (partition, start, end) = (self.at, run.start, self.now.sequence);
            let (deadline, moment, branch) = (0, 0, index);
            let output = Output { partition, last, start, end, deadline, moment, branch };
            return store.keep(output, self.found);
        }
        let since = self.now.sequence;
        store.add_run(Run { branch: index, last, deadline, pause, full, since, ..*run });
    }
}

/// Are all of `steps` among `others`?
fn within(steps: StepSet, others: StepSet) -> bool {
    steps.intersection(others) == steps
}
