//! One matcher for every pattern, whichever of the matchers behind it does the work.
//!
//! [`Matcher::new`] lets the planner choose (see [`crate::planner`]) and allocates everything.
//! Events then come one by one ([`Matcher::push`]) or in micro-batches ([`Matcher::apply`], then
//! [`Matcher::commit`] or [`Matcher::rollback`]), and time passes with them or with watermarks
//! ([`Matcher::advance_to`]). Both ways give the same matches in the same order, wherever batches
//! end. There is no clock: the same input gives the same output.
//!
//! Times never fall. An event before the latest event or watermark is late: it is counted and
//! left out. Put a stage that reorders in front if that happens.
//!
//! ```
//! use tourbillon_cep::lang::compile;
//! use tourbillon_cep::matching::{Limits, Matcher};
//! use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
//!
//! let ticks = Schema::builder::<[u64; 2]>("ticks")
//!     .field(SchemaField::new("ts", FieldType::U64, 0))
//!     .field(SchemaField::new("price", FieldType::I64, 8))
//!     .time("ts")
//!     .build()?;
//! let text = "FROM ticks MATCH_RECOGNIZE (
//!     PATTERN ( base -> up{2,} -> down ) WITHIN 50 US
//!     DEFINE up AS price > PREV(price), down AS price <= base.price )";
//! let patterns = compile("spike.sql", text, &[ticks])?.patterns;
//! let mut matcher = Matcher::<[u64; 2]>::new(&patterns[0].ir, Limits::default())?;
//! let mut found = Vec::new();
//! for (sequence, price) in [100, 101, 102, 99].into_iter().enumerate() {
//!     let event = [10 * sequence as u64, price];
//!     matcher.push(sequence as u64, &event, &mut |it| found.push(it.sequences().collect::<Vec<_>>()));
//! }
//! matcher.finish(&mut |it| found.push(it.sequences().collect::<Vec<_>>()));
//! assert_eq!(found, [[0, 1, 2, 3]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod common;
mod error;
mod found;
mod gather;
mod inner;
mod limits;
mod told;

use bytemuck::Pod;

use crate::field::RawField;
use crate::ir::Ir;
use crate::planner::Plan;
use batch::{Batch, Taken};
pub(crate) use common::Common;
pub use error::{BatchError, BuildError};
pub use found::{Bound, Found, Kind};
use gather::Gather;
use inner::Inner;
pub use limits::{Counts, Limits};

/// Finds the matches of one pattern in one stream.
#[derive(Debug)]
pub struct Matcher<E> {
    plan: Plan,
    inner: Inner<E>,
    time: RawField,
    /// The latest time of an event or watermark.
    now: u64,
    late: u64,
    gather: Gather<E>,
    batch: Batch<E>,
    limits: Limits,
}

impl<E: Pod> Matcher<E> {
    /// A matcher of `ir`, and all the memory it will use.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] if no matcher can run the pattern, or `E` is not the type of its schema.
    pub fn new(ir: &Ir, limits: Limits) -> Result<Self, BuildError> {
        Self::planned(ir, limits, None)
    }

    fn planned(
        ir: &Ir,
        limits: Limits,
        told: Option<(&mut Common, usize)>,
    ) -> Result<Self, BuildError> {
        let (event, schema) = (size_of::<E>(), ir.schema.size());
        if event != schema {
            return Err(BuildError::EventSize { event, schema });
        }
        let (inner, plan) = Inner::new(ir, limits, told)?;
        let time = ir.schema.raw(ir.schema.time());
        Ok(Self {
            plan,
            inner,
            time,
            now: 0,
            late: 0,
            gather: Gather::new(ir, limits.bound, time),
            batch: Batch::new(ir, limits.batch)?,
            limits,
        })
    }

    /// Takes the next event, which the caller calls `sequence`, and gives what it lets out.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    #[inline]
    pub fn push(&mut self, sequence: u64, event: &E, sink: &mut impl FnMut(&Found<'_>)) {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        self.take(sequence, event, sink);
    }

    #[inline]
    fn take(&mut self, sequence: u64, event: &E, sink: &mut impl FnMut(&Found<'_>)) {
        let time = self.time.bits(event);
        if time < self.now {
            self.late += 1;
            return;
        }
        self.now = time;
        self.gather.released_by = Some(sequence);
        self.inner.push(sequence, event, &mut self.gather, sink);
    }

    /// No later event has a time before `watermark`: lets out what waited for that.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    pub fn advance_to(&mut self, watermark: u64, sink: &mut impl FnMut(&Found<'_>)) {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        if watermark > self.now {
            self.now = watermark;
            self.gather.released_by = None;
            self.inner.advance_to(watermark, &mut self.gather, sink);
        }
    }

    /// There is no later event: lets out the matches that were held back. No deadline fires.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_>)) {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        self.gather.released_by = None;
        self.inner.finish(&mut self.gather, sink);
    }

    /// Takes events, called `first` and up, as a part of a batch, and evaluates what conditions
    /// ask of each alone. Nothing of it is seen, and nothing is changed, before
    /// [`Matcher::commit`], which cannot fail: closures of the pattern run here and may panic.
    ///
    /// # Errors
    ///
    /// If the batch has more events than [`Limits::batch`]. The events taken by earlier calls are
    /// still there: roll back, and come with less.
    pub fn apply(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        self.batch.take(first, events)
    }

    /// Matches the events of the batch, and gives what they let out.
    pub fn commit(&mut self, sink: &mut impl FnMut(&Found<'_>)) {
        let Self { batch, inner, gather, now, late, .. } = self;
        batch.drain(|taken, event| {
            let Taken { sequence, time, met } = taken;
            if time < *now {
                *late += 1;
                return;
            }
            *now = time;
            gather.released_by = Some(sequence);
            match event {
                Some(event) => inner.push_met(0, sequence, event, met, gather, sink),
                // It meets nothing, but its time may end something.
                None => inner.advance_to(time, gather, sink),
            }
        });
    }

    /// Forgets the events of the batch.
    pub fn rollback(&mut self) {
        self.batch.clear();
    }

    /// What it did so far, and what its limits cost.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let Gather { matches, timed_out, .. } = self.gather;
        Counts { matches, timed_out, late: self.late, ..self.inner.counts() }
    }

    /// What the planner chose, and why.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Bytes allocated, all of them when it was built (the pattern itself and closures apart).
    #[must_use]
    pub fn memory(&self) -> usize {
        self.inner.memory() + self.gather.memory() + self.batch.memory()
    }

    /// The limits it was built with.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }
}
