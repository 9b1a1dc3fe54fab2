//! One measurement of one contender: what it is given and what it gives.

use crate::measure::clock::Clock;
use crate::measure::cpu;
use crate::measure::histogram::Histogram;

use super::event::Digest;

/// Slots of every ring.
pub(crate) const CAPACITY: usize = 1024;

/// Events of a batch, where batches are published.
pub(crate) const BATCH: usize = 64;

/// What every trial is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) clock: Clock,
    /// The sender's, or pinger's, and the receiver's.
    pub(crate) cores: (usize, usize),
    pub(crate) size: Size,
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
}

impl Size {
    pub(crate) const FULL: Self = Self { round_trips: 50_000, window_ms: 150, events: 64 * 16_384 };
    pub(crate) const QUICK: Self = Self { round_trips: 2_000, window_ms: 5, events: 64 * 512 };
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
    pub(crate) per_second: f64,
    /// Events the consumer found each time it found any; `None` where nobody consumes.
    pub(crate) mean_batch: Option<f64>,
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
}

impl Fault {
    /// The checksum must be this.
    pub(crate) fn unless_equal(expected: Digest, found: Digest) -> Result<(), Self> {
        if expected == found {
            Ok(())
        } else {
            Err(Self::Checksum { expected: expected.0, found: found.0 })
        }
    }
}
