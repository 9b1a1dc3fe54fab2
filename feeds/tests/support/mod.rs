//! What several tests need: a sample of every message, BinaryFILE framing, and the shared data
//! folder.

#![allow(dead_code)] // Each test binary uses its own part.

use std::io::Write as _;
use std::path::PathBuf;
use tourbillon_feeds::itch::*;
use tourbillon_feeds::{EventSource, MarketEvent, Options, open_bytes, read_all};

/// One message of each type with distinct field values, in the order of the specification.
pub(crate) fn every_message() -> Vec<Message> {
    let header = |locate, timestamp| Header { stock_locate: locate, tracking: 0xABCD, timestamp };
    let at = |n: u64| header(n as u16, 34_200_000_000_000 + n * 1_000_001);
    let stock = *b"MSFT    ";
    vec![
        Message::SystemEvent(SystemEvent {
            header: header(0, 11_000_000_000_000),
            event_code: b'O',
        }),
        Message::StockDirectory(StockDirectory {
            header: at(1),
            stock: *b"AAPL    ",
            market_category: b'Q',
            financial_status: b'N',
            round_lot_size: 100,
            round_lots_only: b'N',
            issue_classification: b'C',
            issue_subtype: *b"Z ",
            authenticity: b'P',
            short_sale_threshold: b'N',
            ipo_flag: b' ',
            luld_tier: b'1',
            etp_flag: b'Y',
            etp_leverage: 3,
            inverse: b'N',
        }),
        Message::StockTradingAction(StockTradingAction {
            header: at(2),
            stock,
            state: b'H',
            reserved: b' ',
            reason: *b"LUDP",
        }),
        Message::RegSho(RegSho { header: at(3), stock: *b"TSLA    ", action: b'1' }),
        Message::MarketParticipantPosition(MarketParticipantPosition {
            header: at(4),
            mpid: *b"GSCO",
            stock,
            primary_market_maker: b'Y',
            mode: b'N',
            state: b'A',
        }),
        Message::MwcbDeclineLevel(MwcbDeclineLevel {
            header: header(0, at(5).timestamp),
            level1: 434_567_000_000,
            level2: 404_567_000_001,
            level3: 374_567_000_002,
        }),
        Message::MwcbStatus(MwcbStatus {
            header: header(0, at(6).timestamp),
            breached_level: b'1',
        }),
        Message::IpoQuotingPeriod(IpoQuotingPeriod {
            header: header(0, at(7).timestamp),
            stock: *b"NEWCO   ",
            release_time: 35_100,
            qualifier: b'A',
            ipo_price: 210_000,
        }),
        Message::LuldAuctionCollar(LuldAuctionCollar {
            header: at(8),
            stock,
            reference_price: 1_000_000,
            upper_price: 1_050_000,
            lower_price: 950_000,
            extension: 2,
        }),
        Message::OperationalHalt(OperationalHalt {
            header: at(9),
            stock,
            market_code: b'B',
            action: b'H',
        }),
        Message::AddOrder(AddOrder {
            header: at(10),
            order_ref: 0x0102_0304_0506_0708,
            side: b'B',
            shares: 300,
            stock,
            price: 1_234_567,
        }),
        Message::AddOrderMpid(AddOrderMpid {
            header: at(11),
            order_ref: 77,
            side: b'S',
            shares: 400,
            stock,
            price: 2_000_000_000,
            attribution: *b"LEHM",
        }),
        Message::OrderExecuted(OrderExecuted {
            header: at(12),
            order_ref: 77,
            shares: 100,
            match_number: 9_001,
        }),
        Message::OrderExecutedWithPrice(OrderExecutedWithPrice {
            header: at(13),
            order_ref: 77,
            shares: 50,
            match_number: 9_002,
            printable: b'N',
            price: 1_999_900,
        }),
        Message::OrderCancel(OrderCancel { header: at(14), order_ref: 77, cancelled_shares: 25 }),
        Message::OrderDelete(OrderDelete { header: at(15), order_ref: 77 }),
        Message::OrderReplace(OrderReplace {
            header: at(16),
            original_ref: 78,
            new_ref: 79,
            shares: 500,
            price: 100,
        }),
        Message::Trade(Trade {
            header: at(17),
            order_ref: 0,
            side: b'B',
            shares: 600,
            stock,
            price: 1_500_050,
            match_number: 9_003,
        }),
        Message::CrossTrade(CrossTrade {
            header: at(18),
            shares: 5_000_000_000,
            stock,
            price: 1_500_100,
            match_number: 9_004,
            cross_type: b'O',
        }),
        Message::BrokenTrade(BrokenTrade { header: at(19), match_number: 9_003 }),
        Message::NetOrderImbalance(NetOrderImbalance {
            header: at(20),
            paired_shares: 6_000_000_000,
            imbalance_shares: 1_234,
            direction: b'S',
            stock,
            far_price: 1_400_000,
            near_price: 1_450_000,
            reference_price: 1_460_000,
            cross_type: b'C',
            variation: b'L',
        }),
        Message::RetailInterest(RetailInterest { header: at(21), stock, interest: b'A' }),
        Message::DirectListing(DirectListing {
            header: at(22),
            stock,
            eligible: b'Y',
            min_price: 10_000,
            max_price: 90_000,
            near_price: 50_000,
            near_time: 34_000_000_000_000,
            lower_collar: 45_000,
            upper_collar: 55_000,
        }),
    ]
}

/// The message on the wire, without framing.
pub(crate) fn wire(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(&mut bytes);
    bytes
}

/// Messages with a length before each.
pub(crate) fn framed<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        let message = wire(message);
        bytes.extend_from_slice(&(message.len() as u16).to_be_bytes());
        bytes.extend_from_slice(&message);
    }
    bytes
}

/// Opens the bytes and reads them to the end.
pub(crate) fn read(
    bytes: &[u8],
    options: &Options,
) -> (Vec<MarketEvent>, Box<dyn EventSource + Send>) {
    let mut source =
        open_bytes(bytes.to_vec(), options).expect("the format is given or can be seen");
    let events = read_all(&mut *source);
    (events, source)
}

/// A file of the shared data folder, or `None` after a loud line if it is absent.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(name);
    if path.exists() {
        return Some(path);
    }
    // Not `eprintln!`, which the test runner swallows for a test that passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED, not there: {}", path.display());
    None
}
