//! Benchmarks in which contenders take turns: their options, and their end.

use clap::Args;

use super::host::{self, Host};
use super::{Ended, Output, print_json, print_line};
use crate::contenders::{Series, rows};
use crate::measure::validity::Validity;
use crate::report::contenders::{ContendersReport, Goal, text};
use crate::report::model::{SCHEMA_VERSION, Status};

const QUICK_ROUNDS: u32 = 2;

/// Options of every such benchmark.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TurnsArgs {
    /// Rounds; each measures every contender once
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Two rounds of short trials: to see that everything works, not to quote
    #[arg(long, conflicts_with_all = ["rounds", "events"])]
    pub(crate) quick: bool,
    /// Run the trials before everything else on the machine (SCHED_FIFO, in bursts under a second).
    /// On a busy machine the only way to a figure; it disturbs whatever else runs there
    #[arg(long)]
    pub(crate) real_time: bool,
}

impl TurnsArgs {
    pub(crate) fn rounds(&self) -> usize {
        (if self.quick { QUICK_ROUNDS } else { self.rounds }) as usize
    }

    /// Prints what was measured; `subject` says what that is, `found` what its counts count.
    pub(crate) fn end(
        &self,
        mut host: Host,
        output: Output,
        (subject, found): (&str, &str),
        series: &[Series],
        goals: Vec<Goal>,
        notes: Vec<String>,
    ) -> anyhow::Result<Ended> {
        host.calibration.finish();
        let mut validity = Validity::new();
        validity.clock(&host.calibration);
        let reasons = validity.reasons().to_vec();
        let report = ContendersReport {
            schema_version: SCHEMA_VERSION,
            status: if reasons.is_empty() { Status::Valid } else { Status::Invalid },
            reasons,
            notes,
            rounds: self.rounds() as u32,
            quick: self.quick,
            real_time: self.real_time,
            rows: rows(series),
            goals,
            grade: host.grade(),
            clock: host.calibration.sentences(),
            environment: host::environment(),
        };
        if output.json {
            print_json(&report)?;
        } else {
            print_line(&text(&report, subject, found))?;
        }
        Ok(Ended::valid(report.status == Status::Valid))
    }
}
