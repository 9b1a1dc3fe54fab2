//! When messages come: a Hawkes process with renewal immigration (Wheatley, Filimonov and
//! Sornette, 2016), made by branching.
//!
//! Immigrants come at heavy-tailed distances, at the rate of the time of day. Every message, an
//! immigrant or not, triggers some more soon after, which trigger more; most of them are about the
//! same stock. What comes out passes through one gateway that needs a moment for each message,
//! so that no burst is faster than the fastest that an exchange has reported (1.13 million
//! messages a second).
//!
//! A share of the time is quiet: before some immigrants there is a lull. Lulls are what makes the
//! gaps vary as they do in measured markets, and there are enough of them for any stretch of some
//! hundred thousand messages to vary alike. With heavy tails alone the variation would be that of the
//! few longest silences, and grow with the stretch.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::shape::{Period, SECOND, Shape};
use crate::dice::Dice;

/// What the gateway needs for a message: from so many nanoseconds on, evenly up to as many.
const GATEWAY: std::ops::Range<u64> = 60..1_700;
/// Triggered messages follow within this range, in nanoseconds; the short delays are more likely.
const SOON: std::ops::Range<u64> = 60..1_000;
/// One triggered message in so many follows late, after a heavy-tailed delay of this mean.
const LATE: u64 = 10;
const LATE_MEAN: f64 = 20_000.0;
/// No delay is longer, in nanoseconds.
const LONGEST: u64 = SECOND;
/// No silence between immigrants is longer than so many times their mean distance, or than an
/// eighth of the period.
const SILENCE: f64 = 1_000.0;

/// Where some of the time is quiet, there is a lull after so many messages, on average.
const LULL_EVERY: u64 = 1_400;
/// Messages a second that come between lulls at most: the gateway is busy then.
const FASTEST: f64 = 1_000_000.0;

/// What comes before the end of a busy period is through the gateway about so many nanoseconds later.
const DRAIN: u64 = 100_000;

/// A stock by index.
type Stock = u16;

/// What a process of arrivals is like.
#[derive(Clone, Debug)]
pub(super) struct Rhythm {
    pub(super) shape: Shape,
    /// Messages that one message triggers itself, on average, in thousandths.
    pub(super) excitation: u32,
    /// Share of the time that lulls take, in thousandths.
    pub(super) quiet: u32,
    pub(super) fill: Fill,
}

/// What is to have the number of messages that it is expected to have, at whatever rate that takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    Nothing,
    /// Each period by itself.
    Periods,
    /// All that is left of the session, with so many messages.
    Session(u64),
}

/// When the next message comes, and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) time: u64,
    /// The stock of the message that triggered it; none for an immigrant.
    pub(super) stock: Option<Stock>,
}

/// A clock that moves on from message to message.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    rhythm: Rhythm,
    /// Messages still to come in what is to be filled.
    left: f64,
    /// Beginning of the period that `left` is about.
    filling: u64,
    next_immigrant: u64,
    triggered: BinaryHeap<Reverse<(u64, Stock)>>,
    now: u64,
    /// The clock stops one nanosecond before.
    end: u64,
}

impl Arrivals {
    /// From `start` to before `end` (nanoseconds).
    pub(super) fn new(start: u64, end: u64, rhythm: Rhythm, dice: &mut Dice) -> Self {
        let left = if let Fill::Session(messages) = rhythm.fill { messages as f64 } else { 0.0 };
        let mut arrivals = Self {
            rhythm,
            left,
            filling: u64::MAX,
            next_immigrant: start,
            triggered: BinaryHeap::new(),
            now: start,
            end,
        };
        arrivals.next_immigrant = arrivals.immigrant_after(start, dice);
        arrivals
    }

    /// The next message.
    pub(super) fn next(&mut self, dice: &mut Dice) -> Arrival {
        let triggered = self.triggered.peek().map(|&Reverse((time, _))| time);
        let (due, stock) = match triggered {
            Some(time) if time <= self.next_immigrant => {
                let Reverse((_, stock)) = self.triggered.pop().expect("it was just looked at");
                (time, Some(stock))
            }
            _ => {
                let due = self.next_immigrant;
                self.next_immigrant = self.immigrant_after(due, dice);
                (due, None)
            }
        };
        let gateway = self.now + GATEWAY.start + dice.below(GATEWAY.end - GATEWAY.start);
        self.now = due.max(gateway).min(self.end - 1);
        self.left -= 1.0;
        Arrival { time: self.now, stock }
    }

    /// The message that came last turned out to be about `stock`: it triggers others.
    pub(super) fn trigger(&mut self, stock: Stock, dice: &mut Dice) {
        for _ in 0..dice.geometric(u64::from(self.rhythm.excitation), 1_000) {
            let delay = if dice.chance(1, LATE) {
                dice.pareto(LATE_MEAN, LONGEST)
            } else {
                let bits = dice.bits();
                let lesser = (bits >> 32).min(bits & 0xFFFF_FFFF);
                SOON.start + ((lesser * (SOON.end - SOON.start)) >> 32)
            };
            self.triggered.push(Reverse((self.now + delay, stock)));
        }
    }

    /// When the immigrant after one at `time` comes. A silence that reaches into the next period
    /// ends at its beginning and starts anew there.
    fn immigrant_after(&mut self, time: u64, dice: &mut Dice) -> u64 {
        let mut from = time;
        loop {
            let period = self.rhythm.shape.at(from);
            let rate = period.rate * self.scale(from, period);
            // Where periods are filled, what is left of one must not go by in silence.
            let filled = self.rhythm.fill == Fill::Periods;
            let longest = (period.until - if filled { from } else { period.from }) / 8;
            let next = from + self.silence(rate, longest, dice).max(1);
            if next < period.until || period.until >= self.end {
                return next;
            }
            from = period.until;
        }
    }

    /// How much faster than expected messages must come for what is to be filled.
    fn scale(&mut self, from: u64, period: Period) -> f64 {
        let expected = match self.rhythm.fill {
            Fill::Nothing => return 1.0,
            Fill::Session(_) => self.rhythm.shape.expected_after(from),
            Fill::Periods => {
                let until =
                    |end: u64| period.rate * end.saturating_sub(from) as f64 / SECOND as f64;
                if self.filling != period.from {
                    (self.filling, self.left) = (period.from, until(period.until));
                }
                until(period.until - DRAIN)
            }
        };
        // Those that are triggered already will trigger others.
        let coming = self.triggered.len() as f64 * self.family();
        (self.left - coming).max(1.0) / expected.max(1.0)
    }

    /// Messages that come of one, itself among them, on average.
    fn family(&self) -> f64 {
        1_000.0 / f64::from(1_000 - self.rhythm.excitation)
    }

    /// Nanoseconds to the next immigrant, at that many messages a second.
    fn silence(&self, rate: f64, longest: u64, dice: &mut Dice) -> u64 {
        let mean = SECOND as f64 * self.family() / rate;
        // The busiest moments have no time for lulls.
        let quiet = (f64::from(self.rhythm.quiet) / 1_000.0).min(1.0 - rate / FASTEST);
        if quiet <= 0.0 {
            return dice.pareto(mean, longest.min((mean * SILENCE) as u64));
        }
        let mean = mean * (1.0 - quiet);
        let silence = dice.pareto(mean, longest.min((mean * SILENCE) as u64));
        if !dice.chance(self.family() as u64, LULL_EVERY) {
            return silence;
        }
        let lull = dice.exponential(quiet * LULL_EVERY as f64 * SECOND as f64 / rate);
        (silence + lull as u64).min(longest)
    }
}
