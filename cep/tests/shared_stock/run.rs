//! CORE's stock data and queries, as far as shared matching has them.

#![allow(unreachable_pub, missing_docs)]

use std::io::Read;
use std::path::Path;

use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::shared::{SharedCounts, SharedLimits, SharedMatcher};

use crate::schemas::{NAMES, Stock, schemas};

pub const DATA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/core-stock/stock_data.csv.xz");
pub const EXPECTED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/conformance/core_stock_expected.json");

/// The rows, in order; `None` if the file is not there.
pub fn rows() -> Option<Vec<Stock>> {
    let Ok(packed) = std::fs::File::open(DATA) else {
        eprintln!("SKIPPED: {DATA}");
        return None;
    };
    let mut text = String::new();
    lzma_rust2::XzReader::new(packed, true).read_to_string(&mut text).expect("text");
    Some(text.lines().skip(1).map(row).collect())
}

/// `event_type,id,name,volume,price,stock_time`, the last in milliseconds.
fn row(line: &str) -> Stock {
    let columns: Vec<_> = line.split(',').collect();
    let [event_type, id, name, volume, price, time] = columns[..] else { panic!("{line}") };
    let name = NAMES.iter().find(|(known, _)| *known == name).expect("a known name").1;
    let (whole, part) = price.split_once('.').unwrap_or((price, ""));
    let price = format!("{whole}{part:0<9}").parse().expect("a price");
    Stock {
        stock_time: time.parse::<u64>().expect("a time") * 1_000_000,
        price,
        id: id.parse().expect("an id"),
        volume: volume.parse().expect("a volume"),
        name: name as u16,
        event_type: match event_type {
            "BUY" => 1,
            "SELL" => 2,
            other => panic!("{other}"),
        },
        pad: 0,
    }
}

/// The pattern that the file of queries calls so: `q1_none`, `other-q3_any`.
pub fn query(name: &str) -> Ir {
    let name = name.replace('-', "_");
    let file = name.rsplit_once('_').expect("a variant").0;
    let path = format!("{}/tests/text/{file}.sql", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(Path::new(&path)).expect("a text");
    let compiled = compile(&path, &text, &schemas()).expect("a sound text");
    let patterns = compiled.patterns.into_iter().map(|pattern| pattern.ir);
    { patterns }.find(|ir| ir.name.as_ref() == Some(&name)).expect("a pattern of that name")
}

pub fn matcher(ir: &Ir) -> SharedMatcher<Stock> {
    let limits = SharedLimits { keys: 8_192, ..SharedLimits::default() };
    SharedMatcher::new(ir, limits).expect("a pattern that can be shared")
}

/// What a query gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Events with a match.
    pub outputs: u64,
    pub matches: u64,
    /// The sum over all matches of a hash of the rows, in order.
    pub checksum: u64,
}

/// All matches of `ir`, each taken apart.
pub fn answer(ir: &Ir, rows: &[Stock]) -> (Answer, SharedCounts) {
    let mut matcher = matcher(ir);
    let mut answer = Answer { outputs: 0, matches: 0, checksum: 0 };
    for (at, row) in rows.iter().enumerate() {
        let before = answer.matches;
        matcher.push(at as u64, row, |found| {
            answer.matches += 1;
            let hash = found.bound().fold(0, |hash, bound| mix(hash ^ (bound.sequence + 1)));
            answer.checksum = answer.checksum.wrapping_add(hash);
        });
        answer.outputs += u64::from(answer.matches > before);
    }
    (answer, matcher.counts())
}

/// One step of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
