//! `tourbillon bench cep`: the matchers on events in memory, beside others and beside the goals.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::host::Host;
use super::turns::TurnsArgs;
use super::{Ended, Output, progress, units};
use crate::cep::{self, Setup};
use crate::contenders;
use crate::trial::probe_cores;

/// Where CORE's trades lie beside a working copy.
const STOCK: &str = "../shared/data/core-stock/stock_data.csv.xz";
/// Events of the start storm.
const STORM: u64 = 10_000_000;
const QUICK: u64 = 50_000;
const QUICK_STORM: u64 = 100_000;

/// Options of `bench cep`.
#[derive(Debug, Args)]
pub(crate) struct CepArgs {
    /// Events of the reference stream
    #[arg(long, default_value = "1M", value_parser = units::count)]
    events: u64,
    #[command(flatten)]
    turns: TurnsArgs,
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
        let host = Host::examine(1, probe_cores());
        let turns = self.turns;
        let setup = Setup {
            clock: host.calibration.clock,
            events: if turns.quick { QUICK } else { self.events },
            storm: if turns.quick { QUICK_STORM } else { STORM },
            stock: &self.stock,
            peers: &self.peer,
        };
        let (scenarios, notes) = cep::scenarios(&self.scenario, &setup)?;
        notes.iter().for_each(|note| eprintln!("tourbillon: note: {note}"));
        let trials = scenarios.iter().map(|scenario| scenario.contenders.len()).sum::<usize>();
        let bar = progress::steps((turns.rounds() * trials) as u64);
        let measured = contenders::run(scenarios, turns.rounds(), turns.real_time, |trial| {
            bar.set_message(trial.to_owned());
            bar.inc(1);
        });
        bar.finish_and_clear();
        let series = measured?;
        let goals = cep::judge(&series, self.stock.exists());
        let told = ("Matching on one core, events in memory", "matches");
        turns.end(host, output, told, &series, goals, notes)
    }
}
