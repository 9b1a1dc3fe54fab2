//! Auctions: what would trade at which price, the messages that say so before, and the cross.
//!
//! Before the open, in a halt and at the close orders may stand across each other. The auction
//! price is the one at which most shares trade; among those the one that leaves least over, and
//! among those the lowest. At that price the crossing orders are executed by price and time, as
//! executions that are not printed, and one cross message prints the whole. No order is left
//! across another.

use std::io::{self, Write};

use super::book::{Books, Side};
use super::market::{Market, TICK};
use crate::itch::{CrossTrade, NetOrderImbalance};

/// The outcome of an auction, if it were now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clearing {
    /// In ticks.
    pub(super) price: u32,
    /// Shares that trade.
    pub(super) paired: u64,
    /// Shares left over at that price, and on which side.
    pub(super) surplus: u64,
    pub(super) side: Side,
}

/// What would trade now; nothing if no order stands across another.
pub(super) fn clearing(books: &Books, stock: usize) -> Option<Clearing> {
    let [best_bid, best_ask] = [Side::Bid, Side::Ask].map(|side| books.best_price(stock, side));
    let (best_bid, best_ask) = best_bid.zip(best_ask).filter(|(bid, ask)| bid >= ask)?;
    let bids = books.levels(stock, Side::Bid, |price| price >= best_ask);
    let asks = books.levels(stock, Side::Ask, |price| price <= best_bid);
    let shares = |levels: &[(u32, u64)], trades: &dyn Fn(u32) -> bool| -> u64 {
        levels.iter().filter(|(price, _)| trades(*price)).map(|(_, shares)| shares).sum()
    };
    let outcome = |price: u32| {
        let demand = shares(&bids, &|bid| bid >= price);
        let supply = shares(&asks, &|ask| ask <= price);
        Clearing {
            price,
            paired: demand.min(supply),
            surplus: demand.abs_diff(supply),
            side: if demand >= supply { Side::Bid } else { Side::Ask },
        }
    };
    let outcomes = bids.iter().chain(&asks).map(|&(price, _)| outcome(price));
    outcomes.max_by_key(|it| (it.paired, std::cmp::Reverse((it.surplus, it.price))))
}

/// Says what the auction of that type would be now.
pub(super) fn imbalance<W: Write>(
    stock: usize,
    cross_type: u8,
    market: &mut Market<'_, W>,
) -> io::Result<()> {
    let clearing = clearing(&market.books, stock);
    let fair = market.price(stock);
    let (price, paired_shares, imbalance_shares) =
        clearing.map_or((fair, 0, 0), |it| (it.price * TICK, it.paired, it.surplus));
    let message = NetOrderImbalance {
        header: market.header(stock),
        paired_shares,
        imbalance_shares,
        direction: match clearing {
            Some(it) if it.surplus > 0 => it.side.code(),
            _ => b'N',
        },
        stock: market.stocks[stock].symbol,
        far_price: price,
        near_price: price,
        reference_price: price,
        cross_type,
        variation: variation(price, fair),
    };
    market.tape.put(&message.to_bytes())
}

/// How far the price is from the fair one, as the specification grades it: `L` below 1 %, `1` to
/// `9` for each percent, `A` to `C` from 10, 20 and 30 %.
fn variation(price: u32, fair: u32) -> u8 {
    match u64::from(price.abs_diff(fair)) * 100 / u64::from(fair.max(1)) {
        0 => b'L',
        percent @ 1..10 => b'0' + percent as u8,
        10..20 => b'A',
        20..30 => b'B',
        _ => b'C',
    }
}

/// Trades what can trade, and `hidden` shares that no book shows, at one price.
pub(super) fn cross<W: Write>(
    stock: usize,
    cross_type: u8,
    hidden: u64,
    market: &mut Market<'_, W>,
) -> io::Result<()> {
    let clearing = clearing(&market.books, stock);
    let ticks = clearing.map_or(market.stocks[stock].fair, |it| it.price);
    let paired = clearing.map_or(0, |it| it.paired);
    for side in [Side::Bid, Side::Ask] {
        let mut left = paired;
        while left > 0 {
            let handle = market.books.best(stock, side).expect("paired shares are in the book");
            let shares = left.min(u64::from(market.books.order(handle).shares)) as u32;
            market.fill_at(handle, shares, ticks, false)?;
            left -= u64::from(shares);
        }
    }
    let message = CrossTrade {
        header: market.header(stock),
        shares: paired + hidden,
        stock: market.stocks[stock].symbol,
        price: ticks * TICK,
        match_number: market.next_match(),
        cross_type,
    };
    market.tape.put(&message.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_shares_trade_then_least_is_left_then_the_lowest_price() {
        let mut books = Books::new(1);
        let mut reference = 0;
        let mut add = |side, shares, price| {
            reference += 1;
            books.add(reference, 0, side, shares, price);
            clearing(&books, 0)
        };
        assert_eq!(add(Side::Bid, 300, 10), None);
        assert_eq!(add(Side::Ask, 100, 11), None);
        let found = |price, paired, surplus, side| Some(Clearing { price, paired, surplus, side });
        assert_eq!(add(Side::Ask, 200, 10), found(10, 200, 100, Side::Bid));
        assert_eq!(add(Side::Bid, 500, 12), found(11, 300, 200, Side::Bid));
        assert_eq!(add(Side::Ask, 900, 12), found(12, 500, 700, Side::Ask));
    }
}
