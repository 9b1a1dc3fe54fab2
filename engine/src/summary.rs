//! What a pipeline did, so that events in = events out + dead letters can be checked.

use std::fmt;

/// The account of a pipeline that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Events that the producer published.
    pub published: u64,
    /// Whether the pipeline was told to halt before it had drained.
    pub halted: bool,
    /// One account per stage, in the order in which the stages were added.
    pub stages: Vec<StageSummary>,
}

impl Summary {
    /// The account of the stage with that name.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&StageSummary> {
        self.stages.iter().find(|stage| stage.name == name)
    }
}

/// The account of one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageSummary {
    /// Its name.
    pub name: String,
    /// Events of the batches that its handler took to the end, dead letters among them. The batch
    /// in which it failed is not counted, nor is what was committed of it.
    pub events: u64,
    /// Batches in which it took them.
    pub batches: u64,
    /// What its recovery adaptor did; all zero without one.
    pub recovery: Recovery,
}

/// What a recovery adaptor ([`Isolate`](crate::Isolate), [`Transaction`](crate::Transaction)) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// Attempts beyond the first at the same batch.
    pub retried: u64,
    /// Batches that were cut in two to find the event at fault.
    pub bisected: u64,
    /// Events given up and sent to the dead-letter sink.
    pub dead_letters: u64,
    /// Of these, the ones the sink could not keep.
    pub dead_letters_lost: u64,
}

/// How far behind the producer a stage is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageLag {
    /// The name of the stage.
    pub stage: String,
    /// Events published but not yet released by the stage.
    pub events: u64,
}

impl fmt::Display for StageLag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {} events", self.stage, self.events)
    }
}
