//! Which field of a message goes where in its event.
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
//! The side of P is always `B` on the wire and says nothing, so it is [`Side::None`]. U inherits
//! its side, which only a book knows. The side of I is the direction of the imbalance. `instrument`
//! is the stock locate.

use super::frequent::{PRICE_SCALE, frequent, layout};
use super::messages::{
    BrokenTrade, CrossTrade, DirectListing, Fault, IpoQuotingPeriod, LuldAuctionCollar,
    MarketParticipantPosition, MwcbDeclineLevel, MwcbStatus, NetOrderImbalance, OperationalHalt,
    OrderExecutedWithPrice, RegSho, RetailInterest, StockDirectory, StockTradingAction,
    SystemEvent, exactly, fault_of,
};
use crate::event::{Kind, MarketEvent, Side, flags};

/// Writes the event of the message to `out`: its own fields completed by `whole`. The event goes
/// straight to its place. Returned by value it would be built with narrow stores and copied with
/// wide loads, which stalls every message.
#[inline(always)]
pub(super) fn fields(
    frame: &[u8],
    out: &mut MarketEvent,
    whole: impl Fn(MarketEvent) -> MarketEvent,
) -> Result<(), Fault> {
    let code = *frame.first().ok_or(Fault::Empty)?;
    match layout(code, frame.len()).and_then(|layout| frequent(frame, layout)) {
        Some(event) => *out = whole(event),
        None => *out = whole(infrequent(frame)?),
    }
    Ok(())
}

/// The types that are a small part of a day.
#[inline(never)]
fn infrequent(frame: &[u8]) -> Result<MarketEvent, Fault> {
    Ok(match frame.first() {
        Some(&OrderExecutedWithPrice::CODE) => {
            let m = OrderExecutedWithPrice::read(exactly(frame)?);
            let event = of(Kind::ExecPrice).order(m.order_ref, m.shares).aux(m.match_number);
            let flags = u16::from(m.printable != b'Y') * flags::NON_PRINTABLE;
            MarketEvent { flags, ..event }.at(m.price).code(m.printable)
        }
        Some(&CrossTrade::CODE) => {
            let m = CrossTrade::read(exactly(frame)?);
            let cross = of(Kind::Cross).order(m.match_number, 0).wide(m.shares);
            cross.at(m.price).code(m.cross_type)
        }
        Some(&BrokenTrade::CODE) => {
            of(Kind::Break).aux(BrokenTrade::read(exactly(frame)?).match_number)
        }
        Some(&NetOrderImbalance::CODE) => {
            let m = NetOrderImbalance::read(exactly(frame)?);
            let event = of(Kind::Imbalance).order(m.paired_shares, 0).wide(m.imbalance_shares);
            event.on(m.direction).at(m.reference_price).code(m.cross_type)
        }
        Some(&SystemEvent::CODE) => {
            of(Kind::System).code(SystemEvent::read(exactly(frame)?).event_code)
        }
        Some(&MwcbStatus::CODE) => {
            of(Kind::System).code(MwcbStatus::read(exactly(frame)?).breached_level)
        }
        Some(&MwcbDeclineLevel::CODE) => {
            let m = MwcbDeclineLevel::read(exactly(frame)?);
            let levels = of(Kind::System).order(price8(m.level2) as u64, 0);
            MarketEvent { price: price8(m.level1), ..levels }.aux(price8(m.level3) as u64)
        }
        _ => return stock_state(frame),
    })
}

/// The types that describe a stock.
fn stock_state(frame: &[u8]) -> Result<MarketEvent, Fault> {
    Ok(match frame.first() {
        Some(&StockDirectory::CODE) => {
            let m = StockDirectory::read(exactly(frame)?);
            let [subtype0, subtype1] = m.issue_subtype;
            let facts = [
                m.round_lots_only,
                m.issue_classification,
                subtype0,
                subtype1,
                m.authenticity,
                m.ipo_flag,
                m.luld_tier,
                m.etp_flag,
            ];
            let definition = of(Kind::Definition).order(0, m.round_lot_size);
            definition.aux(u64::from_be_bytes(facts)).code(m.market_category)
        }
        Some(&StockTradingAction::CODE) => {
            let m = StockTradingAction::read(exactly(frame)?);
            of(Kind::Status).aux(u32::from_be_bytes(m.reason)).code(m.state)
        }
        Some(&RegSho::CODE) => of(Kind::Status).code(RegSho::read(exactly(frame)?).action),
        Some(&RetailInterest::CODE) => {
            of(Kind::Status).code(RetailInterest::read(exactly(frame)?).interest)
        }
        Some(&OperationalHalt::CODE) => {
            let m = OperationalHalt::read(exactly(frame)?);
            of(Kind::Status).aux(m.market_code).code(m.action)
        }
        Some(&MarketParticipantPosition::CODE) => {
            let m = MarketParticipantPosition::read(exactly(frame)?);
            of(Kind::Participant).aux(u32::from_be_bytes(m.mpid)).code(m.state)
        }
        Some(&IpoQuotingPeriod::CODE) => {
            let m = IpoQuotingPeriod::read(exactly(frame)?);
            of(Kind::Auction).at(m.ipo_price).aux(m.release_time).code(m.qualifier)
        }
        Some(&LuldAuctionCollar::CODE) => {
            let m = LuldAuctionCollar::read(exactly(frame)?);
            let collar = of(Kind::Auction).order(price4(m.lower_price) as u64, m.extension);
            collar.at(m.reference_price).aux(price4(m.upper_price) as u64)
        }
        Some(&DirectListing::CODE) => {
            let m = DirectListing::read(exactly(frame)?);
            let collar = of(Kind::Auction).order(price4(m.lower_collar) as u64, 0);
            collar.at(m.near_price).aux(price4(m.upper_collar) as u64).code(m.eligible)
        }
        _ => return Err(fault_of(frame)),
    })
}

/// `B` is the bid, `S` the ask.
fn side_of(code: u8) -> Side {
    match code {
        b'B' => Side::Bid,
        b'S' => Side::Ask,
        _ => Side::None,
    }
}

/// Four decimals to nine: exact, at most 4.3e14.
fn price4(price: u32) -> i64 {
    i64::from(price) * PRICE_SCALE
}

/// Eight decimals to nine; no real price saturates.
fn price8(price: u64) -> i64 {
    i64::try_from(price.saturating_mul(10)).unwrap_or(i64::MAX)
}

fn of(kind: Kind) -> MarketEvent {
    MarketEvent { kind: kind as u8, ..MarketEvent::default() }
}

/// Field setters that read like the table above.
impl MarketEvent {
    fn order(self, order_id: u64, size: u32) -> Self {
        Self { order_id, size, ..self }
    }

    fn on(self, side: u8) -> Self {
        Self { side: side_of(side) as u8, ..self }
    }

    fn at(self, price: u32) -> Self {
        Self { price: price4(price), ..self }
    }

    fn aux(self, aux: impl Into<u64>) -> Self {
        Self { aux: aux.into(), ..self }
    }

    fn code(self, code: u8) -> Self {
        Self { ext: self.ext | u16::from(code) << 8, ..self }
    }

    /// A 64-bit share count: whole in `aux`, saturated in `size`.
    fn wide(self, shares: u64) -> Self {
        let size = u32::try_from(shares).unwrap_or(u32::MAX);
        let flag = u16::from(u64::from(size) != shares) * flags::SIZE_IN_AUX;
        Self { aux: shares, size, flags: self.flags | flag, ..self }
    }
}
