//! The matcher, one micro-batch at a time: nothing is visible before it commits.
//!
//! A batch is used as one. Conditions on single events run over it as columns; the events that
//! matter are grouped by key, so that the state of a key is touched by all its events in a row;
//! the matches are put in order and emitted at the commit. The matches are those that
//! [`Matcher::push`] would have found, in the same order, wherever batches end.

use bytemuck::Pod;

use super::error::BatchError;
use super::found::Match;
use super::matcher::Matcher;
use super::partitions::Slot;
use super::state::Seen;

/// No event.
const END: u32 = u32::MAX;

/// Working memory of a batch, made at build.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// The events that may matter, in order; the first `picked` count.
    relevant: Box<[u32]>,
    picked: usize,
    /// Atoms that each of them meets.
    atoms: Box<[u64]>,
    /// The next of them with the same key.
    next: Box<[u32]>,
    /// Keys of this batch in the order in which they appear.
    groups: Vec<Group>,
    /// Group of a key's slot, valid if that group has this slot.
    group_of: Box<[u32]>,
}

/// The relevant events of one key in a batch, by their index among them.
#[derive(Debug, Clone, Copy)]
struct Group {
    slot: Slot,
    first: u32,
    last: u32,
}

impl Buffers {
    /// For batches of `batch` events over a table of `slots` slots.
    pub(crate) fn new(batch: usize, slots: usize) -> Self {
        Self {
            atoms: vec![0; batch].into_boxed_slice(),
            relevant: vec![0; batch].into_boxed_slice(),
            picked: 0,
            next: vec![END; batch].into_boxed_slice(),
            groups: Vec::with_capacity(batch),
            group_of: vec![0; if batch > 0 { slots } else { 0 }].into_boxed_slice(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.atoms)
            + size_of_val(&*self.relevant)
            + size_of_val(&*self.next)
            + size_of::<Group>() * self.groups.capacity()
            + size_of_val(&*self.group_of)
    }
}

impl<E: Pod> Matcher<E> {
    /// Applies a batch whose first event has sequence `first`; the others follow without gap.
    ///
    /// Nothing is emitted and everything can be undone until [`Matcher::commit`]. May be called
    /// several times before that, for a batch in several slices.
    ///
    /// # Errors
    ///
    /// If the batch finds more matches than [`Limits::matches`](super::Limits) lets it hold back.
    /// The matcher must then be rolled back; a batch of one event always fits.
    ///
    /// # Panics
    ///
    /// If the matcher was built without [`Limits::batch`](super::Limits). A panic of a condition's
    /// closure passes through, and [`Matcher::rollback`] undoes what was done before it.
    pub fn apply(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        assert!(self.limits().batch > 0, "build the matcher with `Limits::batch`");
        if !self.state.journal.is_open() {
            let live = self.state.live();
            if self.state.journal.open(self.state.tally, live) {
                self.state.partitions.forget_saved();
            }
        }
        let mut first = first;
        for part in events.chunks(self.limits().batch) {
            self.apply_part(first, part)?;
            first += part.len() as u64;
        }
        Ok(())
    }

    /// Makes the batch final and emits its matches.
    pub fn commit(&mut self, sink: &mut impl FnMut(Match<'_>)) {
        self.state.commit();
        self.state.found.emit_sorted(sink);
    }

    /// Puts the matcher back to where it was before the first [`Matcher::apply`] since the last
    /// commit. Does nothing if there was none.
    pub fn rollback(&mut self) {
        if self.state.journal.is_open() {
            self.state.rollback();
        }
    }

    fn apply_part(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        self.select(events);
        let room = self.batch.picked.min(self.limits().keys).min(self.limits().runs);
        self.state.reserve::<true>(room);
        self.group(events);
        let time = self.time();
        let last = first + events.len() as u64 - 1;
        let Self { plan, state, batch, .. } = self;
        for group in &batch.groups {
            state.open_list(group.slot);
            let mut index = group.first;
            while index != END {
                let at = batch.relevant[index as usize];
                let event = &events[at as usize];
                let atoms = batch.atoms[index as usize];
                let admitted = plan.admitted(atoms);
                state.check_room(last)?;
                let seen = Seen { sequence: first + u64::from(at), event, atoms, admitted };
                state.step::<true, E>(plan, group.slot, time.bits(event), &seen);
                index = batch.next[index as usize];
            }
        }
        Ok(())
    }

    /// Picks the events that may matter and finds their atoms.
    fn select(&mut self, events: &[E]) {
        let Self { plan, batch: Buffers { atoms, relevant, picked, .. }, .. } = self;
        *picked = 0;
        for (at, event) in events.iter().enumerate() {
            // Without a branch, which could not be predicted: always write, advance if it counts.
            relevant[*picked] = at as u32;
            *picked += usize::from(!plan.rejects(event));
        }
        plan.atom_columns(events, &relevant[..*picked], &mut atoms[..*picked]);
    }

    /// Chains the events that matter by key.
    fn group(&mut self, events: &[E]) {
        self.batch.groups.clear();
        for index in 0..self.batch.picked {
            let event = &events[self.batch.relevant[index] as usize];
            let admitted = self.plan.admitted(self.batch.atoms[index]);
            if admitted == 0 {
                continue;
            }
            let Some(slot) = self.state.locate(self.time().bits(event), self.key(event), admitted)
            else {
                continue;
            };
            let Buffers { next, groups, group_of, .. } = &mut self.batch;
            next[index] = END;
            let index = index as u32;
            let group_of = &mut group_of[slot as usize];
            match groups.get_mut(*group_of as usize).filter(|group| group.slot == slot) {
                Some(group) => {
                    next[group.last as usize] = index;
                    group.last = index;
                }
                None => {
                    *group_of = groups.len() as u32;
                    groups.push(Group { slot, first: index, last: index });
                }
            }
        }
    }
}
