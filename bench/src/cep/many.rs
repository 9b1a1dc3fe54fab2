//! A thousand patterns over a thousand symbols, one for each, and ten thousand, ten for each; and
//! the same partitioned by symbol, which finds the same: what a set of patterns costs, and that it
//! is right. The thousand also in micro-batches, which find the same again, and while patterns go
//! and come.

use std::sync::Arc;

use tourbillon_cep::ir::Ir;
use tourbillon_cep::schema::Schema;
use tourbillon_cep::set::{PatternId, PatternSet, SetError};
use tourbillon_cep::{Limits, Matcher, Overflow, Pattern};

use super::Setup;
use super::generated::{self, Trade};
use crate::contenders::{Contender, Found, Scenario, Trial, per_event, timed, try_timed};

pub(crate) const NAME: &str = "many";
pub(crate) const SHARED: &str = "1,000 patterns";
pub(crate) const RUNS: &str = "1,000 with memory";
const STRICT: &str = "1,000 strict";
const BATCHES: &str = "1,000 in batches";
const CHANGING: &str = "1,000, one new every 100 events";
pub(crate) const TEN: &str = "10,000 patterns";

const SYMBOLS: u32 = 1_000;
/// Events of a micro-batch, and for so many conditions that they meet there is room.
const BATCH: usize = 256;
const HITS: usize = 4_096;
/// Events between two at which a pattern is replaced.
const CHANGE: u64 = 100;
/// Mean nanoseconds between events: one of each symbol in a millisecond, ten in a window.
const GAP: u64 = 1_000;

/// What ten milliseconds of one symbol hold, and room to spare.
const LIMITS: Limits = Limits {
    partial: 64,
    partial_per_key: 64,
    bound: 64,
    keys: 1,
    matches: 64,
    states: 64,
    batch: 0,
    overflow: Overflow::DropOldest,
};

/// On the event alone.
const ALONE: &str = "PATTERN ( a -> b -> c ) WITHIN 10 MS
    DEFINE a AS kind = 'TRADE' AND qty <= {low} {only},
        b AS kind = 'TRADE' AND qty >= 80 {only},
        c AS kind = 'TRADE' AND qty <= {low} {only}";

/// Conditions on the event alone, on the very next one, and conditions that look back, with the
/// number of patterns for each symbol; `{only}` is the symbol, `{low}` what tells these apart.
const TEXTS: [(&str, &str, u32, &str); 4] = [
    (SHARED, "alone", 1, ALONE),
    (TEN, "alone, ten times", 10, ALONE),
    (
        STRICT,
        "strict",
        1,
        "PATTERN ( a b ) WITHIN 10 MS
         DEFINE a AS kind = 'TRADE' AND qty <= {low} {only},
             b AS kind = 'TRADE' AND qty >= 80 {only}",
    ),
    (
        RUNS,
        "back",
        1,
        "AFTER MATCH SKIP PAST LAST ROW EAGER PATTERN ( a -> b -> c ) WITHIN 10 MS
         DEFINE a AS kind = 'TRADE' AND qty <= {low} {only},
             b AS kind = 'TRADE' AND price > a.price {only},
             c AS kind = 'TRADE' AND price < a.price {only}",
    ),
];

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let events = (setup.events as usize).min(200_000);
    let trades = Arc::new(generated::trades(events, SYMBOLS, GAP));
    let mut contenders = Vec::new();
    for (name, work, each, clauses) in TEXTS {
        contenders.push(Contender::new(name, work, set(clauses, each, &trades)?));
        let alone = if each == 1 { "one" } else { "one after the other" };
        let alone = format!("{alone}, {work}, by symbol");
        contenders.push(Contender::new(&alone, work, partitioned(clauses, each, &trades)?));
    }
    contenders.push(Contender::new(BATCHES, "alone", batches(&trades)?));
    contenders.push(Contender::new(CHANGING, CHANGING, changing(&trades)?));
    Ok(Scenario {
        name: NAME,
        about: format!("three steps within 10 ms, of each of {SYMBOLS} symbols"),
        events,
        contenders,
    })
}

/// `by` is what the pattern is partitioned by, `only` the symbol that it is about; those of a
/// symbol are told apart by `number`.
fn text(clauses: &str, by: &str, only: &str, number: u32) -> String {
    let selection = if clauses.starts_with("AFTER") { "" } else { "ALL MATCHES" };
    let clauses = clauses.replace("{only}", only).replace("{low}", &(20 - number).to_string());
    format!("PATTERN many FROM mkt MATCH_RECOGNIZE ( {by} {selection} {clauses} );")
}

/// `each` patterns for each symbol.
fn patterns(clauses: &str, each: u32, schema: &Arc<Schema>) -> anyhow::Result<Vec<Ir>> {
    // The very next event is that of the symbol.
    let by = if clauses.contains("->") { "" } else { "PARTITION BY sym" };
    let pattern = |at: u32| {
        let only = format!("AND sym = {}", at % SYMBOLS);
        generated::pattern_of(&text(clauses, by, &only, at / SYMBOLS), schema)
    };
    (0..SYMBOLS * each).map(pattern).collect()
}

/// All of `patterns`, and what they are called.
fn filled(
    patterns: &[Ir],
    schema: &Arc<Schema>,
) -> Result<(PatternSet<Trade>, Vec<PatternId>), SetError> {
    let mut set = PatternSet::new(schema);
    let ids = patterns.iter().map(|pattern| set.add(pattern, LIMITS)).collect::<Result<_, _>>()?;
    Ok((set, ids))
}

fn set(clauses: &str, each: u32, trades: &Arc<Vec<Trade>>) -> anyhow::Result<Trial> {
    let schema = generated::schema()?;
    let patterns = patterns(clauses, each, &schema)?;
    let trades = Arc::clone(trades);
    Ok(Box::new(move || {
        let (mut set, _) = filled(&patterns, &schema)?;
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

/// What events meet is found for a batch at once.
fn batches(trades: &Arc<Vec<Trade>>) -> anyhow::Result<Trial> {
    let schema = generated::schema()?;
    let patterns = patterns(ALONE, 1, &schema)?;
    let trades = Arc::clone(trades);
    Ok(Box::new(move || {
        let (set, _) = filled(&patterns, &schema)?;
        let mut set = set.with_batches(BATCH, HITS);
        let (mut found, mut done) = (Found::default(), Ok(()));
        let ns = timed(trades.len(), || {
            let mut sink = |_, it: &tourbillon_cep::matching::Found<'_>| found.take(it.sequences());
            for (first, batch) in (0..).step_by(BATCH).zip(trades.chunks(BATCH)) {
                match set.apply(first, batch) {
                    Ok(()) => set.commit(&mut sink),
                    Err(error) => done = Err(error),
                }
            }
            set.finish(&mut sink);
        });
        done?;
        Ok(per_event(found, ns))
    }))
}

/// One pattern after the other goes and comes again, having seen nothing.
fn changing(trades: &Arc<Vec<Trade>>) -> anyhow::Result<Trial> {
    let schema = generated::schema()?;
    let patterns = patterns(ALONE, 1, &schema)?;
    let trades = Arc::clone(trades);
    Ok(Box::new(move || {
        let (mut set, mut ids) = filled(&patterns, &schema)?;
        let (mut found, mut done) = (Found::default(), Ok(()));
        let ns = timed(trades.len(), || {
            let mut sink = |_, it: &tourbillon_cep::matching::Found<'_>| found.take(it.sequences());
            for (sequence, trade) in (0..).zip(trades.iter()) {
                if sequence % CHANGE == 0 {
                    let at = (sequence / CHANGE) as usize % patterns.len();
                    set.remove(ids[at]);
                    match set.add(&patterns[at], LIMITS) {
                        Ok(id) => ids[at] = id,
                        Err(error) => done = Err(error),
                    }
                }
                set.push(sequence, trade, &mut sink);
            }
            set.finish(&mut sink);
        });
        done?;
        Ok(per_event(found, ns))
    }))
}

fn partitioned(clauses: &str, each: u32, trades: &Arc<Vec<Trade>>) -> anyhow::Result<Trial> {
    let pattern = |number| generated::pattern(&text(clauses, "PARTITION BY sym", "", number));
    let patterns = (0..each).map(pattern).collect::<anyhow::Result<Vec<_>>>()?;
    let patterns: Vec<_> = patterns.into_iter().map(Pattern::<Trade>::from_ir).collect();
    let trades = Arc::clone(trades);
    Ok(Box::new(move || {
        let build = |pattern| Matcher::new(pattern, Limits::default());
        let mut matchers = patterns.iter().map(build).collect::<Result<Vec<_>, _>>()?;
        let mut found = Found::default();
        let ns = try_timed(trades.len(), || {
            let mut sink = |it: &tourbillon_cep::Found<'_>| found.take(it.sequences());
            for matcher in &mut matchers {
                for (sequence, trade) in (0..).zip(trades.iter()) {
                    matcher.push(sequence, trade, &mut sink)?;
                }
                matcher.finish(&mut sink)?;
            }
            Ok(())
        })?;
        Ok(per_event(found, ns))
    }))
}
