//! What stands in front of a matcher: aggregates that derive an event from each trade, or from
//! each bar, and the stage that puts events in order.

use std::sync::Arc;

use tourbillon_cep::agg::{
    Bar, Ewma, Limits, Max, Min, Operator, Reading, Running, Sample, Sliding, Tumble, Tumbling,
    Vwap, Window,
};
use tourbillon_cep::reorder::{self, Released, Reorder, Watermarks};

use super::Setup;
use super::generated::{self, Trade};
use crate::contenders::{Contender, Found, Scenario, Trial, per_event, timed};

pub(crate) const NAME: &str = "derive";

const SYMBOLS: u32 = 1_000;
/// Mean nanoseconds between events.
const GAP: u64 = 1_000;
/// Windows: ten events of each symbol, on average.
const WINDOW: u64 = 10_000_000;
/// Most nanoseconds by which an event is too early: a hundred others pass it.
const JITTER: u64 = 100_000;

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let events = (setup.events as usize).min(1_000_000);
    let trades = Arc::new(generated::trades(events, SYMBOLS, GAP));
    let (window, limits) = (Window::Time(WINDOW), Limits::default());
    let number = |it: Option<f64>| it.map_or(0, f64::to_bits);
    let contenders = vec![
        contender("sliding VWAP", &trades, move || {
            let vwap = |_: &Trade, it: Reading<'_, Vwap>| it.aggregate.floor().unwrap_or(0) as u64;
            Ok(Sliding::new(window, Vwap::default(), limits, sample, vwap)?)
        }),
        contender("EWMA", &trades, move || {
            let ewma = move |_: &Trade, it: Reading<'_, Ewma>| number(it.aggregate.value());
            Ok(Running::new(Ewma::per_event(0.1), limits, sample, ewma)?)
        }),
        contender("bars", &trades, move || {
            let bar = |it: tourbillon_cep::agg::Closed<'_, Bar>| it.aggregate.close as u64;
            Ok(Tumbling::new(Tumble::Time(WINDOW), Bar::default(), limits, sample, bar)?)
        }),
        contender("rolling min and max", &trades, move || {
            let spread = |_: &Trade, it: Reading<'_, (Min, Max)>| {
                let (min, max) = it.aggregate;
                max.value().zip(min.value()).map_or(0, |(max, min)| (max - min) as u64)
            };
            Ok(Sliding::new(window, (Min::default(), Max::default()), limits, sample, spread)?)
        }),
        Contender::new("reorder", "reorder", reordered(&trades)),
    ];
    Ok(Scenario {
        name: NAME,
        about: format!("in front of a matcher, {SYMBOLS} symbols"),
        events,
        contenders,
    })
}

fn sample(trade: &Trade) -> Sample {
    let &Trade { ts, price, qty, sym, .. } = trade;
    Sample { key: sym.into(), time: ts, value: price, weight: qty }
}

/// Every derived event is counted, and its value is in the checksum.
fn contender<O: Operator<Trade, Derived = u64>>(
    name: &str,
    trades: &Arc<Vec<Trade>>,
    operator: impl Fn() -> anyhow::Result<O> + Send + 'static,
) -> Contender {
    let trades = Arc::clone(trades);
    let trial: Trial = Box::new(move || {
        let mut operator = operator()?;
        let (mut found, mut failed) = (Found::default(), None);
        let ns = timed(trades.len(), || {
            for trade in trades.iter() {
                if let Err(error) = operator.derive(trade, &mut |value| found.add(value)) {
                    failed = Some(error);
                    return;
                }
            }
            operator.end(&mut |value| found.add(value));
        });
        failed.map_or(Ok(per_event(found, ns)), |error| Err(error.into()))
    });
    Contender::new(name, name, trial)
}

/// The trades as they may come in: each up to [`JITTER`] late.
fn reordered(trades: &[Trade]) -> Trial {
    let mut random = 1_u64;
    let mut arrivals: Vec<(u64, Trade)> = { trades.iter() }
        .map(|trade| {
            random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (trade.ts + (random >> 33) % JITTER, *trade)
        })
        .collect();
    arrivals.sort_by_key(|(arrival, _)| *arrival);
    Box::new(move || {
        let limits = reorder::Limits::default();
        let mut stage = Reorder::new(Watermarks::Lag(JITTER), limits, |trade: &Trade| trade.ts)?;
        let (mut found, mut failed) = (Found::default(), None);
        let mut last = 0;
        let mut take = |out: Released<Trade>| {
            if let Released::InOrder(trade) = out {
                found.add(u64::from(trade.ts >= last));
                last = trade.ts;
            }
        };
        let ns = timed(arrivals.len(), || {
            for (_, trade) in &arrivals {
                if let Err(error) = stage.push(trade, &mut take) {
                    failed = Some(error);
                    return;
                }
            }
            stage.finish(&mut take);
        });
        anyhow::ensure!(found.matches == found.checksum, "events out of order");
        failed.map_or(Ok(per_event(found, ns)), |error| Err(error.into()))
    })
}
