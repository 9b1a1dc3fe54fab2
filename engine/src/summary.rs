//! What a pipeline did, so that nothing gets lost without a trace: see [`Summary::balance`].

use std::fmt;

use crate::coalesce::AddedDelay;
use crate::ring::Failure;

/// The account of a pipeline that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Events that were published.
    pub published: u64,
    /// Whether the pipeline was told to halt before it had drained.
    pub halted: bool,
    /// One account per ring, in the order in which the rings were added.
    pub producers: Vec<ProducerSummary>,
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

/// What the producers of one ring did, by what became of the events.
///
/// Only `dropped` and `conflated` are events that were taken from the caller and not published;
/// what was rejected or timed out the caller still has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerSummary {
    /// Events published.
    pub published: u64,
    /// Times that a producer had to wait for room.
    pub waited: u64,
    /// Events refused because the ring was full.
    pub rejected: u64,
    /// Events refused because there was no room in time.
    pub timed_out: u64,
    /// Events dropped because the ring was full, or because it had stopped while they were pending
    /// in a conflator.
    pub dropped: u64,
    /// Events that a newer one of the same key replaced while the ring was full.
    pub conflated: u64,
}

impl ProducerSummary {
    /// Adds what another producer of the same ring did.
    pub(crate) fn add(&mut self, other: &Self) {
        let Self { published, waited, rejected, timed_out, dropped, conflated } = other;
        self.published += published;
        self.waited += waited;
        self.rejected += rejected;
        self.timed_out += timed_out;
        self.dropped += dropped;
        self.conflated += conflated;
    }

    /// Events that the producers were given: published, or lost for a reason that is counted.
    #[must_use]
    pub fn offered(&self) -> u64 {
        self.published + self.dropped + self.conflated
    }
}

/// The account of one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageSummary {
    /// Its name.
    pub name: String,
    /// The stage whose events it shares with other workers, if it is one of several.
    pub group: Option<String>,
    /// The sequence of the first event it could see: 0 unless it was attached later.
    pub from: u64,
    /// The sequence after the last event it was done with.
    pub until: u64,
    /// Events published for it: all of the ring, or those from its attachment to its detachment.
    /// A group of workers has one number between them, stated with the first.
    pub offered: u64,
    /// Events of the batches that its handler took to the end, dead letters among them. The batch
    /// in which it failed is not counted, nor is what was committed of it.
    pub events: u64,
    /// Batches in which it took them.
    pub batches: u64,
    /// Slots that a producer claimed and gave up; no handler sees them.
    pub aborted: u64,
    /// Events that were left: published after the stage stopped, or in the batch in which it
    /// failed. A group of workers has one number between them, stated with the first.
    pub in_flight: u64,
    /// Why it left the ring before the end, if a fault made it.
    pub detached: Option<Failure>,
    /// What its recovery adaptor did; all zero without one.
    pub recovery: Recovery,
    /// What gathering batches cost in time; `None` with natural batching.
    pub added_delay: Option<AddedDelay>,
}

/// What a recovery adaptor ([`Isolate`](crate::Isolate), [`Transaction`](crate::Transaction)) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// Attempts beyond the first at the same event or batch.
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
