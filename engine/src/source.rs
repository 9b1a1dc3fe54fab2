//! What a stage's runner asks of a reader, whether it sees every event or its share of them.

use crate::ring::{Cursor, Lifecycle, Mutator, Reader, View};
use crate::sync::Arc;
use crate::wiring::Feed;

/// A place in a ring from which events are read in order.
pub(crate) trait Source: Send + 'static {
    type Event: Send + Sync + 'static;

    /// The reader that it is, or that is inside.
    fn reader(&self) -> &Reader<Self::Event>;
    fn reader_mut(&mut self) -> &mut Reader<Self::Event>;

    fn lifecycle(&self) -> &Arc<Lifecycle> {
        self.reader().lifecycle()
    }

    /// The sequence of the next event to read.
    #[inline]
    fn next(&self) -> u64 {
        self.reader().next()
    }

    /// Looks at the ring and returns how many events can be read.
    #[inline]
    fn available(&mut self) -> usize {
        self.reader_mut().available()
    }

    /// A copy of the next event, if it is the only new one and came with the news.
    #[inline]
    fn newest(&mut self) -> Option<Self::Event> {
        None
    }

    /// Borrows the next `len` events.
    #[inline]
    fn view(&self, len: usize) -> View<'_, Self::Event> {
        self.reader().view(len)
    }

    /// Gives the next `len` events back.
    #[inline]
    fn release(&mut self, len: usize) {
        self.reader_mut().release(len);
    }

    /// Whether the ring is closed and the very last event has been released.
    fn has_ended(&self) -> bool {
        self.reader().has_ended()
    }

    /// Reads no more, and holds nobody back any more; false if others follow it: then it stays.
    fn leave(&mut self) -> bool {
        self.reader_mut().leave()
    }

    /// What brings it events, except from `own`: the positions that move on its thread.
    fn feeds(&self, own: &[Arc<Cursor>]) -> Vec<Feed> {
        let upstream = self.reader().upstream();
        if upstream.is_empty() {
            return vec![Feed::Front(self.reader().roster().front().clone())];
        }
        let is_own = |cursor: &&Arc<Cursor>| own.iter().any(|own| Arc::ptr_eq(own, cursor));
        let foreign = upstream.iter().filter(|cursor| !is_own(cursor));
        foreign.map(|cursor| Feed::Stage(Arc::clone(cursor))).collect()
    }
}

impl<E: Send + Sync + 'static> Source for Reader<E> {
    type Event = E;

    fn reader(&self) -> &Reader<E> {
        self
    }

    fn reader_mut(&mut self) -> &mut Reader<E> {
        self
    }

    #[inline]
    fn newest(&mut self) -> Option<E> {
        Reader::newest(self)
    }
}

impl<E: Send + Sync + 'static> Source for Mutator<E> {
    type Event = E;

    fn reader(&self) -> &Reader<E> {
        self.reader()
    }

    fn reader_mut(&mut self) -> &mut Reader<E> {
        self.reader_mut()
    }
}
