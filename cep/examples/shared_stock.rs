//! Events per second of shared matching on CORE's stock queries, every match enumerated.
//!
//! `cargo run --release -p tourbillon-cep --example shared_stock`

#[path = "../tests/text/schemas.rs"]
mod schemas;
#[path = "../tests/shared_stock/run.rs"]
#[allow(dead_code)]
mod stock;

use std::hint::black_box;
use std::time::Instant;

use schemas::Stock;
use stock::{answer, matcher, query, rows};
use tourbillon_cep::ir::Ir;

const PASSES: usize = 9;

/// Seconds for all rows. Every match's path is written out; its events are not read.
fn pass(ir: &Ir, rows: &[Stock]) -> f64 {
    let mut matcher = matcher(ir);
    let begin = Instant::now();
    for (at, row) in rows.iter().enumerate() {
        matcher.push(at as u64, row, |found| {
            black_box(found);
        });
    }
    begin.elapsed().as_secs_f64()
}

fn main() {
    let Some(rows) = rows() else { return };
    println!("query      M events/s: median   best     matches          checksum  states");
    for name in ["q1", "q2", "q3", "q4", "q6", "q7", "q8", "q9", "q10"] {
        let ir = query(&format!("{name}_none"));
        let mut rates: Vec<_> =
            (0..PASSES).map(|_| rows.len() as f64 / pass(&ir, &rows) / 1e6).collect();
        rates.sort_by(f64::total_cmp);
        let (answer, _) = answer(&ir, &rows);
        let (median, best) = (rates[PASSES / 2], rates[PASSES - 1]);
        let states = matcher(&ir).states();
        let (matches, checksum) = (answer.matches, answer.checksum);
        println!("{name:4} {median:24.1} {best:6.1} {matches:11} {checksum:017x} {states:7}");
    }
}
