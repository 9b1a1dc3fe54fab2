//! Real-time: each event is matched and its matches are visible before the next is looked at.

use tourbillon_engine::{EventHandler, Fault, StageContext};
use tourbillon_feeds::MarketEvent;

use super::matching::Matching;

/// The stage of the real-time architecture.
#[derive(Debug)]
pub(super) struct RealTime(pub(super) Matching);

impl EventHandler<MarketEvent> for RealTime {
    fn on_start(&mut self, _: &StageContext) {
        self.0.start();
    }

    #[inline]
    fn on_event(&mut self, sequence: u64, event: &MarketEvent) -> Result<(), Fault> {
        let Matching { matchers, sink, poison, front, .. } = &mut self.0;
        poison.check(sequence, 1)?;
        if let Some(front) = front {
            front.push(sequence, event).map_err(|it| Fault::new(it.to_string()))?;
            self.0.push_ready().map_err(|full| Fault::new(full.to_string()))?;
            self.0.sink.stamp();
            return Ok(());
        }
        for (pattern, matcher) in matchers.iter_mut().enumerate() {
            matcher
                .push(sequence, event, &mut |found| sink.take(pattern, found))
                .map_err(|full| Fault::new(full.to_string()))?;
        }
        sink.stamp();
        Ok(())
    }

    fn on_stop(&mut self) {
        self.0.stop();
    }
}
