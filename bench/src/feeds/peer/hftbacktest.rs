//! The books of `hftbacktest`, one an instrument: orders and levels in hash maps.
//!
//! Its prices and sizes are floating-point numbers, its levels ticks; it keeps no queues.

use hftbacktest::depth::{
    HashMapMarketDepth, INVALID_MAX, INVALID_MIN, L3MarketDepth, MarketDepth,
};
use hftbacktest::types::Side;
use tourbillon_feeds::{Kind, MarketEvent};

use crate::feeds::keeper::{Keeper, NONE, Tape, Top};
use crate::feeds::streams::{SYMBOLS, TICK};

/// Its name for the depth of one instrument is "market depth".
pub(in crate::feeds) struct Depths {
    books: Vec<HashMapMarketDepth>,
}

impl Depths {
    pub(in crate::feeds) fn new() -> Self {
        let book = || HashMapMarketDepth::new(CENT, 1.0);
        Self { books: std::iter::repeat_with(book).take(usize::from(SYMBOLS) + 1).collect() }
    }
}

const CENT: f64 = 0.01;

fn add(book: &mut HashMapMarketDepth, is_bid: bool, id: u64, event: &MarketEvent) -> Option<()> {
    let (price, size) = ((event.price / TICK) as f64 * CENT, f64::from(event.size));
    let added = if is_bid {
        book.add_buy_order(id, price, size, 0)
    } else {
        book.add_sell_order(id, price, size, 0)
    };
    added.ok().map(drop)
}

/// Applies an event; `None` if the order is not there.
fn apply(book: &mut HashMapMarketDepth, event: &MarketEvent, kind: Kind) -> Option<()> {
    let id = event.order_id;
    match kind {
        Kind::Add => add(book, event.side == tourbillon_feeds::Side::Bid as u8, id, event)?,
        Kind::Delete => drop(book.delete_order(id, 0).ok()?),
        Kind::Replace => {
            let (side, ..) = book.delete_order(id, 0).ok()?;
            add(book, side == Side::Buy, event.aux, event)?;
        }
        _ => {
            let order = book.orders().get(&id)?;
            let left = order.qty - f64::from(event.size);
            let price = order.price_tick as f64 * CENT;
            if left > 0.0 {
                book.modify_order(id, price, left, 0).ok()?;
            } else {
                book.delete_order(id, 0).ok()?;
            }
        }
    }
    Some(())
}

impl Keeper for Depths {
    fn apply(&mut self, events: &[MarketEvent], tape: &mut Tape) {
        for event in events {
            let Some(
                kind @ (Kind::Add
                | Kind::Delete
                | Kind::Replace
                | Kind::Cancel
                | Kind::Exec
                | Kind::ExecPrice),
            ) = event.kind()
            else {
                continue;
            };
            let book = &mut self.books[event.instrument as usize];
            apply(book, event, kind);
            let bid = match book.best_bid_tick() {
                INVALID_MIN => NONE,
                tick => (tick * TICK, book.best_bid_qty() as u64),
            };
            let ask = match book.best_ask_tick() {
                INVALID_MAX => NONE,
                tick => (tick * TICK, book.best_ask_qty() as u64),
            };
            tape.told(event.instrument, event.seq, Top { bid, ask });
        }
    }
}
