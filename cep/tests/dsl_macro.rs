//! Patterns in the macro are the patterns of the texts.

#![allow(missing_docs)]

#[path = "dsl/market.rs"]
mod market;

use market::{Market, text};
use tourbillon_cep::builder::{Pattern, pattern};
use tourbillon_cep::lang::{Code, Diagnostics};

pattern! {
    /// A burst of aggressive buys by one account that lifts the price, then its sale into it.
    momentum_ignition FROM Market MATCH_RECOGNIZE (
        PARTITION BY sym
        MEASURES FIRST(b.acct) AS acct, LAST(b.price) - FIRST(b.price) AS move, SUM(b.qty) AS vol
        AFTER MATCH SKIP PAST LAST ROW
        PATTERN ( a -> b{5,} -> r )
        WITHIN 2 MS
        DEFINE
            a AS kind = "EXEC" AND side = 'B',
            b AS kind = "EXEC" AND side = 'B' AND acct = a.acct AND price >= PREV(price),
            r AS kind = "EXEC" AND side = 'S' AND acct = a.acct AND price >= a.price + 3
    )
}

pattern! {
    quote_stuffing FROM Market MATCH_RECOGNIZE (
        PARTITION BY acct, sym
        PATTERN ( q{200,} )
        WITHIN 1ms
        DEFINE q AS kind IN ("ADD", "CANCEL")
    )
}

pattern! {
    spoofing FROM market::Market match_recognize (
        partition by acct, sym
        pattern ( big -> fill -> c )
        within 500us
        define
            big as kind == "ADD" and qty >= 50 * 100
                and ((side == 'B' and price < bid) or (side == 'S' and price > ask)),
            fill as kind == "EXEC" and side != big.side,
            c as kind == "CANCEL" and oid == big.oid
    )
}

pattern! {
    wash_trade FROM Market MATCH_RECOGNIZE (
        PARTITION BY sym, qty, price
        AFTER MATCH SKIP PAST LAST ROW EAGER
        CONSUME PARTITION
        PATTERN ( PERMUTE(b, s) RELAXED )
        WITHIN 100 MS
        DEFINE
            b AS kind = "EXEC" AND side = "B",
            s AS kind = "EXEC" AND side = "S" AND link(acct) = link(b.acct)
    )
}

pattern! {
    pub(crate) spike FROM Market MATCH_RECOGNIZE (
        PARTITION BY sym
        MEASURES MAX(up.price) AS peak, SUM(up.qty) AS vol
        AFTER MATCH SKIP PAST LAST ROW
        PATTERN ( base -> up{3,} -> down )
        WITHIN 50 US
        DEFINE
            base AS kind = "TRADE",
            up AS kind = "TRADE" AND price > PREV(price),
            down AS kind = "TRADE" AND price <= FIRST(base.price)
    )
}

pattern! {
    iceberg FROM Market MATCH_RECOGNIZE (
        PARTITION BY oid
        MEASURES COUNT(f) AS refills, SUM(f.qty) AS hidden
        ALL MATCHES LIMIT 1
        PATTERN ( (f -> rf){4,} )
        WITHIN 5 S
        DEFINE
            f AS kind = "EXEC",
            rf AS kind = "REPLENISH" AND price = f.price AND shown >= FIRST(rf.shown)
    )
}

pattern! {
    vwap_cross FROM Market MATCH_RECOGNIZE (
        PARTITION BY sym
        AFTER MATCH SKIP TO LAST above
        PATTERN ( below above )
        DEFINE
            below AS price < vwap,
            above AS price >= vwap + 1 AND qty >= 500
    )
}

pattern! {
    no_fill FROM Market MATCH_RECOGNIZE (
        PATTERN ( o -> NOT f FOR 10 MS )
        DEFINE
            o AS kind = "ADD" AND ioc,
            f AS kind = "EXEC" AND oid = o.oid
    )
}

#[test]
fn the_trading_patterns_are_those_of_the_texts() {
    let all = [
        momentum_ignition,
        quote_stuffing,
        spoofing,
        wash_trade,
        spike,
        iceberg,
        vwap_cross,
        no_fill,
    ];
    for pattern in all {
        let pattern = pattern().unwrap_or_else(|errors| panic!("{errors}"));
        let written = text(pattern.name().expect("a name"));
        let written = Pattern::<Market>::parse("written", &written);
        assert_eq!(pattern, written.unwrap_or_else(|errors| panic!("{errors}")));
    }
}

pattern! {
    everything FROM Market MATCH_RECOGNIZE (
        PARTITION BY sym, acct
        ORDER BY ts
        KINDS ("ADD", "EXEC", "CANCEL")
        MEASURES
            FIRST(ts) AS began, ts AS ended, ts - FIRST(ts) AS lasted, CLASSIFIER() AS by,
            MATCH_NUMBER() AS number, side AS side, FINAL LAST(b.price, 1) AS before_last,
            RUNNING COUNT(*) AS events, COUNT(b.*) AS bs, COUNT(b.qty) AS same,
            AVG(b.price) AS mean, VWAP(b.price, b.qty) AS vwap, EWMA(b.price, 0.25) AS smooth,
            MIN(price) AS low, MAX(b.score) AS score, ioc AS ioc, PREV(price, 2) AS earlier
        ONE ROW PER MATCH
        AFTER MATCH SKIP TO FIRST b EAGER
        CONSUME NONE
        PATTERN ( NOT z FOR 1 S -> a b{2,5}? STRICT GAP 20 US NOT x -> GAP 10 US (c | d e?)
                  -> NOT x -> NOT y -> PERMUTE(f, g h) -> NOT z FOR INTERVAL "1.5" SECOND -> NOT y )
        WITHIN 2 MIN
        WITHIN 1000 EVENTS
        GAP 30 S
        ON TIMEOUT EMIT
        DEFINE
            a AS TRUE,
            b AS price * 1.01 >= a.price AND qty / 3 + 0.5 < (qty + 2) * 2 AND NOT ioc,
            c AS price BETWEEN 5 AND b.price AND side NOT IN ('S'),
            d AS -price < -(bid + ask) / 2 OR side = a.side AND ts - a.ts < 5 MS,
            e AS price * qty > 1e6 AND price NOT BETWEEN a.price - 1 AND a.price + 1,
            f AS price > AVG(b.price) AND LAST(b.price, 1) < FIRST(price),
            g AS score > 0.5 * a.score AND link(acct) <> 0 AND 'B' = side,
            x AS kind = "CANCEL" AND ioc = FALSE,
            y AS qty > SUM(b.qty) - COUNT(*),
            z AS 1_000 < qty
    )
}

#[test]
fn every_word_of_the_language() {
    let pattern = everything().unwrap_or_else(|errors| panic!("{errors}"));
    let written = text("everything");
    let end = written.find(");\n").expect("several queries");
    let written = format!("{})", &written[..end]).replace("\"all forms\"", "everything");
    let written = Pattern::<Market>::parse("written", &written);
    assert_eq!(pattern, written.unwrap_or_else(|errors| panic!("{errors}")));
}

pattern! {
    rows FROM Market MATCH_RECOGNIZE (
        FIRST MATCH PER START LIMIT 3
        AFTER MATCH SKIP TO NEXT ROW
        PATTERN ( a ->> b* ANY ->> (c->d){2} GAP 1 MS e?? )
        WITHIN 1 S
        DEFINE c AS LAG(price, 3) < price
    )
}

#[test]
fn arrows_and_signs_that_stand_together() {
    let written = "rows FROM mkt MATCH_RECOGNIZE (
        FIRST MATCH PER START LIMIT 3
        AFTER MATCH SKIP TO NEXT ROW
        PATTERN ( a ->> b* ANY ->> (c -> d){2} GAP 1 MS e?? )
        WITHIN 1 S
        DEFINE c AS LAG(price, 3) < price )";
    assert_eq!(rows(), Pattern::parse("written", written));
}

pattern! {
    traded FROM Market MATCH_RECOGNIZE (
        ALL MATCHES
        PATTERN ( o ->> t ->> c )
        WITHIN 100 EVENTS
        EMIT SUM(t.qty)
        DEFINE o AS kind = "ADD", t AS kind = "EXEC", c AS kind = "CANCEL"
    )
}

#[test]
fn sums_without_matches() {
    let written = "traded FROM mkt MATCH_RECOGNIZE (
        ALL MATCHES
        PATTERN ( o ->> t ->> c )
        WITHIN 100 EVENTS
        EMIT SUM(t.qty)
        DEFINE o AS kind = 'ADD', t AS kind = 'EXEC', c AS kind = 'CANCEL' )";
    assert_eq!(traded(), Pattern::parse("written", written));
}

/// The line on which the macro below starts.
const LINE: usize = line!() as usize + 2;

pattern! {
    endless FROM Market MATCH_RECOGNIZE (
        PATTERN ( base -> up+ )
        DEFINE base AS price > up.price
    )
}

#[test]
fn diagnostics_lead_to_the_source_file() {
    let errors: Diagnostics = endless().expect_err("no window");
    let places: Vec<_> = errors.iter().map(|it| (it.code, it.line, it.column)).collect();
    assert_eq!(places, [(Code::E120, LINE + 2, 27), (Code::E110, LINE + 3, 32)], "{errors}");
    assert!(errors.iter().all(|it| it.file.ends_with("dsl_macro.rs")), "{errors}");
}
