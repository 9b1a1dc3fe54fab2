//! One matcher for every pattern, whichever of the matchers behind it does the work.
//!
//! [`Matcher::new`] lets the planner choose (see [`crate::planner`]) and allocates everything.
//! Events then come one by one ([`Matcher::push`]) or in micro-batches ([`Matcher::apply`], then
//! [`Matcher::commit`] or [`Matcher::rollback`]), and time passes with them or with watermarks
//! ([`Matcher::advance_to`]). Both ways give the same matches in the same order, wherever batches
//! end. There is no clock: the same input gives the same output.
//!
//! Times never fall. An event before the latest event or watermark is late: it is counted and
//! left out. Put a stage that reorders in front if that happens ([`crate::reorder`]).
//!
//! A sink may panic: what is in hand is matched to its end before the panic goes on, and the
//! matcher can be used as if nothing had been. What the sink has not seen because of it is counted
//! ([`Counts::unseen`]).
//!
//! What one event or watermark lets out comes in the order that [`crate::ir::Skip`] defines,
//! whichever matcher does the work; see [`Limits::matches`] for events that complete thousands.
//!
//! ```
//! use bytemuck::{Pod, Zeroable};
//! use tourbillon_cep::{Event, Limits, Matcher, Pattern};
//!
//! #[derive(Event, Clone, Copy, Pod, Zeroable)]
//! #[repr(C)]
//! #[event(name = "ticks")]
//! struct Tick {
//!     #[event(time)]
//!     time: u64,
//!     price: i64,
//! }
//!
//! let text = "FROM ticks MATCH_RECOGNIZE (
//!     PATTERN ( base -> up{2,} -> down ) WITHIN 50 US
//!     DEFINE up AS price > PREV(price), down AS price <= base.price )";
//! let pattern = Pattern::<Tick>::parse("spike.sql", text)?;
//! let mut matcher = Matcher::new(&pattern, Limits::default())?;
//! let mut found = Vec::new();
//! for (sequence, price) in (0..).zip([100, 101, 102, 99]) {
//!     let tick = Tick { time: 10 * sequence, price };
//!     matcher.push(sequence, &tick, &mut |it| found.push(it.sequences().collect::<Vec<_>>()))?;
//! }
//! matcher.finish(&mut |it| found.push(it.sequences().collect::<Vec<_>>()))?;
//! assert_eq!(found, [[0, 1, 2, 3]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod commit;
mod common;
mod error;
mod found;
mod gather;
mod guard;
mod inner;
mod limits;
mod told;

use bytemuck::Pod;

use crate::builder::Pattern;
use crate::field::RawField;
use crate::ir::Ir;
use crate::planner::Plan;
use batch::Batch;
use commit::Commit;
pub(crate) use common::Common;
pub use error::{BatchError, BuildError, Full};
pub use found::{Bound, Found, Kind, checksum};
use gather::Gather;
pub(crate) use guard::Guard;
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
    unseen: u64,
    gather: Gather<E>,
    batch: Batch<E>,
    limits: Limits,
    stopped: Option<Full>,
}

impl<E: Pod> Matcher<E> {
    /// A matcher of `pattern`, and all the memory it will use.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] if no matcher can run the pattern within `limits`.
    pub fn new(pattern: &Pattern<E>, limits: Limits) -> Result<Self, BuildError> {
        Self::planned(pattern.ir(), limits, None)
    }

    fn planned(
        ir: &Ir,
        limits: Limits,
        told: Option<(&mut Common, usize)>,
    ) -> Result<Self, BuildError> {
        let (inner, plan) = Inner::new(ir, limits, told)?;
        let time = ir.schema.raw(ir.schema.time());
        Ok(Self {
            plan,
            inner,
            time,
            now: 0,
            late: 0,
            unseen: 0,
            gather: Gather::new(ir, limits.bound, time),
            batch: Batch::new(ir, limits.batch)?,
            limits,
            stopped: None,
        })
    }

    /// Takes the next event, which the caller calls `sequence`, and gives what it lets out.
    ///
    /// # Errors
    ///
    /// [`Full`] if a limit does not suffice, now or before, and nothing may be dropped: only with
    /// [`Overflow::Stop`](crate::Overflow::Stop).
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back. With the sink, after all else is done. With
    /// a closure of the pattern: the matcher may then be in the middle of the event. Events of which
    /// closures may panic come as batches.
    #[inline]
    pub fn push(
        &mut self,
        sequence: u64,
        event: &E,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Full> {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        self.check()?;
        let time = self.time.bits(event);
        if time < self.now {
            self.late += 1;
            return Ok(());
        }
        self.now = time;
        self.gather.released_by = Some(sequence);
        match &self.inner {
            // Most events do nothing: what the others take would be in their way.
            Inner::Registers(matcher) if matcher.passes(event) => Ok(()),
            Inner::Registers(_) => self.take_apart(sequence, time, event, sink),
            Inner::Shared(_) | Inner::Forked(_) => self.take(sequence, time, event, sink),
        }
    }

    /// Takes an event that is not late.
    #[inline(always)]
    fn take(
        &mut self,
        sequence: u64,
        time: u64,
        event: &E,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Full> {
        let (mut guard, unseen) = (Guard::default(), &mut self.unseen);
        let sink = &mut |it: &Found<'_>| *unseen += u64::from(!guard.run(|| sink(it)));
        let done = self.inner.push(sequence, time, event, &mut self.gather, sink);
        let done = done.map_err(|limit| self.stop(limit, sequence));
        guard.resume();
        done
    }

    #[inline(never)]
    fn take_apart(
        &mut self,
        sequence: u64,
        time: u64,
        event: &E,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Full> {
        self.take(sequence, time, event, sink)
    }

    #[inline(always)]
    fn check(&self) -> Result<(), Full> {
        // Read only if it is there: it is larger than the question.
        match &self.stopped {
            None => Ok(()),
            Some(full) => Err(*full),
        }
    }

    #[cold]
    fn stop(&mut self, limit: &'static str, sequence: u64) -> Full {
        let most = self.limits.named().into_iter().find(|(name, ..)| *name == limit);
        let full = Full { sequence, limit, most: most.map_or(0, |(_, most, _)| most) };
        *self.stopped.insert(full)
    }

    /// No later event has a time before `watermark`: lets out what waited for that.
    ///
    /// # Errors
    ///
    /// As [`Matcher::push`].
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back; with the sink, after all else is done.
    pub fn advance_to(
        &mut self,
        watermark: u64,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Full> {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        self.check()?;
        if watermark <= self.now {
            return Ok(());
        }
        self.now = watermark;
        let last = self.gather.released_by.take();
        let (mut guard, unseen) = (Guard::default(), &mut self.unseen);
        let sink = &mut |it: &Found<'_>| *unseen += u64::from(!guard.run(|| sink(it)));
        let done = self.inner.advance_to(watermark, &mut self.gather, sink);
        let done = done.map_err(|limit| self.stop(limit, last.unwrap_or(0)));
        guard.resume();
        done
    }

    /// There is no later event: lets out the matches that were held back. No deadline fires.
    ///
    /// # Errors
    ///
    /// As [`Matcher::push`]; what is held is out all the same.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back; with the sink, after all else is done.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_>)) -> Result<(), Full> {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        let last = self.gather.released_by.take();
        let (mut guard, unseen) = (Guard::default(), &mut self.unseen);
        let sink = &mut |it: &Found<'_>| *unseen += u64::from(!guard.run(|| sink(it)));
        let done = self.inner.finish(&mut self.gather, sink);
        guard.resume();
        self.check()?;
        done.map_err(|limit| self.stop(limit, last.unwrap_or(0)))
    }

    /// Takes events, called `first` and up, as a part of a batch, and evaluates what conditions
    /// ask of each alone. Nothing of it is seen, and nothing is changed, before
    /// [`Matcher::commit`], at which no closure of the pattern runs: they run here, and may panic.
    ///
    /// # Errors
    ///
    /// If the batch has more events than [`Limits::batch`]. The events taken by earlier calls are
    /// still there: roll back, and come with less.
    pub fn apply(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        self.batch.take(first, events)
    }

    /// Matches the events of the batch, and gives what they let out.
    ///
    /// # Errors
    ///
    /// As [`Matcher::push`]; the events after the one that has no room are not taken.
    ///
    /// # Panics
    ///
    /// With the sink, after all else is done: all events of the batch are matched.
    pub fn commit(&mut self, sink: &mut impl FnMut(&Found<'_>)) -> Result<(), Full> {
        let Self { batch, inner, gather, now, late, unseen, stopped, .. } = self;
        if let Some(full) = *stopped {
            batch.clear();
            return Err(full);
        }
        let mut guard = Guard::default();
        let sink = &mut |it: &Found<'_>| *unseen += u64::from(!guard.run(|| sink(it)));
        let mut commit = Commit { inner, gather, now, late };
        let done = batch.drain(|part| commit.part(&part, sink));
        let done = done.map_err(|(limit, sequence)| self.stop(limit, sequence));
        guard.resume();
        done
    }

    /// Forgets the events of the batch.
    pub fn rollback(&mut self) {
        self.batch.clear();
    }

    /// Where matching has stopped, if it has; see [`Matcher::push`].
    #[must_use]
    pub fn stopped(&self) -> Option<Full> {
        self.stopped
    }

    /// What it did so far, and what its limits cost.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let Gather { matches, timed_out, .. } = self.gather;
        let (late, unseen) = (self.late, self.unseen);
        Counts { matches, timed_out, late, unseen, ..self.inner.counts() }
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
