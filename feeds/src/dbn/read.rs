//! Databento Binary Encoding, versions 1 to 3: orders, trades and best prices as events.
//!
//! All integers are little-endian; a record starts with its length in units of 4 bytes, its type, publisher
//! (u16), instrument (u32) and exchange time (u64). Records of other schemas are skipped by their
//! length and counted by name in [`Report::unknown_types`].
//!
//! | record | action | event |
//! |---|---|---|
//! | MBO | A, M | Add; Replace with `aux` = `order_id`, the reference stays |
//! | MBO | C | Cancel: `size` is taken off the order, which leaves when nothing is left |
//! | MBO | R | Clear |
//! | MBO | T | Trade, with the aggressor's side; no order of the book changes |
//! | MBO | F | Trade with `NON_PRINTABLE`: the resting order's side of a T; a C follows |
//! | MBO | N | nothing: `Kind::None` |
//! | trades, mbp-1, mbp-10, cmbp-1, tcbbo | T | Trade |
//! | mbp-1, cmbp-1 (else), bbo, cbbo | | Quote: `price` bid, `aux` ask (bits of an i64), `size` bid size, `order_id` ask size, then bid count (16 bits from bit 32, saturated) and ask count (from bit 48), which are 0 if consolidated |
//! | mbp-10 (else) | | Depth: for each side `DELETED_THROUGH`, then its levels as `NEW` |
//! | ohlcv | | Statistic for each of o, h, l, c (`price`) and v (`size`); the high byte of `ext` has the record's type, which says how long |
//! | statistics | | Statistic: `price` and quantity in `size`, its type in `ext`, above it the update action |
//! | status | | Status: action in `ext`; `aux` = states of trading, quoting and short sales (8 bits each), from bit 32 trading event and reason (16 bits each) |
//! | imbalance | | Imbalance: `price` reference, `order_id` paired, `size` and `aux` total |
//! | definition | | Definition: `price` smallest step; it names its instrument, and so does a symbol mapping, which is no event |
//!
//! `seq` is the venue's sequence number, which several records may share; `ext` has the action and
//! above it the channel. An undefined price is `i64::MAX`.

use std::collections::HashMap;

use super::records::{self, SYMBOL_V1, text, u32_at};
use super::{FIXED, MAGIC, PRELUDE};
use crate::bytes::Bytes;
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::report::{ErrorKind, Report};
use crate::source::{EventSource, Format, OpenError, Options};

/// Length of a record's head.
const HEAD: usize = 16;

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
    /// Events of a record that has several, and how many of them are delivered.
    open: Vec<MarketEvent>,
    delivered: usize,
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
        let mut report = Report::new("dbn", bytes.len(), records::name_of);
        report.consumed = offset as u64;
        let instruments = Instruments::default();
        let source = options.source;
        let (open, delivered) = (Vec::new(), 0);
        let ended = false;
        Ok(Self { bytes, offset, ended, source, names, open, delivered, instruments, report })
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

    /// The names of the metadata hold for the whole file; a record names what they leave out.
    fn named(&mut self, at: usize, length: usize, id: u32) {
        let Some(symbol) = records::symbol(&self.bytes[at..at + length]) else { return };
        let named = !symbol.is_empty() && symbol.parse::<u32>() != Ok(id);
        if named && !self.names.contains_key(&id) {
            self.names.insert(id, symbol.to_owned());
            if let Some(index) = self.instruments.find_id(id) {
                self.instruments.set(index, symbol);
            }
        }
    }

    /// Puts the events of the record into `open`, or notes what is wrong with it.
    fn read(&mut self, at: usize, length: usize) {
        let record = &self.bytes[at..at + length];
        let (rtype, id) = (record[1], u32_at(record, 4).unwrap_or_default());
        let (code, _, known) = records::kind_of(rtype);
        self.open.clear();
        self.delivered = 0;
        if !known {
            self.report.unknown_types.add(code);
            return;
        }
        let found = match records::single(record) {
            Some(event) => {
                self.open.push(event);
                Some(())
            }
            None => records::append(record, &mut self.open),
        };
        if found.is_none() {
            self.open.clear();
            let found = format_args!(
                "record at byte {at} of type {rtype:#04x} has {length} bytes or an unknown action; skipped"
            );
            self.report.error(ErrorKind::BadLength, at, found);
            return;
        }
        self.report.types.add(code);
        self.named(at, length, id);
        if !self.open.is_empty() {
            let instrument = self.index(id);
            for event in &mut self.open {
                (event.instrument, event.source) = (instrument, self.source);
            }
        }
    }
}

impl EventSource for Dbn {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            let ready = &self.open[self.delivered..];
            let now = ready.len().min(out.len() - filled);
            out[filled..filled + now].copy_from_slice(&ready[..now]);
            (filled, self.delivered) = (filled + now, self.delivered + now);
            if filled < out.len() {
                let Some((at, length)) = self.next() else { break };
                self.read(at, length);
            }
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
