//! `tourbillon explain`: what the planner made of a pattern, and why an event did or did not match.

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::matching::Limits;
use tourbillon_cep::planner::{Explanation, dot, why};
use tourbillon_feeds::Instruments;

use super::feed::MakeArgs;
use super::{Ended, Output, print_json, print_line};
use crate::feed::Feed;
use crate::matcher::{self, AnyMatcher};
use crate::pattern::Pattern;
use crate::patterns;
use crate::report::human;

/// Options of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A built-in pattern, or a file of patterns in text
    #[arg(value_name = "NAME|FILE.sql")]
    pattern: String,
    /// Draw the automaton for Graphviz: `tourbillon explain spike --dot | dot -Tsvg > spike.svg`
    #[arg(long, conflicts_with = "sequence")]
    dot: bool,
    /// Why this event of the feed did or did not match (events are counted from 0)
    #[arg(long, value_name = "N", requires = "feed")]
    sequence: Option<u64>,
    /// Where instruments have their names from: `reference`, `synthetic`, or a file
    #[arg(long)]
    feed: Option<String>,
    #[command(flatten)]
    making: MakeArgs,
}

#[derive(Serialize)]
struct Explained {
    pattern: String,
    /// `shared`, `registers` or `forked`.
    matcher: &'static str,
    text: String,
}

impl ExplainArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let feed = self.feed.as_deref().map(|name| self.making.load(name)).transpose()?;
        let none = Instruments::default();
        let instruments = feed.as_ref().map_or(&none, |feed| &feed.instruments);
        let mut explained = Vec::new();
        for pattern in self.patterns(instruments)? {
            let (name, ir) = (pattern.name().to_owned(), pattern.ir());
            let matcher =
                pattern.matcher(Limits::default()).with_context(|| format!("pattern '{name}'"))?;
            let text = match (self.dot, self.sequence, &feed) {
                (true, ..) => dot(ir)?,
                (false, Some(sequence), Some(feed)) => because(&pattern, feed, sequence)?,
                _ => explanation(ir, &matcher),
            };
            let matcher = matcher.plan().choice().name();
            explained.push(Explained { pattern: name, matcher, text });
        }
        if output.json {
            print_json(&serde_json::json!({ "schema_version": 1, "explained": explained }))?;
        } else {
            let texts: Vec<_> = explained.iter().map(|it| it.text.trim_end()).collect();
            print_line(&texts.join("\n\n"))?;
        }
        Ok(Ended::Done)
    }

    fn patterns(&self, instruments: &Instruments) -> anyhow::Result<Vec<Pattern>> {
        if Pattern::is_file(&self.pattern) {
            Pattern::read(&self.pattern, instruments)
        } else {
            Ok(vec![patterns::find(&self.pattern)?.parse(instruments)?])
        }
    }
}

/// The plan, and what stands in front of the matcher.
fn explanation(ir: &Ir, matcher: &AnyMatcher) -> String {
    let (plan, limits, memory) = (matcher.plan(), matcher.limits(), matcher.memory());
    let mut text = Explanation::new(ir, plan, limits, memory).to_string();
    for (at, (columns, kind, bytes)) in matcher.operators(ir).iter().enumerate() {
        if at == 0 {
            text.push_str(
                "\noperators in front of the matcher (their memory is part of the above)\n",
            );
        }
        let bytes = human::count(*bytes as u64);
        text.push_str(&format!("  {columns:<16} {kind}, {bytes} bytes\n"));
    }
    text
}

fn because(pattern: &Pattern, feed: &Feed, sequence: u64) -> anyhow::Result<String> {
    let Some(event) = feed.events.get(sequence as usize) else {
        bail!("--sequence {sequence}: {} has the events 0 to {}", feed.name, feed.events.len() - 1);
    };
    let ir = pattern.ir();
    if ir.schema.columns().is_empty() {
        return Ok(why(ir, &feed.events, sequence)?.unwrap_or_default());
    }
    // Those after it tell what became of what it started.
    let (seen, before) = matcher::widened(ir, &feed.events, sequence)?;
    let Some(at) = before else {
        let time = event.ts_event;
        return Ok(format!(
            "event {sequence} at {time} ns: the pattern does not see it, because a derived column \
             has no value there, or it comes late\n"
        ));
    };
    let unseen = sequence - at;
    let text = why(ir, &seen, at)?.unwrap_or_default();
    Ok(format!(
        "{text}\nEvents are counted here as the pattern sees them: {unseen} before it have no value \
         for a derived column.\n"
    ))
}
