//! The messages of DEEP and TOPS, and what event each becomes.
//!
//! | type | kind | order_id | price | aux | size | code (high byte of `ext`) |
//! |---|---|---|---|---|---|---|
//! | S | System | | | | | system event |
//! | D | Definition | | previous close, adjusted | LULD tier | round lot | flags |
//! | H | Status | | | reason, 4 characters, first one highest | | trading status |
//! | O, I | Status | | | | | halt status, retail interest |
//! | P | Status | | | detail | | in effect (0 or 1) |
//! | E | Status | | | | | security event |
//! | Q | Quote | ask size | bid | ask (bits of an i64) | bid size | flags |
//! | 8, 5 | Depth of bids, asks | change | level | event flags | shares, 0 = the level goes | |
//! | T, B | Trade, Break | | price | trade number | shares | sale conditions |
//! | X | Statistic | | official price | | | opening or closing |
//! | A | Imbalance | paired shares | reference | imbalance | imbalance | auction type |
//!
//! The side of an A is the one of the imbalance.

use crate::event::{Kind, MarketEvent, Side, depth};
use crate::itch::Fault;

/// From the wire's price unit (1e-4) to the event's (1e-9).
const PRICE_SCALE: i64 = 100_000;

/// Length on the wire; `None` if there is no such type.
fn size_of(code: u8) -> Option<usize> {
    Some(match code {
        b'S' => 10,
        b'D' => 31,
        b'H' => 22,
        b'O' | b'I' | b'E' => 18,
        b'P' => 19,
        b'Q' => 42,
        b'8' | b'5' => 30,
        b'T' | b'B' => 38,
        b'X' => 26,
        b'A' => 80,
        _ => return None,
    })
}

/// The type's name in the specification.
pub(super) fn name_of(code: u8) -> &'static str {
    match code {
        b'S' => "SystemEvent",
        b'D' => "SecurityDirectory",
        b'H' => "TradingStatus",
        b'O' => "OperationalHaltStatus",
        b'I' => "RetailLiquidityIndicator",
        b'E' => "SecurityEvent",
        b'P' => "ShortSalePriceTestStatus",
        b'Q' => "QuoteUpdate",
        b'8' => "PriceLevelUpdateBuy",
        b'5' => "PriceLevelUpdateSell",
        b'T' => "TradeReport",
        b'B' => "TradeBreak",
        b'X' => "OfficialPrice",
        b'A' => "AuctionInformation",
        _ => "unknown",
    }
}

/// The event of a message without number, instrument and source; and its symbol.
///
/// A longer message is one of a later revision: what it appends is passed over.
pub(super) fn event(m: &[u8]) -> Result<(MarketEvent, Option<&str>), Fault> {
    let &code = m.first().ok_or(Fault::Empty)?;
    let size = size_of(code).ok_or(Fault::UnknownType(code))?;
    if m.len() < size {
        return Err(Fault::BadLength { code, have: m.len() });
    }
    let symbol = (code != b'S').then(|| symbol(m)).flatten();
    let event = MarketEvent {
        ts_event: u64_at(m, 2),
        ext: u16::from(code) | u16::from(m[1]) << 8,
        ..MarketEvent::default()
    };
    Ok((fields(m, code, event), symbol))
}

/// `None` if it can only be damage.
fn symbol(m: &[u8]) -> Option<&str> {
    let symbol = m[10..18].trim_ascii_end();
    let printable = !symbol.is_empty() && symbol.iter().all(u8::is_ascii_graphic);
    str::from_utf8(symbol).ok().filter(|_| printable)
}

/// What differs from type to type.
fn fields(m: &[u8], code: u8, event: MarketEvent) -> MarketEvent {
    let of = |kind: Kind| MarketEvent { kind: kind as u8, ..event };
    let sized = |kind| MarketEvent { size: u32_at(m, 18), price: price(m, 22), ..of(kind) };
    match code {
        b'S' => of(Kind::System),
        b'D' => MarketEvent { aux: u64::from(m[30]), ..sized(Kind::Definition) },
        b'H' => {
            let reason = u32::from_be_bytes([m[18], m[19], m[20], m[21]]);
            MarketEvent { aux: u64::from(reason), ..of(Kind::Status) }
        }
        b'P' => MarketEvent { aux: u64::from(m[18]), ..of(Kind::Status) },
        b'Q' => MarketEvent {
            aux: price(m, 30) as u64,
            order_id: u64::from(u32_at(m, 38)),
            ..sized(Kind::Quote)
        },
        b'8' => level(m, Side::Bid, sized(Kind::Depth)),
        b'5' => level(m, Side::Ask, sized(Kind::Depth)),
        b'T' => MarketEvent { aux: u64_at(m, 30), ..sized(Kind::Trade) },
        b'B' => MarketEvent { aux: u64_at(m, 30), ..sized(Kind::Break) },
        b'X' => MarketEvent { price: price(m, 18), ..of(Kind::Statistic) },
        b'A' => MarketEvent {
            order_id: u64::from(u32_at(m, 18)),
            aux: u64::from(u32_at(m, 38)),
            side: match m[42] {
                b'B' => Side::Bid,
                b'S' => Side::Ask,
                _ => Side::None,
            } as u8,
            size: u32_at(m, 38),
            ..MarketEvent { price: price(m, 22), ..of(Kind::Imbalance) }
        },
        _ => of(Kind::Status),
    }
}

/// Levels are known by their price: they have no number.
fn level(m: &[u8], side: Side, event: MarketEvent) -> MarketEvent {
    let change = if event.size == 0 { depth::DELETED } else { depth::CHANGED };
    MarketEvent {
        order_id: depth::pack(change, 0),
        aux: u64::from(m[1]),
        side: side as u8,
        ext: u16::from(m[0]),
        ..event
    }
}

fn u32_at(m: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([m[at], m[at + 1], m[at + 2], m[at + 3]])
}

fn u64_at(m: &[u8], at: usize) -> u64 {
    u64::from(u32_at(m, at)) | u64::from(u32_at(m, at + 4)) << 32
}

/// Saturated: only a damaged price is beyond the event's range.
fn price(m: &[u8], at: usize) -> i64 {
    (u64_at(m, at) as i64).saturating_mul(PRICE_SCALE)
}
