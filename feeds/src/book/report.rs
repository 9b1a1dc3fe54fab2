//! What went wrong in the books, counted and located.

use crate::event::MarketEvent;
use serde::Serialize;

/// Faults kept with their place.
pub const LOCATED_FAULTS: usize = 64;

/// What is wrong with an event for its book. Each one makes the book suspect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// No such order in the instrument's book; ignored.
    #[error("the order is not in the book; ignored")]
    UnknownOrder,
    /// The new reference is in use; the order that had it leaves.
    #[error("the reference is in use; the older order left the book")]
    DuplicateOrder,
    /// More is taken off than is there; the order leaves.
    #[error("more is taken off the order than it has; it left the book")]
    TooMuch,
    /// No side, no size or no price; nothing enters. A replaced order has left.
    #[error("the event has no side, no size or no price; no order entered")]
    Meaningless,
    /// Bid above ask when the books were to be consistent; nothing is changed.
    #[error("the best bid is above the best ask")]
    Crossed,
    /// A bound of [`super::BookLimits`] is hit: the order is not in the book.
    #[error("no room for the order or its price; raise the limit of the books")]
    NoRoom,
    /// The instrument's index is beyond [`super::BookLimits::instruments`]; ignored.
    #[error("the instrument has no book; raise the limit of instruments")]
    NoBook,
}

impl FaultKind {
    const ALL: [FaultKind; 7] = [
        FaultKind::UnknownOrder,
        FaultKind::DuplicateOrder,
        FaultKind::TooMuch,
        FaultKind::Meaningless,
        FaultKind::Crossed,
        FaultKind::NoRoom,
        FaultKind::NoBook,
    ];
}

/// One fault and the event that showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LocatedFault {
    /// What.
    pub kind: FaultKind,
    /// [`MarketEvent::seq`] of the event.
    pub seq: u64,
    /// [`MarketEvent::ts_event`] of the event.
    pub ts_event: u64,
    /// [`MarketEvent::instrument`] of the event.
    pub instrument: u32,
    /// [`MarketEvent::order_id`] of the event.
    pub order_id: u64,
}

/// What the books have seen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BookReport {
    /// Events given.
    pub events: u64,
    /// Best prices told.
    pub quotes: u64,
    /// Gaps, each of which made every book suspect.
    pub gaps: u64,
    /// The first faults; at most [`LOCATED_FAULTS`].
    pub located: Vec<LocatedFault>,
    counts: [u64; FaultKind::ALL.len()],
}

impl BookReport {
    pub(super) fn new() -> Self {
        Self { located: Vec::with_capacity(LOCATED_FAULTS), ..Self::default() }
    }

    /// How often a fault was met.
    #[must_use]
    pub fn count(&self, kind: FaultKind) -> u64 {
        self.counts[kind as usize]
    }

    /// How often each fault was met, those of no count left out.
    pub fn counts(&self) -> impl Iterator<Item = (FaultKind, u64)> {
        FaultKind::ALL.into_iter().zip(self.counts).filter(|&(_, count)| count > 0)
    }

    #[cold]
    pub(super) fn fault(&mut self, kind: FaultKind, event: &MarketEvent) {
        self.counts[kind as usize] += 1;
        if self.located.len() < LOCATED_FAULTS {
            let &MarketEvent { seq, ts_event, instrument, order_id, .. } = event;
            self.located.push(LocatedFault { kind, seq, ts_event, instrument, order_id });
        }
    }
}
