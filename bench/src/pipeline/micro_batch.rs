//! Micro-batch: the batch is the unit of work, of commit and of fault.

use tourbillon_engine::{Batch, BatchHandler, Fault, StageContext};
use tourbillon_feeds::MarketEvent;

use super::front::Front;
use super::matching::{Matching, PART};

/// The stage of the micro-batch architecture. Where events are put in order first, nothing is
/// known of them before the commit: they are set aside until then, and matched part by part.
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
            if let Some(stage) = &mut self.0.front {
                stage.stage(next, part);
                next += part.len() as u64;
                continue;
            }
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
        if self.0.front.is_some() {
            self.reorder()?;
        }
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
        self.0.front.iter_mut().for_each(Front::unstage);
        for matcher in &mut self.0.matchers {
            matcher.rollback();
        }
    }

    fn on_stop(&mut self) {
        self.0.stop();
    }
}

impl MicroBatch {
    fn reorder(&mut self) -> Result<(), Fault> {
        let Self(matching) = self;
        let staged = matching.front.as_ref().map_or(0, Front::staged);
        for at in 0..staged {
            let Some(front) = &mut matching.front else { break };
            front.take_staged(at).map_err(|it| Fault::new(it.to_string()))?;
            if front.ready().1.len() >= PART {
                matching.commit_ready()?;
            }
        }
        matching.front.iter_mut().for_each(Front::unstage);
        matching.commit_ready()
    }
}
