//! The events of a micro-batch, from `apply` to `commit`.
//!
//! What conditions ask of single events is evaluated when they are taken, as columns; closures of
//! the pattern run there and nowhere else, so that a batch may fail before anything has moved.
//! Events that meet nothing are forgotten at once, but for their times.

use bytemuck::Pod;

use super::error::BatchError;
use crate::attention::is_restless;
use crate::columns::Columns;
use crate::field::RawField;
use crate::ir::{Ir, TooLarge};

/// Events that are evaluated at a time, while they are in a near cache.
const PART: usize = 1_024;

/// Events that nothing has come of yet.
#[derive(Debug)]
pub(super) struct Batch<E> {
    taken: Vec<Taken>,
    /// Those that are kept, in order.
    kept: Vec<E>,
    columns: Option<Columns<E>>,
    time: RawField,
    /// Do events matter that meet no condition?
    restless: bool,
    most: usize,
}

/// What is known of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) sequence: u64,
    pub(super) time: u64,
    /// The conditions that it meets, as far as they are about it alone.
    pub(super) met: u64,
}

impl<E: Pod> Batch<E> {
    /// Room for `most` events, for a matcher of `ir`.
    pub(super) fn new(ir: &Ir, most: usize) -> Result<Self, TooLarge> {
        let columns = (most > 0).then(|| Columns::new(ir, PART.min(most))).transpose()?;
        Ok(Self {
            taken: Vec::with_capacity(most),
            kept: Vec::with_capacity(most),
            columns,
            time: ir.schema.raw(ir.schema.time()),
            restless: is_restless(ir),
            most,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    pub(super) fn take(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        let length = self.taken.len() + events.len();
        let Some(columns) = self.columns.as_mut().filter(|_| length <= self.most) else {
            return Err(BatchError::TooLong { length, most: self.most });
        };
        let mut sequences = first..;
        for part in events.chunks(PART) {
            columns.evaluate(part);
            for ((event, &met), sequence) in part.iter().zip(columns.masks()).zip(&mut sequences) {
                self.taken.push(Taken { sequence, time: self.time.bits(event), met });
                if met != 0 || self.restless {
                    self.kept.push(*event);
                }
            }
        }
        Ok(())
    }

    /// Takes out its events, each with itself if it is kept; leaves it empty.
    pub(super) fn drain(&mut self, mut each: impl FnMut(Taken, Option<&E>)) {
        // Emptied first: if what is called panics, the same is not shown again.
        let mut taken = std::mem::take(&mut self.taken);
        let mut kept = std::mem::take(&mut self.kept);
        let mut events = kept.iter();
        for it in &taken {
            let event = if it.met != 0 || self.restless { events.next() } else { None };
            each(*it, event);
        }
        taken.clear();
        kept.clear();
        (self.taken, self.kept) = (taken, kept);
    }

    pub(super) fn clear(&mut self) {
        self.taken.clear();
        self.kept.clear();
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.taken.capacity() * size_of::<Taken>()
            + self.kept.capacity() * size_of::<E>()
            + self.columns.as_ref().map_or(0, Columns::memory)
    }
}
