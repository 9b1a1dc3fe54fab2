//! The price spike: three or more rising trades of a symbol, then one back at the first price, in
//! 50 µs. Its conditions read the events bound before, so partial matches cannot be shared.

use std::sync::Arc;

use tourbillon_cep::forked::{self, Matcher};

use super::Setup;
use super::contender::{Contender, Found, Scenario, per_event, timed};
use super::generated::{self, Trade};

pub(crate) const NAME: &str = "spike";
pub(crate) const FORKED: &str = "run by run";

const TEXT: &str = include_str!("../../../cep/patterns/spike.sql");
const SYMBOLS: u32 = 100;
/// Mean nanoseconds between events: ten trades of a symbol or so in a window.
const GAP: u64 = 50;

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let ir = generated::pattern(TEXT)?;
    let events = (setup.events as usize).min(200_000);
    let trades = Arc::new(generated::trades(events, SYMBOLS, GAP));
    let trial = move || {
        let mut matcher = Matcher::<Trade>::new(&ir, forked::Limits::default())?;
        let mut found = Found::default();
        let ns = timed(trades.len(), || {
            let mut sink = |it: &forked::Found<'_, Trade>| {
                found.take(it.bindings().map(|(_, id, _)| id));
            };
            for (id, trade) in (0..).zip(trades.iter()) {
                matcher.push(id, trade, &mut sink).expect("the oldest give way");
            }
            matcher.finish(&mut sink).expect("the oldest give way");
        });
        Ok(per_event(found, ns))
    };
    Ok(Scenario {
        name: NAME,
        about: format!("rising trades of {SYMBOLS} symbols, and back, within 50 µs"),
        events,
        contenders: vec![Contender::new(FORKED, NAME, Box::new(trial))],
    })
}
