//! Who is woken by what. Gathered while stages are placed and set all at once, because who is
//! woken by a move is settled before the first one.

use crate::ring::{Alarm, Cursor, Front};
use crate::sync::{Arc, Line};

/// What brings a stage its events: the writing side of its ring, or a stage it follows.
#[derive(Clone, Debug)]
pub(crate) enum Feed {
    Front(Front),
    Stage(Arc<Cursor>),
}

impl Feed {
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Front(one), Self::Front(other)) => one.is(other),
            (Self::Stage(one), Self::Stage(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// The cache line that changes when it brings something.
    pub(crate) fn line(&self) -> Line<'_> {
        match self {
            Self::Front(front) => front.line(front.published()),
            Self::Stage(cursor) => cursor.line(),
        }
    }

    fn wire(&self, alarms: Vec<Arc<Alarm>>) {
        match self {
            Self::Front(front) => front.wire(alarms),
            Self::Stage(cursor) => cursor.wire(alarms),
        }
    }
}

/// The alarms that each feed rings.
#[derive(Default)]
pub(crate) struct Wiring(Vec<(Feed, Vec<Arc<Alarm>>)>);

impl Wiring {
    pub(crate) fn add(&mut self, feed: &Feed, alarm: &Arc<Alarm>) {
        let alarm = Arc::clone(alarm);
        match self.0.iter_mut().find(|(known, _)| known.is(feed)) {
            Some((_, alarms)) => alarms.push(alarm),
            None => self.0.push((feed.clone(), vec![alarm])),
        }
    }

    pub(crate) fn apply(self) {
        for (feed, alarms) in self.0 {
            feed.wire(alarms);
        }
    }
}
