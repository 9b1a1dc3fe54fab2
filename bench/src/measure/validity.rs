//! Whether a run may be believed, and in words why not.
//!
//! A run is **invalid**, and none of its figures may be quoted, when
//!
//! | finding | because |
//! |---|---|
//! | an event lost, repeated or out of order | the engine did not do the work that was timed |
//! | less than 99.9 % of the target rate was kept | the load was not the one in the headline |
//! | the clock drifted by more than 50 ppm | the times themselves are wrong |
//!
//! [`SequenceCheck`] tells repeats and disorder from losses where a caller follows every sequence.
//! Pipeline runs count: events in against events out, and matches by number and checksum.
//!
//! Everything else is a **warning**. In particular a late generator: on a shared machine the
//! host delays it in every run, the response time includes the delay, and only the *cause* of the
//! tail is in doubt; the warning says so. It is given when the 99th percentile of the slip is more
//! than a tenth of that of the response.

use super::{clock::Calibration, histogram::Histogram, pacer::Paced};
use crate::report::human;
use crate::report::model::Status;

/// Share of the target rate that a generator must keep.
pub const LEAST_KEPT_SHARE: f64 = 0.999;

/// Lateness never held against the rate: in a run of under 10 ms the first cache misses alone are a
/// thousandth of the time.
pub const HARMLESS_SLIP_NS: u64 = 10_000;

/// Clock drift beyond which times are not believed, in parts per million.
pub const MOST_DRIFT_PPM: f64 = 50.0;

/// Share of the response's 99th percentile that the slip may make up before it is pointed out.
pub const QUIET_SLIP_SHARE: f64 = 0.1;

/// The findings about one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validity {
    reasons: Vec<String>,
    warnings: Vec<String>,
}

impl Validity {
    /// A run of which nothing bad is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the run invalid for a reason of the caller's own.
    pub fn invalid(&mut self, reason: impl Into<String>) {
        self.reasons.push(reason.into());
    }

    /// Adds a sentence that a reader must know, without making the run invalid.
    pub fn warn(&mut self, sentence: impl Into<String>) {
        self.warnings.push(sentence.into());
    }

    /// Judges what came out against what went in.
    pub fn sequence(&mut self, check: &SequenceCheck) {
        if check.missing > 0 {
            self.invalid(format!(
                "{} events went in and never came out in their turn",
                check.missing
            ));
        }
        if check.stale > 0 {
            self.invalid(format!("{} events came out twice or after a later one", check.stale));
        }
    }

    /// Judges whether the generator kept its rate.
    pub fn pace(&mut self, paced: &Paced) {
        let kept = paced.kept_share();
        if kept < LEAST_KEPT_SHARE && paced.closest_slip_ns() > HARMLESS_SLIP_NS {
            self.invalid(format!(
                "only {:.2} % of the target rate was kept ({:.0} events/s sent): lower the rate, or \
                 find what holds the generator up (a full ring, its own cost, the host)",
                kept * 100.0,
                paced.achieved_eps
            ));
        }
    }

    /// Judges how much of the response was the generator's own lateness.
    pub fn slip(&mut self, slip: &Histogram, response: &Histogram) {
        if response.is_empty() {
            return; // nothing was timed whose cause could be in doubt
        }
        let (slip, response) = (slip.value_at(0.99), response.value_at(0.99));
        if slip as f64 > response as f64 * QUIET_SLIP_SHARE {
            self.warn(format!(
                "the generator, not the engine, is late: its slip has a p99 of {}, the response \
                 one of {}; compare the service time",
                human::ns(slip),
                human::ns(response)
            ));
        }
    }

    /// Judges the clock, after [`Calibration::finish`].
    pub fn clock(&mut self, calibration: &Calibration) {
        match calibration.drift_ppm {
            None => self.warn("the clock's drift was not measured"),
            Some(ppm) if ppm.abs() > MOST_DRIFT_PPM => self.invalid(format!(
                "the clock drifted by {ppm:+.1} ppm during the run, more than {MOST_DRIFT_PPM:.0}"
            )),
            Some(_) => {}
        }
    }

    /// May the figures be believed?
    pub fn status(&self) -> Status {
        if self.reasons.is_empty() { Status::Valid } else { Status::Invalid }
    }

    /// Why not, one sentence each.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// What a reader must know all the same.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// Follows the sequence numbers that come out of an engine, from 0 by ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SequenceCheck {
    next: u64,
    missing: u64,
    stale: u64,
}

impl SequenceCheck {
    /// A check that expects 0 next.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that `sequence` came out.
    #[inline]
    pub fn observe(&mut self, sequence: u64) {
        if sequence == self.next {
            self.next += 1;
        } else {
            self.out_of_turn(sequence);
        }
    }

    #[cold]
    fn out_of_turn(&mut self, sequence: u64) {
        if sequence > self.next {
            self.missing += sequence - self.next;
            self.next = sequence + 1;
        } else {
            self.stale += 1;
        }
    }

    /// Closes the check, `sent` events having gone in.
    pub fn finish(&mut self, sent: u64) {
        if self.next < sent {
            self.missing += sent - self.next;
            self.next = sent;
        }
    }

    /// Events that were skipped. One that came later is in [`Self::stale`] as well.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Events that came again, or after a later one.
    pub fn stale(&self) -> u64 {
        self.stale
    }
}
