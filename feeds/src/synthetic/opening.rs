//! Before and after regular trading: the directory, the first orders, the auctions, the end.

use std::io::{self, Write};

use super::agenda::trading_action;
use super::auction;
use super::book::Side;
use super::flow::enter;
use super::market::{Market, NewOrder, lot};
use super::shape::{CLOSE, OPEN, SECOND};
use crate::itch::{Header, RegSho, StockDirectory};

const MINUTE: u64 = 60 * SECOND;
/// First orders on each side of each book, at least.
const DEPTH: u32 = 3;
/// Where there are many orders, they stand up to so many ticks from the best price.
const FAR: u64 = 2_000;
/// Ticks by which an order before an auction may stand across the fair price.
const ACROSS: u64 = 4;

/// Everything before regular trading. The first `auctions` stocks have an opening auction, with
/// `rounds` of messages about it before; `live_orders` are entered in all, if that is more than a few
/// for each stock.
pub(super) fn write<W: Write>(
    auctions: usize,
    rounds: u64,
    live_orders: u32,
    market: &mut Market<'_, W>,
) -> io::Result<()> {
    let stocks = market.stocks.len();
    market.tape.system(b'O', 180 * MINUTE)?;
    for stock in 0..stocks {
        let symbol = market.stocks[stock].symbol;
        market.now = 185 * MINUTE + stock as u64 * 3_000;
        let header = market.header(stock);
        market.tape.put(&directory(header, symbol).to_bytes())?;
        market.now += 1_000;
        // Until its auction a stock is quoted only: its book may cross.
        let state = if stock < auctions { b'Q' } else { b'T' };
        trading_action(stock, state, *b"    ", market)?;
        market.now += 1_000;
        let header = market.header(stock);
        market.tape.put(&RegSho { header, stock: symbol, action: b'0' }.to_bytes())?;
    }
    market.tape.system(b'S', 240 * MINUTE)?;
    first_orders(auctions, live_orders, market)?;
    for round in 0..rounds {
        for stock in 0..auctions {
            market.now = 565 * MINUTE + round * 300 * SECOND / rounds;
            auction::imbalance(stock, b'O', market)?;
        }
    }
    market.tape.system(b'Q', OPEN)?;
    market.now = OPEN;
    for stock in 0..auctions {
        let hidden = 100 * (1 + market.dice.below(1_000));
        auction::cross(stock, b'O', hidden, market)?;
        trading_action(stock, b'T', *b"    ", market)?;
    }
    Ok(())
}

/// Some orders for each stock, and more for the active ones until there are enough.
fn first_orders<W: Write>(
    auctions: usize,
    live_orders: u32,
    market: &mut Market<'_, W>,
) -> io::Result<()> {
    let stocks = market.stocks.len();
    let zipf = crate::zipf::Zipf::new(stocks);
    let few = 2 * DEPTH as usize * stocks;
    let many = (live_orders as usize).max(few);
    let step = (85 * MINUTE / many as u64).max(1);
    market.now = 480 * MINUTE;
    for number in 0..many {
        market.now += step;
        let (stock, depth) = if number < few {
            (number / (2 * DEPTH as usize), number as u64 / 2 % u64::from(DEPTH))
        } else {
            let spread = 1 + market.dice.below(FAR);
            (zipf.rank(market.dice.below(zipf.total())), market.dice.below(spread))
        };
        let side = if number % 2 == 0 { Side::Bid } else { Side::Ask };
        // Only where an auction will trade it may an order stand across others.
        let across = if stock < auctions { market.dice.below(ACROSS) } else { 0 };
        let fair = market.stocks[stock].fair;
        let (depth, across) = (depth as u32, across as u32);
        let ticks = match side {
            Side::Bid => (fair + across).saturating_sub(depth).max(1),
            Side::Ask => (fair + 1 + depth).saturating_sub(across).max(1),
        };
        let shares = lot(market.dice);
        enter(NewOrder { stock, side, shares, ticks, participant: None }, market)?;
    }
    Ok(())
}

/// The closing auction, whose shares no book shows, and the end of the day.
pub(super) fn close<W: Write>(auctions: usize, market: &mut Market<'_, W>) -> io::Result<()> {
    market.now = CLOSE;
    for stock in 0..auctions {
        let hidden = 100 * (1 + market.dice.below(2_000));
        auction::cross(stock, b'C', hidden, market)?;
    }
    for (code, time) in [(b'M', CLOSE), (b'E', 1_200 * MINUTE), (b'C', 1_205 * MINUTE)] {
        market.tape.system(code, time)?;
    }
    Ok(())
}

/// A common stock of the Global Select Market.
fn directory(header: Header, stock: [u8; 8]) -> StockDirectory {
    StockDirectory {
        header,
        stock,
        market_category: b'Q',
        financial_status: b'N',
        round_lot_size: 100,
        round_lots_only: b'N',
        issue_classification: b'C',
        issue_subtype: *b"Z ",
        authenticity: b'T',
        short_sale_threshold: b'N',
        ipo_flag: b' ',
        luld_tier: b'1',
        etp_flag: b'N',
        etp_leverage: 0,
        inverse: b'N',
    }
}
