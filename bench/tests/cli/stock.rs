//! Real trades of ten symbols, replayed: the built-in pattern against a search by brute force.

use std::path::Path;

use tourbillon_feeds::{Instruments, Kind, MarketEvent, Options, Side, open, read_all};

use crate::support::{found, number, plain, shared, text, tourbillon, types};

const TRADES: &str = "core-stock/stock_data.csv.xz";
const WINDOW_NS: u64 = 10_000_000_000;

/// Every INTC sale, the first RIMM purchase after it, the first QQQ purchase after that; strictly
/// within the window. No state, no shortcuts: each start looks for itself.
fn brute_force(events: &[MarketEvent], instruments: &Instruments) -> (u64, String) {
    let traded = |side: Side, symbol: &str| {
        let instrument = instruments.find(symbol).expect("a symbol of the file");
        move |event: &MarketEvent| {
            event.kind() == Some(Kind::Trade)
                && event.side() == Some(side)
                && event.instrument == instrument
        }
    };
    let intc = traded(Side::Ask, "INTC");
    let rimm = traded(Side::Bid, "RIMM");
    let qqq = traded(Side::Bid, "QQQ");
    let (mut matches, mut checksum) = (0, 0_u64);
    for start in (0..events.len()).filter(|&at| intc(&events[at])) {
        let end = events[start].ts_event + WINDOW_NS;
        let in_time = |&at: &usize| events[at].ts_event < end;
        let mut later = (start + 1..events.len()).take_while(in_time);
        let Some(second) = later.find(|&at| rimm(&events[at])) else { continue };
        let Some(third) = later.find(|&at| qqq(&events[at])) else { continue };
        matches += 1;
        let rows = [start, second, third];
        checksum = checksum.wrapping_add(rows.iter().fold(0, |h, &row| mix(h ^ (row as u64 + 1))));
    }
    (matches, format!("{checksum:016x}"))
}

/// The finalizer of splitmix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn the_pattern_agrees_with_brute_force() {
    let Some(path) = shared(TRADES) else { return };
    let mut source = open(Path::new(&path), &Options::default()).expect("the trades open");
    let events = read_all(&mut *source);
    let (matches, checksum) = brute_force(&events, source.instruments());
    assert!(matches > 1_000, "{matches} matches test too little");
    for mode in ["realtime", "micro-batch"] {
        let ran = tourbillon(&["run", &path, "--rate", "max", "--mode", mode, "--json"]);
        let report = ran.closed_loop();
        assert_eq!(found(&report), [("stock-q1", matches, checksum.as_str())], "{mode}");
        let feed = &report["feed"];
        assert_eq!((number(&feed["events"]), number(&feed["errors"])), (224_473, 0));
        assert_eq!(text(&feed["name"]), path);
    }
}

/// The real trades have no match that ends exactly with its window: these have.
#[test]
fn the_window_is_strict() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("trades.csv");
    for (last_ms, matches) in [(19_999, 1), (20_000, 0)] {
        let rows = format!(
            "event_type,id,name,volume,price,stock_time\n\
             SELL,1,INTC,100,27.85,10000\nBUY,2,RIMM,100,60.1,10000\nBUY,3,QQQ,100,37.63,{last_ms}\n"
        );
        std::fs::write(&path, rows).expect("a file");
        let feed = path.to_str().expect("a plain path");
        for mode in ["realtime", "micro-batch"] {
            let ran = tourbillon(&["run", feed, "--rate", "max", "--mode", mode, "--json"]);
            assert_eq!(found(&ran.closed_loop())[0].1, matches, "{mode}, {last_ms} ms");
        }
    }
}

#[test]
fn a_replay_offers_the_recorded_gaps() {
    let Some(path) = shared(TRADES) else { return };
    let options = ["--arrival", "replay", "--speed", "100000x", "--json"];
    let report = tourbillon(&[&["run", &path], &options[..]].concat()).report();
    assert_eq!(number(&report["latency_ns"]["slip"]["samples"]), 224_473);
    let matches = found(&report)[0].1;
    assert_eq!(number(&report["latency_ns"]["response"]["samples"]), matches);
}

#[test]
fn inspection_counts_the_trades() {
    let Some(path) = shared(TRADES) else { return };
    let ran = tourbillon(&["inspect", &path, "--json"]);
    let report = ran.json();
    assert_eq!((ran.code, text(&report["format"])), (0, "trades-csv"));
    assert_eq!(types(&report["types"]), "S 112306 B 112167");
    assert_eq!((number(&report["symbols"]), number(&report["bytes"])), (10, 7_990_902));
    let screen = plain(&tourbillon(&["inspect", &path]).out);
    assert!(screen.contains("07:01:03.126000000 to 19:59:56.994000000"), "{screen}");
}

#[test]
fn part_of_a_file_can_be_taken() {
    let Some(path) = shared(TRADES) else { return };
    let ran = tourbillon(&["run", &path, "--rate", "max", "--events", "50k", "--json"]);
    assert_eq!(number(&ran.closed_loop()["feed"]["events"]), 50_000);
}
