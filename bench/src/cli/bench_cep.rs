//! `tourbillon bench cep`: the matchers on events in memory, beside others and beside the goals.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::host::{self, Host};
use super::{Ended, Output, print_json, print_line, progress, units};
use crate::cep::{self, Setup};
use crate::measure::validity::Validity;
use crate::report::contenders::{ContendersReport, text};
use crate::report::model::{SCHEMA_VERSION, Status};
use crate::trial::probe_cores;

/// Where CORE's trades lie beside a working copy.
const STOCK: &str = "../shared/data/core-stock/stock_data.csv.xz";
/// Events of the start storm.
const STORM: u64 = 10_000_000;
const QUICK_STORM: u64 = 100_000;

/// Options of `bench cep`.
#[derive(Debug, Args)]
pub(crate) struct CepArgs {
    /// Events of the reference stream
    #[arg(long, default_value = "1M", value_parser = units::count)]
    events: u64,
    /// Rounds; each measures every contender once
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Two rounds of short trials: to see that everything works, not to quote
    #[arg(long, conflicts_with_all = ["rounds", "events"])]
    quick: bool,
    /// Run the trials before everything else on the machine (SCHED_FIFO, in bursts under a second).
    /// On a busy machine the only way to a figure; it disturbs whatever else runs there
    #[arg(long)]
    real_time: bool,
    /// Only this scenario (repeatable)
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(cep::SCENARIOS))]
    scenario: Vec<String>,
    /// Fail unless this peer is built in (repeatable)
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(cep::PEERS))]
    peer: Vec<String>,
    /// CORE's stock trades; generated ones of their shape where the file is missing
    #[arg(long, value_name = "FILE", default_value = STOCK)]
    stock: PathBuf,
}

impl CepArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let mut host = Host::examine(1, probe_cores());
        let setup = Setup {
            clock: host.calibration.clock,
            events: if self.quick { 50_000 } else { self.events },
            storm: if self.quick { QUICK_STORM } else { STORM },
            stock: &self.stock,
            peers: &self.peer,
        };
        let (scenarios, notes) = cep::scenarios(&self.scenario, &setup)?;
        notes.iter().for_each(|note| eprintln!("tourbillon: note: {note}"));
        let rounds = if self.quick { 2 } else { self.rounds };
        let contenders = scenarios.iter().map(|scenario| scenario.contenders.len()).sum::<usize>();
        let bar = progress::steps(u64::from(rounds) * contenders as u64);
        let measured = cep::run(scenarios, rounds as usize, self.real_time, |trial| {
            bar.set_message(trial.to_owned());
            bar.inc(1);
        });
        bar.finish_and_clear();
        let series = measured?;
        host.calibration.finish();
        let mut validity = Validity::new();
        validity.clock(&host.calibration);
        let reasons = validity.reasons().to_vec();
        let report = ContendersReport {
            schema_version: SCHEMA_VERSION,
            status: if reasons.is_empty() { Status::Valid } else { Status::Invalid },
            reasons,
            notes,
            rounds,
            quick: self.quick,
            real_time: self.real_time,
            rows: cep::rows(&series),
            goals: cep::judge(&series, self.stock.exists()),
            grade: host.grade(),
            clock: host.calibration.sentences(),
            environment: host::environment(),
        };
        if output.json {
            print_json(&report)?;
        } else {
            print_line(&text(&report, "Matching on one core, events in memory", "matches"))?;
        }
        Ok(Ended::valid(report.status == Status::Valid))
    }
}
