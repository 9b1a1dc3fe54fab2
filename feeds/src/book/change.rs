//! What one event does to the books.

use super::store::{Concerned, Store};
use super::top::Top;
use super::{BOTH, Book, Books, Crossing, FaultKind};
use crate::event::{Kind, MarketEvent, Side};

impl Books {
    /// Applies one event; says which best prices of its book are concerned.
    #[inline]
    pub(super) fn change(&mut self, event: &MarketEvent) -> Result<Concerned, FaultKind> {
        let kind = event.kind().unwrap_or(Kind::None);
        match kind {
            Kind::Add
            | Kind::Replace
            | Kind::Cancel
            | Kind::Delete
            | Kind::Exec
            | Kind::ExecPrice => {}
            _ => return self.state(kind, event),
        }
        let book = self.books.get_mut(event.instrument as usize).ok_or(FaultKind::NoBook)?;
        let store = &mut self.store;
        if kind == Kind::Add {
            let side = event.side().unwrap_or_default();
            if side == Side::None || event.size == 0 || event.price == i64::MAX {
                return Err(FaultKind::Meaningless);
            }
            return enter(store, book, event, event.order_id, side as u32);
        }
        let order = store.find(event.order_id, event.instrument).ok_or(FaultKind::UnknownOrder)?;
        match kind {
            Kind::Delete => Ok(store.leave(&mut book.sides, order)),
            Kind::Replace => replace(store, book, event, order),
            _ => reduce(store, book, event, order),
        }
    }

    /// What is not about an order.
    fn state(&mut self, kind: Kind, event: &MarketEvent) -> Result<Concerned, FaultKind> {
        match kind {
            Kind::Gap => {
                self.report.gaps += 1;
                self.books.iter_mut().for_each(|book| book.suspect = true);
            }
            Kind::Status if event.ext as u8 == STATUS => {
                if let Some(book) = self.books.get_mut(event.instrument as usize) {
                    book.may_cross =
                        self.crossing == Crossing::Allowed || event.ext >> 8 != u16::from(TRADING);
                    // It may be crossed when trading starts.
                    self.note(event.instrument, 0);
                }
            }
            Kind::Clear if event.instrument == MarketEvent::EVERY_INSTRUMENT => {
                for instrument in 0..self.books.len() as u32 {
                    self.clear(instrument);
                }
            }
            Kind::Clear if (event.instrument as usize) < self.books.len() => {
                self.clear(event.instrument);
            }
            Kind::Clear => return Err(FaultKind::NoBook),
            _ => {}
        }
        Ok(0)
    }

    /// Empties a book; it may then be told that it is empty, or is no longer suspect.
    fn clear(&mut self, instrument: u32) {
        let book = &mut self.books[instrument as usize];
        self.store.clear(&mut book.sides);
        (book.suspect, book.crossed) = (false, false);
        if book.told != Top::default() {
            self.note(instrument, BOTH);
        }
    }
}

/// Type byte of the status that says whether an instrument trades (ITCH 5.0, "Stock Trading
/// Action"; IEX DEEP, "Trading Status Message").
const STATUS: u8 = b'H';
/// Its state while it does.
const TRADING: u8 = b'T';

/// A new order, in the place of one that has its reference.
fn enter(
    store: &mut Store,
    book: &mut Book,
    event: &MarketEvent,
    id: u64,
    side: u32,
) -> Result<Concerned, FaultKind> {
    let older = store.find(id, event.instrument);
    if let Some(older) = older {
        store.leave(&mut book.sides, older);
    }
    let order = (id, event.instrument);
    let top = store.enter(&mut book.sides, order, side, event.price, event.size)?;
    if older.is_some() { Err(FaultKind::DuplicateOrder) } else { Ok(top) }
}

fn replace(
    store: &mut Store,
    book: &mut Book,
    event: &MarketEvent,
    order: u32,
) -> Result<Concerned, FaultKind> {
    let old = store.orders[order];
    let level = store.levels[old.level];
    let stays = event.aux == event.order_id && level.price == event.price;
    if stays && (1..=old.size).contains(&event.size) {
        return Ok(store.shrink(&mut book.sides, order, event.size));
    }
    let left = store.leave(&mut book.sides, order);
    if event.size == 0 || event.price == i64::MAX {
        return Err(FaultKind::Meaningless);
    }
    Ok(enter(store, book, event, event.aux, level.side)? | left)
}

/// Takes `size` off an order.
fn reduce(
    store: &mut Store,
    book: &mut Book,
    event: &MarketEvent,
    order: u32,
) -> Result<Concerned, FaultKind> {
    if event.size == 0 {
        return Err(FaultKind::Meaningless);
    }
    match store.orders[order].size.checked_sub(event.size) {
        Some(0) => Ok(store.leave(&mut book.sides, order)),
        Some(left) => Ok(store.shrink(&mut book.sides, order, left)),
        None => {
            store.leave(&mut book.sides, order);
            Err(FaultKind::TooMuch)
        }
    }
}
