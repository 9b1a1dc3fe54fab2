//! Micro-batch: the batch is the unit of work, of commit and of fault.

use tourbillon_engine::{Batch, BatchHandler, Fault, StageContext};
use tourbillon_feeds::MarketEvent;

use super::matching::Matching;

/// Events that all patterns work on before any goes on: 128 KiB, well inside a second-level cache.
const PART: usize = 2_048;

/// The stage of the micro-batch architecture.
#[derive(Debug)]
pub(super) struct MicroBatch(pub(super) Matching);

impl BatchHandler<MarketEvent> for MicroBatch {
    fn on_start(&mut self, _: &StageContext) {
        self.0.start();
    }

    fn apply(&mut self, batch: &Batch<'_, MarketEvent>) -> Result<(), Fault> {
        let (front, back) = batch.slices();
        let mut next = batch.first_sequence();
        // Part by part, so that the second pattern finds the events in the cache.
        for part in front.chunks(PART).chain(back.chunks(PART)) {
            for matcher in &mut self.0.matchers {
                // A batch that is more than can be held back fits once it is cut.
                matcher.apply(next, part).map_err(|it| Fault::too_large(it.to_string()))?;
            }
            next += part.len() as u64;
        }
        // Last, so that a planted fault undoes real work.
        self.0.poison.check(batch.first_sequence(), batch.len() as u64)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let Matching { matchers, sink, .. } = &mut self.0;
        for (pattern, matcher) in matchers.iter_mut().enumerate() {
            matcher
                .commit(&mut |found| sink.take(pattern, found))
                .map_err(|full| Fault::new(full.to_string()))?;
        }
        sink.stamp();
        Ok(())
    }

    fn rollback(&mut self) {
        for matcher in &mut self.0.matchers {
            matcher.rollback();
        }
    }

    fn on_stop(&mut self) {
        self.0.stop();
    }
}
