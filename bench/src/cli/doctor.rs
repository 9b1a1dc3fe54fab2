//! `tourbillon doctor`: what stands between this host and a flat tail.

use anyhow::{Context, anyhow};
use clap::Args;
use tourbillon_tuning::{Report, check_ids, explain};

use super::options::check_cores;
use super::{Ended, Output, host, print_json, print_line, progress};
use crate::measure::clock::Clock;
use crate::report::findings;
use crate::trial::probe_cores;

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Cores to judge, such as 0,1 (default: those that a run would take)
    #[arg(long, value_delimiter = ',')]
    cpus: Option<Vec<usize>>,
    /// Explain one check and stop
    #[arg(long, value_name = "ID")]
    explain: Option<String>,
}

impl DoctorArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        if let Some(id) = &self.explain {
            let known = || check_ids().collect::<Vec<_>>().join(", ");
            let text =
                explain(id).ok_or_else(|| anyhow!("no check '{id}'; there are: {}", known()))?;
            if output.json {
                print_json(&serde_json::json!({ "schema_version": 1, "id": id, "text": text }))?;
            } else {
                print_line(text)?;
            }
            return Ok(Ended::Done);
        }
        let automatic = || probe_cores().map_or(vec![], |(load, engine)| vec![load, engine]);
        let cpus = self.cpus.unwrap_or_else(automatic);
        check_cores(&cpus).context("--cpus")?;
        let waiting = progress::spinner("watching the cores");
        let report: Report = host::examine(Clock::calibrate().clock, 2, cpus);
        waiting.finish_and_clear();
        if output.json {
            print_json(&report)?;
        } else {
            print_line(&findings::text(&report))?;
        }
        Ok(Ended::Done)
    }
}
