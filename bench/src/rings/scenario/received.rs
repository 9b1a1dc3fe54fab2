//! What the consumer of a throughput trial keeps: a checksum, and the time now and then.

use crate::measure::clock::Clock;
use crate::measure::pairs::median_of;
use crate::rings::event::{Digest, Event};
use crate::rings::trial::{Fault, RUN, Rate};

/// Everything received so far.
#[derive(Debug, Clone)]
pub(super) struct Received {
    clock: Clock,
    expected: u64,
    seen: u64,
    digest: Digest,
    batches: u64,
    /// Events seen and the time, at the first end of a batch after every [`RUN`] events, and at
    /// the end.
    marks: Vec<(u64, u64)>,
    next_mark: u64,
}

impl Received {
    /// Nothing yet of `expected` events.
    pub(super) fn expect(clock: Clock, expected: u64) -> Self {
        let marks = Vec::with_capacity((expected / RUN + 2) as usize);
        Self {
            clock,
            expected,
            seen: 0,
            digest: Digest::default(),
            batches: 0,
            marks,
            next_mark: RUN.min(expected),
        }
    }

    #[inline(always)]
    pub(super) fn event(&mut self, event: &impl Event) {
        self.digest.add(event);
        self.seen += 1;
    }

    #[inline(always)]
    pub(super) fn end_of_batch(&mut self) {
        self.batches += 1;
        if self.seen >= self.next_mark {
            self.marks.push((self.seen, self.clock.now_ordered()));
            self.next_mark = (self.seen + RUN).min(self.expected);
        }
    }

    #[inline(always)]
    pub(super) fn is_complete(&self) -> bool {
        self.seen >= self.expected
    }

    /// The rates of a trial that began at `start`, if nothing is missing.
    pub(super) fn judge<E: Event>(self, start: u64) -> Result<Rate, Fault> {
        Fault::unless_equal(Digest::of::<E>(0..self.expected), self.digest)?;
        let whole = (0, start);
        let end = *self.marks.last().expect("the end is marked");
        let runs: Vec<f64> = self.marks.windows(2).map(|run| self.rate(run[0], run[1])).collect();
        let overall = self.rate(whole, end);
        Ok(Rate {
            per_second: if runs.is_empty() { overall } else { median_of(&runs) },
            overall_per_second: Some(overall),
            mean_batch: Some(self.expected as f64 / self.batches as f64),
        })
    }

    fn rate(&self, from: (u64, u64), to: (u64, u64)) -> f64 {
        let ns = self.clock.ns(to.1.saturating_sub(from.1)).max(1);
        (to.0 - from.0) as f64 * 1e9 / ns as f64
    }
}
