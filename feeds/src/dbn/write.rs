//! Events as DBN, version 3, schema `mbo`.
//!
//! | event | records |
//! |---|---|
//! | Add, Clear, None | A, R, N |
//! | Cancel, Delete | C; a Delete takes off what is left of the order |
//! | Replace | M if the reference stays, else C of the old order and A of the new one |
//! | Exec, ExecPrice | T with the aggressor's side unless it is not printable, F, C |
//! | Trade | T, or F if it is not printable |
//!
//! An event that does not carry its order's price and side has them from the order, which is
//! remembered while it is live. A Clear of every instrument is an R for each.
//!
//! What DBN gives as these events comes back from its reader equal, but for the publisher, which is
//! 0, and the time of receipt behind the exchange's, which is lost.

use std::collections::HashMap;

use super::{FIXED, FLAGS, MAGIC, PRELUDE, rtype};
use crate::event::{Kind, MarketEvent, Side, flags};
use crate::instruments::Instruments;

const VERSION: u8 = 3;
/// Length of a symbol with the zero byte that ends it.
const SYMBOL: usize = 71;
/// Length of the data set's name.
const DATASET: usize = 16;
const RECORD: usize = 56;
const SCHEMA_MBO: u16 = 0;
const RAW_SYMBOL: u8 = 1;
const INSTRUMENT_ID: u8 = 0;
/// A mapping holds on every day of the file: it says which with dates that no file goes beyond.
const DATES: [u32; 2] = [19_700_101, 21_000_101];

/// Why an event cannot be said in `mbo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unencodable {
    /// The schema has no record for it.
    #[error("DBN by order has no record for {}", .0.map_or("an unknown kind", Kind::name))]
    Kind(Option<Kind>),
    /// Its order did not enter the book in this stream.
    #[error(
        "order {order_id} of instrument {instrument} is not known, and with it its price and side"
    )]
    UnknownOrder {
        /// Reference of the order.
        order_id: u64,
        /// Index of the instrument.
        instrument: u32,
    },
    /// A field is wider than the record's.
    #[error("{0} does not fit its 32 bits")]
    Field(&'static str),
}

/// The head of a file: its metadata, with the symbols of `instruments` by their ids. `dataset` has
/// at most 16 characters, the times are UNIX nanoseconds. A symbol of more than 70 bytes is left
/// out; its records keep their id.
#[must_use]
pub fn metadata(dataset: &str, start: u64, end: u64, instruments: &Instruments) -> Vec<u8> {
    let mut out = [MAGIC, &[VERSION, 0, 0, 0, 0]].concat();
    put_text(&mut out, dataset, DATASET);
    out.extend_from_slice(&SCHEMA_MBO.to_le_bytes());
    let limit = 0u64;
    [start, end, limit].iter().for_each(|time| out.extend_from_slice(&time.to_le_bytes()));
    out.extend_from_slice(&[RAW_SYMBOL, INSTRUMENT_ID, 0]);
    out.extend_from_slice(&(SYMBOL as u16).to_le_bytes());
    out.resize(PRELUDE + FIXED, 0);
    let named: Vec<(u32, &str)> =
        instruments.iter().filter(|(_, symbol)| symbol.len() < SYMBOL).collect();
    let schema_definition = 0u32;
    put(&mut out, &[schema_definition, named.len() as u32]);
    named.iter().for_each(|(_, symbol)| put_text(&mut out, symbol, SYMBOL));
    let (partial, not_found) = (0, 0);
    put(&mut out, &[partial, not_found, named.len() as u32]);
    for (index, symbol) in named {
        put_text(&mut out, symbol, SYMBOL);
        put(&mut out, &[1, DATES[0], DATES[1]]);
        put_text(&mut out, &instruments.id(index).to_string(), SYMBOL);
    }
    // Records stand at multiples of 8 bytes.
    out.resize(out.len().next_multiple_of(8), 0);
    let length = (out.len() - PRELUDE) as u32;
    out[4..PRELUDE].copy_from_slice(&length.to_le_bytes());
    out
}

fn put(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

/// Cut to the width and filled with zeros.
fn put_text(out: &mut Vec<u8>, text: &str, width: usize) {
    let filled = out.len() + width;
    out.extend_from_slice(&text.as_bytes()[..text.len().min(width)]);
    out.resize(filled, 0);
}

/// An order in the book.
#[derive(Clone, Copy, Debug)]
struct Live {
    price: i64,
    size: u32,
    side: u8,
}

/// Turns events into records. Memory grows with the live orders.
#[derive(Debug, Default)]
pub struct Encoder {
    live: HashMap<(u32, u64), Live>,
    channels: bool,
}

impl Encoder {
    /// An encoder of events of any source.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An encoder of events that were DBN: their `ext` has the channel.
    #[must_use]
    pub fn with_channels() -> Self {
        Self { channels: true, ..Self::default() }
    }

    /// Appends the records of an event to `out`. `instruments` has the id of its instrument.
    ///
    /// # Errors
    /// If `mbo` cannot say it. Nothing is appended then.
    pub fn encode(
        &mut self,
        event: &MarketEvent,
        instruments: &Instruments,
        out: &mut Vec<u8>,
    ) -> Result<(), Unencodable> {
        let kind = event.kind();
        u32::try_from(event.seq).map_err(|_| Unencodable::Field("the sequence number"))?;
        if event.flags & flags::SIZE_IN_AUX != 0 {
            return Err(Unencodable::Field("the size"));
        }
        let key = (event.instrument, event.order_id);
        let mut records = Records { first: out.len(), instruments, channels: self.channels, out };
        match kind {
            Some(Kind::None) => records.put(event, b'N'),
            Some(Kind::Add) => {
                self.live.insert(key, Live::of(event));
                records.put(event, b'A');
            }
            Some(Kind::Cancel) => {
                let whole = self.completed(event)?;
                self.take(key, event.size);
                records.put(&whole, b'C');
            }
            Some(Kind::Delete) => {
                let whole = self.completed(event)?;
                let size = self.live.remove(&key).map_or(event.size, |live| live.size);
                records.put(&MarketEvent { size, ..whole }, b'C');
            }
            Some(Kind::Exec | Kind::ExecPrice) => self.executed(event, &mut records)?,
            Some(Kind::Replace) => self.replaced(event, &mut records)?,
            Some(Kind::Trade) if event.flags & flags::NON_PRINTABLE != 0 => {
                records.put(event, b'F');
            }
            Some(Kind::Trade) => records.put(event, b'T'),
            Some(Kind::Clear) if event.instrument == MarketEvent::EVERY_INSTRUMENT => {
                self.live.clear();
                for (instrument, _) in instruments.iter() {
                    records.put(&MarketEvent { instrument, ..*event }, b'R');
                }
            }
            Some(Kind::Clear) => {
                self.live.retain(|(instrument, _), _| *instrument != event.instrument);
                records.put(event, b'R');
            }
            other => return Err(Unencodable::Kind(other)),
        }
        Ok(())
    }

    /// The event with its order's price and side, if it has none of its own.
    fn completed(&self, event: &MarketEvent) -> Result<MarketEvent, Unencodable> {
        if event.price != 0 && event.side != Side::None as u8 {
            return Ok(*event);
        }
        match self.live.get(&(event.instrument, event.order_id)) {
            Some(&Live { price, side, .. }) => {
                let price = if event.price == 0 { price } else { event.price };
                Ok(MarketEvent { price, side, ..*event })
            }
            None if event.price != 0 => Ok(*event),
            None => Err(Unencodable::UnknownOrder {
                order_id: event.order_id,
                instrument: event.instrument,
            }),
        }
    }

    fn take(&mut self, key: (u32, u64), size: u32) {
        if let Some(live) = self.live.get_mut(&key) {
            live.size = live.size.saturating_sub(size);
            if live.size == 0 {
                self.live.remove(&key);
            }
        }
    }

    fn executed(
        &mut self,
        event: &MarketEvent,
        records: &mut Records<'_>,
    ) -> Result<(), Unencodable> {
        let resting = self.completed(event)?;
        let side = match resting.side() {
            Some(Side::Bid) => Side::Ask,
            Some(Side::Ask) => Side::Bid,
            _ => Side::None,
        };
        if event.flags & flags::NON_PRINTABLE == 0 {
            records.put(&MarketEvent { order_id: 0, side: side as u8, ..resting }, b'T');
        }
        records.put(&resting, b'F');
        let key = (event.instrument, event.order_id);
        let own = self.live.get(&key).map_or(resting.price, |live| live.price);
        records.put(&MarketEvent { price: own, ..resting }, b'C');
        self.take(key, event.size);
        Ok(())
    }

    fn replaced(
        &mut self,
        event: &MarketEvent,
        records: &mut Records<'_>,
    ) -> Result<(), Unencodable> {
        let (old, new) = ((event.instrument, event.order_id), (event.instrument, event.aux));
        let before = self.live.get(&old).copied();
        let side = match (event.side(), before) {
            (Some(Side::None), Some(before)) => before.side,
            (Some(Side::None), None) if old != new => {
                let (instrument, order_id) = old;
                return Err(Unencodable::UnknownOrder { order_id, instrument });
            }
            _ => event.side,
        };
        let whole = MarketEvent { side, ..*event };
        if old == new {
            records.put(&whole, b'M');
        } else {
            if let Some(Live { price, size, side }) = self.live.remove(&old) {
                records.put(&MarketEvent { price, size, side, ..*event }, b'C');
            }
            records.put(&MarketEvent { order_id: event.aux, ..whole }, b'A');
        }
        self.live.insert(new, Live::of(&whole));
        Ok(())
    }
}

impl Live {
    fn of(event: &MarketEvent) -> Self {
        Self { price: event.price, size: event.size, side: event.side }
    }
}

/// The records of one event.
struct Records<'a> {
    first: usize,
    instruments: &'a Instruments,
    channels: bool,
    out: &'a mut Vec<u8>,
}

impl Records<'_> {
    fn put(&mut self, event: &MarketEvent, action: u8) {
        const LAST: u8 = 1 << 7;
        // Only the event's last record is the last one of its packet.
        if self.out.len() > self.first {
            let before = self.out.len() - RECORD;
            self.out[before + 36] &= !LAST;
        }
        let of_flag = |(bit, flag): (u8, u16)| if event.flags & flag != 0 { bit } else { 0 };
        let bits = FLAGS.map(of_flag).iter().fold(0, |all, bit| all | bit);
        let side = match event.side() {
            Some(Side::Bid) => b'B',
            Some(Side::Ask) => b'A',
            _ => b'N',
        };
        let channel = if self.channels { (event.ext >> 8) as u8 } else { 0 };
        let out = &mut *self.out;
        out.extend_from_slice(&[(RECORD / 4) as u8, rtype::MBO, 0, 0]);
        out.extend_from_slice(&self.instruments.id(event.instrument).to_le_bytes());
        out.extend_from_slice(&event.ts_event.to_le_bytes());
        out.extend_from_slice(&event.order_id.to_le_bytes());
        out.extend_from_slice(&event.price.to_le_bytes());
        out.extend_from_slice(&event.size.to_le_bytes());
        out.extend_from_slice(&[bits, channel, action, side]);
        out.extend_from_slice(&event.ts_recv.to_le_bytes());
        let delta = 0;
        put(out, &[delta, event.seq as u32]);
    }
}
