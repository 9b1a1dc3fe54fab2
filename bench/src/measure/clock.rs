//! Time stamps of a few nanoseconds' cost, and a card that says how far to trust them.
//!
//! A [`Clock`] is a way of reading ticks and a fixed factor to turn them into nanoseconds. Ticks
//! are compared and subtracted as they are; converting is for the difference. A [`Calibration`]
//! measures the factor against `CLOCK_MONOTONIC_RAW`, which no time daemon steers, and measures it
//! again at the end of the run: the change between the two is the drift.
//!
//! It is not a wall clock, and its ticks mean nothing outside this boot of this machine.

use super::{
    cross_core::{self, CrossCore},
    histogram::Histogram,
    sys,
};
use std::{thread, time::Duration};

/// How long a calibration watches the clock.
const WINDOW: Duration = Duration::from_millis(100);

/// Bits after the binary point of the two conversion factors.
const FRACTION_BITS: u32 = 32;

/// Where ticks come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The processor's invariant time-stamp counter.
    Tsc,
    /// The kernel's `CLOCK_MONOTONIC`; one tick is one nanosecond.
    Monotonic,
}

/// A monotonic clock that is read in ticks.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    source: Source,
    ns_per_tick: u64,
    ticks_per_ns: u64,
}

impl Clock {
    /// Calibrates the best clock of this machine; takes about 100 ms, most of it asleep.
    pub fn calibrate() -> Calibration {
        Calibration::new()
    }

    /// The kernel's clock, one tick a nanosecond: needs no calibration, costs more to read.
    ///
    /// Its conversions are exact, which also makes it the clock of virtual-time tests.
    pub const fn monotonic() -> Self {
        Self {
            source: Source::Monotonic,
            ns_per_tick: 1 << FRACTION_BITS,
            ticks_per_ns: 1 << FRACTION_BITS,
        }
    }

    /// The clock whose counter advanced by `ticks` in `ns` nanoseconds.
    fn with_rate(source: Source, ticks: u64, ns: u64) -> Self {
        let ratio = |over: u64, under: u64| {
            ((u128::from(over) << FRACTION_BITS) / u128::from(under)) as u64
        };
        Self { source, ns_per_tick: ratio(ns, ticks), ticks_per_ns: ratio(ticks, ns) }
    }

    /// Where its ticks come from.
    pub fn source(self) -> Source {
        self.source
    }

    /// Reads the clock, in ticks.
    ///
    /// The processor may execute this before earlier loads have completed: right for start stamps
    /// and spin loops, wrong for the end of an interval.
    #[inline(always)]
    pub fn now(self) -> u64 {
        match self.source {
            Source::Tsc => sys::tsc(),
            Source::Monotonic => sys::clock_ns(libc::CLOCK_MONOTONIC),
        }
    }

    /// Reads the clock after all that precedes it in the program, and before all that follows.
    ///
    /// For the stamp that ends an interval: without the order, the cache miss that the interval is
    /// about can fall outside it.
    #[inline(always)]
    pub fn now_ordered(self) -> u64 {
        match self.source {
            Source::Tsc => sys::tsc_ordered(),
            Source::Monotonic => sys::clock_ns(libc::CLOCK_MONOTONIC),
        }
    }

    /// Nanoseconds in `ticks`, rounded down.
    #[inline(always)]
    pub fn ns(self, ticks: u64) -> u64 {
        scale(ticks, self.ns_per_tick)
    }

    /// Ticks in `ns` nanoseconds, rounded down.
    #[inline(always)]
    pub fn ticks(self, ns: u64) -> u64 {
        scale(ns, self.ticks_per_ns)
    }
}

#[inline(always)]
fn scale(value: u64, factor: u64) -> u64 {
    ((u128::from(value) * u128::from(factor)) >> FRACTION_BITS) as u64
}

/// The calibration card: how the clock was measured and what its stamps are worth.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// The calibrated clock.
    pub clock: Clock,
    /// Ticks a second.
    pub frequency_hz: f64,
    /// How far the frequency may be off, in parts per million, from the width of the readings.
    pub uncertainty_ppm: f64,
    /// Smallest step that two different readings are apart, in nanoseconds.
    pub resolution_ns: f64,
    /// Cost of [`Clock::now`], in nanoseconds.
    pub read_ns: f64,
    /// Cost of [`Clock::now_ordered`] and of recording the result in a [`Histogram`]: what one
    /// measured event pays, in nanoseconds.
    pub stamp_and_record_ns: f64,
    /// Change of frequency since the calibration, in parts per million; set by [`Self::finish`].
    pub drift_ppm: Option<f64>,
    /// How far apart two cores' counters are; set by [`Self::measure_cross_core`].
    pub cross_core: Option<CrossCore>,
    end: Reading,
}

impl Calibration {
    fn new() -> Self {
        let source = if sys::tsc_is_invariant() { Source::Tsc } else { Source::Monotonic };
        // Only the source matters until the rate is known.
        let raw = Clock { source, ..Clock::monotonic() };
        let start = Reading::take(raw);
        thread::sleep(WINDOW);
        let end = Reading::take(raw);
        let clock = match source {
            Source::Tsc => {
                Clock::with_rate(source, end.ticks - start.ticks, end.raw_ns - start.raw_ns)
            }
            Source::Monotonic => raw,
        };
        Self {
            clock,
            frequency_hz: start.frequency_hz(&end),
            uncertainty_ppm: start.uncertainty_ppm(&end),
            resolution_ns: resolution_ns(clock, start.frequency_hz(&end)),
            read_ns: cost_ns(clock, || {
                std::hint::black_box(clock.now());
            }),
            stamp_and_record_ns: stamp_and_record_ns(clock),
            drift_ppm: None,
            cross_core: None,
            end,
        }
    }

    /// Measures the frequency again, over all the time since the calibration, and notes the drift.
    ///
    /// To be called when the run is over. Sleeps if less than 100 ms have passed, since a shorter
    /// window could not tell drift from the width of a reading.
    pub fn finish(&mut self) {
        let passed = sys::clock_ns(libc::CLOCK_MONOTONIC_RAW) - self.end.raw_ns;
        thread::sleep(WINDOW.saturating_sub(Duration::from_nanos(passed)));
        let frequency = self.end.frequency_hz(&Reading::take(self.clock));
        self.drift_ppm = Some((frequency / self.frequency_hz - 1.0) * 1e6);
    }

    /// Compares the counters of two cores by a short ping-pong (under a millisecond when idle).
    ///
    /// Leaves the card as it is where the cores cannot both be used.
    pub fn measure_cross_core(&mut self, cores: (usize, usize)) {
        self.cross_core = cross_core::offset(self.clock, cores);
    }

    /// The card in words, one fact a sentence.
    pub fn sentences(&self) -> Vec<String> {
        let source = match self.clock.source {
            Source::Tsc => "the invariant time-stamp counter",
            Source::Monotonic => "CLOCK_MONOTONIC, as no invariant time-stamp counter was found",
        };
        let mut card = vec![
            format!(
                "Clock: {source}, {:.6} GHz ± {:.2} ppm against CLOCK_MONOTONIC_RAW.",
                self.frequency_hz / 1e9,
                self.uncertainty_ppm
            ),
            format!(
                "Resolution {:.1} ns: differences under {:.0} ns are not claimed.",
                self.resolution_ns,
                2.0 * self.resolution_ns
            ),
            format!(
                "Reading it costs {:.1} ns; an ordered stamp and its record {:.1} ns per event.",
                self.read_ns, self.stamp_and_record_ns
            ),
        ];
        card.extend(self.drift_ppm.map(|ppm| format!("Drift over the run {ppm:+.2} ppm.")));
        card.extend(self.cross_core.map(|between| {
            format!(
                "The two cores' counters differ by {:+.0} ± {:.0} ns.",
                between.offset_ns, between.bound_ns
            )
        }));
        card
    }
}

/// The same moment on the clock and on `CLOCK_MONOTONIC_RAW`.
#[derive(Debug, Clone, Copy)]
struct Reading {
    ticks: u64,
    raw_ns: u64,
    /// Ticks between the two stamps that the raw reading lies between.
    width_ticks: u64,
}

impl Reading {
    /// Keeps the tightest of many attempts, so that a preemption between the reads does no harm.
    fn take(clock: Clock) -> Self {
        const ATTEMPTS: usize = 200;
        let attempt = |_| {
            let before = clock.now_ordered();
            let raw_ns = sys::clock_ns(libc::CLOCK_MONOTONIC_RAW);
            let width_ticks = clock.now_ordered().saturating_sub(before);
            Self { ticks: before + width_ticks / 2, raw_ns, width_ticks }
        };
        let first = attempt(0);
        (1..ATTEMPTS)
            .map(attempt)
            .fold(first, |best, next| if next.width_ticks < best.width_ticks { next } else { best })
    }

    /// Wrapping: a counter set back meanwhile (a resumed virtual machine) must show as an absurd
    /// frequency, and so as drift, not as a panic at the end of a run.
    fn frequency_hz(&self, later: &Self) -> f64 {
        let ticks = later.ticks.wrapping_sub(self.ticks);
        ticks as f64 * 1e9 / (later.raw_ns - self.raw_ns) as f64
    }

    /// Half a width of error at either end, over the ticks between.
    fn uncertainty_ppm(&self, later: &Self) -> f64 {
        let error = (self.width_ticks + later.width_ticks) as f64 / 2.0;
        error / (later.ticks - self.ticks) as f64 * 1e6
    }
}

/// The step that nine in ten of the non-zero steps between readings reach.
///
/// Not the very least: AMD EPYC guests were seen to advance by 26 ticks at a time, but now and then
/// in two parts of 25 and 1; and a thread moved to another core can see one step of any size.
fn resolution_ns(clock: Clock, frequency_hz: f64) -> f64 {
    const READINGS: usize = 20_000;
    let mut last = clock.now();
    let mut step = || {
        let now = clock.now();
        now.saturating_sub(std::mem::replace(&mut last, now))
    };
    let mut steps: Vec<u64> = (0..READINGS).map(|_| step()).filter(|&step| step > 0).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 10).map_or(f64::INFINITY, |&step| step as f64 * 1e9 / frequency_hz)
}

fn stamp_and_record_ns(clock: Clock) -> f64 {
    let mut histogram = Histogram::new();
    let start = clock.now();
    cost_ns(clock, || {
        histogram.record(clock.ns(clock.now_ordered().saturating_sub(start)));
    })
}

/// Cost of one call, from the best of several batches: the least disturbed one.
fn cost_ns(clock: Clock, mut call: impl FnMut()) -> f64 {
    const BATCHES: usize = 10;
    const CALLS: u64 = 2_000;
    let mut batch = || {
        let start = clock.now_ordered();
        for _ in 0..CALLS {
            call();
        }
        clock.now_ordered().saturating_sub(start)
    };
    let best = (0..BATCHES).map(|_| batch()).min().unwrap_or(0);
    clock.ns(best) as f64 / CALLS as f64
}
