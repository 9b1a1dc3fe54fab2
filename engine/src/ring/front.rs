//! How readers learn what has been published.
#![allow(unsafe_code)] // Hands on the contract of a lane.

use super::cursor::Cursor;
use super::lane::Lane;
use super::signal::Alarm;
use super::stamps::Stamps;
use crate::sync::{Arc, Line};

/// What the readers watch that follow nobody but the writing side.
#[derive(Clone, Debug)]
pub(crate) enum Front {
    /// One writer's count of published events.
    Head(Arc<Cursor>),
    /// The same with a copy of the newest event.
    Lane(Arc<Lane>),
    /// What several writers have claimed, and the stamps of what is published.
    Stamps(Arc<Stamps>),
}

impl Front {
    /// The number of events published without a gap, given that the first `from` are.
    #[inline]
    pub(crate) fn observe(&self, from: u64) -> u64 {
        match self {
            Self::Head(head) => head.observe(),
            Self::Lane(lane) => lane.observe(),
            Self::Stamps(stamps) => stamps.observe(from),
        }
    }

    /// The number of events published or, by several writers, claimed. Final once the ring is
    /// closed, for then all that was claimed is published.
    #[inline]
    pub(crate) fn newest(&self) -> u64 {
        match self {
            Self::Head(head) => head.observe(),
            Self::Lane(lane) => lane.observe(),
            Self::Stamps(stamps) => stamps.claimed(),
        }
    }

    /// A copy of the last of `observed` events, if it can be had without its slot.
    ///
    /// # Safety
    /// `E` is the ring's event.
    #[inline]
    pub(super) unsafe fn copy<E>(&self, observed: u64) -> Option<E> {
        match self {
            // SAFETY: as the caller says.
            Self::Lane(lane) => unsafe { lane.copy(observed) },
            Self::Head(_) | Self::Stamps(_) => None,
        }
    }

    /// The stamps to ask which slots hold no event, if there are any such.
    #[inline]
    pub(super) fn aborted(&self) -> Option<&Stamps> {
        match self {
            Self::Stamps(stamps) if stamps.has_aborted() => Some(stamps),
            _ => None,
        }
    }

    /// The number of events published without a gap, from scratch. For those who join.
    pub(crate) fn published(&self) -> u64 {
        match self {
            Self::Head(head) => head.observe(),
            Self::Lane(lane) => lane.observe(),
            Self::Stamps(stamps) => stamps.published(),
        }
    }

    /// Where it can be seen that more than `published` events are.
    pub(crate) fn line(&self, published: u64) -> Line<'_> {
        match self {
            Self::Head(head) => head.line(),
            Self::Lane(lane) => lane.line(),
            Self::Stamps(stamps) => stamps.line(published),
        }
    }

    /// Whether both are the front of one ring.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Head(one), Self::Head(other)) => Arc::ptr_eq(one, other),
            (Self::Lane(one), Self::Lane(other)) => Arc::ptr_eq(one, other),
            (Self::Stamps(one), Self::Stamps(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Sets who is woken by a publication.
    ///
    /// # Panics
    /// If called twice.
    pub(crate) fn wire(&self, alarms: Vec<Arc<Alarm>>) {
        match self {
            Self::Head(head) => head.wire(alarms),
            Self::Lane(lane) => lane.wire(alarms),
            Self::Stamps(stamps) => stamps.bell().wire(alarms),
        }
    }
}
