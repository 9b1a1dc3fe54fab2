//! A session of numbered packets: from two lossy lines to one stream in sequence.
//!
//! [`Arbiter`] takes the packets of both lines as they come and gives every message once, in
//! order: the first copy wins, early ones are held in bounded memory, missing ones are asked for
//! again, and what cannot be had becomes a declared gap, after which a [`SnapshotSource`] brings
//! the books up to date. [`Events`] turns its output into market events.
//!
//! There is no socket, no clock and no thread here: bytes and times come in, bytes to be sent come
//! out. So a day of faults can be tested in a second, and every run can be repeated.
//!
//! Source: "MoldUDP64 Protocol Specification" (Nasdaq).

mod arbiter;
mod events;
mod options;
mod snapshot;
mod soup_snapshots;
mod stats;
mod store;

pub use arbiter::{Arbiter, Output};
pub use events::Events;
pub use options::ArbiterOptions;
pub use snapshot::{NoSnapshot, SnapshotProgress, SnapshotSource};
pub use soup_snapshots::SoupSnapshots;
pub(crate) use soup_snapshots::is_later;
pub use stats::{Line, LineStats, SessionStats};
