//! When each event is meant to be sent: absolute times, fixed before the run.
//!
//! An open-loop generator does not wait for the engine: event `n` is due at `due(n)` whatever
//! became of event `n - 1`. "Last send plus an interval" would let a stall push all later events
//! back and so hide its cost, which is called coordinated omission.
//!
//! Invariants: `due(0)` is 0; `due` never falls; the same arguments give the same times.

use std::fmt;

use crate::dice::Dice;

const NS_PER_SECOND: u64 = 1_000_000_000;

/// How events arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Arrival {
    /// One event every `1 / rate`.
    Fixed,
    /// Independent, exponentially distributed gaps: a Poisson process.
    Poisson {
        /// Seed of the gaps.
        seed: u64,
    },
    /// Groups due at one instant, the groups evenly spaced so that the mean rate holds.
    Burst {
        /// Events in a group.
        size: u64,
    },
    /// The gaps of a recording.
    Replay {
        /// How many times faster than recorded.
        speed: f64,
    },
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed => "fixed",
            Self::Poisson { .. } => "poisson",
            Self::Burst { .. } => "burst",
            Self::Replay { .. } => "replay",
        })
    }
}

/// A schedule cannot be made of these numbers.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A rate of zero.
    #[error("the rate is zero: give at least one event per second")]
    ZeroRate,
    /// A burst of no events.
    #[error("the burst size is zero: give at least one event per burst")]
    EmptyBurst,
    /// A speed that is not a positive number.
    #[error("the replay speed is {0}: give a positive number")]
    Speed(f64),
}

/// The intended send times of a run, in nanoseconds from its start.
#[derive(Debug, Clone)]
pub struct Schedule {
    arrival: Arrival,
    events: u64,
    times: Times,
}

#[derive(Debug, Clone)]
enum Times {
    /// Groups of equal size, evenly spaced: computed, so nothing is stored and nothing drifts.
    Even {
        rate_eps: u64,
        group: u64,
    },
    Table(Vec<u64>),
}

impl Schedule {
    /// `events` at an even `rate_eps` (events per second): `due(n) = n / rate`, exact to the
    /// nanosecond below for every `n`.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::ZeroRate`].
    pub fn fixed(rate_eps: u64, events: u64) -> Result<Self, ScheduleError> {
        let times = Times::Even { rate_eps: at_least_one(rate_eps)?, group: 1 };
        Ok(Self { arrival: Arrival::Fixed, events, times })
    }

    /// `events` in groups of `size`, at a mean `rate_eps`.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::ZeroRate`], [`ScheduleError::EmptyBurst`].
    pub fn burst(rate_eps: u64, size: u64, events: u64) -> Result<Self, ScheduleError> {
        if size == 0 {
            return Err(ScheduleError::EmptyBurst);
        }
        let times = Times::Even { rate_eps: at_least_one(rate_eps)?, group: size };
        Ok(Self { arrival: Arrival::Burst { size }, events, times })
    }

    /// `events` of a Poisson process of `rate_eps`, from a seed: the same times on every machine.
    ///
    /// Takes eight bytes of memory an event. The rate of one drawing is off the mean by about
    /// `1 / sqrt(events)`; [`Self::offered_eps`] has the drawn one.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::ZeroRate`].
    pub fn poisson(rate_eps: u64, seed: u64, events: u64) -> Result<Self, ScheduleError> {
        let mean_ns = NS_PER_SECOND as f64 / at_least_one(rate_eps)? as f64;
        let mut dice = Dice::new(seed);
        let mut due = 0.0;
        let mut next = || {
            let this = due as u64;
            due += dice.exponential(mean_ns);
            this
        };
        let times = (0..events).map(|_| next()).collect();
        Ok(Self { arrival: Arrival::Poisson { seed }, events, times: Times::Table(times) })
    }

    /// The gaps of `recorded_ns` (event times in nanoseconds), divided by `speed`.
    ///
    /// An event recorded earlier than its predecessor is due together with it: a feed that steps
    /// back in time was still received in this order. Takes eight bytes of memory an event.
    ///
    /// # Errors
    ///
    /// [`ScheduleError::Speed`].
    pub fn replay(recorded_ns: &[u64], speed: f64) -> Result<Self, ScheduleError> {
        if !(speed.is_finite() && speed > 0.0) {
            return Err(ScheduleError::Speed(speed));
        }
        let first = recorded_ns.first().copied().unwrap_or(0);
        let mut latest = first;
        let mut due = |&recorded: &u64| {
            latest = latest.max(recorded);
            ((latest - first) as f64 / speed) as u64
        };
        let times: Vec<u64> = recorded_ns.iter().map(&mut due).collect();
        let events = times.len() as u64;
        Ok(Self { arrival: Arrival::Replay { speed }, events, times: Times::Table(times) })
    }

    /// When event `n` is due, in nanoseconds from the start; constant time.
    ///
    /// # Panics
    ///
    /// May panic unless `n` is below [`Self::len`].
    #[inline]
    pub fn due(&self, n: u64) -> u64 {
        match &self.times {
            Times::Even { rate_eps, group } => time_of(n - n % group, *rate_eps),
            Times::Table(times) => times[n as usize],
        }
    }

    /// Events in the schedule.
    pub fn len(&self) -> u64 {
        self.events
    }

    /// Is there nothing to send?
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// How events arrive.
    pub fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// Events per second of the first `events` events: gaps over time. `None` when all of them are
    /// due at once, which is no rate.
    pub fn offered_eps(&self, events: u64) -> Option<f64> {
        let last = events.min(self.events).checked_sub(1)?;
        let span_ns = self.due(last);
        (span_ns > 0).then(|| last as f64 * 1e9 / span_ns as f64)
    }
}

/// `n / rate` in whole nanoseconds. The wide division, ten times the cost, is for schedules of
/// more than 18 thousand million events.
#[inline]
fn time_of(n: u64, rate_eps: u64) -> u64 {
    match n.checked_mul(NS_PER_SECOND) {
        Some(scaled) => scaled / rate_eps,
        None => {
            let wide = u128::from(n) * u128::from(NS_PER_SECOND) / u128::from(rate_eps);
            u64::try_from(wide).unwrap_or(u64::MAX)
        }
    }
}

fn at_least_one(rate_eps: u64) -> Result<u64, ScheduleError> {
    if rate_eps == 0 { Err(ScheduleError::ZeroRate) } else { Ok(rate_eps) }
}
