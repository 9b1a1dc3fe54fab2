//! The glue between feeds and patterns: a market event as patterns see it.

use std::mem::offset_of;
use std::sync::Arc;

use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
use tourbillon_feeds::{Instruments, Kind, MarketEvent, Side};

/// A millisecond in the unit of event times.
pub const MILLISECOND: u64 = 1_000_000;

/// What texts call the stream of market events.
pub const STREAM: &str = "market";

/// Market events as patterns in text see them: `FROM market`, the fields by the names they have
/// in [`MarketEvent`], prices with nine decimals, kinds, sides and instruments by name.
///
/// Events of kind `Quote` have `bid`, `bid_size`, `bid_orders`, `ask`, `ask_size` and `ask_orders`
/// in addition; a price that is not there is 9223372036.854775807, of size 0. In events of other
/// kinds these are parts of other fields.
///
/// # Panics
///
/// Never: the layout of a market event is fixed.
#[must_use]
pub fn schema(instruments: &Instruments) -> Arc<Schema> {
    let field = SchemaField::new;
    let kinds = Kind::ALL.iter().map(|kind| (kind.name(), *kind as i128));
    let sides = [("None", Side::None), ("Bid", Side::Bid), ("Ask", Side::Ask)];
    let sides = sides.map(|(name, side)| (name, side as i128));
    let symbols = instruments.iter().map(|(index, symbol)| (symbol, i128::from(index)));
    let symbols = field("instrument", FieldType::U32, offset_of!(MarketEvent, instrument))
        .open_symbols(symbols);
    Schema::builder::<MarketEvent>(STREAM)
        .field(field("ts_event", FieldType::U64, offset_of!(MarketEvent, ts_event)))
        .field(field("ts_recv", FieldType::U64, offset_of!(MarketEvent, ts_recv)))
        .field(field("seq", FieldType::U64, offset_of!(MarketEvent, seq)))
        .field(field("order_id", FieldType::U64, offset_of!(MarketEvent, order_id)))
        .field(field("price", FieldType::I64, offset_of!(MarketEvent, price)).decimals(9))
        .field(field("aux", FieldType::U64, offset_of!(MarketEvent, aux)))
        .field(symbols)
        .field(field("size", FieldType::U32, offset_of!(MarketEvent, size)))
        .field(field("source", FieldType::U16, offset_of!(MarketEvent, source)))
        .field(field("kind", FieldType::U8, offset_of!(MarketEvent, kind)).symbols(kinds))
        .field(field("side", FieldType::U8, offset_of!(MarketEvent, side)).symbols(sides))
        .field(field("bid", FieldType::I64, offset_of!(MarketEvent, price)).decimals(9))
        .field(field("bid_size", FieldType::U32, offset_of!(MarketEvent, size)))
        .field(field("ask", FieldType::I64, offset_of!(MarketEvent, aux)).decimals(9))
        .field(field("ask_size", FieldType::U32, offset_of!(MarketEvent, order_id)))
        .field(field("bid_orders", FieldType::U16, offset_of!(MarketEvent, order_id) + 4))
        .field(field("ask_orders", FieldType::U16, offset_of!(MarketEvent, order_id) + 6))
        .field(field("flags", FieldType::U16, offset_of!(MarketEvent, flags)))
        .time("ts_event")
        .kind("kind")
        .build()
        .expect("a layout that is fixed")
}
