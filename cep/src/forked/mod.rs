//! Matching run by run: each partial match is a run of its own, which remembers its events.
//!
//! For patterns whose conditions read events bound earlier, so that partial matches cannot be
//! shared. The typed pattern ([`crate::ir`]) is unfolded into branches (`unfold`, `plan`); a run
//! waits in one branch, and `step` says what an event does to it; runs that forked share what
//! they bound before (`chain`); `settle` orders what comes out and applies selection, skip,
//! consumption and limit. All memory is allocated when the matcher is built, and time is only in
//! events and watermarks: the same input gives the same output.
//!
//! A sink that panics leaves the event half done; [`Matcher`](crate::Matcher) stands it.
//!
//! What an event costs grows with the runs of its key, and with the bound events that conditions
//! read back; what is over by its time costs the logarithm of how many runs there are.

mod attention;
mod chain;
mod found;
mod inspect;
mod keys;
mod limits;
mod list;
mod matcher;
mod outputs;
mod partitions;
mod plan;
mod rows;
mod settle;
mod step;
mod store;
mod timers;
mod unfold;

pub use found::{Found, Kind};
pub(crate) use inspect::{Edge, Wait, Waiting, automaton};
pub use limits::{Dropped, Limit, Limits, Policies, Stopped};
pub use matcher::Matcher;
pub(crate) use plan::Branch;
pub use plan::BuildError;
pub(crate) use unfold::Unfolding;
