//! The time of one event, stamped before and after, where nothing is put out.
//!
//! Two stamps cost more than the event. What they cost is measured in the same trial, with
//! nothing between them, and its median is taken off each time; its own 99.9th percentile is what
//! the host alone does to a time.

use std::hint::black_box;
use std::sync::Arc;

use super::Setup;
use super::core_stock;
use super::stock::{self, Stocks};
use crate::contenders::{Contender, Found, Metric, Sample, Scenario, Trial};
use crate::measure::clock::Clock;
use crate::measure::histogram::Histogram;

pub(crate) const NAME: &str = "latency";

pub(crate) fn scenario(setup: &Setup<'_>, stock: &Arc<Stocks>) -> anyhow::Result<Scenario> {
    let clock = setup.clock;
    let contenders = core_stock::never_patterns()?.into_iter().map(|(name, ir)| {
        let stock = Arc::clone(stock);
        let trial: Trial = Box::new(move || {
            let mut matcher = stock::matcher(&ir)?;
            let mut found = Found::default();
            let empty = times(clock, stock.rows.len(), |at| {
                black_box(&stock.rows[at]);
            });
            let cost = empty.value_at(0.5);
            let all = times(clock, stock.rows.len(), |at| {
                matcher.push(at as u64, &stock.rows[at], |it| {
                    found.take(it.bound().map(|at| at.sequence));
                });
            });
            let without =
                |times: &Histogram, share| times.value_at(share).saturating_sub(cost) as f64;
            let figures = vec![
                (Metric::P50, without(&all, 0.5)),
                (Metric::P99_9, without(&all, 0.999)),
                (Metric::HostP99_9, without(&empty, 0.999)),
            ];
            Ok(Sample { found, figures })
        });
        Contender::new(name, name, trial)
    });
    Ok(Scenario {
        name: NAME,
        about: "one update without output, the cost of its two stamps taken off".to_owned(),
        events: stock.rows.len(),
        contenders: contenders.collect(),
    })
}

/// How long `work` takes for each of `0..events`.
fn times(clock: Clock, events: usize, mut work: impl FnMut(usize)) -> Histogram {
    let mut histogram = Histogram::new();
    for at in 0..events {
        let start = clock.now_ordered();
        work(at);
        histogram.record(clock.ns(clock.now_ordered().saturating_sub(start)));
    }
    histogram
}
