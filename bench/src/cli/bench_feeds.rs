//! `tourbillon bench feeds`: decoding, journal and books, beside others and beside the goals.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::host::{self, Host};
use super::{Ended, Output, print_json, print_line, progress, units};
use crate::cep::run::{rows, run};
use crate::feeds::{self, Setup};
use crate::measure::validity::Validity;
use crate::report::contenders::{ContendersReport, text};
use crate::report::model::{SCHEMA_VERSION, Status};
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
    /// Rounds; each measures every contender once
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Two rounds of short trials: to see that everything works, not to quote
    #[arg(long, conflicts_with_all = ["rounds", "events"])]
    quick: bool,
    /// Run the trials before everything else on the machine (SCHED_FIFO).
    /// On a busy machine the only way to a figure; it disturbs whatever else runs there
    #[arg(long)]
    real_time: bool,
    /// Only this scenario (repeatable)
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(feeds::SCENARIOS))]
    scenario: Vec<String>,
}

impl FeedsArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let mut host = Host::examine(1, probe_cores());
        let setup = Setup {
            clock: host.calibration.clock,
            events: if self.quick { QUICK } else { self.events },
            live: if self.quick { QUICK } else { LIVE },
        };
        let rounds = if self.quick { 2 } else { self.rounds };
        let waiting = progress::spinner("making the data");
        let mut series = Vec::new();
        // One after the other: the data of one scenario is enough to hold.
        for name in feeds::SCENARIOS {
            if !self.scenario.is_empty() && !self.scenario.iter().any(|wanted| wanted == name) {
                continue;
            }
            let scenario = feeds::scenario(name, &setup)?;
            series.extend(run(vec![scenario], rounds as usize, self.real_time, |trial| {
                waiting.set_message(trial.to_owned());
            })?);
        }
        waiting.finish_and_clear();
        host.calibration.finish();
        let mut validity = Validity::new();
        validity.clock(&host.calibration);
        let reasons = validity.reasons().to_vec();
        let report = ContendersReport {
            schema_version: SCHEMA_VERSION,
            status: if reasons.is_empty() { Status::Valid } else { Status::Invalid },
            reasons,
            notes: feeds::notes(),
            rounds,
            quick: self.quick,
            real_time: self.real_time,
            rows: rows(&series),
            goals: feeds::judge(&series),
            grade: host.grade(),
            clock: host.calibration.sentences(),
            environment: host::environment(),
        };
        if output.json {
            print_json(&report)?;
        } else {
            print_line(&text(&report, "Feeds on one core, data in memory, processor time", "out"))?;
        }
        Ok(Ended::valid(report.status == Status::Valid))
    }
}
