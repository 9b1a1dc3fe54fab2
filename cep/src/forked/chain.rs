//! The events that runs have bound, as chains from the last one back; runs that forked share what
//! they bound before. A link is freed when nothing holds it any longer.

use std::cmp::Ordering;

use super::rows::Before;
use crate::eval::View;
use crate::ir::{Place, StepId, StepSet};

/// No link.
pub(super) const NONE: u32 = u32::MAX;

/// One bound event.
#[derive(Debug, Clone)]
pub(super) struct Bound<E> {
    pub(super) event: E,
    /// The number that the caller gave it.
    pub(super) id: u64,
    /// How many events were pushed before it.
    pub(super) sequence: u64,
    /// How many events of its partition were seen before it.
    pub(super) position: u64,
    pub(super) time: u64,
    pub(super) step: StepId,
    /// The branch that bound it.
    pub(super) branch: usize,
    /// All steps bound so far.
    pub(super) steps: StepSet,
    /// The one before, or the next free one.
    pub(super) before: u32,
    depth: u32,
    holders: u32,
}

/// All chains; `most` links are allocated at once.
#[derive(Debug)]
pub(super) struct Chains<E> {
    links: Vec<Bound<E>>,
    free: u32,
    most: usize,
}

impl<E: Copy> Chains<E> {
    pub(super) fn new(most: usize) -> Self {
        Self { links: Vec::with_capacity(most), free: NONE, most }
    }

    pub(super) fn get(&self, at: u32) -> &Bound<E> {
        &self.links[at as usize]
    }

    pub(super) fn memory(&self) -> usize {
        self.links.capacity() * size_of::<Bound<E>>()
    }

    /// Is there no room for another event?
    pub(super) fn is_full(&self) -> bool {
        self.free == NONE && self.links.len() == self.most
    }

    /// Adds an event to the chain that it follows, held once. There is room for it.
    pub(super) fn bind(&mut self, mut bound: Bound<E>) -> u32 {
        bound.holders = 1;
        if bound.before != NONE {
            let before = self.get(bound.before);
            (bound.depth, bound.steps) = (before.depth + 1, before.steps.union(bound.steps));
        }
        let before = bound.before;
        let at = if self.free != NONE {
            let at = self.free;
            self.free = self.links[at as usize].before;
            self.links[at as usize] = bound;
            at
        } else {
            self.links.push(bound);
            (self.links.len() - 1) as u32
        };
        self.hold(before);
        at
    }

    /// Keeps the chain that ends at `at`, if there is one, until it is released.
    pub(super) fn hold(&mut self, at: u32) {
        if at != NONE {
            self.links[at as usize].holders += 1;
        }
    }

    pub(super) fn release(&mut self, mut at: u32) {
        while at != NONE {
            let link = &mut self.links[at as usize];
            link.holders -= 1;
            if link.holders > 0 {
                return;
            }
            let before = std::mem::replace(&mut link.before, self.free);
            self.free = at;
            at = before;
        }
    }

    /// The chain that ends at `at`, the last event first.
    pub(super) fn back(&self, at: u32) -> impl Iterator<Item = (u32, &Bound<E>)> {
        let mut at = at;
        std::iter::from_fn(move || {
            let link = self.links.get(at as usize)?;
            Some((std::mem::replace(&mut at, link.before), link))
        })
    }

    /// Compares two chains from their first events on, each event by `key`.
    pub(super) fn compare<K: Ord>(
        &self,
        mut one: u32,
        mut other: u32,
        key: impl Fn(&Bound<E>) -> K,
    ) -> Ordering {
        let (long, short) = (self.get(one).depth, self.get(other).depth);
        let mut order = long.cmp(&short);
        while one != other {
            let (left, right) = (self.get(one), self.get(other));
            if left.depth == right.depth {
                order = key(left).cmp(&key(right)).then(order);
            }
            let (lefts, rights) = (left.depth, right.depth);
            if lefts >= rights {
                one = left.before;
            }
            if rights >= lefts {
                other = right.before;
            }
        }
        order
    }
}

impl<E: Copy> Chains<E> {
    /// Which of two is preferred, each a chain and the branch that it went on to: the lesser. They
    /// began at the same event, so where they first differ they stood at the same point.
    pub(super) fn preference(&self, one: (u32, usize), other: (u32, usize)) -> Ordering {
        // An event taken goes before those that may yet come.
        let next = |(last, branch): (u32, usize)| (last, (branch, u64::MAX));
        let shorten = |at: &mut u32, after: &mut (usize, u64), depth: u32| {
            while self.get(*at).depth > depth {
                let link = self.get(*at);
                (*at, *after) = (link.before, (link.branch, link.sequence));
            }
        };
        let ((mut one, mut left), (mut other, mut right)) = (next(one), next(other));
        let depth = self.get(one).depth.min(self.get(other).depth);
        shorten(&mut one, &mut left, depth);
        shorten(&mut other, &mut right, depth);
        self.compare(one, other, |link| (link.branch, link.sequence)).then(left.cmp(&right))
    }
}

impl<E: Copy> Bound<E> {
    pub(super) fn new(event: &E, id: u64, sequence: u64, position: u64, time: u64) -> Self {
        Self {
            event: *event,
            id,
            sequence,
            position,
            time,
            step: StepId::new(0),
            branch: 0,
            steps: StepSet::default(),
            before: NONE,
            depth: 0,
            holders: 0,
        }
    }

    /// The same, bound by `branch` to `step` after the event at `before`.
    pub(super) fn after(&self, before: u32, step: StepId, branch: usize) -> Self {
        Self { before, step, branch, steps: StepSet::of(step), ..self.clone() }
    }
}

/// An event under test and the chain bound before it.
pub(super) struct Seen<'a, E> {
    pub(super) chains: &'a Chains<E>,
    pub(super) rows: Before<'a, E>,
    pub(super) event: &'a E,
    /// The step that it counts as bound to; `None` if it must be absent, or is in the chain.
    pub(super) own: Option<StepId>,
    /// The last bound event.
    pub(super) last: u32,
    /// The one bound before the event under test.
    pub(super) before: u32,
}

impl<E: Copy> View<E> for Seen<'_, E> {
    fn event(&self, place: Place) -> Option<&E> {
        let nth = |over: Option<StepId>, from_last: usize| {
            let of = |step| over.is_none_or(|over| over == step);
            let own = self.own.filter(|own| of(*own)).map(|_| self.event);
            let chain = self.chains.back(self.last).filter(move |(_, link)| of(link.step));
            own.into_iter().chain(chain.map(|(_, link)| &link.event)).nth(from_last)
        };
        match place {
            Place::Current => Some(self.event),
            Place::Previous(back) => {
                let mut chain = self.chains.back(self.before).map(|(_, link)| &link.event);
                chain.nth(back.checked_sub(1)? as usize)
            }
            Place::Row(back) => self.rows.back(back),
            Place::First(over, later) => {
                let mut count = 0_usize;
                self.each(over, |_| count += 1);
                nth(over, count.checked_sub(1 + later as usize)?)
            }
            Place::Last(step, earlier) => nth(Some(step), earlier as usize),
        }
    }

    fn each(&self, over: Option<StepId>, mut visit: impl FnMut(&E)) {
        let of = |step| over.is_none_or(|over| over == step);
        if self.own.is_some_and(of) {
            visit(self.event);
        }
        for (_, link) in self.chains.back(self.last) {
            if of(link.step) {
                visit(&link.event);
            }
        }
    }
}
