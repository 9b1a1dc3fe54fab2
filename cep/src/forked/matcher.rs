//! The matcher: takes events, watermarks and the end, and lets matches and time-outs out.

use std::cell::Cell;

use bytemuck::Pod;

use super::attention::{Interest, Known};
use super::chain::Bound;
use super::found::Found;
use super::limits::{Dropped, Limits, Stopped};
use super::outputs::{Output, Outputs};
use super::partitions::Remembers;
use super::plan::{BuildError, Plan};
use super::rows::Rows;
use super::step::Step;
use super::store::{Run, Store};
use crate::ir::Ir;
use crate::overflow::Overflow;

/// Finds the matches of one pattern in a stream, run by run.
#[derive(Debug)]
pub struct Matcher<E> {
    pub(super) plan: Plan,
    pub(super) store: Store<E>,
    rows: Rows<E>,
    /// The fields of the event in hand that it is partitioned by.
    key: Box<[u64]>,
    /// What the caller calls the last event.
    id: u64,
    /// How many events were pushed.
    sequence: u64,
    /// Matches and time-outs of this moment.
    pub(super) found: Outputs,
    pub(super) late: Outputs,
    /// Matches that wait until no run that started earlier does.
    pub(super) held: Outputs,
    /// The longest match so far of each start.
    pub(super) best: Outputs,
    /// Matches of this moment that are out.
    pub(super) emitted: Outputs,
    pub(super) path: Vec<u32>,
    pub(super) moment: u64,
    /// How many matches are out since the last item began.
    pub(super) count: u64,
    /// For each partition and each absence before all events: when it has lasted.
    leading: Box<[u64]>,
    leads: usize,
    pub(super) interest: Interest,
    /// What the caller knows of the event in hand.
    pub(super) known: Known,
}

impl<E: Pod> Matcher<E> {
    /// Allocates everything that matching `ir` within `limits` takes.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] that says what of the pattern cannot be run, or which limit cannot be.
    ///
    /// # Panics
    ///
    /// If `E` has not the size that the pattern's schema says.
    pub fn new(ir: &Ir, limits: Limits) -> Result<Self, BuildError> {
        assert_eq!(size_of::<E>(), ir.schema.size(), "events of the pattern's schema");
        limits.check()?;
        let plan = Plan::new(ir)?;
        let first = &plan.branches[plan.points[0].clone()];
        let leads = first.iter().map(|branch| branch.lasting.len()).sum();
        let outputs = || Outputs::new(limits.matches);
        let Plan { numbers, rows, .. } = plan;
        let remembers = Remembers { numbers, rows, absences: leads > 0 };
        let store = Store::new(limits, plan.key.len(), remembers);
        let partitions = store.limits().keys;
        Ok(Self {
            store,
            rows: Rows::new(plan.rows, partitions),
            key: vec![0; plan.key.len()].into(),
            id: 0,
            sequence: 0,
            found: outputs(),
            late: outputs(),
            held: outputs(),
            best: outputs(),
            emitted: outputs(),
            path: Vec::with_capacity(limits.bound),
            moment: 0,
            count: 0,
            leading: vec![0; leads * partitions].into(),
            leads,
            interest: Interest::new(&plan)?,
            known: Known::default(),
            plan,
        })
    }

    /// Bytes allocated, all of them when it was built; without the pattern itself.
    #[must_use]
    pub fn memory(&self) -> usize {
        let Self { found, late, held, best, emitted, .. } = self;
        let outputs = [found, late, held, best, emitted];
        self.store.memory()
            + self.rows.memory()
            + size_of_val(&*self.key)
            + outputs.iter().map(|outputs| outputs.memory()).sum::<usize>()
            + self.path.capacity() * size_of::<u32>()
            + size_of_val(&*self.leading)
    }

    /// The limits it was built with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        self.store.limits()
    }

    /// What did not fit so far.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.store.dropped
    }

    /// The next event, which the caller calls `id`. Its time is not before that of any event or
    /// watermark before it.
    ///
    /// # Errors
    ///
    /// [`Stopped`] if a limit at which it stops is reached now, or was before.
    pub fn push(
        &mut self,
        id: u64,
        event: &E,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Stopped> {
        self.check()?;
        self.id = id;
        let time = self.plan.time.bits(event);
        let seen = self.plan.sees(event);
        if seen {
            self.key.iter_mut().zip(&self.plan.key).for_each(|(word, it)| *word = it.bits(event));
        }
        self.count = 0;
        self.fire(time);
        if seen && self.plan.ir.window.events.is_some() {
            self.close_full(time);
        }
        self.settle(self.sequence, sink);
        let mut known = self.known;
        if seen && let Some(at) = self.partition(event, time, &mut known, sink) {
            self.step(at, id, event, time, known);
            self.settle(self.sequence + 1, sink);
        }
        self.sequence += 1;
        self.check()
    }

    /// No later event has a time before `watermark`: what waits no longer than that is over.
    ///
    /// # Errors
    ///
    /// [`Stopped`] if a limit at which it stops is reached now, or was before.
    pub fn advance_to(
        &mut self,
        watermark: u64,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Stopped> {
        self.check()?;
        self.count = 0;
        self.fire(watermark);
        self.settle(self.sequence, sink);
        self.check()
    }

    /// There is no later event: lets out the matches that were held back. No deadline fires.
    ///
    /// # Errors
    ///
    /// [`Stopped`] if a limit at which it stops is reached now, or was before; what is held is out
    /// all the same.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_, E>)) -> Result<(), Stopped> {
        self.count = 0;
        self.store.cut_all(u64::MAX);
        self.settle(self.sequence, sink);
        self.check()
    }

    fn check(&self) -> Result<(), Stopped> {
        let most = |limit| self.store.limits().most(limit);
        let stopped = |limit| Err(Stopped { limit, most: most(limit), id: self.id });
        self.store.stopped.map_or(Ok(()), stopped)
    }

    /// Ends the waits whose deadline is at `time` or before.
    fn fire(&mut self, time: u64) {
        let Self { plan, store, found, late, .. } = self;
        store.now = time;
        while let Some(slot) = store.timers.due(time) {
            let run = store.runs[slot as usize];
            if plan.branches[run.branch].bind.is_none() {
                if !run.stale {
                    store.keep(output(&run, store, run.deadline), found);
                }
            } else if plan.ir.emit_timeouts {
                store.keep(output(&run, store, run.deadline), late);
            }
            store.free(slot);
        }
    }

    /// Ends the waits whose window of events the next event of the partition does not fit in.
    fn close_full(&mut self, time: u64) {
        let Self { plan, store, late, key, .. } = self;
        let Some(at) = store.find(key) else { return };
        let position = store.partitions[at].position;
        store.retain(at, u64::MAX, |store, run| {
            let open = run.full > position;
            if !open && plan.ir.emit_timeouts {
                let deadline = if run.deadline == u64::MAX { time } else { run.deadline };
                store.keep(output(run, store, deadline), late);
            }
            open
        });
    }

    fn step(&mut self, at: usize, id: u64, event: &E, time: u64, known: Known) {
        let Self { plan, store, rows, found, leading, leads, sequence, interest, .. } = self;
        let position = store.partitions[at].position;
        store.partitions[at].position += 1;
        let now = Bound::new(event, id, *sequence, position, time);
        let (tested, met) = (Cell::new(known.tested), Cell::new(known.met));
        let before = rows.before(at, position);
        let tests = if known.partly { &interest.earlier } else { &plan.steps[..] };
        let mut step = Step { plan, tests, at, now, rows: before, tested, met, found };
        store.retain(at, *sequence, |store, run| step.advance(store, run));
        let leading = &mut leading[at * *leads..(at + 1) * *leads];
        step.start(store, leading);
        store.partitions[at].absent_until = leading.iter().copied().max().unwrap_or(0);
        rows.keep(at, position, event);
    }

    /// The partition of the event in hand; `None` if it means nothing to a partition in which
    /// nothing waits, or there is no room for one.
    fn partition(
        &mut self,
        event: &E,
        time: u64,
        known: &mut Known,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Option<usize> {
        if let Some(at) = self.store.find(&self.key) {
            self.store.use_partition(at);
            return Some(at);
        }
        if self.plan.rows == 0 && !self.may_matter(event, known) {
            return None;
        }
        if let Some(oldest) = self.store.oldest_partition() {
            if self.store.lacks_a_key(self.plan.longest(time)) != Overflow::DropOldest {
                return None;
            }
            self.evict(oldest, sink);
        }
        let at = self.store.add_partition(&self.key);
        self.leading[at * self.leads..(at + 1) * self.leads].fill(0);
        Some(at)
    }

    /// Drops partition `at`, with its runs; matches that are held back come out.
    fn evict(&mut self, at: usize, sink: &mut impl FnMut(&Found<'_, E>)) {
        self.store.partitions[at].truncated = true;
        self.store.retain(at, u64::MAX, |_, _| false);
        self.settle(self.sequence, sink);
        if self.store.partitions[at].used {
            self.store.remove_partition(at);
        }
    }
}

/// What comes out of a run whose wait is over.
fn output<E: Pod>(run: &Run, store: &Store<E>, deadline: u64) -> Output {
    let &Run { partition, last, start, branch, .. } = run;
    let end = store.chains.get(last).sequence;
    Output { partition, last, start, end, deadline, moment: 0, branch }
}

impl Plan {
    /// Is the event one of the pattern's kinds?
    fn sees<E: Pod>(&self, event: &E) -> bool {
        let (Some(field), Some(kinds)) = (self.kind, &self.ir.kinds) else { return true };
        kinds.contains(&(i128::from(field.number(event)) + field.bias()))
    }

    /// Until when an event at `time` can still matter.
    fn longest(&self, time: u64) -> u64 {
        let lasting = self.branches.iter().flat_map(|branch| &branch.lasting);
        let lasting = lasting.filter_map(|(length, _)| *length).max().unwrap_or(0);
        let window = self.ir.window.time;
        window.map_or(u64::MAX, |window| time.saturating_add(window).saturating_add(lasting))
    }
}
