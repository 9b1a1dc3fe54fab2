//! Matches between the event that completes them and the one that lets them out.

use bytemuck::Pod;

use super::arena::{Arena, Link};
use super::blocks::Blocks;
use super::limits::{Counts, Limit};
use crate::eval::Bindings;
use crate::ir::StepId;
use crate::overflow::Overflow;

/// A match that waits for its turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// The block of its key.
    pub(super) head: u32,
    /// The last link.
    pub(super) last: u32,
    /// Sequences and times of its first and its last event.
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) start_time: u64,
    pub(super) end_time: u64,
    /// When it became a match, in order.
    pub(super) moment: u64,
}

#[derive(Debug)]
pub(super) struct Outputs<E> {
    /// Matches of this moment.
    pub(super) found: Vec<Output>,
    /// Matches that wait until no run that started earlier does.
    pub(super) held: Vec<Output>,
    /// Matches of this moment that are out.
    pub(super) emitted: Vec<Output>,
    /// The links of the match that goes out.
    pub(super) path: Vec<(usize, Link)>,
    /// The event of the link at each place, if measures ask for them; else nothing.
    pub(super) events: Box<[E]>,
}

impl<E: Pod> Outputs<E> {
    pub(super) fn new(matches: usize, links: usize, keeps_events: bool) -> Self {
        let list = || Vec::with_capacity(matches);
        Self {
            found: list(),
            held: list(),
            emitted: list(),
            path: Vec::with_capacity(links),
            events: vec![E::zeroed(); if keeps_events { links } else { 0 }].into(),
        }
    }

    pub(super) fn memory(&self) -> usize {
        let lists = self.found.capacity() + self.held.capacity() + self.emitted.capacity();
        lists * size_of::<Output>()
            + self.path.capacity() * size_of::<(usize, Link)>()
            + size_of_val(&*self.events)
    }

    /// Keeps the event of the link at `place`, if measures ask for it.
    #[inline]
    pub(super) fn copy(&mut self, place: usize, event: &E) {
        if let Some(kept) = self.events.get_mut(place) {
            *kept = *event;
        }
    }

    /// Adds a match of this moment; `false` if one had to give way.
    pub(super) fn find(&mut self, output: Output, limit: Limit) -> bool {
        let room = self.found.len() < limit.most;
        if !room && limit.overflow == Overflow::DropOldest {
            self.found.remove(0);
        }
        if self.found.len() < limit.most {
            self.found.push(output);
        }
        room
    }

    /// Lets the matches of this moment wait with the others.
    pub(super) fn hold(
        &mut self,
        limit: Limit,
        moment: u64,
        blocks: &mut Blocks,
        counts: &mut Counts,
    ) {
        while let Some(found) = self.found.pop() {
            if self.held.len() < limit.most {
                self.held.push(Output { moment, ..found });
                continue;
            }
            counts.matches_lost += 1;
            let lost = match limit.overflow {
                Overflow::DropOldest => std::mem::replace(&mut self.held[0], found),
                Overflow::DropNewest | Overflow::Stop => found,
            };
            blocks.truncate(lost.head);
            blocks.let_go(lost.head);
        }
    }

    /// Fills the path with the links of `output`.
    pub(super) fn trace(&mut self, output: &Output, arena: &Arena) {
        self.path.clear();
        self.path.extend(arena.back(output.last));
        self.path.reverse();
    }
}

/// A match, while it is given to the sink.
#[derive(Debug)]
pub struct Found<'a, E> {
    pub(super) output: &'a Output,
    pub(super) path: &'a [(usize, Link)],
    pub(super) events: &'a [E],
    pub(super) truncated: bool,
}

impl<E> Found<'_, E> {
    /// Its events in their order, each with its step and the number that the caller gave it.
    pub fn bindings(&self) -> impl ExactSizeIterator<Item = (StepId, u64)> {
        self.path.iter().map(|(_, link)| (link.step(), link.sequence))
    }

    /// Time of its first event.
    #[must_use]
    pub fn start_time(&self) -> u64 {
        self.output.start_time
    }

    /// Time of its last event.
    #[must_use]
    pub fn end_time(&self) -> u64 {
        self.output.end_time
    }

    /// Has a limit dropped something of this key, so that other matches may be missing?
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// Its events themselves, for measures; `None` if the pattern has none.
    #[must_use]
    pub fn events(&self) -> Option<&impl Bindings<E>> {
        (!self.events.is_empty()).then_some(self)
    }
}

impl<E> Bindings<E> for Found<'_, E> {
    fn count(&self) -> usize {
        self.path.len()
    }

    fn step(&self, at: usize) -> StepId {
        self.path[at].1.step()
    }

    fn event(&self, at: usize) -> &E {
        &self.events[self.path[at].0]
    }
}
