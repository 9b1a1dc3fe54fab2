//! For a caller that tests conditions itself, once for many patterns: it says what an event meets,
//! and shows only events that matter.

use bytemuck::Pod;

use super::Matcher;
use super::common::Common;
use super::error::{BuildError, Full};
use super::found::Found;
use super::limits::{Counts, Limits};
use crate::attention::Attention;
use crate::ir::Ir;

impl<E: Pod> Matcher<E> {
    /// A matcher that is told what events meet, and must be: events come by
    /// [`Matcher::push_met`]. More than one of `patterns` alike, each with room for `limits`, can
    /// be in it only if they have no partition and hold no match back.
    pub(crate) fn told(
        ir: &Ir,
        limits: Limits,
        common: &mut Common,
        patterns: usize,
    ) -> Result<Self, BuildError> {
        Self::planned(ir, limits, Some((common, patterns)))
    }

    /// As [`Matcher::push`], for an event that is not late, and of which the caller knows what it
    /// meets of the conditions that [`Matcher::attention`] names; for one of the patterns.
    #[inline]
    pub(crate) fn push_met(
        &mut self,
        pattern: u32,
        sequence: u64,
        event: &E,
        met: u64,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Full> {
        self.check()?;
        self.now = self.time.bits(event);
        self.gather.released_by = Some(sequence);
        let done = self.inner.push_met(pattern, sequence, event, met, &mut self.gather, sink);
        done.map_err(|limit| self.stop(limit, sequence))
    }

    /// So many events of its kinds came that it was not shown, which its window counts. It is of one
    /// pattern, without a partition.
    pub(crate) fn pass_events(&mut self, events: u64) {
        self.inner.pass_events(events);
    }

    /// Which events change one of its patterns, as it stands after the last event shown.
    #[inline]
    pub(crate) fn attention(&self, pattern: u32) -> Attention {
        self.inner.attention(pattern)
    }

    /// Forgets what one of several patterns holds.
    pub(crate) fn forget(&mut self, pattern: u32) {
        self.inner.forget(pattern);
    }

    /// What the limits of all its patterns cost.
    pub(crate) fn lost(&self) -> Counts {
        self.inner.counts()
    }
}
