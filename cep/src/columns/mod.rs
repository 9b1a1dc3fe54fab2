//! The conditions of a pattern over many events at once, as columns.
//!
//! Events are taken 64 at a time. A field that comparisons read is gathered from them into a
//! column of its own width; a comparison goes over the column and leaves one bit for each event;
//! conditions are conjunctions and disjunctions of such words. What costs more (sums of fields,
//! computed values, closures), or is left to know of a few events only, is tested event by event,
//! and never where the rest of its condition has decided. Each test is done at most once for an
//! event.
//!
//! [`Columns::mask`] is then all that a matcher needs to know of an event before it looks at its
//! partial matches. Nothing here remembers one batch in the next: if a closure panics, the batch
//! can be evaluated again, or forgotten.

mod block;
mod kernel;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use bytemuck::Pod;

use crate::atoms::{Atoms, Formula, Literal};
use crate::ir::{Ir, TooLarge};
pub(crate) use block::Block;
pub(crate) use kernel::LANES;
use kernel::transpose;

/// Evaluates what a pattern's conditions ask of single events, for slices of events.
///
/// ```
/// use std::mem::offset_of;
///
/// use tourbillon_cep::columns::Columns;
/// use tourbillon_cep::lang::compile;
/// use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
///
/// #[repr(C)]
/// #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
/// struct Tick {
///     time: u64,
///     price: i64,
/// }
/// let schema = Schema::builder::<Tick>("ticks")
///     .field(SchemaField::new("time", FieldType::U64, offset_of!(Tick, time)))
///     .field(SchemaField::new("price", FieldType::I64, offset_of!(Tick, price)))
///     .time("time")
///     .build()?;
/// let text = "FROM ticks MATCH_RECOGNIZE (
///     PATTERN ( low -> high -> more )  WITHIN 1 MS
///     DEFINE low AS price < 10, high AS price >= 20, more AS price > high.price )";
/// let compiled = compile("ticks.sql", text, &[schema])?;
///
/// let mut columns = Columns::<Tick>::new(&compiled.patterns[0].ir, 1_000)?;
/// columns.evaluate(&[5, 15, 25].map(|price| Tick { time: 0, price }));
/// // `more` asks nothing of the event alone, so every event may meet it.
/// assert_eq!([0, 1, 2].map(|event| columns.mask(event)), [0b101, 0b100, 0b110]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Columns<E> {
    atoms: Atoms,
    conditions: Box<[Formula<Literal>]>,
    block: Block,
    /// Of each event of the batch.
    masks: Box<[u64]>,
    len: usize,
    events: PhantomData<fn(&E)>,
}

impl<E: Pod> Columns<E> {
    /// For the conditions of `ir`, over batches of at most `most` events.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if the values of some event might not fit 128 bits.
    ///
    /// # Panics
    ///
    /// If `E` has not the size that the pattern's schema says.
    pub fn new(ir: &Ir, most: usize) -> Result<Self, TooLarge> {
        assert_eq!(size_of::<E>(), ir.schema.size(), "events of the pattern's schema");
        let mut atoms = Atoms::default();
        let (conditions, _) = ir.conditions();
        let add = |condition: &&_| atoms.add(condition, &ir.schema);
        let conditions = conditions.iter().map(add).collect::<Result<_, _>>()?;
        let block = Block::new(atoms.len(), atoms.fields().len());
        // Masks are written in whole blocks.
        let masks = vec![0; most.next_multiple_of(LANES)].into();
        Ok(Self { atoms, conditions, block, masks, len: 0, events: PhantomData })
    }

    /// Evaluates the conditions over `events`; the masks are theirs from then on.
    ///
    /// # Panics
    ///
    /// If there are more events than it was made for, or if a closure of the pattern panics; no
    /// masks are left then.
    pub fn evaluate(&mut self, events: &[E]) {
        let most = self.masks.len();
        assert!(events.len() <= most, "{} events in a batch of at most {most}", events.len());
        self.len = 0;
        let Self { atoms, conditions, block, masks, .. } = self;
        for (events, masks) in events.chunks(LANES).zip(masks.chunks_exact_mut(LANES)) {
            let masks: &mut [u64; LANES] = masks.try_into().expect("whole blocks");
            block.evaluate(atoms, conditions, events);
            transpose(block.words(conditions.len()), masks);
        }
        self.len = events.len();
    }

    /// Evaluates the conditions over a block of at most [`LANES`] events, and says which of them
    /// meet any; what they meet is then for [`Columns::met`] to say.
    ///
    /// # Panics
    ///
    /// If a closure of the pattern panics.
    #[inline]
    pub(crate) fn look(&mut self, events: &[E]) -> u64 {
        self.block.evaluate(&self.atoms, &self.conditions, events)
    }

    /// The masks of those events of the last block that `which` has a bit for, in order.
    #[inline]
    pub(crate) fn met(&self, which: u64, masks: &mut Vec<u64>) {
        let words = self.block.words(self.conditions.len());
        if which.count_ones() as usize * words.len() <= LANES {
            masks.extend(bits(which).map(|event| {
                let numbered = words.iter().enumerate();
                numbered.fold(0, |mask, (at, word)| mask | (word >> event & 1) << at)
            }));
        } else {
            let mut all = [0; LANES];
            transpose(words, &mut all);
            masks.extend(bits(which).map(|event| all[event]));
        }
    }

    /// Which conditions the event at `event` of the batch may meet: bit `n` is set if all that the
    /// `n`-th of [`Ir::conditions`] asks of the event alone holds.
    ///
    /// # Panics
    ///
    /// If the batch has no such event.
    #[inline]
    #[must_use]
    pub fn mask(&self, event: usize) -> u64 {
        self.masks[..self.len][event]
    }

    /// The masks of all events of the batch, in order.
    #[must_use]
    pub fn masks(&self) -> &[u64] {
        &self.masks[..self.len]
    }

    /// Bytes allocated, those of closures apart.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.atoms.memory()
            + size_of_val(&*self.conditions)
            + self.block.memory()
            + size_of_val(&*self.masks)
    }
}

/// The places of the bits of `word`, from the lowest.
#[inline]
pub(crate) fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = word.trailing_zeros() as usize;
        (word != 0).then(|| word &= word - 1).map(|()| at)
    })
}
