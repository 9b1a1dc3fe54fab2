//! Turns what the matchers show into what the sink sees.

use bytemuck::Pod;

use super::found::{Bound, Found, Kind};
use crate::eval::{Bindings, Measures, Value};
use crate::field::RawField;
use crate::forked;
use crate::ir::{Ir, StepId};
use crate::registers;
use crate::shared::{SharedMatch, Totals};

/// Where one match is gathered, and what was given out.
#[derive(Debug)]
pub(super) struct Gather<E> {
    bound: Vec<Bound>,
    /// Events with their steps; only where measures are computed from them.
    rows: Vec<(StepId, E)>,
    measures: Measures,
    values: Vec<Value>,
    time: RawField,
    /// What lets out what comes now.
    pub(super) released_by: Option<u64>,
    pub(super) matches: u64,
    pub(super) timed_out: u64,
}

impl<E: Pod> Gather<E> {
    /// Room for matches of `ir` with so many events.
    pub(super) fn new(ir: &Ir, most: usize, time: RawField) -> Self {
        let measures = Measures::new(ir);
        Self {
            bound: Vec::with_capacity(most),
            rows: Vec::with_capacity(if measures.is_empty() { 0 } else { most }),
            values: Vec::with_capacity(measures.len()),
            measures,
            time,
            released_by: None,
            matches: 0,
            timed_out: 0,
        }
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.bound.capacity() * size_of::<Bound>()
            + self.rows.capacity() * size_of::<(StepId, E)>()
            + self.values.capacity() * size_of::<Value>()
    }

    /// Gives a match of shared matching to `sink`.
    #[inline]
    pub(super) fn shared(&mut self, found: &SharedMatch<'_, E>, sink: &mut impl FnMut(&Found<'_>)) {
        let events = found.bound().map(|bound| (bound.step, bound.sequence, &bound.event));
        let times = self.bind(events);
        if !self.measures.is_empty() {
            self.rows.clear();
            self.rows.extend(found.bound().map(|bound| (bound.step, bound.event)));
            let Self { measures, values, rows, .. } = self;
            evaluate(measures, &rows[..], None, values);
        }
        self.give(Kind::Match, times, found.is_truncated(), found.totals(), sink);
    }

    /// Gives what a matcher of runs lets out to `sink`.
    #[inline]
    pub(super) fn forked(
        &mut self,
        found: &forked::Found<'_, E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) {
        let times = self.bind(found.bindings());
        evaluate(&self.measures, found, found.match_number(), &mut self.values);
        self.give(found.kind(), times, found.truncated(), None, sink);
    }

    /// Gives what a matcher with registers lets out to `sink`.
    #[inline]
    pub(super) fn registers(
        &mut self,
        found: &registers::Found<'_, E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) {
        self.bound.clear();
        self.bound.extend(found.bindings().map(|(step, sequence)| Bound { step, sequence }));
        if let Some(events) = found.events() {
            // It takes no pattern that numbers its matches.
            evaluate(&self.measures, events, None, &mut self.values);
        }
        let times = (found.start_time(), found.end_time());
        self.give(Kind::Match, times, found.truncated(), None, sink);
    }

    /// Writes down what is bound; the times of the first and the last event.
    #[inline]
    fn bind<'e>(&mut self, events: impl Iterator<Item = (StepId, u64, &'e E)>) -> (u64, u64)
    where
        E: 'e,
    {
        self.bound.clear();
        let (mut first, mut last) = (None, None);
        for (step, sequence, event) in events {
            self.bound.push(Bound { step, sequence });
            first.get_or_insert(event);
            last = Some(event);
        }
        let time = |event: Option<&E>| event.map_or(0, |event| self.time.bits(event));
        (time(first), time(last))
    }

    #[inline]
    fn give(
        &mut self,
        kind: Kind,
        (start_time, end_time): (u64, u64),
        truncated: bool,
        totals: Option<&Totals>,
        sink: &mut impl FnMut(&Found<'_>),
    ) {
        let count = totals.map_or(1, |totals| u64::try_from(totals.count).unwrap_or(u64::MAX));
        match kind {
            Kind::Match => self.matches = self.matches.saturating_add(count),
            Kind::TimedOut => self.timed_out += 1,
        }
        sink(&Found {
            kind,
            bound: &self.bound,
            measures: &self.measures,
            values: &self.values,
            start_time,
            end_time,
            released_by: self.released_by,
            truncated,
            totals,
        });
    }
}

#[inline]
fn evaluate<E: Pod>(
    measures: &Measures,
    bindings: &(impl Bindings<E> + ?Sized),
    match_number: Option<u64>,
    values: &mut Vec<Value>,
) {
    values.clear();
    values.extend((0..measures.len()).map(|at| measures.value(at, bindings, match_number)));
}
