//! Rounds: every contender once a round, in rotating order, each trial between two floor probes.

use super::contender::{Scenario, Trial};
use super::series::{Sample, Series};
use super::trial::{Fault, Setup};
use super::watchdog::Watchdog;
use crate::measure::floor::{self, Class, ROUND_TRIPS};

/// What is to be measured.
pub(crate) struct Plan {
    pub(crate) setup: Setup,
    pub(crate) rounds: usize,
    pub(crate) scenarios: Vec<Scenario>,
}

impl Plan {
    pub(crate) fn trials(&self) -> usize {
        self.rounds * self.scenarios.iter().map(|scenario| scenario.contenders.len()).sum::<usize>()
    }
}

/// What was measured.
pub(crate) struct Measured {
    pub(crate) series: Vec<Series>,
    /// Why the run is invalid, one sentence each; empty if it is not.
    pub(crate) faults: Vec<String>,
    /// Trials that gave no figure for reasons of their own, one sentence each.
    pub(crate) skipped: Vec<String>,
}

/// Measures everything. `before_trial` is told the name of each trial.
pub(crate) fn run(
    plan: &Plan,
    watchdog: &Watchdog,
    mut before_trial: impl FnMut(&str),
) -> Measured {
    let (mut faults, mut skipped) = (Vec::new(), Vec::new());
    let mut all: Vec<Vec<Series>> = plan
        .scenarios
        .iter()
        .map(|scenario| {
            let of = |contender| Series::new(scenario.name, contender);
            scenario.contenders.iter().map(of).collect()
        })
        .collect();
    for round in 0..plan.rounds {
        for (scenario, series) in plan.scenarios.iter().zip(&mut all) {
            let count = scenario.contenders.len();
            for at in (0..count).map(|place| (place + round) % count) {
                let series = &mut series[at];
                let name = series.name();
                before_trial(&name);
                let trial = &scenario.contenders[at].trial;
                match bracketed(&plan.setup, trial, watchdog, &name, round) {
                    Ok(Some(sample)) => series.samples.push(sample),
                    Ok(None) => series.dropped += 1,
                    Err(fault) => {
                        let list = if fault.invalidates() { &mut faults } else { &mut skipped };
                        list.push(format!("{name}, round {round}: {fault}"));
                    }
                }
            }
        }
    }
    Measured { series: all.into_iter().flatten().collect(), faults, skipped }
}

/// One trial between two probes, which have its priority; `None` if they disagree.
fn bracketed(
    setup: &Setup,
    trial: &Trial,
    watchdog: &Watchdog,
    name: &str,
    round: usize,
) -> Result<Option<Sample>, Fault> {
    let probe = || setup.raised(|| floor::probe(setup.clock, setup.cores, ROUND_TRIPS));
    let before = probe();
    let outcome = {
        let _watched = watchdog.watch(name);
        trial(setup)?
    };
    let after = probe();
    let class = floor::class_of(before, after);
    let sample = Sample {
        round,
        class,
        floor: u64::midpoint(before.p50, after.p50),
        load: load_average(),
        outcome,
    };
    Ok((class != Class::Mixed).then_some(sample))
}

/// The load average of the last minute; 0 where the system does not tell.
fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
