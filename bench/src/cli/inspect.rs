//! `tourbillon inspect`: what is in a feed.

use anyhow::Context;
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use tourbillon_feeds::live::ReceiverStats;
use tourbillon_feeds::replay::Selected;
use tourbillon_feeds::{EventSource, Report};

use super::options::{FeedArgs, not_a_feed};
use super::{Ended, Output, print_json, print_line, progress};
use crate::feed::{check_symbols, drain};
use crate::live;
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
        if name == live::NAME {
            let opened = request.live.open(&request.options);
            let source = Selected::new(opened.context("cannot listen")?, request.selection.clone());
            let source = read(source, request.limit(name), &waiting)?;
            return tell(name, &source, Some(source.inner().stats()), output);
        }
        let source = request.open(name).with_context(|| not_a_feed(name))?;
        let source = read(source, request.limit(name), &waiting)?;
        tell(name, &source, None, output)
    }
}

/// Reads at most so many events and keeps none; the report keeps the account.
fn read<S: EventSource>(
    mut source: Selected<S>,
    most: u64,
    waiting: &ProgressBar,
) -> anyhow::Result<Selected<S>> {
    drain(&mut source, most, |_, _| {});
    waiting.finish_and_clear();
    check_symbols(&source)?;
    Ok(source)
}

/// What a source saw, with its session's account if it was live.
#[derive(Serialize)]
struct Seen<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<ReceiverStats>,
}

fn tell(
    name: &str,
    source: &dyn EventSource,
    session: Option<ReceiverStats>,
    output: Output,
) -> anyhow::Result<Ended> {
    let report = source.report();
    if output.json {
        print_json(&Seen { report, session })?;
    } else {
        print_line(&inspection::text(name, report, source.instruments()))?;
        session
            .map_or(Ok(()), |stats| print_line(&format!("\n{}", inspection::session(&stats))))?;
    }
    Ok(if report.total_errors() == 0 { Ended::Done } else { Ended::Failed })
}
