//! `tourbillon inspect`: what is in a feed.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tourbillon_feeds::{EventSource, MarketEvent, open};

use super::options::FileArgs;
use super::{Ended, Output, print_json, print_line, progress};
use crate::report::inspection;

/// Options of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The file
    feed: PathBuf,
    #[command(flatten)]
    file: FileArgs,
}

impl InspectArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let waiting = progress::spinner("reading");
        let options = self.file.options();
        let cannot = || format!("cannot inspect {}", self.feed.display());
        let mut source = open(&self.feed, &options).with_context(cannot)?;
        drain(&mut *source);
        waiting.finish_and_clear();
        let report = source.report();
        if output.json {
            print_json(report)?;
        } else {
            print_line(&inspection::text(&self.feed, report, source.instruments()))?;
        }
        Ok(if report.total_errors() == 0 { Ended::Done } else { Ended::Failed })
    }
}

/// Reads to the end; the report keeps the account.
fn drain(source: &mut dyn EventSource) {
    let mut events = vec![MarketEvent::default(); 4_096];
    while source.fill(&mut events) > 0 {}
}
