//! The real files of the shared data folder against the counts that independent parsers found.

mod support;

use support::shared;
use tourbillon_feeds::{
    ErrorKind, EventSource, Framing, Kind, MarketEvent, Options, Side, SkipReason, open, read_all,
};

type Opened = (Vec<MarketEvent>, Box<dyn EventSource + Send>);

fn read(name: &str, options: &Options) -> Option<Opened> {
    let mut source =
        open(&shared(name)?, options).unwrap_or_else(|error| panic!("{name}: {error}"));
    Some((read_all(&mut *source), source))
}

/// Messages by type as `A 37 F 2`.
fn types(source: &(impl EventSource + ?Sized)) -> String {
    let lines = source.report().types.sorted();
    lines.iter().map(|line| format!("{} {}", line.code, line.count)).collect::<Vec<_>>().join(" ")
}

#[test]
fn binary_files() {
    let cases = [
        ("itch/omi_nasdaq_20230822_real.itch", "A 37 D 2 F 2 E 1 H 1 I 1 L 1 U 1", 5),
        ("itch/bbekele_sample.itch", "R 993 H 3 Y 3 S 1", 993),
        ("itch/lukefasanello_sample.itch", "R 98 H 1 S 1 Y 1", 98),
        ("itch/reenc_lobster_AAPL_20120621.itch", "A 471 D 369 E 98 P 61 S 2 R 1", 1),
    ];
    for (name, expected, symbols) in cases {
        let Some((_, source)) = read(name, &Options::default()) else { continue };
        assert_eq!(types(&*source), expected, "{name}");
        assert_eq!(source.report().symbols, symbols, "{name}");
        let cut = u64::from(name.contains("lukefasanello"));
        assert_eq!(source.report().total_errors(), cut, "{name}: {:?}", source.report());
    }
}

#[test]
fn the_cut_file_says_where() {
    let Some((_, source)) = read("itch/lukefasanello_sample.itch", &Options::default()) else {
        return;
    };
    let report = source.report();
    assert_eq!((report.located[0].offset, report.located[0].kind), (4_081, ErrorKind::Truncated));
    assert_eq!((report.consumed, report.trailing_bytes), (4_081, 15));
}

#[test]
fn times_and_symbols_of_the_real_messages() {
    let midnight = 1_692_676_800_000_000_000; // 2023-08-22 00:00 in New York
    let options = Options { session_midnight_ns: midnight, ..Options::default() };
    let Some((events, source)) = read("itch/omi_nasdaq_20230822_real.itch", &options) else {
        return;
    };
    let report = source.report();
    let clock = |h: u64, m: u64, ns: u64| midnight + (h * 3_600 + m * 60) * 1_000_000_000 + ns;
    assert_eq!(report.first_ts_event, Some(clock(9, 29, 59_999_836_649)));
    assert_eq!(report.last_ts_event, Some(clock(9, 39, 23_322_465_824)));
    let mut symbols: Vec<&str> = source.instruments().iter().map(|(_, symbol)| symbol).collect();
    symbols.sort_unstable();
    assert_eq!(symbols, ["AMC", "FGMC", "IVOO", "MDC", "META"]);
    let adds = events.iter().filter(|event| event.kind() == Some(Kind::Add));
    assert!(adds.clone().all(|add| add.price > 0 && add.side() != Some(Side::None)));
    assert_eq!(adds.count(), 39);
}

#[test]
fn zero_length_prefixes() {
    let name = "ritch/ex20101224.TEST_ITCH_50.gz";
    let Some((events, source)) = read(name, &Options::default()) else { return };
    let report = source.report();
    assert_eq!((events.len(), report.end_of_session, report.trailing_bytes), (0, true, 465_046));
    let by_type = Options { framing: Framing::LengthByType, ..Options::default() };
    let Some((events, source)) = read(name, &by_type) else { return };
    assert_eq!(types(&*source), "P 5000 A 4997 D 1745 E 198 X 45 U 12 S 6 F 3 H 3 R 3");
    let report = source.report();
    assert_eq!(
        (events.len(), report.total_errors(), report.bad_timestamps, report.symbols),
        (12_012, 0, 0, 3)
    );
}

#[test]
fn nasdaq_packets() {
    let itch = "TotalView.Itch.v5.0";
    let cases = [
        ("Nasdaq", "OrderReplaceMessage", "U 1", 14_757_701),
        ("Nasdaq", "AddOrderNoMpidAttributionMessage", "A 1", 14_757_721),
        ("Nasdaq", "OrderDeleteMessage", "D 1", 14_757_722),
        ("Nasdaq", "OrderExecutedMessage", "E 1", 14_757_745),
        ("Nasdaq", "NetOrderImbalanceIndicatorMessage", "I 1", 14_757_919),
        ("Nasdaq", "MarketParticipantPositionMessage", "L 1", 17_861_990),
        ("Nasdaq", "StockTradingActionMessage", "H 1", 34_147_961),
        ("Bx", "AddOrderNoMpidAttributionMessage", "A 1", 1_621_717),
        ("Bx", "OrderDeleteMessage", "D 1", 1_621_741),
        ("Bx", "OrderReplaceMessage", "U 1", 1_621_746),
    ];
    for (exchange, message, expected, seq) in cases {
        let name = format!("omi/Nasdaq/{exchange}.Equities.{itch}/{message}.pcap");
        let Some((events, source)) = read(&name, &Options::default()) else { continue };
        assert_eq!(
            (types(&*source).as_str(), events.len(), events[0].seq),
            (expected, 1, seq),
            "{name}"
        );
        let report = source.report();
        assert_eq!(
            (report.packets, report.total_skipped(), report.total_errors()),
            (1, 0, 0),
            "{name}"
        );
    }
    let name = format!("omi/Nasdaq/Nasdaq.Equities.{itch}/Multiple.Packets.pcap");
    let Some((events, source)) = read(&name, &Options::default()) else { return };
    let report = source.report();
    assert_eq!((types(&*source).as_str(), report.packets), ("A 36 F 2 D 1", 2));
    assert_eq!(
        (report.gaps, report.gap_messages, report.duplicates),
        (1, 19_009_117 - 14_764_497, 0)
    );
    assert_eq!(
        (events[0].seq, events[1].kind(), events[39].seq),
        (14_764_496, Some(Kind::Gap), 19_009_154)
    );
    assert_eq!(events[0].ts_recv, 1_692_711_000_007_661_955);
    assert_eq!(events[39].ts_recv, 1_692_711_038_952_561_782);
}

#[test]
fn captures_of_other_protocols_are_skipped_with_a_reason() {
    let (mold, udp) = (SkipReason::NotMold, SkipReason::NotUdp);
    let cases = [
        ("omi/Cme/Mdp3.Sbe.v1.12/MdIncrementalRefreshBookLongQty.pcap", 1, udp),
        ("omi/Cme/Mdp3.Sbe.v1.12/MdIncrementalRefreshTradeSummaryLongQty.pcap", 1, udp),
        ("omi/Cme/Mdp3.Sbe.v1.12/RequestAck.Tcp.pcap", 1, udp),
        ("omi/Cme/Mdp3.Sbe.v1.12/SecurityListRequest.Tcp.pcap", 1, udp),
        ("omi/Cme/Mdp3.Sbe.v1.12/SecurityStatusRequest.Tcp.pcap", 1, udp),
        ("omi/Cme/Mdp3.Sbe.v1.12/SnapshotFullRefreshTcpLongQty.Tcp.pcap", 1, udp),
        ("omi/Cme/Mdp3.Sbe.v1.12/SubscriberHeartbeat.Tcp.pcap", 1, udp),
        (
            "omi/Nyse/ImbalancesFeed.Xdp.v2.1.f/Nyse.ImbalancesFeed.v2.1.f.Example.pcap",
            11_819,
            mold,
        ),
        ("omi/Miax/Tom.Mach.v1.9/Miax.Tom.Mach.v1.9.Example.pcap", 20_560, mold),
        ("omi/Ice/Mdf.iMpact.v1.1.24/Ice.Mdf.iMpact.v1.1.24.Example.pcap", 530, mold),
        ("omi/Ice/Mdf.iMpact.v1.1.33/Ice.Mdf.iMpact.v1.1.33.Example.pcap", 8_680, mold),
    ];
    for (name, packets, reason) in cases {
        let Some((events, source)) = read(name, &Options::default()) else { continue };
        let report = source.report();
        assert_eq!((events.len(), report.packets), (0, packets), "{name}");
        assert_eq!(report.skipped.get(&reason), Some(&packets), "{name}: {:?}", report.skipped);
        assert_eq!((report.total_errors(), report.trailing_bytes), (0, 0), "{name}: {report:?}");
    }
}

#[test]
fn trades_csv() {
    let Some((events, source)) = read("core-stock/stock_data.csv.xz", &Options::default()) else {
        return;
    };
    let report = source.report();
    assert_eq!((types(&*source).as_str(), report.records), ("S 112306 B 112167", 224_473));
    assert_eq!((report.total_errors(), report.symbols, report.consumed), (0, 10, 7_990_902));
    assert_eq!(report.first_ts_event, Some(25_263_126_000_000));
    assert_eq!(report.last_ts_event, Some(71_996_994_000_000));
    let table = source.instruments();
    let count =
        |symbol| events.iter().filter(|event| Some(event.instrument) == table.find(symbol)).count();
    assert_eq!(["IPIX", "QQQ", "MSFT", "YHOO"].map(count), [45_568, 29_203, 23_330, 12_811]);
    let first = &events[0]; // BUY,8,INTC,100,27.85,25263126
    assert_eq!(
        (first.order_id, first.price, first.size, first.side()),
        (8, 27_850_000_000, 100, Some(Side::Bid))
    );
    assert!(events.is_sorted_by(|a, b| a.ts_event <= b.ts_event && a.seq + 1 == b.seq));
}
