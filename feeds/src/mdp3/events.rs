//! What event each part of a message becomes.
//!
//! | template | event of each entry |
//! |---|---|
//! | book (32, 46, 64), by level | Depth; of entry type J Clear. Implied books have the codes E and F |
//! | book, by order (groups of 32, 46, 64; 43, 47) | Add, Replace, Delete; `aux` of an Add is the order's priority |
//! | trade summary (42, 48, 65) | Trade with the aggressor's side, `aux` = trade number; Break if it is deleted. Then a Trade with `NON_PRINTABLE` for each order that took part |
//! | statistics (33, 35, 37, 49, 51) | Statistic: `price` or, of a volume, `size` |
//! | limits (34, 50) | Statistic with code g: `price` high, `aux` low (bits of an i64) |
//! | status (30) | Status, or System if it is of a group of instruments: `aux` = its name |
//! | snapshot (38, 52, 68) | Clear, then the levels and statistics |
//! | snapshot by order (44, 53) | Clear with the first part, then an Add for each order |
//! | definition | Definition; it names the instrument |
//! | channel reset (4) | Clear of every instrument |
//!
//! The low byte of `ext` is the entry type where there is one, the high byte the level, update
//! action or status. Events of snapshots have [`flags::SNAPSHOT`]. A snapshot is not in the order
//! of the other channels: it says how a book was at an earlier number. A price that is not there
//! is `i64::MAX`. Administration, quote requests and heartbeats become nothing.

use super::layout::{Group, Message, quantity_at, u8_at, u16_at, u32_at, u64_at};
use crate::event::{Kind, MarketEvent, Side, depth, flags};
use crate::instruments::Instruments;

/// Prices of templates before 46 have seven decimals, those of later ones nine.
const NINE_DECIMALS: u16 = 46;
/// From seven decimals to the event's nine.
const PRICE_SCALE: i64 = 100;
/// The first version whose trades have numbers.
const TRADE_NUMBERS: u16 = 7;
/// The entry type of an emptied book.
const EMPTY_BOOK: u8 = b'J';

/// Appends the events of a known message. Gives its time if it has one, or `None` if it is shorter
/// than its template.
pub(super) fn append(
    message: &Message<'_>,
    instruments: &mut Instruments,
    out: &mut Vec<MarketEvent>,
) -> Option<Option<u64>> {
    let mut context = Context { message, time: 0, instruments, out };
    let groups = &mut { message.groups };
    context.time = match message.template {
        12 | 15 | 16 => return Some(None),
        27 | 29 | 41 | 54..=58 | 63 => u64_at(message.block, 6)?,
        38 | 52 => u64_at(message.block, 16)?,
        44 | 53 => u64_at(message.block, 20)?,
        _ => u64_at(message.block, 0)?,
    };
    match message.template {
        4 => context.push(MarketEvent {
            instrument: MarketEvent::EVERY_INSTRUMENT,
            kind: Kind::Clear as u8,
            ..MarketEvent::default()
        }),
        27 | 29 | 41 | 54..=58 | 63 => context.definition()?,
        30 => context.status()?,
        32 | 46 | 64 => context.book(groups)?,
        33 | 49 => context.statistics(groups, &Places { size: Some(8), security: 12, code: 24 })?,
        34 | 50 => context.limits(groups)?,
        35 | 51 => context.statistics(groups, &Places { size: None, security: 8, code: 18 })?,
        37 => context.volume(groups)?,
        38 | 52 => context.snapshot(groups, &SHORT_SNAPSHOT)?,
        68 => context.snapshot(groups, &LONG_SNAPSHOT)?,
        42 | 48 | 65 => context.trades(groups)?,
        43 | 47 => context.orders(groups)?,
        44 | 53 => context.order_snapshot(groups)?,
        _ => {}
    }
    Some(Some(context.time))
}

/// Where the fields of a statistic stand in its entry; the price is at its start.
struct Places {
    size: Option<usize>,
    security: usize,
    code: usize,
}

/// Where the fields of a snapshot stand: the instrument in the block, the others in an entry.
struct SnapshotPlaces {
    security: usize,
    orders: usize,
    level: usize,
    code: usize,
}

const SHORT_SNAPSHOT: SnapshotPlaces =
    SnapshotPlaces { security: 8, orders: 12, level: 16, code: 21 };
const LONG_SNAPSHOT: SnapshotPlaces =
    SnapshotPlaces { security: 9, orders: 16, level: 20, code: 22 };

/// A message on its way into events.
struct Context<'a> {
    message: &'a Message<'a>,
    time: u64,
    instruments: &'a mut Instruments,
    out: &'a mut Vec<MarketEvent>,
}

impl Context<'_> {
    fn push(&mut self, event: MarketEvent) {
        self.out.push(MarketEvent { ts_event: self.time, ..event });
    }

    fn instrument(&mut self, bytes: &[u8], at: usize) -> Option<u32> {
        Some(self.instruments.by_id(u32_at(bytes, at)?))
    }

    fn price(&self, bytes: &[u8], at: usize) -> Option<i64> {
        let price = u64_at(bytes, at)? as i64;
        let seven = self.message.template < NINE_DECIMALS;
        Some(if seven && price != i64::MAX { price.saturating_mul(PRICE_SCALE) } else { price })
    }

    /// By how much the fields behind a size are moved: quantities of these templates have 64 bits.
    fn moved(&self) -> usize {
        if matches!(self.message.template, 64 | 65 | 68) { 4 } else { 0 }
    }

    /// The size at byte 8 of an entry.
    fn size(&self, entry: &[u8]) -> Option<u64> {
        if self.moved() == 0 {
            return quantity_at(entry, 8).map(u64::from);
        }
        u64_at(entry, 8).map(|size| if size == u64::MAX { 0 } else { size })
    }

    fn book(&mut self, groups: &mut &[u8]) -> Option<()> {
        let moved = self.moved();
        let levels = Group::take(groups)?;
        for entry in levels.iter() {
            let event = self.level(entry)?;
            self.push(event);
        }
        // Versions before 7 have no orders.
        if groups.is_empty() {
            return Some(());
        }
        for entry in Group::take_wide(groups)?.iter() {
            let level = u8_at(entry, 20)?.checked_sub(1).and_then(|i| levels.get(i.into()))?;
            let event = MarketEvent {
                price: self.price(level, 0)?,
                instrument: self.instrument(level, 12 + moved)?,
                side: side_of(u8_at(level, 26 + moved)?) as u8,
                ext: u16::from(u8_at(level, 26 + moved)?),
                ..MarketEvent::default()
            };
            let event = order(event, entry, u32_at(entry, 16)?, u8_at(entry, 21)?)?;
            self.push(event);
        }
        Some(())
    }

    fn level(&mut self, entry: &[u8]) -> Option<MarketEvent> {
        let moved = self.moved();
        let [level, change, code] = [24, 25, 26].map(|at| u8_at(entry, at + moved));
        let (level, change, code) = (level?, change?, code?);
        let orders = quantity_at(entry, 20 + moved)?;
        let of_book = MarketEvent {
            instrument: self.instrument(entry, 12 + moved)?,
            ext: u16::from(code) | u16::from(level) << 8,
            ..MarketEvent::default()
        };
        if code == EMPTY_BOOK {
            return Some(MarketEvent { kind: Kind::Clear as u8, ..of_book });
        }
        let size = if change == depth::DELETED { 0 } else { self.size(entry)? };
        let event = MarketEvent {
            order_id: depth::pack(change, orders),
            price: self.price(entry, 0)?,
            kind: Kind::Depth as u8,
            side: side_of(code) as u8,
            ..of_book
        };
        Some(event.sized(size))
    }

    fn orders(&mut self, groups: &mut &[u8]) -> Option<()> {
        for entry in Group::take(groups)?.iter() {
            let code = u8_at(entry, 33)?;
            let event = MarketEvent {
                price: self.price(entry, 16)?,
                instrument: self.instrument(entry, 28)?,
                side: side_of(code) as u8,
                ext: u16::from(code),
                ..MarketEvent::default()
            };
            let event = order(event, entry, u32_at(entry, 24)?, u8_at(entry, 32)?)?;
            self.push(event);
        }
        Some(())
    }

    fn trades(&mut self, groups: &mut &[u8]) -> Option<()> {
        let trades = Group::take(groups)?;
        let fills = Group::take_wide(groups)?;
        let mut fills = fills.iter();
        for entry in trades.iter() {
            let moved = self.moved();
            // Where sizes are long, the number stands before the side and not behind the change.
            let (number, side) = if moved == 0 { (26, 24) } else { (28, 32) };
            let (side, change) = (u8_at(entry, side)?, u8_at(entry, side + 1)?);
            let numbered = self.message.version >= TRADE_NUMBERS;
            let number = if numbered { u32_at(entry, number)? } else { 0 };
            let kind = if change == depth::DELETED { Kind::Break } else { Kind::Trade };
            let trade = MarketEvent {
                price: self.price(entry, 0)?,
                aux: u64::from(number),
                instrument: self.instrument(entry, 12 + moved)?,
                kind: kind as u8,
                side: aggressor(side) as u8,
                ext: u16::from(b'2') | u16::from(change) << 8,
                ..MarketEvent::default()
            };
            let size = self.size(entry)?;
            self.push(trade.sized(size));
            for fill in fills.by_ref().take(quantity_at(entry, 20 + moved)? as usize) {
                self.push(MarketEvent {
                    order_id: u64_at(fill, 0)?,
                    size: quantity_at(fill, 8)?,
                    side: Side::None as u8,
                    flags: flags::NON_PRINTABLE,
                    ..trade
                });
            }
        }
        Some(())
    }

    fn statistics(&mut self, groups: &mut &[u8], places: &Places) -> Option<()> {
        for entry in Group::take(groups)?.iter() {
            let event = MarketEvent {
                price: self.price(entry, 0)?,
                instrument: self.instrument(entry, places.security)?,
                size: places.size.map_or(Some(0), |at| quantity_at(entry, at))?,
                kind: Kind::Statistic as u8,
                ext: u16::from(u8_at(entry, places.code)?),
                ..MarketEvent::default()
            };
            self.push(event);
        }
        Some(())
    }

    fn limits(&mut self, groups: &mut &[u8]) -> Option<()> {
        for entry in Group::take(groups)?.iter() {
            let event = MarketEvent {
                price: self.price(entry, 0)?,
                aux: self.price(entry, 8)? as u64,
                instrument: self.instrument(entry, 24)?,
                kind: Kind::Statistic as u8,
                ext: u16::from(b'g'),
                ..MarketEvent::default()
            };
            self.push(event);
        }
        Some(())
    }

    fn volume(&mut self, groups: &mut &[u8]) -> Option<()> {
        for entry in Group::take(groups)?.iter() {
            let event = MarketEvent {
                instrument: self.instrument(entry, 4)?,
                size: quantity_at(entry, 0)?,
                kind: Kind::Statistic as u8,
                ext: u16::from(b'e'),
                ..MarketEvent::default()
            };
            self.push(event);
        }
        Some(())
    }

    fn snapshot(&mut self, groups: &mut &[u8], places: &SnapshotPlaces) -> Option<()> {
        let instrument = self.instrument(self.message.block, places.security)?;
        let cleared = MarketEvent {
            instrument,
            flags: flags::SNAPSHOT,
            kind: Kind::Clear as u8,
            ..MarketEvent::default()
        };
        self.push(cleared);
        for entry in Group::take(groups)?.iter() {
            let (level, code) = (u8_at(entry, places.level)?, u8_at(entry, places.code)?);
            let orders = quantity_at(entry, places.orders)?;
            let side = side_of(code);
            let is_level = side != Side::None;
            let kind = if is_level { Kind::Depth } else { Kind::Statistic };
            let high = if is_level { level } else { 0 };
            let event = MarketEvent {
                order_id: if is_level { depth::pack(depth::NEW, orders) } else { 0 },
                price: self.price(entry, 0)?,
                kind: kind as u8,
                side: side as u8,
                ext: u16::from(code) | u16::from(high) << 8,
                ..cleared
            };
            let size = self.size(entry)?;
            self.push(event.sized(size));
        }
        Some(())
    }

    fn order_snapshot(&mut self, groups: &mut &[u8]) -> Option<()> {
        let instrument = self.instrument(self.message.block, 8)?;
        let event = MarketEvent { instrument, flags: flags::SNAPSHOT, ..MarketEvent::default() };
        if u32_at(self.message.block, 16)? == 1 {
            self.push(MarketEvent { kind: Kind::Clear as u8, ..event });
        }
        for entry in Group::take(groups)?.iter() {
            let code = u8_at(entry, 28)?;
            let event = MarketEvent {
                price: self.price(entry, 16)?,
                side: side_of(code) as u8,
                ext: u16::from(code),
                ..event
            };
            let event = order(event, entry, u32_at(entry, 24)?, depth::NEW)?;
            self.push(event);
        }
        Some(())
    }

    fn definition(&mut self) -> Option<()> {
        let block = self.message.block;
        let instrument = self.instrument(block, 55)?;
        if let Some(symbol) = text(block.get(35..55)?) {
            self.instruments.set(instrument, symbol);
        }
        self.push(MarketEvent {
            instrument,
            kind: Kind::Definition as u8,
            ext: u16::from(u8_at(block, 5)?) | u16::from(u8_at(block, 14)?) << 8,
            ..MarketEvent::default()
        });
        Some(())
    }

    fn status(&mut self) -> Option<()> {
        const NO_SECURITY: u32 = i32::MAX as u32;
        let block = self.message.block;
        let (event, status) = (u8_at(block, 29)?, u8_at(block, 27)?);
        let group = block.get(8..14)?.iter().fold(0, |name, &byte| name << 8 | u64::from(byte));
        let security = u32_at(block, 20)?;
        let (kind, instrument) = match security {
            NO_SECURITY => (Kind::System, 0),
            id => (Kind::Status, self.instruments.by_id(id)),
        };
        self.push(MarketEvent {
            aux: group,
            instrument,
            kind: kind as u8,
            ext: u16::from(event) | u16::from(status) << 8,
            size: u32::from(u16_at(block, 24)?),
            ..MarketEvent::default()
        });
        Some(())
    }
}

/// Completes the event of an order: its number and priority stand at the start of the entry.
fn order(event: MarketEvent, entry: &[u8], shown: u32, change: u8) -> Option<MarketEvent> {
    let order_id = u64_at(entry, 0)?;
    let (kind, aux) = match change {
        depth::NEW => (Kind::Add, u64_at(entry, 8)?),
        depth::CHANGED | depth::OVERLAID => (Kind::Replace, order_id),
        _ => (Kind::Delete, 0),
    };
    let size = if kind == Kind::Delete || shown == i32::MAX as u32 { 0 } else { shown };
    Some(MarketEvent { order_id, aux, size, kind: kind as u8, ..event })
}

/// Bids and offers, real and implied.
fn side_of(code: u8) -> Side {
    match code {
        b'0' | b'E' => Side::Bid,
        b'1' | b'F' => Side::Ask,
        _ => Side::None,
    }
}

fn aggressor(code: u8) -> Side {
    match code {
        1 => Side::Bid,
        2 => Side::Ask,
        _ => Side::None,
    }
}

/// Printable text that ends at its first zero byte.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = bytes.split(|&byte| byte == 0).next()?.trim_ascii_end();
    let printable = !text.is_empty() && text.iter().all(|&b| b.is_ascii_graphic() || b == b' ');
    str::from_utf8(text).ok().filter(|_| printable)
}
