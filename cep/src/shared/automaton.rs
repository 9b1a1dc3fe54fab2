//! The deterministic automaton: which sets of waits there are, and what events do to them.
//!
//! Input is the set of conditions that an event meets, *and* what is done with the event: bound to
//! a step, or passed over. Two matches that bind differently thus differ in their input, and one
//! match has one path: enumeration gives every match once.
//!
//! Built whole, for every set of the conditions that a state looks at; the states and the table
//! are bounded. State 0 is in front of the first event.

use super::error::SharedError;
use super::waits::{After, Wait, Waits};
use crate::ir::{Ir, StepId};

/// Most entries of the table.
const ENTRIES: usize = 1 << 16;

/// No state.
pub(super) const NONE: u16 = u16::MAX;

/// An event is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    /// To which step.
    pub(super) step: StepId,
    /// The match may be complete.
    pub(super) accepts: bool,
    /// What is waited for then, or [`NONE`].
    pub(super) target: u16,
}

/// What an event does to one state.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The state if it is passed over, or [`NONE`].
    pass: u16,
    moves: (u32, u32),
}

#[derive(Debug, Clone, Copy)]
struct State {
    interest: u64,
    /// Where its entries begin: one for each subset of `interest`.
    entries: u32,
    /// Every event changes it.
    impatient: bool,
}

/// The automaton.
#[derive(Debug)]
pub(super) struct Automaton {
    states: Box<[State]>,
    entries: Box<[Entry]>,
    moves: Box<[Move]>,
}

impl Automaton {
    /// Of `ir`, whose steps' conditions have these numbers, in at most `limit` states.
    pub(super) fn new(ir: &Ir, conditions: &[u8], limit: usize) -> Result<Self, SharedError> {
        let mut waits = Waits::new(ir, conditions);
        let After { waits: mut first, accepts } = waits.first()?;
        if accepts {
            return Err(SharedError::Empty);
        }
        if first.iter().any(|at| waits.known[*at].needs_an_event_before()) {
            return Err(SharedError::Leading);
        }
        first.sort_unstable();
        let mut building = Building { waits, sets: vec![first], limit, moves: Vec::new() };
        let (mut states, mut entries) = (Vec::new(), Vec::new());
        while states.len() < building.sets.len() {
            let set = building.sets[states.len()].clone();
            let waits = || set.iter().map(|at| &building.waits.known[*at]);
            let interest = waits().fold(0, |all, wait| all | wait.interest());
            let impatient = waits().any(Wait::is_impatient);
            let count = 1_usize.checked_shl(interest.count_ones()).unwrap_or(usize::MAX);
            if entries.len().saturating_add(count) > ENTRIES {
                return Err(SharedError::States { limit });
            }
            let starts = states.is_empty();
            states.push(State { interest, entries: entries.len() as u32, impatient });
            for index in 0..count {
                entries.push(building.entry(&set, deposit(index as u64, interest), !starts)?);
            }
        }
        Ok(Self { states: states.into(), entries: entries.into(), moves: building.moves.into() })
    }

    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// The conditions that `state` looks at.
    #[inline]
    pub(super) fn interest(&self, state: usize) -> u64 {
        self.states[state].interest
    }

    /// Does every event change `state`?
    pub(super) fn is_impatient(&self, state: usize) -> bool {
        self.states[state].impatient
    }

    /// What an event that meets `bits` does to `state`: where it is if the event is passed over,
    /// or [`NONE`], and where it may be bound.
    #[inline]
    pub(super) fn step(&self, state: usize, bits: u64) -> (u16, &[Move]) {
        let State { interest, entries, .. } = self.states[state];
        let Entry { pass, moves } = self.entries[entries as usize + extract(bits, interest)];
        (pass, &self.moves[moves.0 as usize..moves.1 as usize])
    }

    /// Most events that one event is bound as, over all states.
    pub(super) fn most_binds(&self) -> usize {
        let most = |at| self.entries_of(at).iter().map(|entry| entry.moves.1 - entry.moves.0).max();
        (0..self.len()).filter_map(most).sum::<u32>() as usize
    }

    /// Events of the longest match; `None` if there is no bound.
    pub(super) fn longest(&self) -> Option<usize> {
        // A path that passes so many states has passed one twice.
        let mut reached = vec![false; self.len()];
        reached[0] = true;
        for events in 0..=self.len() {
            let mut next = vec![false; self.len()];
            let mut any = false;
            for at in (0..self.len()).filter(|at| reached[*at]) {
                for entry in self.entries_of(at) {
                    any |= entry.moves.0 < entry.moves.1;
                    for made in &self.moves[entry.moves.0 as usize..entry.moves.1 as usize] {
                        if made.target != NONE {
                            next[usize::from(made.target)] = true;
                        }
                    }
                }
            }
            if !any {
                return Some(events);
            }
            self.pass(&mut next);
            reached = next;
        }
        None
    }

    /// Adds the states that `reached` leads to without binding anything.
    fn pass(&self, reached: &mut [bool]) {
        let mut open: Vec<usize> = (0..self.len()).filter(|at| reached[*at]).collect();
        while let Some(at) = open.pop() {
            for pass in self.entries_of(at).iter().map(|entry| entry.pass) {
                if pass != NONE && !std::mem::replace(&mut reached[usize::from(pass)], true) {
                    open.push(usize::from(pass));
                }
            }
        }
    }

    fn entries_of(&self, at: usize) -> &[Entry] {
        let State { interest, entries, .. } = self.states[at];
        &self.entries[entries as usize..][..1 << interest.count_ones()]
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.states) + size_of_val(&*self.entries) + size_of_val(&*self.moves)
    }
}

struct Building<'a> {
    waits: Waits<'a>,
    /// The states found so far: numbers of waits, rising.
    sets: Vec<Vec<usize>>,
    limit: usize,
    moves: Vec<Move>,
}

impl Building<'_> {
    /// `stays`: nothing is bound yet at the start, so nothing stays if an event is passed over.
    fn entry(&mut self, set: &[usize], bits: u64, stays: bool) -> Result<Entry, SharedError> {
        let mut passed = Vec::new();
        let mut bound: Vec<(StepId, After)> = Vec::new();
        for &at in set {
            let outcome = self.waits.known[at].outcome(bits);
            if outcome.goes_on && stays {
                passed.push(self.waits.later(at));
            }
            if outcome.binds {
                let step = self.waits.known[at].step;
                let after = self.waits.after(at)?;
                match bound.iter_mut().find(|(known, _)| *known == step) {
                    Some((_, all)) => {
                        all.waits.extend(after.waits);
                        all.accepts |= after.accepts;
                    }
                    None => bound.push((step, after)),
                }
            }
        }
        let from = self.moves.len() as u32;
        for (step, After { waits, accepts }) in bound {
            let target = self.state(waits)?;
            self.moves.push(Move { step, accepts, target });
        }
        Ok(Entry { pass: self.state(passed)?, moves: (from, self.moves.len() as u32) })
    }

    /// The number of the state that is this set; never that of the start, which is left for good.
    fn state(&mut self, mut set: Vec<usize>) -> Result<u16, SharedError> {
        set.sort_unstable();
        set.dedup();
        if set.is_empty() {
            return Ok(NONE);
        }
        let known = self.sets.iter().skip(1).position(|known| *known == set);
        let at = known.map_or(self.sets.len(), |at| at + 1);
        if at == self.sets.len() {
            if at >= self.limit {
                return Err(SharedError::States { limit: self.limit });
            }
            self.sets.push(set);
        }
        Ok(at as u16)
    }
}

/// The bits of `bits` at the places of `mask`, side by side.
#[inline]
fn extract(bits: u64, mut mask: u64) -> usize {
    let (mut index, mut at) = (0, 0);
    while mask != 0 {
        index |= (bits >> mask.trailing_zeros() & 1) << at;
        at += 1;
        mask &= mask - 1;
    }
    index as usize
}

/// The inverse of [`extract`].
fn deposit(index: u64, mut mask: u64) -> u64 {
    let (mut bits, mut at) = (0, 0);
    while mask != 0 {
        bits |= (index >> at & 1) << mask.trailing_zeros();
        at += 1;
        mask &= mask - 1;
    }
    bits
}
