//! `tourbillon bench cep`: the matcher on events in memory, beside a loop written by hand.
//!
//! One thread, no ring, no clock inside the loops. Every trial finds every match and sums its
//! checksum; a trial whose sum differs fails the command.

use std::time::Instant;

use anyhow::ensure;
use clap::Args;
use serde::Serialize;
use tourbillon_cep::{Limits, Match, Matcher};
use tourbillon_feeds::synthetic::Profile;
use tourbillon_feeds::{MarketEvent, Options, reference};

use super::host::Host;
use super::{Ended, Output, print_json, print_line, progress, units};
use crate::feed::{Feed, Request};
use crate::hand_written;
use crate::measure::cpu;
use crate::measure::pairs::{self, abba};
use crate::patterns;
use crate::report::cep::{self, CepReport, Row};
use crate::trial::probe_cores;

/// Batch lengths to measure beside single events.
const BATCHES: [usize; 5] = [16, 64, 256, 1_024, 8_192];

/// Options of `bench cep`.
#[derive(Debug, Args)]
pub(crate) struct CepArgs {
    /// Events of the reference stream
    #[arg(long, default_value = "1M", value_parser = units::count)]
    events: u64,
    /// Rounds; each measures every contender once
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(6..=1_000))]
    rounds: u32,
}

/// What can do the work.
#[derive(Debug, Clone, Copy)]
enum Contender {
    HandWritten,
    Events,
    Batches(usize),
}

/// Matches found and the sum of their checksums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Found {
    matches: u64,
    checksum: u64,
}

impl CepArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let feed = self.feed()?;
        let host = Host::examine(1, probe_cores());
        let contenders: Vec<Contender> = [Contender::HandWritten, Contender::Events]
            .into_iter()
            .chain(BATCHES.map(Contender::Batches))
            .collect();
        let rounds = self.rounds as usize;
        let bar = progress::steps((rounds * contenders.len()) as u64);
        let measured = std::thread::scope(|scope| {
            let measure = || {
                if let Some((_, core)) = probe_cores() {
                    cpu::pin(core)?;
                }
                let mut nanos = vec![Vec::with_capacity(rounds); contenders.len()];
                let mut all = None;
                for trial in abba(contenders.len(), rounds) {
                    let contender = contenders[trial.configuration];
                    bar.set_message(contender.name());
                    let (found, ns) = contender.measure(&feed)?;
                    let expected = *all.get_or_insert(found);
                    ensure!(
                        found == expected,
                        "{} found {found:?}, not {expected:?}",
                        contender.name()
                    );
                    nanos[trial.configuration].push(ns);
                    bar.inc(1);
                }
                anyhow::Ok((nanos, all.unwrap_or_default()))
            };
            scope.spawn(measure).join().expect("the measuring thread does not panic")
        });
        bar.finish_and_clear();
        let (nanos, found) = measured?;
        let row = |(contender, series): (&Contender, &Vec<f64>)| Row {
            name: contender.name(),
            ns_per_event: pairs::median_of(series),
            events_per_second: 1e9 / pairs::median_of(series),
            against_hand_written: pairs::compare(&nanos[0], series, 0.02)
                .report(format!("{} / hand-written loop", contender.name()), "time per event"),
        };
        let report = CepReport {
            schema_version: crate::report::model::SCHEMA_VERSION,
            events: self.events,
            rounds: self.rounds,
            matches: found.matches,
            checksum: format!("{:016x}", found.checksum),
            rows: contenders.iter().zip(&nanos).map(row).collect(),
            grade: host.grade(),
        };
        if output.json {
            print_json(&report)?;
        } else {
            print_line(&cep::text(&report))?;
        }
        Ok(Ended::Done)
    }

    fn feed(&self) -> anyhow::Result<Feed> {
        let request = Request {
            events: Some(self.events),
            seed: reference::DEFAULT_SEED,
            symbols: 1,
            profile: Profile::day(),
            options: Options::default(),
        };
        Ok(Feed::load("reference", &request)?)
    }
}

impl Contender {
    fn name(self) -> String {
        match self {
            Self::HandWritten => "hand-written loop".to_owned(),
            Self::Events => "event by event".to_owned(),
            Self::Batches(events) => format!("batches of {events}"),
        }
    }

    /// What it finds, and its time for one event in nanoseconds.
    fn measure(self, feed: &Feed) -> anyhow::Result<(Found, f64)> {
        let mut found = Found::default();
        let mut sink = |m: Match<'_>| found.take(&m);
        let ns = match self {
            Self::HandWritten => {
                let symbols = feed.instruments.len();
                timed(feed, || {
                    hand_written::reference(&feed.events, symbols, |sequences| {
                        sink(Match::new(&sequences, sequences[2]));
                    });
                })
            }
            Self::Events => {
                let mut matcher = matcher(feed, Limits::default())?;
                timed(feed, || {
                    for (sequence, event) in (0..).zip(&feed.events) {
                        matcher.push(sequence, event, &mut sink);
                    }
                    matcher.finish(&mut sink);
                })
            }
            Self::Batches(length) => {
                let mut matcher = matcher(feed, Limits::default().with_batches())?;
                timed(feed, || {
                    let mut first = 0;
                    for batch in feed.events.chunks(length) {
                        matcher.apply(first, batch).expect("a batch of this length fits");
                        matcher.commit(&mut sink);
                        first += batch.len() as u64;
                    }
                    matcher.finish(&mut sink);
                })
            }
        };
        Ok((found, ns))
    }
}

impl Found {
    #[inline]
    fn take(&mut self, found: &Match<'_>) {
        self.matches += 1;
        self.checksum = self.checksum.wrapping_add(found.checksum());
    }
}

fn matcher(feed: &Feed, limits: Limits) -> anyhow::Result<Matcher<MarketEvent>> {
    Ok(Matcher::new(&patterns::build("reference", &feed.instruments)?, limits)?)
}

/// Time of `work` for each event of the feed, in nanoseconds.
fn timed(feed: &Feed, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / feed.events.len() as f64
}
