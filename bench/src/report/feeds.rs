//! The benchmark of feeds: what `bench feeds --json` prints, and the same on a terminal.

use serde::Serialize;

use super::cep::{Goal, Row, goals, table};
use super::model::Status;

/// What `bench feeds --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedsReport {
    /// Version of this object.
    pub schema_version: u32,
    /// Whether the figures may be believed.
    pub status: Status,
    /// Why not, one sentence each.
    pub reasons: Vec<String>,
    /// What was not measured, and why.
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

/// The report on a terminal.
#[must_use]
pub fn text(report: &FeedsReport) -> String {
    let mut parts = vec![head(report)];
    let tables = report.rows.chunk_by(|a, b| a.scenario == b.scenario);
    parts.extend(tables.map(|rows| table(rows, "out")));
    parts.push(goals(&report.goals));
    parts.extend(report.notes.iter().map(|note| format!("Note: {note}.")));
    parts.push(report.clock.join("\n"));
    parts.join("\n\n")
}

fn head(report: &FeedsReport) -> String {
    let mut lines = Vec::new();
    if report.status == Status::Invalid {
        lines.push("INVALID: no figure of this run may be quoted.".to_owned());
        lines.extend(report.reasons.iter().map(|reason| format!("  {reason}")));
    }
    if report.quick {
        lines.push("Quick: the trials are too short for their figures to be quoted.".to_owned());
    }
    lines.push(format!(
        "Feeds on one core, data in memory, processor time, medians over {} rounds, {} priority, host grade {}",
        report.rounds,
        if report.real_time { "real-time" } else { "normal" },
        report.grade
    ));
    lines.join("\n")
}
