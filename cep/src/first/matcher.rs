//! The matcher's public side: built once, then fed one event at a time.
//!
//! Matches wait in a buffer until the event is done and only then reach the sink, and conditions
//! are evaluated before anything changes; so code of the user's that panics never leaves the
//! matcher half way. What a sink has seen before it panics stays seen; the rest of that event's
//! (or batch's) matches is lost to it.

use bytemuck::Pod;

use super::batch::Buffers;
use super::error::LimitError;
use super::found::Match;
use super::limits::Limits;
use super::pattern::Pattern;
use super::plan::Plan;
use super::state::{Seen, State};
use crate::field::RawField;

/// What a matcher has seen and given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Matches emitted.
    pub matches: u64,
    /// Partial matches not started because a limit was reached.
    pub truncated: u64,
    /// Events that mattered to some step and whose time lay before that of an earlier one. They
    /// are matched as they come: no match is ever longer than its window, but some may be missed.
    pub out_of_order: u64,
}

/// Finds the matches of one pattern in one stream. Sees time only in the events.
///
/// Everything is allocated by [`Matcher::new`]; nothing afterwards.
pub struct Matcher<E> {
    pub(crate) plan: Plan<E>,
    time: RawField,
    key: Option<RawField>,
    pub(crate) state: State,
    pub(crate) batch: Buffers,
    limits: Limits,
}

impl<E: Pod> Matcher<E> {
    /// Builds a matcher and all the memory it will use.
    ///
    /// # Errors
    ///
    /// If a limit is out of range.
    pub fn new(pattern: &Pattern<E>, limits: Limits) -> Result<Self, LimitError> {
        limits.check()?;
        let state = State::new(pattern, &limits);
        let batch = Buffers::new(limits.batch, state.partitions.slots().len());
        Ok(Self {
            plan: pattern.plan.clone(),
            time: pattern.time,
            key: pattern.key,
            state,
            batch,
            limits,
        })
    }

    /// Takes the next event and emits what it completes or frees.
    ///
    /// `sequence` must rise from call to call: it identifies the event in the matches.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    #[inline]
    pub fn push(&mut self, sequence: u64, event: &E, sink: &mut impl FnMut(Match<'_>)) {
        assert!(!self.state.journal.is_open(), "commit or roll back the batch first");
        if self.plan.rejects(event) {
            return;
        }
        let atoms = self.plan.atoms(event);
        let admitted = self.plan.admitted(atoms);
        if admitted == 0 {
            return;
        }
        let seen = Seen { sequence, event, atoms, admitted };
        if admitted & 1 != 0 {
            self.state.reserve::<false>(1);
        }
        let (time, key) = (self.time.bits(event), self.key(event));
        if let Some(slot) = self.state.locate(time, key, admitted) {
            self.state.step::<false, E>(&self.plan, slot, time, &seen);
            if !self.state.found.is_empty() {
                self.state.found.emit(sink);
            }
        }
    }

    /// Ends the stream: emits what is held back and forgets all partial matches.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    pub fn finish(&mut self, sink: &mut impl FnMut(Match<'_>)) {
        assert!(!self.state.journal.is_open(), "commit or roll back the batch first");
        for slot in self.state.partitions.slots() {
            self.state.end(slot);
        }
        debug_assert_eq!(self.live(), 0, "nothing outlives the end");
        self.state.found.emit_sorted(sink);
    }

    /// What has been seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.state.tally.counts
    }

    /// Partial matches alive now, those held back included.
    #[must_use]
    pub fn live(&self) -> usize {
        self.state.live()
    }

    /// Bytes allocated, all of them when the matcher was built.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.state.bytes() + self.batch.bytes()
    }

    /// The limits it was built with.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    #[inline(always)]
    pub(crate) fn key(&self, event: &E) -> u64 {
        self.key.map_or(0, |key| key.bits(event))
    }

    #[inline(always)]
    pub(crate) fn time(&self) -> RawField {
        self.time
    }
}

impl<E> std::fmt::Debug for Matcher<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matcher")
            .field("limits", &self.limits)
            .field("tally", &self.state.tally)
            .finish_non_exhaustive()
    }
}
