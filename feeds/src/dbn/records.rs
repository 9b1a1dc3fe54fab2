//! Which events each record of DBN becomes; the table stands in the [reader](super::read).

use super::{FLAGS, rtype};
use crate::event::{Kind, MarketEvent, Side, depth, flags};

/// Levels of a side in a record of `mbp-10`.
const LEVELS: usize = 10;
/// Where the levels of a record start, and the length of each.
const FIRST_LEVEL: usize = 48;
const LEVEL: usize = 32;
/// A price that is not there.
const NO_PRICE: i64 = i64::MAX;
/// Length of a symbol in version 1, and in later versions.
pub(super) const SYMBOL_V1: usize = 22;
const SYMBOL: usize = 71;

/// A letter for the records of a type, their name, and whether they are read at all.
pub(super) const fn kind_of(rtype: u8) -> (u8, &'static str, bool) {
    match rtype {
        rtype::MBO => (b'O', "Mbo", true),
        rtype::TRADES => (b'T', "Trade", true),
        rtype::MBP_1 => (b'Q', "Mbp1", true),
        rtype::BBO_1S | rtype::BBO_1M => (b'B', "Bbo", true),
        rtype::MBP_10 => (b'L', "Mbp10", true),
        rtype::CMBP_1 => (b'C', "Cmbp1", true),
        rtype::CBBO_1S | rtype::CBBO_1M | rtype::TCBBO => (b'c', "Cbbo", true),
        0x20..=0x24 => (b'V', "Ohlcv", true),
        rtype::STATUS => (b'H', "Status", true),
        rtype::DEFINITION => (b'D', "Definition", true),
        rtype::IMBALANCE => (b'I', "Imbalance", true),
        rtype::STATISTICS => (b'S', "Statistics", true),
        rtype::SYMBOL_MAPPING => (b'Y', "SymbolMapping", true),
        0x11 => (b'v', "OhlcvDeprecated", false),
        0x15 => (b'e', "Error", false),
        0x17 => (b's', "System", false),
        _ => (b'?', "unknown", false),
    }
}

/// The name of the records that are counted under a letter.
pub(super) fn name_of(code: u8) -> &'static str {
    let mut kinds = (0..=u8::MAX).map(kind_of);
    kinds.find(|(letter, ..)| *letter == code).map_or("unknown", |(_, name, _)| name)
}

/// The event of a record that is always one, or `None` if its length or action is not known, or if
/// it may be several.
pub(super) fn single(record: &[u8]) -> Option<MarketEvent> {
    let kind = record[1];
    let size = match kind {
        rtype::MBO => 56,
        rtype::TRADES => 48,
        rtype::MBP_1
        | rtype::BBO_1S
        | rtype::BBO_1M
        | rtype::CMBP_1
        | rtype::CBBO_1S
        | rtype::CBBO_1M
        | rtype::TCBBO => 80,
        _ => return None,
    };
    if !has_length(record, size) {
        return None;
    }
    if kind == rtype::MBO {
        return order(record);
    }
    let event = head(record)?;
    let action = event.ext as u8;
    let trade = match kind {
        rtype::TRADES | rtype::TCBBO => true,
        rtype::MBP_1 | rtype::CMBP_1 => action == b'T',
        _ => false,
    };
    if trade { trade_of(record, event) } else { quote(record, event) }
}

/// Appends the events of any other record; `None` if its length is not that of its type.
pub(super) fn append(record: &[u8], out: &mut Vec<MarketEvent>) -> Option<()> {
    match record[1] {
        rtype::MBP_10 if has_length(record, FIRST_LEVEL + LEVELS * LEVEL) => levels(record, out),
        rtype::SYMBOL_MAPPING => symbol(record).map(|_| ()),
        0x20..=0x24 if has_length(record, 56) => bar(record, out),
        rtype::STATUS if has_length(record, 40) => one(status(record), out),
        rtype::DEFINITION => one(definition(record), out),
        rtype::IMBALANCE if has_length(record, 112) => one(imbalance(record), out),
        rtype::STATISTICS => one(statistic(record), out),
        _ => None,
    }
}

/// The symbol that the record gives its instrument.
pub(super) fn symbol(record: &[u8]) -> Option<&str> {
    let (at, length) = match (record[1], record.len()) {
        (rtype::DEFINITION, 360 | 368) => (200, SYMBOL_V1),
        (rtype::DEFINITION, 400 | 408) => (200, SYMBOL),
        (rtype::DEFINITION, 520 | 528) => (238, SYMBOL),
        (rtype::SYMBOL_MAPPING, 80 | 88) => (16, SYMBOL_V1),
        (rtype::SYMBOL_MAPPING, 176 | 184) => (17, SYMBOL),
        _ => return None,
    };
    text(record.get(at..at + length)?)
}

/// The time of sending may follow the fields.
fn has_length(record: &[u8], length: usize) -> bool {
    record.len() == length || record.len() == length + 8
}

fn one(event: Option<MarketEvent>, out: &mut Vec<MarketEvent>) -> Option<()> {
    out.push(event?);
    Some(())
}

/// Of several venues: such records have no number, and a venue where others count the orders.
fn is_consolidated(record: &[u8]) -> bool {
    matches!(record[1], rtype::CMBP_1 | rtype::CBBO_1S | rtype::CBBO_1M | rtype::TCBBO)
}

/// What the records of trades and prices have in common.
fn head(record: &[u8]) -> Option<MarketEvent> {
    Some(MarketEvent {
        ts_event: u64_at(record, 8)?,
        ts_recv: u64_at(record, 32)?,
        seq: if is_consolidated(record) { 0 } else { u64::from(u32_at(record, 44)?) },
        flags: flags_of(record[30]),
        ext: u16::from(record[28]),
        ..MarketEvent::default()
    })
}

fn trade_of(record: &[u8], event: MarketEvent) -> Option<MarketEvent> {
    Some(MarketEvent {
        kind: Kind::Trade as u8,
        side: side_of(record[29]) as u8,
        price: price_at(record, 16)?,
        size: u32_at(record, 24)?,
        ..event
    })
}

fn quote(record: &[u8], event: MarketEvent) -> Option<MarketEvent> {
    let count = |at| Some(u64::from(u32_at(record, at)?.min(u32::from(u16::MAX))));
    let (bids, asks) = if is_consolidated(record) { (0, 0) } else { (count(72)?, count(76)?) };
    Some(MarketEvent {
        kind: Kind::Quote as u8,
        price: price_at(record, 48)?,
        aux: u64_at(record, 56)?,
        size: u32_at(record, 64)?,
        order_id: u64::from(u32_at(record, 68)?) | bids << 32 | asks << 48,
        ..event
    })
}

fn order(record: &[u8]) -> Option<MarketEvent> {
    let (order_id, action) = (u64_at(record, 16)?, record[38]);
    let (kind, aux, more) = match action {
        b'A' => (Kind::Add, 0, 0),
        b'M' => (Kind::Replace, order_id, 0),
        b'C' => (Kind::Cancel, 0, 0),
        b'R' => (Kind::Clear, 0, 0),
        b'T' => (Kind::Trade, 0, 0),
        b'F' => (Kind::Trade, 0, flags::NON_PRINTABLE),
        b'N' => (Kind::None, 0, 0),
        _ => return None,
    };
    Some(MarketEvent {
        ts_event: u64_at(record, 8)?,
        ts_recv: u64_at(record, 40)?,
        seq: u64::from(u32_at(record, 52)?),
        order_id,
        price: price_at(record, 24)?,
        aux,
        size: u32_at(record, 32)?,
        kind: kind as u8,
        side: side_of(record[39]) as u8,
        flags: flags_of(record[36]) | more,
        ext: u16::from(action) | u16::from(record[37]) << 8,
        ..MarketEvent::default()
    })
}

/// A trade, or the first ten levels as they are now: both sides go, then each level is new.
fn levels(record: &[u8], out: &mut Vec<MarketEvent>) -> Option<()> {
    let event = head(record)?;
    if record[28] == b'T' {
        return one(trade_of(record, event), out);
    }
    let last = event.flags & flags::LAST;
    let event = MarketEvent { kind: Kind::Depth as u8, flags: event.flags & !flags::LAST, ..event };
    for (side, price, size, orders) in [(Side::Bid, 0, 16, 24), (Side::Ask, 8, 20, 28)] {
        let event = MarketEvent { side: side as u8, ..event };
        let order_id = depth::pack(depth::DELETED_THROUGH, 0);
        out.push(MarketEvent { order_id, ext: event.ext | 1 << 8, ..event });
        for number in 0..LEVELS {
            let at = FIRST_LEVEL + number * LEVEL;
            let found = price_at(record, at + price)?;
            if found == NO_PRICE {
                continue;
            }
            out.push(MarketEvent {
                order_id: depth::pack(depth::NEW, u32_at(record, at + orders)?),
                price: found,
                size: u32_at(record, at + size)?,
                ext: event.ext | (number as u16 + 1) << 8,
                ..event
            });
        }
    }
    if let Some(event) = out.last_mut() {
        event.flags |= last;
    }
    Some(())
}

/// Open, high, low and close, each a figure, and the volume.
fn bar(record: &[u8], out: &mut Vec<MarketEvent>) -> Option<()> {
    let ts_event = u64_at(record, 8)?;
    let figure = |code: u8, price| MarketEvent {
        ts_event,
        price,
        kind: Kind::Statistic as u8,
        ext: u16::from(code) | u16::from(record[1]) << 8,
        ..MarketEvent::default()
    };
    for (code, at) in [(b'o', 16), (b'h', 24), (b'l', 32), (b'c', 40)] {
        out.push(figure(code, price_at(record, at)?));
    }
    out.push(figure(b'v', 0).sized(u64_at(record, 48)?));
    Some(())
}

fn status(record: &[u8]) -> Option<MarketEvent> {
    let (reason, trading) = (u16_at(record, 26)?, u16_at(record, 28)?);
    // Whether there is trading, quoting, and a restriction of short sales: Y, N or ~.
    let states = u32_at(record, 30)? & 0xFF_FFFF;
    Some(MarketEvent {
        ts_event: u64_at(record, 8)?,
        ts_recv: u64_at(record, 16)?,
        aux: u64::from(reason) << 48 | u64::from(trading) << 32 | u64::from(states),
        kind: Kind::Status as u8,
        ext: u16_at(record, 24)?,
        ..MarketEvent::default()
    })
}

fn definition(record: &[u8]) -> Option<MarketEvent> {
    symbol(record)?;
    Some(MarketEvent {
        ts_event: u64_at(record, 8)?,
        ts_recv: u64_at(record, 16)?,
        price: price_at(record, 24)?,
        kind: Kind::Definition as u8,
        ..MarketEvent::default()
    })
}

fn imbalance(record: &[u8]) -> Option<MarketEvent> {
    let total = u32_at(record, 92)?;
    Some(MarketEvent {
        ts_event: u64_at(record, 8)?,
        ts_recv: u64_at(record, 16)?,
        price: price_at(record, 24)?,
        order_id: u64::from(u32_at(record, 88)?),
        aux: u64::from(total),
        size: total,
        kind: Kind::Imbalance as u8,
        side: side_of(record[105]) as u8,
        ext: u16::from(record[104]) | u16::from(record[110]) << 8,
        ..MarketEvent::default()
    })
}

fn statistic(record: &[u8]) -> Option<MarketEvent> {
    // From version 3 on the quantity has 64 bits, and what follows it stands behind.
    let (quantity, more) = if has_length(record, 64) {
        let quantity = u32_at(record, 40)? as i32;
        ((quantity != i32::MAX).then_some(i64::from(quantity)), 0)
    } else if has_length(record, 80) {
        let quantity = u64_at(record, 40)? as i64;
        ((quantity != i64::MAX).then_some(quantity), 4)
    } else {
        return None;
    };
    let event = MarketEvent {
        ts_event: u64_at(record, 8)?,
        ts_recv: u64_at(record, 16)?,
        seq: u64::from(u32_at(record, 44 + more)?),
        price: price_at(record, 32)?,
        kind: Kind::Statistic as u8,
        ext: u16_at(record, 52 + more)? & 0xFF | u16::from(record[56 + more]) << 8,
        ..MarketEvent::default()
    };
    Some(event.sized(quantity.unwrap_or(0).unsigned_abs()))
}

fn side_of(code: u8) -> Side {
    match code {
        b'B' => Side::Bid,
        b'A' => Side::Ask,
        _ => Side::None,
    }
}

fn flags_of(bits: u8) -> u16 {
    FLAGS.into_iter().filter(|(bit, _)| bits & bit != 0).fold(0, |all, (_, flag)| all | flag)
}

/// Text that ends at its first zero byte.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes.split(|&byte| byte == 0).next()?).ok()
}

fn price_at(bytes: &[u8], at: usize) -> Option<i64> {
    Some(u64_at(bytes, at)? as i64)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
