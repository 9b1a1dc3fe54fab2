//! DBN: the official files and a whole day of a future, counted as an independent parser did;
//! every cut and every flipped bit told or harmless.

mod support;

use std::collections::BTreeMap;
use support::shared;
use tourbillon_feeds::{Kind, MarketEvent, Options, Side, flags, open, open_bytes, read_all};

fn by_action(events: &[MarketEvent]) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(char::from(event.ext as u8)).or_default() += 1;
    }
    counts
}

#[test]
fn a_day_of_a_future_by_order() {
    let Some(path) = shared("dbn/nautilus/esh4-glbx-mdp3-20231225.mbo.dbn.zst") else { return };
    let mut source = open(&path, &Options::default()).expect("DBN");
    let events = read_all(&mut *source);
    assert_eq!((events.len(), source.report().total_errors()), (68_792, 0));
    let expected = [('A', 29_216), ('C', 17_999), ('F', 6_371), ('M', 12_233), ('T', 2_973)];
    assert_eq!(by_action(&events), expected.into());
    let sides = |side| events.iter().filter(|event| event.side() == Some(side)).count();
    assert_eq!([Side::Bid, Side::Ask, Side::None].map(sides), [36_358, 32_398, 36]);
    let with = |flag| events.iter().filter(|event| event.flags & flag != 0).count();
    assert_eq!((with(flags::SNAPSHOT), with(flags::LAST)), (8_725, 47_021 + 1));
    assert_eq!(source.instruments().iter().collect::<Vec<_>>(), [(0, "ESH4")]);
}

#[test]
fn trades_and_best_prices() {
    let folder = "dbn/nautilus/futures_";
    for (name, kinds) in [
        ("mbp-1_2024-07-01T23-58_2024-07-02T00-02.dbn.zst", [120, 2_168]),
        ("trades_2024-07-01T23-58_2024-07-02T00-02.dbn.zst", [120, 0]),
        ("bbo-1m_2024-05-09T09-55_2024-05-09T10-05.dbn.zst", [0, 20]),
    ] {
        let Some(path) = shared(&format!("{folder}{name}")) else { return };
        let events = read_all(&mut *open(&path, &Options::default()).expect("DBN"));
        let of = |kind| events.iter().filter(|event| event.kind() == Some(kind)).count();
        assert_eq!([Kind::Trade, Kind::Quote].map(of), kinds, "{name}");
        let crossed = |e: &&MarketEvent| e.kind() == Some(Kind::Quote) && e.price > e.aux as i64;
        assert_eq!(events.iter().filter(crossed).count(), 0, "{name}");
    }
}

#[test]
fn every_version_gives_the_same() {
    for schema in ["mbo", "trades", "mbp-1", "tbbo"] {
        let mut found = Vec::new();
        for version in ["v1.dbn.zst", "v2.dbn.zst", "v3.dbn.zst", "dbn"] {
            let name = format!("dbn/official/test_data.{schema}.{version}");
            let Some(path) = shared(&name) else { return };
            let mut source = open(&path, &Options::default()).expect("DBN");
            found.push(read_all(&mut *source));
            assert_eq!(source.report().total_errors(), 0, "{name}");
            assert_eq!(source.instruments().get(0), Some("ESH1"), "{name}");
        }
        assert!(found.iter().all(|events| events.len() == 2 && *events == found[0]), "{schema}");
    }
}

#[test]
fn cuts_and_flipped_bits() {
    let Some(path) = shared("dbn/official/test_data.mbo.dbn") else { return };
    let whole = std::fs::read(path).expect("it is there");
    let read = |bytes: Vec<u8>| {
        let mut source = open_bytes(bytes, &Options::default()).ok()?;
        let events = read_all(&mut *source);
        let report = source.report();
        assert_eq!(report.consumed + report.trailing_bytes, report.bytes);
        Some((events, report.total_errors()))
    };
    let (events, _) = read(whole.clone()).expect("DBN");
    let records = whole.len() - 2 * 56;
    for cut in 0..whole.len() {
        match read(whole[..cut].to_vec()) {
            None => assert!(cut < records),
            Some((found, errors)) => {
                let (count, part) = ((cut - records) / 56, (cut - records) % 56);
                assert_eq!((&found[..], errors), (&events[..count], u64::from(part > 0)));
            }
        }
    }
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Some((found, _)) = read(bytes) {
            // A record whose type becomes that of a bar has five figures.
            assert!(found.len() <= 1 + 5, "bit {bit}: records come from nowhere");
        }
    }
}
