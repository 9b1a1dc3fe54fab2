//! `tourbillon inspect`: what is in a feed.

use anyhow::Context;
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use tourbillon_feeds::live::ReceiverStats;
use tourbillon_feeds::replay::Selected;
use tourbillon_feeds::survey::{Survey, Surveyed};
use tourbillon_feeds::{EventSource, Report};

use super::feed::{FeedArgs, not_a_feed};
use super::{Ended, Output, print_json, print_line, progress};
use crate::feed::{check_symbols, drain};
use crate::live;
use crate::report::inspection;
use crate::report::model::SCHEMA_VERSION;

/// Options of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    feed: FeedArgs,
    /// Show so many of the most active symbols
    #[arg(long, default_value_t = 10, value_name = "N")]
    top: usize,
}

impl InspectArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let waiting = progress::spinner("reading");
        let (name, request) = (&self.feed.feed, self.feed.request());
        if name == live::NAME {
            let opened = request.live.open(&request.options);
            let source = Selected::new(opened.context("cannot listen")?, request.selection.clone());
            let (source, seen) = read(source, request.limit(name), self.top, &waiting)?;
            return tell(name, &source, &seen, Some(source.inner().stats()), output);
        }
        let source = request.open(name).with_context(|| not_a_feed(name))?;
        let (source, seen) = read(source, request.limit(name), self.top, &waiting)?;
        tell(name, &source, &seen, None, output)
    }
}

/// Reads at most so many events and keeps none: the report keeps the account of what was read, the
/// survey that of the events taken, with the `top` most active symbols.
fn read<S: EventSource>(
    mut source: Selected<S>,
    most: u64,
    top: usize,
    waiting: &ProgressBar,
) -> anyhow::Result<(Selected<S>, Surveyed)> {
    let mut survey = Survey::default();
    drain(&mut source, most, |events, _| survey.observe(events));
    waiting.finish_and_clear();
    check_symbols(&source)?;
    let seen = survey.summary(source.instruments(), top);
    Ok((source, seen))
}

/// What a source saw, with its session's account if it was live.
#[derive(Serialize)]
struct Seen<'a> {
    schema_version: u32,
    #[serde(flatten)]
    report: &'a Report,
    /// Of the events that were taken.
    survey: &'a Surveyed,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<ReceiverStats>,
}

fn tell(
    name: &str,
    source: &dyn EventSource,
    survey: &Surveyed,
    session: Option<ReceiverStats>,
    output: Output,
) -> anyhow::Result<Ended> {
    let report = source.report();
    if output.json {
        print_json(&Seen { schema_version: SCHEMA_VERSION, report, survey, session })?;
    } else {
        print_line(&inspection::text(name, report, source.instruments(), Some(survey)))?;
        session
            .map_or(Ok(()), |stats| print_line(&format!("\n{}", inspection::session(&stats))))?;
    }
    Ok(if report.total_errors() == 0 { Ended::Done } else { Ended::Failed })
}
