//! Gaps: the moments that the host took from a loop which does nothing but look at the clock.
//!
//! A spinning thread reads the clock every few nanoseconds. When two readings are further apart
//! than a threshold, the thread was not running: an interrupt, another process, or the hypervisor.
//! Any spin loop can feed a [`GapMeter`] for free, so host stalls are known from the very run
//! and thread whose tail they explain, without a spare core.

use super::{
    clock::Clock,
    cpu::{self, PinError},
    histogram::Histogram,
};
use std::{hint::spin_loop, thread, time::Duration};

/// A gap no spin loop makes by itself, and shorter than any interrupt of note: 1 µs.
pub const THRESHOLD_NS: u64 = 1_000;

/// Watches the time between consecutive readings of one spin loop.
#[derive(Debug, Clone)]
pub struct GapMeter {
    clock: Clock,
    threshold_ticks: u64,
    last: u64,
    watched_ticks: u64,
    gaps: Histogram,
    lost_ns: u64,
}

impl GapMeter {
    /// A meter of gaps longer than `threshold_ns`. It watches nothing before [`Self::resume`].
    pub fn new(clock: Clock, threshold_ns: u64) -> Self {
        Self {
            clock,
            threshold_ticks: clock.ticks(threshold_ns),
            last: u64::MAX,
            watched_ticks: 0,
            gaps: Histogram::new(),
            lost_ns: 0,
        }
    }

    /// Starts watching at `now` (ticks): at the head of a spin loop, after time spent on purpose.
    #[inline]
    pub fn resume(&mut self, now: u64) {
        self.last = now;
    }

    /// One turn of the spin loop, at `now` (ticks).
    #[inline]
    pub fn observe(&mut self, now: u64) {
        // Saturating: counters of two cores may disagree by a few ticks after a migration.
        let ticks = now.saturating_sub(self.last);
        self.last = now;
        self.watched_ticks += ticks;
        if ticks > self.threshold_ticks {
            self.record(ticks);
        }
    }

    #[cold]
    fn record(&mut self, ticks: u64) {
        let ns = self.clock.ns(ticks);
        self.gaps.record(ns);
        self.lost_ns += ns;
    }

    /// The gaps, in nanoseconds.
    pub fn gaps(&self) -> &Histogram {
        &self.gaps
    }

    /// Sum of all gaps, in nanoseconds.
    pub fn lost_ns(&self) -> u64 {
        self.lost_ns
    }

    /// Time watched, gaps included, in nanoseconds.
    pub fn watched_ns(&self) -> u64 {
        self.clock.ns(self.watched_ticks)
    }

    /// Share of the watched time that was lost, 0 to 1.
    pub fn lost_share(&self) -> f64 {
        self.lost_ns as f64 / self.watched_ns().max(1) as f64
    }
}

/// Watches one core for `duration` with gaps above [`THRESHOLD_NS`].
///
/// Runs on a fresh thread of normal priority, so the calling thread keeps its affinity.
///
/// # Errors
///
/// [`PinError`] when the core cannot be had.
///
/// # Panics
///
/// Only if the watching thread does, which it has no reason to.
pub fn watch(clock: Clock, core: usize, duration: Duration) -> Result<GapMeter, PinError> {
    let length = clock.ticks(duration.as_nanos() as u64);
    let spin = move || {
        cpu::pin(core)?;
        let mut meter = GapMeter::new(clock, THRESHOLD_NS);
        let start = clock.now();
        meter.resume(start);
        while meter.last.saturating_sub(start) < length {
            meter.observe(clock.now());
            spin_loop();
        }
        Ok(meter)
    };
    thread::spawn(spin).join().expect("the watching thread does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> GapMeter {
        let mut meter = GapMeter::new(Clock::monotonic(), 1_000);
        meter.resume(5_000);
        meter
    }

    #[test]
    fn only_what_exceeds_the_threshold_is_a_gap() {
        let mut meter = meter();
        for now in [5_010, 6_010, 7_011, 7_020, 9_020] {
            meter.observe(now);
        }
        assert_eq!((meter.gaps().len(), meter.lost_ns(), meter.watched_ns()), (2, 3_001, 4_020));
    }

    #[test]
    fn time_spent_on_purpose_is_not_watched() {
        let mut meter = meter();
        meter.observe(5_100);
        meter.resume(50_000);
        meter.observe(50_100);
        assert_eq!((meter.gaps().len(), meter.watched_ns()), (0, 200));
    }

    #[test]
    fn a_counter_that_steps_back_is_no_gap() {
        let mut meter = meter();
        meter.observe(4_000);
        meter.observe(4_100);
        assert_eq!((meter.gaps().len(), meter.watched_ns()), (0, 100));
    }

    #[test]
    fn a_meter_that_never_resumed_sees_no_gap_since_the_beginning_of_time() {
        let mut meter = GapMeter::new(Clock::monotonic(), 1_000);
        meter.observe(9_000_000);
        assert_eq!((meter.gaps().len(), meter.lost_share()), (0, 0.0));
    }
}
