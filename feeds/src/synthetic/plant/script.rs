//! A behaviour as a list of acts, and how it goes on.

use std::io::{self, Write};

use super::{Behaviour, Planted};
use crate::synthetic::book::{Handle, Side};
use crate::synthetic::market::{Market, NewOrder};

/// One message of a script. Prices are in ticks above the best bid at the start; orders are
/// numbered in the order of their entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Post {
        side: Side,
        above: u32,
        shares: u32,
        participant: Option<[u8; 4]>,
    },
    /// Executes the whole order.
    Fill(usize),
    Delete(usize),
    Print {
        above: u32,
        shares: u32,
    },
}

/// Nobody else touches the stock for so many nanoseconds before and after, so that no order of theirs
/// looks like a part of it.
const ALONE: u64 = 6_000_000;

/// A behaviour in one stock, going on.
#[derive(Debug)]
pub(in crate::synthetic) struct Script {
    stock: usize,
    /// What it is; nothing if it is a near miss.
    truth: Option<Behaviour>,
    /// Ticks between best bid and best offer that it needs.
    room: u32,
    /// What to do, so many nanoseconds after the act before.
    acts: Vec<(u64, Act)>,
    /// Acts begun, the making of room counted as one.
    step: usize,
    base: u32,
    orders: Vec<(Handle, u64)>,
    symbol: [u8; 8],
    first: u64,
    last: u64,
}

impl Script {
    pub(super) fn new(
        stock: usize,
        truth: Option<Behaviour>,
        room: u32,
        acts: Vec<(u64, Act)>,
    ) -> Self {
        let (orders, symbol) = (Vec::new(), [b' '; 8]);
        Self { stock, truth, room, acts, step: 0, base: 0, orders, symbol, first: 0, last: 0 }
    }

    /// Does what is next, and says after how long to come back; never, at the end.
    pub(in crate::synthetic) fn act<W: Write>(
        &mut self,
        market: &mut Market<'_, W>,
    ) -> io::Result<Option<u64>> {
        let step = self.step;
        self.step += 1;
        if step == 0 {
            self.symbol = market.stocks[self.stock].symbol;
            self.make_room(market)?;
        } else if let Some(&(_, act)) = self.acts.get(step - 1) {
            self.last = market.tape.messages();
            self.first = if step == 1 { self.last } else { self.first };
            self.do_one(act, market)?;
        } else {
            market.stocks[self.stock].held = false;
            return Ok(None);
        }
        let silence = if step == 0 || step == self.acts.len() { ALONE } else { 0 };
        Ok(Some(silence + self.acts.get(step).map_or(0, |&(delay, _)| delay)))
    }

    fn do_one<W: Write>(&mut self, act: Act, market: &mut Market<'_, W>) -> io::Result<()> {
        let stock = self.stock;
        match act {
            Act::Post { side, above, shares, participant } => {
                let ticks = self.base + above;
                let order = market.post(NewOrder { stock, side, shares, ticks, participant })?;
                self.orders.push((order, market.books.order(order).reference));
                Ok(())
            }
            Act::Fill(number) => {
                let order = self.orders[number].0;
                market.fill(order, market.books.order(order).shares)
            }
            Act::Delete(number) => market.delete(self.orders[number].0),
            Act::Print { above, shares } => market.print(stock, shares, self.base + above),
        }
    }

    /// What is to be found of it, once it has ended.
    pub(in crate::synthetic) fn truth(&self) -> Option<Planted> {
        self.truth.map(|behaviour| Planted {
            behaviour,
            symbol: String::from_utf8_lossy(&self.symbol).trim_end().to_owned(),
            first_sequence: self.first,
            last_sequence: self.last,
            orders: self.orders.iter().map(|&(_, reference)| reference).collect(),
        })
    }

    /// The owners of the best offers pull them until there is room above the best bid.
    fn make_room<W: Write>(&mut self, market: &mut Market<'_, W>) -> io::Result<()> {
        let best = market.books.best_price(self.stock, Side::Bid);
        self.base = best.unwrap_or(market.stocks[self.stock].fair);
        while let Some(offer) = market.books.best(self.stock, Side::Ask) {
            if market.books.order(offer).price > self.base + self.room {
                break;
            }
            market.delete(offer)?;
        }
        Ok(())
    }
}
