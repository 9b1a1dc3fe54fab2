//! The market's state, and every message that changes it: one function a message, which keeps the
//! books in step.

use std::io::{self, Write};

use super::book::{Books, Handle, Order, Side};
use super::tape::Tape;
use crate::dice::Dice;
use crate::itch::{
    AddOrder, AddOrderMpid, Header, OrderCancel, OrderDelete, OrderExecuted,
    OrderExecutedWithPrice, OrderReplace, Trade,
};

/// One tick of 0.01 in the wire's price unit of 0.0001.
pub(super) const TICK: u32 = 100;
/// Participants that put their name to an order.
pub(super) const PARTICIPANTS: [[u8; 4]; 8] =
    [*b"GSCO", *b"MSCO", *b"JPMS", *b"UBSS", *b"SBSH", *b"CDRG", *b"VIRT", *b"NITE"];

#[derive(Debug)]
pub(super) struct Market<'a, W> {
    pub(super) books: Books,
    pub(super) stocks: Vec<Stock>,
    pub(super) dice: &'a mut Dice,
    pub(super) tape: Tape<'a, W>,
    /// Nanoseconds since midnight: the time of the messages.
    pub(super) now: u64,
    reference: u64,
    match_number: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stock {
    pub(super) symbol: [u8; 8],
    /// In ticks; a fair bid. A fair offer is one tick more.
    pub(super) fair: u32,
    /// A planted behaviour is going on: everybody else keeps away.
    pub(super) held: bool,
    /// Orders come and go, nothing is executed.
    pub(super) halted: bool,
}

/// An order to be entered; its price is in ticks.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewOrder {
    pub(super) stock: usize,
    pub(super) side: Side,
    pub(super) shares: u32,
    pub(super) ticks: u32,
    pub(super) participant: Option<[u8; 4]>,
}

impl<'a, W: Write> Market<'a, W> {
    pub(super) fn new(symbols: u16, dice: &'a mut Dice, out: &'a mut W) -> Self {
        let stock = |index| Stock {
            symbol: ticker(index),
            fair: 1_000 + dice.below(19_000) as u32,
            held: false,
            halted: false,
        };
        let stocks = (0..symbols).map(stock).collect();
        Self {
            books: Books::new(usize::from(symbols)),
            stocks,
            dice,
            tape: Tape::new(out),
            now: 0,
            reference: 0,
            match_number: 0,
        }
    }

    /// The header of a message about that stock, now.
    pub(super) fn header(&self, stock: usize) -> Header {
        Header { stock_locate: stock as u16 + 1, tracking: 0, timestamp: self.now }
    }

    /// The fair price on the wire.
    pub(super) fn price(&self, stock: usize) -> u32 {
        self.stocks[stock].fair * TICK
    }

    pub(super) fn next_match(&mut self) -> u64 {
        self.match_number += 1;
        self.match_number
    }

    /// References rise, with holes where a real exchange numbers what is not shown.
    fn next_reference(&mut self) -> u64 {
        self.reference += 1 + u64::from(self.dice.coin_run());
        self.reference
    }

    pub(super) fn post(&mut self, order: NewOrder) -> io::Result<Handle> {
        let NewOrder { stock: index, side, shares, ticks, participant } = order;
        let order_ref = self.next_reference();
        let handle = self.books.add(order_ref, index, side, shares, ticks);
        let (header, stock) = (self.header(index), self.stocks[index].symbol);
        let (side, price) = (side.code(), ticks * TICK);
        match participant {
            Some(attribution) => self.tape.put(
                &AddOrderMpid { header, order_ref, side, shares, stock, price, attribution }
                    .to_bytes(),
            )?,
            None => self
                .tape
                .put(&AddOrder { header, order_ref, side, shares, stock, price }.to_bytes())?,
        }
        Ok(handle)
    }

    pub(super) fn delete(&mut self, handle: Handle) -> io::Result<()> {
        let Order { reference: order_ref, symbol, .. } = self.books.order(handle);
        self.books.remove(handle);
        let header = self.header(symbol);
        self.tape.put(&OrderDelete { header, order_ref }.to_bytes())
    }

    /// Takes some of the order's shares off; not all of them.
    pub(super) fn cancel(&mut self, handle: Handle, cancelled_shares: u32) -> io::Result<()> {
        let Order { reference: order_ref, symbol, .. } = self.books.order(handle);
        self.books.reduce(handle, cancelled_shares);
        let header = self.header(symbol);
        self.tape.put(&OrderCancel { header, order_ref, cancelled_shares }.to_bytes())
    }

    pub(super) fn replace(&mut self, handle: Handle, shares: u32, ticks: u32) -> io::Result<()> {
        let Order { reference: original_ref, symbol, side, .. } = self.books.order(handle);
        let new_ref = self.next_reference();
        self.books.remove(handle);
        self.books.add(new_ref, symbol, side, shares, ticks);
        let (header, price) = (self.header(symbol), ticks * TICK);
        self.tape.put(&OrderReplace { header, original_ref, new_ref, shares, price }.to_bytes())
    }

    /// Executes shares of an order at its own price.
    pub(super) fn fill(&mut self, handle: Handle, shares: u32) -> io::Result<()> {
        let Order { reference: order_ref, symbol, .. } = self.books.order(handle);
        self.books.reduce(handle, shares);
        let (header, match_number) = (self.header(symbol), self.next_match());
        self.tape.put(&OrderExecuted { header, order_ref, shares, match_number }.to_bytes())
    }

    /// Executes shares of an order at another price; what a cross prints in bulk is not printable.
    pub(super) fn fill_at(
        &mut self,
        handle: Handle,
        shares: u32,
        ticks: u32,
        printable: bool,
    ) -> io::Result<()> {
        let Order { reference: order_ref, symbol, .. } = self.books.order(handle);
        self.books.reduce(handle, shares);
        let message = OrderExecutedWithPrice {
            header: self.header(symbol),
            order_ref,
            shares,
            match_number: self.next_match(),
            printable: if printable { b'Y' } else { b'N' },
            price: ticks * TICK,
        };
        self.tape.put(&message.to_bytes())
    }

    /// A trade with an order that is not shown.
    pub(super) fn print(&mut self, stock: usize, shares: u32, ticks: u32) -> io::Result<()> {
        let message = Trade {
            header: self.header(stock),
            order_ref: 0,
            side: b'B',
            shares,
            stock: self.stocks[stock].symbol,
            price: ticks * TICK,
            match_number: self.next_match(),
        };
        self.tape.put(&message.to_bytes())
    }
}

/// Shares of an order: 70 % one round lot, the others odd lots and several lots alike.
pub(super) fn lot(dice: &mut Dice) -> u32 {
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
