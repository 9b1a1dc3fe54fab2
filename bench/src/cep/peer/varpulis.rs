//! varpulis-sase, as fast as it can be had: events are built beforehand and shared, their type
//! says side and symbol in one word, which it indexes, and no predicate is left to evaluate.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use varpulis_core::Event;
use varpulis_sase::{PatternBuilder, SaseEngine, SelectionStrategy};

use crate::cep::stock::{BUY, SELL, Stock, Stocks};
use crate::contenders::{Contender, Found, Trial, per_event, timed};

use super::{VARPULIS_ANY, VARPULIS_NEXT};

const WINDOW: Duration = Duration::from_secs(10);
/// More partial matches than ten seconds can hold.
const RUNS: usize = 1 << 20;
const ROW: &str = "row";

pub(super) fn contenders(stock: &Arc<Stocks>) -> [Contender; 2] {
    let event = |(row, stock): (i64, &Stock)| {
        let time = DateTime::from_timestamp_nanos(stock.stock_time as i64);
        Arc::new(Event::new_at(kind(stock.event_type, stock.name), time).with_field(ROW, row))
    };
    let events: Arc<Vec<Arc<Event>>> = Arc::new((0..).zip(&stock.rows).map(event).collect());
    let strategies = [
        (VARPULIS_ANY, SelectionStrategy::SkipTillAnyMatch),
        (VARPULIS_NEXT, SelectionStrategy::SkipTillNextMatch),
    ];
    strategies.map(|(name, strategy)| Contender::new(name, name, trial(strategy, &events)))
}

fn kind(side: u8, symbol: u16) -> String {
    format!("{side}-{symbol}")
}

fn trial(strategy: SelectionStrategy, events: &Arc<Vec<Arc<Event>>>) -> Trial {
    let events = Arc::clone(events);
    Box::new(move || {
        let steps = [(SELL, 0), (BUY, 1), (BUY, 2)];
        let steps = steps.map(|(side, symbol)| PatternBuilder::event(&kind(side, symbol)));
        let pattern = PatternBuilder::within(PatternBuilder::seq(steps.into()), WINDOW);
        let mut engine =
            SaseEngine::new(pattern).with_event_time().with_strategy(strategy).with_max_runs(RUNS);
        let mut found = Found::default();
        let ns = timed(events.len(), || {
            for event in events.iter() {
                for it in engine.process_shared(Arc::clone(event)) {
                    let row = |event: &Event| event.get_int(ROW).unwrap_or_default() as u64;
                    found.take(it.stack.iter().map(|entry| row(&entry.event)));
                }
            }
        });
        Ok(per_event(found, ns))
    })
}
