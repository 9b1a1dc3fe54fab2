//! `tourbillon bench feeds`: decoding, journal and books, beside others and beside the goals.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::host::Host;
use super::turns::TurnsArgs;
use super::{Ended, Output, progress, units};
use crate::contenders;
use crate::feeds::{self, Setup};
use crate::trial::probe_cores;

/// Live orders of the deep books.
const LIVE: u64 = 2_000_000;
const QUICK: u64 = 20_000;

/// Options of `bench feeds`.
#[derive(Debug, Args)]
pub(crate) struct FeedsArgs {
    /// Events of a trial
    #[arg(long, default_value = "1M", value_parser = units::count)]
    events: u64,
    #[command(flatten)]
    turns: TurnsArgs,
    /// Only this scenario (repeatable)
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(feeds::SCENARIOS))]
    scenario: Vec<String>,
}

impl FeedsArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let host = Host::examine(1, probe_cores());
        let turns = self.turns;
        let setup = Setup {
            clock: host.calibration.clock,
            events: if turns.quick { QUICK } else { self.events },
            live: if turns.quick { QUICK } else { LIVE },
        };
        let waiting = progress::spinner("making the data");
        let mut series = Vec::new();
        // One after the other: the data of one scenario is enough to hold.
        for name in feeds::SCENARIOS {
            if !self.scenario.is_empty() && !self.scenario.iter().any(|wanted| wanted == name) {
                continue;
            }
            let scenario = feeds::scenario(name, &setup)?;
            let measured =
                contenders::run(vec![scenario], turns.rounds(), turns.real_time, |trial| {
                    waiting.set_message(trial.to_owned());
                });
            series.extend(measured?);
        }
        waiting.finish_and_clear();
        let goals = feeds::judge(&series);
        let told = ("Feeds on one core, data in memory, processor time", "out");
        turns.end(host, output, told, &series, goals, feeds::notes(&series))
    }
}
