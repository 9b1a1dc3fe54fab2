//! The market's state and its next message.
//!
//! Each stock has a fair price that its trades move. Orders come near it, never across the other
//! side's best price; where the fair price has left orders behind on the wrong side, those are
//! traded first.

use std::io::{self, Write};

use super::book::{Books, Handle, Order, Side};
use super::dice::Dice;
use super::{Profile, Tape, header};
use crate::itch::{
    AddOrder, AddOrderMpid, OrderCancel, OrderDelete, OrderExecuted, OrderExecutedWithPrice,
    OrderReplace, Trade,
};
use crate::zipf::Zipf;

/// One tick of 0.01 in the wire's price unit of 0.0001.
const TICK: u32 = 100;
/// No fair price falls below, in ticks.
const LOWEST: u32 = 200;
/// No fair price rises above, in ticks.
const HIGHEST: u32 = 1_000_000;
/// Participants that put their name to an order.
const PARTICIPANTS: [[u8; 4]; 8] =
    [*b"GSCO", *b"MSCO", *b"JPMS", *b"UBSS", *b"SBSH", *b"CDRG", *b"VIRT", *b"NITE"];

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Action {
    Add,
    Delete,
    Replace,
    Execute,
    ExecuteWithPrice,
    Cancel,
    Trade,
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

#[derive(Debug)]
pub(super) struct Market {
    books: Books,
    stocks: Vec<Stock>,
    zipf: Zipf,
    weights: [(Action, u32); 7],
    total_weight: u64,
    impact: u64,
    reference: u64,
    match_number: u64,
    /// The stock that the current burst is about.
    focus: usize,
}

#[derive(Clone, Copy, Debug)]
struct Stock {
    symbol: [u8; 8],
    /// In ticks; a fair bid. A fair offer is one tick more.
    fair: u32,
}

impl Market {
    pub(super) fn new(symbols: u16, profile: &Profile, dice: &mut Dice) -> Self {
        let stocks = (0..symbols)
            .map(|index| Stock { symbol: ticker(index), fair: 1_000 + dice.below(19_000) as u32 })
            .collect();
        Self {
            books: Books::new(usize::from(symbols)),
            stocks,
            zipf: Zipf::new(usize::from(symbols)),
            weights: weights(profile),
            total_weight: total_weight(profile),
            impact: u64::from(profile.impact),
            reference: 0,
            match_number: 0,
            focus: 0,
        }
    }

    pub(super) fn stock(&self, symbol: usize) -> [u8; 8] {
        self.stocks[symbol].symbol
    }

    /// The fair price on the wire.
    pub(super) fn price(&self, symbol: usize) -> u32 {
        self.stocks[symbol].fair * TICK
    }

    pub(super) fn live_orders(&self) -> usize {
        self.books.len()
    }

    pub(super) fn next_match(&mut self) -> u64 {
        self.match_number += 1;
        self.match_number
    }

    /// References rise, with holes where a real exchange numbers what is not shown.
    fn next_reference(&mut self, dice: &mut Dice) -> u64 {
        self.reference += 1 + u64::from(dice.coin_run());
        self.reference
    }

    /// Writes exactly one message.
    pub(super) fn step(
        &mut self,
        time: u64,
        starts_burst: bool,
        dice: &mut Dice,
        tape: &mut Tape<'_, impl Write>,
    ) -> io::Result<()> {
        if starts_burst {
            self.focus = self.any_stock(dice);
        }
        let action = self.action(dice);
        match action {
            Action::Add => self.add(time, dice, tape),
            Action::Execute | Action::ExecuteWithPrice => self.execute(time, action, dice, tape),
            Action::Trade => self.trade(time, dice, tape),
            Action::Delete | Action::Replace | Action::Cancel => {
                match self.left_behind().or_else(|| self.books.pick(dice)) {
                    Some(handle) => self.change(time, action, handle, dice, tape),
                    None => self.add(time, dice, tape),
                }
            }
        }
    }

    /// An order of the burst's stock that its owner would rather pull: better than fair for others.
    fn left_behind(&self) -> Option<Handle> {
        let side = self.stale_side(self.focus, Side::Bid)?;
        self.books.best(self.focus, side)
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

    fn any_stock(&self, dice: &mut Dice) -> usize {
        self.zipf.rank(dice.below(self.zipf.total()))
    }

    /// The stock of the burst, seven times in ten.
    fn stock_in_burst(&self, dice: &mut Dice) -> usize {
        if dice.chance(7, 10) { self.focus } else { self.any_stock(dice) }
    }

    fn add(
        &mut self,
        time: u64,
        dice: &mut Dice,
        tape: &mut Tape<'_, impl Write>,
    ) -> io::Result<()> {
        let symbol = self.stock_in_burst(dice);
        let side = any_side(dice);
        let offset = offset(dice);
        self.rest(time, symbol, side, offset, dice, tape)
    }

    /// A new order, `offset` ticks behind the fair price.
    pub(super) fn rest(
        &mut self,
        time: u64,
        symbol: usize,
        side: Side,
        offset: u32,
        dice: &mut Dice,
        tape: &mut Tape<'_, impl Write>,
    ) -> io::Result<()> {
        let (ticks, shares, order_ref) =
            (self.limit(symbol, side, offset), lot(dice), self.next_reference(dice));
        self.books.add(order_ref, symbol, side, shares, ticks);
        let (header, stock, price) = (header(symbol, time), self.stock(symbol), ticks * TICK);
        let side = side.code();
        if dice.chance(3, 100) {
            let attribution = PARTICIPANTS[dice.below(PARTICIPANTS.len() as u64) as usize];
            tape.put(
                &AddOrderMpid { header, order_ref, side, shares, stock, price, attribution }
                    .to_bytes(),
            )
        } else {
            tape.put(&AddOrder { header, order_ref, side, shares, stock, price }.to_bytes())
        }
    }

    /// `offset` ticks behind the fair price, but never at or across the other side's best.
    fn limit(&self, symbol: usize, side: Side, offset: u32) -> u32 {
        let fair = self.stocks[symbol].fair;
        let other = self.books.best_price(symbol, side.opposite());
        match side {
            Side::Bid => other.map_or(fair, |ask| fair.min(ask - 1)).saturating_sub(offset).max(1),
            Side::Ask => other.map_or(fair + 1, |bid| (fair + 1).max(bid + 1)) + offset,
        }
    }

    /// Deletes, replaces or partly cancels a live order.
    fn change(
        &mut self,
        time: u64,
        action: Action,
        handle: Handle,
        dice: &mut Dice,
        tape: &mut Tape<'_, impl Write>,
    ) -> io::Result<()> {
        let Order { reference, shares, symbol, side, .. } = self.books.order(handle);
        let header = header(symbol, time);
        match action {
            Action::Cancel if shares > 1 => {
                let cancelled_shares = 1 + dice.below(u64::from(shares) - 1) as u32;
                self.books.reduce(handle, cancelled_shares);
                tape.put(&OrderCancel { header, order_ref: reference, cancelled_shares }.to_bytes())
            }
            Action::Replace => {
                let ticks = self.limit(symbol, side, offset(dice));
                let (new_ref, shares) = (self.next_reference(dice), lot(dice));
                self.books.remove(handle);
                self.books.add(new_ref, symbol, side, shares, ticks);
                let price = ticks * TICK;
                tape.put(
                    &OrderReplace { header, original_ref: reference, new_ref, shares, price }
                        .to_bytes(),
                )
            }
            _ => {
                self.books.remove(handle);
                tape.put(&OrderDelete { header, order_ref: reference }.to_bytes())
            }
        }
    }

    /// Executes the first order at the best price, wholly three times in five.
    fn execute(
        &mut self,
        time: u64,
        action: Action,
        dice: &mut Dice,
        tape: &mut Tape<'_, impl Write>,
    ) -> io::Result<()> {
        let symbol = self.stock_in_burst(dice);
        let side = self.side_to_hit(symbol, dice);
        let Some(handle) = self.books.best(symbol, side) else {
            return self.rest(time, symbol, side, 0, dice, tape);
        };
        let order = self.books.order(handle);
        let whole = dice.chance(3, 5);
        let shares =
            if whole { order.shares } else { 1 + dice.below(u64::from(order.shares)) as u32 };
        self.books.reduce(handle, shares);
        self.move_price(symbol, side, order.price, dice);
        let (header, order_ref, match_number) =
            (header(symbol, time), order.reference, self.next_match());
        if let Action::ExecuteWithPrice = action {
            let printable = if dice.chance(9, 10) { b'Y' } else { b'N' };
            let price = (order.price + 1) * TICK;
            let message = OrderExecutedWithPrice {
                header,
                order_ref,
                shares,
                match_number,
                printable,
                price,
            };
            tape.put(&message.to_bytes())
        } else {
            tape.put(&OrderExecuted { header, order_ref, shares, match_number }.to_bytes())
        }
    }

    /// A trade at the best price against an order that is not shown.
    fn trade(
        &mut self,
        time: u64,
        dice: &mut Dice,
        tape: &mut Tape<'_, impl Write>,
    ) -> io::Result<()> {
        let symbol = self.stock_in_burst(dice);
        let side = self.side_to_hit(symbol, dice);
        let ticks =
            self.books.best_price(symbol, side).unwrap_or_else(|| self.limit(symbol, side, 0));
        self.move_price(symbol, side, ticks, dice);
        let message = Trade {
            header: header(symbol, time),
            order_ref: 0,
            side: b'B',
            shares: lot(dice),
            stock: self.stock(symbol),
            price: ticks * TICK,
            match_number: self.next_match(),
        };
        tape.put(&message.to_bytes())
    }

    /// The side whose best order is traded: one that the fair price has left behind, otherwise any.
    fn side_to_hit(&self, symbol: usize, dice: &mut Dice) -> Side {
        let any = any_side(dice);
        self.stale_side(symbol, any).unwrap_or(any)
    }

    /// A side whose best price is better than fair for others, `first` looked at first.
    fn stale_side(&self, symbol: usize, first: Side) -> Option<Side> {
        [first, first.opposite()].into_iter().find(|&side| {
            let best = self.books.best_price(symbol, side);
            best.is_some_and(|best| self.is_stale(symbol, side, best))
        })
    }

    /// Whether a price of that side is better than fair for who trades with it.
    fn is_stale(&self, symbol: usize, side: Side, ticks: u32) -> bool {
        let fair = self.stocks[symbol].fair;
        match side {
            Side::Bid => ticks > fair,
            Side::Ask => ticks < fair + 1,
        }
    }

    /// A trade against an offer raises the fair price, against a bid lowers it; stale orders have
    /// no say.
    fn move_price(&mut self, symbol: usize, hit: Side, ticks: u32, dice: &mut Dice) {
        if self.is_stale(symbol, hit, ticks) {
            return;
        }
        let by = dice.below(self.impact + 1) as u32;
        let fair = &mut self.stocks[symbol].fair;
        *fair = match hit {
            Side::Ask => (*fair + by).min(HIGHEST),
            Side::Bid => fair.saturating_sub(by).max(LOWEST),
        };
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

/// Shares of an order: 70 % one round lot, the others odd lots and several lots alike.
fn lot(dice: &mut Dice) -> u32 {
    match dice.below(100) {
        0..70 => 100,
        70..85 => 1 + dice.below(99) as u32,
        _ => 100 * (2 + dice.below(9) as u32),
    }
}

/// Four letters that count up.
fn ticker(index: u16) -> [u8; 8] {
    let mut symbol = *b"        ";
    let mut rest = u32::from(index);
    for letter in symbol[..4].iter_mut().rev() {
        *letter = b'A' + (rest % 26) as u8;
        rest /= 26;
    }
    symbol
}
