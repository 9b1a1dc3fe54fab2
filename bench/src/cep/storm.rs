//! A start storm: every event starts a partial match, and none is ever completed, in a window of
//! six hours. The memory stays what it was at the beginning, and so must the time.

use std::sync::Arc;
use std::time::Instant;

use anyhow::ensure;
use tourbillon_cep::shared::{SharedLimits, SharedMatcher};

use super::Setup;
use super::generated::{self, TRADE, Trade};
use crate::contenders::{Contender, Found, Metric, Sample, Scenario};

pub(crate) const NAME: &str = "start-storm";
pub(crate) const STARTS: &str = "starts only";

const TEXT: &str = "PATTERN storm FROM mkt MATCH_RECOGNIZE ( ALL MATCHES
    PATTERN ( a ->> b ->> c ) WITHIN 6 H
    DEFINE a AS kind = 'TRADE', b AS kind = 'TRADE', c AS kind = 'QUOTE' );";

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let ir = Arc::new(generated::pattern(TEXT)?);
    let events = setup.storm as usize;
    let trial = move || {
        let mut matcher = SharedMatcher::<Trade>::new(&ir, SharedLimits::default())?;
        let memory = matcher.memory();
        let mut found = Found::default();
        let mut tenths = [0.0; 10];
        let mut sequence = 0;
        let begin = Instant::now();
        for tenth in &mut tenths {
            let start = Instant::now();
            for _ in 0..events / 10 {
                let trade =
                    Trade { ts: sequence * 1_000, price: 1, qty: 1, sym: 0, kind: TRADE, pad: 0 };
                matcher.push(sequence, &trade, |it| found.take(it.bound().map(|at| at.sequence)));
                sequence += 1;
            }
            *tenth = start.elapsed().as_nanos() as f64 / (events / 10) as f64;
        }
        let mean = begin.elapsed().as_nanos() as f64 / sequence as f64;
        ensure!(matcher.memory() == memory, "the memory grew from {memory} bytes");
        let (first, last) = (tenths[0], tenths[9]);
        let figures = vec![
            (Metric::PerEvent, mean),
            (Metric::First, first),
            (Metric::Last, last),
            (Metric::LastOverFirst, last / first),
            (Metric::Memory, memory as f64),
        ];
        Ok(Sample { found, figures })
    };
    Ok(Scenario {
        name: NAME,
        about: "every event starts partial matches, none is completed, within 6 h".to_owned(),
        events,
        contenders: vec![Contender::new(STARTS, NAME, Box::new(trial))],
    })
}
