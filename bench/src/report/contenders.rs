//! Contenders beside each other on one core: what `bench cep --json` and `bench feeds --json` print, and
//! the same on a terminal.

use serde::Serialize;

use super::grid;
use super::human::{NOT_AVAILABLE, count, decimal, nanos, rate};
use super::model::Status;
use super::rings::GoalVerdict;

/// What `bench cep --json` and `bench feeds --json` print.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContendersReport {
    /// Version of this object.
    pub schema_version: u32,
    /// Whether the figures may be believed.
    pub status: Status,
    /// Why not, one sentence each.
    pub reasons: Vec<String>,
    /// What was not measured, or not as it should be, and why.
    pub notes: Vec<String>,
    /// Rounds; each measures every contender once.
    pub rounds: u32,
    /// Whether the trials were too short to be quoted.
    pub quick: bool,
    /// Whether the trials ran before all other threads of the machine.
    pub real_time: bool,
    /// The contenders, scenario by scenario; `matches` counts what came out.
    pub rows: Vec<Row>,
    /// What was promised, and whether it was kept.
    pub goals: Vec<Goal>,
    /// Grade of the host.
    pub grade: String,
    /// The clock: frequency, resolution, cost, drift, in sentences.
    pub clock: Vec<String>,
    /// Cpu, kernel, toolchain, version: name and value.
    pub environment: Vec<(String, String)>,
}

/// One contender.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What had to be done.
    pub scenario: String,
    /// The same in a sentence.
    pub about: String,
    /// Who did it.
    pub name: String,
    /// Events of a trial.
    pub events: u64,
    /// Matches found in every round.
    pub matches: u64,
    /// The sum over all matches of a hash of their sequences.
    pub checksum: String,
    /// Median over rounds; `null` where the time of single events is measured.
    pub events_per_second: Option<f64>,
    /// What was measured.
    pub figures: Vec<Figure>,
}

/// A figure over all rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Of what.
    pub metric: String,
    /// `ns`, `ratio`, `bytes`, `messages` or `ppm`.
    pub unit: String,
    /// Median over rounds.
    pub median: f64,
    /// Lower end of the median's 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Goal {
    /// Scenario.
    pub scenario: String,
    /// Contender.
    pub candidate: String,
    /// Of what the limit is a limit.
    pub what: String,
    /// `/s`, `ns` or `ratio`.
    pub unit: String,
    /// `at most` or `at least`.
    pub relation: String,
    /// The limit, in the unit.
    pub limit: f64,
    /// The median over rounds; `null` if it was not measured.
    pub measured: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Rounds.
    pub pairs: u32,
    /// Kept?
    pub verdict: GoalVerdict,
}

/// The report on a terminal; `subject` says what was measured and how, `found` what is counted.
#[must_use]
pub fn text(report: &ContendersReport, subject: &str, found: &str) -> String {
    let mut parts = vec![head(report, subject)];
    let tables = report.rows.chunk_by(|a, b| a.scenario == b.scenario);
    parts.extend(tables.map(|rows| table(rows, found)));
    parts.push(goals(&report.goals));
    parts.extend(report.notes.iter().map(|note| format!("Note: {note}.")));
    parts.push(report.clock.join("\n"));
    parts.join("\n\n")
}

fn head(report: &ContendersReport, subject: &str) -> String {
    let mut lines = Vec::new();
    if report.status == Status::Invalid {
        lines.push("INVALID: no figure of this run may be quoted.".to_owned());
        lines.extend(report.reasons.iter().map(|reason| format!("  {reason}")));
    }
    if report.quick {
        lines.push("Quick: the trials are too short for their figures to be quoted.".to_owned());
    }
    lines.push(format!(
        "{subject}, medians over {} rounds, {} priority, host grade {}",
        report.rounds,
        if report.real_time { "real-time" } else { "normal" },
        report.grade
    ));
    lines.join("\n")
}

/// A scenario's rows; `found` is what their counts are counts of.
fn table(rows: &[Row], found: &str) -> String {
    let first = &rows[0];
    let mut header = vec![""];
    for figure in &first.figures {
        header.push(&figure.metric);
        if header.len() == 2 {
            header.push("95 %");
        }
    }
    if first.events_per_second.is_some() {
        header.push("rate");
    }
    header.extend([found, "checksum"]);
    let cells = |row: &Row| {
        let mut cells = vec![row.name.clone()];
        for (at, figure) in row.figures.iter().enumerate() {
            cells.push(value(&figure.unit, figure.median));
            if at == 0 {
                cells.push(interval(&figure.unit, figure.low, figure.high));
            }
        }
        cells.extend(row.events_per_second.map(rate));
        cells.extend([count(row.matches), row.checksum.clone()]);
        cells
    };
    format!(
        "{}: {}; {} events\n{}",
        first.scenario,
        first.about,
        count(first.events),
        grid::numbers(&header, rows.iter().map(cells)).trim_fmt()
    )
}

fn value(unit: &str, value: f64) -> String {
    match unit {
        "ns" => nanos(value),
        "/s" => rate(value),
        "bytes" => format!("{} KiB", count((value / 1024.0) as u64)),
        "ppm" => format!("{} %", decimal(value / 1e4)),
        "messages" => decimal(value),
        _ => format!("{value:.2}"),
    }
}

fn interval(unit: &str, low: f64, high: f64) -> String {
    let (low, high) = (value(unit, low), value(unit, high));
    match (low.split_once(' '), high.split_once(' ')) {
        (Some((number, below)), Some((_, above))) if below == above => {
            format!("{number} .. {high}")
        }
        _ => format!("{low} .. {high}"),
    }
}

fn goals(goals: &[Goal]) -> String {
    let cells = |goal: &Goal| {
        let measured = match (goal.measured, goal.low, goal.high) {
            (Some(median), Some(low), Some(high)) => {
                format!("{} ({})", value(&goal.unit, median), interval(&goal.unit, low, high))
            }
            _ => NOT_AVAILABLE.to_owned(),
        };
        let verdict = match goal.verdict {
            GoalVerdict::Met => "met",
            GoalVerdict::Missed => "MISSED",
            GoalVerdict::CannotTell => "cannot tell",
        };
        vec![
            format!("{} {}: {}", goal.scenario, goal.candidate, goal.what),
            format!("{} {}", goal.relation, value(&goal.unit, goal.limit)),
            measured,
            verdict.to_owned(),
        ]
    };
    let header = ["Goals", "promised", "measured (95 %)", ""];
    grid::numbers(&header, goals.iter().map(cells)).trim_fmt()
}
