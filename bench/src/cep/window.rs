//! The same pattern with windows from 10 ms (a thousand events) to 10 s (a million), nothing
//! completed: how long the window is must not matter.

use std::sync::Arc;

use anyhow::ensure;
use tourbillon_cep::shared::{SharedLimits, SharedMatcher};

use super::Setup;
use super::generated::{self, Trade};
use crate::contenders::{Contender, Found, Scenario, per_event, timed};

pub(crate) const NAME: &str = "window";
pub(crate) const SHORT: &str = "10 MS";
pub(crate) const LONG: &str = "10 S";

/// Holds every partial match of the whole stream.
const NODES: usize = 1 << 20;
const SYMBOLS: u32 = 10;
/// Mean nanoseconds between events.
const GAP: u64 = 10_000;

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let events = (setup.events as usize).min(1_000_000);
    let trades = Arc::new(generated::trades(events, SYMBOLS, GAP));
    let contenders = [SHORT, "100 MS", "1 S", LONG].map(|window| contender(window, &trades));
    Ok(Scenario {
        name: NAME,
        about: "three steps and one that never comes, an event each 10 µs; windows x 1,000"
            .to_owned(),
        events,
        contenders: contenders.into_iter().collect::<anyhow::Result<_>>()?,
    })
}

fn contender(window: &str, trades: &Arc<Vec<Trade>>) -> anyhow::Result<Contender> {
    let ir = generated::pattern(&format!(
        "PATTERN window FROM mkt MATCH_RECOGNIZE ( ALL MATCHES
            PATTERN ( a ->> b ->> c ->> d ) WITHIN {window}
            DEFINE a AS sym = 1, b AS sym = 2, c AS sym = 3, d AS sym = 1000 );"
    ))?;
    let trades = Arc::clone(trades);
    let trial = move || {
        let limits = SharedLimits { nodes: NODES, events: NODES, ..SharedLimits::default() };
        let mut matcher = SharedMatcher::<Trade>::new(&ir, limits)?;
        let mut found = Found::default();
        let ns = timed(trades.len(), || {
            for (sequence, trade) in (0..).zip(trades.iter()) {
                matcher.push(sequence, trade, |it| found.take(it.bound().map(|at| at.sequence)));
            }
        });
        ensure!(matcher.counts().nodes_lost == 0, "a limit shortened the window");
        Ok(per_event(found, ns))
    };
    Ok(Contender::new(window, NAME, Box::new(trial)))
}
