//! The rings' benchmark on a terminal of 80 columns.

use super::{Goal, GoalVerdict, RingsReport, Row};
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
        "Rings of {} slots, {} rounds, host grade {}; medians over rounds",
        report.capacity, report.rounds, report.grade
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
    let head = format!(
        "{}  (floor {lowest:.0} to {highest:.0} ns, load average {calm:.1} to {busy:.1})",
        what.join(", ")
    );
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    let table = if first.rate.is_some() { rates(&rows) } else { latencies(&rows) };
    format!("{head}\n{table}")
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(low, high), value| (value.min(low), value.max(high)))
}

/// The best first.
fn rank(row: &Row) -> f64 {
    let rate = row.rate.map(|rate| -rate.events_per_second);
    rate.or(row.latency_ns.map(|latency| latency.p50)).unwrap_or(0.0)
}

fn name(row: &Row) -> String {
    format!("{} {} B", row.peer, row.event_bytes)
}

fn latencies(rows: &[&Row]) -> String {
    let paced = rows.iter().any(|row| row.latency_ns.is_some_and(|l| l.gap_p99_9.is_some()));
    let base = if paced { "x disruptor" } else { "x floor" };
    let mut header = vec!["", "n", "p50", "p90", "p99", "p99.9"];
    header.extend(if paced { vec!["gap p99.9", "kept", base] } else { vec![base, "95 %"] });
    let optional = |time: Option<f64>| time.map_or(NOT_AVAILABLE.to_owned(), nanos);
    let cells = |row: &&Row| {
        let mut cells = vec![name(row), row.rounds.to_string()];
        if let Some(l) = row.latency_ns {
            cells.extend([nanos(l.p50), nanos(l.p90), optional(l.p99), optional(l.p99_9)]);
            if paced {
                let kept = l
                    .kept_share
                    .map_or(NOT_AVAILABLE.to_owned(), |k| format!("{:.1} %", k * 100.0));
                cells.extend([optional(l.gap_p99_9), kept]);
            }
        }
        let [ratio, interval] = against(row.against.as_ref());
        cells.push(ratio);
        if !paced {
            cells.push(interval);
        }
        cells
    };
    grid::numbers(&header, rows.iter().map(cells)).trim_fmt()
}

fn rates(rows: &[&Row]) -> String {
    let cells = |row: &&Row| {
        let mut cells = vec![name(row), row.rounds.to_string()];
        if let Some(r) = row.rate {
            let batch = r.mean_batch.map_or(NOT_AVAILABLE.to_owned(), |mean| format!("{mean:.1}"));
            let overall = r.overall_per_second.map_or(NOT_AVAILABLE.to_owned(), rate);
            cells.extend([rate(r.events_per_second), overall, batch]);
        }
        cells.extend(against(row.against.as_ref()));
        cells
    };
    let base = if rows.iter().any(|row| row.peer == "disruptor") {
        "x disruptor"
    } else {
        "x disruptor-multi"
    };
    let header = ["", "n", "rate", "overall", "mean batch", base, "95 %"];
    grid::numbers(&header, rows.iter().map(cells)).trim_fmt()
}

/// The ratio and its interval.
fn against(ratio: Option<&PairedRatio>) -> [String; 2] {
    match ratio {
        Some(ratio) if ratio.pairs > 0 => {
            [format!("{:.2}", ratio.ratio), format!("{:.2} .. {:.2}", ratio.low, ratio.high)]
        }
        _ => [NOT_AVAILABLE.to_owned(), NOT_AVAILABLE.to_owned()],
    }
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
