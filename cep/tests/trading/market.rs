//! A market's events with what was planted among them.

#![allow(unreachable_pub, missing_docs)]

use crate::schemas::Market;

pub const ADD: u8 = 1;
pub const CANCEL: u8 = 2;
pub const EXEC: u8 = 3;
pub const REPLENISH: u8 = 4;
pub const TRADE: u8 = 5;
pub const BUY: u8 = 1;
pub const SELL: u8 = 2;

pub const SYMBOLS: u16 = 8;
/// A symbol's time is cut into slots, each with at most one plant.
pub const SLOT: u64 = 5_000_000;
pub const SLOTS: u64 = 60;
/// What is planted keeps this distance from both ends of its slot.
pub const MARGIN: u64 = 200_000;

/// The price around which a symbol is traded.
pub fn middle(sym: u16) -> i64 {
    10_000 + 1_000 * i64::from(sym)
}

/// An event without an order, an account or a side.
pub fn event(ts: u64, sym: u16, kind: u8, price: i64, qty: u32) -> Market {
    let (bid, ask) = (middle(sym) - 10, middle(sym) + 10);
    Market { ts, sym, kind, price, qty, bid, ask, ..bytemuck::Zeroable::zeroed() }
}

/// Events in the order of their time, and what should be found.
pub struct Stream {
    pub events: Vec<Market>,
    /// Pattern, sequences, measures.
    planted: Vec<(&'static str, Vec<u64>, String)>,
}

impl Stream {
    pub fn planted(&self, name: &str) -> Vec<(Vec<u64>, String)> {
        let named = self.planted.iter().filter(|planted| planted.0 == name);
        let mut planted: Vec<_> = named.map(|(_, at, m)| (at.clone(), m.clone())).collect();
        planted.sort();
        planted
    }
}

/// Events in any order; what is planted is known by their places in it.
#[derive(Default)]
pub struct Draft {
    events: Vec<Market>,
    planted: Vec<(&'static str, Vec<usize>, String)>,
}

impl Draft {
    /// Adds an event, and gives its place.
    pub fn add(&mut self, event: Market) -> usize {
        self.events.push(event);
        self.events.len() - 1
    }

    /// Says that these events are to be found.
    pub fn plant(&mut self, name: &'static str, places: &[usize], measures: String) {
        self.planted.push((name, places.to_vec(), measures));
    }

    pub fn sorted(self) -> Stream {
        let mut order: Vec<usize> = (0..self.events.len()).collect();
        order.sort_by_key(|&place| self.events[place].ts);
        let mut sequence = vec![0; order.len()];
        for (at, &place) in (0_u64..).zip(&order) {
            sequence[place] = at;
        }
        let planted = self.planted.into_iter().map(|(name, places, measures)| {
            (name, places.into_iter().map(|place| sequence[place]).collect(), measures)
        });
        Stream {
            planted: planted.collect(),
            events: order.iter().map(|&place| self.events[place]).collect(),
        }
    }
}

/// Marsaglia's xorshift64.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// True once in `often` times.
    pub fn once_in(&mut self, often: u64) -> bool {
        self.below(often) == 0
    }
}
