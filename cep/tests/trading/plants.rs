//! The behaviour that is to be found, and what comes close to it.
//!
//! Every plant has accounts and orders of its own, and a slot of its symbol.

use crate::market::{
    ADD, BUY, CANCEL, Draft, EXEC, MARGIN, REPLENISH, Random, SELL, SLOT, SLOTS, SYMBOLS, Stream,
    TRADE, event, middle,
};
use crate::noise;
use crate::schemas::Market;

/// How often each behaviour is planted, and each near-miss of it.
pub(crate) const EACH: usize = 8;

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

/// Plants one behaviour, `number` of [`EACH`]; with a way to miss it, that near-miss.
type Plant = fn(&mut Planting<'_>, number: usize, miss: Option<usize>);

/// Every behaviour, and how many near-misses it has.
const PLANTS: [(Plant, usize); 8] = [
    (momentum_ignition, 5),
    (quote_stuffing, 3),
    (spoofing, 5),
    (wash_trade, 4),
    (spike, 4),
    (iceberg, 3),
    (vwap_cross, 3),
    (no_fill, 2),
];

/// Where one plant goes.
pub(crate) struct Planting<'a> {
    draft: &'a mut Draft,
    random: &'a mut Random,
    sym: u16,
    start: u64,
    /// The first of twenty accounts, and of a hundred orders, that nobody else has.
    acct: u32,
    oid: u64,
}

impl Planting<'_> {
    fn event(&self, after: u64, kind: u8, side: u8, price: i64, qty: u32) -> Market {
        let event = event(self.start + after, self.sym, kind, price, qty);
        Market { side, acct: self.acct, oid: self.oid, ..event }
    }

    fn price(&self) -> i64 {
        middle(self.sym)
    }
}

/// The market with all that is planted in it.
pub(crate) fn stream(seed: u64) -> Stream {
    let mut random = Random::new(seed);
    let mut draft = Draft::default();
    let mut slots: Vec<(u16, u64)> =
        (0..SLOTS).flat_map(|slot| (0..SYMBOLS).map(move |sym| (sym, slot))).collect();
    for at in (1..slots.len()).rev() {
        slots.swap(at, random.below(at as u64 + 1) as usize);
    }
    let mut taken = Vec::new();
    for (plant, misses) in PLANTS {
        for miss in std::iter::once(None).chain((0..misses).map(Some)) {
            for number in 0..EACH {
                let (sym, slot) = slots.pop().expect("a slot for each");
                taken.push((sym, slot));
                let start = slot * SLOT + MARGIN + random.below(MS);
                let own = taken.len() as u32;
                let (acct, oid) = (10_000 + 20 * own, 100_000 + 100 * u64::from(own));
                let random = &mut random;
                plant(
                    &mut Planting { draft: &mut draft, random, sym, start, acct, oid },
                    number,
                    miss,
                );
            }
        }
    }
    noise::add(&mut draft, &mut random, |sym, slot| taken.contains(&(sym, slot)));
    draft.sorted()
}

/// Six to nine buys that lift the price, and a sale three ticks up.
fn momentum_ignition(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let buys = match miss {
        Some(0) => 5,
        Some(_) => 6,
        None => 6 + number % 4,
    };
    let mut places = Vec::new();
    for at in 0..buys {
        let after = 100 * US * at as u64;
        let price = p.price() + at as i64;
        let mut buy = p.event(after, EXEC, BUY, price, 10 + at as u32);
        if miss == Some(1) && at == 3 {
            buy.acct += 1;
        }
        places.push(p.draft.add(buy));
    }
    let (after, up, other) = match miss {
        Some(2) => (1_000 * US, 2, 0),
        Some(3) => (2 * MS, 5, 0),
        Some(4) => (1_000 * US, 5, 1),
        _ => (2 * MS - 1, 3, 0),
    };
    let mut sale = p.event(after, EXEC, SELL, p.price() + up, 5);
    sale.acct += other;
    places.push(p.draft.add(sale));
    if miss.is_none() {
        // All but the first buy are bound to b.
        let (acct, moved) = (p.acct, buys - 2);
        let vol: usize = (1..buys).map(|at| 10 + at).sum();
        let measures = format!("acct {acct}, move {moved}, vol {vol}");
        p.draft.plant("momentum_ignition", &places, measures);
    }
}

/// Orders and cancels, one every few microseconds, and nothing else of the account between.
fn quote_stuffing(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let (count, every) = match miss {
        Some(0) => (199, 4 * US),
        // The last of two hundred comes when the millisecond is over.
        Some(1) => (200, MS / 199 + 1),
        _ => (200 + 20 * number, 2 * US),
    };
    let mut places = Vec::new();
    for at in 0..count {
        let kind = if p.random.once_in(2) { ADD } else { CANCEL };
        let side = if p.random.once_in(2) { BUY } else { SELL };
        let mut order = p.event(every * at as u64, kind, side, p.price(), 100);
        if miss == Some(2) && at % 190 == 189 {
            order.kind = EXEC;
        }
        places.push(p.draft.add(order));
    }
    if miss.is_none() {
        p.draft.plant("quote_stuffing", &places[..200], String::new());
    }
}

/// A large order away from the touch, a fill on the other side, its cancel.
fn spoofing(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let (side, other) = if number.is_multiple_of(2) { (BUY, SELL) } else { (SELL, BUY) };
    let away = if miss == Some(0) { 10 } else { 11 + number as i64 };
    let price = if side == BUY { p.price() - away } else { p.price() + away };
    let qty = if miss == Some(1) { 4_999 } else { 5_000 };
    let big = p.event(0, ADD, side, price, qty);
    let fill_side = if miss == Some(2) { side } else { other };
    let fill = Market { oid: p.oid + 1, ..p.event(100 * US, EXEC, fill_side, p.price(), 77) };
    let after = if miss == Some(3) { 500 * US } else { 500 * US - 1 };
    let cancelled = p.oid + if miss == Some(4) { 2 } else { 0 };
    let cancel = Market { oid: cancelled, ..p.event(after, CANCEL, side, price, qty) };
    let small = Market { oid: p.oid + 3, ..p.event(50 * US, ADD, other, p.price(), 100) };
    let places = [big, fill, cancel].map(|event| p.draft.add(event));
    p.draft.add(small);
    if miss.is_none() {
        p.draft.plant("spoofing", &places, String::new());
    }
}

/// A buy and a sale by linked accounts, in either order.
fn wash_trade(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let (first, second) = if number.is_multiple_of(2) { (BUY, SELL) } else { (SELL, BUY) };
    let one = p.event(0, EXEC, first, p.price(), 300);
    let mut other = p.event(MS, EXEC, second, p.price(), 300);
    other.acct += 3;
    match miss {
        Some(0) => other.acct += 7,
        Some(1) => other.price += 1,
        Some(2) => other.qty += 1,
        Some(3) => other.ts = one.ts + 100 * MS,
        _ => {}
    }
    let places = [one, other].map(|event| p.draft.add(event));
    if miss.is_none() {
        p.draft.plant("wash_trade", &places, String::new());
    }
}

/// Three or more rising trades, and one back at the first price, in 50 microseconds.
fn spike(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let rises = match miss {
        Some(0) => 2,
        Some(_) => 3,
        None => 3 + number % 3,
    };
    let mut places = Vec::new();
    for at in 0..=rises {
        // No higher than the one before is not higher.
        let flat = if miss == Some(1) && at == 2 { 2 } else { 0 };
        let price = p.price() + 2 * at as i64 - flat;
        places.push(p.draft.add(p.event(5 * US * at as u64, TRADE, 0, price, 10)));
    }
    let (after, back) = match miss {
        Some(2) => (50 * US, 0),
        Some(3) => (49 * US, 1),
        _ => (50 * US - 1, 0),
    };
    places.push(p.draft.add(p.event(after, TRADE, 0, p.price() + back, 10)));
    if miss.is_none() {
        let measures = format!("peak {}, vol {}", p.price() + 2 * rises as i64, 10 * rises);
        p.draft.plant("spike", &places, measures);
    }
}

/// Fills of an order, each followed by its shown size coming back.
fn iceberg(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let refills = match miss {
        Some(0) => 3,
        Some(_) => 4,
        None => 4 + number % 4,
    };
    let (mut places, mut hidden) = (Vec::new(), 0);
    for at in 0..refills {
        let after = 200 * US * at as u64;
        let fill = p.event(after, EXEC, SELL, p.price(), 50 + at as u32);
        let mut refill = p.event(after + 50 * US, REPLENISH, SELL, p.price(), 0);
        refill.shown = 100;
        match miss {
            Some(1) if at >= 3 => refill.shown = 99,
            Some(2) if at >= 3 => refill.price += 1,
            _ => {}
        }
        hidden += fill.qty;
        places.extend([fill, refill].map(|event| p.draft.add(event)));
        if miss.is_none() && at >= 3 {
            let measures = format!("refills {}, hidden {hidden}", at + 1);
            p.draft.plant("iceberg", &places, measures);
        }
    }
}

/// A trade below the average and the next one above it, in size.
fn vwap_cross(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let far = 100 + number as i64;
    // Trades around the middle, and two far from it: the average is in between.
    for at in 0..10 {
        p.draft.add(p.event(10 * US * at, TRADE, 0, p.price(), 400));
    }
    let qty = if miss == Some(0) { 499 } else { 500 };
    let up = if miss == Some(1) { -20 } else { far };
    let below = p.event(200 * US, TRADE, 0, p.price() - far, 100);
    let above = p.event(400 * US, TRADE, 0, p.price() + up, qty);
    if miss == Some(2) {
        // One in between, above the average but small.
        p.draft.add(p.event(300 * US, TRADE, 0, p.price() + far, 100));
    }
    let places = [below, above].map(|event| p.draft.add(event));
    if miss.is_none() {
        p.draft.plant("vwap_cross", &places, String::new());
    }
}

/// An immediate-or-cancel order without a fill.
fn no_fill(p: &mut Planting<'_>, number: usize, miss: Option<usize>) {
    let order = Market { ioc: 1, ..p.event(0, ADD, BUY, p.price(), 100) };
    let place = p.draft.add(order);
    match (miss, number % 3) {
        (Some(0), _) => _ = p.draft.add(p.event(10 * MS - 1, EXEC, BUY, p.price(), 60)),
        (Some(1), _) => _ = p.draft.add(p.event(20 * US, EXEC, BUY, p.price(), 60)),
        // Too late, another order's, or none.
        (None, 0) => _ = p.draft.add(p.event(10 * MS, EXEC, BUY, p.price(), 60)),
        (None, 1) => {
            let other = Market { oid: p.oid + 1, ..p.event(MS, EXEC, BUY, p.price(), 60) };
            p.draft.add(other);
        }
        _ => {}
    }
    if miss.is_none() {
        p.draft.plant("no_fill", &[place], String::new());
    }
}
