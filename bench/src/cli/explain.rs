//! `tourbillon explain`: what the planner made of a pattern, and why an event did or did not match.

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::matching::Limits;
use tourbillon_cep::planner::{Explanation, dot, why};
use tourbillon_feeds::Instruments;

use super::options::MakeArgs;
use super::{Ended, Output, print_json, print_line};
use crate::feed::Feed;
use crate::pattern::Pattern;
use crate::patterns;

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
                (false, Some(sequence), Some(feed)) => because(ir, feed, sequence)?,
                _ => Explanation::new(ir, matcher.plan(), matcher.limits(), matcher.memory())
                    .to_string(),
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

fn because(ir: &Ir, feed: &Feed, sequence: u64) -> anyhow::Result<String> {
    let Some(text) = why(ir, &feed.events, sequence)? else {
        bail!("--sequence {sequence}: {} has the events 0 to {}", feed.name, feed.events.len() - 1);
    };
    Ok(text)
}
