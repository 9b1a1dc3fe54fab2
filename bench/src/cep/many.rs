//! A thousand patterns over a thousand symbols, one for each; and one pattern partitioned by
//! symbol, which finds the same: what a set of patterns costs, and that it is right.

use std::sync::Arc;

use tourbillon_cep::matching::{Limits, Matcher};
use tourbillon_cep::set::PatternSet;

use super::Setup;
use super::contender::{Contender, Found, Scenario, Trial, per_event, timed};
use super::generated::{self, Trade};

pub(crate) const NAME: &str = "many";
pub(crate) const SHARED: &str = "1,000 patterns";
pub(crate) const RUNS: &str = "1,000 with memory";

const SYMBOLS: u32 = 1_000;
/// Mean nanoseconds between events: one of each symbol in a millisecond, ten in a window.
const GAP: u64 = 1_000;

/// Conditions on the event alone, and conditions that look back; `{only}` is the symbol.
const TEXTS: [(&str, &str, &str); 2] = [
    (
        SHARED,
        "alone",
        "PATTERN ( a -> b -> c ) WITHIN 10 MS
         DEFINE a AS kind = 'TRADE' AND qty <= 20 {only},
             b AS kind = 'TRADE' AND qty >= 80 {only},
             c AS kind = 'TRADE' AND qty <= 20 {only}",
    ),
    (
        RUNS,
        "back",
        "AFTER MATCH SKIP PAST LAST ROW EAGER PATTERN ( a -> b -> c ) WITHIN 10 MS
         DEFINE a AS kind = 'TRADE' AND qty <= 20 {only},
             b AS kind = 'TRADE' AND price > a.price {only},
             c AS kind = 'TRADE' AND price < a.price {only}",
    ),
];

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let events = (setup.events as usize).min(200_000);
    let trades = Arc::new(generated::trades(events, SYMBOLS, GAP));
    let mut contenders = Vec::new();
    for (name, work, clauses) in TEXTS {
        contenders.push(Contender::new(name, work, set(clauses, &trades)?));
        let alone = format!("one, {work}, by symbol");
        contenders.push(Contender::new(&alone, work, partitioned(clauses, &trades)?));
    }
    Ok(Scenario {
        name: NAME,
        about: format!("three steps within 10 ms, of each of {SYMBOLS} symbols"),
        events,
        contenders,
    })
}

/// `by` is what the pattern is partitioned by, `only` the symbol that it is about.
fn text(clauses: &str, by: &str, only: &str) -> String {
    let selection = if clauses.starts_with("AFTER") { "" } else { "ALL MATCHES" };
    let clauses = clauses.replace("{only}", only);
    format!("PATTERN many FROM mkt MATCH_RECOGNIZE ( {by} {selection} {clauses} );")
}

fn set(clauses: &str, trades: &Arc<Vec<Trade>>) -> anyhow::Result<Trial> {
    let schema = generated::schema()?;
    let pattern = |symbol: u32| {
        generated::pattern_of(&text(clauses, "", &format!("AND sym = {symbol}")), &schema)
    };
    let patterns = (0..SYMBOLS).map(pattern).collect::<anyhow::Result<Vec<_>>>()?;
    let trades = Arc::clone(trades);
    // What ten milliseconds of one symbol hold, and room to spare.
    let limits = Limits { partial: 256, partial_per_key: 64, bound: 256, keys: 1, ..small() };
    Ok(Box::new(move || {
        let mut set = PatternSet::<Trade>::new(&schema);
        for pattern in &patterns {
            set.add(pattern, limits)?;
        }
        let mut found = Found::default();
        let ns = timed(trades.len(), || {
            let mut sink = |_, it: &tourbillon_cep::matching::Found<'_>| found.take(it.sequences());
            for (sequence, trade) in (0..).zip(trades.iter()) {
                set.push(sequence, trade, &mut sink);
            }
            set.finish(&mut sink);
        });
        Ok(per_event(found, ns))
    }))
}

fn partitioned(clauses: &str, trades: &Arc<Vec<Trade>>) -> anyhow::Result<Trial> {
    let ir = generated::pattern(&text(clauses, "PARTITION BY sym", ""))?;
    let trades = Arc::clone(trades);
    Ok(Box::new(move || {
        let mut matcher = Matcher::<Trade>::new(&ir, Limits::default())?;
        let mut found = Found::default();
        let ns = timed(trades.len(), || {
            let mut sink = |it: &tourbillon_cep::matching::Found<'_>| found.take(it.sequences());
            for (sequence, trade) in (0..).zip(trades.iter()) {
                matcher.push(sequence, trade, &mut sink);
            }
            matcher.finish(&mut sink);
        });
        Ok(per_event(found, ns))
    }))
}

fn small() -> Limits {
    Limits { matches: 64, states: 64, ..Limits::default() }
}
