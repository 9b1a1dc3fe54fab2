//! Engines and hosts whose behaviour is known exactly, to hold the harness against.
//!
//! All of it runs in virtual time: a nanosecond passes when the arithmetic says so. Nothing sleeps,
//! nothing depends on the machine, and yet the pacer, histograms, rules and comparisons
//! under test are the very ones of a real run.

use super::{
    clock::Clock,
    histogram::Histogram,
    pacer::{Paced, Pacer},
    schedule::Schedule,
    validity::{SequenceCheck, Validity},
};
use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng, SeedableRng},
};

/// An engine that does nothing but take time.
#[derive(Debug, Clone, Default)]
pub struct FakeEngine {
    /// Time from taking event `n` to its result: entry `n` of this table, which repeats. No time
    /// at all when empty. Events overlap: one slow event does not delay the next.
    pub latency_ns: Vec<u64>,
    /// Least time between taking one event and taking the next: its capacity.
    pub accept_ns: u64,
    /// Times at which it takes nothing, and the generator is held up.
    pub stall: Option<Stall>,
    /// What it does wrong.
    pub fault: Option<Fault>,
}

/// A pause of fixed length at the end of every period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// Length of a period, in nanoseconds.
    pub period_ns: u64,
    /// Length of the pause, in nanoseconds, no more than the period.
    pub length_ns: u64,
}

impl Stall {
    /// When an engine that is asked at `now` takes the event.
    fn end(self, now: u64) -> u64 {
        let phase = now % self.period_ns;
        if phase < self.period_ns - self.length_ns { now } else { now - phase + self.period_ns }
    }
}

/// A fault of the engine, at one sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The event never comes out.
    Lose(u64),
    /// The event comes out twice.
    Repeat(u64),
    /// The event comes out after its successor.
    Swap(u64),
}

/// What was measured of a [`FakeEngine`].
#[derive(Debug, Clone)]
pub struct FakeRun {
    /// From the intended send time to the result.
    pub response: Histogram,
    /// From the actual send time to the result.
    pub service: Histogram,
    /// The generator.
    pub paced: Paced,
    /// What came out.
    pub sequence: SequenceCheck,
}

impl FakeRun {
    /// The harness's judgement.
    pub fn validity(&self) -> Validity {
        let mut validity = Validity::new();
        validity.sequence(&self.sequence);
        validity.pace(&self.paced);
        validity.slip(&self.paced.slip, &self.response);
        validity
    }
}

impl FakeEngine {
    /// Drives the engine through a schedule.
    pub fn run(&self, schedule: &Schedule) -> FakeRun {
        let clock = Clock::monotonic(); // its ticks are nanoseconds
        let mut pacer = Pacer::new(clock, schedule, 0);
        let mut response = Histogram::new();
        let mut service = Histogram::new();
        let mut sequence = SequenceCheck::new();
        let mut now = 0;
        while !pacer.is_done() {
            now = pacer.next_intended().max(now);
            let Some(due) = pacer.poll(now) else { continue };
            let taken = self.stall.map_or(now, |stall| stall.end(now));
            let out = taken + self.latency_of(due.sequence);
            response.record(out - due.intended);
            service.record(out - due.sent);
            self.emit(due.sequence, &mut sequence);
            now = taken + self.accept_ns; // the generator is held up as long as the engine
        }
        let paced = pacer.finish();
        sequence.finish(paced.events);
        FakeRun { response, service, paced, sequence }
    }

    fn latency_of(&self, sequence: u64) -> u64 {
        match self.latency_ns.len() as u64 {
            0 => 0,
            length => self.latency_ns[(sequence % length) as usize],
        }
    }

    fn emit(&self, sequence: u64, out: &mut SequenceCheck) {
        match self.fault {
            Some(Fault::Lose(n)) if n == sequence => {}
            Some(Fault::Repeat(n)) if n == sequence => {
                out.observe(sequence);
                out.observe(sequence);
            }
            Some(Fault::Swap(n)) if n == sequence => {
                out.observe(sequence + 1);
                out.observe(sequence);
            }
            Some(Fault::Swap(n)) if n + 1 == sequence => {}
            _ => out.observe(sequence),
        }
    }
}

/// A shared host: the same work takes a different time at every trial.
///
/// The machine's speed wanders as a random walk (2 % a trial), each trial has noise of its own
/// (1 %), and one trial in ten is hit by something that makes it up to twice as long.
#[derive(Debug, Clone)]
pub struct NoisyHost {
    random: Xoshiro256PlusPlus,
    log_speed: f64,
}

impl NoisyHost {
    /// A host with its own seed.
    pub fn new(seed: u64) -> Self {
        Self { random: Xoshiro256PlusPlus::seed_from_u64(seed), log_speed: 0.0 }
    }

    /// What a trial of work that truly takes `ns` measures, now.
    pub fn trial(&mut self, ns: f64) -> f64 {
        self.log_speed += 0.02 * self.normal();
        let noise = 0.01 * self.normal();
        let hit = if self.uniform() < 0.1 { 1.0 + self.uniform() } else { 1.0 };
        ns * (self.log_speed + noise).exp() * hit
    }

    fn uniform(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal, mean 0 and variance 1: the sum of twelve uniforms.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
