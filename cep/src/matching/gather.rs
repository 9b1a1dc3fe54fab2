//! Turns what the matchers show into what the sink sees.

use bytemuck::Pod;

use super::found::{Bound, Found, Kind};
use crate::field::RawField;
use crate::ir::StepId;

/// Where the events of one match are gathered, and what was given out.
#[derive(Debug)]
pub(super) struct Gather {
    bound: Vec<Bound>,
    time: RawField,
    /// What lets out what comes now.
    pub(super) released_by: Option<u64>,
    pub(super) matches: u64,
    pub(super) timed_out: u64,
}

impl Gather {
    /// Room for matches of so many events.
    pub(super) fn new(most: usize, time: RawField) -> Self {
        let bound = Vec::with_capacity(most);
        Self { bound, time, released_by: None, matches: 0, timed_out: 0 }
    }

    /// Gives one match to `sink`.
    #[inline]
    pub(super) fn give<'e, E: Pod>(
        &mut self,
        kind: Kind,
        truncated: bool,
        events: impl Iterator<Item = (StepId, u64, &'e E)>,
        sink: &mut impl FnMut(&Found<'_>),
    ) {
        self.bound.clear();
        let (mut first, mut last) = (None, None);
        for (step, sequence, event) in events {
            self.bound.push(Bound { step, sequence });
            first.get_or_insert(event);
            last = Some(event);
        }
        let time = |event: Option<&E>| event.map_or(0, |event| self.time.bits(event));
        match kind {
            Kind::Match => self.matches += 1,
            Kind::TimedOut => self.timed_out += 1,
        }
        sink(&Found {
            kind,
            bound: &self.bound,
            start_time: time(first),
            end_time: time(last),
            released_by: self.released_by,
            truncated,
        });
    }
}
