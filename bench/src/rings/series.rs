//! What the rounds gave for one contender, and how two contenders compare.

use super::contender::Contender;
use super::trial::{Latency, Outcome, Rate};
use crate::measure::floor::Class;
use crate::measure::pairs::{self, Comparison, median_of};
use crate::report::rings::{LatencyRow, RateRow, Row};

use super::scenario::{ping_pong, producers};

/// Placement classes that figures are filed under.
pub(crate) const CLASSES: [Class; 3] = [Class::Sibling, Class::Near, Class::Far];

/// Relative difference between two figures that does not matter.
const SAME_WITHIN: f64 = 0.02;

/// One trial.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) round: usize,
    pub(crate) class: Class,
    /// Median round trip of the floor, between that before and that after, in nanoseconds.
    pub(crate) floor: u64,
    pub(crate) load: f64,
    pub(crate) outcome: Outcome,
}

/// All trials of one contender.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) scenario: &'static str,
    pub(crate) peer: &'static str,
    pub(crate) bytes: usize,
    pub(crate) variant: &'static str,
    pub(crate) samples: Vec<Sample>,
    /// Trials whose two floor probes disagreed.
    pub(crate) dropped: usize,
}

impl Series {
    pub(crate) fn new(scenario: &'static str, contender: &Contender) -> Self {
        Self {
            scenario,
            peer: contender.peer,
            bytes: contender.bytes,
            variant: contender.variant,
            samples: Vec::new(),
            dropped: 0,
        }
    }

    /// Scenario, peer, size and variant.
    pub(crate) fn name(&self) -> String {
        let name = format!("{} {} {} B {}", self.scenario, self.peer, self.bytes, self.variant);
        name.trim_end().to_owned()
    }

    pub(crate) fn of_class(&self, class: Class) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.class == class)
    }

    /// The median of `figure` over the rounds of `class` that have it.
    fn median(&self, class: Class, figure: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = self.of_class(class).filter_map(figure).collect();
        (!values.is_empty()).then(|| median_of(&values))
    }
}

impl Sample {
    pub(crate) fn latency(&self) -> Option<Latency> {
        match self.outcome {
            Outcome::Latency(latency) => Some(latency),
            Outcome::Rate(_) => None,
        }
    }

    fn rate(&self) -> Option<Rate> {
        match self.outcome {
            Outcome::Rate(rate) => Some(rate),
            Outcome::Latency(_) => None,
        }
    }
}

/// `candidate / base` over the rounds in which both fell into `class`.
pub(crate) fn compare(base: &Series, candidate: &Series, class: Class) -> Comparison {
    let both = candidate.of_class(class).filter_map(|candidate| {
        let base = base.of_class(class).find(|base| base.round == candidate.round)?;
        Some((base.outcome.headline(), candidate.outcome.headline()))
    });
    let (base, candidate): (Vec<f64>, Vec<f64>) = both.unzip();
    pairs::compare(&base, &candidate, SAME_WITHIN)
}

/// The rows of the report: each series once for each class it met.
pub(crate) fn rows(all: &[Series]) -> Vec<Row> {
    let classes = |series| CLASSES.into_iter().filter_map(move |class| row(all, series, class));
    all.iter().flat_map(classes).collect()
}

fn row(all: &[Series], series: &Series, class: Class) -> Option<Row> {
    let median = |figure: &dyn Fn(&Sample) -> Option<f64>| series.median(class, figure);
    let latency = |figure: fn(&Latency) -> Option<f64>| {
        median(&|sample| sample.latency().as_ref().and_then(figure))
    };
    let rounds = series.of_class(class).count();
    if rounds == 0 {
        return None;
    }
    let latency_ns = latency(|l| Some(l.p50 as f64)).map(|p50| LatencyRow {
        p50,
        p90: latency(|l| Some(l.p90 as f64)).unwrap_or(p50),
        p99: latency(|l| l.p99.map(|p99| p99 as f64)),
        p99_9: latency(|l| l.p99_9.map(|p99_9| p99_9 as f64)),
        gap_p99_9: latency(|l| l.paced.map(|paced| paced.gap_p99_9 as f64)),
        kept_share: latency(|l| l.paced.map(|paced| paced.kept)),
    });
    let rate = median(&|sample| sample.rate().map(|rate| rate.per_second)).map(|rate| RateRow {
        events_per_second: rate,
        overall_per_second: median(&|sample| sample.rate().and_then(|r| r.overall_per_second)),
        mean_batch: median(&|sample| sample.rate().and_then(|rate| rate.mean_batch)),
    });
    let reference = all.iter().find(|base| is_reference(base, series));
    Some(Row {
        scenario: series.scenario.to_owned(),
        peer: series.peer.to_owned(),
        event_bytes: series.bytes as u64,
        variant: series.variant.to_owned(),
        placement: class.to_string(),
        rounds: rounds as u32,
        dropped: series.dropped as u32,
        floor_ns: median(&|sample| Some(sample.floor as f64)).unwrap_or(0.0),
        load_average: median(&|sample| Some(sample.load)).unwrap_or(0.0),
        latency_ns,
        rate,
        against: reference.map(|base| {
            let label = format!("{} / {}", series.peer, base.peer);
            let metric = if base.scenario == ping_pong::NAME { "p50" } else { "headline" };
            compare(base, series, class).report(label, metric)
        }),
    })
}

/// Whether `base` is what rows of the kind of `series` are held against: the floor in a ping-pong,
/// elsewhere the best known disruptor.
fn is_reference(base: &Series, series: &Series) -> bool {
    let reference = match series.scenario {
        ping_pong::NAME => "floor",
        producers::NAME => "disruptor-multi",
        _ => "disruptor",
    };
    let same_kind = base.scenario == series.scenario && base.variant == series.variant;
    same_kind && base.peer == reference && (base.bytes == series.bytes || reference == "floor")
}
