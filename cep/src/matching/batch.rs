//! The events of a micro-batch, from `apply` to `commit`.
//!
//! What conditions ask of single events is evaluated when they are taken, as columns; closures of
//! the pattern run there and nowhere else, so that a batch may fail before anything has moved.
//! Events are kept in blocks. Of those that meet nothing only the time is: `commit` passes over
//! them, and looks at them one by one only in a block where some deadline falls.

use bytemuck::Pod;

use super::error::BatchError;
use crate::attention::is_restless;
use crate::columns::{Columns, LANES, bits};
use crate::field::RawField;
use crate::ir::{Ir, TooLarge};

/// Events that nothing has come of yet.
#[derive(Debug)]
pub(super) struct Batch<E> {
    blocks: Vec<Block>,
    /// Of every event.
    times: Vec<u64>,
    /// The events that are kept, in order.
    kept: Vec<E>,
    /// The conditions that each of those meets, as far as they are about it alone.
    met: Vec<u64>,
    columns: Option<Columns<E>>,
    time: RawField,
    /// Do events matter that meet no condition?
    restless: bool,
    most: usize,
}

/// Up to 64 events with sequences that follow one another.
#[derive(Debug, Clone, Copy)]
struct Block {
    first: u64,
    len: u32,
    /// Does no time in it fall?
    rises: bool,
    /// A bit for each event that is kept.
    kept: u64,
}

/// A block's events: their times, and those that are kept of them.
pub(super) struct Part<'a, E> {
    pub(super) first: u64,
    pub(super) rises: bool,
    pub(super) times: &'a [u64],
    which: u64,
    kept: &'a [E],
    met: &'a [u64],
}

impl<E: Pod> Batch<E> {
    /// Room for `most` events, for a matcher of `ir`.
    pub(super) fn new(ir: &Ir, most: usize) -> Result<Self, TooLarge> {
        let columns = (most > 0).then(|| Columns::new(ir, LANES)).transpose()?;
        Ok(Self {
            // One for each event, if they come one by one.
            blocks: Vec::with_capacity(most),
            times: Vec::with_capacity(most),
            kept: Vec::with_capacity(most),
            met: Vec::with_capacity(most),
            columns,
            time: ir.schema.raw(ir.schema.time()),
            restless: is_restless(ir),
            most,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    pub(super) fn take(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        let length = self.times.len() + events.len();
        let Some(columns) = self.columns.as_mut().filter(|_| length <= self.most) else {
            return Err(BatchError::TooLong { length, most: self.most });
        };
        for (block, events) in events.chunks(LANES).enumerate() {
            let first = first + (block * LANES) as u64;
            let all = u64::MAX >> (LANES - events.len());
            let met = columns.look(events);
            let kept = if self.restless { all } else { met };
            columns.met(kept, &mut self.met);
            self.kept.extend(bits(kept).map(|event| events[event]));
            let from = self.times.len();
            self.times.extend(events.iter().map(|event| self.time.bits(event)));
            let rises = self.times[from..].is_sorted();
            self.blocks.push(Block { first, len: events.len() as u32, rises, kept });
        }
        Ok(())
    }

    /// Shows its events block by block while `each` succeeds, and leaves it empty, even if `each`
    /// panics.
    pub(super) fn drain<F>(
        &mut self,
        mut each: impl FnMut(Part<'_, E>) -> Result<(), F>,
    ) -> Result<(), F> {
        let batch = Emptied(self);
        let Self { blocks, times, kept, met, .. } = &*batch.0;
        let (mut times, mut kept, mut met) = (&times[..], &kept[..], &met[..]);
        for &Block { first, len, rises, kept: which } in blocks {
            let count = which.count_ones() as usize;
            each(Part {
                first,
                rises,
                times: times.split_off(..len as usize).expect("a time for each event"),
                which,
                kept: kept.split_off(..count).expect("an event for each bit"),
                met: met.split_off(..count).expect("a mask for each bit"),
            })?;
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.blocks.clear();
        self.times.clear();
        self.kept.clear();
        self.met.clear();
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.blocks.capacity() * size_of::<Block>()
            + (self.times.capacity() + self.met.capacity()) * size_of::<u64>()
            + self.kept.capacity() * size_of::<E>()
            + self.columns.as_ref().map_or(0, Columns::memory)
    }
}

impl<'a, E> Part<'a, E> {
    /// The places of the kept events in the block, the events, and the conditions they meet.
    #[inline]
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, &'a E, u64)> + use<'a, E> {
        let (kept, met) = (self.kept, self.met);
        bits(self.which).zip(kept).zip(met).map(|((at, event), met)| (at, event, *met))
    }
}

/// A batch that is empty afterwards.
struct Emptied<'a, E: Pod>(&'a mut Batch<E>);

impl<E: Pod> Drop for Emptied<'_, E> {
    fn drop(&mut self) {
        self.0.clear();
    }
}
