//! Trades as text: one line each, `event_type,id,name,volume,price,stock_time`.
//!
//! `event_type` is `SELL` or `BUY`, `stock_time` counts milliseconds since midnight. There is no
//! quoting.

use super::{BadRow, NS_PER_MS, Rows, TextFeed, decimal, fields, first_line, whole, without_end};
use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, Side};
use crate::instruments::Instruments;
use crate::source::{Format, OpenError, Options};

const HEADER: &str = "event_type,id,name,volume,price,stock_time";

/// Whether the first line is the header.
pub(crate) fn has_header(bytes: &[u8]) -> bool {
    without_end(first_line(bytes)) == HEADER.as_bytes()
}

/// Opens trades.
pub(crate) fn trades_csv(
    bytes: Bytes,
    options: &Options,
) -> Result<TextFeed<TradesCsv>, OpenError> {
    let format = Format::TradesCsv;
    if !has_header(&bytes) {
        let reason = format!("the first line is not \"{HEADER}\"");
        return Err(OpenError::WrongFormat { format, reason });
    }
    let rows = TradesCsv { midnight_ns: options.session_midnight_ns };
    let name_of = |code| if code == b'B' { "Buy" } else { "Sell" };
    let start = first_line(&bytes).len();
    Ok(TextFeed::new(bytes, start, rows, format, name_of, options))
}

/// Trades from a CSV file.
#[derive(Debug)]
pub(crate) struct TradesCsv {
    midnight_ns: u64,
}

impl Rows for TradesCsv {
    fn row(
        &mut self,
        row: &[u8],
        instruments: &mut Instruments,
        out: &mut Vec<MarketEvent>,
    ) -> Result<u8, BadRow> {
        let [event_type, id, name, volume, price, time] = fields(row).ok_or("not 6 fields")?;
        let (code, side) = match event_type {
            b"SELL" => (b'S', Side::Ask),
            b"BUY" => (b'B', Side::Bid),
            _ => return Err("event_type is neither SELL nor BUY"),
        };
        let order_id = whole(id).ok_or("id is not a whole number in range")?;
        let name = str::from_utf8(name).ok().filter(|name| !name.is_empty());
        let name = name.ok_or("name is empty or not text")?;
        let size = whole(volume).and_then(|volume| u32::try_from(volume).ok());
        let size = size.ok_or("volume is not a whole number in range")?;
        let bad_price = "price is not a decimal number of at most 9 decimals in range";
        let price = decimal(price).ok_or(bad_price)?;
        let time_ns = whole(time).and_then(|ms| ms.checked_mul(NS_PER_MS));
        let time_ns = time_ns.ok_or("stock_time is not a whole number in range")?;
        out.push(MarketEvent {
            ts_event: self.midnight_ns.wrapping_add(time_ns),
            order_id,
            price,
            instrument: instruments.intern(name),
            size,
            kind: Kind::Trade as u8,
            side: side as u8,
            ext: u16::from(code),
            ..MarketEvent::default()
        });
        Ok(code)
    }
}
