//! Patterns that are built are the patterns that are written.

#![allow(missing_docs)]

#[path = "dsl/market.rs"]
mod market;
#[path = "dsl/trading.rs"]
mod trading;

use bytemuck::Zeroable;
use market::{Market, text};
use tourbillon_cep::builder::{
    ALL, Part, Pattern, Sequence, Skip, Units, again, all_of, any_event, any_of, avg, call,
    classifier, count, ewma, first, first_by, lag, last, last_by, match_number, max, min, not_for,
    of, prev, prev_by, step, sum, vwap,
};
use tourbillon_cep::decimal;
use tourbillon_cep::ir::{Condition, Selection};
use tourbillon_cep::{Found, Limits};

/// `built` is the pattern that `written` is, and so is what it is printed as.
fn same(built: &Pattern<Market>, written: &str) {
    let parsed =
        Pattern::<Market>::parse("written", written).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(built.ir(), parsed.ir(), "\n{built}\n{parsed}");
    let again = Pattern::parse("again", &built.to_string());
    assert_eq!(again.unwrap_or_else(|errors| panic!("{errors}")), *built);
}

#[test]
fn the_trading_patterns_are_those_of_the_texts() {
    for builder in trading::all() {
        let built = builder.build().unwrap_or_else(|errors| panic!("{errors}"));
        same(&built, &text(built.name().expect("a name")));
    }
}

fn any(name: &str) -> Part<Market, tourbillon_cep::builder::Single> {
    step(name, any_event())
}

/// `pattern` is the one written as `text`.
fn same_form<K: tourbillon_cep::builder::Binds>(pattern: Part<Market, K>, text: &str) {
    let built = Pattern::builder("p").pattern(pattern).within(1.s()).build();
    let written = format!("PATTERN p FROM mkt MATCH_RECOGNIZE (PATTERN ({text}) WITHIN 1 S)");
    same(&built.unwrap_or_else(|errors| panic!("{text}\n{errors}")), &written);
}

#[test]
fn every_form_of_a_pattern() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| move || any(name));
    same_form(a(), "a");
    same_form(a().then(b()).then_next(c()).then_any(d()), "a -> b c ->> d");
    same_form(a().then(b().then(c())), "a -> b -> c");
    same_form(a().then(b()).gap(5.us()).then_next(c()).gap(7.ns()), "a -> GAP 5 US b GAP 7 NS c");
    same_form(a().one_or_more().then(b().zero_or_more()), "a+ -> b*");
    same_form(a().then_next(b().optional()), "a b?");
    same_form(a().times(2..=5).reluctant().then_next(b().times(2..)), "a{2,5}? b{2,}");
    same_form(a().times(..4).then(b().times(3..=3).each()), "a{,3} -> b{3} EACH");
    same_form(a().then(b()).at_least(4), "(a -> b){4,}");
    same_form(a().one_or_more().at_least(2).then(b()), "(a+){2,} -> b");
    same_form(a().at_least(2).each().any().gap(3.ms()).then(b()), "a{2,} EACH ANY GAP 3 MS -> b");
    same_form(
        a().at_least(2).strict().without_next(c()).then(b()),
        "a{2,} STRICT WITHOUT STRICT c -> b",
    );
    same_form(a().at_least(2).relaxed().without(c()).then(b()), "a{2,} RELAXED WITHOUT c -> b");
    same_form(a().not(c()).then(b()), "a -> NOT c -> b");
    same_form(a().not_next(c()).then(b()), "a NOT c -> b");
    same_form(a().not_for(c(), 5.ms()).then(b()), "a -> NOT c FOR 5 MS -> b");
    same_form(a().then(b()).not(c()), "a -> b -> NOT c");
    same_form(not_for(c(), 10.ms()).then(a()).then(b()), "NOT c FOR 10 MS -> a -> b");
    same_form(any_of((a(), b().one_or_more(), c().then(d()))), "a | b+ | c -> d");
    same_form(a().then(any_of([b(), c()]).optional()), "a -> (b | c)?");
    same_form(all_of([a(), b(), c()]).then(d()), "PERMUTE(a, b, c) -> d");
    same_form(
        all_of((a().then_next(b()), c())).any().gap(1.us()).without(d()),
        "PERMUTE(a b, c) ANY GAP 1 US WITHOUT d",
    );
    same_form(a().then_next(b()).then_next(again("a")), "a b a");
    same_form(a().not(c()).then(b()).not(again("c")).then(d()), "a -> NOT c -> b -> NOT c -> d");
}

/// The pattern of `everything.sql` that uses every word.
#[test]
fn every_value_and_clause() {
    use Market as M;
    let a_price = || of("a", M::PRICE);
    let b = (M::PRICE * decimal!(1.01))
        .ge(a_price())
        .and((M::QTY / 3 + decimal!(0.5)).lt((M::QTY + 2) * 2))
        .and(!M::IOC.eq(true));
    let c = M::PRICE.between(5, of("b", M::PRICE)).and(!M::SIDE.is_in(["S"]));
    let d = (-M::PRICE).lt(-(M::BID + M::ASK) / 2);
    let d = d.or(M::SIDE.eq(of("a", M::SIDE)).and((M::TS - of("a", M::TS)).lt(5.ms())));
    let e = (M::PRICE * M::QTY).gt(1_000_000);
    let e = e.and(!M::PRICE.between(a_price() - 1, a_price() + 1));
    let f = M::PRICE.gt(avg("b", M::PRICE));
    let f = f.and(last_by("b", M::PRICE, 1).lt(first(ALL, M::PRICE)));
    let g = M::SCORE.gt(of("a", M::SCORE) * decimal!(0.5)).and(call("link", M::ACCT).ne(0));
    let x = M::KIND.eq("CANCEL").and(M::IOC.eq(false));
    let y = M::QTY.gt(sum("b", M::QTY) - count(ALL));
    let [c, d, e] = [step("c", c), step("d", d), step("e", e)];
    let pattern = not_for(step("z", M::QTY.gt(1_000)), 1.s())
        .then(any("a"))
        .then_next(step("b", b).times(2..=5).reluctant().strict().gap(20.us()))
        .not_next(step("x", x))
        .then(any_of((c, d.then_next(e.optional()))))
        .gap(10.us())
        .not(again("x"))
        .not(step("y", y))
        .then(all_of((step("f", f), step("g", g).then_next(any("h")))))
        .not_for(again("z"), 1_500.ms())
        .not(again("y"));
    let built = Pattern::<M>::builder("all forms")
        .partition_by(M::SYM)
        .partition_by(M::ACCT)
        .kinds(["ADD", "EXEC", "CANCEL"])
        .measure("began", first(ALL, M::TS))
        .measure("lasted", M::TS - first(ALL, M::TS))
        .measure("by", classifier())
        .measure("number", match_number())
        .measure("side", M::SIDE)
        .measure("before_last", last_by("b", M::PRICE, 1))
        .measure("second", first_by("b", M::PRICE, 1))
        .measure("same", last("b", M::PRICE))
        .measure("events", count(ALL))
        .measure("bs", count("b"))
        .measure("mean", avg("b", M::PRICE))
        .measure("vwap", vwap("b", M::PRICE, M::QTY))
        .measure("smooth", ewma("b", M::PRICE, decimal!(0.25)))
        .measure("low", min(ALL, M::PRICE))
        .measure("score", max("b", M::SCORE))
        .measure("ioc", M::IOC)
        .measure("earlier", prev_by(M::PRICE, 2))
        .pattern(pattern)
        .skip(Skip::ToFirst("b"))
        .eager()
        .within(120.s())
        .within_events(1_000)
        .gap(30.s())
        .emit_timeouts()
        .build()
        .unwrap_or_else(|errors| panic!("{errors}"));
    let written = "PATTERN \"all forms\" FROM mkt MATCH_RECOGNIZE (
  PARTITION BY sym, acct
  KINDS ('ADD', 'EXEC', 'CANCEL')
  MEASURES
    FIRST(ts) AS began, ts - FIRST(ts) AS lasted, CLASSIFIER() AS by,
    MATCH_NUMBER() AS number, side AS side, LAST(b.price, 1) AS before_last,
    FIRST(b.price, 1) AS second, LAST(b.price) AS same,
    COUNT(*) AS events, COUNT(b.*) AS bs, AVG(b.price) AS mean,
    VWAP(b.price, b.qty) AS vwap, EWMA(b.price, 0.25) AS smooth,
    MIN(price) AS low, MAX(b.score) AS score, ioc AS ioc, PREV(price, 2) AS earlier
  AFTER MATCH SKIP TO FIRST b EAGER
  PATTERN ( NOT z FOR 1 S -> a b{2,5}? STRICT GAP 20 US NOT x -> GAP 10 US (c | d e?)
            -> NOT x -> NOT y -> PERMUTE(f, g h) -> NOT z FOR 1500 MS -> NOT y )
  WITHIN 2 MIN
  WITHIN 1000 EVENTS
  GAP 30 S
  ON TIMEOUT EMIT
  DEFINE
    b AS price * 1.01 >= a.price AND qty / 3 + 0.5 < (qty + 2) * 2 AND NOT ioc,
    c AS price BETWEEN 5 AND b.price AND side NOT IN ('S'),
    d AS -price < -(bid + ask) / 2 OR side = a.side AND ts - a.ts < 5 MS,
    e AS price * qty > 1e6 AND price NOT BETWEEN a.price - 1 AND a.price + 1,
    f AS price > AVG(b.price) AND LAST(b.price, 1) < FIRST(price),
    g AS score > a.score * 0.5 AND link(acct) <> 0,
    x AS kind = 'CANCEL' AND ioc = FALSE,
    y AS qty > SUM(b.qty) - COUNT(*),
    z AS qty > 1000 )";
    same(&built, written);
}

#[test]
fn rows_before_and_all_ways_to_go_on() {
    let rising = || step("a", Market::PRICE.gt(lag(Market::PRICE, 1))).at_least(2);
    for (selection, words) in [
        (None, "ALL MATCHES LIMIT 3 AFTER MATCH SKIP PAST LAST ROW"),
        (Some(Selection::All), "ALL MATCHES LIMIT 3"),
        (Some(Selection::FirstPerStart), "FIRST MATCH PER START LIMIT 3"),
        (Some(Selection::LongestPerStart), "LONGEST MATCH PER START LIMIT 3"),
    ] {
        let mut builder = Pattern::builder("p").pattern(rising()).within_events(9).limit(3);
        if let Some(selection) = selection {
            builder = builder.select(selection);
        }
        let define = "DEFINE a AS price > LAG(price)";
        let text = format!(
            "p FROM mkt MATCH_RECOGNIZE ({words} PATTERN (a{{2,}}) WITHIN 9 EVENTS {define})"
        );
        same(&builder.build().expect("sound"), &text);
    }
    for (skip, words) in [
        (Skip::None, "NONE"),
        (Skip::ToNext, "TO NEXT ROW"),
        (Skip::PastLast, "PAST LAST ROW"),
        (Skip::ToFirst("b"), "TO FIRST b"),
        (Skip::ToLast("b"), "TO LAST b"),
    ] {
        let b = step("b", Market::PRICE.gt(prev(Market::PRICE)));
        let builder = Pattern::builder("p").pattern(any("a").then_next(b)).skip(skip);
        let text = format!(
            "p FROM mkt MATCH_RECOGNIZE (AFTER MATCH SKIP {words} PATTERN (a b)
             DEFINE b AS price > PREV(price))"
        );
        same(&builder.build().expect("sound"), &text);
    }
}

/// The bindings of every match of `pattern` in events of these prices, 1 us apart.
fn matches(pattern: &Pattern<Market>, prices: &[i64]) -> Vec<Vec<u64>> {
    let mut matcher = pattern.matcher(Limits::default()).expect("room");
    let mut found = Vec::new();
    for (sequence, price) in (0..).zip(prices) {
        let event = Market { ts: 1_000 * sequence, price: *price, ..Market::zeroed() };
        let mut sink = |it: &Found<'_>| found.push(it.sequences().collect());
        matcher.push(sequence, &event, &mut sink).expect("room");
    }
    matcher.finish(&mut |it| found.push(it.sequences().collect())).expect("room");
    found
}

#[test]
fn closures_are_tested_last() {
    let pair = |test: fn(&Market) -> bool| -> Part<Market, Sequence> {
        let low = step("low", Market::PRICE.lt(0)).where_fn("even", test);
        low.then(step("high", Market::PRICE.gt(0)))
    };
    let pattern = Pattern::builder("p").pattern(pair(|e| e.price % 2 == 0)).within(1.s()).build();
    let pattern = pattern.expect("sound");
    assert_eq!(matches(&pattern, &[-3, -4, 5, 6]), [[1, 2]]);
    assert!(pattern.to_string().contains("low AS price < 0 AND even(event)"), "{pattern}");
    let conjuncts = pattern.ir().steps[0].condition.conjuncts();
    assert!(matches!(conjuncts, [Condition::Compare { .. }, Condition::Opaque(_)]));
    // The closure is not asked about events that the condition refuses.
    let asked = pair(|e| if e.price < 0 { true } else { panic!("asked") });
    let pattern = Pattern::builder("p").pattern(asked).within(1.s()).build().expect("sound");
    assert_eq!(matches(&pattern, &[1, -3, 5]), [[1, 2]]);
    // Nor where partial matches are shared.
    let asked = pair(|e| if e.price < 0 { true } else { panic!("asked") });
    let pattern = Pattern::builder("p").pattern(asked).select(Selection::All).within(1.s());
    let pattern = pattern.build().expect("sound");
    let mut found = matches(&pattern, &[1, -3, -4, 5]);
    found.sort();
    assert_eq!(found, [[1, 3], [2, 3]]);
    // A step of a closure alone.
    let odd = any("odd").where_fn("odd", |e| e.price % 2 != 0).times(2..=2);
    let pattern = Pattern::builder("p").pattern(odd).within(1.s()).build().expect("sound");
    assert_eq!(matches(&pattern, &[2, 3, 5, 4]), [[1, 2]]);
}

/// What diagnostics show of a pattern that is wrong.
fn refused<K: tourbillon_cep::builder::Binds>(part: Part<Market, K>) -> String {
    let built = Pattern::builder("wrong").pattern(part).build();
    built.expect_err("something is wrong").to_string()
}

#[test]
fn mistakes_name_step_cause_and_cure() {
    let up = || step("up", Market::PRICE.gt(prev(Market::PRICE)));
    assert_eq!(
        refused(any("base").then_next(up().one_or_more())),
        "\
error[E120]: unbounded pattern
  --> wrong:3:18
   |
 3 |   PATTERN ( base up+ )
   |                  ^^^ 'up+' can grow for ever
   = help: add `WITHIN 50 US` (or `WITHIN 1000 EVENTS`)
"
    );
    let typo = step("down", Market::PRICE.lt(of("bse", Market::PRICE)));
    assert_eq!(
        refused(any("base").then_next(up()).then_next(typo)),
        "\
error[E103]: unknown variable 'bse'
  --> wrong:5:26
   |
 5 |          down AS price < bse.price
   |                          ^^^ the pattern has no such variable
   = help: did you mean 'base'?
"
    );
    let codes = |text: String| -> Vec<String> {
        text.lines().filter_map(|line| Some(line.strip_prefix("error[")?[..4].to_owned())).collect()
    };
    assert_eq!(codes(refused(up().then_next(up()))), ["E107"]);
    assert_eq!(codes(refused(up().then(any("a")))), ["E120", "E110"]);
    assert_eq!(codes(refused(any("a").optional())), ["E121"]);
    assert_eq!(codes(refused(any("a").not(any("b")))), ["E122"]);
    assert_eq!(codes(refused(step("a", Market::KIND.eq("TRAED")))), ["E104"]);
    assert_eq!(codes(refused(any("a").times(0..=0))), ["E124"]);
    let nothing = Pattern::<Market>::builder("nothing").build().expect_err("no pattern");
    assert_eq!(codes(nothing.to_string()), ["E006"]);
    let several = "FROM mkt MATCH_RECOGNIZE (PATTERN (a)); FROM mkt MATCH_RECOGNIZE (PATTERN (a))";
    let several = Pattern::<Market>::parse("several", several).expect_err("two patterns");
    assert_eq!(codes(several.to_string()), ["E006"]);
}
