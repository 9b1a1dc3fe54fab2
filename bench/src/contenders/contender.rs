//! Who is measured, doing what.

use std::fmt;
use std::time::Instant;

use serde::Serialize;
use tourbillon_cep::Full;

/// Matches found and the sum of their checksums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Found {
    pub(crate) matches: u64,
    pub(crate) checksum: u64,
}

impl Found {
    /// Counts one match, given by its sequences in order: splitmix64 (Steele, Lea and Flood,
    /// "Fast splittable pseudorandom number generators", OOPSLA 2014) folded over each plus one.
    #[inline]
    pub(crate) fn take(&mut self, sequences: impl Iterator<Item = u64>) {
        let hash = { sequences }.fold(0, |hash, sequence| mix(hash ^ (sequence + 1)));
        self.add(hash);
    }

    /// Counts one match whose share of the checksum is known.
    #[inline]
    pub(crate) fn add(&mut self, checksum: u64) {
        self.matches += 1;
        self.checksum = self.checksum.wrapping_add(checksum);
    }
}

#[inline]
fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Nanoseconds for one event, mean of a trial.
    PerEvent,
    /// Nanoseconds for one of the first events.
    First,
    /// Nanoseconds for one of the last events.
    Last,
    /// Time of the last events over that of the first.
    LastOverFirst,
    /// Bytes.
    Memory,
    /// Nanoseconds that half of the events do not exceed.
    P50,
    /// Nanoseconds that 99 % of the events do not exceed.
    P99,
    /// Nanoseconds that 99.9 % of the events do not exceed.
    P99_9,
    /// The same of no work at all: the host's own.
    HostP99_9,
    /// Nanoseconds that 99.9 % of the events are not sent later than intended.
    Slip,
    /// Parts of a million of its time that the host tore out of the load.
    Torn,
    /// Messages that never came.
    Dropped,
    /// Nanoseconds that half of the host's gaps do not exceed.
    GapP50,
    /// Nanoseconds that 99 % of the host's gaps do not exceed.
    GapP99,
    /// Parts of a million of the events that took longer than 10 µs.
    Over,
    /// Those of them whose time no gap of the host overlaps.
    Ours,
}

impl Metric {
    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PerEvent => "per event",
            Self::First => "first tenth",
            Self::Last => "last tenth",
            Self::LastOverFirst => "last / first",
            Self::Memory => "memory",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P99_9 => "p99.9",
            Self::HostP99_9 => "host p99.9",
            Self::Slip => "slip p99.9",
            Self::Torn => "torn out",
            Self::Dropped => "dropped",
            Self::GapP50 => "gap p50",
            Self::GapP99 => "gap p99",
            Self::Over => "over 10 µs",
            Self::Ours => "no gap",
        }
    }

    /// Its unit.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::LastOverFirst => "ratio",
            Self::Memory => "bytes",
            Self::Torn | Self::Over | Self::Ours => "ppm",
            Self::Dropped => "messages",
            _ => "ns",
        }
    }
}

/// One figure of a trial.
pub(crate) type Figure = (Metric, f64);

/// What a trial gave.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) found: Found,
    /// The same metrics in every trial of a contender.
    pub(crate) figures: Vec<Figure>,
}

/// A trial.
pub(crate) type Trial = Box<dyn FnMut() -> anyhow::Result<Sample> + Send>;

/// Who.
pub(crate) struct Contender {
    /// Its name within the scenario.
    pub(crate) name: String,
    /// Contenders of a scenario that do the same work find the same matches.
    pub(crate) work: String,
    /// What is published of that work.
    pub(crate) expected: Option<Found>,
    /// Measures it once.
    pub(crate) trial: Trial,
}

impl Contender {
    /// One whose matches nobody has published.
    pub(crate) fn new(name: &str, work: &str, trial: Trial) -> Self {
        Self { name: name.to_owned(), work: work.to_owned(), expected: None, trial }
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What has to be done.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// In a sentence.
    pub(crate) about: String,
    pub(crate) events: usize,
    pub(crate) contenders: Vec<Contender>,
}

/// Time of `work` for each of `events` events, in nanoseconds.
pub(crate) fn timed(events: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / events as f64
}

/// The same of `work` that ends early if its matcher stops at a limit, which is an error.
pub(crate) fn try_timed(
    events: usize,
    work: impl FnOnce() -> Result<(), Full>,
) -> Result<f64, Full> {
    let mut done = Ok(());
    let ns = timed(events, || done = work());
    done.map(|()| ns)
}

/// A sample of the one figure that most trials give.
pub(crate) fn per_event(found: Found, ns: f64) -> Sample {
    Sample { found, figures: vec![(Metric::PerEvent, ns)] }
}
