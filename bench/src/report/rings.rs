//! The rings' benchmark: what `bench rings --json` prints, and the same on a terminal.

mod text;

use serde::Serialize;

use super::model::{PairedRatio, Status};

pub use text::text;

/// What `bench rings --json` prints. Times are nanoseconds; `null` means "not measured", or too
/// few samples for such a percentile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RingsReport {
    /// Version of this object.
    pub schema_version: u32,
    /// Whether the figures may be believed.
    pub status: Status,
    /// Why not, one sentence each.
    pub reasons: Vec<String>,
    /// What was not measured, and why.
    pub skipped: Vec<String>,
    /// Rounds; each measures every contender once.
    pub rounds: u32,
    /// Whether the trials were too short to be quoted.
    pub quick: bool,
    /// Whether the threads ran before all others of the machine.
    pub real_time: bool,
    /// Slots of every ring.
    pub capacity: u64,
    /// Events of a batch, where batches are published.
    pub batch: u64,
    /// Trials whose floor probes disagreed: measured, and thrown away.
    pub dropped: u32,
    /// The contenders, once for each placement class that they met.
    pub rows: Vec<Row>,
    /// What was promised, and whether it was kept.
    pub goals: Vec<Goal>,
    /// Grade of the host.
    pub grade: String,
    /// The clock: frequency, resolution, cost, drift, in sentences.
    pub clock: Vec<String>,
    /// Cpu, kernel, toolchain, version: name and value.
    pub environment: Vec<(String, String)>,
}

/// One contender in one placement class. Figures are medians over rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What had to be done.
    pub scenario: String,
    /// Who did it.
    pub peer: String,
    /// Bytes of an event.
    pub event_bytes: u64,
    /// `pause` or `bare`; a rate; or nothing.
    pub variant: String,
    /// Placement of the two cores.
    pub placement: String,
    /// Rounds in this class.
    pub rounds: u32,
    /// Rounds of this contender, in whatever class, that were thrown away.
    pub dropped: u32,
    /// Median round trip of the floor probes around these trials.
    pub floor_ns: f64,
    /// Load average of the machine.
    pub load_average: f64,
    /// Round trip or one-way time.
    pub latency_ns: Option<LatencyRow>,
    /// Throughput.
    pub rate: Option<RateRow>,
    /// Headline figure (p50, or rate) over that of the floor (ping-pong) or of the disruptor.
    pub against: Option<PairedRatio>,
}

/// Times of one contender, in nanoseconds: medians over rounds of each round's percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LatencyRow {
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// 99.9th percentile.
    pub p99_9: Option<f64>,
    /// 99.9th percentile of the gaps that the host tore into the sender's waiting.
    pub gap_p99_9: Option<f64>,
    /// Share of the target rate that was kept.
    pub kept_share: Option<f64>,
}

/// Throughput of one contender.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RateRow {
    /// Events a second: within each trial the median over runs of some events, so that what the
    /// host tears out does not count.
    pub events_per_second: f64,
    /// The same over whole trials, host and all; `null` where a trial is made of bursts.
    pub overall_per_second: Option<f64>,
    /// Events that the consumer found each time it found any; `null` without a consumer.
    pub mean_batch: Option<f64>,
}

/// Whether a promise was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GoalVerdict {
    /// The whole 95 % interval is on the right side of the limit.
    Met,
    /// All of it is on the wrong side.
    Missed,
    /// Neither, or too few pairs, or nothing was measured.
    CannotTell,
}

/// One promise, in one placement class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Goal {
    /// What.
    pub goal: String,
    /// Which of our rings.
    pub candidate: String,
    /// Bytes of an event.
    pub event_bytes: u64,
    /// As in the rows.
    pub variant: String,
    /// `at most` or `at least`.
    pub relation: String,
    /// The ratio promised.
    pub limit: f64,
    /// Placement of the two cores; `null` if it was never measured.
    pub placement: Option<String>,
    /// The ratio to the base that is hardest to beat, with its interval and pairs.
    pub hardest: Option<PairedRatio>,
    /// Kept?
    pub verdict: GoalVerdict,
}
