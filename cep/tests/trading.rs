//! The trading patterns of `patterns/` on a generated market in which the behaviour was planted
//! among noise and near-misses: all of it is found, and nothing else.
//!
//! What is planted is known; that the noise has none of it is so by how it is made
//! (`trading/noise.rs`), not by running a matcher. Each near-miss breaks one condition.

#[path = "trading/market.rs"]
mod market;
#[path = "trading/noise.rs"]
mod noise;
#[path = "trading/plants.rs"]
mod plants;
#[path = "text/schemas.rs"]
mod schemas;

use market::Stream;
use schemas::{Market, schemas};
use tourbillon_cep::agg::{self, Reading, Sample, Sliding, Vwap, Window};
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::matching::{Found, Limits, Matcher};

const SEEDS: [u64; 3] = [1, 20_260_711, 0x9e37_79b9];

fn text(name: &str) -> String {
    let path = format!("{}/patterns/{name}.sql", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a pattern")
}

fn pattern(name: &str, text: &str) -> Ir {
    let compiled = compile(name, text, &schemas()).unwrap_or_else(|errors| panic!("{errors}"));
    compiled.patterns.into_iter().next().expect("a pattern").ir
}

/// Sequences and measures of all matches, sorted.
fn matches(ir: &Ir, events: impl Iterator<Item = (u64, Market)>) -> Vec<(Vec<u64>, String)> {
    let limits = Limits { keys: 65_536, ..Limits::default() };
    let mut matcher = Matcher::<Market>::new(&tourbillon_cep::Pattern::from_ir(ir.clone()), limits)
        .expect("a runnable pattern");
    let mut out = Vec::new();
    let mut sink = |found: &Found<'_>| {
        let values = ir.measures.iter().zip(found.values());
        let measures = values.map(|(m, value)| format!("{} {}", m.name, value.named(ir)));
        out.push((found.sequences().collect(), measures.collect::<Vec<_>>().join(", ")));
    };
    let mut last = 0;
    for (sequence, event) in events {
        last = event.ts;
        matcher.push(sequence, &event, &mut sink).expect("room");
    }
    matcher.advance_to(last + 1_000_000_000, &mut sink).expect("room");
    matcher.finish(&mut sink).expect("room");
    assert_eq!(matcher.counts().truncated(), 0);
    out.sort();
    out
}

/// Holds what is found of `name` to what was planted, which is `many` times in each stream.
fn finds_what_was_planted(name: &str, many: usize, derive: impl Fn(&Stream) -> Vec<(u64, Market)>) {
    let ir = pattern(name, &text(name));
    for seed in SEEDS {
        let stream = plants::stream(seed);
        let planted = stream.planted(name);
        assert_eq!(planted.len(), many, "planted with seed {seed}");
        let found = matches(&ir, derive(&stream).into_iter());
        let missed: Vec<_> = planted.iter().filter(|one| !found.contains(one)).collect();
        let more: Vec<_> = found.iter().filter(|one| !planted.contains(one)).collect();
        assert!(missed.is_empty() && more.is_empty(), "missed {missed:?}\nfound {more:?}");
        assert_eq!(found, planted, "each once");
    }
}

fn all(stream: &Stream) -> Vec<(u64, Market)> {
    (0..).zip(stream.events.iter().copied()).collect()
}

/// The trades, each with the average price of the last five milliseconds filled in.
fn with_average(stream: &Stream) -> Vec<(u64, Market)> {
    let mut average = Sliding::new(
        Window::Time(5_000_000),
        Vwap::default(),
        agg::Limits::default(),
        |(_, m): &(u64, Market)| Sample {
            key: m.sym.into(),
            time: m.ts,
            value: m.price,
            weight: m.qty,
        },
        |(sequence, m): &(u64, Market), reading: Reading<'_, Vwap>| {
            assert!(!reading.truncated);
            (*sequence, Market { vwap: reading.aggregate.floor().expect("a trade"), ..*m })
        },
    )
    .expect("sound limits");
    let trades = all(stream).into_iter().filter(|(_, m)| m.kind == market::TRADE);
    trades.filter_map(|trade| average.push(&trade).expect("trades in order")).collect()
}

#[test]
fn momentum_ignition() {
    finds_what_was_planted("momentum_ignition", plants::EACH, all);
}

#[test]
fn quote_stuffing() {
    finds_what_was_planted("quote_stuffing", plants::EACH, all);
}

#[test]
fn spoofing() {
    finds_what_was_planted("spoofing", plants::EACH, all);
}

#[test]
fn wash_trade() {
    finds_what_was_planted("wash_trade", plants::EACH, all);
}

#[test]
fn spike() {
    finds_what_was_planted("spike", plants::EACH, all);
}

/// Of an order with `n` refills there is a match at the fourth and at each one after it.
#[test]
fn iceberg() {
    finds_what_was_planted("iceberg", plants::EACH * 5 / 2, all);
}

#[test]
fn vwap_cross() {
    finds_what_was_planted("vwap_cross", plants::EACH, with_average);
}

#[test]
fn no_fill() {
    finds_what_was_planted("no_fill", plants::EACH, all);
}

/// Made a little weaker, each pattern finds near-misses, too: those that break what was taken back,
/// and those in which a later start then has enough.
#[test]
fn near_misses_are_near() {
    let each = plants::EACH;
    let weaker = [
        ("momentum_ignition", "b{5,}", "b{4,}", 4 * each),
        ("momentum_ignition", "a.price + 3", "a.price + 2", 2 * each),
        ("momentum_ignition", "2 MS", "2001 US", 2 * each),
        ("quote_stuffing", "{200,}", "{199,}", 3 * each),
        ("spoofing", "50 * 100", "4999", 2 * each),
        ("spoofing", "500 US", "501 US", 2 * each),
        ("spoofing", "price < bid", "price <= bid", 2 * each - each / 2),
        ("wash_trade", "sym, qty, price", "sym, qty", 2 * each),
        ("spike", "up{3,}", "up{2,}", 5 * each),
        ("spike", "50 US", "51 US", 2 * each),
        ("iceberg", "FIRST(rf.shown)", "99", each * 5 / 2 + each),
        ("vwap_cross", "qty >= 500", "qty >= 499", 2 * each),
        ("no_fill", "10 MS", "9 MS", 2 * each),
    ];
    let stream = plants::stream(SEEDS[0]);
    for (name, from, to, many) in weaker {
        let strong = text(name);
        assert!(strong.contains(from), "{name} says {from}");
        let ir = pattern(name, &strong.replace(from, to));
        let events = if name == "vwap_cross" { with_average(&stream) } else { all(&stream) };
        assert_eq!(matches(&ir, events.into_iter()).len(), many, "{name} with {to}");
    }
}

#[test]
fn streams_are_the_same_again() {
    let bytes = |stream: &Stream| bytemuck::cast_slice::<Market, u8>(&stream.events).to_vec();
    assert!(bytes(&plants::stream(7)) == bytes(&plants::stream(7)));
    assert!(bytes(&plants::stream(7)) != bytes(&plants::stream(8)));
}
