//! How far apart the counters of two cores are.
//!
//! One core asks, the other answers with its own stamp; the answer was given somewhere between the
//! asker's two stamps, so the shortest round trip bounds the offset best: the estimate of RFC 5905
//! (NTP), section 8, with the delay taken as symmetric. A one-way latency below the bound is
//! not a measurement.

use super::{clock::Clock, cpu};
use crossbeam_utils::CachePadded;
use std::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering},
};

/// Offset of the second core's counter from the first's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossCore {
    /// Estimate, in nanoseconds; positive when the second core is ahead.
    pub offset_ns: f64,
    /// The truth lies within this many nanoseconds of the estimate.
    pub bound_ns: f64,
}

const ROUND_TRIPS: u64 = 2_000;

/// Estimates the offset between two cores, or `None` where [`cpu::on_two_cores`] cannot run.
pub fn offset(clock: Clock, cores: (usize, usize)) -> Option<CrossCore> {
    let question = CachePadded::new(AtomicU64::new(0));
    // The stamp travels in the line of the answer: a second line would make the way back longer.
    let reply_line = CachePadded::new((AtomicU64::new(0), AtomicU64::new(0)));
    let (answer, answer_stamp) = &*reply_line;

    let ask = || {
        let mut best = (u64::MAX, 0.0);
        for round in 1..=ROUND_TRIPS {
            let sent = clock.now_ordered();
            question.store(round, Ordering::Release); // pairs with the answerer's Acquire
            while answer.load(Ordering::Acquire) != round {
                spin_loop();
            }
            let received = clock.now_ordered();
            // Published by the answerer's Release store of the round.
            let stamp = answer_stamp.load(Ordering::Relaxed);
            let delay = received.saturating_sub(sent);
            if delay < best.0 {
                best = (delay, (stamp as i64 - sent as i64) as f64 - delay as f64 / 2.0);
            }
        }
        best
    };
    let reply = || {
        for round in 1..=ROUND_TRIPS {
            while question.load(Ordering::Acquire) != round {
                spin_loop();
            }
            answer_stamp.store(clock.now_ordered(), Ordering::Relaxed);
            answer.store(round, Ordering::Release); // pairs with the asker's Acquire
        }
    };

    let ((delay, offset), ()) = cpu::on_two_cores(cores, ask, reply)?;
    let tick_ns = clock.ns(1 << 32) as f64 / (1_u64 << 32) as f64;
    Some(CrossCore { offset_ns: offset * tick_ns, bound_ns: delay as f64 / 2.0 * tick_ns })
}
