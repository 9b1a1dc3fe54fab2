//! `tourbillon inspect`: what is in a feed.

use anyhow::Context;
use clap::Args;
use tourbillon_feeds::EventSource;

use super::options::{FeedArgs, not_a_feed};
use super::{Ended, Output, print_json, print_line, progress};
use crate::feed::{check_symbols, drain};
use crate::report::inspection;

/// Options of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    feed: FeedArgs,
}

impl InspectArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let waiting = progress::spinner("reading");
        let (name, request) = (&self.feed.feed, self.feed.request());
        let mut source = request.open(name).with_context(|| not_a_feed(name))?;
        drain(&mut source, request.limit(name), |_, _| {});
        waiting.finish_and_clear();
        check_symbols(&source)?;
        let report = source.report();
        if output.json {
            print_json(report)?;
        } else {
            print_line(&inspection::text(name, report, source.instruments()))?;
        }
        Ok(if report.total_errors() == 0 { Ended::Done } else { Ended::Failed })
    }
}
