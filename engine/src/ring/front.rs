//! How readers learn what has been published.

use super::cursor::Cursor;
use super::signal::Alarm;
use crate::sync::{Arc, Line};

/// What the readers watch that follow nobody but the writing side.
#[derive(Clone, Debug)]
pub(crate) enum Front {
    /// One writer's count of published events.
    Head(Arc<Cursor>),
}

impl Front {
    /// The number of events published without a gap, given that the first `from` are.
    #[inline]
    pub(crate) fn observe(&self, _from: u64) -> u64 {
        match self {
            Self::Head(head) => head.observe(),
        }
    }

    /// The number of events published without a gap, from scratch. For those who join.
    pub(crate) fn published(&self) -> u64 {
        match self {
            Self::Head(head) => head.observe(),
        }
    }

    /// Where it can be seen that something was published.
    pub(crate) fn line(&self) -> Line<'_> {
        match self {
            Self::Head(head) => head.line(),
        }
    }

    /// Sets who is woken by a publication.
    ///
    /// # Panics
    /// If called twice.
    pub(crate) fn wire(&self, alarms: Vec<Arc<Alarm>>) {
        match self {
            Self::Head(head) => head.wire(alarms),
        }
    }
}
