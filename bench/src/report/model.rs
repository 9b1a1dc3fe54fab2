//! The objects that `--json` prints and that the terminal and HTML reports are drawn from.
//!
//! Field names are a contract with scripts: add, never rename. Times are nanoseconds, rates are
//! events per second; `null` means "not measured in this run".

use serde::Serialize;

/// Version of every object in this module; raised when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// Whether a run may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing lost, the generator kept up.
    Valid,
    /// The figures must not be quoted; the reasons stand beside.
    Invalid,
}

/// Percentiles of one latency, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// Recorded values.
    pub samples: u64,
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p99_9: u64,
    /// 99.99th percentile.
    pub p99_99: u64,
    /// Largest value.
    pub max: u64,
}

/// The three latencies of an open-loop run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Latencies {
    /// Intended send time of the event that set a match free (it completed the match, or ended the
    /// wait of one held back), to the match being visible.
    pub response: Percentiles,
    /// Actual send time of that event, to the match being visible.
    pub service: Percentiles,
    /// How late the generator itself was, over all events.
    pub slip: Percentiles,
}

/// What was fed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedSummary {
    /// Built-in name or path.
    pub name: String,
    /// Events fed.
    pub events: u64,
    /// Records of the source that could not be decoded.
    pub errors: u64,
    /// Seed, where the feed is generated.
    pub seed: Option<String>,
}

/// What one pattern found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatternSummary {
    /// Name of the pattern.
    pub name: String,
    /// Matches emitted.
    pub matches: u64,
    /// Partial matches reported because they timed out.
    pub timed_out: u64,
    /// Order-independent checksum over the matches, sixteen hexadecimal digits.
    pub checksum: String,
    /// Partial matches given up because a limit was reached.
    pub truncated: u64,
    /// Events that it did not see because their time was before that of an earlier one.
    pub late: u64,
    /// Events that it did not see because a derived column had no value for them.
    pub unseen: u64,
    /// Events and keys that derived columns had no room for.
    pub columns_dropped: u64,
    /// Memory of its matcher, all of it allocated before the first event.
    pub memory_bytes: u64,
}

/// How well a pattern found what was planted for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detection {
    /// What was planted; the name of the pattern too.
    pub behaviour: String,
    /// How often, in what was fed.
    pub planted: u64,
    /// Those within which there is a match.
    pub found: u64,
    /// Matches.
    pub matches: u64,
    /// Share of the matches that lie within a planted behaviour; `null` if there is no match.
    pub precision: Option<f64>,
    /// Share of the planted behaviours that were found.
    pub recall: f64,
}

/// The load that was offered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadSummary {
    /// `fixed`, `poisson`, `burst`, `replay`, or `max` for a closed loop.
    pub arrival: String,
    /// Offered rate; `null` for a closed loop.
    pub target_eps: Option<f64>,
    /// Rate at which events were really sent.
    pub achieved_eps: f64,
    /// The most that the 99.9th percentile of the slip may be; `null` for a closed loop.
    pub slip_limit_ns: Option<u64>,
    /// Whether it was more: the figures then are of the generator too; `null` for a closed loop.
    pub generator_limited: Option<bool>,
}

/// How a micro-batch run cut its batches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BatchSummary {
    /// Longest time from the first event of a batch to its close.
    pub interval_ns: u64,
    /// Most events in a batch.
    pub max_events: u64,
    /// Batches committed.
    pub batches: u64,
    /// Mean events in a batch.
    pub mean_events: f64,
    /// What gathering added to each event: from when the stage could see it to its batch being
    /// handed over. `null` if batches take what there is.
    pub added_delay_ns: Option<Percentiles>,
}

/// What the stage in front of the matchers did that puts events in the order of their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReorderSummary {
    /// How late an event may be.
    pub lag_ns: u64,
    /// Events that left in order.
    pub released: u64,
    /// Events that came later than that, and were left out.
    pub late: u64,
    /// By how much the worst of them was too late.
    pub most_behind_ns: u64,
    /// Events left out because there was no room.
    pub dropped: u64,
    /// How often the earliest event had to go before its time because there was no room.
    pub hurried: u64,
    /// Memory, all of it allocated before the first event.
    pub memory_bytes: u64,
}

/// What the load's producer did, by what became of the events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ProducerAccount {
    /// Events published.
    pub published: u64,
    /// Times that it had to wait for room.
    pub waited: u64,
    /// Events refused because the ring was full.
    pub rejected: u64,
    /// Events refused because there was no room in time.
    pub timed_out: u64,
    /// Events dropped because the ring was full.
    pub dropped: u64,
    /// Events that a newer one of the same key replaced.
    pub conflated: u64,
}

/// Offered = taken + aborted + in flight, or something is lost unaccounted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StageAccount {
    /// Events published for the stage.
    pub offered: u64,
    /// Events that it took to the end, dead letters among them.
    pub taken: u64,
    /// Slots without an event that it passed over.
    pub aborted: u64,
    /// Events that it left.
    pub in_flight: u64,
    /// Events that it gave up.
    pub dead_letters: u64,
    /// Whether that adds up.
    pub balanced: bool,
}

/// The machine during one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostSummary {
    /// Median round trip of a one-line ping-pong between the two cores, just before.
    pub floor_before_ns: Option<u64>,
    /// The same, just after.
    pub floor_after_ns: Option<u64>,
    /// Placement class of the two cores (`sibling`, `near`, `far`, `mixed`, `single-core`).
    pub placement: String,
    /// 99.9th percentile of the gaps the host tore into the load generator's spin loop.
    pub gap_p99_9_ns: u64,
    /// Longest such gap.
    pub gap_max_ns: u64,
    /// Grade of the host, `A` to `F`.
    pub grade: String,
}

/// An event that was set aside because its processing failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetterSummary {
    /// Its sequence.
    pub sequence: u64,
    /// The stage that gave it up.
    pub stage: String,
    /// Why.
    pub reason: String,
    /// The event's bytes, hexadecimal.
    pub event: String,
}

/// One run in one mode.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// May the figures be believed?
    pub status: Status,
    /// Why not, one sentence each.
    pub reasons: Vec<String>,
    /// What a reader must know although the figures may be believed.
    pub notes: Vec<String>,
    /// `realtime` or `micro-batch`.
    pub mode: String,
    /// What was fed.
    pub feed: FeedSummary,
    /// What was found.
    pub patterns: Vec<PatternSummary>,
    /// What was found of what was planted; empty where that is not asked.
    pub detections: Vec<Detection>,
    /// Events processed per second of wall time.
    pub throughput_eps: f64,
    /// CPU time of the engine's threads (the load generator's own left out) per event.
    pub cpu_ns_per_event: f64,
    /// CPU time of the whole process per event, the load generator included.
    pub process_cpu_ns_per_event: f64,
    /// Events that went in and never came out. Anything but zero makes the run invalid.
    pub lost: u64,
    /// Events dropped by policy.
    pub dropped: u64,
    /// Events set aside as poisoned.
    pub dead_lettered: u64,
    /// The first of them.
    pub dead_letters: Vec<DeadLetterSummary>,
    /// Batches rolled back and processed again.
    pub retried_batches: u64,
    /// What became of the events before the ring.
    pub producer: ProducerAccount,
    /// What became of them behind it.
    pub stage: StageAccount,
    /// Latencies; all zero with no samples for a closed loop.
    pub latency_ns: Latencies,
    /// The load.
    pub load: LoadSummary,
    /// Batching, in micro-batch mode.
    pub batch: Option<BatchSummary>,
    /// Reordering, if it was asked for.
    pub reorder: Option<ReorderSummary>,
    /// Wait strategy of the engine's threads.
    pub wait: String,
    /// The machine.
    pub host: HostSummary,
}

/// One configuration of the trade-off: real-time, or micro-batch at one interval.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TradeOff {
    /// `realtime`, or `micro-batch 100us`.
    pub label: String,
    /// Batch interval; `null` for real-time.
    pub interval_ns: Option<u64>,
    /// Response at the paced rate, all rounds merged.
    pub response: Percentiles,
    /// Engine CPU per event at the paced rate, median over valid rounds (`null` without one).
    pub cpu_ns_per_event: f64,
    /// Mean events in a batch at the paced rate (`null` for real-time, or without a valid round).
    pub mean_batch_events: Option<f64>,
    /// Events per second in a closed loop, median over rounds.
    pub saturated_eps: f64,
    /// Engine CPU per event in the closed loop, median over rounds.
    pub saturated_cpu_ns_per_event: f64,
    /// Matches and checksums equal those of every other row, in every round.
    pub same_matches: bool,
    /// Rounds whose run was invalid.
    pub invalid_rounds: u32,
}

/// A paired comparison of two configurations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairedRatio {
    /// What is compared, such as `micro-batch 1ms / realtime`.
    pub label: String,
    /// The figure, such as `saturated CPU per event`.
    pub metric: String,
    /// Median over pairs of the ratio.
    pub ratio: f64,
    /// Lower end of the 95 % bootstrap interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Pairs measured.
    pub pairs: u32,
    /// `lower`, `higher`, `same` or `cannot tell`.
    pub verdict: String,
}

/// One line of the host check, repeated in every report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostFinding {
    /// Name of the check.
    pub id: String,
    /// `fail`, `warn`, `info`, `pass` or `skip`.
    pub severity: String,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub fix: String,
}

/// Both architectures on the same events.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompareReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Valid only if every run was.
    pub status: Status,
    /// Why not.
    pub reasons: Vec<String>,
    /// Every run of either mode found the same matches (counts and checksums).
    pub same_matches: bool,
    /// One full run per mode at the paced rate: real-time, then micro-batch.
    pub runs: Vec<RunReport>,
    /// The sweep: real-time first, then micro-batch by rising interval.
    pub trade_off: Vec<TradeOff>,
    /// Paired verdicts of the interleaved trials.
    pub ratios: Vec<PairedRatio>,
    /// Rounds in which every configuration was run once, interleaved.
    pub rounds: u32,
    /// The command that repeats this comparison.
    pub command: String,
    /// Findings of the host check that are not passes.
    pub findings: Vec<HostFinding>,
    /// The clock: frequency, resolution, cost, drift, in sentences.
    pub clock: Vec<String>,
    /// Cpus, kernel, toolchain, version: name and value.
    pub environment: Vec<(String, String)>,
}
