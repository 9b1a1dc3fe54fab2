//! The load: events go into the ring at their intended times, as fast as it takes them, or as they
//! arrive.

use std::sync::atomic::Ordering;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tourbillon_engine::{Producer, PublishError};
use tourbillon_feeds::{EventSource, MarketEvent};

use super::RunError;
use super::sink::SendTimes;
use crate::measure::pacer::{Paced, Pacer};
use crate::measure::schedule::Schedule;

/// Lead time between the start of a run and its first event, so that all threads are awake.
pub(super) const LEAD_NS: u64 = 2_000_000;

/// Open loop: publishes each event when it is due, however the engine is doing.
pub(super) fn paced(
    producer: &mut Producer<MarketEvent>,
    events: &[MarketEvent],
    times: &SendTimes,
    schedule: &Schedule,
) -> Result<Paced, PublishError> {
    let start = times.clock.now() + times.clock.ticks(LEAD_NS);
    times.start.store(start, Ordering::Relaxed);
    let mut pacer = Pacer::new(times.clock, schedule, start);
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

/// Events taken from a source at once.
const TAKEN: usize = 256;

/// Live: publishes each event as soon as it is there, at most so many, and says when the first one
/// was. It is due when its packet arrived, by the kernel's clock.
pub(super) fn live(
    producer: &mut Producer<MarketEvent>,
    source: &mut dyn EventSource,
    most: u64,
    times: &SendTimes,
) -> Result<Instant, RunError> {
    times.start.store(times.clock.now(), Ordering::Relaxed);
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64);
    let mut events = vec![MarketEvent::default(); TAKEN];
    let (mut begun, mut sequence) = (None, 0);
    while sequence < most {
        let room = (most - sequence).min(TAKEN as u64) as usize;
        let filled = source.fill(&mut events[..room]);
        if filled == 0 {
            break;
        }
        begun.get_or_insert_with(Instant::now);
        for event in &events[..filled] {
            times.arrived(sequence, event.ts_recv.saturating_sub(unix));
            times.sent(sequence, times.clock.now());
            producer.publish(*event)?;
            sequence += 1;
        }
    }
    Ok(begun.unwrap_or_else(Instant::now))
}
