//! Events between threads: a lock-free ring and a graph of stages around it.
//!
//! Producers publish; every stage sees every event, in order, either at once or after the stages it
//! follows. The events lie in the ring from publication until the last stage has released them:
//! nothing is queued, copied or allocated in between.
//!
//! ```text
//!              +--> decode --> match --+
//!   producer --|                       +--> emit        a Graph: who follows whom
//!              +--> journal -----------+
//! ```
//!
//! - [`Graph`] describes a ring with its stages and starts it; [`Producer`] feeds it; [`Running`]
//!   waits for it. A [`Hub`] attaches stages to a graph that runs and detaches them.
//! - [`Pipeline`] starts several rings together, with a [`Relay`] from one to the next. [`FanIn`]
//!   gives every producer a ring of its own.
//! - [`Handler`] is what a stage does with a [`Batch`], [`HandlerMut`] if it changes the events. A
//!   [`Coalesce`] decides how batches form.
//! - [`Isolate`] and [`Transaction`] recover from failing events, one by one or batch-wise.
//! - [`Poller`] reads on a thread of the caller's own.
//! - [`broadcast`] is the lossy ring, for those who must never hold anybody up.
//!
//! A handler that fails without a recovery adaptor poisons the pipeline: every stage stops, a
//! waiting producer wakes up with the reason, [`Running::join`] returns it, and nothing hangs. In
//! programs built with `panic = "abort"` a panic ends the process instead.
//!
//! What it is not: it knows nothing of markets or patterns, and does not persist events.

mod balance;
mod batch;
pub mod broadcast;
mod builder;
mod coalesce;
mod conflator;
mod cores;
mod counters;
mod dead_letter;
mod error;
mod event;
mod fan_in;
mod fault;
mod graph;
mod handler;
mod host;
mod hub;
mod isolate;
mod launch;
mod multi_producer;
mod orders;
mod pipeline;
mod placement;
mod poller;
mod post;
mod producer;
mod relay;
mod rescue;
mod ring;
mod ring_plan;
mod roll;
mod runner;
mod running;
mod seat;
mod source;
mod spawn;
mod stage;
mod summary;
mod sync;
mod tally;
mod transaction;
mod wait;
mod wiring;
mod work;
mod worker;

pub use balance::Imbalance;
pub use batch::{Batch, BatchCause, BatchMut};
pub use builder::StageBuilder;
pub use coalesce::{AddedDelay, Coalesce};
pub use conflator::Conflator;
pub use counters::{
    CounterFile, CountersError, RingCounters, Snapshot, StageCounters, StageProgress,
};
pub use dead_letter::{DeadLetter, DeadLetters};
pub use error::{BuildError, DetachError, PipelineError, PollError, PublishError, TryPublishError};
pub use event::{Capacity, Event};
pub use fan_in::FanIn;
pub use fault::{Fault, Remedy};
pub use graph::{Graph, StageId};
pub use handler::{Done, Handler, HandlerMut, StageContext};
pub use host::{
    HostReport, Memory, MemoryReport, Policy, Priority, PriorityError, Refusal, ThreadReport,
};
pub use hub::{Attached, Hub, LateStage};
pub use isolate::{EventHandler, Isolate, Verdict};
pub use multi_producer::{MultiClaim, MultiProducer};
pub use pipeline::{Part, Pipeline};
pub use poller::Poller;
pub use producer::{Claim, Producer};
pub use relay::{Outlet, Relay, Transform};
pub use ring::Failure;
pub use running::Running;
pub use seat::RingId;
pub use summary::{ProducerSummary, Recovery, StageLag, StageSummary, Summary};
pub use transaction::{BatchHandler, Transaction};
pub use wait::{Backoff, Wait};
