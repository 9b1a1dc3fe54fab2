//! What an event costs when many patterns look at it: 1 to 10,000 patterns over 1,000 symbols, on
//! one core.
//!
//! `cargo run --release -p tourbillon-cep --example pattern_set [scenario]`
//!
//! Every match is enumerated; the first events are checked against one matcher for each pattern.

use std::mem::offset_of;
use std::sync::Arc;
use std::time::Instant;

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
use tourbillon_cep::set::PatternSet;
use tourbillon_cep::{Found, Limits, Matcher, Pattern};

const SYMBOLS: u64 = 1_000;
const EVENTS: u64 = 2_000_000;
const ROUNDS: usize = 3;
/// Events on which each pattern is also matched alone.
const CHECKED: usize = 20_000;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Trade {
    time: u64,
    price: i64,
    qty: u32,
    sym: u16,
    kind: u8,
    side: u8,
    pad: u64,
}

fn schema() -> Arc<Schema> {
    let field = SchemaField::new;
    Schema::builder::<Trade>("mkt")
        .field(field("time", FieldType::U64, offset_of!(Trade, time)))
        .field(field("price", FieldType::I64, offset_of!(Trade, price)))
        .field(field("qty", FieldType::U32, offset_of!(Trade, qty)))
        .field(field("sym", FieldType::U16, offset_of!(Trade, sym)))
        .field(field("kind", FieldType::U8, offset_of!(Trade, kind)).symbols([
            ("TRADE", 1),
            ("ADD", 2),
            ("CANCEL", 3),
        ]))
        .field(field("side", FieldType::U8, offset_of!(Trade, side)).symbols([("B", 1), ("S", 2)]))
        .time("time")
        .kind("kind")
        .build()
        .expect("a sound schema")
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Ten million events a second, each of a symbol that is as likely as any other, whose price
/// walks.
fn events() -> Vec<Trade> {
    let mut random = Random(7);
    let mut prices = [10_000_i64; SYMBOLS as usize];
    let event = |at: u64| {
        let sym = random.below(SYMBOLS) as u16;
        let price = &mut prices[usize::from(sym)];
        *price += random.below(21) as i64 - 10;
        Trade {
            time: 100 * at + random.below(100),
            price: *price,
            qty: 100 * (1 + random.below(50)) as u32,
            sym,
            kind: 1 + random.below(3) as u8,
            side: 1 + random.below(2) as u8,
            pad: 0,
        }
    };
    (0..EVENTS).map(event).collect()
}

/// The pattern numbered `at`, in words.
fn text(scenario: &str, at: u64, random: &mut Random) -> String {
    let (qty, low) = (100 * (20 + random.below(25)), 9_900 + random.below(200));
    let all = "ALL MATCHES AFTER MATCH SKIP NONE";
    match scenario {
        // Each about one symbol: a large buy, a sell above some price, and a large cancel.
        "symbol" => {
            let sym = at % SYMBOLS;
            format!(
                "FROM mkt MATCH_RECOGNIZE ( {all} PATTERN ( a ->> b ->> c ) WITHIN 1 MS
                 DEFINE a AS sym = {sym} AND kind = 'TRADE' AND side = 'B' AND qty >= {qty},
                        b AS sym = {sym} AND kind = 'TRADE' AND side = 'S' AND price > {low},
                        c AS sym = {sym} AND kind = 'CANCEL' AND qty >= {qty} )"
            )
        }
        // The same, strictly one after the other among the events of the symbol.
        "strict" => {
            let sym = at % SYMBOLS;
            format!(
                "FROM mkt MATCH_RECOGNIZE ( {all} PARTITION BY sym PATTERN ( a b ) WITHIN 1 MS
                 DEFINE a AS sym = {sym} AND kind = 'TRADE' AND side = 'B' AND qty >= {qty},
                        b AS sym = {sym} AND kind = 'TRADE' AND side = 'S' AND price > {low} )"
            )
        }
        // Each about all symbols, with a price of its own that is seldom reached.
        _ => format!(
            "FROM mkt MATCH_RECOGNIZE ( {all} PARTITION BY sym PATTERN ( a ->> b ) WITHIN 1 MS
             DEFINE a AS price > {} AND kind = 'TRADE' AND qty >= 2500,
                    b AS price < {} AND qty >= 2500 )",
            10_500 + at % 5_000,
            9_500 - (at % 5_000) as i64,
        ),
    }
    .replace(&format!("{all} PARTITION BY sym"), &format!("PARTITION BY sym {all}"))
}

fn patterns(scenario: &str, count: u64, schema: &Arc<Schema>) -> Vec<Ir> {
    let mut random = Random(11);
    let pattern = |at| {
        // Fewer patterns than symbols are spread over them.
        let at = if count < SYMBOLS { at * (SYMBOLS / count) } else { at };
        let text = text(scenario, at, &mut random);
        let compiled = compile("pattern.sql", &text, std::slice::from_ref(schema));
        compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir
    };
    (0..count).map(pattern).collect()
}

fn limits() -> Limits {
    let (partial, bound, keys) = (32, 16, 1_024);
    Limits { partial, bound, keys, ..Limits::default() }
}

/// Matches, and the sum of what each adds to the checksum.
fn together(patterns: &[Ir], schema: &Arc<Schema>, events: &[Trade]) -> (f64, u64, u64, u64) {
    let mut set = PatternSet::<Trade>::new(schema);
    for ir in patterns {
        set.add(ir, limits()).expect("a pattern that runs");
    }
    let (mut matches, mut checksum, mut truncated) = (0_u64, 0_u64, 0_u64);
    let begin = Instant::now();
    for (sequence, event) in events.iter().enumerate() {
        set.push(sequence as u64, event, &mut |id, found| {
            matches += 1;
            checksum = checksum.wrapping_add(found.checksum() ^ id.index() as u64);
            truncated += u64::from(found.is_truncated());
        });
    }
    let nanoseconds = begin.elapsed().as_secs_f64() * 1e9 / events.len() as f64;
    (nanoseconds, matches, checksum, truncated)
}

fn alone(patterns: &[Ir], events: &[Trade]) -> (u64, u64) {
    let (mut matches, mut checksum) = (0_u64, 0_u64);
    for (at, ir) in patterns.iter().enumerate() {
        let mut matcher = Matcher::<Trade>::new(&Pattern::from_ir(ir.clone()), limits())
            .expect("a pattern that runs");
        for (sequence, event) in events.iter().enumerate() {
            let mut sink = |found: &Found<'_>| {
                matches += 1;
                checksum = checksum.wrapping_add(found.checksum() ^ at as u64);
            };
            matcher.push(sequence as u64, event, &mut sink).expect("something is dropped");
        }
    }
    (matches, checksum)
}

fn main() {
    let wanted = std::env::args().nth(1);
    let (schema, events) = (schema(), events());
    for scenario in ["symbol", "strict", "threshold"] {
        if wanted.as_ref().is_some_and(|wanted| wanted != scenario) {
            continue;
        }
        for count in [1, 100, 1_000, 10_000] {
            let patterns = patterns(scenario, count, &schema);
            let checked = &events[..CHECKED];
            let (_, matches, checksum, _) = together(&patterns, &schema, checked);
            assert_eq!((matches, checksum), alone(&patterns, checked), "as each pattern alone");
            let mut rounds: Vec<_> =
                (0..ROUNDS).map(|_| together(&patterns, &schema, &events)).collect();
            rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
            let (nanoseconds, matches, checksum, truncated) = rounds[ROUNDS / 2];
            println!(
                "{scenario:9} {count:6} patterns: {nanoseconds:7.1} ns/event ({:.1} to {:.1}), \
                 {matches} matches, {truncated} truncated, checksum {checksum:016x}",
                rounds[0].0,
                rounds[ROUNDS - 1].0,
            );
        }
    }
}
