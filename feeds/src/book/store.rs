//! Orders and price levels of all books: entering, leaving and shrinking an order.
//!
//! Invariants: a level is on its ladder exactly while it has orders; its size is the sum of theirs;
//! its queue is linked in both directions, first come first; every order is in the index.

use super::index::OrderIndex;
use super::pool::Pool;
use super::prefetch::prefetch;
use super::{BookLimits, FaultKind};
use crate::event::Side;
use bytemuck::{Pod, Zeroable};

/// An order in its level's queue.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) instrument: u32,
    pub(super) size: u32,
    pub(super) level: u32,
    pub(super) before: u32,
    pub(super) after: u32,
    unused: u32,
}

/// The queue of one price.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct PriceLevel {
    pub(super) price: i64,
    pub(super) size: u64,
    pub(super) orders: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    /// [`Side`] as a number.
    pub(super) side: u32,
}

/// A level's place on its side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rung {
    /// The price, turned for asks: the best price has the greatest key on both sides.
    key: i64,
    pub(super) level: u32,
}

/// The levels of one side, the best one last, because changes are near the top.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    pub(super) rungs: Vec<Rung>,
}

/// Rungs to look at one by one before the rest is halved.
const NEAR: usize = 8;

impl Ladder {
    fn find(&self, key: i64) -> Result<usize, usize> {
        let length = self.rungs.len();
        for at in (length.saturating_sub(NEAR)..length).rev() {
            if self.rungs[at].key <= key {
                return if self.rungs[at].key == key { Ok(at) } else { Err(at + 1) };
            }
        }
        let deep = &self.rungs[..length.saturating_sub(NEAR)];
        deep.binary_search_by_key(&key, |rung| rung.key)
    }

    pub(super) fn best(&self) -> Option<u32> {
        self.rungs.last().map(|rung| rung.level)
    }
}

fn key(side: u32, price: i64) -> i64 {
    if side == Side::Ask as u32 { !price } else { price }
}

/// Both sides of an instrument; indexed by [`Side`] less 1.
pub(super) type Sides = [Ladder; 2];

pub(super) fn ladder(sides: &mut Sides, side: u32) -> &mut Ladder {
    &mut sides[usize::from(side == Side::Ask as u32)]
}

#[derive(Debug)]
pub(super) struct Store {
    pub(super) orders: Pool<Order>,
    pub(super) levels: Pool<PriceLevel>,
    index: OrderIndex,
    levels_per_side: usize,
}

impl Store {
    pub(super) fn new(limits: &BookLimits) -> Self {
        Self {
            orders: Pool::new(limits.orders),
            levels: Pool::new(limits.levels),
            index: OrderIndex::new(limits.dense_references, limits.pages, limits.sparse_orders),
            levels_per_side: limits.levels_per_side as usize,
        }
    }

    #[inline]
    pub(super) fn find(&self, id: u64, instrument: u32) -> Option<u32> {
        self.index.find(id, instrument, &self.orders)
    }

    /// Puts an order at the end of its price's queue; `size` > 0, the reference is not in use.
    /// Says whether the best price is concerned; on a bound that is hit nothing changes.
    pub(super) fn enter(
        &mut self,
        sides: &mut Sides,
        order: (u64, u32),
        side: u32,
        price: i64,
        size: u32,
    ) -> Result<bool, FaultKind> {
        let (id, instrument) = order;
        let number = self.orders.take().ok_or(FaultKind::NoRoom)?;
        if !self.index.insert(id, instrument, number) {
            self.orders.give_back(number);
            return Err(FaultKind::NoRoom);
        }
        let ladder = ladder(sides, side);
        let level = match ladder.find(key(side, price)) {
            Ok(at) => ladder.rungs[at].level,
            Err(at) => {
                let room = ladder.rungs.len() < self.levels_per_side;
                let Some(level) = room.then(|| self.levels.take()).flatten() else {
                    self.index.remove(id, instrument, number);
                    self.orders.give_back(number);
                    return Err(FaultKind::NoRoom);
                };
                self.levels[level] = PriceLevel { price, side, ..PriceLevel::zeroed() };
                ladder.rungs.insert(at, Rung { key: key(side, price), level });
                level
            }
        };
        let queue = &mut self.levels[level];
        let before = std::mem::replace(&mut queue.last, number);
        queue.size += u64::from(size);
        queue.orders += 1;
        if before == 0 {
            queue.first = number;
        } else {
            self.orders[before].after = number;
        }
        self.orders[number] = Order { id, instrument, size, level, before, after: 0, unused: 0 };
        Ok(ladder.best() == Some(level))
    }

    /// Takes an order out; says whether the best price is concerned.
    pub(super) fn leave(&mut self, sides: &mut Sides, number: u32) -> bool {
        let Order { id, instrument, size, level, before, after, .. } = self.orders[number];
        self.index.remove(id, instrument, number);
        self.orders.give_back(number);
        let queue = &mut self.levels[level];
        queue.size -= u64::from(size);
        queue.orders -= 1;
        match before {
            0 => queue.first = after,
            _ => self.orders[before].after = after,
        }
        match after {
            0 => queue.last = before,
            _ => self.orders[after].before = before,
        }
        let ladder = ladder(sides, queue.side);
        let top = ladder.best() == Some(level);
        if queue.orders == 0 {
            if let Ok(at) = ladder.find(key(queue.side, queue.price)) {
                ladder.rungs.remove(at);
            }
            self.levels.give_back(level);
        }
        top
    }

    /// Sets a smaller size (not 0) in place; says whether the best price is concerned.
    pub(super) fn shrink(&mut self, sides: &mut Sides, number: u32, size: u32) -> bool {
        let order = &mut self.orders[number];
        let queue = &mut self.levels[order.level];
        queue.size -= u64::from(order.size - size);
        order.size = size;
        ladder(sides, queue.side).best() == Some(order.level)
    }

    /// Takes every order of a book out.
    pub(super) fn clear(&mut self, sides: &mut Sides) {
        for side in 0..2 {
            while let Some(level) = sides[side].best() {
                let first = self.levels[level].first;
                self.leave(sides, first);
            }
        }
    }

    #[inline]
    pub(super) fn prefetch_slot(&self, id: u64) {
        self.index.prefetch_slot(id);
    }

    /// Asks for the order that the reference probably means, and says its number.
    #[inline]
    pub(super) fn prefetch_order(&self, id: u64) -> u32 {
        let number = self.index.hint(id);
        if number != 0 {
            prefetch(&self.orders[number]);
        }
        number
    }

    /// Asks for the level and the neighbours of an order.
    #[inline]
    pub(super) fn prefetch_around(&self, number: u32) {
        let order = &self.orders[number];
        prefetch(&self.levels[order.level]);
        prefetch(&self.orders[order.before]);
        prefetch(&self.orders[order.after]);
    }

    pub(super) fn memory(&self) -> usize {
        self.orders.memory() + self.levels.memory() + self.index.memory()
    }
}
