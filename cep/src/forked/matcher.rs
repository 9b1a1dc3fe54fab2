//! The matcher: takes events, watermarks and the end, and lets matches and time-outs out.

use bytemuck::Pod;

use super::chain::{Bound, Chains, NONE};
use super::limits::{Dropped, Limits};
use super::plan::{BuildError, MOST_KEY_FIELDS, Plan};
use super::step::Step;
use super::store::{Key, Output, Store};
use crate::eval::Bindings;
use crate::ir::{Ir, StepId};

/// What an output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A match.
    Match,
    /// A partial match whose window or gap closed while it waited for an event.
    TimedOut,
}

/// A match, or a partial match that timed out.
#[derive(Debug)]
pub struct Found<'a, E> {
    pub(super) kind: Kind,
    pub(super) path: &'a [u32],
    pub(super) chains: &'a Chains<E>,
    pub(super) match_number: Option<u64>,
    pub(super) truncated: bool,
}

impl<E: Pod> Found<'_, E> {
    /// Is it complete?
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its events in their order, each with its step and the number that the caller gave it.
    pub fn bindings(&self) -> impl Iterator<Item = (StepId, u64, &E)> {
        let link = |at: &u32| self.chains.get(*at);
        self.path.iter().map(link).map(|link| (link.step, link.id, &link.event))
    }

    /// Its place among the matches of its partition, from 1; `None` if it is none.
    #[must_use]
    pub fn match_number(&self) -> Option<u64> {
        self.match_number
    }

    /// Has a limit dropped something of this key, so that other matches may be missing?
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }
}

impl<E: Pod> Bindings<E> for Found<'_, E> {
    fn count(&self) -> usize {
        self.path.len()
    }

    fn step(&self, at: usize) -> StepId {
        self.chains.get(self.path[at]).step
    }

    fn event(&self, at: usize) -> &E {
        &self.chains.get(self.path[at]).event
    }
}

/// Finds the matches of one pattern in a stream, run by run.
#[derive(Debug)]
pub struct Matcher<E> {
    pub(super) plan: Plan,
    pub(super) store: Store<E>,
    /// How many events were pushed.
    sequence: u64,
    /// No deadline is earlier.
    next_deadline: u64,
    /// Matches and time-outs of this moment.
    pub(super) found: Vec<Output>,
    pub(super) late: Vec<Output>,
    /// Matches that wait until no run that started earlier does.
    pub(super) held: Vec<Output>,
    /// The longest match so far of each start.
    pub(super) best: Vec<Output>,
    /// Matches of this moment that are out.
    pub(super) emitted: Vec<Output>,
    pub(super) path: Vec<u32>,
    pub(super) moment: u64,
    /// How many matches are out since the last item began.
    pub(super) count: u64,
    /// For each partition and each absence before all events: when it has lasted.
    leading: Vec<u64>,
    leads: usize,
}

impl<E: Pod> Matcher<E> {
    /// Allocates everything that matching `ir` within `limits` takes.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] that says what of the pattern cannot be run.
    ///
    /// # Panics
    ///
    /// If `E` has not the size that the pattern's schema says.
    pub fn new(ir: &Ir, limits: Limits) -> Result<Self, BuildError> {
        assert_eq!(size_of::<E>(), ir.schema.size(), "events of the pattern's schema");
        let plan = Plan::new(ir)?;
        let first = &plan.branches[plan.points[0].clone()];
        let leads = first.iter().map(|branch| branch.lasting.len()).sum();
        let outputs = || Vec::with_capacity(limits.matches);
        Ok(Self {
            store: Store::new(limits),
            sequence: 0,
            next_deadline: u64::MAX,
            found: outputs(),
            late: outputs(),
            held: outputs(),
            best: outputs(),
            emitted: outputs(),
            path: Vec::with_capacity(limits.bound),
            moment: 0,
            count: 0,
            leading: vec![0; leads * limits.keys],
            leads,
            plan,
        })
    }

    /// What did not fit so far.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.store.dropped
    }

    /// The next event, which the caller calls `id`. Its time is not before that of any event or
    /// watermark before it.
    pub fn push(&mut self, id: u64, event: &E, sink: &mut impl FnMut(&Found<'_, E>)) {
        let time = self.plan.time.bits(event);
        let key = self.plan.sees(event).then(|| self.plan.key_of(event));
        self.fire(time);
        if let Some(at) = key.and_then(|key| self.store.find(&key)) {
            self.close_full(at, time);
        }
        self.count = 0;
        self.settle(self.sequence, sink);
        if let Some(at) = key.and_then(|key| self.partition(key)) {
            self.step(at, id, event, time);
            self.settle(self.sequence + 1, sink);
            self.forget_if_empty(at);
        }
        self.sequence += 1;
    }

    /// No later event has a time before `watermark`: what waits no longer than that is over.
    pub fn advance_to(&mut self, watermark: u64, sink: &mut impl FnMut(&Found<'_, E>)) {
        self.fire(watermark);
        self.count = 0;
        self.settle(self.sequence, sink);
        self.forget_all_empty();
    }

    /// There is no later event: lets out the matches that were held back. No deadline fires.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_, E>)) {
        for at in 0..self.store.partitions.len() {
            self.store.retain(at, |_, _| false);
        }
        self.count = 0;
        self.settle(self.sequence, sink);
        self.forget_all_empty();
    }

    /// Ends the waits whose deadline is at `time` or before.
    fn fire(&mut self, time: u64) {
        if time < self.next_deadline {
            return;
        }
        let Self { plan, store, found, late, .. } = self;
        let mut next_deadline = u64::MAX;
        for at in 0..store.partitions.len() {
            store.retain(at, |store, run| {
                if run.deadline > time {
                    next_deadline = next_deadline.min(run.deadline);
                    return true;
                }
                let absence = plan.branches[run.branch].bind.is_none();
                let end = store.chains.get(run.last).sequence;
                let (last, start, deadline) = (run.last, run.start, run.deadline);
                let output = Output { partition: at, last, start, end, deadline, moment: 0 };
                store.keep(output, if absence { found } else { late });
                false
            });
        }
        self.next_deadline = next_deadline;
    }

    /// Ends the waits whose window of events the next event of the partition does not fit in.
    fn close_full(&mut self, at: usize, time: u64) {
        if self.plan.ir.window.events.is_none() {
            return;
        }
        let Self { store, late, .. } = self;
        let position = store.partitions[at].position;
        store.retain(at, |store, run| {
            if run.full > position {
                return true;
            }
            let end = store.chains.get(run.last).sequence;
            let deadline = if run.deadline == u64::MAX { time } else { run.deadline };
            let (last, start) = (run.last, run.start);
            let output = Output { partition: at, last, start, end, deadline, moment: 0 };
            store.keep(output, late);
            false
        });
    }

    fn step(&mut self, at: usize, id: u64, event: &E, time: u64) {
        let Self { plan, store, found, next_deadline, leading, leads, sequence, .. } = self;
        let position = store.partitions[at].position;
        store.partitions[at].position += 1;
        let now = Bound::new(event, id, *sequence, position, time);
        let mut step = Step { plan, at, now, fresh: NONE, found, next_deadline };
        store.retain(at, |store, run| step.advance(store, run));
        step.start(store, &mut leading[at * *leads..(at + 1) * *leads]);
        let fresh = step.fresh;
        store.join(at, fresh);
    }

    fn partition(&mut self, key: Key) -> Option<usize> {
        let known = self.store.find(&key).is_some();
        let at = self.store.partition(key)?;
        if !known {
            self.leading[at * self.leads..(at + 1) * self.leads].fill(0);
        }
        Some(at)
    }

    /// What an absence before all events forbids must not be forgotten, nor what is counted.
    fn forget_if_empty(&mut self, at: usize) {
        if self.leads == 0 && !self.plan.numbers {
            self.store.forget_if_empty(at);
        }
    }

    fn forget_all_empty(&mut self) {
        (0..self.store.partitions.len()).for_each(|at| self.forget_if_empty(at));
    }
}

impl Plan {
    /// Is the event one of the pattern's kinds?
    fn sees<E: Pod>(&self, event: &E) -> bool {
        let (Some(field), Some(kinds)) = (self.kind, &self.ir.kinds) else { return true };
        kinds.contains(&(i128::from(field.number(event)) + field.bias()))
    }

    fn key_of<E: Pod>(&self, event: &E) -> Key {
        let mut key = [0; MOST_KEY_FIELDS];
        for (part, field) in key.iter_mut().zip(&self.key) {
            *part = field.bits(event);
        }
        key
    }
}
