//! Matching run by run: each partial match is a run of its own, which remembers its events.
//!
//! For patterns whose conditions read events bound earlier, so that partial matches cannot be
//! shared. The typed pattern ([`crate::ir`]) is unfolded into branches (`unfold`, `plan`); a run
//! waits in one branch, and `step` says what an event does to it; runs that forked share what
//! they bound before (`chain`); `settle` orders what comes out and applies selection, skip,
//! consumption and limit. All memory is allocated when the matcher is built, and time is only in
//! events and watermarks: the same input gives the same output.
//!
//! What an event costs grows with the runs of its key, and with the bound events that conditions
//! read back. A deadline costs a look at all runs.

mod chain;
mod limits;
mod matcher;
mod plan;
mod settle;
mod step;
mod store;
mod unfold;

pub use limits::{Dropped, Limits};
pub use matcher::{Found, Kind, Matcher};
pub use plan::BuildError;
