//! What the scenarios work on: a generated day, and orders that stay.

use std::sync::Arc;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{Kind, MarketEvent, Options, Side, open_bytes, read_all};

use super::Setup;

const SEED: u64 = 1;
/// Stocks that trade on Nasdaq on a day, about.
pub(super) const SYMBOLS: u16 = 8_900;
/// A cent, in the unit of prices.
pub(super) const TICK: i64 = 10_000_000;

/// Events of orders; what is before them is applied and not measured.
#[derive(Debug)]
pub(super) struct Stream {
    all: Vec<MarketEvent>,
    first: usize,
}

impl Stream {
    pub(super) fn before(&self) -> &[MarketEvent] {
        &self.all[..self.first]
    }

    pub(super) fn events(&self) -> &[MarketEvent] {
        &self.all[self.first..]
    }
}

/// A day of the generator as ITCH 5.0, of so many messages.
pub(super) fn itch(messages: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Generator::new(SEED, SYMBOLS, Profile::day()).write(&mut bytes, messages)?;
    Ok(bytes)
}

/// The second half of a generated day.
pub(super) fn day(setup: &Setup) -> anyhow::Result<Arc<Stream>> {
    let bytes = itch(2 * setup.events)?;
    let all = read_all(&mut *open_bytes(bytes, &Options::default())?);
    let first = all.len() / 2;
    Ok(Arc::new(Stream { all, first }))
}

/// Orders that stay, then changes that keep their number and hit any of them.
pub(super) fn deep(setup: &Setup) -> Arc<Stream> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut live = Vec::new();
    let mut reference = 0;
    let orders = setup.live + setup.events;
    let mut all = Vec::with_capacity(orders as usize);
    for at in 0..orders {
        let mut event = if at < setup.live || at % 2 == 0 {
            let order = add(&mut dice, &mut reference);
            live.push((order.order_id, order.instrument));
            order
        } else {
            let victim = dice.next_u64() as usize % live.len();
            let (order_id, instrument) = live.swap_remove(victim);
            let kind = Kind::Delete as u8;
            MarketEvent { order_id, instrument, kind, ..MarketEvent::default() }
        };
        event.seq = at;
        all.push(event);
    }
    Arc::new(Stream { all, first: setup.live as usize })
}

/// Half of the orders are at the best price there may be, a quarter one tick behind, and so on.
fn add(dice: &mut Xoshiro256PlusPlus, reference: &mut u64) -> MarketEvent {
    let bits = dice.next_u64();
    let is_bid = bits >> 32 & 1 == 0;
    let behind = i64::from((bits >> 33).trailing_zeros());
    let price = if is_bid { 10_000 - behind } else { 10_001 + behind };
    *reference += 1 + (bits >> 60);
    MarketEvent {
        order_id: *reference,
        instrument: (bits % u64::from(SYMBOLS)) as u32,
        price: price * TICK,
        size: 100,
        kind: Kind::Add as u8,
        side: if is_bid { Side::Bid } else { Side::Ask } as u8,
        ..MarketEvent::default()
    }
}
