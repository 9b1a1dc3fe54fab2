//! The single-producer multicast ring: one writer, any number of readers that each see every
//! event, in order.
//!
//! ```text
//!              release            release           publish
//!   reader B ----------> reader A ---------> ... <---------- writer
//!   position 5           position 7                          head 9        capacity 8
//!
//!   slots 5 6 | 7 8 | free: the writer may go up to 5 + 8 = 13, the slowest reader's position
//!   plus the capacity
//! ```
//!
//! **Positions** are counts: the head is the number of events published, a reader's position the
//! number it has finished with. Event `i`, counted from 0, lies in slot `i mod capacity`.
//!
//! **Readers come and go** while the ring runs ([`Roster`]); [`gates`] says why that is safe.
//!
//! **Several writers** share a ring by claims and stamps; [`multi`] and [`stamps`] say how.
//!
//! **Work can be shared out** among readers instead of going to each; [`share`] says how.
//!
//! **Demand**: a writer without room states the position it waits for. A reader that holds events
//! back to gather a batch, and is not that far yet, gives them up.
//!
//! **The front** is what tells readers how much is published. A head is a cache line of its own, so
//! an event costs an idle reader two transfers: the head and the slot. A [`lane`] carries a copy of
//! the newest event beside the count, and saves the second.
//!
//! **Invariants**
//! 1. Only the writer writes slots, and only those in `head .. min(gates) + capacity`.
//! 2. A reader reads only slots in `own position .. min(upstream positions)`.
//! 3. The writer gates, directly or through readers further down, on every reader. So the ranges
//!    of 1 and 2 never meet.
//! 4. Nothing is published after the phase leaves `Open` for `Closed`.
//!
//! This module holds the protocol and nothing else: no threads, no waiting with a clock, no
//! handlers. It uses only `crate::sync`, so the models can compile it as it stands.

mod bed;
mod bell;
mod block;
pub(crate) mod broadcast;
mod cursor;
mod front;
mod gates;
mod lane;
mod lifecycle;
mod multi;
mod prefetch;
mod reader;
mod roster;
mod share;
mod signal;
mod slots;
mod stamps;
#[cfg(all(test, not(loom)))]
mod tests;
mod writer;

pub(crate) use bed::Bed;
#[cfg(loom)]
pub(crate) use bell::Bell;
pub(crate) use cursor::Cursor;
pub(crate) use front::Front;
pub(crate) use gates::Node;
pub use lifecycle::Failure;
pub(crate) use lifecycle::{Lifecycle, Phase};
pub(crate) use multi::{Held, MultiWriter};
pub(crate) use reader::{Hold, Mutator, Reader, Tap};
pub(crate) use roster::Roster;
pub(crate) use signal::{Alarm, Parker};
pub(crate) use slots::View;
pub(crate) use writer::Writer;
