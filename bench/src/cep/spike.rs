//! The price spike: three or more rising trades of a symbol, then one back at the first price, in
//! 50 µs. Its conditions read the events bound before, so partial matches cannot be shared.

use std::sync::Arc;

use anyhow::ensure;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::{forked, registers};

use super::Setup;
use super::generated::{self, Trade};
use crate::contenders::{Contender, Found, Scenario, Trial, per_event, timed};

pub(crate) const NAME: &str = "spike";
pub(crate) const REGISTERS: &str = "registers";
const FORKED: &str = "run by run";

const TEXT: &str = include_str!("../../../cep/patterns/spike.sql");
const SYMBOLS: u32 = 100;
/// Mean nanoseconds between events: ten events of a symbol in a window, half of them trades.
const GAP: u64 = 50;

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let ir = generated::pattern(TEXT)?;
    let events = (setup.events as usize).min(200_000);
    let trades = Arc::new(generated::trades(events, SYMBOLS, GAP));
    Ok(Scenario {
        name: NAME,
        about: format!("rising trades of {SYMBOLS} symbols, and back, within 50 µs"),
        events,
        contenders: vec![
            Contender::new(REGISTERS, NAME, with_registers(ir.clone(), Arc::clone(&trades))),
            Contender::new(FORKED, NAME, run_by_run(ir, trades)),
        ],
    })
}

fn with_registers(ir: Ir, trades: Arc<Vec<Trade>>) -> Trial {
    Box::new(move || {
        let mut matcher = registers::Matcher::<Trade>::new(&ir, registers::Limits::default())?;
        let (mut found, mut refused) = (Found::default(), 0);
        let ns = timed(trades.len(), || {
            let mut sink = |it: &registers::Found<'_, Trade>| {
                found.take(it.bindings().map(|(_, sequence)| sequence));
            };
            for (sequence, trade) in (0..).zip(trades.iter()) {
                refused += u64::from(matcher.push(sequence, trade, &mut sink).is_err());
            }
            matcher.finish(&mut sink);
        });
        ensure!(refused == 0, "{refused} events had no room");
        Ok(per_event(found, ns))
    })
}

fn run_by_run(ir: Ir, trades: Arc<Vec<Trade>>) -> Trial {
    Box::new(move || {
        let mut matcher = forked::Matcher::<Trade>::new(&ir, forked::Limits::default())?;
        let (mut found, mut refused) = (Found::default(), 0);
        let ns = timed(trades.len(), || {
            let mut sink = |it: &forked::Found<'_, Trade>| {
                found.take(it.bindings().map(|(_, sequence, _)| sequence));
            };
            for (sequence, trade) in (0..).zip(trades.iter()) {
                refused += u64::from(matcher.push(sequence, trade, &mut sink).is_err());
            }
            refused += u64::from(matcher.finish(&mut sink).is_err());
        });
        ensure!(refused == 0, "{refused} events had no room");
        Ok(per_event(found, ns))
    })
}
