//! LOBSTER message files: `time,type,order id,size,price,direction`, without a header.
//!
//! Source: "LOBSTER output structure" (lobsterdata.com). Time is seconds since midnight with up to
//! nine decimals, the price has four decimals without a point, the direction is 1 for a buy order
//! and -1 for a sell order. The file does not name its stock; its name starts with it.
//!
//! | type | event |
//! |---|---|
//! | 1 submission | Add |
//! | 2 partial cancellation, 3 deletion | Cancel, Delete |
//! | 4 execution | Exec |
//! | 5 execution of a hidden order | Trade, with the aggressor's side |
//! | 6 cross | Cross |
//! | 7 halt | Status, code H halted, Q quoting, T trading |

use super::{BadRow, Rows, TextFeed, decimal, fields, first_rows, whole};
use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, Side};
use crate::instruments::Instruments;
use crate::source::{Format, OpenError, Options};

/// From the file's price unit (1e-4) to the event's (1e-9).
const PRICE_SCALE: i64 = 100_000;
const NS_PER_DAY: i64 = 86_400_000_000_000;

/// Whether the first lines are messages.
pub(crate) fn looks_like_lobster(bytes: &[u8]) -> bool {
    let mut rows = first_rows(bytes).peekable();
    rows.peek().is_some() && rows.all(|row| event(row).is_ok())
}

/// Opens messages of the stock of that name.
pub(crate) fn lobster(
    bytes: Bytes,
    options: &Options,
    symbol: &str,
) -> Result<TextFeed<Lobster>, OpenError> {
    let format = Format::Lobster;
    if !looks_like_lobster(&bytes) {
        let reason = "the first lines are not \"time,type,order id,size,price,direction\"";
        return Err(OpenError::WrongFormat { format, reason: reason.to_owned() });
    }
    let rows = Lobster { midnight_ns: options.session_midnight_ns, symbol: symbol.to_owned() };
    Ok(TextFeed::new(bytes, 0, rows, format, name_of, options))
}

/// Messages of one stock.
#[derive(Debug)]
pub(crate) struct Lobster {
    midnight_ns: u64,
    symbol: String,
}

impl Rows for Lobster {
    fn row(
        &mut self,
        row: &[u8],
        instruments: &mut Instruments,
        out: &mut Vec<MarketEvent>,
    ) -> Result<u8, BadRow> {
        let (code, event) = event(row)?;
        out.push(MarketEvent {
            ts_event: self.midnight_ns.wrapping_add(event.ts_event),
            instrument: instruments.intern(&self.symbol),
            ..event
        });
        Ok(code)
    }
}

/// The type and the event of a row; its time counts from midnight.
fn event(row: &[u8]) -> Result<(u8, MarketEvent), BadRow> {
    let [time, code, id, size, price, direction] = fields(row).ok_or("not 6 fields")?;
    let time = decimal(time).filter(|time| (0..=NS_PER_DAY).contains(time));
    let price = match price.strip_prefix(b"-") {
        Some(digits) => {
            whole(digits).and_then(|price| i64::try_from(price).ok()).map(|price| -price)
        }
        None => whole(price).and_then(|price| i64::try_from(price).ok()),
    };
    let raw_price = price.ok_or("price is not a whole number in range")?;
    let side = match direction {
        b"1" => Side::Bid,
        b"-1" => Side::Ask,
        _ => return Err("direction is neither 1 nor -1"),
    };
    let &[code @ b'1'..=b'7'] = code else { return Err("type is not 1 to 7") };
    let size = whole(size).and_then(|size| u32::try_from(size).ok());
    let event = MarketEvent {
        ts_event: time.ok_or("time is not within a day")? as u64,
        order_id: whole(id).ok_or("order id is not a whole number in range")?,
        price: raw_price.checked_mul(PRICE_SCALE).ok_or("price is out of range")?,
        size: size.ok_or("size is not a whole number in range")?,
        side: side as u8,
        ext: u16::from(code),
        ..MarketEvent::default()
    };
    let of = |kind: Kind| MarketEvent { kind: kind as u8, ..event };
    let event = match code {
        b'1' => of(Kind::Add),
        b'2' => of(Kind::Cancel),
        b'3' => MarketEvent { size: 0, ..of(Kind::Delete) },
        b'4' => of(Kind::Exec),
        b'5' => {
            let aggressor = if side == Side::Bid { Side::Ask } else { Side::Bid };
            MarketEvent { side: aggressor as u8, ..of(Kind::Trade) }
        }
        b'6' => MarketEvent { side: Side::None as u8, order_id: 0, ..of(Kind::Cross) },
        _ => {
            let state = match raw_price {
                -1 => b'H',
                0 => b'Q',
                _ => b'T',
            };
            let ext = u16::from(code) | u16::from(state) << 8;
            let (order_id, size, side) = (0, 0, Side::None as u8);
            MarketEvent { price: 0, order_id, size, side, ext, ..of(Kind::Status) }
        }
    };
    Ok((code, event))
}

fn name_of(code: u8) -> &'static str {
    match code {
        b'1' => "Submission",
        b'2' => "Cancellation",
        b'3' => "Deletion",
        b'4' => "Execution",
        b'5' => "HiddenExecution",
        b'6' => "Cross",
        b'7' => "TradingHalt",
        _ => "unknown",
    }
}
