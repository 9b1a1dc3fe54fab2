//! Records of DBN beyond orders, trades and best prices: the official files, whose fields an
//! independent reader gave.

mod support;

use support::shared;
use tourbillon_feeds::{
    Instruments, Kind, MarketEvent, Options, Report, Side, depth, flags, open, read_all,
};

fn official(name: &str) -> Option<(Vec<MarketEvent>, Report, Instruments)> {
    let path = shared(&format!("dbn/official/test_data.{name}"))?;
    let mut source = open(&path, &Options::default()).expect("DBN");
    let events = read_all(&mut *source);
    let report = source.report().clone();
    assert_eq!((report.total_errors(), report.unknown_types.total()), (0, 0));
    Some((events, report, source.instruments().clone()))
}

/// All files of a schema say the same; gives what one of them says.
fn schema(name: &str, versions: &[&str]) -> Option<Vec<MarketEvent>> {
    let mut all = Vec::new();
    for version in versions {
        all.push(official(&format!("{name}.{version}"))?.0);
    }
    assert!(all.iter().all(|events| *events == all[0]), "{name}");
    all.pop()
}

const EVERY: [&str; 4] = ["v1.dbn.zst", "v2.dbn.zst", "v3.dbn.zst", "dbn"];
const LATE: [&str; 3] = ["v2.dbn.zst", "v3.dbn.zst", "dbn"];

#[test]
fn ten_levels_are_two_sides_anew() {
    let Some(events) = schema("mbp-10", &EVERY) else { return };
    assert_eq!(events.len(), 2 * 22);
    assert!(events.iter().all(|event| event.kind() == Some(Kind::Depth)));
    let (first, best, last) = (&events[0], &events[1], &events[21]);
    assert_eq!(depth::unpack(first.order_id), (depth::DELETED_THROUGH, 0));
    assert_eq!((best.price, best.size, best.side()), (3_720_250_000_000, 24, Some(Side::Bid)));
    assert_eq!((depth::unpack(best.order_id), best.ext >> 8), ((depth::NEW, 15), 1));
    assert_eq!((last.price, last.size, last.side()), (3_722_750_000_000, 44, Some(Side::Ask)));
    assert_eq!((depth::unpack(last.order_id), last.ext >> 8), ((depth::NEW, 26), 10));
    let closing: Vec<usize> = (0..44).filter(|&at| events[at].flags & flags::LAST != 0).collect();
    assert_eq!(closing, [21, 43]);
    let bids = events[1..11].iter().map(|event| event.price);
    assert!(bids.is_sorted_by(|a, b| a > b));
}

#[test]
fn consolidated_quotes_have_no_number_and_no_counts() {
    for name in ["cmbp-1", "cbbo-1s"] {
        let Some(events) = schema(name, &LATE) else { return };
        let quotes: Vec<_> =
            events.iter().map(|e| (e.kind(), e.price, e.aux as i64, e.size, e.order_id)).collect();
        let quote = |asks| (Some(Kind::Quote), 3_720_250_000_000, 3_720_500_000_000, 24, asks);
        assert_eq!(quotes, [quote(11), quote(12)], "{name}");
        assert!(events.iter().all(|event| event.seq == 0 && event.ts_recv > event.ts_event));
    }
}

#[test]
fn a_bar_is_five_figures() {
    let Some(events) = schema("ohlcv-1h", &EVERY) else { return };
    let figures: Vec<_> =
        events.iter().map(|e| (char::from(e.ext as u8), e.price / 1_000_000_000, e.size)).collect();
    let [a, b] = [
        [
            ('o', 372_025, 0),
            ('h', 372_350, 0),
            ('l', 372_025, 0),
            ('c', 372_225, 0),
            ('v', 0, 9_385),
        ],
        [
            ('o', 372_225, 0),
            ('h', 372_450, 0),
            ('l', 371_600, 0),
            ('c', 371_950, 0),
            ('v', 0, 112_698),
        ],
    ];
    assert_eq!(figures, [a, b].concat());
    assert!(events.iter().all(|e| e.kind() == Some(Kind::Statistic) && e.ext >> 8 == 0x22));
}

#[test]
fn figures_of_the_day() {
    let Some(events) = schema("statistics", &EVERY) else { return };
    let found: Vec<_> =
        events.iter().map(|e| (e.price, e.size, e.seq, e.ext & 0xFF, e.ext >> 8)).collect();
    assert_eq!(found, [(100_000_000_000, 0, 2, 7, 1), (100_000_000_000, 0, 7, 5, 1)]);
}

#[test]
fn statuses_and_imbalances() {
    let Some(events) = schema("status", &LATE) else { return };
    let found: Vec<_> = events.iter().map(|e| (e.ext, e.aux >> 48, e.aux >> 32 & 0xFFFF)).collect();
    assert_eq!(found, [(7, 1, 0), (1, 1, 0), (1, 1, 1), (6, 1, 0)]);
    assert_eq!(events[1].aux.to_le_bytes()[..3], *b"NY~");
    let Some(events) = schema("imbalance", &EVERY) else { return };
    let found: Vec<_> =
        events.iter().map(|e| (e.price, e.order_id, e.size, e.side(), e.ext)).collect();
    let code = u16::from(b'O') | u16::from(b'~') << 8;
    let of = |price, paired, total| (price, paired, total, Some(Side::Bid), code);
    assert_eq!(found, [of(229_430_000_000, 0, 2_000), of(229_990_000_000, 1_719, 281)]);
}

#[test]
fn definitions_name_their_instruments() {
    for version in ["v1.dbn.zst", "v2.dbn.zst", "v3.dbn.zst", "dbn"] {
        let Some((events, report, names)) = official(&format!("definition.{version}")) else {
            return;
        };
        assert_eq!(report.types.get(b'D'), 2, "{version}");
        assert!(events.iter().all(|event| event.kind() == Some(Kind::Definition)));
        let names: Vec<_> = names.iter().map(|(at, name)| (names.id(at), name)).collect();
        assert_eq!(names, [(6_819, "MSFT"), (6_830, "MSFT")], "{version}");
    }
}
