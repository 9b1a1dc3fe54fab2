//! Events between threads: a lock-free ring and a graph of stages around it.
//!
//! One producer publishes; every stage sees every event, in order, either at once or after the
//! stages it follows. The events lie in the ring from publication until the last stage has
//! released them: nothing is queued, copied or allocated in between.
//!
//! ```text
//!              +--> decode --> match --+
//!   producer --|                       +--> emit        a Graph: who follows whom
//!              +--> journal -----------+
//! ```
//!
//! - [`Graph`] describes a pipeline and starts it; [`Producer`] feeds it; [`Running`] waits for it.
//! - [`Handler`] is what a stage does with a [`Batch`]. A [`Coalesce`] decides how batches form.
//! - [`Isolate`] and [`Transaction`] recover from failing events, one by one or batch-wise.
//! - [`Poller`] reads on a thread of the caller's own.
//! - [`broadcast`] is the lossy ring, for those who must never hold anybody up.
//!
//! A handler that fails without a recovery adaptor poisons the pipeline: every stage stops, a
//! waiting producer wakes up with the reason, [`Running::join`] returns it, and nothing hangs. In
//! programs built with `panic = "abort"` a panic ends the process instead.
//!
//! What it is not: it knows nothing of markets or patterns, has one producer per ring, does not
//! persist events, and does not balance them over workers.

mod balance;
mod batch;
pub mod broadcast;
mod coalesce;
mod conflator;
mod cores;
mod dead_letter;
mod error;
mod event;
mod fault;
mod graph;
mod handler;
mod host;
mod isolate;
mod launch;
mod placement;
mod poller;
mod producer;
mod rescue;
#[allow(dead_code, unused_imports, reason = "the graph does not let readers come and go yet")]
mod ring;
mod running;
mod stage;
mod summary;
mod sync;
mod transaction;
mod wait;
mod worker;

pub use balance::Imbalance;
pub use batch::{Batch, BatchCause};
pub use coalesce::{AddedDelay, Coalesce};
pub use conflator::Conflator;
pub use dead_letter::{DeadLetter, DeadLetters};
pub use error::{BuildError, PipelineError, PollError, PublishError, TryPublishError};
pub use event::{Capacity, Event};
pub use fault::{Fault, Remedy};
pub use graph::{Graph, StageBuilder, StageId};
pub use handler::{Handler, StageContext};
pub use isolate::{EventHandler, Isolate, Verdict};
pub use poller::Poller;
pub use producer::{Claim, Producer};
pub use ring::Failure;
pub use running::Running;
pub use summary::{ProducerSummary, Recovery, StageLag, StageSummary, Summary};
pub use transaction::{BatchHandler, Transaction};
pub use wait::{Backoff, Wait};
