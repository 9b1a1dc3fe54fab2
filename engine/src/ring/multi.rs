//! The producers' half of a ring with several of them.
//!
//! A producer claims sequences first and waits for their slots after. So contending producers pay
//! one unconditional addition each and never try again, and room is given out in the order of the
//! claims. The price: such a claim cannot be given back. Who may not wait claims by
//! compare-and-swap instead, and only slots that are free.
//!
//! **A claim stalls nobody.** [`Held`] exists only once the slots are free, and publishes them as
//! aborted if it is dropped. A claim whose slots never became free, because the ring was stopped,
//! is forgotten: nobody reads on in a stopped ring.
//!
//! **Closed** once the last producer is gone; by then every claim is published or aborted, and
//! readers have ended when they are where the claims are.
#![allow(unsafe_code)] // Writes slots; the arguments rest on the module's invariants.

use std::ops::Range;
use std::time::Duration;

use super::bed::Bed;
use super::cursor::DETACHED;
use super::front::Front;
use super::gates::Gatekeeper;
use super::roster::Roster;
use super::slots::ViewMut;
use super::stamps::Stamps;
use crate::sync::{Arc, AtomicU64, ord};
use std::sync::atomic::Ordering::Relaxed;

/// One of the producers of a ring; a clone is another. Dropping the last one closes the ring.
pub(crate) struct MultiWriter<E> {
    roster: Roster<E>,
    stamps: Arc<Stamps>,
    /// The producers there are.
    handles: Arc<AtomicU64>,
    gatekeeper: Gatekeeper,
    /// Sequences below this may be written by whoever has claimed them.
    limit: u64,
    /// The claim in hand: its first sequence and its end. Equal if there is none.
    claim: (u64, u64),
    /// Whether no other producer has claimed anything between its last two claims.
    is_alone: bool,
}

/// So far ahead a producer asks for the lines that it will write: its claim waits until its
/// stores are done, so otherwise it would wait for one line after the other. Only while it is
/// alone, or it would take lines from another that is writing them.
const AHEAD: u64 = 16;

impl<E: Copy + Default> MultiWriter<E> {
    /// A ring of `capacity` slots without readers.
    ///
    /// # Panics
    /// If `capacity` is not a power of two.
    pub(crate) fn new(capacity: usize) -> Self {
        let stamps = Arc::new(Stamps::new(capacity));
        let roster = Roster::new(capacity, Front::Stamps(Arc::clone(&stamps)));
        let gatekeeper = roster.gatekeeper();
        let handles = Arc::new(AtomicU64::new(1));
        Self { roster, stamps, handles, gatekeeper, limit: 0, claim: (0, 0), is_alone: true }
    }
}

impl<E> MultiWriter<E> {
    /// All that the parties share, for those who join.
    pub(crate) fn roster(&self) -> &Roster<E> {
        &self.roster
    }

    pub(crate) fn capacity(&self) -> usize {
        self.roster.slots().capacity()
    }

    /// Claims the next `len` sequences, whether their slots are free or not.
    #[inline]
    pub(crate) fn claim(&mut self, len: usize) {
        let first = self.stamps.claim(len as u64);
        self.take(first, len);
    }

    #[inline]
    fn take(&mut self, first: u64, len: usize) {
        self.is_alone = first == self.claim.1;
        self.claim = (first, first + len as u64);
    }

    /// Claims the next `len` sequences if their slots are free.
    #[inline]
    pub(crate) fn try_claim(&mut self, len: usize) -> bool {
        let mut first = self.stamps.claimed();
        loop {
            let end = first + len as u64;
            if end > self.limit {
                self.refresh();
                if end > self.limit {
                    return false;
                }
            }
            match self.stamps.claim_at(first, len as u64) {
                Ok(_) => {
                    self.take(first, len);
                    return true;
                }
                Err(next) => first = next,
            }
        }
    }

    /// The claim in hand.
    pub(crate) fn claimed(&self) -> Range<u64> {
        self.claim.0..self.claim.1
    }

    /// Whether the claimed slots are free, as far as known without another look at the readers.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        self.claim.1 <= self.limit
    }

    /// Looks at the readers again; whether the claimed slots are free.
    pub(crate) fn refresh(&mut self) -> bool {
        // The gates answer for what is published, and need no look at the stamps; but one that
        // has left says nothing.
        let gates = self.gatekeeper.known().iter().map(|gate| gate.gate());
        let reached = gates.filter(|&position| position != DETACHED).min();
        let published = reached.unwrap_or_else(|| self.stamps.published());
        self.limit = self.gatekeeper.slowest(published) + self.capacity() as u64;
        self.is_free()
    }

    /// The position every reader must reach before the claimed slots are free.
    pub(crate) fn awaited(&self) -> u64 {
        self.claim.1.saturating_sub(self.capacity() as u64)
    }

    /// The position every reader must reach before the next `len` sequences could be claimed.
    pub(crate) fn awaited_for(&self, len: usize) -> u64 {
        (self.stamps.claimed() + len as u64).saturating_sub(self.capacity() as u64)
    }

    /// Tells the readers that hold events back on purpose that they must reach `position`.
    pub(crate) fn demand(&self, position: u64) {
        self.roster.demand().raise(position);
    }

    /// Claims the next sequence, and publishes `event` there if its slot is known to be free;
    /// otherwise the claim stays in hand.
    #[inline]
    pub(crate) fn claim_and_push(&mut self, event: E) -> Option<u64> {
        let sequence = self.stamps.claim(1);
        self.take(sequence, 1);
        self.is_free().then(|| self.push_claimed(sequence, event))
    }

    /// Writes and publishes the one claimed event; returns its sequence.
    ///
    /// # Panics
    /// Unless one sequence is claimed and its slot known to be free.
    #[inline]
    pub(crate) fn push(&mut self, event: E) -> u64 {
        let Range { start: sequence, end } = self.claimed();
        assert!(sequence + 1 == end && end <= self.limit, "{sequence}..{end} cannot be written");
        self.push_claimed(sequence, event)
    }

    /// Writes and publishes `sequence`, which alone is claimed and whose slot is free.
    #[inline(always)]
    fn push_claimed(&mut self, sequence: u64, event: E) -> u64 {
        self.claim.0 = sequence + 1;
        let (slots, stamps) = (self.roster.slots(), &*self.stamps);
        if self.is_alone {
            stamps.prefetch(sequence + AHEAD);
            slots.prefetch(sequence + AHEAD);
        }
        // SAFETY: the sequence was claimed by this producer alone and is published nowhere yet,
        // and it is below the limit: all readers have released what was in the slot.
        unsafe { slots.write(sequence, event) };
        stamps.publish_one(sequence);
        sequence
    }

    /// Takes the claimed slots in hand.
    ///
    /// # Panics
    /// Unless they are known to be free.
    pub(crate) fn hold(&mut self) -> Held<'_, E> {
        assert!(self.is_free(), "the readers have not released the slots");
        Held { writer: self }
    }

    /// Sleeps until every reader may be at `awaited` or the ring is stopped, at most `limit`.
    /// Returns early at times: look again. All producers share the bed.
    pub(crate) fn sleep(&mut self, bed: &Bed, awaited: u64, limit: Option<Duration>) {
        bed.parker().sleep(limit, || {
            bed.alarm().set_earliest(awaited);
            self.refresh();
            let room = self.limit.saturating_sub(self.capacity() as u64);
            room < awaited && !self.roster.lifecycle().is_stopped()
        });
    }
}

/// Free slots in the hands of their claimant. Dropping it gives them up, and the readers pass over
/// them.
pub(crate) struct Held<'a, E> {
    writer: &'a mut MultiWriter<E>,
}

impl<E> Held<'_, E> {
    pub(crate) fn len(&self) -> usize {
        (self.writer.claim.1 - self.writer.claim.0) as usize
    }

    /// The slots. They hold older events, or defaults.
    pub(crate) fn slots_mut(&mut self) -> ViewMut<'_, E> {
        // SAFETY: the sequences were claimed by this producer alone and are published nowhere yet;
        // `hold` found them free, and a limit is never more than a ring ahead of the readers. The
        // view borrows `self` mutably.
        unsafe { self.writer.roster.slots().view_mut(self.writer.claim.0, self.len()) }
    }

    /// Publishes the first `count` slots and gives the others up; returns the first sequence.
    ///
    /// # Panics
    /// If there are fewer.
    pub(crate) fn commit(self, count: usize) -> u64 {
        assert!(count <= self.len(), "committed {count} of {} slots", self.len());
        let (first, _) = self.writer.claim;
        self.writer.claim.0 += count as u64;
        self.writer.stamps.publish(first, count as u64);
        first
    }
}

impl<E> Drop for Held<'_, E> {
    fn drop(&mut self) {
        let (first, end) = self.writer.claim;
        self.writer.claim.0 = end;
        if first < end {
            self.writer.stamps.abort(first, end - first);
        }
    }
}

impl<E> Clone for MultiWriter<E> {
    fn clone(&self) -> Self {
        self.handles.fetch_add(1, Relaxed);
        Self {
            roster: self.roster.clone(),
            stamps: Arc::clone(&self.stamps),
            handles: Arc::clone(&self.handles),
            gatekeeper: self.roster.gatekeeper(),
            limit: 0,
            claim: (0, 0),
            is_alone: false,
        }
    }
}

impl<E> Drop for MultiWriter<E> {
    fn drop(&mut self) {
        // The last one to leave closes, after all that the others have published.
        if self.handles.fetch_sub(1, ord::depart()) == 1 {
            self.roster.lifecycle().close();
        }
    }
}
