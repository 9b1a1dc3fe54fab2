//! The matcher's benchmark, as JSON and on a terminal.

use serde::Serialize;

use super::grid;
use super::human::{count, nanos, rate, times};
use super::model::PairedRatio;

/// What `bench cep --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CepReport {
    /// Version of this object.
    pub schema_version: u32,
    /// Events of the reference stream.
    pub events: u64,
    /// Rounds.
    pub rounds: u32,
    /// Matches that every contender found in every round.
    pub matches: u64,
    /// Their checksum.
    pub checksum: String,
    /// The contenders, the hand-written loop first.
    pub rows: Vec<Row>,
    /// Grade of the host.
    pub grade: String,
}

/// One contender.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Who.
    pub name: String,
    /// Median over rounds.
    pub ns_per_event: f64,
    /// The same as a rate.
    pub events_per_second: f64,
    /// Time per event over that of the hand-written loop, pair by pair.
    pub against_hand_written: PairedRatio,
}

/// The report on a terminal.
#[must_use]
pub fn text(report: &CepReport) -> String {
    let row = |row: &Row| {
        let ratio = &row.against_hand_written;
        vec![
            row.name.clone(),
            nanos(row.ns_per_event),
            rate(row.events_per_second),
            format!("{:.2}", 1.0 / ratio.ratio),
            format!("{} .. {}", times(ratio.low), times(ratio.high)),
        ]
    };
    let header = ["", "per event", "rate", "of hand's", "time, 95 %"];
    format!(
        "Reference pattern, {} events in memory, one thread, {} rounds, host grade {}\n\
         Every contender found {} matches, checksum {}, in every round\n\n{}",
        count(report.events),
        report.rounds,
        report.grade,
        count(report.matches),
        report.checksum,
        grid::numbers(&header, report.rows.iter().map(row))
    )
}
