//! Both architectures on the same events: interleaved rounds, the trade-off, the proof.

use std::time::Duration;

use crate::measure::histogram::Histogram;
use crate::measure::pairs::{self, abba};
use crate::measure::schedule::Schedule;
use crate::pipeline::{Mode, RunError, Tally};
use crate::report::model::{PairedRatio, RunReport, Status, TradeOff};
use crate::trial::{Bench, Trial};

/// Relative difference that does not matter.
const SAME_WITHIN: f64 = 0.02;

/// What to compare.
#[derive(Debug)]
pub struct Plan {
    /// Batch intervals to sweep.
    pub intervals: Vec<Duration>,
    /// The interval whose run stands for micro-batch beside real-time.
    pub shown: Duration,
    /// Most events in a batch.
    pub max_events: usize,
    /// Rounds; each runs every configuration once paced and once saturated.
    pub rounds: usize,
    /// The paced load.
    pub schedule: Schedule,
}

/// What came of it.
#[derive(Debug)]
pub struct Comparison {
    /// Every run of every configuration found the same matches.
    pub same_matches: bool,
    /// Why the comparison must not be believed, if so.
    pub reasons: Vec<String>,
    /// Real-time, then the shown micro-batch.
    pub runs: Vec<RunReport>,
    /// One row a configuration.
    pub trade_off: Vec<TradeOff>,
    /// Micro-batch against real-time, pair by pair.
    pub ratios: Vec<PairedRatio>,
}

/// Everything measured of one configuration.
#[derive(Debug)]
struct Series {
    mode: Mode,
    label: String,
    /// The first valid paced run, else the last.
    run: Option<RunReport>,
    response: Histogram,
    p50: Vec<f64>,
    cpu: Vec<f64>,
    batch: Vec<f64>,
    saturated_eps: Vec<f64>,
    saturated_cpu: Vec<f64>,
    tallies: Vec<Vec<Tally>>,
    invalid: u32,
    /// A saturated run lost events.
    unsound: bool,
}

impl Plan {
    /// Trials that [`Plan::run`] takes.
    #[must_use]
    pub fn trials(&self) -> u64 {
        2 * (self.rounds * (self.intervals.len() + 1)) as u64
    }

    /// Runs the plan; `progress` is told what comes next.
    ///
    /// # Errors
    ///
    /// If a pipeline cannot be built or fails.
    pub fn run(
        &self,
        bench: &Bench<'_>,
        mut progress: impl FnMut(&str),
    ) -> Result<Comparison, RunError> {
        let mut series: Vec<Series> = self.modes().map(Series::new).collect();
        for trial in abba(series.len(), self.rounds) {
            let series = &mut series[trial.configuration];
            progress(&format!("{}, paced", series.label));
            series.paced(bench.trial(series.mode, Some(self.schedule.clone()), false)?);
            progress(&format!("{}, saturated", series.label));
            series.saturated(bench.trial(series.mode, None, false)?);
        }
        Ok(self.conclude(series))
    }

    fn modes(&self) -> impl Iterator<Item = Mode> {
        let max_events = self.max_events;
        let batches = self.intervals.iter();
        let batches = batches.map(move |&interval| Mode::MicroBatch { max_events, interval });
        std::iter::once(Mode::RealTime).chain(batches)
    }

    fn conclude(&self, mut series: Vec<Series>) -> Comparison {
        let expected = series[0].tallies[0].clone();
        let mut same_matches = true;
        let mut reasons = Vec::new();
        for series in &series {
            if series.tallies.iter().any(|tallies| *tallies != expected) {
                same_matches = false;
                reasons.push(format!("{} did not always find the same matches", series.label));
            }
            if series.tallies.iter().flatten().any(|tally| tally.missing.truncated > 0) {
                reasons.push(format!("{} gave up partial matches at a limit", series.label));
            }
            if series.unsound {
                reasons.push(format!("a saturated run of {} lost events", series.label));
            }
            if series.invalid == self.rounds as u32 {
                reasons.push(format!("no paced run of {} was valid", series.label));
            }
        }
        let ratios = series[1..].iter().flat_map(|batch| batch.against(&series[0])).collect();
        let trade_off = series.iter().map(|series| series.row(&expected)).collect();
        let shown = self.intervals.iter().position(|&interval| interval == self.shown);
        let shown = 1 + shown.unwrap_or_default();
        let runs = [0, shown].map(|at| series[at].run.take().expect("every series has run"));
        Comparison { same_matches, reasons, runs: runs.into(), trade_off, ratios }
    }
}

impl Series {
    fn new(mode: Mode) -> Self {
        Self {
            mode,
            label: label(mode),
            run: None,
            response: Histogram::new(),
            p50: Vec::new(),
            cpu: Vec::new(),
            batch: Vec::new(),
            saturated_eps: Vec::new(),
            saturated_cpu: Vec::new(),
            tallies: Vec::new(),
            invalid: 0,
            unsound: false,
        }
    }

    fn paced(&mut self, trial: Trial) {
        let Trial { report, response, tallies, .. } = trial;
        self.tallies.push(tallies);
        let valid = report.status == Status::Valid;
        if valid {
            self.response.merge(&response);
            self.cpu.push(report.cpu_ns_per_event);
            self.batch.extend(report.batch.map(|batch| batch.mean_events));
        }
        // An invalid round has no pair: NaN keeps the rounds of all series in step.
        self.p50.push(if valid { report.latency_ns.response.p50 as f64 } else { f64::NAN });
        self.invalid += u32::from(!valid);
        if self.run.as_ref().is_none_or(|run| run.status == Status::Invalid) {
            self.run = Some(report);
        }
    }

    fn saturated(&mut self, trial: Trial) {
        self.unsound |= trial.report.status == Status::Invalid;
        self.saturated_eps.push(trial.report.throughput_eps);
        self.saturated_cpu.push(trial.report.cpu_ns_per_event);
        self.tallies.push(trial.tallies);
    }

    fn row(&self, expected: &[Tally]) -> TradeOff {
        TradeOff {
            label: self.label.clone(),
            interval_ns: match self.mode {
                Mode::RealTime => None,
                Mode::MicroBatch { interval, .. } => Some(interval.as_nanos() as u64),
            },
            response: self.response.percentiles(),
            cpu_ns_per_event: measured(&self.cpu).unwrap_or(f64::NAN),
            mean_batch_events: match self.mode {
                Mode::RealTime => None,
                Mode::MicroBatch { .. } => measured(&self.batch),
            },
            saturated_eps: pairs::median_of(&self.saturated_eps),
            saturated_cpu_ns_per_event: pairs::median_of(&self.saturated_cpu),
            same_matches: self.tallies.iter().all(|tallies| *tallies == expected),
            invalid_rounds: self.invalid,
        }
    }

    fn against(&self, base: &Self) -> [PairedRatio; 2] {
        let label = format!("{} / {}", self.label, base.label);
        let compare = |metric: &str, base: &[f64], candidate: &[f64]| {
            pairs::compare(base, candidate, SAME_WITHIN).report(label.as_str(), metric)
        };
        [
            compare("saturated CPU per event", &base.saturated_cpu, &self.saturated_cpu),
            compare("response p50", &base.p50, &self.p50),
        ]
    }
}

/// The median; nothing without a valid round.
fn measured(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| pairs::median_of(values))
}

/// `realtime`, or `micro-batch 100us`.
fn label(mode: Mode) -> String {
    match mode {
        Mode::RealTime => "realtime".to_owned(),
        Mode::MicroBatch { interval, .. } => format!("micro-batch {}", short(interval)),
    }
}

/// A duration in its largest whole unit, the way it is typed: `0`, `10us`, `100ms`.
#[must_use]
pub fn short(duration: Duration) -> String {
    let ns = duration.as_nanos();
    match ns {
        0 => "0".to_owned(),
        ns if ns % 1_000_000_000 == 0 => format!("{}s", ns / 1_000_000_000),
        ns if ns % 1_000_000 == 0 => format!("{}ms", ns / 1_000_000),
        ns if ns % 1_000 == 0 => format!("{}us", ns / 1_000),
        ns => format!("{ns}ns"),
    }
}
