//! `tourbillon bench rings`: our rings beside their peers and the floor.

use std::process;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::host::{self, Host};
use super::{Ended, Output, print_json, print_line, progress};
use crate::measure::cpu;
use crate::report::model::{SCHEMA_VERSION, Status};
use crate::report::rings::{RingsReport, text};
use crate::rings::{self, BATCH, CAPACITY, Measured, Plan, Setup, Size, Watchdog};
use crate::trial::probe_cores;

/// No trial is meant to take a tenth of it.
const LONGEST_TRIAL: Duration = Duration::from_secs(10);

/// Options of `bench rings`.
#[derive(Debug, Args)]
pub(crate) struct RingsArgs {
    /// Rounds; each measures every contender once
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Two rounds of very short trials: to see that everything works, not to quote
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,
    /// Run the trials before everything else on the machine (SCHED_FIFO, in bursts under a second).
    /// On a busy machine the only way to a one-way figure; it disturbs whatever else runs there
    #[arg(long)]
    real_time: bool,
    /// Only this scenario (repeatable)
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(rings::scenario_names()))]
    scenario: Vec<String>,
    /// Only this peer beside our own rings and the floor (repeatable)
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(rings::peer_names()))]
    peer: Vec<String>,
}

impl RingsArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let cores = probe_cores().context("rings are measured between two cores: give me two")?;
        if self.real_time {
            let allowed = thread::spawn(cpu::real_time).join().unwrap_or(false);
            ensure!(allowed, "--real-time needs the right to run SCHED_FIFO threads: ask root");
        }
        let mut host = Host::examine(2, Some(cores));
        let (scenarios, mut skipped) = rings::scenarios(&self.scenario, &self.peer);
        skipped.iter().for_each(|reason| eprintln!("tourbillon: skipped: {reason}"));
        let size = if self.quick { Size::QUICK } else { Size::FULL };
        let plan = Plan {
            setup: Setup { clock: host.calibration.clock, cores, size, real_time: self.real_time },
            rounds: if self.quick { 2 } else { self.rounds as usize },
            scenarios,
        };
        let empty = self.report(&plan, &host);
        let watchdog = Watchdog::new(LONGEST_TRIAL, move |trial| give_up(empty, &trial, output));
        let bar = progress::steps(plan.trials() as u64);
        let Measured { series, faults, skipped: failed } = rings::run(&plan, &watchdog, |trial| {
            bar.set_message(trial.to_owned());
            bar.inc(1);
        });
        bar.finish_and_clear();
        host.calibration.finish();
        skipped.extend(failed);
        let (rows, goals) = rings::summarise(&series);
        let report = RingsReport {
            status: if faults.is_empty() { Status::Valid } else { Status::Invalid },
            reasons: faults,
            skipped,
            dropped: series.iter().map(|series| series.dropped as u32).sum(),
            rows,
            goals,
            clock: host.calibration.sentences(),
            ..self.report(&plan, &host)
        };
        print(&report, output)?;
        Ok(Ended::valid(report.status == Status::Valid))
    }

    /// The report before anything was measured.
    fn report(&self, plan: &Plan, host: &Host) -> RingsReport {
        RingsReport {
            schema_version: SCHEMA_VERSION,
            status: Status::Invalid,
            reasons: Vec::new(),
            skipped: Vec::new(),
            rounds: plan.rounds as u32,
            quick: self.quick,
            real_time: self.real_time,
            capacity: CAPACITY as u64,
            batch: BATCH as u64,
            dropped: 0,
            rows: Vec::new(),
            goals: Vec::new(),
            grade: host.grade(),
            clock: host.calibration.sentences(),
            environment: host::environment(),
        }
    }
}

fn print(report: &RingsReport, output: Output) -> anyhow::Result<()> {
    if output.json { print_json(report) } else { print_line(&text(report)) }
}

/// Ends the process: the threads of a trial that makes no progress cannot be ended otherwise.
fn give_up(mut report: RingsReport, trial: &str, output: Output) {
    let limit = LONGEST_TRIAL.as_secs();
    let reason = format!("{trial} made no progress for {limit} s");
    eprintln!("tourbillon: {reason}: the run is invalid");
    report.reasons.push(reason);
    // Whoever reads it may have gone; the exit code says the same.
    let _ = print(&report, output);
    process::exit(4);
}
