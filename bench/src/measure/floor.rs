//! The floor: the least that any hand-off between two cores can cost, here and now.
//!
//! Two threads pass one number to and fro, a cache line each way, with PAUSE in the spin loop. On
//! a virtual machine the host moves the virtual cores about, and the same ring is several times
//! faster when they are hardware siblings than when they are far apart: so each trial is bracketed
//! by two probes and filed by [`Class`]. Figures of different classes are not comparable.
//!
//! ```text
//!   first core                 second core
//!   stamp, ping = n  ------->  sees ping = n
//!   sees pong = n    <-------  pong = n
//!   ordered stamp
//! ```

use super::{clock::Clock, cpu, histogram::Histogram};
use crossbeam_utils::CachePadded;
use std::{
    fmt,
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering},
};

/// Round trips enough for a stable p99 in a few milliseconds.
pub const ROUND_TRIPS: u64 = 20_000;

/// Median round trip under which two cores share one physical core's caches.
const SIBLING_BELOW_NS: u64 = 75;
/// Median round trip above which two cores do not share a last-level cache.
const FAR_ABOVE_NS: u64 = 220;

/// Placement of two cores, by the median round trip between them.
///
/// The borders fit the gaps between what was seen on AMD EPYC (20-70, 80-140 and 340-520 ns). On
/// other processors the names may be off; that two probes agree means the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// Under 75 ns: two hardware threads of one core.
    Sibling,
    /// 75 to 220 ns: one last-level cache.
    Near,
    /// Above 220 ns: different caches or sockets.
    Far,
    /// The probes before and after a trial disagree: the trial belongs to no class.
    Mixed,
    /// There are no two cores to measure between.
    SingleCore,
}

impl Class {
    fn of(p50_ns: u64) -> Self {
        match p50_ns {
            ..SIBLING_BELOW_NS => Self::Sibling,
            SIBLING_BELOW_NS..=FAR_ABOVE_NS => Self::Near,
            _ => Self::Far,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sibling => "sibling",
            Self::Near => "near",
            Self::Far => "far",
            Self::Mixed => "mixed",
            Self::SingleCore => "single-core",
        })
    }
}

/// Round trips between two cores, in nanoseconds; zero for [`Class::SingleCore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
    /// Placement by the median.
    pub class: Class,
}

/// Measures the floor between two cores.
///
/// The first 5 % of the round trips warm the lines up and are not counted. The calling thread
/// keeps its affinity. With fewer than two usable cores nothing runs and the class is
/// [`Class::SingleCore`].
pub fn probe(clock: Clock, cores: (usize, usize), round_trips: u64) -> Floor {
    match ping_pong(clock, cores, round_trips) {
        None => Floor { p50: 0, p90: 0, p99: 0, class: Class::SingleCore },
        Some(trips) => Floor {
            p50: trips.value_at(0.5),
            p90: trips.value_at(0.9),
            p99: trips.value_at(0.99),
            class: Class::of(trips.value_at(0.5)),
        },
    }
}

fn ping_pong(clock: Clock, cores: (usize, usize), round_trips: u64) -> Option<Histogram> {
    let warm_up = round_trips / 20;
    let ping = CachePadded::new(AtomicU64::new(0));
    let pong = CachePadded::new(AtomicU64::new(0));

    let serve = || {
        let mut trips = Histogram::new();
        for round in 1..=round_trips {
            let start = clock.now_ordered();
            ping.store(round, Ordering::Release); // pairs with the other side's Acquire
            while pong.load(Ordering::Acquire) != round {
                spin_loop();
            }
            let ticks = clock.now_ordered().saturating_sub(start);
            if round > warm_up {
                trips.record(clock.ns(ticks));
            }
        }
        trips
    };
    let give_back = || {
        for round in 1..=round_trips {
            while ping.load(Ordering::Acquire) != round {
                spin_loop();
            }
            pong.store(round, Ordering::Release); // pairs with the serving side's Acquire
        }
    };
    cpu::on_two_cores(cores, serve, give_back).map(|(trips, ())| trips)
}

/// A trial and the floor on either side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bracketed<T> {
    /// Floor just before.
    pub before: Floor,
    /// Floor just after.
    pub after: Floor,
    /// The class of both probes, or [`Class::Mixed`].
    pub class: Class,
    /// What the trial gave.
    pub result: T,
}

/// Runs `trial` between two probes of [`ROUND_TRIPS`] each.
pub fn bracket<T>(clock: Clock, cores: (usize, usize), trial: impl FnOnce() -> T) -> Bracketed<T> {
    let before = probe(clock, cores, ROUND_TRIPS);
    let result = trial();
    let after = probe(clock, cores, ROUND_TRIPS);
    Bracketed { before, after, class: class_of(before, after), result }
}

/// The class of both probes, or [`Class::Mixed`].
#[must_use]
pub fn class_of(before: Floor, after: Floor) -> Class {
    if before.class == after.class { before.class } else { Class::Mixed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_borders_are_those_of_the_documentation() {
        let classes = [0, 74, 75, 220, 221, u64::MAX].map(Class::of);
        let expected =
            [Class::Sibling, Class::Sibling, Class::Near, Class::Near, Class::Far, Class::Far];
        assert_eq!(classes, expected);
    }

    #[test]
    fn probes_that_disagree_make_a_trial_mixed() {
        let floor = |p50| Floor { p50, p90: p50, p99: p50, class: Class::of(p50) };
        assert_eq!(class_of(floor(100), floor(120)), Class::Near);
        assert_eq!(class_of(floor(100), floor(400)), Class::Mixed);
    }
}
