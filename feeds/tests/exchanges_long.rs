//! CME's templates with quantities of 64 bits: real messages, which the captures at hand have in
//! TCP, as packets.

#[path = "support/captures.rs"]
mod captures;
mod support;

use captures::{capture_head, captured};
use support::{read, shared};
use tourbillon_feeds::{Kind, MarketEvent, Options, Side, depth, flags};

/// Events of the one packet of a capture.
fn events(name: &str) -> Option<Vec<MarketEvent>> {
    /// Capture, record, Ethernet, IP and TCP, and the two bytes that mark a packet in a stream.
    const HEADS: usize = 24 + 16 + 14 + 20 + 20 + 2;
    let path = shared(&format!("omi/Cme/Mdp3.Sbe.v1.12/{name}"))?;
    let file = std::fs::read(path).expect("it is there");
    let (events, source) =
        read(&[capture_head(), captured(&file[HEADS..])].concat(), &Options::default());
    assert_eq!((source.report().format, source.report().total_errors()), ("mdp3", 0));
    assert_eq!(source.instruments().id(0), 11_827_320);
    Some(events)
}

#[test]
fn a_level() {
    let Some(events) = events("MdIncrementalRefreshBookLongQty.pcap") else { return };
    let [level] = events[..] else { panic!("{events:?}") };
    assert_eq!((level.kind(), level.side()), (Some(Kind::Depth), Some(Side::Ask)));
    assert_eq!((level.price, level.size), (1_208_150_000, 6_000_000));
    assert_eq!((depth::unpack(level.order_id), level.ext >> 8), ((depth::CHANGED, 0), 4));
}

#[test]
fn a_trade() {
    let Some(events) = events("MdIncrementalRefreshTradeSummaryLongQty.pcap") else { return };
    let [trade] = events[..] else { panic!("{events:?}") };
    assert_eq!((trade.kind(), trade.side()), (Some(Kind::Trade), Some(Side::Ask)));
    assert_eq!((trade.price, trade.size, trade.aux), (1_207_100_000, 0, 14_515_834));
}

#[test]
fn a_snapshot() {
    let Some(events) = events("SnapshotFullRefreshTcpLongQty.Tcp.pcap") else { return };
    let codes: String = events[1..].iter().map(|event| char::from(event.ext as u8)).collect();
    assert_eq!((events[0].kind(), &codes[..]), (Some(Kind::Clear), "xw00111112"));
    assert!(events.iter().all(|event| event.flags & flags::SNAPSHOT != 0));
    let asks: Vec<_> = events
        .iter()
        .filter(|event| event.side() == Some(Side::Ask))
        .map(|ask| (ask.price, ask.size, ask.ext >> 8))
        .collect();
    assert_eq!(
        asks,
        [
            (1_183_750_000, 1_000_000, 1),
            (1_207_900_000, 2_000_000, 2),
            (1_208_000_000, 2_000_000, 3),
            (1_208_050_000, 17_000_000, 4),
            (1_208_100_000, 13_000_000, 5),
        ]
    );
}
