//! Nanoseconds an event of matching with registers: the spike pattern, and the reference pattern
//! beside a loop written by hand.
//!
//! `cargo run --release -p tourbillon-cep --example registers`

use std::hint::black_box;
use std::mem::offset_of;
use std::sync::Arc;
use std::time::Instant;

use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::registers::{Limits, Matcher};
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};

const EVENTS: usize = 1_000_000;
const ROUNDS: usize = 15;
const SYMBOLS: usize = 1_000;
const TRADE: u8 = 1;
const WINDOW: u64 = 1_000_000;

/// As large as an event of a market feed.
#[repr(C, align(64))]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Event {
    ts: u64,
    other: [u64; 3],
    price: i64,
    aux: u64,
    sym: u32,
    qty: u32,
    pad: u16,
    kind: u8,
    side: u8,
    rest: u32,
}

const REFERENCE: &str = "FROM mkt MATCH_RECOGNIZE ( PARTITION BY sym ALL MATCHES
    PATTERN ( a -> b -> c ) WITHIN 1 MS
    DEFINE a AS kind='TRADE', b AS kind='TRADE' AND price*1000 >= a.price*1002,
           c AS kind='TRADE' AND price*1000 <= b.price*998 )";

const SPIKE: &str = "FROM mkt MATCH_RECOGNIZE ( PARTITION BY sym
    AFTER MATCH SKIP PAST LAST ROW EAGER
    PATTERN ( base -> up{3,} -> down ) WITHIN 50 US
    DEFINE base AS kind='TRADE', up AS kind='TRADE' AND price > PREV(price),
           down AS kind='TRADE' AND price <= FIRST(base.price) )";

fn schema() -> Arc<Schema> {
    use FieldType::{I64, U8, U32, U64};
    let field = SchemaField::new;
    Schema::builder::<Event>("mkt")
        .field(field("ts", U64, offset_of!(Event, ts)))
        .field(field("price", I64, offset_of!(Event, price)))
        .field(field("sym", U32, offset_of!(Event, sym)))
        .field(field("qty", U32, offset_of!(Event, qty)))
        .field(field("kind", U8, offset_of!(Event, kind)).symbols([("TRADE", 1), ("QUOTE", 2)]))
        .time("ts")
        .kind("kind")
        .build()
        .expect("a sound schema")
}

fn pattern(text: &str) -> Ir {
    let compiled = compile("example.sql", text, &[schema()]);
    compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir
}

/// Symbols under Zipf's law, three trades in ten events, steps of a price of up to 0.2 %.
fn stream() -> Vec<Event> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut total = 0.0;
    let weights = (1..=SYMBOLS).map(|rank| {
        total += 1.0 / rank as f64;
        total
    });
    let weights: Vec<f64> = weights.collect();
    let mut prices: Vec<i64> = (0..SYMBOLS as i64).map(|sym| 1_000_000 + 1_000 * sym).collect();
    let mut ts = 1_000_000_000;
    let event = |_| {
        let (one, two, three) = (draw(), draw(), draw());
        let at = (one >> 11) as f64 / (1_u64 << 53) as f64 * total;
        let sym = weights.partition_point(|weight| *weight <= at).min(SYMBOLS - 1);
        ts += 1_000 * (1 + (two >> 33) % 3);
        let trade = (two >> 1) % 10 < 3;
        let price = &mut prices[sym];
        if trade {
            let step = ((three >> 1) % 4_001) as i64 - 2_000;
            *price = (*price + *price * step / 1_000_000).clamp(10_000, 10_000_000_000);
        }
        Event {
            ts,
            price: *price * 100_000,
            sym: sym as u32,
            qty: 1 + (three >> 40) as u32 % 1_000,
            kind: if trade { TRADE } else { 2 },
            ..bytemuck::Zeroable::zeroed()
        }
    };
    (0..EVENTS).map(event).collect()
}

/// Matches, and a sum over their sequences.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Answer {
    matches: u64,
    sum: u64,
}

impl Answer {
    fn take(&mut self, sequences: impl Iterator<Item = u64>) {
        self.matches += 1;
        let hash = sequences.fold(0, |hash: u64, sequence| {
            (hash ^ (sequence + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        });
        self.sum = self.sum.wrapping_add(hash);
    }
}

fn matched(ir: &Ir, events: &[Event]) -> (Answer, f64) {
    let mut matcher = Matcher::<Event>::new(ir, Limits::default()).expect("a pattern for it");
    let mut answer = Answer::default();
    let since = Instant::now();
    let begin = ran(since);
    for (sequence, event) in events.iter().enumerate() {
        let pushed = matcher.push(sequence as u64, event, &mut |found| {
            answer.take(found.bindings().map(|(_, sequence)| sequence));
        });
        pushed.expect("nothing is refused");
    }
    let nanos = (ran(since) - begin) / events.len() as f64;
    assert_eq!(matcher.counts().runs_lost, 0);
    (answer, nanos)
}

#[derive(Clone, Copy)]
struct Run {
    start: u64,
    sequences: [u64; 2],
    price: i64,
    rose: bool,
}

/// The reference pattern as one would write it for itself.
fn by_hand(events: &[Event]) -> (Answer, f64) {
    let mut answer = Answer::default();
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); SYMBOLS];
    let since = Instant::now();
    let begin = ran(since);
    for (sequence, event) in (0_u64..).zip(events) {
        if event.kind != TRADE {
            continue;
        }
        let runs = &mut runs[event.sym as usize];
        runs.retain_mut(|run| {
            if event.ts - run.start >= WINDOW {
                return false;
            }
            if !run.rose {
                if event.price * 1_000 >= run.price * 1_002 {
                    (run.rose, run.price, run.sequences[1]) = (true, event.price, sequence);
                }
            } else if event.price * 1_000 <= run.price * 998 {
                answer.take([run.sequences[0], run.sequences[1], sequence].into_iter());
                return false;
            }
            true
        });
        let (start, price) = (event.ts, event.price);
        runs.push(Run { start, sequences: [sequence, 0], price, rose: false });
    }
    (answer, (ran(since) - begin) / events.len() as f64)
}

/// Time that this thread has run, in nanoseconds; of the clock, where the system does not say.
fn ran(since: Instant) -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = statistics.split_whitespace().next().and_then(|time| time.parse().ok());
    first.unwrap_or_else(|| since.elapsed().as_nanos() as f64)
}

fn best(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::MAX, f64::min)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Times of single updates without output, the clock's own time left in.
fn updates(ir: &Ir, events: &[Event]) -> (f64, f64) {
    let mut matcher = Matcher::<Event>::new(ir, Limits::default()).expect("a pattern for it");
    let mut times = Vec::with_capacity(events.len());
    for (sequence, event) in events.iter().enumerate() {
        let mut out = false;
        let begin = Instant::now();
        let pushed = matcher.push(sequence as u64, event, &mut |found| {
            out = true;
            black_box(found);
        });
        let nanos = begin.elapsed().as_nanos() as f64;
        pushed.expect("nothing is refused");
        if !out {
            times.push(nanos);
        }
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 999 / 1_000])
}

fn main() {
    let events = stream();
    let (reference, spike) = (pattern(REFERENCE), pattern(SPIKE));
    let (right, _) = by_hand(&events);
    let (mut hand, mut ours, mut spikes) = (vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let mut both = [0, 1];
        if round % 2 == 1 {
            both.reverse();
        }
        for which in both {
            let (answer, nanos) =
                if which == 0 { by_hand(&events) } else { matched(&reference, &events) };
            assert_eq!(answer, right);
            if which == 0 { &mut hand } else { &mut ours }.push(nanos);
        }
        spikes.push(matched(&spike, &events).1);
    }
    println!(
        "best: by hand {:.2}, ours {:.2}, spike {:.2}",
        best(&hand),
        best(&ours),
        best(&spikes)
    );
    let ratios = hand.iter().zip(&ours).map(|(hand, ours)| hand / ours).collect();
    let (hand, ours) = (median(hand), median(ours));
    println!("reference: {ours:.2} ns/event, by hand {hand:.2}; speed {:.2} of it", median(ratios));
    println!("  {right:x?}");
    println!("spike: {:.2} ns/event; {:x?}", median(spikes), matched(&spike, &events).0);
    for (name, ir) in [("reference", &reference), ("spike", &spike)] {
        let (half, most) = updates(ir, &events);
        println!("{name}, updates without output, clock included: p50 {half} ns, p99.9 {most} ns");
    }
}
