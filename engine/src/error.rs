//! Everything that can go wrong, by the operation that meets it.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::Failure;
use crate::balance::Imbalance;
use crate::host::PriorityError;
use crate::summary::{StageLag, Summary};

/// A graph that cannot be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The number of slots is not a power of two of at least 2.
    #[error("capacity {slots} is not a power of two >= 2; the next one is {nearest}")]
    Capacity {
        /// What was asked for.
        slots: usize,
        /// What would do.
        nearest: usize,
    },
    /// There is nobody to read the events.
    #[error("the graph has neither a stage nor a poller; add one before start")]
    Empty,
    /// A stage's name is empty, taken, or holds a NUL.
    #[error("stage name {name:?} is empty, taken or holds a NUL; give every stage its own name")]
    Name {
        /// The name.
        name: String,
    },
    /// A stage or poller follows a stage that this graph does not have.
    #[error("{name:?} follows a stage that is not in this graph; use the ids this graph returned")]
    UnknownStage {
        /// The name of the follower.
        name: String,
    },
    /// A stage changes events while another could look at them.
    #[error(
        "stage {stage:?} and {other:?} would get at the same events at the same time, and one of \
         them changes events; let one follow the other"
    )]
    NotSoleMutator {
        /// One of them.
        stage: String,
        /// The other.
        other: String,
    },
    /// A stage publishes into a ring that is not part of the pipeline, or comes before its own.
    #[error(
        "stage {stage:?} publishes into a ring that does not come after its own; add the rings to \
         one pipeline in the order in which events pass through them"
    )]
    RingOrder {
        /// The name of the stage.
        stage: String,
    },
    /// Something is to be attached to a graph that does not run.
    #[error("the graph has not been started; start it, then attach, or add the stage to the graph")]
    NotStarted,
    /// A batch may hold no event.
    #[error("stage {stage:?} may take 0 events a batch; allow at least 1")]
    EmptyBatch {
        /// The name of the stage.
        stage: String,
    },
    /// Workers that share events are to gather them into batches.
    #[error(
        "stage {stage:?} shares its events out and gathers batches, but what a worker has taken \
         does not grow while it waits; let a stage that follows gather them"
    )]
    SharedGathering {
        /// The name of the stage.
        stage: String,
    },
    /// Stages that share a thread ask for different cores.
    #[error("thread group {group} is to run on cores {first} and {second}; choose one of them")]
    CoreConflict {
        /// The group.
        group: usize,
        /// One core.
        first: usize,
        /// The other.
        second: usize,
    },
    /// The machine has no such core, or it is switched off.
    #[error("core {core} is not online; the cores that are: {online:?}")]
    NoSuchCore {
        /// What was asked for.
        core: usize,
        /// What there is.
        online: Vec<usize>,
    },
    /// More groups and pinned stages than threads.
    #[error(
        "cores and thread groups ask for {wanted} threads, {threads} are allowed; raise the \
         number of threads or fuse stages"
    )]
    TooFewThreads {
        /// Threads asked for by cores and groups.
        wanted: usize,
        /// Threads allowed.
        threads: usize,
    },
    /// Threads that spin without a core of their own starve one another.
    #[error(
        "{spinning} threads would spin on {cores} cores; fuse stages, let some yield or park, or \
         use force_spin(true)"
    )]
    TooManySpinners {
        /// Threads that would spin, the producer's among them.
        spinning: usize,
        /// Cores there are.
        cores: usize,
    },
    /// The system would not bind a thread to its core.
    #[error("cannot bind a thread to core {core} (is it in this process's cpuset?): {source}")]
    Pin {
        /// The core.
        core: usize,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file of counters cannot be created.
    #[error("cannot create the counters {}: {source}", path.display())]
    Counters {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The system would not start a thread.
    #[error("cannot start thread {thread:?}: {source}")]
    Spawn {
        /// The name of the thread.
        thread: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Real-time priority that would do harm.
    #[error(transparent)]
    Priority(#[from] PriorityError),
    /// A handler panicked before the first event.
    #[error("cannot start: {0}")]
    OnStart(Failure),
}

/// A stage that cannot leave.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DetachError {
    /// There is none of that name, or it has left.
    #[error("there is no stage {stage:?} to detach")]
    UnknownStage {
        /// The name.
        stage: String,
    },
    /// Others follow it, and would never see another event.
    #[error("stage {stage:?} is followed by {followers:?}; detach these first")]
    Followed {
        /// The name of the stage.
        stage: String,
        /// Who follows it.
        followers: Vec<String>,
    },
}

/// An event that cannot be published.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The pipeline was halted.
    #[error("the pipeline was halted; no more events are taken")]
    Closed,
    /// A stage failed and took the pipeline down.
    #[error("the pipeline is poisoned: {0}")]
    Poisoned(Failure),
    /// The ring is full and its graph has not been started, so nobody makes room.
    #[error("the ring is full and its graph has not been started; start it, then publish")]
    NotStarted,
    /// The ring is full, and its stages, or those of a ring into which they publish, run on the very
    /// thread that publishes.
    #[error(
        "the ring is full and its stages run on this thread, which would wait for itself; publish \
         through a Relay, or run them on another thread"
    )]
    WouldDeadlock,
    /// There was no room in time.
    #[error("the ring was full for {limit:?}; the event was not published")]
    TimedOut {
        /// How long the producer waited.
        limit: Duration,
    },
    /// A claim that can never be met.
    #[error("cannot claim {slots} slots of a ring of {capacity}; claim in pieces")]
    TooLarge {
        /// What was asked for.
        slots: usize,
        /// What there is.
        capacity: usize,
    },
}

/// An event that cannot be published at once.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryPublishError {
    /// A stage is a whole ring behind; try again later.
    #[error("the ring is full; try again, or drop the event and count it")]
    Full,
    /// The pipeline was halted.
    #[error("the pipeline was halted; no more events are taken")]
    Closed,
    /// A stage failed and took the pipeline down.
    #[error("the pipeline is poisoned: {0}")]
    Poisoned(Failure),
}

/// Why a poller will see no more events.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PollError {
    /// The producer is gone and everything was read, or the pipeline was halted.
    #[error("the ring is closed; no more events will come")]
    Closed,
    /// A stage failed and took the pipeline down.
    #[error("the pipeline is poisoned: {0}")]
    Poisoned(Failure),
}

/// A pipeline that did not end well.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// A stage failed; the others stopped.
    #[error("{failure}")]
    Poisoned {
        /// What failed first.
        failure: Failure,
        /// What each stage had done by then.
        summary: Box<Summary>,
    },
    /// The account does not add up: an event was lost, or taken twice.
    #[error("{imbalance}")]
    Unbalanced {
        /// What does not add up.
        imbalance: Imbalance,
        /// The account.
        summary: Box<Summary>,
    },
    /// Some stages were not done in time. They have been told to halt.
    #[error("not drained within {limit:?}, halted; behind: {}", lags(late))]
    Late {
        /// The time they had.
        limit: Duration,
        /// The stages that were behind, and by how much.
        late: Vec<StageLag>,
    },
}

fn lags(late: &[StageLag]) -> String {
    if late.is_empty() {
        return "no stage; close the producer, or look for a handler that does not return"
            .to_owned();
    }
    let each: Vec<String> = late.iter().map(ToString::to_string).collect();
    each.join(", ")
}
