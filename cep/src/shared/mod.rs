//! Matching with shared partial matches: the time for an event does not depend on how many there
//! are.
//!
//! For patterns whose conditions read the current event alone, and that give all matches, the
//! first so many of an event, or the first one and then skip past its last event (eagerly: the
//! match that completes first wins, and ends all others of its partition). The pattern becomes a
//! deterministic automaton (`waits`, `automaton`); each of its states has *one* node that stands
//! for all partial matches in that state (`arena`), per partition. An event moves nodes from state
//! to state, and its matches are enumerated from the nodes that it completes (`give`). Where only
//! the first of them count, all are looked at and those are kept (`selected`).
//!
//! Not here: conditions that read earlier events, absences that last for a time, gaps, other
//! skips, the longest match per start, time-outs, measures. [`SharedMatcher::new`] says which of
//! these a pattern asks for.
//!
//! With `EMIT`, the matches of an event are counted and added up without looking at each
//! (`totals`).
//!
//! Invariants: nodes refer to older nodes only; a state's new node is made from the old nodes of
//! all states; what starts before the window is never visited but as the dead end of a union.
//!
//! A sink that panics leaves the event half done; [`Matcher`](crate::Matcher) stands it.
//!
//! Finding the next match takes a few steps where later partial matches start later, as in
//! sequences. Where alternatives of different length lead to one state, unions may nest to the
//! left, and enumeration may walk past as many of them as were made within the window.

mod arena;
mod automaton;
mod build;
mod error;
mod found;
mod give;
mod idle;
mod keys;
mod limits;
mod met;
mod predicates;
mod room;
mod scope;
mod selected;
mod shape;
mod sorted;
#[cfg(test)]
mod tests;
mod totals;
mod waits;

use std::sync::Arc;

use bytemuck::Pod;

use crate::overflow::Overflow;
use arena::{Arena, Ring, Root};
use automaton::NONE;
pub use error::SharedError;
pub use found::{Bound, SharedMatch};
use keys::Keys;
pub use limits::{SharedCounts, SharedLimits};
use predicates::Predicates;
use room::Most;
use scope::Scope;
use selected::Selected;
use shape::Shape;
pub(crate) use shape::Shapes;
use sorted::Sorted;
use totals::Tallies;
pub use totals::Totals;

/// A matcher of one pattern over events of type `E`.
#[derive(Debug)]
pub struct SharedMatcher<E> {
    shape: Arc<Shape>,
    predicates: Predicates,
    keys: Keys,
    scope: Scope,
    /// Where only the first matches of an event count.
    selected: Option<Selected>,
    /// Where matches of an event are to come in order.
    sorted: Option<Sorted>,
    /// Where only the number of matches and a sum are asked for.
    tallies: Option<Tallies>,
    most_matches: u64,
    overflow: Overflow,
    /// The limit for want of which an event was refused.
    refusal: Option<&'static str>,
    most: Most,
    /// How many of the keys' states that hold partial matches are impatient.
    impatient_now: usize,
    /// How many there are that hold partial matches.
    active_now: usize,
    /// Of each key.
    partitions: Box<[Partition]>,
    /// The key of the last event that was looked at, if it has one.
    last: Option<usize>,
    /// The key that was last looked at for being idle.
    hand: usize,
    /// Of each key, the states that hold partial matches.
    active: Box<[u64]>,
    /// Of each key and state.
    roots: Box<[Root]>,
    arena: Arena,
    ring: Ring<Bound<E>>,
    /// For each step, one more than the number of the event last bound to it.
    numbers: Box<[u64]>,
    /// What the event in hand changes: states and their new partial matches.
    changes: Vec<(u16, Root)>,
    complete: Vec<Root>,
    path: Box<[u32]>,
    counts: SharedCounts,
}

/// One key.
#[derive(Debug, Clone, Copy, Default)]
struct Partition {
    /// How many of its events there were, if the window counts events.
    events: u64,
    /// The conditions that its active states look at.
    interest: u64,
}

/// The event in hand.
struct Now<'a, E> {
    key: usize,
    /// The conditions it meets.
    bits: u64,
    /// The start of a match that begins with it.
    start: u64,
    /// The earliest start of one that ends with it.
    oldest: u64,
    bound: &'a Bound<E>,
    /// Is there room for what it adds?
    keeps: bool,
}

impl<E: Pod> SharedMatcher<E> {
    /// Takes the next event of the stream, whose times never fall, and gives every match that it
    /// completes, in no particular order; with a limit or a skip the first ones, in order.
    ///
    /// What happens without room is the policy's ([`SharedLimits::overflow`]); ask
    /// [`has_room`](Self::has_room) before where an event must not be refused.
    #[inline]
    pub fn push(&mut self, sequence: u64, event: &E, found: impl FnMut(&SharedMatch<'_, E>)) {
        if self.scope.sees(event) {
            let met = self.predicates.met(event, self.wanted());
            self.take(0, sequence, event, met, found);
        }
    }

    /// The conditions that `event` meets, one bit each, for [`push_met`](Self::push_met); which
    /// bit is which says [`conditions`](Self::conditions). Runs the pattern's closures.
    #[must_use]
    #[inline]
    pub fn met(&self, event: &E) -> u64 {
        self.predicates.met(event, u64::MAX)
    }

    /// For each step, the bit of its condition; steps with the same condition share it.
    #[must_use]
    pub fn conditions(&self) -> &[u8] {
        &self.shape.conditions
    }

    /// As [`push`](Self::push), of an event that is known to meet the conditions `met` and no
    /// others. Runs no closure of the pattern.
    #[inline]
    pub fn push_met(
        &mut self,
        sequence: u64,
        event: &E,
        met: u64,
        found: impl FnMut(&SharedMatch<'_, E>),
    ) {
        self.push_met_of(0, sequence, event, met, found);
    }

    #[inline]
    fn take(
        &mut self,
        pattern: usize,
        sequence: u64,
        event: &E,
        bits: u64,
        mut found: impl FnMut(&SharedMatch<'_, E>),
    ) {
        if bits & self.wanted() == 0 && self.impatient_now == 0 && !self.scope.counts() {
            return;
        }
        let lacks = self.lacks(event);
        if let (Some(limit), Overflow::Stop) = (lacks, self.overflow) {
            self.refuse(limit);
            return;
        }
        let keeps = lacks.is_none();
        self.last = self.key_of(pattern, event, bits);
        let Some(key) = self.last else { return };
        let position = self.partitions[key].events;
        if self.scope.counts() {
            self.partitions[key].events += 1;
        }
        let (start, oldest) = self.scope.window(event, position);
        self.arena.needed = self.scope.needed(oldest);
        let bound = Bound { sequence, position, step: crate::ir::StepId::new(0), event: *event };
        let before = self.before();
        let now = Now { key, bits, start, oldest, bound: &bound, keeps };
        self.compute(&now);
        self.apply(&now);
        if !self.complete.is_empty() {
            let matches = self.counts.matches;
            self.give(position, oldest, &mut found);
            self.complete.clear();
            if self.counts.matches > matches {
                self.consume(key);
            }
        }
        if !keeps {
            self.take_back(before, start);
        }
    }

    /// The conditions that some state looks at.
    #[inline]
    fn wanted(&self) -> u64 {
        if self.partitions.len() == 1 {
            self.partitions[0].interest | self.shape.automaton.interest(0)
        } else if self.active_now == 0 {
            self.shape.automaton.interest(0)
        } else {
            u64::MAX
        }
    }

    /// All new nodes, from the old ones; takes from the states what moves on.
    #[inline]
    fn compute(&mut self, now: &Now<'_, E>) {
        let &Now { key, bits, start, oldest, .. } = now;
        let first = self.ring.head;
        if bits & self.shape.automaton.interest(0) != 0 && start >= oldest {
            self.moves(0, None, first, now);
        }
        for word in 0..self.shape.words {
            let mut touched = self.shape.impatient[word];
            let mut conditions = bits & self.partitions[key].interest;
            while conditions != 0 {
                let at = conditions.trailing_zeros() as usize;
                touched |= self.shape.wakes[at * self.shape.words + word];
                conditions &= conditions - 1;
            }
            touched &= self.active[key * self.shape.words + word];
            while touched != 0 {
                let state = word * 64 + touched.trailing_zeros() as usize;
                touched &= touched - 1;
                let root = self.roots[key * self.shape.automaton.len() + state];
                if root.start < oldest || !self.arena.holds(root.node) {
                    self.leave(key, state);
                    continue;
                }
                let pass = self.moves(state, Some(root), first, now);
                if usize::from(pass) != state {
                    self.leave(key, state);
                    if pass != NONE {
                        self.changes.push((pass, root));
                    }
                }
            }
        }
    }

    /// Binds the event after `root` in every way; returns the state if it is passed over.
    #[inline]
    fn moves(&mut self, state: usize, root: Option<Root>, first: u64, now: &Now<'_, E>) -> u16 {
        let &Now { start, bound, keeps, .. } = now;
        let (pass, moves) = self.shape.automaton.step(state, now.bits);
        for &made in moves.iter().filter(|made| keeps || made.accepts) {
            let number = &mut self.numbers[made.step.index()];
            if *number <= first {
                *number = self.ring.push(Bound { step: made.step, ..*bound }) + 1;
            }
            let node = self.arena.bind(root, start, *number - 1);
            if let Some(tallies) = &mut self.tallies {
                tallies.bind(node, root, made.step, &bound.event, &self.arena);
            }
            if made.accepts {
                self.complete.push(node);
            }
            if made.target != NONE && keeps {
                self.changes.push((made.target, node));
            }
        }
        pass
    }

    #[inline]
    fn leave(&mut self, key: usize, state: usize) {
        let bit = 1 << (state % 64);
        self.active[key * self.shape.words + state / 64] &= !bit;
        self.impatient_now -= usize::from(self.shape.impatient[state / 64] & bit != 0);
        self.active_now -= 1;
        let mut interest = 0;
        for word in 0..self.shape.words {
            let mut states = self.active[key * self.shape.words + word];
            while states != 0 {
                interest |=
                    self.shape.automaton.interest(word * 64 + states.trailing_zeros() as usize);
                states &= states - 1;
            }
        }
        self.partitions[key].interest = interest;
    }

    /// Adds what is new to the states.
    #[inline]
    fn apply(&mut self, now: &Now<'_, E>) {
        let &Now { key, oldest, keeps, .. } = now;
        let Self { arena, tallies, changes, active, roots, partitions, shape, .. } = self;
        let Shape { automaton, words, impatient, .. } = &**shape;
        let impatient_now = &mut self.impatient_now;
        let active_now = &mut self.active_now;
        for &(state, node) in changes.iter() {
            let state = usize::from(state);
            let word = &mut active[key * words + state / 64];
            let root = &mut roots[key * automaton.len() + state];
            let bit = 1 << (state % 64);
            let fresh = *word & bit == 0;
            *root = match (fresh, &mut *tallies) {
                (true, _) => node,
                // No room for both: those that come give way.
                (false, _) if !keeps => *root,
                (false, None) => arena.union(node, *root, oldest),
                (false, Some(tallies)) => {
                    let union = arena.union(node, *root, oldest);
                    if union.node != node.node && union.node != root.node {
                        tallies.union(union, node, *root, arena);
                    }
                    union
                }
            };
            *impatient_now += usize::from(fresh && impatient[state / 64] & bit != 0);
            *active_now += usize::from(fresh);
            *word |= bit;
            partitions[key].interest |= automaton.interest(state);
        }
        changes.clear();
    }

    /// The same, which puts the matches of an event into order, so many at a time.
    pub(crate) fn in_order(mut self, most: usize) -> Self {
        if self.selected.is_none() && self.tallies.is_none() {
            self.sorted = Some(Sorted::new(most, self.path.len()));
        }
        self
    }

    /// What it did so far.
    #[must_use]
    pub fn counts(&self) -> SharedCounts {
        SharedCounts { nodes_lost: self.arena.lost, ..self.counts }
    }

    /// How many states its automaton has, the one in front of the first event included.
    #[must_use]
    pub fn states(&self) -> usize {
        self.shape.automaton.len()
    }
}
