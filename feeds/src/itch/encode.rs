//! Event -> message: the way back of [`super::Decoder`], for files that other tools are to read.
//!
//! An event keeps the fields that [`super`] lists. The others get what says least: tracking number
//! 0, blanks, `N` for a flag. So decoding what was encoded gives the same event again, while the
//! bytes may differ from those that the event once came from.

use super::messages::{
    AddOrder, AddOrderMpid, BrokenTrade, CrossTrade, DirectListing, IpoQuotingPeriod,
    LuldAuctionCollar, MarketParticipantPosition, Message, MwcbDeclineLevel, MwcbStatus,
    NetOrderImbalance, OperationalHalt, OrderCancel, OrderDelete, OrderExecuted,
    OrderExecutedWithPrice, OrderReplace, RegSho, RetailInterest, StockDirectory,
    StockTradingAction, SystemEvent, Trade,
};
use super::wire::Header;
use crate::event::{Kind, MarketEvent, Side, flags};
use crate::instruments::Instruments;

/// From nine decimals to four, and to eight.
const TO_FOUR: i64 = 100_000;
const TO_EIGHT: i64 = 10;

/// Why an event has no ITCH message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unencodable {
    /// ITCH has no message for the kind.
    #[error("ITCH 5.0 has no message for events of this kind ({0:?})")]
    Kind(Option<Kind>),
    /// A number is too large or too fine for its field.
    #[error("{0} does not fit its field in ITCH 5.0")]
    Field(&'static str),
    /// The message needs a symbol and the instrument has none of at most 8 ASCII bytes.
    #[error("instrument {0} has no symbol that fits ITCH 5.0")]
    Symbol(u32),
}

/// The message of an event. `midnight_ns` is what the decoder added to its time.
///
/// # Errors
/// If ITCH cannot say what the event says.
pub fn encode(
    event: &MarketEvent,
    instruments: &Instruments,
    midnight_ns: u64,
) -> Result<Message, Unencodable> {
    let timestamp = event.ts_event.checked_sub(midnight_ns).filter(|time| time >> 48 == 0);
    let header = Header {
        stock_locate: narrow(event.instrument, "the instrument")?,
        tracking: 0,
        timestamp: timestamp.ok_or(Unencodable::Field("the time since midnight"))?,
    };
    let e = Encoder { event, header, code: (event.ext >> 8) as u8, instruments };
    match event.kind() {
        Some(Kind::Add | Kind::Trade | Kind::Cross | Kind::Imbalance) => e.with_prices(),
        Some(Kind::System) => e.system(),
        Some(Kind::Status | Kind::Definition | Kind::Participant) => e.stock_state(),
        Some(Kind::Auction) => e.auction(),
        _ => e.of_order(),
    }
}

struct Encoder<'a> {
    event: &'a MarketEvent,
    header: Header,
    code: u8,
    instruments: &'a Instruments,
}

impl Encoder<'_> {
    fn with_prices(&self) -> Result<Message, Unencodable> {
        let (header, event, stock) = (self.header, self.event, self.stock()?);
        let (shares, price) = (event.size, price4(event.price)?);
        Ok(match event.kind() {
            Some(Kind::Add) => {
                let (order_ref, side) = (event.order_id, self.side());
                if event.aux == 0 && self.wire_type() != AddOrderMpid::CODE {
                    let add = AddOrder { header, order_ref, side, shares, stock, price };
                    Message::AddOrder(add)
                } else {
                    let attribution = narrow::<u32>(event.aux, "the participant")?.to_be_bytes();
                    Message::AddOrderMpid(AddOrderMpid {
                        header,
                        order_ref,
                        side,
                        shares,
                        stock,
                        price,
                        attribution,
                    })
                }
            }
            Some(Kind::Trade) => Message::Trade(Trade {
                header,
                order_ref: event.order_id,
                side: b'B',
                shares,
                stock,
                price,
                match_number: event.aux,
            }),
            Some(Kind::Cross) => Message::CrossTrade(CrossTrade {
                header,
                shares: event.aux,
                stock,
                price,
                match_number: event.order_id,
                cross_type: self.code,
            }),
            _ => Message::NetOrderImbalance(NetOrderImbalance {
                header,
                paired_shares: event.order_id,
                imbalance_shares: event.aux,
                direction: match event.side() {
                    Some(Side::None) | None => b'N',
                    _ => self.side(),
                },
                stock,
                far_price: 0,
                near_price: 0,
                reference_price: price,
                cross_type: self.code,
                variation: b' ',
            }),
        })
    }

    fn of_order(&self) -> Result<Message, Unencodable> {
        let (header, event) = (self.header, self.event);
        let (order_ref, shares, match_number) = (event.order_id, event.size, event.aux);
        Ok(match event.kind() {
            Some(Kind::Exec) => {
                Message::OrderExecuted(OrderExecuted { header, order_ref, shares, match_number })
            }
            Some(Kind::ExecPrice) => Message::OrderExecutedWithPrice(OrderExecutedWithPrice {
                header,
                order_ref,
                shares,
                match_number,
                printable: self.printable(),
                price: price4(event.price)?,
            }),
            Some(Kind::Cancel) => {
                Message::OrderCancel(OrderCancel { header, order_ref, cancelled_shares: shares })
            }
            Some(Kind::Delete) => Message::OrderDelete(OrderDelete { header, order_ref }),
            Some(Kind::Replace) => Message::OrderReplace(OrderReplace {
                header,
                original_ref: order_ref,
                new_ref: event.aux,
                shares,
                price: price4(event.price)?,
            }),
            Some(Kind::Break) => Message::BrokenTrade(BrokenTrade { header, match_number }),
            kind => return Err(Unencodable::Kind(kind)),
        })
    }

    fn system(&self) -> Result<Message, Unencodable> {
        let (header, event) = (self.header, self.event);
        Ok(match self.wire_type() {
            MwcbDeclineLevel::CODE => Message::MwcbDeclineLevel(MwcbDeclineLevel {
                header,
                level1: price8(event.price)?,
                level2: price8(event.order_id as i64)?,
                level3: price8(event.aux as i64)?,
            }),
            MwcbStatus::CODE => {
                Message::MwcbStatus(MwcbStatus { header, breached_level: self.code })
            }
            _ => Message::SystemEvent(SystemEvent { header, event_code: self.code }),
        })
    }

    fn stock_state(&self) -> Result<Message, Unencodable> {
        let (header, event, stock, code) = (self.header, self.event, self.stock()?, self.code);
        let four = || Ok(narrow::<u32>(event.aux, "the code of 4 characters")?.to_be_bytes());
        Ok(match event.kind() {
            Some(Kind::Definition) => {
                let [
                    round_lots_only,
                    issue_classification,
                    sub0,
                    sub1,
                    authenticity,
                    ipo_flag,
                    luld_tier,
                    etp_flag,
                ] = event.aux.to_be_bytes();
                Message::StockDirectory(StockDirectory {
                    header,
                    stock,
                    market_category: code,
                    financial_status: b' ',
                    round_lot_size: event.size,
                    round_lots_only,
                    issue_classification,
                    issue_subtype: [sub0, sub1],
                    authenticity,
                    short_sale_threshold: b' ',
                    ipo_flag,
                    luld_tier,
                    etp_flag,
                    etp_leverage: 0,
                    inverse: b'N',
                })
            }
            Some(Kind::Participant) => {
                Message::MarketParticipantPosition(MarketParticipantPosition {
                    header,
                    mpid: four()?,
                    stock,
                    primary_market_maker: b'N',
                    mode: b' ',
                    state: code,
                })
            }
            _ => match self.wire_type() {
                RegSho::CODE => Message::RegSho(RegSho { header, stock, action: code }),
                RetailInterest::CODE => {
                    Message::RetailInterest(RetailInterest { header, stock, interest: code })
                }
                OperationalHalt::CODE => Message::OperationalHalt(OperationalHalt {
                    header,
                    stock,
                    market_code: narrow(event.aux, "the market")?,
                    action: code,
                }),
                _ => Message::StockTradingAction(StockTradingAction {
                    header,
                    stock,
                    state: code,
                    reserved: b' ',
                    reason: four()?,
                }),
            },
        })
    }

    fn auction(&self) -> Result<Message, Unencodable> {
        let (header, event) = (self.header, self.event);
        let price = price4(event.price)?;
        Ok(match self.wire_type() {
            IpoQuotingPeriod::CODE => Message::IpoQuotingPeriod(IpoQuotingPeriod {
                header,
                stock: self.stock_or_blank()?,
                release_time: narrow(event.aux, "the release time")?,
                qualifier: self.code,
                ipo_price: price,
            }),
            DirectListing::CODE => Message::DirectListing(DirectListing {
                header,
                stock: self.stock()?,
                eligible: self.code,
                min_price: 0,
                max_price: 0,
                near_price: price,
                near_time: 0,
                lower_collar: price4(event.order_id as i64)?,
                upper_collar: price4(event.aux as i64)?,
            }),
            _ => Message::LuldAuctionCollar(LuldAuctionCollar {
                header,
                stock: self.stock()?,
                reference_price: price,
                upper_price: price4(event.aux as i64)?,
                lower_price: price4(event.order_id as i64)?,
                extension: event.size,
            }),
        })
    }

    /// The type byte of the message that the event came from.
    fn wire_type(&self) -> u8 {
        self.event.ext as u8
    }

    fn printable(&self) -> u8 {
        match self.wire_type() {
            OrderExecutedWithPrice::CODE => self.code,
            _ if self.event.flags & flags::NON_PRINTABLE != 0 => b'N',
            _ => b'Y',
        }
    }

    fn side(&self) -> u8 {
        match self.event.side() {
            Some(Side::Bid) => b'B',
            Some(Side::Ask) => b'S',
            _ => b' ',
        }
    }

    fn stock(&self) -> Result<[u8; 8], Unencodable> {
        let mut stock = [b' '; 8];
        let symbol = self.instruments.get(self.event.instrument).unwrap_or_default();
        if symbol.is_empty() || symbol.len() > stock.len() || !symbol.is_ascii() {
            return Err(Unencodable::Symbol(self.event.instrument));
        }
        stock[..symbol.len()].copy_from_slice(symbol.as_bytes());
        Ok(stock)
    }

    /// An offering may come before its stock has a locate; its symbol is lost then.
    fn stock_or_blank(&self) -> Result<[u8; 8], Unencodable> {
        if self.event.instrument == 0 { Ok([b' '; 8]) } else { self.stock() }
    }
}

fn narrow<T: TryFrom<u64>>(number: impl Into<u64>, what: &'static str) -> Result<T, Unencodable> {
    T::try_from(number.into()).map_err(|_| Unencodable::Field(what))
}

/// A price that is exact in four decimals.
fn price4(price: i64) -> Result<u32, Unencodable> {
    let exact = (price % TO_FOUR == 0).then_some(price / TO_FOUR);
    exact.and_then(|price| u32::try_from(price).ok()).ok_or(Unencodable::Field("the price"))
}

/// A price that is exact in eight decimals.
fn price8(price: i64) -> Result<u64, Unencodable> {
    let exact = (price % TO_EIGHT == 0).then_some(price / TO_EIGHT);
    exact.and_then(|price| u64::try_from(price).ok()).ok_or(Unencodable::Field("the price"))
}
