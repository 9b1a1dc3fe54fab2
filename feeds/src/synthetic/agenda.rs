//! What is to happen at a fixed time, whatever the order flow does meanwhile: auctions, halts and
//! planted behaviours.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use super::auction;
use super::market::{Market, TICK};
use super::plant::{Plant, Planted, Script};
use super::shape::{CLOSE, SECOND};
use crate::itch::{LuldAuctionCollar, StockTradingAction};

/// A paused stock is reopened after five minutes.
const PAUSE: u64 = 300 * SECOND;
/// Imbalance messages of a pause, evenly spaced in its last minute.
const PAUSE_ROUNDS: u64 = 5;

#[derive(Debug)]
enum Task {
    /// The stock is paused.
    Pause(usize),
    /// A message about the auction to come.
    Imbalance(usize, u8),
    /// A paused stock is reopened by an auction.
    Reopen(usize),
    /// The next act of a planted behaviour.
    Act(usize),
}

/// Tasks by time.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// Times and indices of tasks, in the order of their making where times are equal.
    due: BinaryHeap<Reverse<(u64, usize)>>,
    tasks: Vec<Task>,
    scripts: Vec<Script>,
    pub(super) planted: Vec<Planted>,
}

impl Agenda {
    fn put(&mut self, time: u64, task: Task) {
        self.due.push(Reverse((time, self.tasks.len())));
        self.tasks.push(task);
    }

    /// Imbalance messages of the closing auction, in the last ten minutes.
    pub(super) fn closing(&mut self, stocks: usize, rounds: u64) {
        for round in 0..rounds {
            let time = CLOSE - 600 * SECOND + round * 600 * SECOND / rounds;
            (0..stocks).for_each(|stock| self.put(time, Task::Imbalance(stock, b'C')));
        }
    }

    /// The stock is paused at `time`, unless it is held or paused already.
    pub(super) fn pause(&mut self, time: u64, stock: usize) {
        self.put(time, Task::Pause(stock));
    }

    /// Plants in one of the less active half of the stocks, from `time` on. Says whether one was free:
    /// neither held nor halted.
    pub(super) fn plant<W>(&mut self, plant: Plant, time: u64, market: &mut Market<'_, W>) -> bool {
        let first = market.stocks.len() / 2;
        let count = market.stocks.len() - first;
        let from = market.dice.below(count as u64) as usize;
        let is_free = |&stock: &usize| !market.stocks[stock].held && !market.stocks[stock].halted;
        let Some(stock) = (0..count).map(|it| first + (from + it) % count).find(is_free) else {
            return false;
        };
        market.stocks[stock].held = true;
        let fair = market.stocks[stock].fair;
        let script = Script::of(plant.behaviour, plant.near_miss, stock, fair, market.dice);
        self.put(time, Task::Act(self.scripts.len()));
        self.scripts.push(script);
        true
    }

    /// Does all that is due up to `time`.
    pub(super) fn until<W: Write>(
        &mut self,
        time: u64,
        market: &mut Market<'_, W>,
    ) -> io::Result<()> {
        while let Some(&Reverse((due, task))) = self.due.peek().filter(|due| due.0.0 <= time) {
            self.due.pop();
            market.now = due;
            match self.tasks[task] {
                Task::Pause(stock) => self.pause_now(stock, market)?,
                Task::Imbalance(stock, cross) => auction::imbalance(stock, cross, market)?,
                Task::Reopen(stock) => reopen(stock, market)?,
                Task::Act(script) => match self.scripts[script].act(market)? {
                    Some(delay) => self.put(due + delay, Task::Act(script)),
                    None => self.planted.extend(self.scripts[script].truth()),
                },
            }
        }
        Ok(())
    }

    /// Price limits are hit: a pause, the collar of the auction to come, its imbalances.
    fn pause_now<W: Write>(&mut self, stock: usize, market: &mut Market<'_, W>) -> io::Result<()> {
        let reopens = market.now + PAUSE;
        let state = market.stocks[stock];
        if state.held || state.halted || reopens >= CLOSE - 700 * SECOND {
            return Ok(());
        }
        market.stocks[stock].halted = true;
        trading_action(stock, b'P', *b"LUDP", market)?;
        let price = market.price(stock);
        let collar = LuldAuctionCollar {
            header: market.header(stock),
            stock: state.symbol,
            reference_price: price,
            upper_price: price + price / 20 / TICK * TICK,
            lower_price: price - price / 20 / TICK * TICK,
            extension: 0,
        };
        market.tape.put(&collar.to_bytes())?;
        for round in 0..PAUSE_ROUNDS {
            let time = reopens - 60 * SECOND + round * 60 * SECOND / PAUSE_ROUNDS;
            self.put(time, Task::Imbalance(stock, b'H'));
        }
        self.put(reopens, Task::Reopen(stock));
        Ok(())
    }
}

fn reopen<W: Write>(stock: usize, market: &mut Market<'_, W>) -> io::Result<()> {
    trading_action(stock, b'Q', *b"    ", market)?;
    auction::cross(stock, b'H', 0, market)?;
    market.stocks[stock].halted = false;
    trading_action(stock, b'T', *b"    ", market)
}

/// The stock's trading state.
pub(super) fn trading_action<W: Write>(
    stock: usize,
    state: u8,
    reason: [u8; 4],
    market: &mut Market<'_, W>,
) -> io::Result<()> {
    let (header, symbol) = (market.header(stock), market.stocks[stock].symbol);
    let action = StockTradingAction { header, stock: symbol, state, reserved: b' ', reason };
    market.tape.put(&action.to_bytes())
}
