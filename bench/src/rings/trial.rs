//! One measurement of one contender: what it is given and what it gives.

use std::panic::resume_unwind;
use std::thread;

use crate::measure::clock::Clock;
use crate::measure::cpu;
use crate::measure::histogram::Histogram;

use super::event::Digest;
use super::meet::Party;

/// Slots of every ring.
pub(crate) const CAPACITY: usize = 1024;

/// Events of a batch, where batches are published.
pub(crate) const BATCH: usize = 64;

/// Events after which a consumer looks at the clock: a rate is the median over runs of so many.
pub(crate) const RUN: u64 = 16_384;

/// What every trial is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) clock: Clock,
    /// The sender's, or pinger's, and the receiver's.
    pub(crate) cores: (usize, usize),
    pub(crate) size: Size,
    /// Run before everything else on the machine. Only where that is allowed: [`cpu::real_time`].
    pub(crate) real_time: bool,
}

/// How long trials are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Round trips of a ping-pong.
    pub(crate) round_trips: u64,
    /// Length of an open-loop trial, in milliseconds.
    pub(crate) window_ms: u64,
    /// Events of a throughput trial: a multiple of [`BATCH`].
    pub(crate) events: u64,
    /// Bursts of a producers' trial.
    pub(crate) bursts: usize,
}

impl Size {
    pub(crate) const FULL: Self =
        Self { round_trips: 50_000, window_ms: 150, events: 64 * 16_384, bursts: 100 };
    pub(crate) const QUICK: Self =
        Self { round_trips: 2_000, window_ms: 5, events: 64 * 512, bursts: 5 };
}

impl Setup {
    /// Runs both at once, each on its core; see [`cpu::on_two_cores`].
    pub(crate) fn on_two_cores<A: Send, B: Send>(
        &self,
        first: impl FnOnce() -> A + Send,
        second: impl FnOnce() -> B + Send,
    ) -> Result<(A, B), Fault> {
        cpu::on_two_cores(self.cores, first, second).ok_or(Fault::Cores)
    }

    /// The last thing that a thread does before its timed loop. Nobody gets ahead of the other
    /// threads before all of them are in place.
    pub(crate) fn go(&self, party: &mut Party<'_>) {
        party.meet();
        self.raise();
        party.meet();
    }

    /// Runs `work` on a fresh thread, which the threads that it starts inherit their priority from.
    pub(crate) fn raised<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let raised = || {
            self.raise();
            work()
        };
        let result = thread::scope(|scope| scope.spawn(raised).join());
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Runs `work` on a fresh thread bound to `core`; the calling thread keeps its affinity, which
    /// the threads of the next ring inherit.
    pub(crate) fn on_core<T: Send>(
        &self,
        core: usize,
        work: impl FnOnce() -> T + Send,
    ) -> Result<T, Fault> {
        self.raised(|| cpu::pin(core).map(|()| work()).map_err(|_| Fault::Cores))
    }

    fn raise(&self) {
        assert!(!self.real_time || cpu::real_time(), "it was allowed when the run began");
    }
}

/// What a trial measured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Latency(Latency),
    Rate(Rate),
}

/// Percentiles of one trial, in nanoseconds; those that too few samples support are `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Latency {
    pub(crate) samples: u64,
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: Option<u64>,
    pub(crate) p99_9: Option<u64>,
    /// Of an open loop.
    pub(crate) paced: Option<Paced>,
}

/// How the generator of an open loop fared in the same trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Paced {
    /// 99.9th percentile of the gaps in its waiting, in nanoseconds.
    pub(crate) gap_p99_9: u64,
    /// Share of the rate that it kept.
    pub(crate) kept: f64,
}

/// Throughput of one trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// The median over runs of [`RUN`] events, or over bursts: what the machine does while the host
    /// lets it.
    pub(crate) per_second: f64,
    /// Over all of the trial, host and all; `None` where the trial is made of bursts.
    pub(crate) overall_per_second: Option<f64>,
    /// Events the consumer found each time it found any; `None` where nobody consumes.
    pub(crate) mean_batch: Option<f64>,
}

impl Outcome {
    /// The figure that comparisons are about: median latency, or rate.
    pub(crate) fn headline(&self) -> f64 {
        match self {
            Self::Latency(latency) => latency.p50 as f64,
            Self::Rate(rate) => rate.per_second,
        }
    }
}

impl Latency {
    pub(crate) fn of(times: &Histogram, paced: Option<Paced>) -> Self {
        let supported = |q| times.supported(q).then(|| times.value_at(q));
        Self {
            samples: times.len(),
            p50: times.value_at(0.5),
            p90: times.value_at(0.9),
            p99: supported(0.99),
            p99_9: supported(0.999),
            paced,
        }
    }
}

/// Why a trial gave no figure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Fault {
    #[error(
        "events were lost, repeated, torn or out of order: checksum {found:016x} instead of {expected:016x}"
    )]
    Checksum { expected: u64, found: u64 },
    #[error("two threads cannot be bound to two different cores")]
    Cores,
    #[error("the Java driver: {0}")]
    Java(String),
}

impl Fault {
    /// Whether the ring did wrong, and not only our means to measure it.
    pub(crate) fn invalidates(&self) -> bool {
        matches!(self, Self::Checksum { .. })
    }

    /// The checksum must be this.
    pub(crate) fn unless_equal(expected: Digest, found: Digest) -> Result<(), Self> {
        if expected == found {
            Ok(())
        } else {
            Err(Self::Checksum { expected: expected.0, found: found.0 })
        }
    }
}
