//! CORE's own stock queries: sequences of 3, 6, 9 and 12 steps in 10 s, all matches.
//!
//! From text, and with the conditions compiled in: the automaton and the partial matches are the
//! same, so the difference is what a text pays for its conditions being data. The compiled-in
//! ones are no closures behind a pointer but one loop over constants, which is unrolled.
//!
//! The checksum is a chain of two multiplications for each event of each match, and more work than
//! finding the match; no sink of a trader's does that. So each query with matches stands there once
//! more with a sink that reads every event of every match and adds up their numbers.

use std::sync::Arc;

use anyhow::ensure;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::shared::{SharedMatch, SharedMatcher};

use super::stock::{self, BUY, SELL, Stock, Stocks};
use crate::contenders::{Contender, Found, Sample, Scenario, Trial, per_event, timed};

/// Queries that complete.
pub(crate) const COMPLETE: &str = "stock";
/// Queries whose last step never comes.
pub(crate) const NEVER: &str = "stock-never";

/// Query, text, and what CORE itself finds.
type Query = (&'static str, &'static str, Option<(u64, u64)>);

const Q1: Query =
    ("q1", include_str!("../../../cep/tests/text/q1.sql"), Some((345_801, 0xbad0_d57b_2c1e_8949)));
const Q2: Query = (
    "q2",
    include_str!("../../../cep/tests/text/q2.sql"),
    Some((1_789_725, 0x5beb_3acb_3db7_eccc)),
);
const Q3: Query = (
    "q3",
    include_str!("../../../cep/tests/text/q3.sql"),
    Some((2_314_188, 0xd48f_b516_3d53_9364)),
);
const Q4: Query = ("q4", include_str!("../../../cep/tests/text/q4.sql"), Some((0, 0)));
const Q6: Query = ("q6", include_str!("../../../cep/tests/text/q6.sql"), Some((0, 0)));
const Q7: Query = ("q7", include_str!("../../../cep/tests/text/q7.sql"), Some((0, 0)));
const Q8: Query = ("q8", include_str!("../../../cep/tests/text/q8.sql"), None);
const Q9: Query = ("q9", include_str!("../../../cep/tests/text/q9.sql"), None);

/// Side and symbol of the steps of q4, whose beginnings are q1, q2 and q3; the twelfth step asks
/// for the same as the second.
const STEPS: [(u8, u16); 11] = [
    (SELL, 0),
    (BUY, 1),
    (BUY, 2),
    (SELL, 3),
    (BUY, 4),
    (BUY, 5),
    (SELL, 6),
    (BUY, 7),
    (BUY, 8),
    (SELL, 9),
    (BUY, 0),
];

pub(crate) fn complete(stock: &Arc<Stocks>) -> anyhow::Result<Scenario> {
    let contenders = vec![
        from_text(Q1, stock)?,
        compiled_in::<3>(Q1, stock)?,
        added_up(Q1, stock)?,
        from_text(Q2, stock)?,
        compiled_in::<6>(Q2, stock)?,
        added_up(Q2, stock)?,
        from_text(Q3, stock)?,
        compiled_in::<9>(Q3, stock)?,
        added_up(Q3, stock)?,
        from_text(Q4, stock)?,
        compiled_in::<11>(Q4, stock)?,
    ];
    Ok(scenario(COMPLETE, "sequences of 3, 6, 9 and 12 steps", stock, contenders))
}

pub(crate) fn never(stock: &Arc<Stocks>) -> anyhow::Result<Scenario> {
    let contenders = [Q6, Q7, Q8, Q9].map(|query| from_text(query, stock));
    let contenders = contenders.into_iter().collect::<anyhow::Result<_>>()?;
    let about = "sequences of 3, 6, 9 and 12 steps, and one that never comes";
    Ok(scenario(NEVER, about, stock, contenders))
}

fn scenario(
    name: &'static str,
    about: &str,
    stock: &Stocks,
    contenders: Vec<Contender>,
) -> Scenario {
    let data = if stock.published { "CORE's stock trades" } else { "generated trades" };
    let about = format!("{data}, every event that fits: {about}, within 10 s");
    Scenario { name, about, events: stock.rows.len(), contenders }
}

/// The pattern of `query` that consumes nothing.
fn pattern((name, text, _): Query) -> anyhow::Result<Ir> {
    stock::pattern(text, &format!("{name}_none"))
}

fn contender(query: Query, how: &str, stock: &Stocks, trial: Trial) -> Contender {
    let expected = query.2.filter(|_| stock.published);
    Contender {
        expected: expected.map(|(matches, checksum)| Found { matches, checksum }),
        ..Contender::new(&format!("{}{how}", query.0), query.0, trial)
    }
}

/// The patterns of the latency scenario.
pub(crate) fn never_patterns() -> anyhow::Result<Vec<(&'static str, Ir)>> {
    [Q6, Q7, Q8, Q9].into_iter().map(|query| Ok((query.0, pattern(query)?))).collect()
}

fn from_text(query: Query, stock: &Arc<Stocks>) -> anyhow::Result<Contender> {
    let trial = text_trial(pattern(query)?, Arc::clone(stock));
    Ok(contender(query, "", stock, trial))
}

/// Finds the matches of `ir` as it is.
pub(crate) fn text_trial(ir: Ir, stock: Arc<Stocks>) -> Trial {
    Box::new(move || find(&ir, &stock, take))
}

/// Adds up the numbers of the events instead of hashing them, as a work of its own.
fn added_up(query: Query, stock: &Arc<Stocks>) -> anyhow::Result<Contender> {
    let (ir, rows) = (pattern(query)?, Arc::clone(stock));
    let expected = query.2.filter(|_| stock.published);
    let add = |found: &mut Found, it: &SharedMatch<'_, Stock>| {
        found.add(it.bound().fold(0, |sum, bound| sum + bound.sequence));
    };
    let trial = Box::new(move || {
        let sample = find(&ir, &rows, add)?;
        let matches = sample.found.matches;
        ensure!(expected.is_none_or(|it| it.0 == matches), "{matches} matches, not {expected:?}");
        Ok(sample)
    });
    let name = format!("{}, added up", query.0);
    Ok(Contender::new(&name, &name, trial))
}

/// Gives all matches to `take`.
fn find(
    ir: &Ir,
    stock: &Stocks,
    take: impl Fn(&mut Found, &SharedMatch<'_, Stock>),
) -> anyhow::Result<Sample> {
    let mut matcher = stock::matcher(ir)?;
    let mut found = Found::default();
    let ns = timed(stock.rows.len(), || {
        for (sequence, row) in (0..).zip(&stock.rows) {
            matcher.push(sequence, row, |it| take(&mut found, it));
        }
    });
    sample(&matcher, found, ns)
}

fn compiled_in<const CONDITIONS: usize>(
    query: Query,
    stock: &Arc<Stocks>,
) -> anyhow::Result<Contender> {
    let ir = pattern(query)?;
    let conditions = stock::matcher(&ir)?.conditions().to_vec();
    let expected: Vec<u8> =
        (0..ir.steps.len()).map(|step| if step == 11 { 1 } else { step as u8 }).collect();
    ensure!(conditions == expected, "{} numbers its conditions {conditions:?}", query.0);
    let rows = Arc::clone(stock);
    let trial = Box::new(move || {
        let mut matcher = stock::matcher(&ir)?;
        let mut found = Found::default();
        let ns = timed(rows.rows.len(), || {
            for (sequence, row) in (0..).zip(&rows.rows) {
                let met = met::<CONDITIONS>(row);
                matcher.push_met(sequence, row, met, |it| take(&mut found, it));
            }
        });
        sample(&matcher, found, ns)
    });
    Ok(contender(query, ", compiled in", stock, trial))
}

#[inline(always)]
fn met<const CONDITIONS: usize>(row: &Stock) -> u64 {
    let met = |(side, name): (u8, u16)| u64::from(row.event_type == side && row.name == name);
    (0..CONDITIONS).fold(0, |all, at| all | met(STEPS[at]) << at)
}

#[inline]
fn take(found: &mut Found, it: &SharedMatch<'_, Stock>) {
    found.take(it.bound().map(|bound| bound.sequence));
}

fn sample(matcher: &SharedMatcher<Stock>, found: Found, ns: f64) -> anyhow::Result<Sample> {
    let counts = matcher.counts();
    ensure!(counts.nodes_lost + counts.matches_lost == 0, "a limit cost matches: {counts:?}");
    Ok(per_event(found, ns))
}
