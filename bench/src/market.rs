//! The glue between feeds and patterns: the fields of a market event, for use in conditions.

use tourbillon_cep::{Condition, Field, field};
use tourbillon_feeds::{Kind, MarketEvent, Side};

/// Exchange time, nanoseconds.
pub const TIME: Field<MarketEvent, u64> = field!(MarketEvent, ts_event);
/// Price in 1e-9 units.
pub const PRICE: Field<MarketEvent, i64> = field!(MarketEvent, price);
/// Shares or contracts.
pub const SIZE: Field<MarketEvent, u32> = field!(MarketEvent, size);
/// Dense instrument index.
pub const INSTRUMENT: Field<MarketEvent, u32> = field!(MarketEvent, instrument);
/// Order reference.
pub const ORDER: Field<MarketEvent, u64> = field!(MarketEvent, order_id);
/// Number of the event's [`Kind`].
pub const KIND: Field<MarketEvent, u8> = field!(MarketEvent, kind);
/// Number of the event's [`Side`].
pub const SIDE: Field<MarketEvent, u8> = field!(MarketEvent, side);

/// A microsecond in the unit of [`TIME`].
pub const MICROSECOND: u64 = 1_000;
/// A millisecond in the unit of [`TIME`].
pub const MILLISECOND: u64 = 1_000 * MICROSECOND;

/// Is the event of this kind?
#[must_use]
pub fn is(kind: Kind) -> Condition<MarketEvent> {
    KIND.eq(kind as u8)
}

/// Is the event on this side of the book?
#[must_use]
pub fn on(side: Side) -> Condition<MarketEvent> {
    SIDE.eq(side as u8)
}
