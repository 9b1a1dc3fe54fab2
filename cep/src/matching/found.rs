//! What comes out: matches, and partial matches that timed out.

use crate::eval::{Measures, Value};
pub use crate::forked::Kind;
use crate::ir::StepId;
use crate::shared::Totals;

/// An event of the stream, bound to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bound {
    /// What it is bound to.
    pub step: StepId,
    /// What the caller called the event.
    pub sequence: u64,
}

/// A match, or a partial match that timed out, while it is given to the sink.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    pub(super) kind: Kind,
    pub(super) bound: &'a [Bound],
    pub(super) measures: &'a Measures,
    pub(super) values: &'a [Value],
    pub(super) start_time: u64,
    pub(super) end_time: u64,
    pub(super) released_by: Option<u64>,
    pub(super) truncated: bool,
    pub(super) totals: Option<&'a Totals>,
}

impl<'a> Found<'a> {
    /// Is it complete?
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its events in the order of the stream; at least one.
    #[must_use]
    pub fn bound(&self) -> &'a [Bound] {
        self.bound
    }

    /// The numbers of its events, in order.
    pub fn sequences(&self) -> impl ExactSizeIterator<Item = u64> + use<'a> {
        self.bound.iter().map(|bound| bound.sequence)
    }

    /// The values of its measures, in their order.
    #[must_use]
    pub fn values(&self) -> &'a [Value] {
        self.values
    }

    /// The value of the measure called `name`, if there is one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        self.measures.find(name).map(|at| self.values[at])
    }

    /// Time of its first event.
    #[must_use]
    pub fn start_time(&self) -> u64 {
        self.start_time
    }

    /// Time of its last event.
    #[must_use]
    pub fn end_time(&self) -> u64 {
        self.end_time
    }

    /// The event that let it out: its last one, or a later one if it had to wait. `None` if a
    /// watermark or the end of the stream did.
    #[must_use]
    pub fn released_by(&self) -> Option<u64> {
        self.released_by
    }

    /// How many matches the event completes and their sum, where `EMIT` asks for this instead of
    /// the matches; the event is then all that is bound.
    #[must_use]
    pub fn totals(&self) -> Option<&'a Totals> {
        self.totals
    }

    /// Did a limit cut something, so that matches of its key may be missing?
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Its [`checksum`].
    #[must_use]
    pub fn checksum(&self) -> u64 {
        checksum(self.sequences())
    }
}

/// The share of the match of these events in the order-independent checksum of a set of matches,
/// which is the sum of the shares modulo 2^64: splitmix64's finalizer folded over `sequence + 1`.
#[inline]
pub fn checksum(sequences: impl IntoIterator<Item = u64>) -> u64 {
    sequences.into_iter().fold(0, |hash, sequence| mix(hash ^ sequence.wrapping_add(1)))
}

/// The finalizer of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
fn mix(mut z: u64) -> u64 {
    z ^= z >> 30;
    z = z.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^= z >> 27;
    z = z.wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}
