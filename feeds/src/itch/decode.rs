//! Message -> event.
//!
//! | type | kind | order_id | price | aux | size | code (high byte of `ext`) |
//! |---|---|---|---|---|---|---|
//! | S | System | | | | | event code |
//! | R | Definition | | | round lots only, issue class, subtype (2), authenticity, IPO, LULD tier, ETP flag: one byte each, first one highest | round lot | market category |
//! | H | Status | | | reason, 4 characters, first one highest | | state |
//! | Y, N | Status | | | | | action, interest |
//! | h | Status | | | market code | | action |
//! | L | Participant | | | participant, 4 characters | | state |
//! | V | System | level 2 in 1e-9 | level 1 | level 3 in 1e-9 | | |
//! | W | System | | | | | breached level |
//! | K | Auction | | offering price | release time in s | | qualifier |
//! | J | Auction | lower collar in 1e-9 | reference | upper collar in 1e-9 | extension | |
//! | O | Auction | lower collar in 1e-9 | near | upper collar in 1e-9 | | eligible |
//! | A, F | Add | reference | price | F: participant | shares | |
//! | E, C | Exec, ExecPrice | reference | C: price | match number | shares | C: printable |
//! | X, D | Cancel, Delete | reference | | | X: shares | |
//! | U | Replace | original reference | price | new reference | shares | |
//! | P | Trade | | price | match number | shares | |
//! | Q | Cross | match number | price | shares | shares, saturated | cross type |
//! | B | Break | | | match number | | |
//! | I | Imbalance | paired shares | reference | imbalance | imbalance, saturated | cross type |
//!
//! The side of P is always `B` on the wire and says nothing, so it is [`Side::None`]. U inherits its side, which only
//! a book knows. The side of I is the direction of the imbalance. `instrument` is the stock locate.

use super::messages::{
    AddOrder, AddOrderMpid, BrokenTrade, CrossTrade, DirectListing, Fault, IpoQuotingPeriod,
    LuldAuctionCollar, MarketParticipantPosition, MwcbDeclineLevel, MwcbStatus, NetOrderImbalance,
    OperationalHalt, OrderCancel, OrderDelete, OrderExecuted, OrderExecutedWithPrice, OrderReplace,
    RegSho, RetailInterest, StockDirectory, StockTradingAction, SystemEvent, Trade, exactly,
    unknown,
};
use super::wire::Header;
use crate::event::{Kind, MarketEvent, Side, flags};
use crate::instruments::Instruments;

const NS_PER_DAY: u64 = 86_400_000_000_000;

/// Turns messages into events and keeps what spans messages: the symbol table and the clock.
#[derive(Debug, Default)]
pub struct Decoder {
    instruments: Instruments,
    midnight_ns: u64,
    source: u16,
    previous_timestamp: u64,
    bad_timestamps: u64,
}

impl Decoder {
    /// `midnight_ns`: the session's midnight in New York in UNIX nanoseconds; `source`: copied into every event.
    #[must_use]
    pub fn new(midnight_ns: u64, source: u16) -> Self {
        Self { midnight_ns, source, ..Self::default() }
    }

    /// Symbols named so far.
    #[must_use]
    pub fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// Events that went out with [`flags::BAD_TS`].
    #[must_use]
    pub fn bad_timestamps(&self) -> u64 {
        self.bad_timestamps
    }

    /// Exchange time of the latest message.
    pub(crate) fn now(&self) -> u64 {
        self.midnight_ns.wrapping_add(self.previous_timestamp)
    }

    /// Decodes one message without framing into an event with that sequence number.
    ///
    /// # Errors
    /// If there is no byte, the type is unknown, or the length is not the type's. Nothing changes then.
    #[inline]
    pub fn decode(&mut self, frame: &[u8], seq: u64) -> Result<MarketEvent, Fault> {
        let mut event = self.body(frame)?;
        let timestamp = Header::load(frame).timestamp;
        let bad = (timestamp < self.previous_timestamp) | (timestamp > NS_PER_DAY);
        self.bad_timestamps += u64::from(bad);
        self.previous_timestamp = timestamp;
        event.flags |= u16::from(bad) * flags::BAD_TS;
        event.ts_event = self.midnight_ns.wrapping_add(timestamp);
        event.instrument = u32::from(Header::load(frame).stock_locate);
        event.seq = seq;
        event.source = self.source;
        event.ext |= u16::from(frame[0]);
        Ok(event)
    }

    /// The fields that depend on the type.
    #[inline(always)]
    fn body(&mut self, frame: &[u8]) -> Result<MarketEvent, Fault> {
        match frame.first() {
            Some(&AddOrder::CODE) => {
                let m = AddOrder::read(exactly(frame)?);
                self.name_if_new(m.header, &m.stock);
                let order = of(Kind::Add).order(m.order_ref, m.shares);
                Ok(order.on(m.side).at(m.price))
            }
            Some(&AddOrderMpid::CODE) => {
                let m = AddOrderMpid::read(exactly(frame)?);
                self.name_if_new(m.header, &m.stock);
                let order = of(Kind::Add).order(m.order_ref, m.shares);
                Ok(order.on(m.side).at(m.price).aux(u32::from_be_bytes(m.attribution)))
            }
            Some(&OrderExecuted::CODE) => {
                let m = OrderExecuted::read(exactly(frame)?);
                Ok(of(Kind::Exec).order(m.order_ref, m.shares).aux(m.match_number))
            }
            Some(&OrderExecutedWithPrice::CODE) => {
                let m = OrderExecutedWithPrice::read(exactly(frame)?);
                let mut event =
                    of(Kind::ExecPrice).order(m.order_ref, m.shares).aux(m.match_number);
                event.flags = u16::from(m.printable != b'Y') * flags::NON_PRINTABLE;
                Ok(event.at(m.price).code(m.printable))
            }
            Some(&OrderCancel::CODE) => {
                let m = OrderCancel::read(exactly(frame)?);
                Ok(of(Kind::Cancel).order(m.order_ref, m.cancelled_shares))
            }
            Some(&OrderDelete::CODE) => {
                let m = OrderDelete::read(exactly(frame)?);
                Ok(of(Kind::Delete).order(m.order_ref, 0))
            }
            Some(&OrderReplace::CODE) => {
                let m = OrderReplace::read(exactly(frame)?);
                Ok(of(Kind::Replace).order(m.original_ref, m.shares).at(m.price).aux(m.new_ref))
            }
            Some(&Trade::CODE) => {
                let m = Trade::read(exactly(frame)?);
                self.name_if_new(m.header, &m.stock);
                Ok(of(Kind::Trade).order(m.order_ref, m.shares).at(m.price).aux(m.match_number))
            }
            _ => self.rare(frame),
        }
    }

    /// The types that are a small part of a day.
    #[inline(never)]
    fn rare(&mut self, frame: &[u8]) -> Result<MarketEvent, Fault> {
        match frame.first() {
            Some(&CrossTrade::CODE) => {
                let m = CrossTrade::read(exactly(frame)?);
                self.name_if_new(m.header, &m.stock);
                Ok(of(Kind::Cross)
                    .order(m.match_number, 0)
                    .wide(m.shares)
                    .at(m.price)
                    .code(m.cross_type))
            }
            Some(&BrokenTrade::CODE) => {
                Ok(of(Kind::Break).aux(BrokenTrade::read(exactly(frame)?).match_number))
            }
            Some(&NetOrderImbalance::CODE) => {
                let m = NetOrderImbalance::read(exactly(frame)?);
                self.name_if_new(m.header, &m.stock);
                let event = of(Kind::Imbalance).order(m.paired_shares, 0).wide(m.imbalance_shares);
                Ok(event.on(m.direction).at(m.reference_price).code(m.cross_type))
            }
            Some(&SystemEvent::CODE) => {
                Ok(of(Kind::System).code(SystemEvent::read(exactly(frame)?).event_code))
            }
            Some(&MwcbStatus::CODE) => {
                Ok(of(Kind::System).code(MwcbStatus::read(exactly(frame)?).breached_level))
            }
            Some(&MwcbDeclineLevel::CODE) => {
                let m = MwcbDeclineLevel::read(exactly(frame)?);
                let mut event =
                    of(Kind::System).order(price8(m.level2) as u64, 0).aux(price8(m.level3) as u64);
                event.price = price8(m.level1);
                Ok(event)
            }
            _ => self.stock_state(frame),
        }
    }

    /// The types that describe a stock.
    fn stock_state(&mut self, frame: &[u8]) -> Result<MarketEvent, Fault> {
        let (event, header, stock) = match frame.first() {
            Some(&StockDirectory::CODE) => {
                let m = StockDirectory::read(exactly(frame)?);
                self.name(m.header, &m.stock);
                let [subtype0, subtype1] = m.issue_subtype;
                let facts = [m.round_lots_only, m.issue_classification, subtype0, subtype1];
                let more = [m.authenticity, m.ipo_flag, m.luld_tier, m.etp_flag];
                let aux = u64::from(u32::from_be_bytes(facts)) << 32
                    | u64::from(u32::from_be_bytes(more));
                let event = of(Kind::Definition)
                    .order(0, m.round_lot_size)
                    .aux(aux)
                    .code(m.market_category);
                (event, m.header, m.stock)
            }
            Some(&StockTradingAction::CODE) => {
                let m = StockTradingAction::read(exactly(frame)?);
                let event = of(Kind::Status).aux(u32::from_be_bytes(m.reason)).code(m.state);
                (event, m.header, m.stock)
            }
            Some(&RegSho::CODE) => {
                let m = RegSho::read(exactly(frame)?);
                (of(Kind::Status).code(m.action), m.header, m.stock)
            }
            Some(&RetailInterest::CODE) => {
                let m = RetailInterest::read(exactly(frame)?);
                (of(Kind::Status).code(m.interest), m.header, m.stock)
            }
            Some(&OperationalHalt::CODE) => {
                let m = OperationalHalt::read(exactly(frame)?);
                (of(Kind::Status).aux(m.market_code).code(m.action), m.header, m.stock)
            }
            Some(&MarketParticipantPosition::CODE) => {
                let m = MarketParticipantPosition::read(exactly(frame)?);
                let event = of(Kind::Participant).aux(u32::from_be_bytes(m.mpid)).code(m.state);
                (event, m.header, m.stock)
            }
            Some(&IpoQuotingPeriod::CODE) => {
                let m = IpoQuotingPeriod::read(exactly(frame)?);
                let event = of(Kind::Auction).at(m.ipo_price).aux(m.release_time).code(m.qualifier);
                (event, m.header, m.stock)
            }
            Some(&LuldAuctionCollar::CODE) => {
                let m = LuldAuctionCollar::read(exactly(frame)?);
                let event = of(Kind::Auction).order(price4(m.lower_price) as u64, m.extension);
                (event.at(m.reference_price).aux(price4(m.upper_price) as u64), m.header, m.stock)
            }
            Some(&DirectListing::CODE) => {
                let m = DirectListing::read(exactly(frame)?);
                let event =
                    of(Kind::Auction).order(price4(m.lower_collar) as u64, 0).at(m.near_price);
                (event.aux(price4(m.upper_collar) as u64).code(m.eligible), m.header, m.stock)
            }
            _ => return Err(unknown(frame)),
        };
        self.name_if_new(header, &stock);
        Ok(event)
    }

    /// The directory may be missing (a file that starts within the day): any message that carries the stock will do.
    #[inline(always)]
    fn name_if_new(&mut self, header: Header, stock: &[u8; 8]) {
        if self.instruments.is_unnamed(header.stock_locate) {
            self.name(header, stock);
        }
    }

    /// Locate 0 is no stock, and a symbol that is not printable can only be damage: neither enters the table.
    #[cold]
    fn name(&mut self, header: Header, stock: &[u8; 8]) {
        let symbol = stock.trim_ascii_end();
        if header.stock_locate != 0
            && !symbol.is_empty()
            && symbol.iter().all(u8::is_ascii_graphic)
            && let Ok(symbol) = str::from_utf8(symbol)
        {
            self.instruments.set(u32::from(header.stock_locate), symbol);
        }
    }
}

/// Four decimals to nine: exact, at most 4.3e14.
#[inline(always)]
fn price4(price: u32) -> i64 {
    i64::from(price) * 100_000
}

/// Eight decimals to nine; no real price saturates.
fn price8(price: u64) -> i64 {
    i64::try_from(price.saturating_mul(10)).unwrap_or(i64::MAX)
}

#[inline(always)]
fn of(kind: Kind) -> MarketEvent {
    MarketEvent { kind: kind as u8, ..MarketEvent::default() }
}

/// Field setters that read like the table above.
impl MarketEvent {
    #[inline(always)]
    fn order(self, order_id: u64, size: u32) -> Self {
        Self { order_id, size, ..self }
    }

    #[inline(always)]
    fn on(self, side: u8) -> Self {
        let side = match side {
            b'B' => Side::Bid,
            b'S' => Side::Ask,
            _ => Side::None,
        };
        Self { side: side as u8, ..self }
    }

    #[inline(always)]
    fn at(self, price: u32) -> Self {
        Self { price: price4(price), ..self }
    }

    #[inline(always)]
    fn aux(self, aux: impl Into<u64>) -> Self {
        Self { aux: aux.into(), ..self }
    }

    #[inline(always)]
    fn code(self, code: u8) -> Self {
        Self { ext: u16::from(code) << 8, ..self }
    }

    /// A 64-bit share count: whole in `aux`, saturated in `size`.
    fn wide(self, shares: u64) -> Self {
        let size = u32::try_from(shares).unwrap_or(u32::MAX);
        let flag = u16::from(u64::from(size) != shares) * flags::SIZE_IN_AUX;
        Self { aux: shares, size, flags: self.flags | flag, ..self }
    }
}
