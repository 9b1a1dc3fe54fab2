//! IEX-TP and CME MDP 3.0: the real captures against the counts that an independent parser found,
//! and field by field.

mod support;

use std::collections::HashMap;
use support::shared;
use tourbillon_feeds::{
    EventSource, Format, Kind, MarketEvent, Options, Report, Side, depth, flags, open, read_all,
};

type Opened = (Vec<MarketEvent>, Box<dyn EventSource + Send>);

fn read(name: &str) -> Option<Opened> {
    let mut source =
        open(&shared(name)?, &Options::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    Some((read_all(&mut *source), source))
}

/// Messages by type as `A 37 F 2`.
fn types(report: &Report) -> String {
    let lines = report.types.sorted();
    lines.iter().map(|line| format!("{} {}", line.code, line.count)).collect::<Vec<_>>().join(" ")
}

fn of(events: &[MarketEvent], kind: Kind) -> Vec<&MarketEvent> {
    events.iter().filter(|event| event.kind() == Some(kind)).collect()
}

#[test]
fn iex_captures() {
    for (name, expected, symbols) in [
        ("Deep.IexTp.v1.0/PriceLevelBuyUpdateMessage", "8 1", 1),
        ("Deep.IexTp.v1.0/PriceLevelSellUpdateMessage", "5 1", 1),
        ("Deep.IexTp.v1.0/Heartbeat", "", 0),
        ("Tops.IexTp.v1.5/AuctionInformationMessage", "A 1", 1),
        ("Tops.IexTp.v1.5/OfficialPriceMessage", "X 1", 1),
        ("Tops.IexTp.v1.5/OperationalHaltStatusMessage", "H 1 O 1 Q 1 S 1", 1),
        ("Tops.IexTp.v1.5/QuoteUpdateMessage", "Q 1", 1),
        ("Tops.IexTp.v1.5/SecurityDirectoryMessage", "O 13 P 13 H 12 Q 12 D 2", 13),
        ("Tops.IexTp.v1.5/ShortSalePriceTestStatusMessage", "P 1", 1),
        ("Tops.IexTp.v1.5/SystemEventMessage", "S 1", 0),
        ("Tops.IexTp.v1.5/TradeReportMessage", "T 1", 1),
        ("Tops.IexTp.v1.5/TradingStatusMessage", "H 1", 1),
        ("Tops.IexTp.v1.6/QuoteUpdateMessage", "Q 1", 1),
    ] {
        let Some((_, source)) = read(&format!("omi/Iex/{name}.pcap")) else { continue };
        let report = source.report();
        assert_eq!((types(report).as_str(), report.symbols), (expected, symbols), "{name}");
        let faults = report.total_errors() + report.total_skipped() + report.trailing_bytes;
        assert_eq!((faults, report.heartbeats), (0, u64::from(expected.is_empty())), "{name}");
    }
}

#[test]
fn a_session_of_iex_tops() {
    let Some((events, source)) = read("iex/TOPS16.pcapng.gz") else { return };
    let report = source.report();
    let expected = "Q 27217 H 7803 P 7802 O 7801 T 6390 A 642 D 10 S 6 B 3";
    assert_eq!((report.format, types(report).as_str()), ("iex-tp", expected));
    assert_eq!((report.packets, report.heartbeats, report.symbols), (13_022, 237, 7_799));
    assert_eq!((report.gaps, report.duplicates, report.total_errors()), (0, 0, 0));
    assert_eq!((events.len(), report.total_skipped(), report.trailing_bytes), (57_674, 0, 0));
    assert!(events.is_sorted_by(|a, b| a.seq + 1 == b.seq));
    let span = (report.first_ts_event, report.last_ts_event);
    let expected = (Some(1_499_697_155_788_781), Some(1_499_697_531_866_064));
    assert_eq!((span.0.map(|ns| ns / 1_000), span.1.map(|ns| ns / 1_000)), expected);
    for quote in of(&events, Kind::Quote).iter().filter(|quote| quote.price > 0 && quote.aux > 0) {
        assert!(
            quote.price < quote.aux as i64 && quote.size > 0 && quote.order_id > 0,
            "{quote:?}"
        );
    }
    let trades = of(&events, Kind::Trade);
    assert!(trades.iter().all(|trade| trade.price > 0 && trade.size > 0 && trade.aux > 0));
    let broken: Vec<u64> = of(&events, Kind::Break).iter().map(|event| event.aux).collect();
    assert!(broken.iter().all(|number| trades.iter().any(|trade| trade.aux == *number)));
}

#[test]
fn levels_of_iex_deep() {
    for (name, side) in [("Buy", Side::Bid), ("Sell", Side::Ask)] {
        let name = format!("omi/Iex/Deep.IexTp.v1.0/PriceLevel{name}UpdateMessage.pcap");
        let Some((events, source)) = read(&name) else { return };
        let level = events[0];
        assert_eq!((level.kind(), level.side()), (Some(Kind::Depth), Some(side)));
        assert!(level.price > 0 && level.price % 100_000 == 0);
        let change = if level.size == 0 { depth::DELETED } else { depth::CHANGED };
        assert_eq!((depth::unpack(level.order_id), level.ext >> 8), ((change, 0), 0));
        assert!(source.instruments().get(level.instrument).is_some());
    }
}

#[test]
fn cme_captures() {
    for (name, expected) in [
        ("v1.5/MdIncrementalRefreshBook", "L 1"),
        ("v1.5/MdIncrementalRefreshSessionStatistics", "L 4 S 1 V 1"),
        ("v1.5/MdIncrementalRefreshTradeSummary", "T 1"),
        ("v1.5/MdIncrementalRefreshVolume", "L 1 V 1"),
        ("v1.5/MdInstrumentDefinitionSpread", "s 3 f 2"),
        ("v1.8/MdIncrementalRefreshTradeSummary", "L 1 T 1 V 1"),
        ("v1.9/MdIncrementalRefreshBook", "L 2"),
        ("v1.9/MdIncrementalRefreshOrderBook", "O 1"),
        ("v1.9/MdIncrementalRefreshTradeSummary", "L 2 O 1 T 1 V 1"),
        ("v1.9/MdIncrementalRefreshVolume", "L 4 V 2 T 1"),
    ] {
        let Some((events, source)) = read(&format!("omi/Cme/Mdp3.Sbe.{name}.pcap")) else {
            continue;
        };
        let report = source.report();
        assert_eq!((report.format, types(report).as_str()), ("mdp3", expected), "{name}");
        assert_eq!((report.total_errors(), report.total_skipped()), (0, 0), "{name}");
        assert!(events.last().is_some_and(|event| event.flags & flags::LAST != 0), "{name}");
    }
}

/// Selected packets of both lines: what one line carried and the other did not is told once.
#[test]
fn cme_captures_with_holes() {
    for (name, messages, packets) in [
        ("SessionStatistics", [(b'L', 362), (b'S', 358), (b'V', 38), (b'h', 6)], 356),
        ("Volume", [(b'L', 122), (b'V', 112), (b'S', 40), (b'h', 6)], 112),
    ] {
        let name = format!("omi/Cme/Mdp3.Sbe.v1.8/MdIncrementalRefresh{name}.pcap");
        let Some((_, source)) = read(&name) else { continue };
        let report = source.report();
        let total: u64 = messages.iter().map(|(_, count)| count).sum();
        assert_eq!((report.packets, report.records), (packets, total), "{name}");
        assert_eq!(report.types.total() + report.duplicates, total, "{name}");
        assert_eq!((report.total_errors(), report.total_skipped()), (0, 0), "{name}");
        for (template, count) in messages {
            let found = report.types.get(template);
            assert!(found <= count && 2 * found >= count, "{name}: {template} {found}");
        }
    }
}

#[test]
fn both_lines_of_a_cme_channel_are_one() {
    let Some((events, source)) = read("omi/Cme/Mdp3.Sbe.v1.6/Cme.Mdp3.Sbe.v6.1.pcap") else {
        return;
    };
    let report = source.report();
    assert_eq!(types(report), "L 9569 S 307 T 194 V 194 H 9");
    assert_eq!((report.records, report.duplicates, report.packets), (20_546, 10_273, 10_000));
    assert_eq!((report.gaps, report.late, report.total_errors()), (0, 0, 0));
    assert!(events.is_sorted_by_key(|event| event.seq));
    assert_eq!(events.last().map(|event| event.seq), Some(10_614));
    let levels = of(&events, Kind::Depth).len() + of(&events, Kind::Clear).len();
    assert_eq!(levels, 29_148 / 2);
    let mut books: Vec<u32> = of(&events, Kind::Depth).iter().map(|e| e.instrument).collect();
    books.sort_unstable();
    books.dedup();
    assert_eq!(books.len(), 127);
    assert!(of(&events, Kind::Depth).iter().all(|e| (1..=10).contains(&(e.ext >> 8))));
}

/// Prices of one side by level; `None` = not seen since the capture began.
type Ladder = Vec<Option<i64>>;

/// Keeps ladders as the exchange says: what is new moves the rest down, what goes moves it up.
fn update(ladder: &mut Ladder, event: &MarketEvent) {
    let at = usize::from(event.ext >> 8) - 1;
    ladder.resize(ladder.len().max(at + 1), None);
    match depth::unpack(event.order_id).0 {
        depth::NEW => ladder.insert(at, Some(event.price)),
        depth::DELETED => drop(ladder.remove(at)),
        depth::DELETED_THROUGH => ladder.clear(),
        depth::DELETED_FROM => drop(ladder.drain(..=at)),
        _ => ladder[at] = Some(event.price),
    }
    // Implied books have two levels: nothing is said of what moves beyond.
    let implied = [u16::from(b'E'), u16::from(b'F')].contains(&(event.ext & 0xFF));
    ladder.truncate(if implied { 2 } else { 10 });
}

/// Levels that follow each other are in the order of their prices at the end of every packet that
/// changes them.
#[test]
fn cme_levels_are_in_order() {
    let Some((events, _)) = read("omi/Cme/Mdp3.Sbe.v1.6/Cme.Mdp3.Sbe.v6.1.pcap") else { return };
    let mut ladders: HashMap<(u32, u16), Ladder> = HashMap::new();
    let (mut checked, mut wrong) = (0, 0);
    for packet in events.chunk_by(|a, b| a.seq == b.seq) {
        let mut changed = Vec::new();
        for event in packet.iter().filter(|event| event.kind() == Some(Kind::Depth)) {
            let key = (event.instrument, event.ext & 0xFF);
            update(ladders.entry(key).or_default(), event);
            changed.push((key, event.side()));
        }
        for (key, side) in changed {
            let known: Vec<i64> = ladders[&key].iter().copied().flatten().collect();
            let sorted = match side {
                Some(Side::Bid) => known.is_sorted_by(|a, b| a > b),
                _ => known.is_sorted_by(|a, b| a < b),
            };
            checked += 1;
            wrong += u32::from(!sorted);
        }
    }
    assert!(checked > 10_000, "{checked}");
    assert_eq!(wrong, 0, "of {checked}");
}

#[test]
fn cme_orders_trades_and_definitions_field_by_field() {
    let Some((events, _)) = read("omi/Cme/Mdp3.Sbe.v1.9/MdIncrementalRefreshTradeSummary.pcap")
    else {
        return;
    };
    let price = 12_952_000_000_000;
    let trade = of(&events, Kind::Trade);
    let found: Vec<_> = trade
        .iter()
        .map(|e| (e.order_id, e.size, e.price, e.aux, e.flags & flags::NON_PRINTABLE))
        .collect();
    let fill = flags::NON_PRINTABLE;
    assert_eq!(found[0], (0, 2, price, 0x0005_35A4, 0));
    assert_eq!(found[1], (0x14_98DC_A071, 2, price, 0x0005_35A4, fill));
    assert_eq!(found[2..].iter().map(|fill| fill.1).collect::<Vec<_>>(), [1, 1]);
    assert_eq!((trade[0].side(), trade[1].side()), (Some(Side::Ask), Some(Side::None)));
    let deleted = of(&events, Kind::Delete);
    assert_eq!(
        (deleted.len(), deleted[0].order_id, deleted[0].side()),
        (1, 0x14_98DC_986C, Some(Side::Bid))
    );
    let volume = of(&events, Kind::Statistic);
    assert_eq!((volume[0].size, volume[0].ext), (3_765, u16::from(b'e')));

    let name = "omi/Cme/Mdp3.Sbe.v1.5/MdInstrumentDefinitionSpread.pcap";
    let Some((events, source)) = read(name) else { return };
    let table = source.instruments();
    let named: Vec<(u32, &str)> = table.iter().map(|(i, symbol)| (table.id(i), symbol)).collect();
    let expected = [
        (10_123, "ESM6-ESU6"),
        (7_978, "ESM6-ESZ6"),
        (2_615, "ESU6"),
        (8_036, "ESU6-ESZ6"),
        (13_950, "ESZ5"),
    ];
    assert_eq!((of(&events, Kind::Definition).len(), &named[..]), (5, &expected[..]));
    assert_eq!(table.find_id(2_615), table.find("ESU6"));
}

#[test]
fn the_protocol_is_found_by_content() {
    for (name, format) in [
        ("omi/Cme/Mdp3.Sbe.v1.12/RequestAck.Tcp.pcap", Format::Pcap),
        ("omi/Cme/Mdp3.Sbe.v1.8/MdIncrementalRefreshVolume.pcap", Format::Mdp3),
        ("omi/Iex/Deep.IexTp.v1.0/Heartbeat.pcap", Format::IexTp),
        (
            "omi/Nyse/ImbalancesFeed.Xdp.v2.1.f/Nyse.ImbalancesFeed.v2.1.f.Example.pcap",
            Format::Pcap,
        ),
        ("omi/Miax/Tom.Mach.v1.9/Miax.Tom.Mach.v1.9.Example.pcap", Format::Pcap),
    ] {
        let Some(path) = shared(name) else { continue };
        let bytes = std::fs::read(path).expect("it is there");
        assert_eq!(Format::detect(&bytes), Some(format), "{name}");
    }
}
