//! A consumer's half of the ring.
#![allow(unsafe_code)] // Reads slots; the arguments rest on the module's invariants.

use super::cursor::Cursor;
use super::front::Front;
use super::gates::{Node, Place};
use super::lifecycle::{Lifecycle, Phase};
use super::roster::Roster;
use super::share::Share;
use super::slots::{View, ViewMut};
use crate::sync::Arc;

/// One reader, at its own position. It sees every event from its start on.
///
/// Dropping it does not move its position: what it has not released stays there, and holds the
/// writer back, until somebody poisons or halts the ring. [`leave`](Self::leave) is how it ends
/// while the ring goes on.
///
/// It shares no cache line with anything else: its owner changes it with every event, and what lies
/// beside it may be another thread's.
#[repr(align(128))]
pub(crate) struct Reader<E> {
    roster: Roster<E>,
    node: Node,
    /// Whom it follows; empty if it watches the front.
    upstream: Vec<Arc<Cursor>>,
    own: Arc<Cursor>,
    /// Where the reading has got to: a private copy of the own position.
    next: u64,
    /// The slowest upstream position when last looked at; never behind `next`.
    seen: u64,
    /// Events before this may be read; never behind `next`, never beyond `seen`.
    readable: u64,
    /// Looks at the front in vain since one that found something new.
    idle: u32,
    /// Its part in a group of which each event goes to one reader only.
    share: Option<Share>,
    /// Slots without an event that it has passed over.
    aborted: u64,
}

/// After so many looks in vain a reader is idle, and fetches the next slot beforehand. One that has
/// merely caught up looks in vain once, and would take the slot from the writer that is at it: with
/// one look single events at full speed came a tenth slower. Never to fetch it made a round trip
/// take half as long again.
const PATIENCE: u32 = 2;

impl<E> Reader<E> {
    pub(super) fn new(roster: Roster<E>, place: Place) -> Self {
        let Place { node, own, upstream, start: next } = place;
        Self {
            roster,
            node,
            upstream,
            own,
            next,
            seen: next,
            readable: next,
            idle: 0,
            share: None,
            aborted: 0,
        }
    }

    /// Makes it a worker of a group. Must precede its first look.
    pub(super) fn set_share(&mut self, share: Share) {
        self.share = Some(share);
    }

    /// What others name to follow it.
    pub(crate) fn node(&self) -> Node {
        self.node
    }

    pub(crate) fn roster(&self) -> &Roster<E> {
        &self.roster
    }

    pub(crate) fn lifecycle(&self) -> &Arc<Lifecycle> {
        self.roster.lifecycle()
    }

    pub(crate) fn cursor(&self) -> &Arc<Cursor> {
        &self.own
    }

    pub(crate) fn capacity(&self) -> usize {
        self.roster.slots().capacity()
    }

    /// The sequence of the next event to read, and the position up to which all is released.
    #[inline]
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// The slowest upstream position when last looked at.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Looks upstream and returns how many events can be read. Those of a worker are its own from
    /// then on, and it finds no others until it has released them.
    #[inline]
    pub(crate) fn available(&mut self) -> usize {
        self.readable = match &self.share {
            None => {
                self.look();
                self.seen
            }
            Some(share) if self.next < share.end() => share.end(),
            Some(_) => self.claim(),
        };
        self.pass_over_aborted();
        (self.readable - self.next) as usize
    }

    /// Releases slots without an event, up to the next event, and leaves readable what comes
    /// before the next such slot.
    #[inline]
    fn pass_over_aborted(&mut self) {
        let Some(stamps) = self.roster.front().aborted() else { return };
        let mine = self.next..self.readable;
        let next = mine.clone().find(|&slot| !stamps.is_aborted(slot)).unwrap_or(mine.end);
        self.readable = (next..mine.end).find(|&slot| stamps.is_aborted(slot)).unwrap_or(mine.end);
        if next > self.next {
            self.aborted += next - self.next;
            self.next = next;
            self.own.release(next);
        }
    }

    /// Slots without an event that it has passed over.
    pub(crate) fn aborted(&self) -> u64 {
        self.aborted
    }

    /// Looks upstream.
    #[inline]
    fn look(&mut self) {
        self.seen = if self.upstream.is_empty() {
            let front = self.roster.front();
            if self.idle >= PATIENCE && matches!(front, Front::Head(_)) {
                // The slot then comes along with the head instead of after it. Who is busy leaves
                // the slots to the writer.
                self.roster.slots().prefetch_to_read(self.seen);
            }
            let now = front.observe(self.seen);
            self.idle = if now == self.seen { self.idle.saturating_add(1) } else { 0 };
            now
        } else {
            let slowest = self.upstream.iter().map(|cursor| cursor.observe()).min();
            // Who has joined may start ahead of those it follows.
            slowest.map_or(self.next, |slowest| slowest.max(self.next))
        };
        debug_assert!(
            self.seen >= self.next,
            "what is seen went back: {} behind {}",
            self.seen,
            self.next
        );
    }

    /// Claims events, for a worker with none in hand; its position moves up to them.
    /// Returns their end.
    fn claim(&mut self) -> u64 {
        self.look();
        let Some(share) = &mut self.share else { return self.seen };
        let (first, end) = share.claim(self.seen);
        if first > self.next {
            self.next = first;
            self.seen = self.seen.max(first);
            self.own.release(first);
        }
        end
    }

    /// The next event, if it was the only one when last looked at and has come along with the
    /// published count. Otherwise it is to be read from its slot, and so are events that are changed
    /// in place. It is released like any other.
    #[inline]
    pub(crate) fn newest(&self) -> Option<E> {
        let alone = self.seen == self.next + 1 && self.upstream.is_empty() && self.share.is_none();
        // SAFETY: the roster of this ring holds the front that was made for its events.
        alone.then(|| unsafe { self.roster.front().copy(self.seen) }).flatten()
    }

    /// Events published, or claimed by one of several writers, but not released by this reader:
    /// those it may read and those that are still upstream. When it reaches the capacity, the writer
    /// is held back by this reader.
    pub(crate) fn lag(&self) -> usize {
        (self.roster.front().newest() - self.next) as usize
    }

    /// Whether the writer waits for this reader to release its next event.
    #[inline]
    pub(crate) fn is_awaited(&self) -> bool {
        self.next < self.roster.demand().observe()
    }

    /// Whether the ring is closed and this reader has released the very last event.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        // The phase first: a head that is read after `Closed` was seen is final. The other way
        // round, an event published in between would be lost.
        self.lifecycle().phase() >= Phase::Closed && self.roster.front().newest() == self.next
    }

    /// Borrows the next `len` events.
    ///
    /// # Panics
    /// If fewer were available when last looked.
    #[inline]
    pub(crate) fn view(&self, len: usize) -> View<'_, E> {
        self.check(len);
        // SAFETY: the range is in `next .. readable` and so at most one ring long; the writer stays
        // out of it until `release`, which the borrow of `self` excludes (invariants 1, 3).
        unsafe { self.roster.slots().view(self.next, len) }
    }

    /// Gives the next `len` events back: they may be overwritten, and those downstream may read
    /// them.
    ///
    /// # Panics
    /// If fewer were available when last looked.
    #[inline]
    pub(crate) fn release(&mut self, len: usize) {
        self.check(len);
        self.next += len as u64;
        self.own.release(self.next);
    }

    /// Stops reading for good: what is not released is given up, and nobody is held back any more.
    /// Whom this reader followed hold the writers back themselves again, so a writer that sleeps
    /// must be wired to them too. False, and it stays, if others follow it, or if it is a worker
    /// with events in hand, which nobody else would ever get.
    pub(crate) fn leave(&mut self) -> bool {
        if self.in_hand() > 0 || !self.roster.gates().leave(self.node) {
            return false;
        }
        // A position of nobody's, at 0: there is never anything to read again.
        self.upstream = vec![Arc::new(Cursor::new())];
        self.share = None;
        self.seen = self.next;
        self.readable = self.next;
        true
    }

    /// Events that it has claimed and not released; 0 unless it is a worker.
    pub(crate) fn in_hand(&self) -> u64 {
        self.share.as_ref().map_or(0, |share| share.end() - self.next)
    }

    /// Events that its group has claimed, if it is a worker.
    pub(crate) fn claimed(&self) -> Option<u64> {
        self.share.as_ref().map(Share::claimed)
    }

    /// Whom it follows; empty if it watches the front.
    pub(crate) fn upstream(&self) -> &[Arc<Cursor>] {
        &self.upstream
    }

    #[inline]
    fn check(&self, len: usize) {
        let available = self.readable - self.next;
        assert!(len as u64 <= available, "asked for {len} events, {available} are available");
    }
}

/// A reader that may change what it reads.
///
/// A type of its own, so that whoever makes one argues once that nobody reads at the same time.
pub(crate) struct Mutator<E> {
    reader: Reader<E>,
}

impl<E> Mutator<E> {
    /// # Safety
    /// As long as either exists, every other reader of the ring must be before this one or after
    /// it: followed by it, or following it, directly or through others.
    pub(crate) unsafe fn new(reader: Reader<E>) -> Self {
        Self { reader }
    }

    pub(crate) fn reader(&self) -> &Reader<E> {
        &self.reader
    }

    pub(crate) fn reader_mut(&mut self) -> &mut Reader<E> {
        &mut self.reader
    }

    /// Borrows the next `len` events to be changed.
    ///
    /// # Panics
    /// If fewer were available when last looked.
    #[inline]
    pub(crate) fn view_mut(&mut self, len: usize) -> ViewMut<'_, E> {
        self.reader.check(len);
        // SAFETY: as in `Reader::view` the writer stays out of this range. So do the readers before
        // this one, which have released it, and those after it, for which it is not yet released;
        // there are no others, by the contract of `new`.
        unsafe { self.reader.roster.slots().view_mut(self.reader.next, len) }
    }
}

/// A reader that nobody can follow, for nobody learns its node. Dropping it makes it leave.
pub(crate) struct Tap<E> {
    reader: Reader<E>,
}

impl<E> Tap<E> {
    pub(super) fn new(reader: Reader<E>) -> Self {
        Self { reader }
    }

    pub(crate) fn reader(&self) -> &Reader<E> {
        &self.reader
    }

    pub(crate) fn reader_mut(&mut self) -> &mut Reader<E> {
        &mut self.reader
    }
}

/// Keeps the writer from overwriting anything from the very first event on, so that readers can
/// still be added at the beginning.
pub(crate) struct Hold<E>(#[expect(dead_code, reason = "acts by being there")] Tap<E>);

impl<E> Hold<E> {
    pub(super) fn new(tap: Tap<E>) -> Self {
        Self(tap)
    }
}

impl<E> Drop for Tap<E> {
    fn drop(&mut self) {
        let left = self.reader.roster.gates().leave(self.reader.node);
        debug_assert!(left, "nobody follows a tap");
    }
}
