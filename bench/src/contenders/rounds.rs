//! Rounds: every contender once, each second round in reverse order, on one core.

use std::thread;
use std::time::Instant;

use anyhow::ensure;

use super::contender::{Contender, Found, Metric, Sample, Scenario, Trial};
use crate::measure::cpu;
use crate::measure::pairs::{self, Comparison, abba};
use crate::report::contenders::{Figure, Row};
use crate::trial::probe_cores;

/// All rounds of one contender.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) scenario: &'static str,
    pub(crate) name: String,
    about: String,
    events: usize,
    found: Found,
    work: String,
    /// Each metric with its figure of every round.
    figures: Vec<(Metric, Vec<f64>)>,
}

impl Series {
    /// The figures of `metric`, round by round; none if it was not measured.
    pub(crate) fn of(&self, metric: Metric) -> &[f64] {
        let found = self.figures.iter().find(|(known, _)| *known == metric);
        found.map_or(&[], |(_, values)| values)
    }
}

/// Measures everything. `before_trial` is told the name of each trial.
///
/// With `real_time`, trials run before all other threads of the machine; none takes a second.
///
/// # Errors
///
/// If a trial fails, or finds other matches than it must, or `real_time` is not allowed.
pub(crate) fn run(
    scenarios: Vec<Scenario>,
    rounds: usize,
    real_time: bool,
    mut before_trial: impl FnMut(&str),
) -> anyhow::Result<Vec<Series>> {
    let mut all = Vec::new();
    for scenario in scenarios {
        all.extend(measure(scenario, rounds, real_time, &mut before_trial)?);
    }
    Ok(all)
}

/// Runs `trial` on a thread of its own, bound to a core.
///
/// The kernel stops real-time threads that leave the others less than a twentieth of each second
/// (`sched_rt_runtime_us`): a rest after each trial leaves them more.
fn alone(trial: &mut Trial, real_time: bool) -> anyhow::Result<Sample> {
    let begun = Instant::now();
    let work = || {
        if let Some((_, core)) = probe_cores() {
            cpu::pin(core)?;
        }
        let allowed = !real_time || cpu::real_time();
        ensure!(allowed, "--real-time needs the right to run SCHED_FIFO threads: ask root");
        trial()
    };
    let sample = thread::scope(|scope| {
        scope.spawn(work).join().expect("the measuring thread does not panic")
    });
    if real_time {
        thread::sleep(begun.elapsed() / 5);
    }
    sample
}

fn measure(
    mut scenario: Scenario,
    rounds: usize,
    real_time: bool,
    before_trial: &mut impl FnMut(&str),
) -> anyhow::Result<Vec<Series>> {
    let mut all: Vec<Series> = Vec::new();
    all.resize_with(scenario.contenders.len(), || Series {
        scenario: scenario.name,
        name: String::new(),
        about: scenario.about.clone(),
        events: scenario.events,
        found: Found::default(),
        work: String::new(),
        figures: Vec::new(),
    });
    for trial in abba(all.len(), rounds) {
        let contender = &mut scenario.contenders[trial.configuration];
        before_trial(&format!("{}, {}", scenario.name, contender.name));
        let sample = alone(&mut contender.trial, real_time)?;
        let known = all.iter().find(|series| series.work == contender.work);
        let expected = contender.expected.or(known.map(|series| series.found));
        let Contender { name, work, .. } = contender;
        let found = sample.found;
        ensure!(
            expected.is_none_or(|expected| found == expected),
            "{}, {name}: found {found:?}, not {expected:?}",
            scenario.name
        );
        let series = &mut all[trial.configuration];
        series.found = found;
        (series.name, series.work) = (name.clone(), work.clone());
        for (metric, value) in sample.figures {
            match series.figures.iter_mut().find(|(known, _)| *known == metric) {
                Some((_, values)) => values.push(value),
                None => series.figures.push((metric, vec![value])),
            }
        }
    }
    Ok(all)
}

/// The median of `values` and its 95 % interval, as the ratio to one.
pub(crate) fn median(values: &[f64]) -> Comparison {
    pairs::compare(&vec![1.0; values.len()], values, 0.0)
}

/// The rows of the report.
pub(crate) fn rows(all: &[Series]) -> Vec<Row> {
    let figure = |(metric, values): &(Metric, Vec<f64>)| {
        let Comparison { low, high, .. } = median(values);
        Figure {
            metric: metric.name().to_owned(),
            unit: metric.unit().to_owned(),
            median: pairs::median_of(values),
            low,
            high,
        }
    };
    let row = |series: &Series| {
        let per_event = series.of(Metric::PerEvent);
        Row {
            scenario: series.scenario.to_owned(),
            about: series.about.clone(),
            name: series.name.clone(),
            events: series.events as u64,
            matches: series.found.matches,
            checksum: format!("{:016x}", series.found.checksum),
            events_per_second: (!per_event.is_empty()).then(|| 1e9 / pairs::median_of(per_event)),
            figures: series.figures.iter().map(figure).collect(),
        }
    };
    all.iter().map(row).collect()
}
