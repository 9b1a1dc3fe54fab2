//! Twelve predicates `sym = X AND side = Y AND price > c`: event by event, and as columns.
//!
//! `cargo run --release -p tourbillon-cep --example columns`

use std::fmt::Write as _;
use std::hint::black_box;
use std::mem::offset_of;
use std::sync::Arc;
use std::time::Instant;

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::columns::Columns;
use tourbillon_cep::lang::compile;
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
use tourbillon_cep::shared::{SharedLimits, SharedMatcher};

const EVENTS: u64 = 1 << 20;
const BATCH: usize = 1_024;
const ROUNDS: usize = 11;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Trade {
    time: u64,
    price: i64,
    qty: u32,
    sym: u16,
    side: u8,
    kind: u8,
    pad: u64,
}

fn schema() -> Arc<Schema> {
    let field = SchemaField::new;
    Schema::builder::<Trade>("mkt")
        .field(field("time", FieldType::U64, offset_of!(Trade, time)))
        .field(field("price", FieldType::I64, offset_of!(Trade, price)))
        .field(field("sym", FieldType::U16, offset_of!(Trade, sym)))
        .field(field("side", FieldType::U8, offset_of!(Trade, side)))
        .time("time")
        .build()
        .expect("a sound schema")
}

fn events(symbols: u64) -> Vec<Trade> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut below = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) % bound
    };
    let event = |time| Trade {
        time,
        price: below(1_000) as i64,
        sym: below(symbols) as u16,
        side: 1 + below(2) as u8,
        ..Trade::zeroed()
    };
    (0..EVENTS).map(event).collect()
}

/// Twelve steps, about twelve symbols if `equal`, else about prices alone.
fn text(equal: bool) -> String {
    let (mut steps, mut define) = (String::from("p0"), String::new());
    for at in 0..12 {
        let (comma, price) = (if at > 0 { ", " } else { "" }, 100 + 70 * at);
        if at > 0 {
            write!(steps, " ->> p{at}").expect("room");
        }
        let only = if equal {
            format!("sym = {at} AND side = {} AND ", 1 + at % 2)
        } else {
            String::new()
        };
        write!(define, "{comma}p{at} AS {only}price > {price}").expect("room");
    }
    format!(
        "FROM mkt MATCH_RECOGNIZE ( ALL MATCHES AFTER MATCH SKIP NONE
         PATTERN ( {steps} ) WITHIN 1 US DEFINE {define} )"
    )
}

fn main() {
    let schema = schema();
    for (what, symbols, equal) in
        [("12 symbols", 12, true), ("1,000 symbols", 1_000, true), ("prices alone", 12, false)]
    {
        let events = events(symbols);
        let compiled = compile("twelve.sql", &text(equal), std::slice::from_ref(&schema));
        let ir = compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir;
        let scalar = SharedMatcher::<Trade>::new(&ir, SharedLimits::default()).expect("it runs");
        let mut columns = Columns::<Trade>::new(&ir, BATCH).expect("numbers that fit");
        let (mut by_event, mut by_column) = (Vec::new(), Vec::new());
        let mut sums = (0_u64, 0_u64);
        for _ in 0..ROUNDS {
            sums = (0, 0);
            let begin = Instant::now();
            for event in &events {
                sums.0 = sums.0.wrapping_mul(3).wrapping_add(black_box(&scalar).met(event));
            }
            by_event.push(begin.elapsed().as_secs_f64() * 1e9 / EVENTS as f64);
            let begin = Instant::now();
            for batch in events.chunks(BATCH) {
                columns.evaluate(batch);
                for mask in columns.masks() {
                    sums.1 = sums.1.wrapping_mul(3).wrapping_add(*mask);
                }
            }
            by_column.push(begin.elapsed().as_secs_f64() * 1e9 / EVENTS as f64);
        }
        assert_eq!(sums.0, sums.1, "the same masks");
        let median = |mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        };
        let (by_event, by_column) = (median(by_event), median(by_column));
        println!(
            "{what:13}: {by_event:5.2} ns/event one by one ({:.0} M/s), {by_column:5.2} as columns \
             ({:.0} M/s), {:.2} times as fast; masks {:016x}",
            1e3 / by_event,
            1e3 / by_column,
            by_event / by_column,
            sums.0,
        );
    }
}
