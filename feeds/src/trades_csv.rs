//! Trades as text: one line each, `event_type,id,name,volume,price,stock_time`.
//!
//! `event_type` is `SELL` or `BUY`, `stock_time` counts milliseconds since midnight. There is no
//! quoting. A row that cannot be read is located, counted and skipped; its number stays free.

use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, Side};
use crate::instruments::Instruments;
use crate::report::{ErrorKind, Report};
use crate::source::{EventSource, Format, OpenError, Options};

const HEADER: [&str; 6] = ["event_type", "id", "name", "volume", "price", "stock_time"];
const NS_PER_MS: u64 = 1_000_000;
/// Digits after the decimal point of [`MarketEvent::price`].
const DECIMALS: usize = 9;

/// Whether the first line is the header.
pub(crate) fn has_header(bytes: &[u8]) -> bool {
    without_end(first_line(bytes)) == HEADER.join(",").as_bytes()
}

/// Up to and with the first line feed.
fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default()
}

/// Without line feed and carriage return.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Trades from a CSV file.
#[derive(Debug)]
pub(crate) struct TradesCsv {
    bytes: Bytes,
    /// Start of the next line.
    offset: usize,
    /// Number of the line before it, counted from 1.
    line: u64,
    midnight_ns: u64,
    source: u16,
    instruments: Instruments,
    report: Report,
}

impl TradesCsv {
    pub(crate) fn new(bytes: Bytes, options: &Options) -> Result<Self, OpenError> {
        if !has_header(&bytes) {
            let reason = format!("the first line is not \"{}\"", HEADER.join(","));
            return Err(OpenError::WrongFormat { format: Format::TradesCsv, reason });
        }
        let name_of = |code| if code == b'B' { "Buy" } else { "Sell" };
        Ok(Self {
            report: Report::new("trades-csv", bytes.len(), name_of),
            offset: first_line(&bytes).len(),
            line: 1,
            midnight_ns: options.session_midnight_ns,
            source: options.source,
            instruments: Instruments::default(),
            bytes,
        })
    }

    /// The next good row as an event. Empty lines are no rows.
    fn next(&mut self) -> Option<MarketEvent> {
        let Self { bytes, offset, line, instruments, report, .. } = self;
        loop {
            let (start, text) = (*offset, first_line(&bytes[*offset..]));
            if text.is_empty() {
                return None;
            }
            *offset += text.len();
            *line += 1;
            let text = without_end(text);
            if text.is_empty() {
                continue;
            }
            let seq = report.records;
            report.records += 1;
            match Row::parse(text) {
                Ok(row) => {
                    report.types.add(row.code);
                    return Some(MarketEvent {
                        ts_event: self.midnight_ns.wrapping_add(row.time_ns),
                        seq,
                        order_id: row.id,
                        price: row.price,
                        instrument: instruments.intern(row.name),
                        size: row.volume,
                        source: self.source,
                        kind: Kind::Trade as u8,
                        side: row.side as u8,
                        ext: u16::from(row.code),
                        ..MarketEvent::default()
                    });
                }
                Err(reason) => {
                    let sentence = format_args!("line {line} (byte {start}): {reason}; skipped");
                    report.error(ErrorKind::BadRow, start, sentence);
                }
            }
        }
    }
}

impl EventSource for TradesCsv {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len()
            && let Some(event) = self.next()
        {
            out[filled] = event;
            filled += 1;
        }
        self.report.consumed = self.offset as u64;
        self.report.symbols = self.instruments.len() as u64;
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

/// The fields of a row.
struct Row<'a> {
    code: u8,
    side: Side,
    id: u64,
    name: &'a str,
    volume: u32,
    price: i64,
    time_ns: u64,
}

/// Why a row is no trade.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum BadRow {
    #[error("not 6 fields")]
    Fields,
    #[error("event_type is neither SELL nor BUY")]
    EventType,
    #[error("{0} is not a whole number in range")]
    Number(&'static str),
    #[error("name is empty or not text")]
    Name,
    #[error("price is not a decimal number of at most 9 decimals in range")]
    Price,
}

impl<'a> Row<'a> {
    fn parse(line: &'a [u8]) -> Result<Self, BadRow> {
        let mut rest = line.split(|&byte| byte == b',');
        let fields: [Option<&[u8]>; HEADER.len()] = std::array::from_fn(|_| rest.next());
        let [Some(event_type), Some(id), Some(name), Some(volume), Some(price), Some(time)] =
            fields
        else {
            return Err(BadRow::Fields);
        };
        if rest.next().is_some() {
            return Err(BadRow::Fields);
        }
        let (code, side) = match event_type {
            b"SELL" => (b'S', Side::Ask),
            b"BUY" => (b'B', Side::Bid),
            _ => return Err(BadRow::EventType),
        };
        let name = str::from_utf8(name).ok().filter(|name| !name.is_empty());
        let volume = whole(volume).and_then(|volume| u32::try_from(volume).ok());
        let time_ns = whole(time).and_then(|ms| ms.checked_mul(NS_PER_MS));
        Ok(Row {
            code,
            side,
            id: whole(id).ok_or(BadRow::Number("id"))?,
            name: name.ok_or(BadRow::Name)?,
            volume: volume.ok_or(BadRow::Number("volume"))?,
            price: decimal(price).ok_or(BadRow::Price)?,
            time_ns: time_ns.ok_or(BadRow::Number("stock_time"))?,
        })
    }
}

/// Digits and nothing else.
fn whole(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A decimal number in 1e-9 units, exactly: no float, no rounding.
fn decimal(text: &[u8]) -> Option<i64> {
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    let (units, fraction) = match digits.iter().position(|&byte| byte == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &b"0"[..]),
    };
    let missing = DECIMALS.checked_sub(fraction.len())?;
    let nanos = whole(fraction)? * 10u64.pow(missing as u32);
    let value = whole(units)?.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    let value = i64::try_from(value).ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_are_exact() {
        for (text, price) in [
            ("27.85", 27_850_000_000),
            ("0.1", 100_000_000),
            ("12", 12_000_000_000),
            ("-37.63", -37_630_000_000),
            ("1.000000001", 1_000_000_001),
            ("9223372036.854775807", i64::MAX),
        ] {
            assert_eq!(decimal(text.as_bytes()), Some(price), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1e3",
            "1.0000000001",
            "9223372036.854775808",
            "1,5",
            " 1",
            "--1",
        ] {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_price_survives_its_text(price in any::<i64>().prop_filter("has a negation", |&p| p != i64::MIN)) {
            let sign = if price < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:09}", price.unsigned_abs() / 1_000_000_000, price.unsigned_abs() % 1_000_000_000);
            prop_assert_eq!(decimal(text.as_bytes()), Some(price));
        }

        #[test]
        fn arbitrary_rows_never_panic(rows in proptest::collection::vec(any::<u8>(), 0..400)) {
            let bytes = [HEADER.join(",").as_bytes(), b"\n", &rows].concat();
            let mut source = TradesCsv::new(Bytes::Owned(bytes), &Options::default()).unwrap();
            let events = crate::read_all(&mut source);
            let report = source.report();
            prop_assert_eq!(events.len() as u64 + report.total_errors(), report.records);
            prop_assert_eq!(report.consumed, report.bytes);
        }
    }
}
