//! What one event does to the runs of its key.

use bytemuck::Pod;

use super::arena::Arena;
use super::blocks::Blocks;
use super::gate::MOST_VALUES;
use super::layout::{GATE, START, STATE, TIME};
use super::limits::{Counts, Limits};
use super::outputs::{Output, Outputs};
use super::plan::{Branch, EVERY, FRESH, Look, Meets, Plan};
use crate::ir::Contiguity;
use crate::overflow::Overflow;

/// An event, and everything that it may change.
pub(super) struct Step<'a, E> {
    pub(super) plan: &'a Plan,
    pub(super) limits: &'a Limits,
    pub(super) blocks: &'a mut Blocks,
    pub(super) arena: &'a mut Arena,
    pub(super) outputs: &'a mut Outputs<E>,
    pub(super) counts: &'a mut Counts,
    /// A run under test, and what becomes of it.
    pub(super) scratch: &'a mut [Box<[u64]>; 2],
    /// Runs that were copied because they both bound the event and wait on.
    pub(super) copies: &'a mut Vec<u64>,
    pub(super) event: &'a E,
    pub(super) sequence: u64,
    pub(super) time: u64,
    /// Steps whose conditions on the event alone hold.
    pub(super) admitted: u64,
    pub(super) head: u32,
}

impl<E: Pod> Step<'_, E> {
    /// Lets every run of the key take the event, then starts runs with it.
    #[inline]
    pub(super) fn take(&mut self) {
        let position = if self.plan.every { self.blocks.count_event(self.head) } else { 0 };
        self.visit(position);
        if !self.copies.is_empty() {
            let copies = std::mem::take(self.copies);
            for run in copies.chunks_exact(self.plan.words) {
                self.add(run, false);
            }
            *self.copies = copies;
            self.copies.clear();
        }
        if self.admitted & self.plan.starts != 0 {
            self.start(position);
        }
    }

    /// Drops the runs that are over, and advances those that the event can change.
    #[inline]
    fn visit(&mut self, position: u64) {
        let len = self.blocks.len(self.head);
        if len == 0 {
            return;
        }
        let (window, time) = (self.plan.ir.window.time.unwrap_or(u64::MAX), self.time);
        let full = self.plan.full();
        let values = self.plan.values.of(self.event);
        let bits = self.admitted | EVERY;
        let begin = self.blocks.begin(self.head);
        let (mut from, mut to, mut kept) = (begin, begin, 0);
        for _ in 0..len {
            let run = self.blocks.run(from);
            let over = time.saturating_sub(run[TIME]) >= window
                || full.is_some_and(|(word, most)| position - run[word] >= most);
            let keep = !over
                && (self.plan.looks[run[STATE] as u16 as usize].passes(run, bits, &values) || {
                    self.scratch[0].copy_from_slice(run);
                    let keep = self.advance(position);
                    if keep {
                        self.blocks.run_mut(from).copy_from_slice(&self.scratch[0]);
                    }
                    keep
                });
            let after = self.blocks.after(from);
            if keep {
                if from != to {
                    self.blocks.copy(from, to);
                }
                to = self.blocks.after(to);
                kept += 1;
            }
            from = after;
        }
        if kept < len {
            self.blocks.shorten(self.head, kept);
        }
    }

    /// What the event does to the run in the scratch; does the run live on?
    fn advance(&mut self, position: u64) -> bool {
        let plan = self.plan;
        let run = &self.scratch[0];
        let word = run[STATE];
        let state = &plan.states[word as u16 as usize];
        let (mut waiting, fresh) = ((word >> 16) as u16 & !FRESH, (word >> 16) as u16 & FRESH);
        let (mut taken, before) = (0_u16, waiting);
        for (at, branch) in state.iter().enumerate() {
            let bit = 1 << at;
            if before & bit == 0 {
                continue;
            }
            if self.is_closed(branch) || self.breaks(branch, fresh != 0) {
                waiting &= !bit;
                continue;
            }
            let takes = self.meets(&branch.meets);
            taken |= u16::from(takes) << at;
            let over = match branch.link {
                Contiguity::Strict => true,
                Contiguity::Next => takes,
                Contiguity::Any => false,
            };
            if over || branch.between.iter().any(|it| self.meets(it)) {
                waiting &= !bit;
            }
        }
        let moved = word & !(u64::from(u16::MAX) << 16) | u64::from(waiting) << 16;
        if taken == 0 {
            self.scratch[0][STATE] = moved;
            return waiting != 0;
        }
        self.bind(state, taken, (moved, waiting != 0), position)
    }

    /// Binds the event in the branches `taken`. The run itself goes on in the last of them if
    /// nothing else is waited for; otherwise, and in the others, copies of it do.
    fn bind(
        &mut self,
        state: &[Branch],
        mut taken: u16,
        (moved, waits): (u64, bool),
        position: u64,
    ) -> bool {
        let last = self.scratch[0][STATE] >> 32;
        while taken != 0 {
            let branch = &state[taken.trailing_zeros() as usize];
            taken &= taken - 1;
            if self.arena.room() == 0 {
                self.lose_run();
                continue;
            }
            let link = self.arena.bind(Ok(last as u32), branch.step, self.sequence, self.time);
            self.outputs.copy(link, self.event);
            if branch.ends {
                let [run, _] = &*self.scratch;
                self.found(link, run[START], run[TIME]);
            }
            let Some(then) = &branch.then else { continue };
            let [run, fresh] = &mut *self.scratch;
            fresh.copy_from_slice(run);
            enter(fresh, branch, then, link, (self.event, position, self.time));
            if !waits && taken == 0 {
                self.scratch.swap(0, 1);
                return true;
            }
            if self.copies.len() + self.plan.words > self.copies.capacity() {
                self.lose_run();
            } else {
                self.copies.extend_from_slice(&self.scratch[1]);
            }
        }
        self.scratch[0][STATE] = moved;
        waits
    }

    /// Has the branch's gap closed?
    fn is_closed(&self, branch: &Branch) -> bool {
        let (Some(gap), Some(last)) = (branch.gap, self.plan.last_time) else { return false };
        self.time >= self.scratch[0][last].saturating_add(gap)
    }

    /// Does the event end the wait, so that it may not be bound either?
    fn breaks(&self, branch: &Branch, fresh: bool) -> bool {
        branch.barred.iter().any(|it| self.meets(it))
            || fresh && branch.next.iter().any(|it| self.meets(it))
    }

    #[inline]
    fn meets(&self, meets: &Meets) -> bool {
        let run = &self.scratch[0];
        meets.bit & self.admitted != 0 && meets.tests.iter().all(|it| it.holds(run, self.event))
    }

    /// Starts a run in each of the first branches that can take the event.
    fn start(&mut self, position: u64) {
        let plan = self.plan;
        for branch in &plan.states[0] {
            if self.breaks(branch, false) || !self.meets(&branch.meets) {
                continue;
            }
            if self.arena.room() == 0 {
                self.lose_run();
                continue;
            }
            let link = self.arena.bind(Err(self.head), branch.step, self.sequence, self.time);
            self.outputs.copy(link, self.event);
            if branch.ends {
                self.found(link, self.sequence, self.time);
            }
            let Some(then) = &branch.then else { continue };
            let mut run = std::mem::take(&mut self.scratch[1]);
            (run[START], run[TIME]) = (self.sequence, self.time);
            enter(&mut run, branch, then, link, (self.event, position, self.time));
            self.add(&run, true);
            self.scratch[1] = run;
        }
    }

    fn found(&mut self, last: u32, start: u64, start_time: u64) {
        let (end, end_time, head) = (self.sequence, self.time, self.head);
        let found = Output { head, last, start, end, start_time, end_time, moment: 0 };
        let limit = self.limits.matches;
        self.outputs.find(found, limit, self.blocks, self.counts);
    }

    fn add(&mut self, run: &[u64], newest: bool) {
        let limit = self.limits.runs_per_key;
        if self.blocks.len(self.head) >= limit.most {
            if limit.overflow != Overflow::DropOldest {
                return self.lose_run();
            }
            let lost = self.blocks.drop_first(self.head);
            self.counts.runs_lost += lost as u64;
            self.blocks.truncate(self.head);
        }
        if !self.blocks.insert(self.head, run, newest) {
            self.lose_run();
        }
    }

    fn lose_run(&mut self) {
        self.counts.runs_lost += 1;
        self.blocks.truncate(self.head);
    }
}

/// Lets `run`, which has bound the event by `branch`, wait in the state after it.
fn enter<E: Pod>(
    run: &mut [u64],
    branch: &Branch,
    then: &super::plan::Then,
    link: u32,
    (event, position, time): (&E, u64, u64),
) {
    for update in &branch.updates {
        update.apply(run, event, position, time);
    }
    let mut branches = then.branches;
    if let Some(gate) = &then.gate {
        let above = gate.above(run, event);
        run[GATE] = above.number as u64;
        branches |= if above.always { FRESH } else { 0 };
    }
    run[STATE] = u64::from(then.state) | u64::from(branches) << 16 | u64::from(link) << 32;
}

impl Look {
    /// Does the event, of which `bits` is what it can change, leave the run as it is?
    #[inline(always)]
    fn passes(&self, run: &[u64], bits: u64, values: &[i64; MOST_VALUES]) -> bool {
        if self.react & bits == 0 {
            return true;
        }
        let Some(value) = self.value else { return false };
        let value = values[usize::from(value) % MOST_VALUES];
        let always = (run[STATE] >> 16) as u16 & FRESH != 0;
        value <= run[GATE] as i64 && !(always && value == i64::MIN)
    }
}
