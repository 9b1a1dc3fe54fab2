//! What was found, held against what `tourbillon generate --plant` planted: precision and recall.
//!
//! A pattern looks for the behaviour that it is named after. Its match is right if all its events
//! lie within one planted behaviour of that name; a behaviour is found if a match within it is.

use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;
use tourbillon_feeds::MarketEvent;

use crate::pattern::Pattern;
use crate::pipeline::Kept;
use crate::report::model::Detection;

/// A planted behaviour; numbers of messages as the feed gives them.
#[derive(Debug, Deserialize)]
struct Planted {
    behaviour: String,
    first_sequence: u64,
    last_sequence: u64,
}

/// What was planted.
#[derive(Debug)]
pub struct Truth(Vec<Planted>);

impl Truth {
    /// Reads a file of one JSON object a line.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or a line is no planted behaviour.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let planted = |(number, line): (usize, &str)| {
            serde_json::from_str(line).with_context(|| {
                format!("{}, line {}: no planted behaviour", path.display(), number + 1)
            })
        };
        Ok(Self(text.lines().enumerate().map(planted).collect::<Result<_, _>>()?))
    }

    /// Refuses patterns of which none is named after a behaviour.
    ///
    /// # Errors
    ///
    /// Then.
    pub fn check(&self, patterns: &[Pattern]) -> anyhow::Result<()> {
        let mut names: Vec<&str> = self.0.iter().map(|it| it.behaviour.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let known = patterns.iter().any(|pattern| names.contains(&pattern.name()));
        ensure!(known, "no pattern is named after a planted behaviour: {}", names.join(", "));
        Ok(())
    }

    /// How well each of the patterns found what was planted in `events`, which were fed.
    #[must_use]
    pub fn detections(
        &self,
        patterns: &[Pattern],
        found: &[Kept],
        events: &[MarketEvent],
    ) -> Vec<Detection> {
        let fed = events.first().map_or(0, |it| it.seq)..=events.last().map_or(0, |it| it.seq);
        let one = |(number, pattern): (usize, &Pattern)| {
            let is_there = |it: &&Planted| {
                it.behaviour == pattern.name()
                    && fed.contains(&it.first_sequence)
                    && fed.contains(&it.last_sequence)
            };
            let planted: Vec<&Planted> = self.0.iter().filter(is_there).collect();
            let matches = found.iter().filter(|kept| kept.pattern == number && kept.complete);
            (!planted.is_empty()).then(|| detection(pattern.name(), &planted, matches, events))
        };
        patterns.iter().enumerate().filter_map(one).collect()
    }
}

fn detection<'a>(
    behaviour: &str,
    planted: &[&Planted],
    matches: impl Iterator<Item = &'a Kept>,
    events: &[MarketEvent],
) -> Detection {
    let (mut all, mut right, mut is_found) = (0, 0, vec![false; planted.len()]);
    for kept in matches {
        let within = |it: &&Planted| {
            let numbers = it.first_sequence..=it.last_sequence;
            let event = |(_, at): &(usize, u64)| events.get(*at as usize);
            kept.bound.iter().all(|at| event(at).is_some_and(|event| numbers.contains(&event.seq)))
        };
        all += 1;
        if let Some(place) = planted.iter().position(within) {
            right += 1;
            is_found[place] = true;
        }
    }
    let found = is_found.iter().filter(|&&it| it).count() as u64;
    Detection {
        behaviour: behaviour.to_owned(),
        planted: planted.len() as u64,
        found,
        matches: all,
        precision: (all > 0).then(|| right as f64 / all as f64),
        recall: found as f64 / planted.len() as f64,
    }
}
