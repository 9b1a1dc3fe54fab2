//! The rings' benchmark on a terminal of 80 columns.

use super::{Goal, GoalVerdict, LatencyRow, RateRow, RingsReport, Row};
use crate::report::grid;
use crate::report::human::{NOT_AVAILABLE, nanos, rate, times};
use crate::report::model::{PairedRatio, Status};

/// The report on a terminal.
#[must_use]
pub fn text(report: &RingsReport) -> String {
    let mut parts = vec![head(report)];
    parts.extend(tables(&report.rows));
    parts.push(goals(&report.goals));
    parts.extend(report.skipped.iter().map(|skipped| format!("Skipped: {skipped}.")));
    parts.push(report.clock.join("\n"));
    parts.join("\n\n")
}

fn head(report: &RingsReport) -> String {
    let mut lines = Vec::new();
    if report.status == Status::Invalid {
        lines.push("INVALID: no figure of this run may be quoted.".to_owned());
        lines.extend(report.reasons.iter().map(|reason| format!("  {reason}")));
    }
    if report.quick {
        lines.push("Quick: the trials are too short for their figures to be quoted.".to_owned());
    }
    lines.push(format!(
        "Rings of {} slots, medians over {} rounds, {} priority, host grade {}",
        report.capacity,
        report.rounds,
        if report.real_time { "real-time" } else { "normal" },
        report.grade
    ));
    lines.push(format!("Trials dropped because the floor moved under them: {}", report.dropped));
    lines.join("\n")
}

/// Rows whose figures may be compared.
fn same_table(a: &Row, b: &Row) -> bool {
    (&a.scenario, &a.variant, &a.placement) == (&b.scenario, &b.variant, &b.placement)
}

fn tables(rows: &[Row]) -> Vec<String> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| same_table(group[0], row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups.into_iter().map(|group| table(&group)).collect()
}

fn table(rows: &[&Row]) -> String {
    let first = rows[0];
    let what = [&first.scenario, &first.variant, &first.placement];
    let what: Vec<&str> = what.into_iter().map(String::as_str).filter(|w| !w.is_empty()).collect();
    let (lowest, highest) = range(rows.iter().map(|row| row.floor_ns));
    let (calm, busy) = range(rows.iter().map(|row| row.load_average));
    let base = rows.iter().find_map(|row| row.against.as_ref()?.label.split(" / ").nth(1));
    let ratio = base.map_or(String::new(), |base| format!("; ratio to {base}"));
    let head = format!(
        "{}: floor {lowest:.0} to {highest:.0} ns, load {calm:.1} to {busy:.1}{ratio}",
        what.join(", ")
    );
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    let columns = match (first.rate, first.latency_ns) {
        (Some(_), _) => &RATE[..],
        (_, Some(LatencyRow { gap_p99_9: Some(_), .. })) => &OPEN_LOOP[..],
        _ => &ROUND_TRIP[..],
    };
    let header: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let cells = rows.iter().map(|row| columns.iter().map(|(_, cell)| cell(row)).collect());
    format!("{head}\n{}", grid::numbers(&header, cells).trim_fmt())
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(low, high), value| (value.min(low), value.max(high)))
}

/// The best first.
fn rank(row: &Row) -> f64 {
    let rate = row.rate.map(|rate| -rate.events_per_second);
    rate.or(row.latency_ns.map(|latency| latency.p50)).unwrap_or(0.0)
}

/// A heading, and what stands below it in a row.
type Column = (&'static str, fn(&Row) -> String);

const NAME: Column = ("", |row| format!("{} {} B", row.peer, row.event_bytes));
const ROUNDS: Column = ("n", |row| row.rounds.to_string());
const P50: Column = ("p50", |row| time(row, |l| Some(l.p50)));
const P99: Column = ("p99", |row| time(row, |l| l.p99));
const P99_9: Column = ("p99.9", |row| time(row, |l| l.p99_9));
const RATIO: Column = ("ratio", |row| match measured(row) {
    Some(ratio) => format!("{:.2}", ratio.ratio),
    None => NOT_AVAILABLE.to_owned(),
});
const INTERVAL: Column = ("95 %", |row| match measured(row) {
    Some(ratio) => format!("{:.2} .. {:.2}", ratio.low, ratio.high),
    None => NOT_AVAILABLE.to_owned(),
});

const ROUND_TRIP: [Column; 7] = [NAME, ROUNDS, P50, P99, P99_9, RATIO, INTERVAL];

const OPEN_LOOP: [Column; 8] = [
    NAME,
    ROUNDS,
    P50,
    P99,
    P99_9,
    ("gap p99.9", |row| time(row, |l| l.gap_p99_9)),
    ("kept", |row| {
        let kept = row.latency_ns.and_then(|l| l.kept_share);
        kept.map_or(NOT_AVAILABLE.to_owned(), |share| format!("{:.1}%", share * 100.0))
    }),
    RATIO,
];

const RATE: [Column; 7] = [
    NAME,
    ROUNDS,
    ("rate", |row| figure(row, |r| Some(rate(r.events_per_second)))),
    ("overall", |row| figure(row, |r| r.overall_per_second.map(rate))),
    ("batch", |row| figure(row, |r| r.mean_batch.map(|mean| format!("{mean:.1}")))),
    RATIO,
    INTERVAL,
];

fn time(row: &Row, time: fn(LatencyRow) -> Option<f64>) -> String {
    row.latency_ns.and_then(time).map_or(NOT_AVAILABLE.to_owned(), nanos)
}

fn figure(row: &Row, text: fn(RateRow) -> Option<String>) -> String {
    row.rate.and_then(text).unwrap_or(NOT_AVAILABLE.to_owned())
}

/// The ratio, if there are pairs.
fn measured(row: &Row) -> Option<&PairedRatio> {
    row.against.as_ref().filter(|ratio| ratio.pairs > 0)
}

fn goals(goals: &[Goal]) -> String {
    let cells = |goal: &Goal| {
        let (measured, pairs) = match &goal.hardest {
            Some(ratio) => (
                format!(
                    "{} {:.2} ({:.2} .. {:.2})",
                    ratio.label, ratio.ratio, ratio.low, ratio.high
                ),
                ratio.pairs.to_string(),
            ),
            None => ("not measured".to_owned(), "0".to_owned()),
        };
        let verdict = match goal.verdict {
            GoalVerdict::Met => "met",
            GoalVerdict::Missed => "MISSED",
            GoalVerdict::CannotTell => "cannot tell",
        };
        let limit = format!("{} {}", goal.relation, times(goal.limit));
        let mut form = format!("{} B", goal.event_bytes);
        for part in [Some(&goal.variant), goal.placement.as_ref()].into_iter().flatten() {
            if !part.is_empty() {
                form = format!("{form}, {part}");
            }
        }
        vec![format!("{}: {limit}", goal.goal), form, measured, pairs, verdict.to_owned()]
    };
    format!(
        "Goals (ratio to the hardest peer, 95 % interval, pairs)\n{}",
        grid::texts(goals.iter().map(cells)).trim_fmt()
    )
}
