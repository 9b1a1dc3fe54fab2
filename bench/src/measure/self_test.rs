//! The harness proves itself against answers known in closed form.
//!
//! A latency figure is only as good as the instrument, and an instrument that hides stalls prints
//! beautiful figures. Each check here runs the real pacer, histograms, rules and comparisons
//! over an engine or a host from [`fake`](super::fake), whose true figures are known.

use super::{
    fake::{FakeEngine, Fault, NoisyHost, Stall},
    histogram::Histogram,
    pairs::{self, Comparison, Verdict},
    schedule::{Schedule, ScheduleError},
};
use crate::report::model::Status;
use serde::Serialize;

/// One thing that the harness must get right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Did it hold?
    pub passed: bool,
    /// The figures, or what went wrong.
    pub detail: String,
}

/// Either way, what to tell.
type Outcome = Result<String, String>;

/// Runs every check; under a second, the same every time.
pub fn run() -> Vec<Check> {
    vec![
        check("coordinated omission", coordinated_omission()),
        check("known distribution", known_distribution()),
        check("lost, repeated, swapped events", faulty_engines()),
        check("rate too high", rate_too_high()),
        check("the same against itself", no_false_alarms()),
        check("a difference of 3 %", three_percent_found()),
    ]
}

fn check(name: &'static str, outcome: Outcome) -> Check {
    Check { name, passed: outcome.is_ok(), detail: outcome.unwrap_or_else(|failure| failure) }
}

/// A stall of 20 ms in every second, at 100,000 events/s for 10 s; otherwise 500 ns an event.
mod stalled {
    use super::*;

    const LATENCY_NS: u64 = 500;
    const STALL: Stall = Stall { period_ns: 1_000_000_000, length_ns: 20_000_000 };
    pub(super) const QUANTILES: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 0.9999];

    pub(super) fn engine() -> FakeEngine {
        FakeEngine { latency_ns: vec![LATENCY_NS], stall: Some(STALL), ..FakeEngine::default() }
    }

    pub(super) fn schedule() -> Result<Schedule, ScheduleError> {
        Schedule::fixed(100_000, 1_000_000)
    }

    /// Events due in a stall of length `D` wait for its end, so their extra waiting is uniform
    /// over 0 to `D`; they are the share `D / T` of all. Hence beyond `q = 1 - D / T` the
    /// quantile rises in a straight line from 0 to `D`, with slope `T`.
    pub(super) fn response_ns(q: f64) -> u64 {
        let waited = STALL.length_ns as f64 - (1.0 - q) * STALL.period_ns as f64;
        LATENCY_NS + waited.max(0.0).round() as u64
    }

    /// Holds a measured distribution against the closed form, to one bucket of the histogram.
    pub(super) fn agrees(measured: &Histogram) -> Outcome {
        for q in QUANTILES {
            let (is, should) = (measured.value_at(q), response_ns(q));
            if is.abs_diff(should) > measured.bucket_width(should) {
                return Err(format!("p{} is {is} ns, should be {should} ns", q * 100.0));
            }
        }
        Ok(format!("p99 {} ns, p99.9 {} ns", measured.value_at(0.99), measured.value_at(0.999)))
    }
}

/// The stalls are all there from intended times, and all but gone from actual ones.
fn coordinated_omission() -> Outcome {
    let run = stalled::engine().run(&stalled::schedule().map_err(|error| error.to_string())?);
    let response = stalled::agrees(&run.response)?;
    match stalled::agrees(&run.service) {
        Ok(_) => Err("the service time shows the stalls, so this check proves nothing".into()),
        Err(_) => Ok(format!(
            "{response}, as computed; measured from the actual send, p99.9 would read {} ns",
            run.service.value_at(0.999)
        )),
    }
}

/// Latencies with quantile function `500 / sqrt(1 - q)` ns, in scrambled order.
fn known_distribution() -> Outcome {
    const EVENTS: u64 = 100_000;
    const STRIDE: u64 = 61_803; // prime to the number of events, so it visits each rank once
    let at_rank = |rank: u64| {
        let q = (rank as f64 + 0.5) / EVENTS as f64;
        (500.0 / (1.0 - q).sqrt()).round() as u64
    };
    let latency_ns = (0..EVENTS).map(|n| at_rank(n * STRIDE % EVENTS)).collect();
    let engine = FakeEngine { latency_ns, ..FakeEngine::default() };
    let schedule = Schedule::fixed(1_000_000, EVENTS).map_err(|error| error.to_string())?;
    let measured = engine.run(&schedule).response;

    let mut worst: f64 = 0.0;
    for q in [0.5, 0.9, 0.99, 0.999, 0.9999] {
        let truth = at_rank((q * EVENTS as f64).round() as u64 - 1) as f64;
        worst = worst.max((measured.value_at(q) as f64 / truth - 1.0).abs());
    }
    let detail = format!("p50 to p99.99 recovered within {:.3} %", worst * 100.0);
    if worst <= 0.001 { Ok(detail) } else { Err(detail) }
}

/// Each fault makes the run invalid, and the faultless engine's run is valid.
fn faulty_engines() -> Outcome {
    let schedule = Schedule::fixed(1_000_000, 10_000).map_err(|error| error.to_string())?;
    let status = |fault| {
        let engine = FakeEngine { latency_ns: vec![500], fault, ..FakeEngine::default() };
        engine.run(&schedule).validity().status()
    };
    if status(None) != Status::Valid {
        return Err("a faultless run was found invalid".into());
    }
    // The first event, one in the middle and the last.
    let faults = [
        Fault::Lose(0),
        Fault::Lose(5_000),
        Fault::Lose(9_999),
        Fault::Repeat(0),
        Fault::Repeat(9_999),
        Fault::Swap(5_000),
    ];
    for fault in faults {
        if status(Some(fault)) != Status::Invalid {
            return Err(format!("a run with {fault:?} was found valid"));
        }
    }
    Ok(format!("{} of {} found", faults.len(), faults.len()))
}

/// An engine that takes an event per microsecond is fed at, just above, and far above that.
fn rate_too_high() -> Outcome {
    let engine = FakeEngine { accept_ns: 1_000, ..FakeEngine::default() };
    let judged = |rate_eps| -> Result<_, String> {
        let schedule = Schedule::fixed(rate_eps, 1_000_000).map_err(|error| error.to_string())?;
        let run = engine.run(&schedule);
        Ok((run.validity().status(), run.paced.kept_share()))
    };
    for (rate_eps, expected) in
        [(1_000_000, Status::Valid), (1_002_000, Status::Invalid), (2_000_000, Status::Invalid)]
    {
        let (status, kept) = judged(rate_eps)?;
        if status != expected || (kept - 1e6 / rate_eps as f64).abs() > 1e-4 {
            return Err(format!("at {rate_eps}/s: {status:?}, {:.3} % kept", kept * 100.0));
        }
    }
    Ok("1,002,000/s offered to an engine that takes 1,000,000/s is found out".into())
}

const REPETITIONS: u64 = 20;
const ROUNDS: usize = 30;
const SAME_WITHIN: f64 = 0.01;

/// One comparison on a noisy host, its trials in the given order.
fn compared(seed: u64, candidate_ns: f64, order: impl Iterator<Item = pairs::Trial>) -> Comparison {
    let mut host = NoisyHost::new(seed);
    let mut measured = [vec![0.0; ROUNDS], vec![0.0; ROUNDS]];
    for trial in order {
        let truth = [1_000.0, candidate_ns][trial.configuration];
        measured[trial.configuration][trial.round] = host.trial(truth);
    }
    pairs::compare(&measured[0], &measured[1], SAME_WITHIN)
}

fn count(verdicts: &[Verdict], is_counted: impl Fn(Verdict) -> bool) -> usize {
    verdicts.iter().filter(|&&verdict| is_counted(verdict)).count()
}

/// Nothing against itself: interleaved, at most one alarm in twenty; one after the other, many.
fn no_false_alarms() -> Outcome {
    let one_after_the_other = || {
        (0..2).flat_map(|configuration| {
            (0..ROUNDS).map(move |round| pairs::Trial { round, configuration })
        })
    };
    let verdicts = |sequential: bool| -> Vec<Verdict> {
        let one = |seed| match sequential {
            true => compared(seed, 1_000.0, one_after_the_other()).verdict,
            false => compared(seed, 1_000.0, pairs::abba(2, ROUNDS)).verdict,
        };
        (0..REPETITIONS).map(one).collect()
    };
    let alarm = |verdict| matches!(verdict, Verdict::Lower | Verdict::Higher);
    let interleaved = count(&verdicts(false), alarm);
    let sequential = count(&verdicts(true), alarm);
    let detail = format!(
        "{interleaved} false alarms of {REPETITIONS} interleaved, {sequential} one after the other"
    );
    if interleaved <= 1 && sequential >= 5 { Ok(detail) } else { Err(detail) }
}

/// A candidate 3 % slower is called slower in at least nineteen of twenty comparisons.
fn three_percent_found() -> Outcome {
    let one = |seed| compared(seed, 1_030.0, pairs::abba(2, ROUNDS)).verdict;
    let verdicts: Vec<Verdict> = (0..REPETITIONS).map(one).collect();
    let found = count(&verdicts, |verdict| verdict == Verdict::Higher);
    let detail = format!("found {found} times of {REPETITIONS}");
    if found >= 19 { Ok(detail) } else { Err(detail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_passes() {
        for check in run() {
            assert!(check.passed, "{}: {}", check.name, check.detail);
        }
    }

    /// The check must be able to fail: here it is given the wrong histogram.
    #[test]
    fn the_stall_model_refuses_service_times() {
        let run = stalled::engine().run(&stalled::schedule().unwrap());
        assert!(stalled::agrees(&run.service).is_err());
        for q in [0.99, 0.999] {
            assert!(run.service.value_at(q) * 1_000 < stalled::response_ns(q));
        }
    }
}
