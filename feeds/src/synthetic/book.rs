//! The orders that live in the synthetic market, so that every later message refers to one that
//! exists.
//!
//! Invariants: every level has an order, no order has 0 shares, the best level is the last of its
//! side, and a side's orders of one price stand in the order of their arrival.

use crate::dice::Dice;

/// Index of an order; reused after the order is gone.
pub(super) type Handle = u32;

const NOTHING: u32 = u32::MAX;
/// How many of the latest orders count as recent.
const RECENT: usize = 512;
/// Recent orders to look at before giving up on a live one.
const TRIES: usize = 8;

/// Side of the book, as index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Bid,
    Ask,
}

impl Side {
    pub(super) fn opposite(self) -> Self {
        match self {
            Side::Bid => Side::Ask,
            Side::Ask => Side::Bid,
        }
    }

    /// The byte on the wire.
    pub(super) fn code(self) -> u8 {
        match self {
            Side::Bid => b'B',
            Side::Ask => b'S',
        }
    }

    /// A number that is higher for a better price; its own inverse.
    fn rank(self, price: u32) -> u32 {
        match self {
            Side::Bid => price,
            Side::Ask => !price,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) reference: u64,
    pub(super) shares: u32,
    /// In ticks.
    pub(super) price: u32,
    pub(super) symbol: usize,
    pub(super) side: Side,
    earlier: Handle,
    later: Handle,
    /// Place in the list of live orders.
    place: u32,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    rank: u32,
    first: Handle,
    last: Handle,
}

/// All books of the market.
#[derive(Debug)]
pub(super) struct Books {
    orders: Vec<Order>,
    free: Vec<Handle>,
    live: Vec<Handle>,
    /// Levels by symbol and side, best last.
    sides: Vec<[Vec<Level>; 2]>,
    /// The latest orders, with the reference that tells whether the handle still means the same
    /// order.
    recent: Vec<(Handle, u64)>,
    newest: usize,
}

impl Books {
    pub(super) fn new(symbols: usize) -> Self {
        Self {
            orders: Vec::new(),
            free: Vec::new(),
            live: Vec::new(),
            sides: vec![[Vec::new(), Vec::new()]; symbols],
            recent: vec![(NOTHING, 0); RECENT],
            newest: 0,
        }
    }

    /// Number of live orders.
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn order(&self, handle: Handle) -> Order {
        self.orders[handle as usize]
    }

    /// The oldest order at the best price.
    pub(super) fn best(&self, symbol: usize, side: Side) -> Option<Handle> {
        self.sides[symbol][side as usize].last().map(|level| level.first)
    }

    /// The best price in ticks.
    pub(super) fn best_price(&self, symbol: usize, side: Side) -> Option<u32> {
        self.sides[symbol][side as usize].last().map(|level| side.rank(level.rank))
    }

    /// Any live order: four times in five one of the latest, otherwise all alike.
    pub(super) fn pick(&self, dice: &mut Dice) -> Option<Handle> {
        if dice.chance(4, 5) {
            for _ in 0..TRIES {
                let (handle, reference) = self.recent[dice.below(RECENT as u64) as usize];
                if self
                    .orders
                    .get(handle as usize)
                    .is_some_and(|order| order.reference == reference)
                {
                    return Some(handle);
                }
            }
        }
        let at = dice.below(self.live.len() as u64) as usize;
        self.live.get(at).copied()
    }

    pub(super) fn add(
        &mut self,
        reference: u64,
        symbol: usize,
        side: Side,
        shares: u32,
        price: u32,
    ) -> Handle {
        let handle = self.free.pop().unwrap_or(self.orders.len() as u32);
        let place = self.live.len() as u32;
        let rank = side.rank(price);
        let levels = &mut self.sides[symbol][side as usize];
        let at = levels.partition_point(|level| level.rank < rank);
        let earlier = match levels.get_mut(at).filter(|level| level.rank == rank) {
            Some(level) => std::mem::replace(&mut level.last, handle),
            None => {
                levels.insert(at, Level { rank, first: handle, last: handle });
                NOTHING
            }
        };
        let order =
            Order { reference, shares, price, symbol, side, earlier, later: NOTHING, place };
        if earlier != NOTHING {
            self.orders[earlier as usize].later = handle;
        }
        match self.orders.get_mut(handle as usize) {
            Some(slot) => *slot = order,
            None => self.orders.push(order),
        }
        self.live.push(handle);
        self.newest = (self.newest + 1) % RECENT;
        self.recent[self.newest] = (handle, reference);
        handle
    }

    /// Prices and shares of a side's levels that `test` takes, from the best on.
    pub(super) fn levels(
        &self,
        symbol: usize,
        side: Side,
        test: impl Fn(u32) -> bool,
    ) -> Vec<(u32, u64)> {
        let levels = self.sides[symbol][side as usize].iter().rev();
        let prices = levels.map(|level| (side.rank(level.rank), level.first));
        let shares_from = |first| {
            let orders = std::iter::successors(Some(first), |&handle| {
                Some(self.order(handle).later).filter(|&later| later != NOTHING)
            });
            orders.map(|handle| u64::from(self.order(handle).shares)).sum()
        };
        prices
            .take_while(|&(price, _)| test(price))
            .map(|(price, first)| (price, shares_from(first)))
            .collect()
    }

    /// Takes shares off an order; with none left it is gone.
    pub(super) fn reduce(&mut self, handle: Handle, shares: u32) {
        let order = &mut self.orders[handle as usize];
        order.shares -= shares;
        if order.shares == 0 {
            self.remove(handle);
        }
    }

    pub(super) fn remove(&mut self, handle: Handle) {
        let Order { symbol, side, price, earlier, later, place, .. } = self.orders[handle as usize];
        let levels = &mut self.sides[symbol][side as usize];
        let rank = side.rank(price);
        if let Ok(at) = levels.binary_search_by_key(&rank, |level| level.rank) {
            match (earlier, later) {
                (NOTHING, NOTHING) => {
                    levels.remove(at);
                }
                (NOTHING, _) => levels[at].first = later,
                (_, NOTHING) => levels[at].last = earlier,
                _ => {}
            }
        }
        if earlier != NOTHING {
            self.orders[earlier as usize].later = later;
        }
        if later != NOTHING {
            self.orders[later as usize].earlier = earlier;
        }
        self.live.swap_remove(place as usize);
        if let Some(&moved) = self.live.get(place as usize) {
            self.orders[moved as usize].place = place;
        }
        self.orders[handle as usize].reference = 0;
        self.free.push(handle);
    }
}
