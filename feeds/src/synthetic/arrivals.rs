//! When messages come: a Hawkes process with renewal immigration (Wheatley, Filimonov and
//! Sornette, 2016), made by branching.
//!
//! Immigrants come at heavy-tailed distances, at the rate of the time of day. Every message, an
//! immigrant or not, triggers some more soon after, which trigger more; most of them are about the
//! same stock. What comes out passes through one gateway that needs a moment for each message,
//! so that no burst is faster than the fastest that an exchange has reported (1.13 million
//! messages a second).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::shape::{SECOND, Shape};
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

/// A stock by index.
type Stock = u16;

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
    shape: Shape,
    /// Messages that one message triggers itself, on average, in thousandths.
    excitation: u64,
    /// The session is to have so many more messages, at whatever rate that takes.
    left: Option<u64>,
    next_immigrant: u64,
    triggered: BinaryHeap<Reverse<(u64, Stock)>>,
    now: u64,
    /// The clock stops one nanosecond before.
    end: u64,
}

impl Arrivals {
    /// From `start` to before `end` (nanoseconds). If there is a number of `messages`, the rates
    /// are scaled so that they fill the session.
    pub(super) fn new(
        start: u64,
        end: u64,
        shape: Shape,
        excitation: u32,
        messages: Option<u64>,
        dice: &mut Dice,
    ) -> Self {
        let mut arrivals = Self {
            shape,
            excitation: u64::from(excitation),
            left: messages,
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
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
        Arrival { time: self.now, stock }
    }

    /// The message that came last turned out to be about `stock`: it triggers others.
    pub(super) fn trigger(&mut self, stock: Stock, dice: &mut Dice) {
        for _ in 0..dice.geometric(self.excitation, 1_000) {
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
            let period = self.shape.at(from);
            let scale = match self.left {
                Some(left) => {
                    let waiting = left.saturating_sub(self.triggered.len() as u64).max(1);
                    waiting as f64 / self.shape.expected_after(from).max(1.0)
                }
                None => 1.0,
            };
            let immigrants = period.rate * scale * (1_000 - self.excitation) as f64 / 1_000.0;
            let mean = SECOND as f64 / immigrants;
            let longest = ((mean * SILENCE) as u64).min((period.until - period.from) / 8);
            let next = from + dice.pareto(mean, longest).max(1);
            if next < period.until || period.until >= self.end {
                return next;
            }
            from = period.until;
        }
    }
}
