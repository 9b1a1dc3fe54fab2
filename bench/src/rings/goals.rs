//! What was promised, held against what was measured.
//!
//! A goal is met when the whole 95 % interval of the paired ratio lies on the right side of the
//! limit, missed when all of it lies on the wrong side, and open otherwise: with fewer pairs than
//! [`FEWEST_PAIRS`], with too much noise, or when nobody measured it. Where it names several peers,
//! the one hardest to beat counts.

use super::java;
use super::scenario::{one_way, ping_pong, producers, throughput};
use super::series::{self, CLASSES, Series};
use crate::measure::floor::Class;
use crate::measure::pairs::{self, Comparison, FEWEST_PAIRS};
use crate::report::rings::{Goal, GoalVerdict};

#[cfg(test)]
mod tests;

/// Added to the gap meter's percentile before a tail is held against it, in nanoseconds.
const TAIL_ALLOWANCE_NS: f64 = 5_000.0;

/// One promise.
struct Promise {
    what: &'static str,
    scenario: &'static str,
    variants: &'static [&'static str],
    bytes: &'static [usize],
    candidate: &'static str,
    against: Against,
    limit: Limit,
}

/// What the candidate is held against.
enum Against {
    /// Median or rate of these peers, those of them that were measured.
    Peers(&'static [&'static str]),
    /// Median or rate of everybody in the scenario who is not ours.
    Everybody,
    /// Its own p99.9 against the gap meter of the same trial, plus an allowance.
    Gaps,
}

/// On which side of a figure to be.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

const DISRUPTOR_AND_RTRB: Against =
    Against::Peers(&["disruptor", "disruptor-handler", "rtrb", "rtrb-chunks"]);
const BOTH_WAITS: &[&str] = &[ping_pong::PAUSE, ping_pong::BARE];
const BOTH_RATES: &[&str] = &[one_way::RATES[0].1, one_way::RATES[1].1];
/// Peers that know one size only, to be held against any.
const OF_ONE_SIZE: [&str; 2] = ["floor", java::NAME];
/// The only size that the inline ring has.
const INLINE: &[usize] = &[56];

const PROMISES: [Promise; 12] = [
    Promise {
        what: "round trip p50 against the floor",
        scenario: ping_pong::NAME,
        variants: BOTH_WAITS,
        bytes: INLINE,
        candidate: "inline",
        against: Against::Peers(&["floor"]),
        limit: Limit::AtMost(1.2),
    },
    Promise {
        what: "round trip p50",
        scenario: ping_pong::NAME,
        variants: BOTH_WAITS,
        bytes: INLINE,
        candidate: "inline",
        against: DISRUPTOR_AND_RTRB,
        limit: Limit::AtMost(0.6),
    },
    Promise {
        what: "one-way p50",
        scenario: one_way::NAME,
        variants: BOTH_RATES,
        bytes: INLINE,
        candidate: "inline",
        against: Against::Everybody,
        limit: Limit::AtMost(1.0),
    },
    Promise {
        what: "one-way p99.9 against the gaps + 5 µs",
        scenario: one_way::NAME,
        variants: BOTH_RATES,
        bytes: INLINE,
        candidate: "inline",
        against: Against::Gaps,
        limit: Limit::AtMost(1.0),
    },
    Promise {
        what: "rate in batches of 64",
        scenario: throughput::BATCHES,
        variants: &[""],
        bytes: &[64],
        candidate: "single",
        against: DISRUPTOR_AND_RTRB,
        limit: Limit::AtLeast(1.0),
    },
    Promise {
        what: "rate in batches of 64, inline",
        scenario: throughput::BATCHES,
        variants: &[""],
        bytes: INLINE,
        candidate: "inline",
        against: DISRUPTOR_AND_RTRB,
        limit: Limit::AtLeast(1.0),
    },
    Promise {
        what: "rate one by one",
        scenario: throughput::SINGLES,
        variants: &[""],
        bytes: &[64],
        candidate: "single",
        against: DISRUPTOR_AND_RTRB,
        limit: Limit::AtLeast(1.0),
    },
    Promise {
        what: "rate one by one, inline",
        scenario: throughput::SINGLES,
        variants: &[""],
        bytes: INLINE,
        candidate: "inline",
        against: DISRUPTOR_AND_RTRB,
        limit: Limit::AtLeast(0.65),
    },
    Promise {
        what: "rate of two producers",
        scenario: producers::NAME,
        variants: &[producers::TWO],
        bytes: &[64],
        candidate: "multi",
        against: Against::Peers(&["disruptor-multi"]),
        limit: Limit::AtLeast(1.8),
    },
    Promise {
        what: "rate of one producer that could share",
        scenario: producers::NAME,
        variants: &[producers::ONE],
        bytes: &[64],
        candidate: "multi",
        against: Against::Peers(&["disruptor-multi"]),
        limit: Limit::AtLeast(2.0),
    },
    Promise {
        what: "round trip p50 against Java",
        scenario: ping_pong::NAME,
        variants: &[ping_pong::PAUSE],
        bytes: INLINE,
        candidate: "inline",
        against: Against::Peers(&[java::NAME]),
        limit: Limit::AtMost(0.65),
    },
    Promise {
        what: "rate one by one against Java",
        scenario: throughput::SINGLES,
        variants: &[""],
        bytes: &[64],
        candidate: "single",
        against: Against::Peers(&[java::NAME]),
        limit: Limit::AtLeast(3.0),
    },
];

/// Every goal, for every class it was measured in.
pub(crate) fn judge(all: &[Series]) -> Vec<Goal> {
    PROMISES.iter().flat_map(|promise| promise.judge(all)).collect()
}

impl Promise {
    fn judge(&self, all: &[Series]) -> Vec<Goal> {
        let mut goals = Vec::new();
        for &bytes in self.bytes {
            for &variant in self.variants {
                let alike: Vec<&Series> = all
                    .iter()
                    .filter(|s| s.scenario == self.scenario && s.variant == variant)
                    .filter(|s| s.bytes == bytes || OF_ONE_SIZE.contains(&s.peer))
                    .collect();
                let measured = CLASSES
                    .into_iter()
                    .filter_map(|class| self.in_class(&alike, class, bytes, variant));
                let before = goals.len();
                goals.extend(measured);
                if goals.len() == before {
                    goals.push(self.goal(bytes, variant, None));
                }
            }
        }
        goals
    }

    fn in_class(
        &self,
        alike: &[&Series],
        class: Class,
        bytes: usize,
        variant: &str,
    ) -> Option<Goal> {
        let candidate = alike.iter().find(|series| series.peer == self.candidate)?;
        let comparisons: Vec<(&str, Comparison)> = match self.against {
            Against::Gaps => vec![("gaps", against_gaps(candidate, class))],
            Against::Peers(peers) => alike
                .iter()
                .filter(|base| peers.contains(&base.peer))
                .map(|base| (base.peer, series::compare(base, candidate, class)))
                .collect(),
            Against::Everybody => alike
                .iter()
                .filter(|base| !super::is_always_measured(base.peer))
                .map(|base| (base.peer, series::compare(base, candidate, class)))
                .collect(),
        };
        let hardest = comparisons
            .into_iter()
            .filter(|(_, comparison)| comparison.pairs > 0)
            .min_by(|(_, a), (_, b)| self.limit.margin(a).total_cmp(&self.limit.margin(b)))?;
        Some(self.goal(bytes, variant, Some((class, hardest.0, hardest.1))))
    }

    fn goal(&self, bytes: usize, variant: &str, found: Option<(Class, &str, Comparison)>) -> Goal {
        let (relation, limit) = match self.limit {
            Limit::AtMost(limit) => ("at most", limit),
            Limit::AtLeast(limit) => ("at least", limit),
        };
        Goal {
            goal: self.what.to_owned(),
            candidate: self.candidate.to_owned(),
            event_bytes: bytes as u64,
            variant: variant.to_owned(),
            relation: relation.to_owned(),
            limit,
            verdict: found
                .map_or(GoalVerdict::CannotTell, |(_, _, found)| self.limit.verdict(&found)),
            placement: found.map(|(class, ..)| class.to_string()),
            hardest: found.map(|(class, peer, found)| {
                found.report(format!("{} / {peer}", self.candidate), format!("{class}"))
            }),
        }
    }
}

impl Limit {
    /// How far on the right side the ratio is, as a logarithm.
    fn margin(self, found: &Comparison) -> f64 {
        match self {
            Self::AtMost(limit) => (limit / found.ratio).ln(),
            Self::AtLeast(limit) => (found.ratio / limit).ln(),
        }
    }

    /// Does the whole interval keep to it?
    pub(crate) fn verdict(self, found: &Comparison) -> GoalVerdict {
        let (met, missed) = match self {
            Self::AtMost(limit) => (found.high <= limit, found.low > limit),
            Self::AtLeast(limit) => (found.low >= limit, found.high < limit),
        };
        match (found.pairs >= FEWEST_PAIRS, met, missed) {
            (true, true, _) => GoalVerdict::Met,
            (true, _, true) => GoalVerdict::Missed,
            _ => GoalVerdict::CannotTell,
        }
    }
}

/// The p99.9 of each trial over what the gaps of that trial allow.
fn against_gaps(candidate: &Series, class: Class) -> Comparison {
    let tails = candidate.of_class(class).filter_map(|sample| {
        let latency = sample.latency()?;
        let allowed = latency.paced?.gap_p99_9 as f64 + TAIL_ALLOWANCE_NS;
        Some((allowed, latency.p99_9? as f64))
    });
    let (allowed, found): (Vec<f64>, Vec<f64>) = tails.unzip();
    pairs::compare(&allowed, &found, 0.0)
}
