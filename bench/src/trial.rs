//! One trial: a pipeline run between two floor probes, judged and put into a report.

use std::path::Path;
use std::time::Duration;

use tourbillon_cep::reorder::Counts;
use tourbillon_engine::{AddedDelay, DeadLetter, ProducerSummary, StageSummary, Summary, Wait};
use tourbillon_feeds::{EventSource, MarketEvent};

use crate::feed::Feed;
use crate::measure::clock::{Calibration, Clock};
use crate::measure::floor::{self, Bracketed};
use crate::measure::histogram::Histogram;
use crate::measure::schedule::Schedule;
use crate::measure::validity::Validity;
use crate::pattern::Pattern;
use crate::pipeline::{self, Gathered, Kept, Mode, Outcome, Reordered, RunError, Setup, Tally};
use crate::report::model::{
    BatchSummary, DeadLetterSummary, FeedSummary, HostSummary, Latencies, LoadSummary,
    PatternSummary, Percentiles, ProducerAccount, ReorderSummary, RunReport, SCHEMA_VERSION,
    StageAccount, Status,
};

/// Dead letters that a report shows; all are counted.
const LETTERS: usize = 16;

/// What all trials of a command have in common.
#[derive(Debug)]
pub struct Bench<'a> {
    /// What is fed.
    pub feed: &'a Feed,
    /// What is looked for.
    pub patterns: &'a [Pattern],
    /// Cores of the load and of the engine, if they are to be pinned.
    pub cores: Option<(usize, usize)>,
    /// How threads wait.
    pub wait: Wait,
    /// Plant a fault in each so-many-th event.
    pub poison_every: Option<u64>,
    /// Put events in the order of their time first: they may be up to so many nanoseconds late.
    pub reorder: Option<u64>,
    /// Count in this file, for other processes to read.
    pub counters: Option<&'a Path>,
    /// Most that the 99.9th percentile of the generator's slip may be without a mark.
    pub slip_limit_ns: u64,
    /// The clock.
    pub clock: Clock,
    /// Grade of the host.
    pub grade: String,
}

/// A finished trial.
#[derive(Debug)]
pub struct Trial {
    /// Everything to be printed.
    pub report: RunReport,
    /// Response of every match, to be merged with that of other trials.
    pub response: Histogram,
    /// What each pattern found.
    pub tallies: Vec<Tally>,
    /// The matches and time-outs, if they were to be kept.
    pub kept: Vec<Kept>,
}

impl Trial {
    /// Judges the clock too, once it has been calibrated again.
    pub fn judge_clock(&mut self, calibration: &Calibration) {
        let mut validity = Validity::new();
        validity.clock(calibration);
        self.report.reasons.extend_from_slice(validity.reasons());
        self.report.notes.extend_from_slice(validity.warnings());
        if !self.report.reasons.is_empty() {
            self.report.status = Status::Invalid;
        }
    }
}

impl Bench<'_> {
    /// Runs one trial; in a closed loop if there is no schedule.
    ///
    /// # Errors
    ///
    /// If the pipeline cannot be built or fails.
    pub fn trial(
        &self,
        mode: Mode,
        schedule: Option<Schedule>,
        keep: bool,
    ) -> Result<Trial, RunError> {
        let load =
            schedule.as_ref().map_or("max".to_owned(), |schedule| schedule.arrival().to_string());
        let setup = self.setup(mode, schedule, keep);
        let fed = self.feed.events.len() as u64;
        self.bracketed(mode, load, Some(fed), || pipeline::run(&setup))
    }

    /// Runs one trial on the events of `source` as they come, at most so many of them.
    ///
    /// # Errors
    ///
    /// If the pipeline cannot be built or fails.
    pub fn live_trial(
        &self,
        mode: Mode,
        keep: bool,
        source: &mut (dyn EventSource + Send),
        most: u64,
    ) -> Result<Trial, RunError> {
        let setup = self.setup(mode, None, keep);
        self.bracketed(mode, "live".to_owned(), None, || pipeline::run_live(&setup, source, most))
    }

    fn setup(&self, mode: Mode, schedule: Option<Schedule>, keep: bool) -> Setup<'_> {
        Setup {
            mode,
            patterns: self.patterns,
            events: &self.feed.events,
            schedule,
            cores: self.cores,
            wait: self.wait,
            keep,
            poison_every: self.poison_every,
            reorder: self.reorder,
            counters: self.counters,
            clock: self.clock,
        }
    }

    /// A run between two probes of the floor. `fed`: events that there were, if that is known.
    fn bracketed(
        &self,
        mode: Mode,
        load: String,
        fed: Option<u64>,
        run: impl FnOnce() -> Result<Outcome, RunError>,
    ) -> Result<Trial, RunError> {
        let probed = self.cores.unwrap_or_else(|| probe_cores().unwrap_or((0, 0)));
        let bracketed = floor::bracket(self.clock, probed, run);
        let Bracketed { before, after, class, result } = bracketed;
        let outcome = result?;
        let host = HostSummary {
            floor_before_ns: (before.p50 > 0).then_some(before.p50),
            floor_after_ns: (after.p50 > 0).then_some(after.p50),
            placement: class.to_string(),
            gap_p99_9_ns: outcome.paced.as_ref().map_or(0, |p| p.gaps.gaps().value_at(0.999)),
            gap_max_ns: outcome.paced.as_ref().map_or(0, |p| p.gaps.gaps().max()),
            grade: self.grade.clone(),
        };
        Ok(self.report(mode, load, fed, outcome, host))
    }

    fn report(
        &self,
        mode: Mode,
        arrival: String,
        fed: Option<u64>,
        outcome: Outcome,
        host: HostSummary,
    ) -> Trial {
        let stage = outcome.stage().clone();
        let events = outcome.summary.published;
        let producer = outcome.summary.producers[0];
        let fed = fed.unwrap_or(producer.offered());
        let lost = events.abs_diff(stage.events) + fed.abs_diff(producer.offered());
        let validity = judge(&outcome, lost);
        let per_event = |ns: u64| ns as f64 / events.max(1) as f64;
        let throughput = events as f64 * 1e9 / outcome.wall_ns.max(1) as f64;
        let gathered = outcome.gathered;
        let slip = outcome.paced.as_ref().map(|paced| paced.slip.percentiles());
        let report = RunReport {
            schema_version: SCHEMA_VERSION,
            status: validity.status(),
            reasons: validity.reasons().to_vec(),
            notes: validity.warnings().to_vec(),
            mode: mode.name().to_owned(),
            feed: FeedSummary {
                name: self.feed.name.clone(),
                events,
                errors: self.feed.report.total_errors(),
                seed: self.feed.seed.map(|seed| format!("{seed:x}")),
            },
            patterns: self.summaries(&gathered),
            detections: Vec::new(),
            throughput_eps: throughput,
            cpu_ns_per_event: per_event(outcome.engine_cpu_ns),
            process_cpu_ns_per_event: per_event(outcome.process_cpu_ns),
            lost,
            dropped: producer.dropped,
            dead_lettered: stage.recovery.dead_letters,
            dead_letters: outcome.dead_letters.iter().take(LETTERS).map(letter).collect(),
            retried_batches: stage.recovery.retried,
            producer: producer_account(&producer),
            stage: stage_account(&outcome.summary),
            latency_ns: Latencies {
                response: gathered.response.percentiles(),
                service: gathered.service.percentiles(),
                slip: slip.unwrap_or_default(),
            },
            load: LoadSummary {
                arrival,
                target_eps: outcome.paced.as_ref().and_then(|paced| paced.target_eps),
                achieved_eps: outcome.paced.as_ref().map_or(throughput, |paced| paced.achieved_eps),
                slip_limit_ns: outcome.paced.as_ref().map(|_| self.slip_limit_ns),
                generator_limited: outcome
                    .paced
                    .as_ref()
                    .map(|paced| paced.slip.value_at(0.999) > self.slip_limit_ns),
            },
            batch: mode.batch(events, &stage),
            reorder: outcome.reordered.as_ref().map(reorder),
            wait: format!("{:?}", self.wait).to_lowercase(),
            host,
        };
        Trial {
            report,
            response: gathered.response,
            tallies: gathered.tallies,
            kept: gathered.kept,
        }
    }

    fn summaries(&self, gathered: &Gathered) -> Vec<PatternSummary> {
        let each = self.patterns.iter().zip(&gathered.tallies).zip(&gathered.memory);
        let summary = |((pattern, tally), memory): ((&Pattern, &Tally), &usize)| PatternSummary {
            name: pattern.name().to_owned(),
            matches: tally.matches,
            timed_out: tally.timed_out,
            checksum: format!("{:016x}", tally.checksum),
            truncated: tally.missing.truncated,
            late: tally.missing.late,
            unseen: tally.missing.unseen,
            columns_dropped: tally.missing.columns_dropped,
            memory_bytes: *memory as u64,
        };
        each.map(summary).collect()
    }
}

/// The first two cores this process may use.
#[must_use]
pub fn probe_cores() -> Option<(usize, usize)> {
    match crate::measure::cpu::cores() {
        [first, second, ..] => Some((*first, *second)),
        _ => None,
    }
}

fn letter(letter: &DeadLetter<MarketEvent>) -> DeadLetterSummary {
    let bytes = bytemuck::bytes_of(&letter.event).iter();
    DeadLetterSummary {
        sequence: letter.sequence,
        stage: letter.stage.clone(),
        reason: letter.reason.clone(),
        event: bytes.map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn producer_account(producer: &ProducerSummary) -> ProducerAccount {
    ProducerAccount {
        published: producer.published,
        waited: producer.waited,
        rejected: producer.rejected,
        timed_out: producer.timed_out,
        dropped: producer.dropped,
        conflated: producer.conflated,
    }
}

fn stage_account(summary: &Summary) -> StageAccount {
    let stage = &summary.stages[0];
    StageAccount {
        offered: stage.offered,
        taken: stage.events,
        aborted: stage.aborted,
        in_flight: stage.in_flight,
        dead_letters: stage.recovery.dead_letters,
        balanced: summary.balance().is_ok(),
    }
}

fn percentiles(delay: &AddedDelay) -> Percentiles {
    let ns = |delay: Duration| delay.as_nanos() as u64;
    // A percentile is the upper end of a bucket, which may lie beyond the last value.
    let at = |part| ns(delay.quantile(part).min(delay.max()));
    Percentiles {
        samples: delay.count(),
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        p99_9: at(0.999),
        p99_99: at(0.9999),
        max: ns(delay.max()),
    }
}

fn reorder(reordered: &Reordered) -> ReorderSummary {
    let Counts { released, late, most_behind, dropped, hurried } = reordered.counts;
    ReorderSummary {
        lag_ns: reordered.lag_ns,
        released,
        late,
        most_behind_ns: most_behind,
        dropped,
        hurried,
        memory_bytes: reordered.memory as u64,
    }
}

/// Events that are missing where the matchers looked for patterns.
fn judge_order(outcome: &Outcome, validity: &mut Validity) {
    match outcome.reordered.map(|reordered| reordered.counts) {
        Some(Counts { late, dropped, .. }) if late + dropped > 0 => validity.warn(format!(
            "{late} events came later than `--reorder` waits and were left out: matches may be \
             missing"
        )),
        Some(_) => {}
        None => {
            let late =
                outcome.gathered.tallies.iter().map(|tally| tally.missing.late).max().unwrap_or(0);
            if late > 0 {
                validity.warn(format!(
                    "{late} events were out of the order of their time and left out: matches may \
                     be missing; see `--reorder`"
                ));
            }
        }
    }
}

fn judge(outcome: &Outcome, lost: u64) -> Validity {
    let mut validity = Validity::new();
    judge_order(outcome, &mut validity);
    let missing = || outcome.gathered.tallies.iter().map(|tally| tally.missing);
    let truncated: u64 = missing().map(|it| it.truncated).sum();
    let cut: u64 = missing().map(|it| it.columns_dropped).sum();
    if cut > 0 {
        validity.warn(format!(
            "derived columns had no room for {cut} events or keys: their values miss something"
        ));
    }
    if truncated > 0 {
        validity.warn(format!(
            "{truncated} partial matches were given up at a limit: matches may be missing"
        ));
    }
    if lost > 0 {
        validity.invalid(format!("{lost} events went in and never came out"));
    }
    let recovery = outcome.stage().recovery;
    if recovery.dead_letters_lost > 0 {
        validity.invalid(format!("{} dead letters were lost", recovery.dead_letters_lost));
    }
    if let Some(paced) = &outcome.paced {
        validity.pace(paced);
        validity.slip(&paced.slip, &outcome.gathered.response);
    }
    validity
}

impl Mode {
    /// `realtime` or `micro-batch`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RealTime => "realtime",
            Self::MicroBatch { .. } => "micro-batch",
        }
    }

    fn batch(self, events: u64, stage: &StageSummary) -> Option<BatchSummary> {
        match self {
            Self::RealTime => None,
            Self::MicroBatch { max_events, interval } => Some(BatchSummary {
                interval_ns: interval.as_nanos() as u64,
                max_events: max_events as u64,
                batches: stage.batches,
                mean_events: events as f64 / stage.batches.max(1) as f64,
                added_delay_ns: stage.added_delay.as_ref().map(percentiles),
            }),
        }
    }
}
