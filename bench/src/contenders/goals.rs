//! What was promised, held against what was measured.
//!
//! A goal is met when the whole 95 % interval lies on the right side of the limit, missed when
//! all of it lies on the wrong side, and open otherwise.

use super::contender::Metric;
use super::rounds::Series;
use crate::measure::pairs;
use crate::report::contenders::Goal;
use crate::report::rings::GoalVerdict;
use crate::rings::goals::Limit;

/// One promise.
pub(crate) struct Promise {
    scenario: &'static str,
    candidate: &'static str,
    quantity: Quantity,
    limit: Limit,
}

/// What the limit is a limit of.
#[derive(Clone, Copy)]
enum Quantity {
    /// Events a second.
    Rate,
    /// A figure as it is.
    Figure(Metric),
    /// Time for an event over that of another contender.
    TimeOver(&'static str),
}

pub(crate) const fn rate(
    scenario: &'static str,
    candidate: &'static str,
    millions: f64,
) -> Promise {
    let limit = Limit::AtLeast(millions * 1e6);
    Promise { scenario, candidate, quantity: Quantity::Rate, limit }
}

pub(crate) const fn over(
    scenario: &'static str,
    candidate: &'static str,
    base: &'static str,
    most: f64,
) -> Promise {
    let limit = Limit::AtMost(most);
    Promise { scenario, candidate, quantity: Quantity::TimeOver(base), limit }
}

pub(crate) const fn at_most(
    scenario: &'static str,
    candidate: &'static str,
    metric: Metric,
    most: f64,
) -> Promise {
    let limit = Limit::AtMost(most);
    Promise { scenario, candidate, quantity: Quantity::Figure(metric), limit }
}

/// Those of `promises` whose scenarios were measured, held against that.
pub(crate) fn judge(promises: &[Promise], all: &[Series]) -> Vec<Goal> {
    let measured = |promise: &&Promise| all.iter().any(|s| s.scenario == promise.scenario);
    promises.iter().filter(measured).map(|promise| promise.judge(all)).collect()
}

impl Promise {
    fn judge(&self, all: &[Series]) -> Goal {
        let series = |name: &str| {
            all.iter().find(|series| series.scenario == self.scenario && series.name == name)
        };
        let of = |name, metric| series(name).map_or(&[][..], |series| series.of(metric));
        // Figures may be nothing, which is no ratio to anything: they are compared with one added.
        let shift = if let Quantity::Figure(_) = self.quantity { 1.0 } else { 0.0 };
        let (what, unit, base, values) = match self.quantity {
            Quantity::Rate => {
                let times = of(self.candidate, Metric::PerEvent);
                let rates: Vec<f64> = times.iter().map(|ns| 1e9 / ns).collect();
                ("rate".to_owned(), "/s", vec![1.0; rates.len()], rates)
            }
            Quantity::Figure(metric) => {
                let values = of(self.candidate, metric).iter().map(|value| value + shift);
                let values: Vec<f64> = values.collect();
                (metric.name().to_owned(), metric.unit(), vec![1.0; values.len()], values)
            }
            Quantity::TimeOver(base) => {
                let (base_times, values) =
                    (of(base, Metric::PerEvent), of(self.candidate, Metric::PerEvent));
                let rounds = base_times.len().min(values.len());
                let (base_times, values) =
                    (base_times[..rounds].to_vec(), values[..rounds].to_vec());
                (format!("time over that of {base}"), "ratio", base_times, values)
            }
        };
        let found = pairs::compare(&base, &values, 0.0);
        let (relation, limit, shifted) = match self.limit {
            Limit::AtMost(limit) => ("at most", limit, Limit::AtMost(limit + shift)),
            Limit::AtLeast(limit) => ("at least", limit, Limit::AtLeast(limit + shift)),
        };
        let is_measured = found.pairs > 0;
        Goal {
            scenario: self.scenario.to_owned(),
            candidate: self.candidate.to_owned(),
            what,
            unit: unit.to_owned(),
            relation: relation.to_owned(),
            limit,
            measured: is_measured.then_some(found.ratio - shift),
            low: is_measured.then_some(found.low - shift),
            high: is_measured.then_some(found.high - shift),
            pairs: found.pairs as u32,
            verdict: if is_measured { shifted.verdict(&found) } else { GoalVerdict::CannotTell },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Contender, Found, Sample, Scenario, run};
    use super::*;

    fn judged(dropped: f64, most: f64) -> Goal {
        let trial = move || {
            Ok(Sample { found: Found::default(), figures: vec![(Metric::Dropped, dropped)] })
        };
        let contenders = vec![Contender::new("line", "events", Box::new(trial))];
        let scenario = Scenario { name: "burst", about: String::new(), events: 1, contenders };
        let series = run(vec![scenario], 12, false, |_| {}).expect("nothing fails");
        judge(&[at_most("burst", "line", Metric::Dropped, most)], &series).remove(0)
    }

    #[test]
    fn nothing_can_be_promised_and_kept() {
        let kept = judged(0.0, 0.0);
        assert_eq!((kept.measured, kept.verdict), (Some(0.0), GoalVerdict::Met));
        let broken = judged(3.0, 0.0);
        assert_eq!(broken.verdict, GoalVerdict::Missed);
        assert!((broken.measured.expect("it was measured") - 3.0).abs() < 1e-9);
    }
}
