//! `tourbillon compare`: both architectures on the same events, in interleaved rounds.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use super::feed::{FeedArgs, PatternArgs};
use super::host::{Host, environment};
use super::options::{BatchArgs, EngineArgs, LoadArgs, out_dir};
use super::{Ended, Output, print_json, print_line, progress, units};
use crate::compare::{Comparison, Plan};
use crate::measure::validity::Validity;
use crate::report::model::{CompareReport, SCHEMA_VERSION, Status};
use crate::report::{html, terminal};

/// Options of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    feed: FeedArgs,
    #[command(flatten)]
    patterns: PatternArgs,
    #[command(flatten)]
    load: LoadArgs,
    #[command(flatten)]
    batch: BatchArgs,
    /// Batch intervals to sweep
    #[arg(long, value_delimiter = ',', value_parser = units::duration,
          default_value = "0,10us,100us,1ms,10ms,100ms")]
    intervals: Vec<Duration>,
    /// Rounds; each runs every configuration once paced and once saturated
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    #[command(flatten)]
    engine: EngineArgs,
    /// Where compare.html and compare.json go
    #[arg(long, value_name = "DIR", default_value = "runs/compare")]
    out: PathBuf,
}

impl CompareArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let waiting = progress::spinner("reading the feed");
        let feed = self.load.repeated(self.feed.load()?)?;
        let patterns = self.patterns.build(&feed)?;
        let Some(schedule) = self.load.schedule(&feed)? else {
            bail!(
                "compare measures latency in an open loop: give --rate a number (a saturated \
                   run of each configuration is always part of it)"
            );
        };
        let cores = self.engine.cores()?;
        // Before minutes of measuring that nobody could then read.
        out_dir(&self.out)?;
        waiting.set_message("examining the host");
        let mut host = Host::examine(2, cores);
        waiting.finish_and_clear();
        let bench = self.engine.bench(&feed, &patterns, &self.load, cores, &host);
        let plan = self.plan(schedule);
        let bar = progress::steps(plan.trials());
        let comparison = plan.run(&bench, |next| {
            bar.set_message(next.to_owned());
            bar.inc(1);
        })?;
        bar.finish_and_clear();
        host.calibration.finish();
        let report = self.report(comparison, &host);
        std::fs::write(self.out.join("compare.html"), html::page(&report))?;
        std::fs::write(self.out.join("compare.json"), serde_json::to_vec_pretty(&report)?)?;
        if output.json {
            print_json(&report)?;
        } else {
            print_line(&terminal::compare(&report))?;
            print_line(&format!("Pictures: {}", self.out.join("compare.html").display()))?;
        }
        if !report.same_matches {
            return Ok(Ended::Failed);
        }
        Ok(Ended::valid(report.status == Status::Valid))
    }

    fn plan(&self, schedule: crate::measure::schedule::Schedule) -> Plan {
        let mut intervals = self.intervals.clone();
        intervals.push(self.batch.batch_interval);
        intervals.sort();
        intervals.dedup();
        Plan {
            intervals,
            shown: self.batch.batch_interval,
            max_events: self.batch.batch_events as usize,
            rounds: self.rounds as usize,
            schedule,
        }
    }

    fn report(&self, comparison: Comparison, host: &Host) -> CompareReport {
        let Comparison { same_matches, mut reasons, runs, trade_off, ratios } = comparison;
        let mut clock = Validity::new();
        clock.clock(&host.calibration);
        reasons.extend_from_slice(clock.reasons());
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        CompareReport {
            schema_version: SCHEMA_VERSION,
            status: if reasons.is_empty() { Status::Valid } else { Status::Invalid },
            reasons,
            same_matches,
            runs,
            trade_off,
            ratios,
            rounds: self.rounds,
            command: format!("tourbillon {}", arguments.join(" ")).trim_end().to_owned(),
            findings: host.findings(),
            clock: host.calibration.sentences(),
            environment: environment(),
        }
    }
}
