//! The 23 messages of Nasdaq TotalView-ITCH 5.0, field by field.
//!
//! Source: "Nasdaq TotalView-ITCH 5.0", message formats, revision of 2023-04-28. Text is ASCII,
//! left-justified, padded with spaces. A `u32` price has four decimals, a `u64` price eight.
//! Reading keeps every field, so writing gives the bytes back.

use super::wire::{Field, HEADER_SIZE, Header, itch_messages, tiles};

/// Why a frame is not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no byte.
    #[error("message of zero length")]
    Empty,
    /// The specification has no such type; the length is plausible, so a later revision may have
    /// it.
    #[error("unknown message type {0:#04x}; skipped by its length")]
    UnknownType(u8),
    /// The length is not the type's, or no message can have it.
    #[error("message of type {code:#04x} has {have} bytes; not decoded")]
    BadLength {
        /// Type byte.
        code: u8,
        /// Bytes in the frame.
        have: usize,
    },
}

/// Lengths that a message of an unknown type may have: a header and a field, and not absurdly long.
const PLAUSIBLE: std::ops::RangeInclusive<usize> = HEADER_SIZE + 1..=255;

/// The frame as an array, if it has exactly that length.
#[inline(always)]
pub(crate) fn exactly<const N: usize>(frame: &[u8]) -> Result<&[u8; N], Fault> {
    frame.try_into().map_err(|_| fault_of(frame))
}

/// What is wrong with a frame that is not a message.
#[cold]
pub(crate) fn fault_of(frame: &[u8]) -> Fault {
    let have = frame.len();
    match frame.first() {
        None => Fault::Empty,
        Some(&code) if SIZES[usize::from(code)] == 0 && PLAUSIBLE.contains(&have) => {
            Fault::UnknownType(code)
        }
        Some(&code) => Fault::BadLength { code, have },
    }
}

/// The symbol in a message of known type and right length, if its type has one.
pub(crate) fn stock_of(message: &[u8]) -> Option<&[u8]> {
    let at = match *message.first()? {
        MarketParticipantPosition::CODE => 15,
        CrossTrade::CODE => 19,
        AddOrder::CODE | AddOrderMpid::CODE | Trade::CODE => 24,
        NetOrderImbalance::CODE => 28,
        StockDirectory::CODE
        | StockTradingAction::CODE
        | RegSho::CODE
        | IpoQuotingPeriod::CODE
        | LuldAuctionCollar::CODE
        | OperationalHalt::CODE
        | RetailInterest::CODE
        | DirectListing::CODE => 11,
        _ => return None,
    };
    message.get(at..at + 8)
}

itch_messages! {
    /// The market or the system changes state (1.1).
    b'S' 12 SystemEvent { event_code: u8 = 11, }
    /// A stock is introduced (1.2.1).
    b'R' 39 StockDirectory {
        stock: [u8; 8] = 11, market_category: u8 = 19, financial_status: u8 = 20,
        round_lot_size: u32 = 21, round_lots_only: u8 = 25, issue_classification: u8 = 26,
        issue_subtype: [u8; 2] = 27, authenticity: u8 = 29, short_sale_threshold: u8 = 30,
        ipo_flag: u8 = 31, luld_tier: u8 = 32, etp_flag: u8 = 33, etp_leverage: u32 = 34,
        inverse: u8 = 38,
    }
    /// A stock's trading state (1.2.2). Order messages go on in a halt.
    b'H' 25 StockTradingAction {
        stock: [u8; 8] = 11, state: u8 = 19, reserved: u8 = 20, reason: [u8; 4] = 21,
    }
    /// Short sale price test restriction (1.2.3).
    b'Y' 20 RegSho { stock: [u8; 8] = 11, action: u8 = 19, }
    /// A market participant's state in a stock (1.2.4).
    b'L' 26 MarketParticipantPosition {
        mpid: [u8; 4] = 11, stock: [u8; 8] = 15, primary_market_maker: u8 = 23, mode: u8 = 24,
        state: u8 = 25,
    }
    /// Levels of the market-wide circuit breaker (1.2.5.1).
    b'V' 35 MwcbDeclineLevel { level1: u64 = 11, level2: u64 = 19, level3: u64 = 27, }
    /// The market-wide circuit breaker was breached (1.2.5.2).
    b'W' 12 MwcbStatus { breached_level: u8 = 11, }
    /// Quoting period of an initial public offering; the locate may be 0 (1.2.6).
    b'K' 28 IpoQuotingPeriod {
        stock: [u8; 8] = 11, release_time: u32 = 19, qualifier: u8 = 23, ipo_price: u32 = 24,
    }
    /// Auction collar after a trading pause (1.2.7).
    b'J' 35 LuldAuctionCollar {
        stock: [u8; 8] = 11, reference_price: u32 = 19, upper_price: u32 = 23,
        lower_price: u32 = 27, extension: u32 = 31,
    }
    /// One market center is halted for a stock (1.2.8).
    b'h' 21 OperationalHalt { stock: [u8; 8] = 11, market_code: u8 = 19, action: u8 = 20, }
    /// An order enters the book (1.3.1).
    b'A' 36 AddOrder {
        order_ref: u64 = 11, side: u8 = 19, shares: u32 = 20, stock: [u8; 8] = 24, price: u32 = 32,
    }
    /// An order enters the book, with its participant (1.3.2).
    b'F' 40 AddOrderMpid {
        order_ref: u64 = 11, side: u8 = 19, shares: u32 = 20, stock: [u8; 8] = 24, price: u32 = 32,
        attribution: [u8; 4] = 36,
    }
    /// An order is executed at its own price (1.4.1).
    b'E' 31 OrderExecuted { order_ref: u64 = 11, shares: u32 = 19, match_number: u64 = 23, }
    /// An order is executed at another price (1.4.2).
    b'C' 36 OrderExecutedWithPrice {
        order_ref: u64 = 11, shares: u32 = 19, match_number: u64 = 23, printable: u8 = 31,
        price: u32 = 32,
    }
    /// Shares are taken off an order (1.4.3).
    b'X' 23 OrderCancel { order_ref: u64 = 11, cancelled_shares: u32 = 19, }
    /// An order leaves the book (1.4.4).
    b'D' 19 OrderDelete { order_ref: u64 = 11, }
    /// An order is replaced; side, stock and participant are inherited (1.4.5).
    b'U' 35 OrderReplace {
        original_ref: u64 = 11, new_ref: u64 = 19, shares: u32 = 27, price: u32 = 31,
    }
    /// A trade against a non-displayed order; reference 0 and side `B` always (1.5.1).
    b'P' 44 Trade {
        order_ref: u64 = 11, side: u8 = 19, shares: u32 = 20, stock: [u8; 8] = 24, price: u32 = 32,
        match_number: u64 = 36,
    }
    /// An auction's cross (1.5.2).
    b'Q' 40 CrossTrade {
        shares: u64 = 11, stock: [u8; 8] = 19, price: u32 = 27, match_number: u64 = 31,
        cross_type: u8 = 39,
    }
    /// A trade is broken (1.5.3).
    b'B' 19 BrokenTrade { match_number: u64 = 11, }
    /// Net order imbalance before a cross (1.6).
    b'I' 50 NetOrderImbalance {
        paired_shares: u64 = 11, imbalance_shares: u64 = 19, direction: u8 = 27,
        stock: [u8; 8] = 28, far_price: u32 = 36, near_price: u32 = 40, reference_price: u32 = 44,
        cross_type: u8 = 48, variation: u8 = 49,
    }
    /// Retail price improvement interest (1.7).
    b'N' 20 RetailInterest { stock: [u8; 8] = 11, interest: u8 = 19, }
    /// Price discovery of a direct listing with capital raise (1.8).
    b'O' 48 DirectListing {
        stock: [u8; 8] = 11, eligible: u8 = 19, min_price: u32 = 20, max_price: u32 = 24,
        near_price: u32 = 28, near_time: u64 = 32, lower_collar: u32 = 40, upper_collar: u32 = 44,
    }
}
