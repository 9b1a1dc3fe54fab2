//! Measures of matches, from the text to the values.

#[path = "text/schemas.rs"]
mod schemas;

use bytemuck::Zeroable;
use schemas::{Market, market};
use tourbillon_cep::forked::{Found, Limits, Matcher};
use tourbillon_cep::ir::StepId;
use tourbillon_cep::lang::compile;
use tourbillon_cep::{Measures, Rational, Value};

/// Every match's measures, printed.
fn rows(text: &str, events: &[Market]) -> Vec<String> {
    let compiled = compile("measures.sql", text, &[market()]).expect("a sound text");
    let ir = &compiled.patterns[0].ir;
    let measures = Measures::new(ir);
    let mut matcher = Matcher::<Market>::new(ir, Limits::default()).expect("a runnable pattern");
    let mut rows = Vec::new();
    let mut sink = |found: &Found<'_, Market>| {
        let value = |at| measures.value(at, found, found.match_number()).named(ir).to_string();
        rows.push((0..measures.len()).map(value).collect::<Vec<_>>().join(" "));
    };
    for (at, event) in events.iter().enumerate() {
        matcher.push(at as u64, event, &mut sink).expect("room");
    }
    matcher.finish(&mut sink).expect("room");
    rows
}

fn trades(of: &[(u16, i64, u32)]) -> Vec<Market> {
    let trade = |(at, &(sym, price, qty)): (usize, &(u16, i64, u32))| Market {
        ts: at as u64,
        price,
        qty,
        sym,
        kind: 5,
        side: 1 + (at % 2) as u8,
        score: price as f64 / 2.0,
        ioc: u8::from(at == 2),
        ..Market::zeroed()
    };
    of.iter().enumerate().map(trade).collect()
}

#[test]
fn every_function_over_a_loop() {
    let events = trades(&[(1, 10, 5), (1, 12, 1), (1, 11, 3), (1, 15, 0), (1, 9, 2)]);
    let rows = |measures: &str| {
        let text = format!(
            "FROM mkt MATCH_RECOGNIZE ( MEASURES {measures}
               PATTERN ( base up{{3}} down ghost? ) WITHIN 10 NS
               DEFINE up AS price > base.price, down AS price < base.price, ghost AS qty > 99 )"
        );
        rows(&text, &events).join("; ")
    };
    let of_loop = "COUNT(up.*) AS a, SUM(up.price) AS b, MIN(up.price) AS c, MAX(up.price) AS d,
                   AVG(up.price) AS e, VWAP(up.price, up.qty) AS f, EWMA(up.price, 0.5) AS g";
    assert_eq!(rows(of_loop), "3 38 11 15 38/3 11.25 13.25");
    let of_all = "COUNT(*) AS a, SUM(price) AS b, AVG(qty) AS c, MAX(score) AS d";
    assert_eq!(rows(of_all), "5 57 2.2 7.5");
    let places = "FIRST(up.price) AS a, FIRST(up.price, 1) AS b, LAST(up.price) AS c,
                  LAST(up.price, 2) AS d, up.price AS e, price AS f, PREV(price) AS g,
                  PREV(price, 4) AS h, FIRST(price) AS i, LAST(price, 1) AS j";
    assert_eq!(rows(places), "12 11 15 12 15 9 15 10 10 15");
    let unbound = "FIRST(up.price, 3) AS a, PREV(price, 5) AS b, ghost.price AS c,
                   SUM(ghost.qty) AS d, COUNT(ghost.*) AS e, ghost.price + 1 AS f";
    assert_eq!(rows(unbound), "NULL NULL NULL NULL 0 NULL");
    let arithmetic = "LAST(up.price) - base.price AS a, -price * 2 AS b, price / 4 AS c,
                      1 / (price - 9) AS d, VWAP(up.price, up.oid) AS e";
    assert_eq!(rows(arithmetic), "5 -18 2.25 NULL NULL");
    let others = "CLASSIFIER() AS a, MATCH_NUMBER() AS b, kind AS c, base.side AS d,
                  FIRST(up.ioc, 1) AS e, link(price) + MATCH_NUMBER() AS f";
    assert_eq!(rows(others), "down 1 TRADE B true 1");
}

#[test]
fn matches_are_numbered_by_partition() {
    let events = trades(&[(1, 1, 0), (2, 1, 0), (2, 2, 0), (1, 2, 0), (1, 3, 0), (2, 0, 0)]);
    let text = "FROM mkt MATCH_RECOGNIZE ( PARTITION BY sym
        MEASURES sym AS sym, price AS price, MATCH_NUMBER() AS number
        AFTER MATCH SKIP TO NEXT ROW PATTERN ( a b ) WITHIN 10 NS DEFINE b AS price > a.price )";
    assert_eq!(rows(text, &events), ["2 2 1", "1 2 1", "1 3 2"]);
}

/// The value of `measure` over these events, all of them bound to the only step.
fn value(measure: &str, events: &[Market]) -> Value {
    let text = format!(
        "FROM mkt MATCH_RECOGNIZE ( MEASURES {measure} AS it PATTERN ( a+ ) WITHIN 10 NS )"
    );
    let compiled = compile("measures.sql", &text, &[market()]).expect("a sound text");
    let bound: Vec<_> = events.iter().map(|event| (StepId::new(0), *event)).collect();
    Measures::new(&compiled.patterns[0].ir).value(0, &bound[..], None)
}

#[test]
fn numbers_are_exact_as_long_as_128_bits_hold_them() {
    let largest = Market { price: i64::MAX, oid: u64::MAX, ..Market::zeroed() };
    let twice = [largest, largest];
    let most = i128::from(i64::MAX);
    assert_eq!(value("SUM(price)", &twice), Value::Number(Rational::from(2 * most)));
    assert_eq!(value("VWAP(price, oid)", &[largest]), Value::Number(Rational::from(most)));
    assert_eq!(value("price * price", &twice), Value::Number(Rational::from(most * most)));
    let Value::Float(cube) = value("price * price * price", &twice) else { panic!("no float") };
    assert!((cube / (i64::MAX as f64).powi(3) - 1.0).abs() < 1e-12);
    assert_eq!(value("price", &[]), Value::Null);
    assert_eq!(value("MATCH_NUMBER()", &twice), Value::Null);
}
