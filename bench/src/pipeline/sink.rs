//! Where matches become visible: counted, summed, and timed against the event that set them
//! free.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tourbillon_cep::matching::{Found, Kind};

use super::kept::Kept;
use crate::matcher::{AnyMatcher, Missing};
use crate::measure::clock::Clock;
use crate::measure::histogram::Histogram;
use crate::measure::schedule::Schedule;

/// What one pattern has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Matches emitted.
    pub matches: u64,
    /// Partial matches reported because they timed out.
    pub timed_out: u64,
    /// Sum of the matches' checksums.
    pub checksum: u64,
    /// What was left out on the way there.
    pub missing: Missing,
}

/// When each event was to be sent and when it was.
///
/// Intended times follow from the schedule, or are those of arrival from the network; actual ones
/// stand in an array that the load fills, in a circle where it has no end. The ring's publication
/// orders its plain stores before every read here.
#[derive(Debug)]
pub(super) struct SendTimes {
    pub(crate) clock: Clock,
    pub(crate) start: AtomicU64,
    due: Due,
    sent: Box<[AtomicU64]>,
}

/// Where intended times come from, in nanoseconds from the start.
#[derive(Debug)]
enum Due {
    Schedule(Schedule),
    Arrivals(Box<[AtomicU64]>),
}

/// Times kept of a load without an end: more than events can be between load and sink.
const KEPT: usize = 1 << 19;

impl SendTimes {
    /// Room for the send times of a whole schedule.
    pub(crate) fn new(clock: Clock, schedule: Schedule) -> Self {
        let sent = zeros(schedule.len() as usize);
        Self { clock, start: AtomicU64::new(0), due: Due::Schedule(schedule), sent }
    }

    /// Times of a load that has no schedule: events are due when they arrive.
    pub(crate) fn arrivals(clock: Clock) -> Self {
        let due = Due::Arrivals(zeros(KEPT));
        Self { clock, start: AtomicU64::new(0), due, sent: zeros(KEPT) }
    }

    /// Notes that the event arrived so many nanoseconds after the start.
    pub(crate) fn arrived(&self, sequence: u64, ns: u64) {
        if let Due::Arrivals(arrived) = &self.due {
            arrived[sequence as usize % KEPT].store(ns, Ordering::Relaxed);
        }
    }

    /// When the event was due, in nanoseconds after the start.
    #[inline]
    fn due(&self, sequence: u64) -> u64 {
        match &self.due {
            Due::Schedule(schedule) => schedule.due(sequence),
            Due::Arrivals(arrived) => arrived[sequence as usize % KEPT].load(Ordering::Relaxed),
        }
    }

    #[inline]
    fn place(&self, sequence: u64) -> &AtomicU64 {
        let place = match self.due {
            Due::Schedule(_) => sequence as usize,
            Due::Arrivals(_) => sequence as usize % KEPT,
        };
        &self.sent[place]
    }

    /// Notes that the event was sent at `ticks`. Called before it is published.
    #[inline]
    pub(crate) fn sent(&self, sequence: u64, ticks: u64) {
        self.place(sequence).store(ticks, Ordering::Relaxed);
    }

    /// Nanoseconds from the intended and from the actual send time to `now`.
    #[inline]
    fn since(&self, sequence: u64, now: u64) -> (u64, u64) {
        let elapsed = self.clock.ns(now.saturating_sub(self.start.load(Ordering::Relaxed)));
        let sent = self.place(sequence).load(Ordering::Relaxed);
        (elapsed.saturating_sub(self.due(sequence)), self.clock.ns(now.saturating_sub(sent)))
    }
}

fn zeros(len: usize) -> Box<[AtomicU64]> {
    (0..len).map(|_| AtomicU64::new(0)).collect()
}

/// The last stage of both architectures.
#[derive(Debug)]
pub(super) struct Sink {
    tallies: Vec<Tally>,
    times: Option<Arc<SendTimes>>,
    response: Histogram,
    service: Histogram,
    /// What came out, if somebody wants to write it down.
    kept: Option<Vec<Kept>>,
    /// Events that set a match free which is out but not yet timed: those that completed it, or,
    /// for a match held back, the later ones that ended its wait.
    untimed: Vec<u64>,
}

/// What a sink has gathered when the stream ends.
#[derive(Debug)]
pub struct Gathered {
    /// One for each pattern.
    pub tallies: Vec<Tally>,
    /// Bytes that each pattern's matcher allocated, all of them before the first event.
    pub memory: Vec<usize>,
    /// From intended send to visible.
    pub response: Histogram,
    /// From actual send to visible.
    pub service: Histogram,
    /// The matches and time-outs, if they were to be kept.
    pub kept: Vec<Kept>,
}

impl Sink {
    /// A sink for so many patterns. Without `times`, matches are counted but not timed.
    pub(crate) fn new(patterns: usize, times: Option<Arc<SendTimes>>, keep: bool) -> Self {
        Self {
            tallies: vec![Tally::default(); patterns],
            times,
            response: Histogram::new(),
            service: Histogram::new(),
            kept: keep.then(Vec::new),
            untimed: Vec::with_capacity(1 << 16),
        }
    }

    /// Takes a match. It counts as visible at the next [`Sink::stamp`].
    #[inline]
    pub(crate) fn take(&mut self, pattern: usize, found: &Found<'_>) {
        self.take_reordered(pattern, found, found.released_by(), &[]);
    }

    /// The same where the matcher knows events by other numbers than their sequences: `origins`
    /// has these, and `freed_by` is that of the event that set the match free.
    #[inline]
    pub(crate) fn take_reordered(
        &mut self,
        pattern: usize,
        found: &Found<'_>,
        freed_by: Option<u64>,
        origins: &[u64],
    ) {
        let tally = &mut self.tallies[pattern];
        if found.kind() == Kind::Match {
            tally.matches += 1;
            tally.checksum = tally.checksum.wrapping_add(found.checksum());
        } else {
            tally.timed_out += 1;
        }
        // What the end of the stream sets free waited for no event.
        if let Some(sequence) = freed_by.filter(|_| self.times.is_some()) {
            // A burst larger than the buffer is timed where it stands: early by the rest of it.
            if self.untimed.len() == self.untimed.capacity() {
                self.stamp();
            }
            self.untimed.push(sequence);
        }
        if let Some(kept) = &mut self.kept {
            kept.push(Kept::new(pattern, found, origins));
        }
    }

    /// Everything taken so far is visible now.
    #[inline]
    pub(crate) fn stamp(&mut self) {
        if self.untimed.is_empty() {
            return;
        }
        if let Some(times) = &self.times {
            let now = times.clock.now_ordered();
            for sequence in self.untimed.drain(..) {
                let (response, service) = times.since(sequence, now);
                self.response.record(response);
                self.service.record(service);
            }
        }
    }

    /// Ends the stream.
    pub(crate) fn gather(&mut self, matchers: &[AnyMatcher]) -> Gathered {
        self.stamp();
        let mut tallies = std::mem::take(&mut self.tallies);
        for (tally, matcher) in tallies.iter_mut().zip(matchers) {
            tally.missing = matcher.missing();
        }
        Gathered {
            tallies,
            memory: matchers.iter().map(AnyMatcher::memory).collect(),
            response: std::mem::take(&mut self.response),
            service: std::mem::take(&mut self.service),
            kept: self.kept.take().unwrap_or_default(),
        }
    }
}
