//! `tourbillon run`: one run in one mode.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use tourbillon_feeds::EventSource;
use tourbillon_feeds::live::LiveSource;

use super::feed::{FeedArgs, PatternArgs};
use super::host::Host;
use super::options::{BatchArgs, EngineArgs, LoadArgs, out_dir};
use super::{Ended, Output, print_json, print_line, progress};
use crate::feed::Feed;
use crate::live;
use crate::matches;
use crate::pipeline::Mode;
use crate::report::model::Status;
use crate::report::terminal;
use crate::trial::Bench;
use crate::truth::Truth;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    /// Each event as it arrives
    Realtime,
    /// Events gathered into batches
    MicroBatch,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    feed: FeedArgs,
    #[command(flatten)]
    patterns: PatternArgs,
    /// Architecture: realtime or micro-batch
    #[arg(long, value_enum, default_value = "realtime", hide_possible_values = true)]
    mode: ModeName,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    load: LoadArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// Write the matches to FILE.jsonl or FILE.csv (they are kept in memory during the run)
    #[arg(long, value_name = "FILE")]
    matches: Option<PathBuf>,
    /// Hold the matches against what `generate --plant` wrote into this file: precision and recall of
    /// each pattern that is named after a behaviour
    #[arg(long, value_name = "FILE", conflicts_with = "repeat")]
    truth: Option<PathBuf>,
    /// Count in this file, for `tourbillon top FILE` to read meanwhile (in /dev/shm: no disk)
    #[arg(long, value_name = "FILE")]
    counters: Option<PathBuf>,
    /// Write the report as run.json into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl RunArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let waiting = progress::spinner("reading the feed");
        let mut live = self.live()?;
        let feed = match &live {
            Some(source) => Feed::unread(live::NAME, source),
            None => self.load.repeated(self.feed.load()?)?,
        };
        let patterns = self.patterns.build(&feed)?;
        let truth = self.truth.as_deref().map(Truth::read).transpose()?;
        if let Some(truth) = &truth {
            ensure!(live.is_none(), "--truth is about a file, not about `live`");
            truth.check(&patterns)?;
        }
        let schedule = if live.is_some() { None } else { self.load.schedule(&feed)? };
        let cores = self.engine.cores()?;
        // Files first: a run that cannot be written down is not worth waiting for.
        let writer = self.matches.as_deref().map(matches::Writer::create).transpose()?;
        self.out.as_ref().map_or(Ok(()), out_dir)?;
        waiting.set_message("examining the host");
        let mut host = Host::examine(2, cores);
        let bench = self.engine.bench(&feed, &patterns, &self.load, cores, &host);
        let bench = Bench { counters: self.counters.as_deref(), ..bench };
        let mode = match self.mode {
            ModeName::Realtime => Mode::RealTime,
            ModeName::MicroBatch => Mode::MicroBatch {
                max_events: self.batch.batch_events as usize,
                interval: self.batch.batch_interval,
            },
        };
        let keep = writer.is_some() || truth.is_some();
        waiting.set_message("running");
        let mut trial = match &mut live {
            Some(source) => {
                let most = self.feed.request().limit(live::NAME);
                let mut trial = bench.live_trial(mode, keep, source, most)?;
                trial.report.feed.errors = source.report().total_errors();
                trial
            }
            None => bench.trial(mode, schedule, keep)?,
        };
        waiting.finish_and_clear();
        host.calibration.finish();
        trial.judge_clock(&host.calibration);
        if let Some(truth) = &truth {
            trial.report.detections = truth.detections(&patterns, &trial.kept, &feed.events);
        }
        if let Some(writer) = writer {
            writer.write(&patterns, &trial.kept)?;
        }
        if let Some(out) = &self.out {
            std::fs::write(out.join("run.json"), serde_json::to_vec_pretty(&trial.report)?)?;
        }
        if output.json {
            print_json(&trial.report)?;
        } else {
            print_line(&terminal::run(&trial.report))?;
            self.written(&mut |path| print_line(&format!("wrote {}", path.display())))?;
        }
        Ok(Ended::valid(trial.report.status == Status::Valid))
    }

    /// The network, if that is the feed.
    fn live(&self) -> anyhow::Result<Option<LiveSource>> {
        let request = self.feed.request();
        if self.feed.feed == live::NAME && request.books {
            bail!(
                "`run live` keeps no books: record it first (`convert live FILE.evj`), and run that"
            );
        }
        let opened = (self.feed.feed == live::NAME).then(|| request.live.open(&request.options));
        let source = opened.transpose().context("cannot listen")?;
        Ok(source.map(LiveSource::spinning))
    }

    fn written(&self, say: &mut dyn FnMut(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.matches.as_deref().map_or(Ok(()), &mut *say)?;
        self.out.as_ref().map_or(Ok(()), |out| say(&out.join("run.json")))
    }
}
