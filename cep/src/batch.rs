//! The matcher, one micro-batch at a time: nothing is visible before it commits.
//!
//! A batch is used as one. Conditions on single events run over it as columns; the events that
//! matter are grouped by key, so that the state of a key is touched by all its events in a row;
//! the matches are put in order and emitted at the commit. The matches are those that
//! [`Matcher::push`] would have found, in the same order, wherever batches end.

use bytemuck::Pod;

use crate::error::BatchError;
use crate::found::Match;
use crate::matcher::Matcher;
use crate::partitions::Slot;
use crate::pattern::AfterMatch;
use crate::state::Seen;

/// No event.
const END: u32 = u32::MAX;

/// Working memory of a batch, made at build.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// Atoms that each event meets.
    atoms: Box<[u64]>,
    /// The events that matter, in order; the first `picked` count.
    relevant: Box<[u32]>,
    picked: usize,
    /// The next event of the same key.
    next: Box<[u32]>,
    /// Keys of this batch in the order in which they appear.
    groups: Vec<Group>,
    /// Group of a key's slot, valid if that group has this slot.
    group_of: Box<[u32]>,
}

/// The events of one key in a batch.
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
    /// If the batch finds more matches than [`Limits::matches`](crate::Limits) lets it hold back.
    /// The matcher must then be rolled back; a batch of one event always fits.
    ///
    /// # Panics
    ///
    /// If the matcher was built without [`Limits::batch`](crate::Limits). A panic of a condition's
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
        let count = events.len();
        self.plan.atom_columns(events, &mut self.batch.atoms[..count]);
        let starts = self.select(count);
        self.state.reserve::<true>(starts.min(self.limits().keys).min(self.limits().runs));
        self.group(events);
        let time = self.time();
        let Self { plan, state, batch, .. } = self;
        for group in &batch.groups {
            state.open_list(group.slot);
            let mut at = group.first;
            while at != END {
                let event = &events[at as usize];
                let sequence = first + u64::from(at);
                let atoms = batch.atoms[at as usize];
                let admitted = plan.admitted(atoms);
                state.check_room(first + count as u64 - 1)?;
                let seen = Seen { sequence, event, atoms, admitted };
                state.step::<true, E>(plan, group.slot, time.bits(event), &seen);
                at = batch.next[at as usize];
            }
        }
        Ok(())
    }

    /// Picks the events that matter; returns how many of them can start a run.
    fn select(&mut self, count: usize) -> usize {
        // Held-back matches are emitted at the next event of their key, whatever it is.
        let every = self.state.after_match == AfterMatch::PastLastLeftmost;
        let Buffers { atoms, relevant, picked, .. } = &mut self.batch;
        let (mut next, mut starts) = (0, 0);
        for (at, &atoms) in atoms[..count].iter().enumerate() {
            let admitted = self.plan.admitted(atoms);
            // Without a branch, which could not be predicted: always write, advance if it counts.
            relevant[next] = at as u32;
            next += usize::from(every || admitted != 0);
            starts += (admitted & 1) as usize;
        }
        *picked = next;
        starts
    }

    /// Chains the events that matter by key.
    fn group(&mut self, events: &[E]) {
        self.batch.groups.clear();
        for index in 0..self.batch.picked {
            let at = self.batch.relevant[index];
            let event = &events[at as usize];
            let admitted = self.plan.admitted(self.batch.atoms[at as usize]);
            let Some(slot) = self.state.locate(self.time().bits(event), self.key(event), admitted)
            else {
                continue;
            };
            let Buffers { next, groups, group_of, .. } = &mut self.batch;
            next[at as usize] = END;
            let group_of = &mut group_of[slot as usize];
            match groups.get_mut(*group_of as usize).filter(|group| group.slot == slot) {
                Some(group) => {
                    next[group.last as usize] = at;
                    group.last = at;
                }
                None => {
                    *group_of = groups.len() as u32;
                    groups.push(Group { slot, first: at, last: at });
                }
            }
        }
    }
}
