//! A market in which nobody does anything wrong, though it may look like it now and then.
//!
//! - Accounts of even tens only buy and those of odd tens only sell (accounts of one ten are
//!   linked): so nobody trades with himself or lifts a price to sell, though many buy and sell
//!   the same quantity at the same price.
//! - Trades of a symbol are 13 us apart: five of them, the fewest of a spike, do not fit into 50.
//!   Their quantities are below 500: no crossing of the average is in size.
//! - Orders are never immediate-or-cancel, large ones are never cancelled, and no order has its
//!   shown size replenished more than three times.
//! - An account places and cancels far fewer orders in a millisecond than a hundred.
//!
//! In a symbol's slot with a plant there are small orders and their cancels only.

use crate::market::{
    ADD, BUY, CANCEL, Draft, EXEC, REPLENISH, Random, SELL, SLOT, SLOTS, SYMBOLS, TRADE, event,
    middle,
};
use crate::schemas::Market;

const EVENTS: u64 = 30_000;
const ACCOUNTS: u64 = 200;
const BETWEEN_TRADES: u64 = 13_000;
/// Orders with hidden size.
const HIDDEN: usize = 300;
/// Orders of the noise are numbered from here.
const FIRST_ORDER: u64 = 1_000_000;

/// Adds the noise; `is_taken` says in which slots there is a plant.
pub(crate) fn add(draft: &mut Draft, random: &mut Random, is_taken: impl Fn(u16, u64) -> bool) {
    let mut times: Vec<u64> = (0..EVENTS).map(|_| random.below(SLOT * SLOTS)).collect();
    times.sort_unstable();
    let mut last_trade = [0; SYMBOLS as usize];
    let mut refills = [0; HIDDEN];
    for (number, ts) in (0..).zip(times) {
        let sym = random.below(SYMBOLS.into()) as u16;
        let price = middle(sym) + random.below(13) as i64 - 6;
        let buyer = random.below(ACCOUNTS / 20) * 20 + random.below(10);
        let seller = random.below(ACCOUNTS / 20) * 20 + 10 + random.below(10);
        let (side, acct) = if random.once_in(2) { (BUY, buyer) } else { (SELL, seller) };
        let qty = 100 * (1 + random.below(4)) as u32;
        let what = if is_taken(sym, ts / SLOT) { random.below(65) } else { random.below(100) };
        let mut it = Market {
            side,
            acct: acct as u32,
            oid: FIRST_ORDER + number,
            ..event(ts, sym, ADD, price, qty)
        };
        match what {
            0..40 => {
                if random.once_in(50) {
                    // Large, and away from the touch or at it, but it stays.
                    it.qty = 5_000 + qty;
                    it.price = if side == BUY { it.bid } else { it.ask + 1 };
                }
            }
            40..65 => it.kind = CANCEL,
            65..80 => it.kind = EXEC,
            80..95 if ts >= last_trade[usize::from(sym)] + BETWEEN_TRADES => {
                last_trade[usize::from(sym)] = ts;
                it.kind = TRADE;
            }
            80..95 => {}
            _ => {
                let order = random.below(HIDDEN as u64) as usize;
                if refills[order] < 3 {
                    refills[order] += 1;
                    it.oid = order as u64;
                    let replenish = Market { kind: REPLENISH, shown: 100, ts: ts + 1, ..it };
                    draft.add(replenish);
                    it.kind = EXEC;
                }
            }
        }
        draft.add(it);
    }
}
