//! Micro-batch: the batch is the unit of work, of commit and of fault.

use tourbillon_cep::BatchError;
use tourbillon_engine::{Batch, BatchHandler, Fault, StageContext};
use tourbillon_feeds::MarketEvent;

use super::matching::Matching;

/// The stage of the micro-batch architecture.
#[derive(Debug)]
pub(super) struct MicroBatch(pub(super) Matching);

impl BatchHandler<MarketEvent> for MicroBatch {
    fn on_start(&mut self, _: &StageContext) {
        self.0.start();
    }

    fn apply(&mut self, batch: &Batch<'_, MarketEvent>) -> Result<(), Fault> {
        let (first, (front, back)) = (batch.first_sequence(), batch.slices());
        for matcher in &mut self.0.matchers {
            matcher.apply(first, front).map_err(too_large)?;
            matcher.apply(first + front.len() as u64, back).map_err(too_large)?;
        }
        // Last, so that a planted fault undoes real work.
        self.0.poison.check(first, batch.len() as u64)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let Matching { matchers, sink, .. } = &mut self.0;
        for (pattern, matcher) in matchers.iter_mut().enumerate() {
            matcher.commit(&mut |found| sink.take(pattern, found));
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

/// A batch that finds more matches than it can hold back fits once it is cut.
fn too_large(error: BatchError) -> Fault {
    Fault::too_large(error.to_string())
}
