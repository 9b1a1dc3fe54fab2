//! LOBSTER, Bitstamp and Binance: the real files against the counts and books that independent
//! parsers found.

mod support;

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use support::shared;
use tourbillon_feeds::{
    EventSource, Kind, MarketEvent, Options, Side, depth, flags, open, open_bytes, read_all,
};

type Opened = (Vec<MarketEvent>, Box<dyn EventSource + Send>);

fn read(name: &str) -> Option<Opened> {
    let mut source =
        open(&shared(name)?, &Options::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    Some((read_all(&mut *source), source))
}

fn types(source: &dyn EventSource) -> String {
    let lines = source.report().types.sorted();
    lines.iter().map(|line| format!("{} {}", line.code, line.count)).collect::<Vec<_>>().join(" ")
}

const STEM: &str = "lobster/AAPL_2012-06-21_34200000_57600000_";

#[test]
fn lobster_messages() {
    let Some((events, source)) = read(&format!("{STEM}message_10.csv")) else { return };
    let report = source.report();
    assert_eq!((report.format, types(&*source).as_str()), ("lobster", "1 471 3 369 4 98 5 61"));
    assert_eq!((report.total_errors(), report.trailing_bytes, events.len()), (0, 0, 999));
    assert_eq!(report.first_ts_event, Some(34_200_004_241_176));
    assert_eq!(report.last_ts_event, Some(34_249_086_375_027));
    assert_eq!(source.instruments().get(0), Some("AAPL"));
    let shares = |kinds: &[Kind]| -> u64 {
        let of = events.iter().filter(|event| kinds.iter().any(|kind| event.kind() == Some(*kind)));
        of.map(|event| u64::from(event.size)).sum()
    };
    assert_eq!((shares(&[Kind::Exec, Kind::Trade]), shares(&[Kind::Add])), (10_592, 24_321));
}

/// Levels by (is it an ask, its price), of one row of the order book file.
fn levels(row: &str) -> BTreeMap<(bool, i64), i64> {
    let numbers: Vec<i64> = row.split(',').map(|field| field.parse().expect("a number")).collect();
    let mut levels = BTreeMap::new();
    for (i, level) in numbers.chunks_exact(2).enumerate() {
        levels.insert((i % 2 == 0, level[0] * 100_000), level[1]);
    }
    levels
}

/// The book of a row changed by the next event is the book of the next row, on the levels that
/// both rows show.
#[test]
fn lobster_events_lead_from_book_to_book() {
    let Some((events, _)) = read(&format!("{STEM}message_10.csv")) else { return };
    let Some(path) = shared(&format!("{STEM}orderbook_10.csv.xz")) else { return };
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("it is there");
    lzma_rust2::XzReader::new(file, true).read_to_string(&mut text).expect("text");
    let books: Vec<_> = text.lines().map(levels).collect();
    assert_eq!(books.len(), events.len());
    for (i, (pair, event)) in books.windows(2).zip(&events[1..]).enumerate() {
        let key = (event.side() == Some(Side::Ask), event.price);
        let change = match event.kind().expect("a kind") {
            Kind::Add => i64::from(event.size),
            Kind::Cancel | Kind::Exec => -i64::from(event.size),
            Kind::Delete => 0,
            Kind::Trade => continue_unchanged(&pair[0], &pair[1]),
            other => panic!("{other:?} in the window"),
        };
        for (level, &size) in &pair[1] {
            let before = pair[0].get(level).copied();
            let expected = match (event.kind(), *level == key, before) {
                // A deletion does not say how much the order had left.
                (Some(Kind::Delete), true, Some(before)) => {
                    assert!(size < before, "row {i}");
                    continue;
                }
                (_, true, before) => before.unwrap_or(0) + change,
                (_, false, Some(before)) => before,
                // It moved up into the rows' view.
                (_, false, None) => continue,
            };
            let visible = *level != key || before.is_some() || event.kind() == Some(Kind::Add);
            assert!(!visible || size >= expected, "row {i}: {level:?}");
            assert!(before.is_none() || size == expected, "row {i}: {level:?} {size} {expected}");
        }
    }
}

/// A hidden execution changes nothing that is shown.
fn continue_unchanged<T: PartialEq + std::fmt::Debug>(before: &T, after: &T) -> i64 {
    assert_eq!(before, after);
    0
}

#[test]
fn halts_and_crosses_of_lobster() {
    let text = "34200,6,0,500,1180000,-1\n34201.5,7,0,0,-1,-1\n34202,7,0,0,0,-1\n34203,7,0,0,1,-1\n\
                34204,2,17,5,1180100,1\n34205,8,17,5,1180100,1\n";
    let mut source = open_bytes(text.as_bytes().to_vec(), &Options::default()).expect("LOBSTER");
    let events = read_all(&mut *source);
    let found: Vec<_> = events.iter().map(|e| (e.kind(), e.ext >> 8, e.seq)).collect();
    let status = |state: u8, seq| (Some(Kind::Status), u16::from(state), seq);
    let cross = (Some(Kind::Cross), 0, 0);
    let cancel = (Some(Kind::Cancel), 0, 4);
    assert_eq!(found, [cross, status(b'H', 1), status(b'Q', 2), status(b'T', 3), cancel]);
    let sentence = "line 6 (byte 102): type is not 1 to 7; skipped";
    assert_eq!(source.report().located[0].sentence, sentence);
}

/// The whole size.
fn wide(event: &MarketEvent) -> u64 {
    if event.flags & flags::SIZE_IN_AUX != 0 { event.aux } else { u64::from(event.size) }
}

#[test]
fn bitstamp_log_and_csv_agree() {
    let Some((log, source)) = read("bitstamp/2015-05-01.log.xz") else { return };
    assert_eq!(types(&*source), "D 24918 A 24894 B 5011 M 602 T 575");
    assert_eq!((source.report().records, source.report().total_errors()), (56_000, 0));
    let Some((csv, source)) = read("bitstamp/orders.csv.xz") else { return };
    assert_eq!(types(&*source), "D 24918 A 24894 M 602");
    assert_eq!((source.report().records, source.report().total_errors()), (50_414, 0));
    assert_eq!(source.instruments().get(0), Some("BTC/USD"));
    let orders = |events: &[MarketEvent]| -> Vec<MarketEvent> {
        let of_orders = events.iter().filter(|event| event.kind() != Some(Kind::Trade));
        of_orders.map(|event| MarketEvent { seq: 0, ..*event }).collect()
    };
    let (log_orders, csv_orders) = (orders(&log), orders(&csv));
    assert_eq!(log_orders.len(), csv_orders.len());
    for (logged, row) in log_orders.iter().zip(&csv_orders) {
        // The CSV was made with floats: its volumes are off by one here and there.
        assert!(wide(logged).abs_diff(wide(row)) <= 2, "{logged:?} {row:?}");
        let (size, aux, flags) = (row.size, row.aux, row.flags);
        assert_eq!(MarketEvent { size, aux, flags, ..*logged }, *row);
    }
    let side = |side| csv.iter().filter(|event| event.side() == Some(side)).count();
    assert!(side(Side::Bid) >= 34_676 && side(Side::Ask) >= 15_738);
    let wide: Vec<_> = csv.iter().filter(|e| e.flags & flags::SIZE_IN_AUX != 0).collect();
    assert!(wide.len() > 500 && wide.iter().all(|e| e.size == u32::MAX && e.aux > 1 << 32));
    assert_eq!(
        (log[0].ts_recv, log[0].ts_event),
        (1_430_438_404_518_000_000, 1_430_438_404_000_000_000)
    );
}

/// What is left of each order is what the recording says is left.
#[test]
fn bitstamp_changes_add_up() {
    let Some((events, _)) = read("bitstamp/orders.csv.xz") else { return };
    let mut left = HashMap::new();
    for event in &events {
        match event.kind().expect("a kind") {
            Kind::Add => {
                left.insert(event.order_id, wide(event));
            }
            Kind::Cancel => {
                let left = left.get_mut(&event.order_id).expect("it was added");
                *left -= wide(event);
            }
            Kind::Delete => {
                left.remove(&event.order_id);
            }
            other => panic!("{other:?}"),
        }
    }
    // The first order of the recording lost 0.21144331 of its 2 coins.
    let first = events.iter().find(|event| event.kind() == Some(Kind::Cancel));
    assert_eq!(first.map(|event| (event.order_id, event.size)), Some((65_595_247, 21_144_331)));
}

#[test]
fn binance_spot_and_futures() {
    for (name, expected, records, levels) in [
        ("usdm", "Q 66089 T 21313 U 6551 B 1", 93_954, 443_521),
        ("spot", "Q 28040 T 9757 U 3451 B 1", 41_249, 124_090),
    ] {
        let Some((events, source)) = read(&format!("binance/{name}_btcusdt_20240808.gz")) else {
            continue;
        };
        let report = source.report();
        assert_eq!((report.format, types(&*source).as_str()), ("binance", expected));
        assert_eq!((report.records, report.total_errors(), report.symbols), (records, 0, 1));
        assert_eq!(source.instruments().find("BTCUSDT"), Some(0));
        let of = |kind| events.iter().filter(move |event| event.kind() == Some(kind));
        let updates = of(Kind::Depth).filter(|event| event.flags & flags::SNAPSHOT == 0);
        assert_eq!(updates.count(), levels, "{name}");
        assert_eq!(of(Kind::Clear).count(), 1);
        assert!(of(Kind::Quote).all(|e| e.price < e.aux as i64 && e.size > 0 && e.order_id > 0));
        assert!(
            of(Kind::Depth)
                .all(|e| { (e.size == 0) == (depth::unpack(e.order_id).0 == depth::DELETED) })
        );
        assert!(events.is_sorted_by_key(|event| event.ts_recv));
    }
}

/// The book kept from snapshot and updates has the best prices that the quotes say, most of the
/// time: the two streams are not in step.
#[test]
fn binance_books_agree_with_the_quotes() {
    let Some((events, _)) = read("binance/usdm_btcusdt_20240808.gz") else { return };
    let mut books: [BTreeMap<i64, u32>; 2] = Default::default();
    let (mut seen, mut near) = (0, 0);
    for event in &events {
        let side = usize::from(event.side() == Some(Side::Ask));
        match event.kind().expect("a kind") {
            Kind::Clear => books = Default::default(),
            Kind::Depth if event.size == 0 => {
                books[side].remove(&event.price);
            }
            Kind::Depth => {
                books[side].insert(event.price, event.size);
            }
            Kind::Quote => {
                let bid = books[0].last_key_value().map_or(0, |(price, _)| *price);
                seen += 1;
                // Within 10 dollars of 61,800.
                near += u32::from((bid - event.price).abs() < 10_000_000_000);
            }
            _ => {}
        }
    }
    assert!(near > seen * 9 / 10, "{near} of {seen}");
}
