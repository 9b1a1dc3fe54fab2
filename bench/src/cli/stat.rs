//! `tourbillon stat`: the counters of a pipeline, once or a number of times.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;

use super::{Ended, Output, counter_file, print_line, units};
use crate::report::counters::{Readings, once};

/// Options of `stat`.
#[derive(Debug, Args)]
pub(crate) struct StatArgs {
    /// What `run --counters` (or `Graph::counters`) writes
    file: PathBuf,
    /// Time between two readings
    #[arg(long, default_value = "1s", value_parser = units::pause)]
    interval: Duration,
    /// Readings to take
    #[arg(long, value_name = "N", default_value = "1", value_parser = units::count)]
    count: u64,
}

impl StatArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let mut samples = Vec::new();
        for nth in 0..self.count {
            if nth > 0 {
                thread::sleep(self.interval);
            }
            let reading = counter_file::read(&self.file)?;
            if output.json {
                samples.push(reading);
            } else {
                let gap = if nth > 0 { "\n" } else { "" };
                print_line(&format!("{gap}{}", once(&reading)))?;
            }
        }
        if output.json {
            let readings = match self.count {
                1 => Readings::One(samples.remove(0)),
                _ => Readings::Several { samples },
            };
            counter_file::print(self.file, readings)?;
        }
        Ok(Ended::Done)
    }
}
