//! What was promised of matching.

use super::{core_stock, latency, many, peer, reference, spike, storm, window};
use crate::contenders::goals::{self, Promise, at_most, over, rate};
use crate::contenders::{Metric, Series};
use crate::report::contenders::Goal;
use crate::report::rings::GoalVerdict;

const PROMISES: [Promise; 29] = [
    over(reference::NAME, reference::EVENT_BY_EVENT, reference::BY_HAND, 1.0 / 0.7),
    rate(core_stock::COMPLETE, "q1", 15.0),
    rate(core_stock::COMPLETE, "q2", 5.0),
    rate(core_stock::COMPLETE, "q3", 3.5),
    rate(core_stock::COMPLETE, "q4", 13.0),
    over(core_stock::COMPLETE, "q1", "q1, compiled in", 1.5),
    over(core_stock::COMPLETE, "q2", "q2, compiled in", 1.5),
    over(core_stock::COMPLETE, "q3", "q3, compiled in", 1.5),
    over(core_stock::COMPLETE, "q4", "q4, compiled in", 1.5),
    rate(core_stock::NEVER, "q6", 25.0),
    rate(core_stock::NEVER, "q7", 25.0),
    rate(core_stock::NEVER, "q8", 25.0),
    rate(core_stock::NEVER, "q9", 25.0),
    over(peer::NAME, peer::OURS_ANY, peer::VARPULIS_ANY, 0.1),
    over(peer::NAME, peer::OURS_NEXT, peer::VARPULIS_NEXT, 0.1),
    over(window::NAME, window::LONG, window::SHORT, 1.3),
    at_most(storm::NAME, storm::STARTS, Metric::LastOverFirst, 1.2),
    at_most(spike::NAME, spike::REGISTERS, Metric::PerEvent, 60.0),
    at_most(many::NAME, many::SHARED, Metric::PerEvent, 100.0),
    at_most(many::NAME, many::RUNS, Metric::PerEvent, 100.0),
    at_most(many::NAME, many::TEN, Metric::PerEvent, 400.0),
    at_most(latency::NAME, "q6", Metric::P50, 60.0),
    at_most(latency::NAME, "q7", Metric::P50, 60.0),
    at_most(latency::NAME, "q8", Metric::P50, 60.0),
    at_most(latency::NAME, "q9", Metric::P50, 60.0),
    at_most(latency::NAME, "q6", Metric::P99_9, 500.0),
    at_most(latency::NAME, "q7", Metric::P99_9, 500.0),
    at_most(latency::NAME, "q8", Metric::P99_9, 500.0),
    at_most(latency::NAME, "q9", Metric::P99_9, 500.0),
];

/// Every goal of the scenarios that were measured.
///
/// Rates on stock trades are promised for the `published` ones; generated ones tell nothing.
pub(crate) fn judge(all: &[Series], published: bool) -> Vec<Goal> {
    let mut goals = goals::judge(&PROMISES, all);
    let on_stock = [core_stock::COMPLETE, core_stock::NEVER];
    for goal in goals.iter_mut().filter(|goal| on_stock.contains(&goal.scenario.as_str())) {
        if !published {
            goal.verdict = GoalVerdict::CannotTell;
        }
    }
    goals
}
