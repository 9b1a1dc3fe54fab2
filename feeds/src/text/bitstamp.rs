//! Bitstamp's order events of BTC/USD, as recorded by ob-analytics: the log
//! (`receive time in ms, event name, JSON`) and the CSV made from it.
//!
//! `size` is in 1e-8 BTC; sizes beyond `u32::MAX` have [`crate::flags::SIZE_IN_AUX`]. Exchange
//! times have a resolution of one second.
//!
//! | record | event |
//! |---|---|
//! | created | Add |
//! | changed | Cancel of what was taken off; Delete and Add if the order grew or moved; Add if it was not heard of before |
//! | deleted | Delete |
//! | trade (log) | Trade, `order_id` = its number |
//! | order_book (log) | nothing: it repeats what the orders say |

use serde::Deserialize;
use std::collections::HashMap;

use super::{
    BadRow, NS_PER_MS, Rows, TextFeed, decimal, fields, first_line, first_rows, whole, without_end,
};
use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, Side};
use crate::instruments::Instruments;
use crate::source::{Format, OpenError, Options};

const HEADER: &str = "id,timestamp,exchange.timestamp,price,volume,action,direction";
const SYMBOL: &str = "BTC/USD";
/// From 1e-9 to the size's unit, 1e-8.
const SIZE_SCALE: i64 = 10;

/// Whether the bytes are a recording: the header of the CSV, or lines of the log.
pub(crate) fn looks_like_bitstamp(bytes: &[u8]) -> bool {
    has_header(bytes) || {
        let mut rows = first_rows(bytes).peekable();
        rows.peek().is_some() && rows.all(|row| Logged::parse(row).is_ok())
    }
}

fn has_header(bytes: &[u8]) -> bool {
    without_end(first_line(bytes)) == HEADER.as_bytes()
}

/// Opens a recording.
pub(crate) fn bitstamp(bytes: Bytes, options: &Options) -> Result<TextFeed<Bitstamp>, OpenError> {
    let format = Format::Bitstamp;
    if !looks_like_bitstamp(&bytes) {
        let reason =
            format!("the first line is neither \"{HEADER}\" nor a time, an event and JSON");
        return Err(OpenError::WrongFormat { format, reason });
    }
    let csv = has_header(&bytes);
    let start = if csv { first_line(&bytes).len() } else { 0 };
    let rows = Bitstamp { csv, live: HashMap::new() };
    Ok(TextFeed::new(bytes, start, rows, format, name_of, options))
}

/// Order events; the live orders are remembered, so that changes become what was taken off.
#[derive(Debug)]
pub(crate) struct Bitstamp {
    csv: bool,
    live: HashMap<u64, (i64, u64)>,
}

impl Rows for Bitstamp {
    fn row(
        &mut self,
        row: &[u8],
        instruments: &mut Instruments,
        out: &mut Vec<MarketEvent>,
    ) -> Result<u8, BadRow> {
        let logged = if self.csv { Logged::from_csv(row)? } else { Logged::parse(row)? };
        let instrument = instruments.intern(SYMBOL);
        let code = logged.action as u8;
        let event = MarketEvent { instrument, ext: u16::from(code), ..logged.event };
        let of = |kind: Kind| MarketEvent { kind: kind as u8, ..event };
        let (id, now) = (event.order_id, (event.price, logged.size));
        match logged.action {
            Action::Created => {
                self.live.insert(id, now);
                out.push(of(Kind::Add).sized(now.1));
            }
            Action::Changed => match self.live.insert(id, now) {
                Some((price, before)) if price == now.0 && before >= now.1 => {
                    out.push(of(Kind::Cancel).sized(before - now.1));
                }
                before => {
                    out.extend(before.map(|_| of(Kind::Delete)));
                    out.push(of(Kind::Add).sized(now.1));
                }
            },
            Action::Deleted => {
                self.live.remove(&id);
                out.push(of(Kind::Delete));
            }
            Action::Trade => out.push(of(Kind::Trade).sized(now.1)),
            Action::Book => {}
        }
        Ok(code)
    }
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Created = b'A' as isize,
    Changed = b'M' as isize,
    Deleted = b'D' as isize,
    Trade = b'T' as isize,
    Book = b'B' as isize,
}

fn name_of(code: u8) -> &'static str {
    match code {
        b'A' => "OrderCreated",
        b'M' => "OrderChanged",
        b'D' => "OrderDeleted",
        b'T' => "Trade",
        b'B' => "OrderBook",
        _ => "unknown",
    }
}

/// A record with its times, reference, price and side.
struct Logged {
    action: Action,
    event: MarketEvent,
    size: u64,
}

#[derive(Deserialize)]
struct OrderJson<'a> {
    price: &'a str,
    amount: &'a str,
    datetime: &'a str,
    id: u64,
    order_type: u8,
}

/// The recorder wrote the numbers of trades as floats.
#[derive(Deserialize)]
struct TradeJson {
    price: f64,
    amount: f64,
    id: u64,
}

impl Logged {
    fn parse(row: &[u8]) -> Result<Self, BadRow> {
        let mut parts = row.splitn(3, |&byte| byte == b' ');
        let (time, name) = (parts.next().and_then(whole), parts.next());
        let ts_recv = time.and_then(|ms| ms.checked_mul(NS_PER_MS)).ok_or("no receive time")?;
        let json = parts.next().ok_or("no JSON")?;
        let action = match name {
            Some(b"order_created") => Action::Created,
            Some(b"order_changed") => Action::Changed,
            Some(b"order_deleted") => Action::Deleted,
            Some(b"trade") => return Self::trade(ts_recv, json),
            Some(b"order_book") => {
                let (action, event, size) = (Action::Book, MarketEvent::default(), 0);
                return Ok(Self { action, event, size });
            }
            _ => return Err("not an event of an order, a trade or a book"),
        };
        let order: OrderJson<'_> =
            serde_json::from_slice(json).map_err(|_| "the JSON is not that of an order")?;
        let seconds = whole(order.datetime.as_bytes());
        let exchange = seconds.and_then(|s| s.checked_mul(1_000_000_000)).ok_or("bad datetime")?;
        let side = match order.order_type {
            0 => Side::Bid,
            1 => Side::Ask,
            _ => return Err("order_type is neither 0 nor 1"),
        };
        let amount = decimal(order.amount.as_bytes()).filter(|a| *a >= 0 && a % SIZE_SCALE == 0);
        let size = amount.ok_or("amount is no number of 1e-8")? / SIZE_SCALE;
        let price = decimal(order.price.as_bytes()).ok_or("price is no number")?;
        let event = Self::event([exchange, ts_recv], order.id, price, side);
        Ok(Self { action, event, size: size as u64 })
    }

    fn trade(ts_recv: u64, json: &[u8]) -> Result<Self, BadRow> {
        let trade: TradeJson =
            serde_json::from_slice(json).map_err(|_| "the JSON is not that of a trade")?;
        let rounded = |number: f64, unit: f64| {
            let number = (number * unit).round();
            // Whole numbers up to here are exact in a float.
            (0.0..9e15).contains(&number).then_some(number as u64)
        };
        let cents = rounded(trade.price, 100.0).ok_or("price is no number in range")?;
        let size = rounded(trade.amount, 1e8).ok_or("amount is no number in range")?;
        let price = i64::try_from(cents).ok().and_then(|cents| cents.checked_mul(10_000_000));
        let price = price.ok_or("price is no number in range")?;
        let event = Self::event([ts_recv, ts_recv], trade.id, price, Side::None);
        Ok(Self { action: Action::Trade, event, size })
    }

    fn from_csv(row: &[u8]) -> Result<Self, BadRow> {
        let [id, received, exchange, price, volume, action, direction] =
            fields(row).ok_or("not 7 fields")?;
        let time = |ms| whole(ms).and_then(|ms| ms.checked_mul(NS_PER_MS)).ok_or("bad time");
        let side = match direction {
            b"bid" => Side::Bid,
            b"ask" => Side::Ask,
            _ => return Err("direction is neither bid nor ask"),
        };
        let action = match action {
            b"created" => Action::Created,
            b"changed" => Action::Changed,
            b"deleted" => Action::Deleted,
            _ => return Err("action is neither created, changed nor deleted"),
        };
        let id = whole(id).ok_or("id is no whole number in range")?;
        let price = decimal(price).ok_or("price is no number")?;
        let event = Self::event([time(exchange)?, time(received)?], id, price, side);
        Ok(Self { action, event, size: whole(volume).ok_or("volume is no whole number in range")? })
    }

    fn event(times: [u64; 2], order_id: u64, price: i64, side: Side) -> MarketEvent {
        let [ts_event, ts_recv] = times;
        MarketEvent {
            ts_event,
            ts_recv,
            order_id,
            price,
            side: side as u8,
            ..MarketEvent::default()
        }
    }
}
