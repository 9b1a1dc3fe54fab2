//! The matcher with registers on the largest and smallest numbers: what it precomputes of a
//! comparison with a bound event must be right where products leave 64 bits.

use std::mem::offset_of;

use tourbillon_cep::lang::compile;
use tourbillon_cep::registers::{Found, Limits, Matcher};
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Tick {
    ts: u64,
    signed: i64,
    unsigned: u64,
    kind: u64,
}

/// Numbers around every bound that a product or its quotient can meet.
fn numbers(factors: [i128; 2], least: i128, largest: i128) -> Vec<i128> {
    let mut all = vec![0];
    for bound in [i64::MIN.into(), i64::MAX.into(), u64::MAX.into(), largest] {
        for factor in [1, factors[0], factors[1], factors[0] * factors[1]] {
            for near in -2..=2 {
                all.extend([bound / factor + near, near]);
            }
        }
    }
    all.retain(|number| (least..=largest).contains(number));
    all.sort_unstable();
    all.dedup();
    all
}

/// Holds the matches of `field * left COMPARISON first.field * right` against 128-bit arithmetic,
/// for every pair of numbers.
fn check(field: &str, [left, right]: [i128; 2], comparison: &str, pairs: &[i128]) {
    let schema = Schema::builder::<Tick>("ticks")
        .field(SchemaField::new("ts", FieldType::U64, offset_of!(Tick, ts)))
        .field(SchemaField::new("signed", FieldType::I64, offset_of!(Tick, signed)))
        .field(SchemaField::new("unsigned", FieldType::U64, offset_of!(Tick, unsigned)))
        .field(SchemaField::new("kind", FieldType::U64, offset_of!(Tick, kind)))
        .time("ts")
        .build()
        .expect("a sound schema");
    let text = format!(
        "PATTERN extreme FROM ticks MATCH_RECOGNIZE (
           AFTER MATCH SKIP NONE
           PATTERN ( a -> b )
           WITHIN 2 NS
           DEFINE
             a AS kind = 0,
             b AS kind = 1 AND {field} * {left} {comparison} a.{field} * {right}
         )"
    );
    let ir = compile("extreme", &text, &[schema]).expect("a sound text").patterns.remove(0).ir;
    let mut matcher = Matcher::<Tick>::new(&ir, Limits::default()).expect("a pattern for it");
    let tick =
        |ts, number: i128, kind| Tick { ts, signed: number as i64, unsigned: number as u64, kind };
    let mut time = 0;
    for a in pairs {
        for b in pairs {
            time += 10;
            let mut found = false;
            matcher.push(time, &tick(time, *a, 0), &mut |_| ()).expect("room");
            let mut sink = |_: &Found<'_, Tick>| found = true;
            matcher.push(time + 1, &tick(time + 1, *b, 1), &mut sink).expect("room");
            let (ours, theirs) = (b * left, a * right);
            let right = match comparison {
                ">" => ours > theirs,
                ">=" => ours >= theirs,
                "<" => ours < theirs,
                _ => ours <= theirs,
            };
            assert_eq!(found, right, "{b} * {left} {comparison} {a} * {right}, of {field}");
        }
    }
}

#[test]
fn products_beyond_64_bits_are_compared_exactly() {
    for factors in [[1, 1], [1_000, 1_002], [1_000, 998], [3, 1], [1, 7], [-5, 2], [2, -5]] {
        let sizes = factors.map(i128::abs);
        let signed = numbers(sizes, i64::MIN.into(), i64::MAX.into());
        let unsigned = numbers(sizes, 0, u64::MAX.into());
        for comparison in [">", ">=", "<", "<="] {
            check("signed", factors, comparison, &signed);
            check("unsigned", factors, comparison, &unsigned);
        }
    }
}
