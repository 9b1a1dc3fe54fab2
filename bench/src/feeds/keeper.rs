//! Who keeps books: ours, maps by hand, peers; and the tape that holds what they say equal.

use std::collections::{BTreeMap, HashMap};

use tourbillon_feeds::book::{BookLimits, BookRules, Books};
use tourbillon_feeds::{Kind, MarketEvent};

use super::streams::SYMBOLS;
use crate::contenders::Found;

/// Best prices and their shares; a price that is not there is `i64::MAX`, of no shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) bid: (i64, u64),
    pub(super) ask: (i64, u64),
}

/// What was said of each instrument last, and a sum over all that was said.
#[derive(Debug)]
pub(super) struct Tape {
    last: Vec<Top>,
    pub(super) found: Found,
}

/// No price.
pub(super) const NONE: (i64, u64) = (i64::MAX, 0);

impl Tape {
    pub(super) fn new() -> Self {
        let empty = Top { bid: NONE, ask: NONE };
        Self { last: vec![empty; usize::from(SYMBOLS) + 1], found: Found::default() }
    }

    /// The top of a book is this: counted if it is another one than before.
    #[inline]
    pub(super) fn told(&mut self, instrument: u32, seq: u64, top: Top) {
        let last = &mut self.last[instrument as usize];
        if *last == top {
            return;
        }
        *last = top;
        let ((bid, bids), (ask, asks)) = (top.bid, top.ask);
        let prices = (bid ^ ask.rotate_left(32)) as u64;
        let mixed = prices.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(bids ^ asks << 32);
        self.found.add(mixed.wrapping_mul(2 * seq + 1));
    }

    #[inline]
    fn quoted(&mut self, quote: &MarketEvent) {
        let bid = (quote.price, u64::from(quote.size));
        let ask = (quote.aux as i64, quote.order_id & u64::from(u32::MAX));
        self.told(quote.instrument, quote.seq, Top { bid, ask });
    }
}

/// Somebody who keeps books.
pub(super) trait Keeper {
    /// Takes all events and tells the tape each change of a top.
    fn apply(&mut self, events: &[MarketEvent], tape: &mut Tape);
}

/// Ours; `step` events are given at once.
#[derive(Debug)]
pub(super) struct Ours {
    books: Books,
    step: usize,
}

impl Ours {
    pub(super) fn new(step: usize) -> Self {
        let limits = BookLimits { pages: 1 << 13, ..BookLimits::default() };
        Self { books: Books::new(&limits, BookRules::default()).touched(), step }
    }

    /// As [`Keeper::apply`], and calls `next` before each event.
    pub(super) fn apply_each(
        &mut self,
        events: &[MarketEvent],
        tape: &mut Tape,
        mut next: impl FnMut(),
    ) {
        for events in events.chunks(self.step) {
            self.books.weave(events, |event| match event.kind() {
                Some(Kind::Quote) => tape.quoted(&event),
                _ => next(),
            });
        }
    }
}

impl Keeper for Ours {
    #[inline]
    fn apply(&mut self, events: &[MarketEvent], tape: &mut Tape) {
        for events in events.chunks(self.step) {
            self.books.apply(events, |quote| tape.quoted(&quote));
        }
    }
}

/// The books that anybody would write: standard maps, prices with their shares, no queues.
#[derive(Debug)]
pub(super) struct Maps {
    orders: HashMap<u64, Order>,
    /// Levels of each instrument by side, bids at 1.
    levels: Vec<[BTreeMap<i64, u64>; 3]>,
}

#[derive(Debug)]
struct Order {
    side: u8,
    price: i64,
    size: u32,
}

impl Maps {
    pub(super) fn new() -> Self {
        let mut levels = Vec::new();
        levels.resize_with(usize::from(SYMBOLS) + 1, Default::default);
        Self { orders: HashMap::new(), levels }
    }

    fn add(&mut self, event: &MarketEvent, id: u64, side: u8) {
        self.orders.insert(id, Order { side, price: event.price, size: event.size });
        let levels = &mut self.levels[event.instrument as usize][usize::from(side)];
        *levels.entry(event.price).or_default() += u64::from(event.size);
    }

    /// Takes shares off an order; says its side.
    fn reduce(&mut self, event: &MarketEvent, by: u32) -> Option<u8> {
        let order = self.orders.get_mut(&event.order_id)?;
        let (side, price, by) = (order.side, order.price, order.size.min(by));
        order.size -= by;
        if order.size == 0 {
            self.orders.remove(&event.order_id);
        }
        let levels = &mut self.levels[event.instrument as usize][usize::from(side)];
        let level = levels.get_mut(&price)?;
        *level -= u64::from(by);
        if *level == 0 {
            levels.remove(&price);
        }
        Some(side)
    }
}

impl Keeper for Maps {
    fn apply(&mut self, events: &[MarketEvent], tape: &mut Tape) {
        for event in events {
            match event.kind() {
                Some(Kind::Add) => self.add(event, event.order_id, event.side),
                Some(Kind::Delete) => {
                    self.reduce(event, u32::MAX);
                }
                Some(Kind::Replace) => {
                    if let Some(side) = self.reduce(event, u32::MAX) {
                        self.add(event, event.aux, side);
                    }
                }
                Some(Kind::Exec | Kind::ExecPrice | Kind::Cancel) => {
                    self.reduce(event, event.size);
                }
                _ => continue,
            }
            let [_, bids, asks] = &self.levels[event.instrument as usize];
            let of = |level: Option<(&i64, &u64)>| level.map_or(NONE, |(at, size)| (*at, *size));
            let top = Top { bid: of(bids.last_key_value()), ask: of(asks.first_key_value()) };
            tape.told(event.instrument, event.seq, top);
        }
    }
}
