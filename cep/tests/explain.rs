//! What `explain` says: of patterns, drawn and in words, and of events; as recorded in `explain/`.
//!
//! After a change of the words, run the tests with `TOURBILLON_BLESS=1` and read what changed.

#![allow(missing_docs)]

#[path = "text/schemas.rs"]
mod schemas;

use std::path::Path;

use bytemuck::Zeroable;
use schemas::{Market, Stock, schemas};
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::matching::{Limits, Matcher};
use tourbillon_cep::planner::{Explanation, dot, why};

/// The first pattern of a text in `patterns/`.
fn pattern(name: &str) -> Ir {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/patterns"));
    let text = std::fs::read_to_string(folder.join(name).with_extension("sql")).expect("a text");
    parsed(&text)
}

fn parsed(text: &str) -> Ir {
    compile("text", text, &schemas()).expect("a sound text").patterns.remove(0).ir
}

/// Holds `found` against what is recorded under `name`.
fn recorded(name: &str, found: &str) {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explain")).join(name);
    if std::env::var_os("TOURBILLON_BLESS").is_some() {
        std::fs::write(&path, found).expect("recorded");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name}\nexpected:\n{expected}\nfound:\n{found}");
}

fn plan<E: bytemuck::Pod>(ir: &Ir) -> String {
    let matcher =
        Matcher::<E>::new(&tourbillon_cep::Pattern::from_ir(ir.clone()), Limits::default())
            .expect("a pattern that runs");
    // Bytes depend on the sizes of everything: they are not recorded.
    Explanation::new(ir, matcher.plan(), matcher.limits(), 0).to_string()
}

#[test]
fn plans_are_told_with_every_default() {
    for name in ["spike", "no_fill", "wash_trade", "momentum_ignition"] {
        recorded(&format!("{name}.txt"), &plan::<Market>(&pattern(name)));
    }
    recorded("q1.txt", &plan::<Stock>(&parsed(include_str!("text/q1.sql"))));
    let everything = parsed(
        "FROM stock MATCH_RECOGNIZE ( PARTITION BY name KINDS ('BUY') FIRST MATCH PER START LIMIT 3
            AFTER MATCH SKIP TO LAST b EAGER CONSUME PARTITION ON TIMEOUT EMIT
            PATTERN ( a NOT c b{2,4} EACH -> GAP 2 S (d | e) -> NOT c -> f+ STRICT WITHOUT c )
            WITHIN 1 MIN WITHIN 100 EVENTS
            DEFINE b AS price > PREV(price), c AS volume > 10 )",
    );
    recorded("everything.txt", &plan::<Stock>(&everything));
}

#[test]
fn automata_are_drawn() {
    for name in ["spike", "no_fill", "wash_trade"] {
        recorded(&format!("{name}.dot"), &dot(&pattern(name)).expect("an automaton"));
    }
}

fn trade(ts: u64, sym: u16, price: i64) -> Market {
    Market { ts, sym, price, qty: 10, kind: 5, ..Market::zeroed() }
}

/// A spike that is found; the same event by event, before, in and after it.
#[test]
fn events_of_a_spike_are_accounted_for() {
    let ir = pattern("spike");
    let events = [
        trade(1_000, 7, 100),
        trade(2_000, 7, 101),
        trade(3_000, 8, 50),
        trade(4_000, 7, 103),
        trade(5_000, 7, 102),
        trade(6_000, 7, 104),
        trade(7_000, 7, 99),
        Market { kind: 1, ..trade(8_000, 7, 99) },
        trade(9_000, 7, 99),
        trade(200_000, 7, 100),
    ];
    for sequence in [0, 4, 6, 7, 9] {
        let told = why(&ir, &events, sequence).expect("a pattern that runs").expect("an event");
        recorded(&format!("spike_{sequence}.txt"), &told);
    }
    assert_eq!(why(&ir, &events, 10), Ok(None));
}

/// An absence that lasts, one that is broken, and an event that comes too late.
#[test]
fn absences_are_accounted_for() {
    let ir = pattern("no_fill");
    let order = |ts, oid| Market { ts, oid, kind: 1, ioc: 1, ..Market::zeroed() };
    let fill = |ts, oid| Market { kind: 3, ..order(ts, oid) };
    let events = [
        order(1_000_000, 1),
        order(2_000_000, 2),
        fill(3_000_000, 2),
        fill(2_500_000, 1),
        fill(11_000_000, 9),
    ];
    for sequence in [2, 3, 4] {
        let told = why(&ir, &events, sequence).expect("a pattern that runs").expect("an event");
        recorded(&format!("no_fill_{sequence}.txt"), &told);
    }
}
