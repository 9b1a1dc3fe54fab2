//! The open-loop generator's metronome: lets each event go at its intended time, and notes how
//! late it was.
//!
//! A late pacer catches up at once: events that are overdue go back to back, and the intended times
//! stay where they were. How late an event went is its *slip*; it is part of the response time,
//! because whoever waits for an answer counts from when the question was due.

use super::{
    clock::Clock,
    gap::{self, GapMeter},
    histogram::Histogram,
    schedule::Schedule,
};
use std::hint::spin_loop;

/// An event whose time has come. Stamps are ticks of the pacer's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Its place in the schedule, from 0.
    pub sequence: u64,
    /// When it was meant to go.
    pub intended: u64,
    /// When it went.
    pub sent: u64,
}

/// Walks a [`Schedule`] in real time.
#[derive(Debug)]
pub struct Pacer<'a> {
    schedule: &'a Schedule,
    clock: Clock,
    start: u64,
    next: u64,
    next_intended: u64,
    tail_from: u64,
    closest: Lateness,
    last_sent: u64,
    slip: Histogram,
    gaps: GapMeter,
}

/// How late one event was, in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Lateness {
    due: u64,
    slip: u64,
}

impl<'a> Pacer<'a> {
    /// A pacer whose time 0 is `start` (ticks of `clock`; a moment in the near future leaves the
    /// other threads time to get ready).
    pub fn new(clock: Clock, schedule: &'a Schedule, start: u64) -> Self {
        Self {
            schedule,
            clock,
            start,
            next: 0,
            next_intended: start,
            tail_from: schedule.len() - schedule.len().div_ceil(10),
            closest: Lateness::default(),
            last_sent: start,
            slip: Histogram::new(),
            gaps: GapMeter::new(clock, gap::THRESHOLD_NS),
        }
    }

    /// Have all events gone?
    #[inline]
    pub fn is_done(&self) -> bool {
        self.next == self.schedule.len()
    }

    /// When the next event is due, in ticks; meaningless when done.
    #[inline]
    pub fn next_intended(&self) -> u64 {
        self.next_intended
    }

    /// Spins until the next event is due; `None` when all have gone.
    ///
    /// The spinning feeds the gap meter. Time that the caller spends between two calls is the
    /// caller's own and counts as no gap.
    #[inline]
    pub fn wait(&mut self) -> Option<Due> {
        if self.is_done() {
            return None;
        }
        let mut now = self.clock.now();
        self.gaps.resume(now);
        while now < self.next_intended {
            spin_loop();
            now = self.clock.now();
            self.gaps.observe(now);
        }
        self.poll(now)
    }

    /// The next event, if it is due at `now` (ticks): for a loop that has other work to do.
    #[inline]
    pub fn poll(&mut self, now: u64) -> Option<Due> {
        if self.is_done() || now < self.next_intended {
            return None;
        }
        let due = Due { sequence: self.next, intended: self.next_intended, sent: now };
        let slip = self.clock.ns(now - due.intended);
        self.slip.record(slip);
        if due.sequence <= self.tail_from || slip < self.closest.slip {
            self.closest = Lateness { due: self.clock.ns(due.intended - self.start), slip };
        }
        self.last_sent = now;
        self.next += 1;
        if !self.is_done() {
            self.next_intended = self.start + self.clock.ticks(self.schedule.due(self.next));
        }
        Some(due)
    }

    /// How the generator did.
    pub fn finish(self) -> Paced {
        let span_ns = self.clock.ns(self.last_sent.saturating_sub(self.start));
        Paced {
            events: self.next,
            target_eps: self.schedule.offered_eps(self.next),
            achieved_eps: self.next.saturating_sub(1) as f64 * 1e9 / span_ns.max(1) as f64,
            closest: self.closest,
            slip: self.slip,
            gaps: self.gaps,
        }
    }
}

/// What a [`Pacer`] measured of itself.
#[derive(Debug, Clone)]
pub struct Paced {
    /// Events sent.
    pub events: u64,
    /// Rate that the schedule asked for over those events; `None` when all were due at once.
    pub target_eps: Option<f64>,
    /// Rate at which they went, from the start to the last.
    pub achieved_eps: f64,
    /// How late each event was, in nanoseconds.
    pub slip: Histogram,
    /// What the host tore out of the waiting.
    pub gaps: GapMeter,
    closest: Lateness,
}

impl Paced {
    /// The share of the target rate that the generator kept, 0 to 1.
    ///
    /// It is `due / (due + slip)` of the event in the last tenth of the run that was least late. A
    /// generator too slow by one part in a thousand is late by a thousandth of the time at *every*
    /// event, so this finds it; one host stall just before the end, which would spoil plain
    /// `events / time`, leaves some event of that tenth on time.
    pub fn kept_share(&self) -> f64 {
        let sent = self.closest.due + self.closest.slip;
        if sent == 0 { 1.0 } else { self.closest.due as f64 / sent as f64 }
    }

    /// How late that same event was, in nanoseconds.
    pub fn closest_slip_ns(&self) -> u64 {
        self.closest.slip
    }
}
