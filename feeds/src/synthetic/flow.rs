//! The ordinary order flow: what everybody does all day.
//!
//! Each stock has a fair price that its trades move. Orders come near it, never across the other
//! side's best price while the stock trades; where the fair price has left orders behind on the
//! wrong side, those are traded first. A marketable order takes the queue in price-time order,
//! execution by execution, until it is filled.

use std::io::{self, Write};

use super::Profile;
use super::arrivals::Arrival;
use super::book::{Handle, Side};
use super::market::{Market, NewOrder, PARTICIPANTS, lot};
use crate::dice::Dice;
use crate::zipf::Zipf;

/// No fair price falls below, in ticks.
const LOWEST: u32 = 200;
/// No fair price rises above, in ticks.
const HIGHEST: u32 = 1_000_000;
/// A marketable order that has not gone on for so many nanoseconds is over.
const SWEEP: u64 = 10_000;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Add,
    Delete,
    Replace,
    Execute,
    ExecuteWithPrice,
    Cancel,
    Trade,
}

/// A marketable order that is taking a queue.
#[derive(Clone, Copy, Debug)]
struct Sweep {
    stock: usize,
    side: Side,
    left: u32,
    until: u64,
}

#[derive(Debug)]
pub(super) struct Flow {
    zipf: Zipf,
    weights: [(Action, u32); 7],
    total_weight: u64,
    impact: u64,
    sweep: Option<Sweep>,
}

fn weights(profile: &Profile) -> [(Action, u32); 7] {
    [
        (Action::Add, profile.add),
        (Action::Delete, profile.delete),
        (Action::Replace, profile.replace),
        (Action::Execute, profile.execute),
        (Action::ExecuteWithPrice, profile.execute_with_price),
        (Action::Cancel, profile.cancel),
        (Action::Trade, profile.trade),
    ]
}

/// Sum of the profile's weights.
pub(super) fn total_weight(profile: &Profile) -> u64 {
    weights(profile).iter().map(|&(_, weight)| u64::from(weight)).sum()
}

impl Flow {
    pub(super) fn new(symbols: usize, profile: &Profile) -> Self {
        Self {
            zipf: Zipf::new(symbols),
            weights: weights(profile),
            total_weight: total_weight(profile),
            impact: u64::from(profile.impact),
            sweep: None,
        }
    }

    /// Writes exactly one message, and says which stock it is about.
    pub(super) fn step<W: Write>(
        &mut self,
        arrival: Arrival,
        market: &mut Market<'_, W>,
    ) -> io::Result<u16> {
        market.now = arrival.time;
        if let Some(stock) = self.go_on(market)? {
            return Ok(stock as u16);
        }
        let stock = self.stock(arrival.stock, market);
        match self.action(market.dice) {
            Action::Add => self.add(stock, market)?,
            Action::Trade if !market.stocks[stock].halted => self.trade(stock, market)?,
            Action::Execute if !market.stocks[stock].halted => self.hit(stock, market)?,
            Action::ExecuteWithPrice if !market.stocks[stock].halted => {
                self.improve(stock, market)?;
            }
            Action::Trade | Action::Execute | Action::ExecuteWithPrice => {
                self.add(stock, market)?;
            }
            action => {
                let picked = left_behind(stock, market).or_else(|| market.books.pick(market.dice));
                let free =
                    |handle: &Handle| !market.stocks[market.books.order(*handle).symbol].held;
                match picked.filter(free) {
                    Some(handle) => self.change(action, handle, market)?,
                    None => self.add(stock, market)?,
                }
            }
        }
        Ok(stock as u16)
    }

    fn action(&self, dice: &mut Dice) -> Action {
        let mut point = dice.below(self.total_weight);
        for &(action, weight) in &self.weights {
            match point.checked_sub(u64::from(weight)) {
                Some(rest) => point = rest,
                None => return action,
            }
        }
        unreachable!("the point lies below the sum of the weights")
    }

    /// The stock of what triggered the message, seven times in ten; else any, the most active ones
    /// most often. Never one that is held.
    fn stock<W: Write>(&self, wish: Option<u16>, market: &mut Market<'_, W>) -> usize {
        let mut stock = match wish.filter(|_| market.dice.chance(7, 10)) {
            Some(stock) => usize::from(stock),
            None => self.zipf.rank(market.dice.below(self.zipf.total())),
        };
        while market.stocks[stock].held {
            stock = (stock + 1) % market.stocks.len();
        }
        stock
    }

    fn add<W: Write>(&self, stock: usize, market: &mut Market<'_, W>) -> io::Result<()> {
        let (side, offset) = (any_side(market.dice), offset(market.dice));
        rest(stock, side, offset, market)
    }

    /// Deletes, replaces or partly cancels a live order.
    fn change<W: Write>(
        &self,
        action: Action,
        handle: Handle,
        market: &mut Market<'_, W>,
    ) -> io::Result<()> {
        let order = market.books.order(handle);
        match action {
            Action::Cancel if order.shares > 1 => {
                let shares = 1 + market.dice.below(u64::from(order.shares) - 1) as u32;
                market.cancel(handle, shares)
            }
            Action::Replace => {
                let behind = offset(market.dice);
                let ticks = limit(order.symbol, order.side, behind, market);
                let shares = lot(market.dice);
                market.replace(handle, shares, ticks)
            }
            _ => market.delete(handle),
        }
    }

    /// A marketable order: takes the first order at the best price, and goes on with the next.
    fn hit<W: Write>(&mut self, stock: usize, market: &mut Market<'_, W>) -> io::Result<()> {
        let side = side_to_hit(stock, market);
        let left = lot(market.dice);
        self.sweep = Some(Sweep { stock, side, left, until: market.now + SWEEP });
        match self.go_on(market)? {
            Some(_) => Ok(()),
            None => rest(stock, side, 0, market),
        }
    }

    /// The next execution of a marketable order that is not filled: its stock.
    fn go_on<W: Write>(&mut self, market: &mut Market<'_, W>) -> io::Result<Option<usize>> {
        let Some(sweep) = self.sweep.take().filter(|sweep| market.now <= sweep.until) else {
            return Ok(None);
        };
        let Sweep { stock, side, left, until } = sweep;
        let free = !market.stocks[stock].held && !market.stocks[stock].halted;
        let Some(handle) = market.books.best(stock, side).filter(|_| free) else {
            return Ok(None);
        };
        let order = market.books.order(handle);
        let shares = left.min(order.shares);
        self.move_price(stock, side, order.price, market);
        market.fill(handle, shares)?;
        let left = left - shares;
        self.sweep = (left > 0).then_some(Sweep { left, until, ..sweep });
        Ok(Some(stock))
    }

    /// Executes the first order at the best price a tick above it.
    fn improve<W: Write>(&self, stock: usize, market: &mut Market<'_, W>) -> io::Result<()> {
        let side = side_to_hit(stock, market);
        let Some(handle) = market.books.best(stock, side) else {
            return rest(stock, side, 0, market);
        };
        let order = market.books.order(handle);
        let whole = market.dice.chance(3, 5);
        let part = 1 + market.dice.below(u64::from(order.shares)) as u32;
        let printable = market.dice.chance(9, 10);
        self.move_price(stock, side, order.price, market);
        let shares = if whole { order.shares } else { part };
        market.fill_at(handle, shares, order.price + 1, printable)
    }

    /// A trade at the best price with an order that is not shown.
    fn trade<W: Write>(&self, stock: usize, market: &mut Market<'_, W>) -> io::Result<()> {
        let side = side_to_hit(stock, market);
        let best = market.books.best_price(stock, side);
        let ticks = best.unwrap_or_else(|| limit(stock, side, 0, market));
        self.move_price(stock, side, ticks, market);
        let shares = lot(market.dice);
        market.print(stock, shares, ticks)
    }

    /// A trade against an offer raises the fair price, against a bid lowers it; stale orders have
    /// no say.
    fn move_price<W>(&self, stock: usize, hit: Side, ticks: u32, market: &mut Market<'_, W>) {
        if is_stale(market.stocks[stock].fair, hit, ticks) {
            return;
        }
        let by = market.dice.below(self.impact + 1) as u32;
        let fair = &mut market.stocks[stock].fair;
        *fair = match hit {
            Side::Ask => (*fair + by).min(HIGHEST),
            Side::Bid => fair.saturating_sub(by).max(LOWEST),
        };
    }
}

/// A new order, `offset` ticks behind the fair price.
pub(super) fn rest<W: Write>(
    stock: usize,
    side: Side,
    offset: u32,
    market: &mut Market<'_, W>,
) -> io::Result<()> {
    let ticks = limit(stock, side, offset, market);
    let shares = lot(market.dice);
    enter(NewOrder { stock, side, shares, ticks, participant: None }, market)
}

/// Enters the order; three in a hundred have a name.
pub(super) fn enter<W: Write>(order: NewOrder, market: &mut Market<'_, W>) -> io::Result<()> {
    let named = market.dice.chance(3, 100);
    let participant =
        named.then(|| PARTICIPANTS[market.dice.below(PARTICIPANTS.len() as u64) as usize]);
    market.post(NewOrder { participant, ..order }).map(|_| ())
}

/// `offset` ticks behind the fair price, but never at or across the other side's best; in a halt
/// up to three ticks across.
fn limit<W>(stock: usize, side: Side, offset: u32, market: &mut Market<'_, W>) -> u32 {
    let fair = market.stocks[stock].fair;
    if market.stocks[stock].halted {
        let across = market.dice.below(4) as u32;
        return match side {
            Side::Bid => (fair + across).saturating_sub(offset).max(1),
            Side::Ask => (fair + 1 + offset).saturating_sub(across).max(1),
        };
    }
    let other = market.books.best_price(stock, side.opposite());
    match side {
        Side::Bid => other.map_or(fair, |ask| fair.min(ask - 1)).saturating_sub(offset).max(1),
        Side::Ask => other.map_or(fair + 1, |bid| (fair + 1).max(bid + 1)) + offset,
    }
}

/// An order of the stock that its owner would rather pull: better than fair for others.
fn left_behind<W>(stock: usize, market: &Market<'_, W>) -> Option<Handle> {
    let side = stale_side(stock, Side::Bid, market)?;
    market.books.best(stock, side)
}

/// The side whose best order is traded: one that the fair price has left behind, otherwise any.
fn side_to_hit<W>(stock: usize, market: &mut Market<'_, W>) -> Side {
    let any = any_side(market.dice);
    stale_side(stock, any, market).unwrap_or(any)
}

/// A side whose best price is better than fair for others, `first` looked at first.
fn stale_side<W>(stock: usize, first: Side, market: &Market<'_, W>) -> Option<Side> {
    let stale = |side: &Side| {
        let best = market.books.best_price(stock, *side);
        best.is_some_and(|best| is_stale(market.stocks[stock].fair, *side, best))
    };
    [first, first.opposite()].into_iter().find(stale)
}

/// Whether a price of that side is better than fair for who trades with it.
fn is_stale(fair: u32, side: Side, ticks: u32) -> bool {
    match side {
        Side::Bid => ticks > fair,
        Side::Ask => ticks < fair + 1,
    }
}

fn any_side(dice: &mut Dice) -> Side {
    if dice.chance(1, 2) { Side::Bid } else { Side::Ask }
}

/// Ticks behind the fair price: geometric, mean 2.6.
fn offset(dice: &mut Dice) -> u32 {
    let mut ticks = 0;
    while ticks < 50 && dice.chance(72, 100) {
        ticks += 1;
    }
    ticks
}
