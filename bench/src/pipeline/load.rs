//! The load: events go into the ring at their intended times, or as fast as it takes them.

use std::sync::atomic::Ordering;

use tourbillon_engine::{Producer, PublishError};
use tourbillon_feeds::MarketEvent;

use super::sink::SendTimes;
use crate::measure::pacer::{Paced, Pacer};

/// Lead time between the start of a run and its first event, so that all threads are awake.
pub(super) const LEAD_NS: u64 = 2_000_000;

/// Open loop: publishes each event when it is due, however the engine is doing.
pub(super) fn paced(
    producer: &mut Producer<MarketEvent>,
    events: &[MarketEvent],
    times: &SendTimes,
) -> Result<Paced, PublishError> {
    let start = times.clock.now() + times.clock.ticks(LEAD_NS);
    times.start.store(start, Ordering::Relaxed);
    let mut pacer = Pacer::new(times.clock, &times.schedule, start);
    for event in events {
        let Some(due) = pacer.wait() else { break };
        times.sent(due.sequence, due.sent);
        producer.publish(*event)?;
    }
    Ok(pacer.finish())
}

/// Closed loop: publishes the next event as soon as the ring has room.
pub(super) fn saturating(
    producer: &mut Producer<MarketEvent>,
    events: &[MarketEvent],
) -> Result<(), PublishError> {
    for event in events {
        producer.publish(*event)?;
    }
    Ok(())
}
