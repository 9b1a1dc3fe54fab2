//! Reading a book: best prices, levels, queues, orders.

use super::Book;
use super::store::Store;
use crate::event::Side;

/// One price of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// In 1e-9.
    pub price: i64,
    /// Sum of the orders' sizes.
    pub size: u64,
    /// Number of orders.
    pub orders: u32,
}

/// One order of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedOrder {
    /// Its reference.
    pub id: u64,
    /// What is left of it.
    pub size: u32,
}

/// The book of one instrument, to be read.
#[derive(Clone, Copy, Debug)]
pub struct BookView<'a> {
    pub(super) book: &'a Book,
    pub(super) store: &'a Store,
}

impl<'a> BookView<'a> {
    /// Whether the book may be wrong: since the last [`crate::Kind::Clear`] there was a fault or a
    /// gap.
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        self.book.suspect
    }

    /// The best price of a side.
    #[must_use]
    pub fn best(&self, side: Side) -> Option<Level> {
        self.levels(side).next()
    }

    /// The levels of a side, the best one first; none of [`Side::None`].
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + use<'a> {
        let store = self.store;
        self.numbers(side).map(move |level| {
            let level = &store.levels[level];
            Level { price: level.price, size: level.size, orders: level.orders }
        })
    }

    /// The orders at a price, first come first.
    pub fn queue(&self, side: Side, price: i64) -> impl Iterator<Item = QueuedOrder> + use<'a> {
        let store = self.store;
        let level = self.numbers(side).find(|&level| store.levels[level].price == price);
        let mut next = level.map_or(0, |level| store.levels[level].first);
        std::iter::from_fn(move || {
            (next != 0).then(|| {
                let order = &store.orders[next];
                next = order.after;
                QueuedOrder { id: order.id, size: order.size }
            })
        })
    }

    fn numbers(&self, side: Side) -> impl Iterator<Item = u32> + use<'a> {
        let sides = match side {
            Side::None => &[][..],
            Side::Bid => &self.book.sides[..1],
            Side::Ask => &self.book.sides[1..],
        };
        sides.iter().flat_map(|ladder| ladder.rungs.iter().rev().map(|rung| rung.level))
    }
}
