//! Orders and price levels of all books: entering, leaving and shrinking an order.
//!
//! Invariants: a level is on its ladder exactly while it has orders; its size is the sum of theirs;
//! its queue is linked in both directions, first come first; every order is in the index.

use super::index::{OrderIndex, Slot};
use super::memory::prefetch;
use super::pool::Pool;
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
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rung {
    /// The price, turned for asks: the best price has the greatest key on both sides.
    key: i64,
    pub(super) level: u32,
}

/// The levels of one side, the best one last, because changes are near the top.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    pub(super) rungs: Vec<Rung>,
    /// A copy of the last rung, which is looked at far more often than any other: level 0 = none.
    best: Rung,
}

/// Rungs to look at one by one before the rest is halved.
const NEAR: usize = 8;

impl Ladder {
    /// The level of the key, or where its rung would be.
    #[inline]
    fn find(&self, key: i64) -> Result<u32, usize> {
        if self.best.key == key && self.best.level != 0 {
            return Ok(self.best.level);
        }
        self.position(key).map(|at| self.rungs[at].level)
    }

    fn position(&self, key: i64) -> Result<usize, usize> {
        let length = self.rungs.len();
        for at in (length.saturating_sub(NEAR)..length).rev() {
            if self.rungs[at].key <= key {
                return if self.rungs[at].key == key { Ok(at) } else { Err(at + 1) };
            }
        }
        let deep = &self.rungs[..length.saturating_sub(NEAR)];
        deep.binary_search_by_key(&key, |rung| rung.key)
    }

    fn insert(&mut self, at: usize, rung: Rung) {
        self.rungs.insert(at, rung);
        self.best = self.rungs[self.rungs.len() - 1];
    }

    fn remove(&mut self, key: i64) {
        if let Ok(at) = self.position(key) {
            self.rungs.remove(at);
        }
        self.best = self.rungs.last().copied().unwrap_or_default();
    }

    /// The level of the best price; 0 = none.
    #[inline]
    pub(super) fn best(&self) -> u32 {
        self.best.level
    }
}

fn key(side: u32, price: i64) -> i64 {
    if side == Side::Ask as u32 { !price } else { price }
}

/// Both sides of an instrument; indexed by [`Side`] less 1.
pub(super) type Sides = [Ladder; 2];

fn ladder(sides: &mut Sides, side: u32) -> &mut Ladder {
    &mut sides[usize::from(side == Side::Ask as u32)]
}

/// Sides whose best price is concerned: bits that are the numbers of [`Side`].
pub(super) type Concerned = u8;

/// The side, if the level is its best one.
#[inline]
fn concerned(ladder: &Ladder, side: u32, level: u32) -> Concerned {
    if ladder.best() == level { side as Concerned } else { 0 }
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
        let slot = self.index.look(id);
        prefetch(&self.levels[slot.level]);
        self.index.find(slot, id, instrument, &self.orders)
    }

    /// Puts an order at the end of its price's queue; `size` > 0, the reference is not in use.
    /// On a bound that is hit nothing changes.
    pub(super) fn enter(
        &mut self,
        sides: &mut Sides,
        order: (u64, u32),
        side: u32,
        price: i64,
        size: u32,
    ) -> Result<Concerned, FaultKind> {
        let (id, instrument) = order;
        let number = self.orders.take().ok_or(FaultKind::NoRoom)?;
        let ladder = ladder(sides, side);
        let found = ladder.find(key(side, price));
        let level = match found {
            Ok(level) => Some(level),
            Err(_) if ladder.rungs.len() < self.levels_per_side => self.levels.take(),
            Err(_) => None,
        };
        let indexed =
            level.filter(|&level| self.index.insert(id, instrument, Slot { order: number, level }));
        let Some(level) = indexed else {
            self.orders.give_back(number);
            if let (Some(unused), Err(_)) = (level, found) {
                self.levels.give_back(unused);
            }
            return Err(FaultKind::NoRoom);
        };
        if let Err(at) = found {
            self.levels[level] = PriceLevel { price, side, ..PriceLevel::zeroed() };
            ladder.insert(at, Rung { key: key(side, price), level });
        }
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
        Ok(concerned(ladder, side, level))
    }

    /// Takes an order out.
    pub(super) fn leave(&mut self, sides: &mut Sides, number: u32) -> Concerned {
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
        let concerned = concerned(ladder, queue.side, level);
        if queue.orders == 0 {
            ladder.remove(key(queue.side, queue.price));
            self.levels.give_back(level);
        }
        concerned
    }

    /// Sets a smaller size (not 0) in place.
    pub(super) fn shrink(&mut self, sides: &mut Sides, number: u32, size: u32) -> Concerned {
        let order = &mut self.orders[number];
        let queue = &mut self.levels[order.level];
        queue.size -= u64::from(order.size - size);
        order.size = size;
        concerned(ladder(sides, queue.side), queue.side, order.level)
    }

    /// Takes every order of a book out.
    pub(super) fn clear(&mut self, sides: &mut Sides) {
        for side in 0..2 {
            while sides[side].best() != 0 {
                let first = self.levels[sides[side].best()].first;
                self.leave(sides, first);
            }
        }
    }

    #[inline]
    pub(super) fn prefetch_slot(&self, id: u64) {
        self.index.prefetch_slot(id);
    }

    /// Asks for the order that the reference probably means, and for its level.
    #[inline]
    pub(super) fn prefetch_order(&self, id: u64) {
        let Slot { order, level } = self.index.look(id);
        prefetch(&self.orders[order]);
        prefetch(&self.levels[level]);
    }

    /// Asks for the best level of the side on which an order will enter.
    #[inline]
    pub(super) fn prefetch_best(&self, ladder: &Ladder) {
        prefetch(&self.levels[ladder.best()]);
        if let Some(rung) = ladder.rungs.last() {
            prefetch(rung);
        }
    }

    /// Asks for the order before the one that will enter, if that is at the best price.
    #[inline]
    pub(super) fn prefetch_last(&self, ladder: &Ladder) {
        prefetch(&self.orders[self.levels[ladder.best()].last]);
    }

    /// Asks for the neighbours of that order.
    #[inline]
    pub(super) fn prefetch_around(&self, id: u64) {
        let order = &self.orders[self.index.look(id).order];
        prefetch(&self.orders[order.before]);
        prefetch(&self.orders[order.after]);
    }

    /// Writes to all memory, which holds no order yet.
    pub(super) fn touch(&mut self) {
        self.orders.touch();
        self.levels.touch();
        self.index.touch();
    }

    pub(super) fn memory(&self) -> usize {
        self.orders.memory() + self.levels.memory() + self.index.memory()
    }
}
