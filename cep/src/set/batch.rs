//! Micro-batches for a set: the conditions that events meet are found when the events are taken,
//! over columns; nothing moves before the commit.

use bytemuck::Pod;

use super::{PatternId, PatternSet};
use crate::columns::{Block, LANES};
use crate::matching::{BatchError, Found, Guard};

/// The events of a batch, and what they meet.
#[derive(Debug)]
pub(super) struct Batch<E> {
    events: Vec<E>,
    sequences: Vec<u64>,
    /// In the order of their events.
    hits: Vec<Hit>,
    block: Block,
    /// For how many atoms and fields that is.
    size: (usize, usize),
    room: Room,
}

/// For how much of a batch there is room.
#[derive(Debug, Clone, Copy, Default)]
struct Room {
    events: usize,
    hits: usize,
}

/// An event of the batch meets conditions of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    event: u32,
    slot: u32,
    conditions: u64,
}

impl<E> Default for Batch<E> {
    fn default() -> Self {
        let (events, sequences, hits) = (Vec::new(), Vec::new(), Vec::new());
        let (block, size) = (Block::new(0, 0), (0, 0));
        Self { events, sequences, hits, block, size, room: Room::default() }
    }
}

impl<E: Pod> Batch<E> {
    /// The set has so many atoms and fields now.
    pub(super) fn fit(&mut self, (atoms, fields): (usize, usize)) {
        if self.room.events > 0 && (atoms > self.size.0 || fields > self.size.1) {
            self.size = (atoms.next_power_of_two(), fields);
            self.block = Block::new(self.size.0, fields);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.events.capacity() * size_of::<E>()
            + self.sequences.capacity() * size_of::<u64>()
            + self.hits.capacity() * size_of::<Hit>()
            + self.block.memory()
    }

    fn clear(&mut self) {
        self.events.clear();
        self.sequences.clear();
        self.hits.clear();
    }
}

impl<E: Pod> PatternSet<E> {
    /// With micro-batches of at most `events` events, which meet at most `hits` conditions of
    /// patterns; memory for them is allocated.
    #[must_use]
    pub fn with_batches(mut self, events: usize, hits: usize) -> Self {
        self.batch.room = Room { events, hits };
        self.batch.events.reserve_exact(events);
        self.batch.sequences.reserve_exact(events);
        self.batch.hits.reserve_exact(hits);
        self.batch.fit(self.index.size());
        self
    }

    /// Takes events, called `first` and up, as a part of a batch, and finds the conditions that
    /// they meet. Nothing of it is seen, and nothing is changed, before [`PatternSet::commit`],
    /// which cannot fail: closures of the patterns run here and may panic.
    ///
    /// # Errors
    ///
    /// If the batch has more events, or they meet more conditions, than there is room for. The
    /// events taken by earlier calls are still there: roll back, and come with less.
    pub fn apply(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        let Self { batch: Batch { events: taken, sequences, hits, block, room, .. }, .. } = self;
        let length = taken.len() + events.len();
        if length > room.events {
            return Err(BatchError::TooLong { length, most: room.events });
        }
        // A closure may have panicked in the call before.
        let known = taken.len() as u32;
        hits.truncate(hits.partition_point(|hit| hit.event < known));
        let mut from = known;
        for events in events.chunks(LANES) {
            let (begin, mut full) = (hits.len(), false);
            let formula = |slot: u32, condition| {
                let member = self.members[slot as usize].as_ref();
                member.and_then(|member| member.places.formula(condition))
            };
            self.index.find_all(events, block, formula, |at, entry| {
                full |= hits.len() == room.hits;
                if !full {
                    let (event, conditions) = (from + at as u32, entry.condition());
                    hits.push(Hit { event, slot: entry.slot, conditions });
                }
            });
            if full {
                hits.truncate(hits.partition_point(|hit| hit.event < known));
                return Err(BatchError::TooMuch { most: room.hits });
            }
            hits[begin..].sort_unstable();
            from += events.len() as u32;
        }
        taken.extend_from_slice(events);
        sequences.extend((first..).take(events.len()));
        Ok(())
    }

    /// Matches the events of the batch, and gives what they let out, as [`PatternSet::push`] of
    /// each would have.
    ///
    /// # Panics
    ///
    /// With the sink, after all else is done: all events of the batch are matched.
    pub fn commit(&mut self, sink: &mut impl FnMut(PatternId, &Found<'_>)) {
        // Taken out first: if what is called panics, the same is not shown again.
        let events = std::mem::take(&mut self.batch.events);
        let sequences = std::mem::take(&mut self.batch.sequences);
        let hits = std::mem::take(&mut self.batch.hits);
        let mut left = hits.iter().peekable();
        let mut guard = Guard::default();
        for (at, (event, sequence)) in events.iter().zip(&sequences).enumerate() {
            let time = self.time.bits(event);
            self.wake.reset();
            while let Some(hit) = left.next_if(|hit| hit.event as usize == at) {
                let met = self.wake.wanted[hit.slot as usize] & hit.conditions;
                if met != 0 {
                    self.wake.wake(hit.slot, met);
                }
            }
            if time < self.now {
                self.late += 1;
                continue;
            }
            self.take(*sequence, event, time, &mut guard, sink);
        }
        self.wake.reset();
        let Batch { events: known, sequences: numbers, hits: found, .. } = &mut self.batch;
        (*known, *numbers, *found) = (events, sequences, hits);
        self.batch.clear();
        guard.resume();
    }

    /// Forgets the events of the batch.
    pub fn rollback(&mut self) {
        self.batch.clear();
    }
}
