//! The top of a book, and the quote that tells it.

use super::store::PriceLevel;
use crate::event::{Kind, MarketEvent, flags};

/// Best bid and best ask, in the order of [`super::store::Sides`], as quotes say them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Top {
    /// `i64::MAX` = none.
    price: [i64; 2],
    size: [u32; 2],
    orders: [u16; 2],
    /// Whether the book may be wrong.
    pub(super) suspect: bool,
}

impl Default for Top {
    fn default() -> Self {
        Self { price: [i64::MAX; 2], size: [0; 2], orders: [0; 2], suspect: false }
    }
}

/// What an event's flags say of the event alone.
const NOT_OF_QUOTES: u16 = flags::NON_PRINTABLE | flags::SIZE_IN_AUX | flags::MAYBE_BAD_BOOK;

impl Top {
    #[inline]
    pub(super) fn set(&mut self, side: usize, level: Option<&PriceLevel>) {
        let (price, size, orders) =
            level.map_or((i64::MAX, 0, 0), |level| (level.price, level.size, level.orders));
        self.price[side] = price;
        self.size[side] = u32::try_from(size).unwrap_or(u32::MAX);
        self.orders[side] = u16::try_from(orders).unwrap_or(u16::MAX);
    }

    #[inline]
    pub(super) fn is_crossed(&self) -> bool {
        let [bid, ask] = self.price;
        bid != i64::MAX && bid > ask
    }

    /// As an event, completed by `event`; see [`super::Books`].
    #[inline]
    pub(super) fn quote(&self, instrument: u32, event: &MarketEvent) -> MarketEvent {
        let [bids, asks] = self.orders.map(u64::from);
        let suspect = u16::from(self.suspect) * flags::MAYBE_BAD_BOOK;
        MarketEvent {
            kind: Kind::Quote as u8,
            instrument,
            price: self.price[0],
            aux: self.price[1] as u64,
            size: self.size[0],
            order_id: u64::from(self.size[1]) | bids << 32 | asks << 48,
            ts_event: event.ts_event,
            ts_recv: event.ts_recv,
            seq: event.seq,
            source: event.source,
            ext: event.ext,
            flags: suspect | event.flags & !NOT_OF_QUOTES,
            ..MarketEvent::default()
        }
    }
}
