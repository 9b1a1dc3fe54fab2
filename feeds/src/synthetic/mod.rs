//! A synthetic trading session as real ITCH 5.0 bytes in BinaryFILE framing.
//!
//! The session is consistent: every execution, cancellation, deletion and replacement refers to a
//! live order, no order is executed beyond its shares, executions happen at the best price, and the
//! book never crosses. Message mix, arrivals and activity by symbol follow measured days (see
//! [`Profile`]); the live set is far smaller than a real day's, so a book's cache misses are
//! flattered.
//!
//! The same seed, symbols, profile and number of messages give the same bytes on every machine.

mod arrivals;
mod book;
pub(crate) mod dice;
mod market;
mod profile;

use serde::Serialize;
use std::io::{self, Write};

use crate::itch::{
    self, CrossTrade, Header, NetOrderImbalance, RegSho, StockDirectory, StockTradingAction,
    SystemEvent,
};
use crate::report::TypeCounts;
use arrivals::Arrivals;
use book::Side;
use dice::Dice;
use market::Market;
pub use profile::Profile;

/// Nanoseconds in a minute.
const MINUTE: u64 = 60_000_000_000;
/// Regular trading starts and ends, in nanoseconds since midnight.
const OPEN: u64 = 570 * MINUTE;
const CLOSE: u64 = 960 * MINUTE;
/// Orders on each side of each book before trading starts.
const OPENING_DEPTH: u32 = 3;
/// The most active stocks have an opening auction.
const AUCTIONS: usize = 100;
/// Bytes gathered before they are written out.
const BUFFER: usize = 1 << 16;

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Messages in all: opening, traffic and closing.
    pub messages: u64,
    /// Messages of the traffic in between: the number asked for.
    pub traffic: u64,
    /// Messages before the traffic: directory, states, first orders, opening auction.
    pub opening: u64,
    /// Bytes, framing and end-of-session mark included.
    pub bytes: u64,
    /// Messages by type.
    pub types: TypeCounts,
    /// Orders still in the books at the end.
    pub live_orders: u64,
}

/// Makes sessions.
#[derive(Clone, Debug)]
pub struct Generator {
    dice: Dice,
    symbols: u16,
    profile: Profile,
}

impl Generator {
    /// A generator for that many symbols. The first is the most active one: activity follows Zipf's
    /// law.
    ///
    /// # Panics
    /// If `symbols` is 0, or the profile's weights, rate or burst length are 0.
    #[must_use]
    pub fn new(seed: u64, symbols: u16, profile: Profile) -> Self {
        assert!(symbols > 0, "a market needs a symbol");
        assert!(profile.rate > 0 && profile.burst_length > 0, "time must go on");
        assert!(market::total_weight(&profile) > 0, "some message type needs a weight");
        Self { dice: Dice::new(seed), symbols, profile }
    }

    /// Writes one whole session with `traffic` messages between opening and closing (which add to
    /// it), and the end-of-session mark. A second call makes another day. A `Vec<u8>` will do as
    /// `out`.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, out: &mut impl Write, traffic: u64) -> io::Result<Summary> {
        let mut tape =
            Tape { out, buffer: Vec::new(), bytes: 0, types: TypeCounts::new(itch::type_name) };
        let mut market = Market::new(self.symbols, &self.profile, &mut self.dice);
        self.opening(&mut market, &mut tape)?;
        let opening = tape.types.total();

        let trading_seconds = (CLOSE - OPEN) as f64 / 1e9;
        let rate = f64::from(self.profile.rate).max(traffic as f64 / trading_seconds * 1.5);
        let mut arrivals =
            Arrivals::new(OPEN + MINUTE / 60, CLOSE, rate, self.profile.burst_length);
        for _ in 0..traffic {
            let (time, starts_burst) = arrivals.next(&mut self.dice);
            market.step(time, starts_burst, &mut self.dice, &mut tape)?;
        }
        for (code, time) in [(b'M', CLOSE), (b'E', 1_200 * MINUTE), (b'C', 1_205 * MINUTE)] {
            tape.system(code, time)?;
        }
        tape.end_of_session()?;
        let (messages, live_orders) = (tape.types.total(), market.live_orders() as u64);
        Ok(Summary {
            messages,
            traffic,
            opening,
            bytes: tape.bytes,
            types: tape.types,
            live_orders,
        })
    }

    /// Everything before regular trading.
    fn opening(&mut self, market: &mut Market, tape: &mut Tape<'_, impl Write>) -> io::Result<()> {
        tape.system(b'O', 180 * MINUTE)?;
        for symbol in 0..usize::from(self.symbols) {
            let stock = market.stock(symbol);
            let header =
                |minute, step| header(symbol, minute * MINUTE + symbol as u64 * 3_000 + step);
            tape.put(&directory(header(185, 0), stock).to_bytes())?;
            let (state, reserved, reason) = (b'T', b' ', *b"    ");
            tape.put(
                &StockTradingAction { header: header(185, 1_000), stock, state, reserved, reason }
                    .to_bytes(),
            )?;
            tape.put(&RegSho { header: header(185, 2_000), stock, action: b'0' }.to_bytes())?;
        }
        tape.system(b'S', 240 * MINUTE)?;
        let mut time = 480 * MINUTE;
        for symbol in 0..usize::from(self.symbols) {
            for depth in 0..OPENING_DEPTH {
                for side in [Side::Bid, Side::Ask] {
                    time += 1_000;
                    market.rest(time, symbol, side, depth, &mut self.dice, tape)?;
                }
            }
        }
        let auctions = usize::from(self.symbols).min(AUCTIONS);
        for symbol in 0..auctions {
            let header = header(symbol, 568 * MINUTE + symbol as u64 * 1_000);
            tape.put(&imbalance(header, market.stock(symbol), market.price(symbol)).to_bytes())?;
        }
        tape.system(b'Q', OPEN)?;
        for symbol in 0..auctions {
            let shares = 100 * (1 + self.dice.below(1_000));
            let cross = CrossTrade {
                header: header(symbol, OPEN + (1 + symbol as u64) * 1_000),
                shares,
                stock: market.stock(symbol),
                price: market.price(symbol),
                match_number: market.next_match(),
                cross_type: b'O',
            };
            tape.put(&cross.to_bytes())?;
        }
        Ok(())
    }
}

/// The header of a message about the symbol of that index.
fn header(symbol: usize, timestamp: u64) -> Header {
    Header { stock_locate: symbol as u16 + 1, tracking: 0, timestamp }
}

/// A common stock of the Global Select Market.
fn directory(header: Header, stock: [u8; 8]) -> StockDirectory {
    StockDirectory {
        header,
        stock,
        market_category: b'Q',
        financial_status: b'N',
        round_lot_size: 100,
        round_lots_only: b'N',
        issue_classification: b'C',
        issue_subtype: *b"Z ",
        authenticity: b'T',
        short_sale_threshold: b'N',
        ipo_flag: b' ',
        luld_tier: b'1',
        etp_flag: b'N',
        etp_leverage: 0,
        inverse: b'N',
    }
}

/// An auction about to happen at that price, in balance.
fn imbalance(header: Header, stock: [u8; 8], price: u32) -> NetOrderImbalance {
    NetOrderImbalance {
        header,
        paired_shares: 10_000,
        imbalance_shares: 0,
        direction: b'N',
        stock,
        far_price: price,
        near_price: price,
        reference_price: price,
        cross_type: b'O',
        variation: b'L',
    }
}

/// Frames, counts and gathers what is written.
#[derive(Debug)]
struct Tape<'a, W> {
    out: &'a mut W,
    buffer: Vec<u8>,
    bytes: u64,
    types: TypeCounts,
}

impl<W: Write> Tape<'_, W> {
    /// One message with its length before it.
    #[inline]
    fn put<const N: usize>(&mut self, message: &[u8; N]) -> io::Result<()> {
        self.types.add(message[0]);
        self.buffer.extend_from_slice(&(N as u16).to_be_bytes());
        self.buffer.extend_from_slice(message);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn system(&mut self, event_code: u8, timestamp: u64) -> io::Result<()> {
        let header = Header { stock_locate: 0, tracking: 0, timestamp };
        self.put(&SystemEvent { header, event_code }.to_bytes())
    }

    fn end_of_session(&mut self) -> io::Result<()> {
        self.buffer.extend_from_slice(&[0, 0]);
        self.flush()?;
        self.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bytes += self.buffer.len() as u64;
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
