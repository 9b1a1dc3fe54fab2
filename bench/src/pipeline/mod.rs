//! One run of one architecture: load, ring, matching, sink.
//!
//! ```text
//!  real-time     load --> [ring] --> match each event --> visible
//!  micro-batch   load --> [ring] --> close a batch --> match the batch --> commit --> visible
//! ```
//!
//! The load has a thread of its own; everything behind the ring is fused on one more, so that
//! two cores are enough. Both architectures get the same events by the same ring.

mod front;
mod kept;
mod load;
mod matching;
mod micro_batch;
mod realtime;
mod sink;

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tourbillon_cep::agg::WideError;
use tourbillon_cep::reorder::ReorderError;
use tourbillon_engine::{
    BuildError, Capacity, Coalesce, DeadLetter, DeadLetters, Graph, Isolate, PipelineError,
    Producer, PublishError, Summary, Transaction, Wait,
};
use tourbillon_feeds::{EventSource, MarketEvent};

use crate::measure::clock::Clock;
use crate::measure::cpu;
use crate::measure::pacer::Paced;
use crate::measure::schedule::Schedule;
use crate::pattern::Pattern;
use front::Front;
pub use front::Reordered;
pub use kept::Kept;
use matching::{Matching, Poison};
use micro_batch::MicroBatch;
use realtime::RealTime;
pub use sink::{Gathered, Tally};
use sink::{SendTimes, Sink};

/// Name of the one stage.
const STAGE: &str = "match";
/// Slots of a ring that is hardly ever full: small enough to stay in a cache.
const PACED_SLOTS: usize = 1 << 12;
/// Slots of a ring that is always full, or in which a batch waits until it closes. A saturated
/// ring couples the stalls of its two threads the more the smaller it is, so both architectures
/// saturate the same one.
const SATURATED_SLOTS: usize = 1 << 17;

/// Attempts at a failing batch beyond the first, before it is cut in two.
const RETRIES: u32 = 1;
/// Pause before such an attempt.
const RETRY_PAUSE: Duration = Duration::from_micros(10);

/// Which architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every event by itself.
    RealTime,
    /// Batches, closed by count or interval.
    MicroBatch {
        /// Most events in a batch.
        max_events: usize,
        /// Longest time from a batch's first event to its close.
        interval: Duration,
    },
}

/// One run.
#[derive(Debug)]
pub struct Setup<'a> {
    /// Which architecture.
    pub mode: Mode,
    /// What to look for.
    pub patterns: &'a [Pattern],
    /// What to feed.
    pub events: &'a [MarketEvent],
    /// When; as fast as the ring takes them if `None`.
    pub schedule: Option<Schedule>,
    /// Cores of the load and of the engine; not pinned if `None`.
    pub cores: Option<(usize, usize)>,
    /// How the engine's thread and the load wait.
    pub wait: Wait,
    /// Keep the matches themselves. Allocates on the hot path.
    pub keep: bool,
    /// Plant a fault in each so-many-th event.
    pub poison_every: Option<u64>,
    /// Put events in the order of their time first: they may be up to so many nanoseconds late.
    pub reorder: Option<u64>,
    /// Count in this file, for other processes to read.
    pub counters: Option<&'a Path>,
    /// The clock.
    pub clock: Clock,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Matches and latencies.
    pub gathered: Gathered,
    /// The account of the pipeline.
    pub summary: Summary,
    /// Events set aside as poisoned.
    pub dead_letters: Vec<DeadLetter<MarketEvent>>,
    /// From the first publication to the end of the drain.
    pub wall_ns: u64,
    /// CPU time of the engine's thread.
    pub engine_cpu_ns: u64,
    /// CPU time of the process.
    pub process_cpu_ns: u64,
    /// What reordering did, if it was asked for.
    pub reordered: Option<Reordered>,
    /// What the load generator measured of itself, in an open loop.
    pub paced: Option<Paced>,
}

impl Outcome {
    /// Batches that were delivered to the stage.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.stage().batches
    }

    /// The account of the one stage.
    #[must_use]
    pub fn stage(&self) -> &tourbillon_engine::StageSummary {
        &self.summary.stages[0]
    }
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// No matcher for a pattern.
    #[error("pattern '{pattern}': {source}")]
    Matcher {
        /// Its name.
        pattern: String,
        /// Why.
        source: WideError,
    },
    /// No stage that puts events in order.
    #[error(transparent)]
    Reorder(#[from] ReorderError),
    /// The pipeline could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The load's core.
    #[error(transparent)]
    Pin(#[from] cpu::PinError),
    /// The ring refused an event.
    #[error("the load stopped: {0}")]
    Publish(#[from] PublishError),
    /// A stage failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

/// Runs `setup` from the first event to the last match.
///
/// # Errors
///
/// If the pipeline cannot be built, or a stage fails in a way that it cannot recover from.
///
/// # Panics
///
/// If the stage ends well but leaves no report, which would be a mistake of this module.
pub fn run(setup: &Setup<'_>) -> Result<Outcome, RunError> {
    let times =
        setup.schedule.clone().map(|schedule| Arc::new(SendTimes::new(setup.clock, schedule)));
    with_load(setup, times.clone(), |producer| {
        let begun = Instant::now();
        let Some((times, schedule)) = times.as_ref().zip(setup.schedule.as_ref()) else {
            return Ok(load::saturating(producer, setup.events).map(|()| (None, begun))?);
        };
        let paced = load::paced(producer, setup.events, times, schedule)?;
        Ok((Some(paced), begun + Duration::from_nanos(load::LEAD_NS)))
    })
}

/// Runs `setup` with the events of `source` as they come, at most so many, instead of its own.
///
/// # Errors
///
/// As [`run`].
///
/// # Panics
///
/// As [`run`].
pub fn run_live(
    setup: &Setup<'_>,
    source: &mut (dyn EventSource + Send),
    most: u64,
) -> Result<Outcome, RunError> {
    let times = Arc::new(SendTimes::arrivals(setup.clock));
    with_load(setup, Some(Arc::clone(&times)), |producer| {
        Ok((None, load::live(producer, source, most, &times)?))
    })
}

/// Runs the pipeline under a load, which says how it did and when it began.
fn with_load(
    setup: &Setup<'_>,
    times: Option<Arc<SendTimes>>,
    load: impl FnOnce(&mut Producer<MarketEvent>) -> Result<(Option<Paced>, Instant), RunError> + Send,
) -> Result<Outcome, RunError> {
    let (done, report) = mpsc::channel();
    let sink = Sink::new(setup.patterns.len(), times, setup.keep);
    let poison = Poison::new(setup.poison_every);
    let batch = match setup.mode {
        Mode::RealTime => None,
        Mode::MicroBatch { max_events, .. } => Some(max_events),
    };
    let front = setup
        .reorder
        .map(|lag| Front::new(lag, batch.unwrap_or(0).min(SATURATED_SLOTS), setup.keep));
    let matching = Matching::new(setup.patterns, batch, front.transpose()?, sink, poison, done)?;
    let (letters, dead_letters) = mpsc::channel();
    let letters = DeadLetters::sink(move |letter| {
        // The receiver lives as long as the run.
        let _ = letters.send(letter);
    });
    let (mut producer, graph) = graph(setup, matching, letters);
    let process_cpu_ns = cpu::process_cpu_ns();
    let running = graph.start()?;
    let loaded = std::thread::scope(|scope| {
        let load = scope.spawn(move || {
            if let Some((core, _)) = setup.cores {
                cpu::pin(core)?;
            }
            let loaded = load(&mut producer)?;
            producer.close();
            Ok::<_, RunError>(loaded)
        });
        load.join().expect("the load does not panic")
    });
    // A stage that failed stopped the load too: its failure is the cause, so it comes first.
    let summary = running.join()?;
    let (paced, begun) = loaded?;
    let wall_ns = begun.elapsed().as_nanos() as u64;
    let process_cpu_ns = cpu::process_cpu_ns() - process_cpu_ns;
    let done = report.recv().expect("a stage that ends well reports");
    Ok(Outcome {
        gathered: done.gathered,
        dead_letters: dead_letters.try_iter().collect(),
        summary,
        wall_ns,
        engine_cpu_ns: done.cpu_ns,
        process_cpu_ns,
        reordered: done.reordered,
        paced,
    })
}

fn graph(
    setup: &Setup<'_>,
    matching: Matching,
    letters: DeadLetters<MarketEvent>,
) -> (Producer<MarketEvent>, Graph<MarketEvent>) {
    let slots = match (setup.mode, &setup.schedule) {
        (Mode::RealTime, Some(_)) => PACED_SLOTS,
        _ => SATURATED_SLOTS,
    };
    let (producer, mut graph) = Graph::single(Capacity::at_least(slots));
    graph.producer_wait(setup.wait);
    if let Some(path) = setup.counters {
        graph.counters(path);
    }
    let mut stage = graph.stage(STAGE).wait(setup.wait);
    if let Some((_, core)) = setup.cores {
        stage = stage.core(core);
    }
    match setup.mode {
        Mode::RealTime => stage.handle(Isolate::new(RealTime(matching), letters)),
        Mode::MicroBatch { max_events, interval } => stage
            .coalesce(Coalesce { max_events, interval })
            .handle(Transaction::new(MicroBatch(matching), RETRIES, RETRY_PAUSE, letters)),
    };
    (producer, graph)
}
