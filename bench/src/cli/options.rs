//! Options of load, threads and batches, and what they turn into.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use tourbillon_engine::Wait;
use tourbillon_feeds::replay;

use super::feed::MOST_EVENTS;
use super::host::Host;
use super::units::{self, Rate};
use crate::feed::Feed;
use crate::measure::cpu;
use crate::measure::schedule::Schedule;
use crate::pattern::Pattern;
use crate::trial::{Bench, probe_cores};

/// When events are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ArrivalName {
    /// One after the other at equal distances
    Fixed,
    /// Independent exponential gaps
    Poisson,
    /// Groups at once
    Burst,
    /// The gaps of the feed's own times
    Replay,
}

/// Whoever waits longer wants to know before.
const LONG: Duration = Duration::from_secs(60);

/// The load.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// Offered rate in events per second; original for the pace of the feed's own times; max for a
    /// closed loop
    #[arg(long, default_value = "1M", value_parser = units::rate, allow_negative_numbers = true)]
    pub(crate) rate: Rate,
    /// How events arrive in the open loop: fixed, poisson, burst or replay
    #[arg(long, value_enum, default_value = "fixed", hide_possible_values = true)]
    arrival: ArrivalName,
    /// With `--rate original` or `--arrival replay`: so many times faster than recorded
    #[arg(long, default_value = "1x", value_parser = units::speed)]
    speed: f64,
    /// With `--arrival burst`: so many events at once
    #[arg(long, default_value = "64", value_parser = units::count)]
    burst: u64,
    /// Feed the events so many times, one pass after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Mark the run as limited by the generator if the 99.9th percentile of its slip is above this
    #[arg(long, default_value = "1us", value_parser = units::duration)]
    slip_limit: Duration,
}

impl LoadArgs {
    /// The feed as often as it is to be fed.
    pub(crate) fn repeated(&self, mut feed: Feed) -> anyhow::Result<Feed> {
        let events = (feed.events.len() as u64).saturating_mul(u64::from(self.repeat));
        if self.repeat > 1 && events > MOST_EVENTS {
            bail!("--repeat {}: that is {events} events; take at most {MOST_EVENTS}", self.repeat);
        }
        replay::repeat(&mut feed.events, self.repeat);
        Ok(feed)
    }

    /// The schedule; `None` for a closed loop.
    pub(crate) fn schedule(&self, feed: &Feed) -> anyhow::Result<Option<Schedule>> {
        let events = feed.events.len() as u64;
        let schedule = match (self.rate, self.arrival) {
            (Rate::Max, _) => return Ok(None),
            (Rate::Eps(rate), ArrivalName::Fixed) => Schedule::fixed(rate, events),
            (Rate::Eps(rate), ArrivalName::Poisson) => {
                Schedule::poisson(rate, feed.seed.unwrap_or(1), events)
            }
            (Rate::Eps(rate), ArrivalName::Burst) => Schedule::burst(rate, self.burst, events),
            (Rate::Original, _) | (_, ArrivalName::Replay) => {
                let times: Vec<u64> = feed.events.iter().map(|event| event.ts_event).collect();
                Schedule::replay(&times, self.speed)
            }
        };
        let schedule = schedule?;
        let takes =
            Duration::from_nanos(events.checked_sub(1).map_or(0, |last| schedule.due(last)));
        if takes > LONG {
            let takes = humantime::format_duration(Duration::from_secs(takes.as_secs()));
            eprintln!(
                "tourbillon: note: at this pace it takes {takes}; --speed, --from and --until \
                 shorten it"
            );
        }
        Ok(Some(schedule))
    }
}

/// Cores for the load and the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pin {
    Auto,
    None,
    Cores(usize, usize),
}

fn pin(text: &str) -> Result<Pin, String> {
    match text {
        "auto" => Ok(Pin::Auto),
        "none" => Ok(Pin::None),
        text => {
            let two = text.split_once(',').and_then(|(load, engine)| {
                Some((load.trim().parse().ok()?, engine.trim().parse().ok()?))
            });
            match two {
                None => Err(format!("'{text}' is not auto, none or two cores such as 0,1")),
                Some((load, engine)) if load == engine => {
                    Err("load and engine need a core each; try none".to_owned())
                }
                Some((load, engine)) => Ok(Pin::Cores(load, engine)),
            }
        }
    }
}

/// Refuses cores that this process may not use.
pub(crate) fn check_cores(cores: &[usize]) -> anyhow::Result<()> {
    let there = cpu::cores();
    match cores.iter().find(|core| !there.contains(core)) {
        Some(core) => bail!("core {core} is not among those of this process: {there:?}"),
        None => Ok(()),
    }
}

/// How a thread waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitName {
    /// Spin if every thread has a core, else park
    Auto,
    /// Spin with the processor's pause instruction
    Spin,
    /// Yield to other threads
    Yield,
    /// Sleep until woken
    Park,
}

/// The engine's threads.
#[derive(Debug, Args)]
pub(crate) struct EngineArgs {
    /// Cores of load and engine: auto, none, or two numbers such as 0,1
    #[arg(long, default_value = "auto", value_parser = pin)]
    pin: Pin,
    /// How threads wait: spin, yield, park, or auto (spin if every thread has a core, else park)
    #[arg(long, value_enum, default_value = "auto", hide_possible_values = true)]
    wait: WaitName,
    /// Plant a fault in every Nth event, to see what it costs
    #[arg(long, value_name = "N", value_parser = units::count)]
    poison_every: Option<u64>,
    /// Put events in the order of their time first: they may be so late, such as 1ms, or are left
    /// out and counted
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    reorder: Option<Duration>,
}

impl EngineArgs {
    /// What all trials of a command have in common.
    pub(crate) fn bench<'a>(
        &self,
        feed: &'a Feed,
        patterns: &'a [Pattern],
        load: &LoadArgs,
        cores: Option<(usize, usize)>,
        host: &Host,
    ) -> Bench<'a> {
        Bench {
            feed,
            patterns,
            cores,
            wait: self.wait(),
            poison_every: self.poison_every,
            reorder: self.reorder.map(|lag| lag.as_nanos() as u64),
            counters: None,
            slip_limit_ns: load.slip_limit.as_nanos() as u64,
            clock: host.calibration.clock,
            grade: host.grade(),
        }
    }

    fn wait(&self) -> Wait {
        match self.wait {
            WaitName::Auto => Wait::Auto,
            WaitName::Spin => Wait::Spin,
            WaitName::Yield => Wait::Yield,
            WaitName::Park => Wait::Park,
        }
    }

    /// The cores to pin to.
    pub(crate) fn cores(&self) -> anyhow::Result<Option<(usize, usize)>> {
        match self.pin {
            Pin::None => Ok(None),
            Pin::Auto => Ok(probe_cores()),
            Pin::Cores(load, engine) => {
                check_cores(&[load, engine]).context("--pin")?;
                Ok(Some((load, engine)))
            }
        }
    }
}

/// Batching in micro-batch mode.
#[derive(Debug, Args)]
pub(crate) struct BatchArgs {
    /// Most events in a micro-batch
    #[arg(long, value_name = "N", default_value = "65536", value_parser = units::count)]
    pub(crate) batch_events: u64,
    /// Longest time from a micro-batch's first event to its close
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = units::duration)]
    pub(crate) batch_interval: Duration,
}

/// Where `--out` puts its files.
pub(crate) fn out_dir(out: &PathBuf) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))
}
