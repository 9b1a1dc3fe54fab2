//! Text: one record a line. Trades as CSV, LOBSTER messages, recordings of Bitstamp and Binance.
//!
//! Nothing here is for the hot path: these are imports of files that others made. A line that
//! cannot be read is located, counted and skipped; its number stays free. Empty lines are no rows.

pub(crate) mod binance;
pub(crate) mod bitstamp;
pub(crate) mod lobster;
pub(crate) mod trades_csv;

use crate::bytes::Bytes;
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::report::{ErrorKind, Report};
use crate::source::{EventSource, Format, Options};

/// Digits after the decimal point of [`MarketEvent::price`].
const DECIMALS: usize = 9;
const NS_PER_MS: u64 = 1_000_000;

/// Why a row is not read, in words.
pub(crate) type BadRow = &'static str;

/// How the rows of a format become events.
pub(crate) trait Rows {
    /// Appends the events of a row, whose `seq` and `source` are set later. Gives the code under
    /// which the row is counted. What it appends before an error is dropped.
    fn row(
        &mut self,
        row: &[u8],
        instruments: &mut Instruments,
        out: &mut Vec<MarketEvent>,
    ) -> Result<u8, BadRow>;
}

/// Events of a text file.
#[derive(Debug)]
pub(crate) struct TextFeed<R> {
    bytes: Bytes,
    /// Start of the next line.
    offset: usize,
    /// Number of the line before it, counted from 1.
    line: u64,
    rows: R,
    /// Events of the row that is being delivered, and how many of them are.
    open: Vec<MarketEvent>,
    delivered: usize,
    source: u16,
    instruments: Instruments,
    report: Report,
}

impl<R: Rows> TextFeed<R> {
    /// Reads from byte `start` on, which is the start of a line.
    pub(crate) fn new(
        bytes: Bytes,
        start: usize,
        rows: R,
        format: Format,
        name_of: fn(u8) -> &'static str,
        options: &Options,
    ) -> Self {
        Self {
            report: Report::new(format.name(), bytes.len(), name_of),
            line: u64::from(start > 0),
            offset: start,
            rows,
            open: Vec::new(),
            delivered: 0,
            source: options.source,
            instruments: Instruments::default(),
            bytes,
        }
    }

    /// Puts the events of the next row into `open`; false at the end.
    fn next_row(&mut self) -> bool {
        let Self { bytes, rows, open, instruments, report, .. } = self;
        let (start, line) = (self.offset, first_line(&bytes[self.offset..]));
        if line.is_empty() {
            return false;
        }
        self.offset += line.len();
        self.line += 1;
        self.delivered = 0;
        open.clear();
        let row = without_end(line);
        if row.is_empty() {
            return true;
        }
        let seq = report.records;
        report.records += 1;
        match rows.row(row, instruments, open) {
            Ok(code) => {
                report.types.add(code);
                for event in &mut *open {
                    event.seq = seq;
                    event.source = self.source;
                    report.saturated_sizes += event.saturated_sizes();
                }
            }
            Err(reason) => {
                open.clear();
                let line = self.line;
                let sentence = format_args!("line {line} (byte {start}): {reason}; skipped");
                report.error(ErrorKind::BadRow, start, sentence);
            }
        }
        true
    }
}

impl<R: Rows> EventSource for TextFeed<R> {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            let ready = &self.open[self.delivered..];
            let now = ready.len().min(out.len() - filled);
            out[filled..filled + now].copy_from_slice(&ready[..now]);
            (filled, self.delivered) = (filled + now, self.delivered + now);
            if filled < out.len() && !self.next_row() {
                break;
            }
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

/// Up to and with the first line feed.
fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default()
}

/// Without line feed and carriage return.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The first lines that are whole; all of them if the input is short.
fn first_rows(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const ROWS: usize = 4;
    let whole = bytes.split_inclusive(|&byte| byte == b'\n').take(ROWS);
    whole
        .enumerate()
        .filter(|(i, line)| *i == 0 || line.ends_with(b"\n"))
        .map(|(_, line)| without_end(line))
}

/// The fields of a row of exactly `N`.
fn fields<const N: usize>(row: &[u8]) -> Option<[&[u8]; N]> {
    let mut rest = row.split(|&byte| byte == b',');
    let mut fields: [&[u8]; N] = [&[]; N];
    for field in &mut fields {
        *field = rest.next()?;
    }
    rest.next().is_none().then_some(fields)
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
    }
}
