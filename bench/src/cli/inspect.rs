//! `tourbillon inspect`: what is in a feed.

use anyhow::Context;
use clap::Args;
use tourbillon_feeds::{EventSource, MarketEvent};

use super::options::{FeedArgs, not_a_feed};
use super::{Ended, Output, print_json, print_line, progress};
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
        drain(&mut *source, request.limit(name));
        waiting.finish_and_clear();
        let report = source.report();
        if output.json {
            print_json(report)?;
        } else {
            print_line(&inspection::text(name, report, source.instruments()))?;
        }
        Ok(if report.total_errors() == 0 { Ended::Done } else { Ended::Failed })
    }
}

/// Reads at most so many events and keeps none; the report keeps the account.
fn drain(source: &mut dyn EventSource, mut left: u64) {
    let mut events = vec![MarketEvent::default(); 4_096];
    while left > 0 {
        let room = left.min(events.len() as u64) as usize;
        match source.fill(&mut events[..room]) {
            0 => return,
            filled => left -= filled as u64,
        }
    }
}
