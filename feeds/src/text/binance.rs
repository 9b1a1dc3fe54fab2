//! Binance's websocket streams as recorded by hftbacktest: `receive time in ns, JSON` a line, spot
//! and futures, and one order book from the REST interface.
//!
//! `size` is in 1e-8 of the base currency, as fine as Binance counts. Sizes beyond `u32::MAX` have
//! [`flags::SIZE_IN_AUX`]; the two sizes of a quote saturate at 42.9 coins and are counted in
//! [`Report::saturated_sizes`](crate::Report::saturated_sizes). Records without an exchange time have
//! the time of receipt in its place.
//!
//! | record | events |
//! |---|---|
//! | depthUpdate | Depth by price for each level: size 0 = the level goes |
//! | bookTicker | Quote: `aux` = ask (bits of an i64), `order_id` = ask size |
//! | trade | Trade with the aggressor's side, `order_id` = its number |
//! | order book | Clear, then Depth for each level, all with [`flags::SNAPSHOT`] |

use serde::Deserialize;

use super::{BadRow, NS_PER_MS, Rows, TextFeed, decimal, first_rows, whole};
use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, Side, depth, flags};
use crate::instruments::Instruments;
use crate::source::{Format, OpenError, Options};

/// From 1e-9 to the size's unit, 1e-8.
const SIZE_SCALE: i64 = 10;

/// Whether the first lines are records.
pub(crate) fn looks_like_binance(bytes: &[u8]) -> bool {
    let mut rows = first_rows(bytes).peekable();
    rows.peek().is_some() && rows.all(|row| parse(row).is_ok())
}

/// Opens a recording.
pub(crate) fn binance(bytes: Bytes, options: &Options) -> Result<TextFeed<Binance>, OpenError> {
    let format = Format::Binance;
    if !looks_like_binance(&bytes) {
        let reason = "the first lines are not a time and the JSON of a stream".to_owned();
        return Err(OpenError::WrongFormat { format, reason });
    }
    Ok(TextFeed::new(bytes, 0, Binance::default(), format, name_of, options))
}

/// Records of streams; the order book does not name its symbol and has the one before it.
#[derive(Debug, Default)]
pub(crate) struct Binance {
    latest: Option<u32>,
}

/// A line: a record of a stream or an order book.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line<'a> {
    Stream {
        stream: &'a str,
        #[serde(borrow)]
        data: Box<Data<'a>>,
    },
    Book {
        #[serde(rename = "lastUpdateId")]
        _last: u64,
        #[serde(rename = "T")]
        time: Option<u64>,
        #[serde(borrow)]
        bids: Vec<Level<'a>>,
        #[serde(borrow)]
        asks: Vec<Level<'a>>,
    },
}

/// Price and size.
type Level<'a> = (&'a str, &'a str);

#[derive(Deserialize)]
struct Data<'a> {
    s: &'a str,
    #[serde(rename = "T")]
    transaction: Option<u64>,
    #[serde(rename = "E")]
    event: Option<u64>,
    t: Option<u64>,
    p: Option<&'a str>,
    q: Option<&'a str>,
    m: Option<bool>,
    #[serde(borrow)]
    b: Option<Quoted<'a>>,
    #[serde(borrow)]
    a: Option<Quoted<'a>>,
    #[serde(rename = "B")]
    bid_size: Option<&'a str>,
    #[serde(rename = "A")]
    ask_size: Option<&'a str>,
}

/// One side: the best price, or levels.
#[derive(Deserialize)]
#[serde(untagged)]
enum Quoted<'a> {
    Best(&'a str),
    Levels(#[serde(borrow)] Vec<Level<'a>>),
}

fn parse(row: &[u8]) -> Result<(u64, Line<'_>), BadRow> {
    let space = row.iter().position(|&byte| byte == b' ').ok_or("no receive time")?;
    let ts_recv = whole(&row[..space]).ok_or("the receive time is no number")?;
    let line = serde_json::from_slice(&row[space + 1..])
        .map_err(|_| "the JSON is neither that of a stream nor an order book")?;
    Ok((ts_recv, line))
}

impl Rows for Binance {
    fn row(
        &mut self,
        row: &[u8],
        instruments: &mut Instruments,
        out: &mut Vec<MarketEvent>,
    ) -> Result<u8, BadRow> {
        let (ts_recv, line) = parse(row)?;
        let stamped = |ms: Option<u64>| -> Result<MarketEvent, BadRow> {
            let time = ms.map_or(Some(ts_recv), |ms| ms.checked_mul(NS_PER_MS));
            let ts_event = time.ok_or("the time is out of range")?;
            Ok(MarketEvent { ts_event, ts_recv, ..MarketEvent::default() })
        };
        match line {
            Line::Stream { stream, data } => {
                let event = stamped(data.transaction.or(data.event))?;
                let (code, start) = (code_of(stream)?, out.len());
                match code {
                    b'T' => out.push(data.trade(event)?),
                    b'Q' => out.push(data.quote(event)?),
                    _ => data.depth(event, out)?,
                }
                let instrument = instruments.intern(data.s);
                self.latest = Some(instrument);
                for event in &mut out[start..] {
                    event.instrument = instrument;
                    event.ext |= u16::from(code);
                }
                Ok(code)
            }
            Line::Book { time, bids, asks, .. } => {
                let instrument = self.latest.ok_or("no symbol is known for the order book")?;
                let event = MarketEvent {
                    instrument,
                    flags: flags::SNAPSHOT,
                    ext: u16::from(b'B'),
                    ..stamped(time)?
                };
                out.push(MarketEvent { kind: Kind::Clear as u8, ..event });
                levels(event, Side::Bid, &bids, out)?;
                levels(event, Side::Ask, &asks, out)?;
                Ok(b'B')
            }
        }
    }
}

impl Data<'_> {
    fn trade(&self, event: MarketEvent) -> Result<MarketEvent, BadRow> {
        let maker_buys = self.m.ok_or("the trade does not say who made it")?;
        let side = if maker_buys { Side::Ask } else { Side::Bid };
        let trade = MarketEvent {
            order_id: self.t.ok_or("the trade has no number")?,
            price: price(self.p.ok_or("the trade has no price")?)?,
            kind: Kind::Trade as u8,
            side: side as u8,
            ..event
        };
        Ok(trade.sized(size(self.q.ok_or("the trade has no size")?)?))
    }

    fn quote(&self, event: MarketEvent) -> Result<MarketEvent, BadRow> {
        let (Some(Quoted::Best(bid)), Some(Quoted::Best(ask))) = (&self.b, &self.a) else {
            return Err("the quote has no prices");
        };
        let (bid_size, ask_size) =
            (self.bid_size.zip(self.ask_size)).ok_or("the quote has no sizes")?;
        let saturated = |text| Ok::<u32, BadRow>(u32::try_from(size(text)?).unwrap_or(u32::MAX));
        Ok(MarketEvent {
            price: price(bid)?,
            aux: price(ask)? as u64,
            size: saturated(bid_size)?,
            order_id: u64::from(saturated(ask_size)?),
            kind: Kind::Quote as u8,
            ..event
        })
    }

    fn depth(&self, event: MarketEvent, out: &mut Vec<MarketEvent>) -> Result<(), BadRow> {
        let (Some(Quoted::Levels(bids)), Some(Quoted::Levels(asks))) = (&self.b, &self.a) else {
            return Err("the update has no levels");
        };
        levels(event, Side::Bid, bids, out)?;
        levels(event, Side::Ask, asks, out)
    }
}

fn levels(
    event: MarketEvent,
    side: Side,
    levels: &[Level<'_>],
    out: &mut Vec<MarketEvent>,
) -> Result<(), BadRow> {
    for (price_text, size_text) in levels {
        let size = size(size_text)?;
        let change = if size == 0 { depth::DELETED } else { depth::CHANGED };
        let level = MarketEvent {
            order_id: depth::pack(change, 0),
            price: price(price_text)?,
            kind: Kind::Depth as u8,
            side: side as u8,
            ..event
        };
        out.push(level.sized(size));
    }
    Ok(())
}

fn price(text: &str) -> Result<i64, BadRow> {
    decimal(text.as_bytes()).ok_or("a price is no number of at most 9 decimals")
}

fn size(text: &str) -> Result<u64, BadRow> {
    let size = decimal(text.as_bytes()).filter(|size| *size >= 0 && size % SIZE_SCALE == 0);
    Ok((size.ok_or("a size is no number of 1e-8")? / SIZE_SCALE) as u64)
}

fn code_of(stream: &str) -> Result<u8, BadRow> {
    let (_, name) = stream.split_once('@').ok_or("the stream has no name")?;
    match name {
        "trade" => Ok(b'T'),
        "bookTicker" => Ok(b'Q'),
        name if name.starts_with("depth") => Ok(b'U'),
        _ => Err("the stream is neither trades, best prices nor depth"),
    }
}

fn name_of(code: u8) -> &'static str {
    match code {
        b'T' => "Trade",
        b'Q' => "BookTicker",
        b'U' => "DepthUpdate",
        b'B' => "OrderBook",
        _ => "unknown",
    }
}
