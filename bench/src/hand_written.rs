//! The reference pattern written by hand, the least that any engine must do: the yardstick of
//! `tourbillon bench cep`.

use tourbillon_feeds::{Kind, MarketEvent};

use crate::market::MILLISECOND;

/// A partial match.
#[derive(Clone, Copy)]
struct Run {
    start: u64,
    sequences: [u64; 2],
    price: i64,
    rose: bool,
}

/// Finds every match of the reference pattern and hands its three sequences to `found`.
///
/// A list of runs per symbol, nothing planned, nothing general, nothing that could be undone.
pub fn reference(events: &[MarketEvent], symbols: usize, mut found: impl FnMut([u64; 3])) {
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); symbols];
    for (sequence, event) in (0_u64..).zip(events) {
        if event.kind != Kind::Trade as u8 {
            continue;
        }
        let runs = &mut runs[event.instrument as usize];
        runs.retain_mut(|run| {
            if event.ts_event - run.start >= MILLISECOND {
                return false;
            }
            if !run.rose {
                if event.price * 1_000 >= run.price * 1_002 {
                    run.rose = true;
                    run.price = event.price;
                    run.sequences[1] = sequence;
                }
            } else if event.price * 1_000 <= run.price * 998 {
                found([run.sequences[0], run.sequences[1], sequence]);
                return false;
            }
            true
        });
        runs.push(Run {
            start: event.ts_event,
            sequences: [sequence, 0],
            price: event.price,
            rose: false,
        });
    }
}
