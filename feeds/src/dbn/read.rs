//! Databento Binary Encoding, versions 1 to 3: orders, trades and best prices as events.
//!
//! All integers are little-endian; a record starts with its length in units of 4 bytes, its type, publisher
//! (u16), instrument (u32) and exchange time (u64). Records of other schemas are skipped by their
//! length and counted in [`Report::unknown_types`].
//!
//! | record | action | event |
//! |---|---|---|
//! | MBO | A, M | Add; Replace with `aux` = `order_id`, the reference stays |
//! | MBO | C | Cancel: `size` is taken off the order, which leaves when nothing is left |
//! | MBO | R | Clear |
//! | MBO | T | Trade, with the aggressor's side; no order of the book changes |
//! | MBO | F | Trade with `NON_PRINTABLE`: the resting order's side of a T; a C follows |
//! | MBO | N | nothing: `Kind::None` |
//! | trades, mbp-1 | T | Trade |
//! | mbp-1 (else), bbo | | Quote: `price` bid, `aux` ask (bits of an i64), `size` bid size, `order_id` ask size, then bid count (16 bits from bit 32, saturated) and ask count (from bit 48) |
//!
//! `seq` is the venue's sequence number, which several records may share; `ext` has the action and
//! above it the channel. An undefined price is `i64::MAX`.

use std::collections::HashMap;

use super::rtype::{BBO_1M, BBO_1S, MBO, MBP_1, TRADES};
use super::{FIXED, FLAGS, MAGIC, PRELUDE};
use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, Side, flags};
use crate::instruments::Instruments;
use crate::report::{ErrorKind, Report};
use crate::source::{EventSource, Format, OpenError, Options};

/// Length of a record's head.
const HEAD: usize = 16;
/// Length of a symbol in version 1; later versions say it.
const SYMBOL_V1: usize = 22;

/// Whether the bytes start as DBN does.
pub(crate) fn is_dbn(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) && bytes.len() > MAGIC.len()
}

/// Events of a DBN file.
#[derive(Debug)]
pub(crate) struct Dbn {
    bytes: Bytes,
    offset: usize,
    ended: bool,
    source: u16,
    names: HashMap<u32, String>,
    instruments: Instruments,
    report: Report,
}

impl Dbn {
    /// Reads the metadata.
    pub(crate) fn new(bytes: Bytes, options: &Options) -> Result<Self, OpenError> {
        let wrong = |reason: &str| OpenError::WrongFormat {
            format: Format::Dbn,
            reason: reason.to_owned(),
        };
        if !is_dbn(&bytes) {
            return Err(wrong("the first bytes are not DBN and a version"));
        }
        if !(1..=3).contains(&bytes[3]) {
            return Err(wrong("only the versions 1 to 3 are known"));
        }
        let length = u32_at(&bytes, 4).ok_or_else(|| wrong("it is cut in its first 8 bytes"))?;
        let offset = PRELUDE + length as usize;
        let metadata =
            bytes.get(PRELUDE..offset).ok_or_else(|| wrong("it is cut in its metadata"))?;
        let names = names(metadata, bytes[3])
            .ok_or_else(|| wrong("the metadata's symbols do not fit its length"))?;
        let mut report = Report::new("dbn", bytes.len(), name_of);
        report.consumed = offset as u64;
        let instruments = Instruments::default();
        let source = options.source;
        Ok(Self { bytes, offset, ended: false, source, names, instruments, report })
    }

    /// The next record, or `None` at the end.
    fn next(&mut self) -> Option<(usize, usize)> {
        if self.ended {
            return None;
        }
        let (at, rest) = (self.offset, &self.bytes[self.offset..]);
        let have = rest.len();
        let Some(&units) = rest.first() else {
            self.ended = true;
            return None;
        };
        let need = usize::from(units) * 4;
        let fault = if need < HEAD {
            let found = format_args!("record at byte {at} has {need} bytes; reading stopped");
            self.report.error(ErrorKind::Desync, at, found);
            true
        } else if have < need {
            let found = format_args!(
                "record at byte {at} needs {need} bytes and has {have}; the input is cut"
            );
            self.report.error(ErrorKind::Truncated, at, found);
            true
        } else {
            false
        };
        if fault {
            self.ended = true;
            return None;
        }
        self.offset += need;
        self.report.records += 1;
        Some((at, need))
    }

    /// The dense index of an instrument.
    fn index(&mut self, id: u32) -> u32 {
        if let Some(index) = self.instruments.find_id(id) {
            return index;
        }
        let index = self.instruments.by_id(id);
        if let Some(name) = self.names.get(&id) {
            self.instruments.set(index, name);
        }
        self.report.symbols = self.instruments.len() as u64;
        index
    }
}

impl EventSource for Dbn {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len()
            && let Some((at, length)) = self.next()
        {
            let record = &self.bytes[at..at + length];
            let rtype = record[1];
            let size = match rtype {
                MBO => 56,
                TRADES => 48,
                MBP_1 | BBO_1S | BBO_1M => 80,
                _ => {
                    self.report.unknown_types.add(rtype);
                    continue;
                }
            };
            // The time of sending may follow the fields.
            let event = (length == size || length == size + 8).then(|| event(record)).flatten();
            let (Some(event), Some(id)) = (event, u32_at(record, 4)) else {
                let found = format_args!(
                    "record at byte {at} of type {rtype:#04x} has {length} bytes or an unknown action; skipped"
                );
                self.report.error(ErrorKind::BadLength, at, found);
                continue;
            };
            let instrument = self.index(id);
            out[filled] = MarketEvent { instrument, source: self.source, ..event };
            self.report.types.add(code_of(rtype));
            filled += 1;
        }
        self.report.consumed = self.offset as u64;
        if self.ended {
            self.report.trailing_bytes = self.report.bytes - self.report.consumed;
        }
        self.report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

/// The event of a record whose length is that of its type.
fn event(record: &[u8]) -> Option<MarketEvent> {
    let ts_event = u64_at(record, 8)?;
    if record[1] == MBO {
        return order(record, ts_event);
    }
    let (price, size) = (u64_at(record, 16)? as i64, u32_at(record, 24)?);
    let (action, side, bits) = (record[28], record[29], record[30]);
    let event = MarketEvent {
        ts_event,
        ts_recv: u64_at(record, 32)?,
        seq: u64::from(u32_at(record, 44)?),
        side: side_of(side) as u8,
        flags: flags_of(bits),
        ext: u16::from(action),
        ..MarketEvent::default()
    };
    let trade = record[1] == TRADES || (record[1] == MBP_1 && action == b'T');
    if trade {
        return Some(MarketEvent { kind: Kind::Trade as u8, price, size, ..event });
    }
    let count = |at| Some(u64::from(u32_at(record, at)?.min(u32::from(u16::MAX))));
    Some(MarketEvent {
        kind: Kind::Quote as u8,
        side: Side::None as u8,
        price: u64_at(record, 48)? as i64,
        aux: u64_at(record, 56)?,
        size: u32_at(record, 64)?,
        order_id: u64::from(u32_at(record, 68)?) | count(72)? << 32 | count(76)? << 48,
        ..event
    })
}

fn order(record: &[u8], ts_event: u64) -> Option<MarketEvent> {
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
        ts_event,
        ts_recv: u64_at(record, 40)?,
        seq: u64::from(u32_at(record, 52)?),
        order_id,
        price: u64_at(record, 24)? as i64,
        aux,
        size: u32_at(record, 32)?,
        kind: kind as u8,
        side: side_of(record[39]) as u8,
        flags: flags_of(record[36]) | more,
        ext: u16::from(action) | u16::from(record[37]) << 8,
        ..MarketEvent::default()
    })
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

/// Symbols by instrument, from the mappings in the metadata.
fn names(metadata: &[u8], version: u8) -> Option<HashMap<u32, String>> {
    let symbol_bytes = match version {
        1 => SYMBOL_V1,
        _ => usize::from(u16::from_le_bytes(*metadata.get(45..)?.first_chunk()?)),
    };
    if symbol_bytes == 0 {
        return None;
    }
    let mut rest = metadata.get(FIXED + 4 + u32_at(metadata, FIXED)? as usize..)?;
    // Symbols asked for, partly found, and not found: their names come again below.
    for _ in 0..3 {
        let count = take(&mut rest, 4).and_then(|bytes| u32_at(bytes, 0))? as usize;
        take(&mut rest, count.checked_mul(symbol_bytes)?)?;
    }
    let mappings = take(&mut rest, 4).and_then(|bytes| u32_at(bytes, 0))?;
    let mut names = HashMap::new();
    for _ in 0..mappings {
        let raw = text(take(&mut rest, symbol_bytes)?)?;
        let intervals = take(&mut rest, 4).and_then(|bytes| u32_at(bytes, 0))?;
        for _ in 0..intervals {
            let mapped = text(&take(&mut rest, 8 + symbol_bytes)?[8..])?;
            // One of the two is the number of the instrument.
            if let Ok(id) = mapped.parse() {
                names.insert(id, raw.to_owned());
            } else if let Ok(id) = raw.parse() {
                names.insert(id, mapped.to_owned());
            }
        }
    }
    Some(names)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

/// Text that ends at its first zero byte.
fn text(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes.split(|&byte| byte == 0).next()?).ok()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The letter under which records of a type are counted.
fn code_of(rtype: u8) -> u8 {
    match rtype {
        MBO => b'O',
        TRADES => b'T',
        MBP_1 => b'Q',
        _ => b'B',
    }
}

fn name_of(code: u8) -> &'static str {
    match code {
        b'O' => "Mbo",
        b'T' => "Trade",
        b'Q' => "Mbp1",
        b'B' => "Bbo",
        _ => "unknown",
    }
}
