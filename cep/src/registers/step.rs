//! What one event does to the runs of its key.

use bytemuck::Pod;

use super::arena::{Arena, MOST_LINKS};
use super::blocks::Blocks;
use super::layout::{BRANCHES, CLASS, FIRST, GATE, LINK, START, STATE, TIME};
use super::limits::{Counts, Limits};
use super::outputs::{Output, Outputs};
use super::plan::{Branch, FRESH, Meets, Plan, Then};
use super::wake::{self, FAR};
use crate::ir::Contiguity;
use crate::overflow::Overflow;

/// An event, and everything that it may change besides the runs of its key.
pub(super) struct Step<'a, E> {
    pub(super) plan: &'a Plan,
    pub(super) limits: &'a Limits,
    pub(super) arena: &'a mut Arena,
    pub(super) outputs: &'a mut Outputs<E>,
    pub(super) counts: &'a mut Counts,
    /// Runs that are copied because they both bound the event and wait on.
    pub(super) copies: &'a mut Vec<u64>,
    pub(super) event: &'a E,
    pub(super) sequence: u64,
    pub(super) time: u64,
    /// How many events of the key were seen before.
    pub(super) position: u64,
    /// Steps whose conditions on the event alone hold.
    pub(super) admitted: u64,
    pub(super) head: u32,
    /// Did something of the key give way?
    pub(super) lost: bool,
}

impl<E: Pod> Step<'_, E> {
    /// Lets every run of the key take the event, then starts runs with it.
    #[inline(always)]
    pub(super) fn take(&mut self, blocks: &mut Blocks) {
        let head = self.head;
        self.visit(head, blocks);
        if !self.copies.is_empty() {
            self.add_copies(head, blocks);
        }
        if self.admitted & self.plan.starts != 0 {
            self.start(head, blocks);
        }
        if !self.outputs.found.is_empty() {
            blocks.hold(head, self.outputs.found.len());
        }
        if self.lost {
            blocks.truncate(head);
        }
    }

    /// Drops the runs that are over, and advances those that the event wakes.
    #[inline(always)]
    fn visit(&mut self, head: u32, blocks: &mut Blocks) {
        let (plan, event, admitted, time) = (self.plan, self.event, self.admitted, self.time);
        let window = plan.window;
        if let Some((word, most)) = plan.full {
            let position = self.position;
            blocks.restart(head);
            blocks.drop_while(head, |run| position - run[word] >= most);
        }
        blocks.visit(
            head,
            #[inline(always)]
            |run| time.saturating_sub(run[TIME]) >= window,
            || plan.classes.numbers(event, admitted),
            #[inline(always)]
            |numbers, run| {
                let fixed: &[u64; FIRST] = run.first_chunk().expect("the words of every run");
                wake::number(numbers, fixed[STATE]) < fixed[GATE] as i64 || self.advance(run)
            },
        );
    }

    /// What the event does to the run; does it live on?
    #[inline(never)]
    fn advance(&mut self, run: &mut [u64]) -> bool {
        let plan = self.plan;
        let word = run[STATE];
        let at = usize::from(word as u16);
        let state = &plan.states[at][..];
        if let Some(gate) = plan.gates[at] {
            // There is one branch, and it asks no more than the gate.
            let far = (word >> CLASS) as u8 == FAR;
            if far && gate.far().number(self.event) < run[GATE] as i64
                || state[0].meets.bit & self.admitted == 0
            {
                return true;
            }
            return self.go_on(&state[0], run);
        }
        let branches = (word >> BRANCHES) as u16;
        let (before, fresh) = (branches & !FRESH, branches & FRESH);
        let (mut taken, mut waiting) = (0_u16, before);
        for (at, branch) in state.iter().enumerate() {
            let bit = 1 << at;
            if before & bit == 0 {
                continue;
            }
            if self.is_closed(branch, run) || self.breaks(branch, fresh != 0, run) {
                waiting &= !bit;
                continue;
            }
            let takes = self.meets(&branch.meets, run);
            taken |= u16::from(takes) << at;
            let over = match branch.link {
                Contiguity::Strict => true,
                Contiguity::Next => takes,
                Contiguity::Any => false,
            };
            if over || self.meets_any(&branch.between, run) {
                waiting &= !bit;
            }
        }
        (taken != 0 && self.bind(state, taken, waiting, run)) || {
            let others = word & !(u64::from(u16::MAX) << BRANCHES);
            run[STATE] = others | u64::from(waiting) << BRANCHES;
            waiting != 0
        }
    }

    /// Binds the event in the branches `taken`. The run itself goes on in the last of them if
    /// nothing else is waited for, which is what it returns; otherwise, and in the others, copies
    /// of it do.
    fn bind(&mut self, state: &[Branch], mut taken: u16, waiting: u16, run: &mut [u64]) -> bool {
        while taken != 0 {
            let branch = &state[taken.trailing_zeros() as usize];
            taken &= taken - 1;
            let Some(link) = self.link(branch, run) else { continue };
            let Some(then) = &branch.then else { continue };
            if waiting == 0 && taken == 0 {
                self.enter(run, branch, then, link);
                return true;
            }
            let from = self.copies.len();
            if from + run.len() > self.copies.capacity() {
                self.lose_run();
                continue;
            }
            self.copies.extend_from_slice(run);
            let mut copies = std::mem::take(self.copies);
            self.enter(&mut copies[from..], branch, then, link);
            *self.copies = copies;
        }
        false
    }

    /// Binds the event in the only branch of the run, which ends the wait; does it live on?
    fn go_on(&mut self, branch: &Branch, run: &mut [u64]) -> bool {
        let Some(link) = self.link(branch, run) else { return false };
        let Some(then) = &branch.then else { return false };
        self.enter(run, branch, then, link);
        true
    }

    /// The event as the next one that the run has bound; `None` if there is no room.
    #[inline(always)]
    fn link(&mut self, branch: &Branch, run: &[u64]) -> Option<u32> {
        if self.arena.room() == 0 {
            self.lose_run();
            return None;
        }
        let last = (run[STATE] >> LINK) as u32 & (MOST_LINKS - 1) as u32;
        let link = self.arena.bind(Ok(last), branch.step, self.sequence, self.time);
        self.outputs.copy(self.arena.place(link), self.event);
        if branch.ends {
            self.found(link, run[START], run[TIME]);
        }
        Some(link)
    }

    /// Has the branch's gap closed?
    fn is_closed(&self, branch: &Branch, run: &[u64]) -> bool {
        let (Some(gap), Some(last)) = (branch.gap, self.plan.last_time) else { return false };
        self.time >= run[last].saturating_add(gap)
    }

    /// Does the event end the wait, so that it may not be bound either?
    #[inline(always)]
    fn breaks(&self, branch: &Branch, fresh: bool, run: &[u64]) -> bool {
        self.meets_any(&branch.barred, run) || fresh && self.meets_any(&branch.next, run)
    }

    #[inline(always)]
    fn meets_any(&self, list: &[Meets], run: &[u64]) -> bool {
        !list.is_empty() && list.iter().any(|it| self.meets(it, run))
    }

    #[inline]
    fn meets(&self, meets: &Meets, run: &[u64]) -> bool {
        meets.bit & self.admitted != 0 && meets.tests.iter().all(|it| it.holds(run, self.event))
    }

    /// Lets `run`, which has bound the event by `branch`, wait in the state after it.
    #[inline(always)]
    fn enter(&self, run: &mut [u64], branch: &Branch, then: &Then, link: u32) {
        for update in &*branch.updates {
            update.apply(run, self.event, self.position, self.time);
        }
        let (state, gate) = then.enter(run, self.event, link);
        let fixed: &mut [u64; FIRST] = run.first_chunk_mut().expect("the words of every run");
        (fixed[STATE], fixed[GATE]) = (state, gate);
    }

    /// Starts a run in each of the first branches that can take the event.
    #[inline(always)]
    fn start(&mut self, head: u32, blocks: &mut Blocks) {
        let plan = self.plan;
        for branch in &plan.states[0] {
            if branch.meets.bit & self.admitted == 0 {
                continue;
            }
            if !branch.plain && (self.breaks(branch, false, &[]) || !self.meets(&branch.meets, &[]))
            {
                continue;
            }
            if self.arena.room() == 0 {
                self.lose_run();
                continue;
            }
            let link = self.arena.bind(Err(head), branch.step, self.sequence, self.time);
            self.outputs.copy(self.arena.place(link), self.event);
            if branch.ends {
                self.found(link, self.sequence, self.time);
            }
            let Some(then) = &branch.then else { continue };
            let place = match blocks.push(head, self.limits.runs_per_key.most) {
                None if self.has_room(head, blocks) => blocks.push(head, usize::MAX),
                place => place,
            };
            let Some(place) = place else {
                self.lose_run();
                continue;
            };
            let run = blocks.pushed(place);
            let fixed: &mut [u64; FIRST] = run.first_chunk_mut().expect("the words of every run");
            (fixed[START], fixed[TIME]) = (self.sequence, self.time);
            self.enter(run, branch, then, link);
        }
    }

    /// Adds the copies to the runs of the key.
    #[cold]
    fn add_copies(&mut self, head: u32, blocks: &mut Blocks) {
        let mut copies = std::mem::take(self.copies);
        for run in copies.chunks_exact(self.plan.words) {
            if !self.has_room(head, blocks) || !blocks.insert(head, run) {
                self.lose_run();
            }
        }
        copies.clear();
        *self.copies = copies;
    }

    fn found(&mut self, last: u32, start: u64, start_time: u64) {
        let (end, end_time) = (self.sequence, self.time);
        let found = Output { head: self.head, last, start, end, start_time, end_time, moment: 0 };
        if !self.outputs.find(found, self.limits.matches) {
            self.counts.matches_lost += 1;
            self.lost = true;
        }
    }

    /// Is there room for one more run of the key, or was some made?
    #[cold]
    fn has_room(&mut self, head: u32, blocks: &mut Blocks) -> bool {
        let limit = self.limits.runs_per_key;
        if blocks.len(head) < limit.most {
            return true;
        }
        let drops = limit.overflow == Overflow::DropOldest;
        if drops {
            self.counts.runs_lost += blocks.drop_first(head) as u64;
            self.lost = true;
        }
        drops
    }

    #[cold]
    fn lose_run(&mut self) {
        self.counts.runs_lost += 1;
        self.lost = true;
    }
}
