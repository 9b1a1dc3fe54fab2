//! The trading patterns of `patterns`, built.

use std::time::Duration;

use super::market::Market;
use tourbillon_cep::builder::{
    Builder, Condition, Part, Pattern, Skip, Units, all_of, call, count, first, last, max, of,
    prev, step, sum,
};
use tourbillon_cep::ir::{Consume, Selection};

fn kind(name: &str) -> Condition<Market> {
    Market::KIND.eq(name)
}

fn side(name: &str) -> Condition<Market> {
    Market::SIDE.eq(name)
}

fn start<K: tourbillon_cep::builder::Binds>(
    name: &str,
    pattern: Part<Market, K>,
    window: Duration,
) -> Builder<Market> {
    Pattern::builder(name).pattern(pattern).within(window)
}

fn momentum_ignition() -> Builder<Market> {
    let own = || Market::ACCT.eq(of("a", Market::ACCT));
    let buy = || kind("EXEC").and(side("B"));
    let b = buy().and(own()).and(Market::PRICE.ge(prev(Market::PRICE)));
    let r = kind("EXEC").and(side("S")).and(own());
    let r = r.and(Market::PRICE.ge(of("a", Market::PRICE) + 3));
    let pattern = step("a", buy()).then(step("b", b).at_least(5)).then(step("r", r));
    start("momentum_ignition", pattern, 2.ms())
        .partition_by(Market::SYM)
        .measure("acct", first("b", Market::ACCT))
        .measure("move", last("b", Market::PRICE) - first("b", Market::PRICE))
        .measure("vol", sum("b", Market::QTY))
        .skip(Skip::PastLast)
}

fn quote_stuffing() -> Builder<Market> {
    let q = step("q", Market::KIND.is_in(["ADD", "CANCEL"])).at_least(200);
    start("quote_stuffing", q, 1.ms()).partition_by(Market::ACCT).partition_by(Market::SYM)
}

fn spoofing() -> Builder<Market> {
    let bid = side("B").and(Market::PRICE.lt(Market::BID));
    let ask = side("S").and(Market::PRICE.gt(Market::ASK));
    let size = tourbillon_cep::builder::Value::from(50) * 100;
    let big = kind("ADD").and(Market::QTY.ge(size)).and(bid.or(ask));
    let fill = kind("EXEC").and(Market::SIDE.ne(of("big", Market::SIDE)));
    let c = kind("CANCEL").and(Market::OID.eq(of("big", Market::OID)));
    start("spoofing", step("big", big).then(step("fill", fill)).then(step("c", c)), 500.us())
        .partition_by(Market::ACCT)
        .partition_by(Market::SYM)
}

fn wash_trade() -> Builder<Market> {
    let linked = call("link", Market::ACCT).eq(call("link", of("b", Market::ACCT)));
    let b = step("b", kind("EXEC").and(side("B")));
    let s = step("s", kind("EXEC").and(side("S")).and(linked));
    start("wash_trade", all_of((b, s)).relaxed(), 100.ms())
        .partition_by(Market::SYM)
        .partition_by(Market::QTY)
        .partition_by(Market::PRICE)
        .eager()
        .consume(Consume::Partition)
}

fn spike() -> Builder<Market> {
    let up = kind("TRADE").and(Market::PRICE.gt(prev(Market::PRICE)));
    let down = kind("TRADE").and(Market::PRICE.le(first("base", Market::PRICE)));
    let pattern = step("base", kind("TRADE"))
        .then(step("up", up).at_least(3).greedy())
        .then(step("down", down));
    start("spike", pattern, 50.us())
        .partition_by(Market::SYM)
        .measure("peak", max("up", Market::PRICE))
        .measure("vol", sum("up", Market::QTY))
}

fn iceberg() -> Builder<Market> {
    let again = Market::PRICE.eq(of("f", Market::PRICE));
    let rf = kind("REPLENISH").and(again).and(Market::SHOWN.ge(first("rf", Market::SHOWN)));
    let round = step("f", kind("EXEC")).then(step("rf", rf));
    start("iceberg", round.at_least(4), 5.s())
        .partition_by(Market::OID)
        .measure("refills", count("f"))
        .measure("hidden", sum("f", Market::QTY))
        .select(Selection::All)
        .limit(1)
}

fn vwap_cross() -> Builder<Market> {
    let above = Market::PRICE.ge(Market::VWAP + 1).and(Market::QTY.ge(500));
    Pattern::builder("vwap_cross")
        .partition_by(Market::SYM)
        .pattern(step("below", Market::PRICE.lt(Market::VWAP)).then_next(step("above", above)))
        .skip(Skip::ToLast("above"))
}

fn no_fill() -> Builder<Market> {
    let f = kind("EXEC").and(Market::OID.eq(of("o", Market::OID)));
    let o = kind("ADD").and(Market::IOC.eq(true));
    Pattern::builder("no_fill").pattern(step("o", o).not_for(step("f", f), 10.ms()))
}

/// Each with the name of its text.
pub(crate) fn all() -> [Builder<Market>; 8] {
    [
        momentum_ignition(),
        quote_stuffing(),
        spoofing(),
        wash_trade(),
        spike(),
        iceberg(),
        vwap_cross(),
        no_fill(),
    ]
}
