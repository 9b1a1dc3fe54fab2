//! The way into a ring that several producers share.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use crate::counters::RingMeter;
use crate::error::{PublishError, TryPublishError};
use crate::event::Event;
use crate::ring::{Held, MultiWriter};
use crate::seat::{RingId, Seat, Settled};
use crate::summary::ProducerSummary;
use crate::sync::{Arc, AtomicU64};
use crate::wait::{Idle, Rest};
use std::sync::atomic::Ordering::Relaxed;

/// One of several producers of a graph; clone it for each thread. Dropping the last one closes the
/// ring: the stages finish what is there and stop.
///
/// Events get their sequences in the order in which producers claim them, and become visible in
/// this order: a producer that is interrupted between the two holds back those behind it for so
/// long. Where every producer is known beforehand, [`FanIn`](crate::FanIn) avoids that.
///
/// ```
/// use tourbillon_engine::{Batch, Capacity, Graph};
///
/// let (mut producer, mut graph) = Graph::<u64>::multi(Capacity::at_least(64));
/// graph.stage("count").handle(|_: &Batch<'_, u64>| Ok(()));
/// let running = graph.start()?;
/// let mut other = producer.clone();
/// let publishing = std::thread::spawn(move || (0..100).try_for_each(|event| other.publish(event).map(drop)));
/// producer.publish(7)?;
/// producer.close();
/// publishing.join().unwrap()?;
/// assert_eq!(running.join()?.stage("count").unwrap().events, 101);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MultiProducer<E: Event> {
    writer: MultiWriter<E>,
    seat: Arc<Seat>,
    /// The last thread on which it was found that it may wait for room there.
    waits_on: u64,
    /// The last thread on which it was found that it may not.
    never_on: u64,
    counts: ProducerSummary,
}

/// What a producer waits for.
#[derive(Clone, Copy)]
enum Want {
    /// The slots of the claim in hand.
    Claimed,
    /// That many free slots, and their claim.
    Room(usize),
}

impl<E: Event> MultiProducer<E> {
    pub(crate) fn new(writer: MultiWriter<E>, seat: Arc<Seat>) -> Self {
        Self {
            writer,
            seat,
            waits_on: NOWHERE,
            never_on: NOWHERE,
            counts: ProducerSummary::default(),
        }
    }

    /// Publishes one event and returns its sequence; waits while the ring is full.
    ///
    /// # Errors
    /// If a stage failed, the pipeline was halted, or waiting would be in vain: because the graph
    /// has not been started, or because this very thread runs the stages that would have to make
    /// room. The event is then not published.
    #[inline]
    pub fn publish(&mut self, event: E) -> Result<u64, PublishError> {
        if self.may_wait() {
            // The quick way: the claim cannot be taken back.
            if let Some(sequence) = self.writer.claim_and_push(event) {
                self.counts.published += 1;
                return Ok(sequence);
            }
            self.wait_for(Want::Claimed, None)?;
        } else {
            self.claim_or_wait(1)?;
        }
        Ok(self.push(event))
    }

    /// As [`publish`](Self::publish), but waits no longer than `limit`.
    ///
    /// # Errors
    /// [`PublishError::TimedOut`] if there was no room in time; otherwise as `publish`.
    #[inline]
    pub fn publish_within(&mut self, event: E, limit: Duration) -> Result<u64, PublishError> {
        if !self.writer.try_claim(1) {
            self.wait_for(Want::Room(1), Some(limit))?;
        }
        Ok(self.push(event))
    }

    /// Publishes one event and returns its sequence, if there is room at once.
    ///
    /// # Errors
    /// [`TryPublishError::Full`] if there is none; otherwise as [`publish`](Self::publish).
    #[inline]
    pub fn try_publish(&mut self, event: E) -> Result<u64, TryPublishError> {
        if self.writer.try_claim(1) {
            return Ok(self.push(event));
        }
        match self.check() {
            Err(PublishError::Poisoned(failure)) => Err(TryPublishError::Poisoned(failure)),
            Err(_) => Err(TryPublishError::Closed),
            Ok(()) => {
                self.demand(Want::Room(1));
                self.counts.rejected += 1;
                self.seat.count(RingMeter::rejected);
                Err(TryPublishError::Full)
            }
        }
    }

    /// Publishes one event and returns its sequence, or drops it if the ring is full: `None`. What
    /// is dropped is counted in [`ProducerSummary::dropped`].
    ///
    /// # Errors
    /// If a stage failed or the pipeline was halted.
    #[inline]
    pub fn publish_or_drop(&mut self, event: E) -> Result<Option<u64>, PublishError> {
        if self.writer.try_claim(1) {
            return Ok(Some(self.push(event)));
        }
        self.check()?;
        self.demand(Want::Room(1));
        self.counts.dropped += 1;
        self.seat.count(|meter| meter.dropped(1));
        Ok(None)
    }

    /// Publishes the event that `write` leaves in the slot, and returns its sequence; waits while
    /// the ring is full. The slot holds an older event, or the default.
    ///
    /// If `write` panics, readers pass over the slot, and the producer can go on.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub fn publish_with(&mut self, write: impl FnOnce(&mut E)) -> Result<u64, PublishError> {
        let mut claim = self.claim(1)?;
        if let ([slot, ..], _) | (_, [slot, ..]) = claim.slots_mut() {
            write(slot);
        }
        Ok(claim.commit(1))
    }

    /// Claims `count` slots, to be written in place; waits for room. Other producers' events never
    /// come between.
    ///
    /// # Errors
    /// [`PublishError::TooLarge`] if the ring never has that room; otherwise as
    /// [`publish`](Self::publish).
    pub fn claim(&mut self, count: usize) -> Result<MultiClaim<'_, E>, PublishError> {
        let capacity = self.writer.capacity();
        if count > capacity {
            return Err(PublishError::TooLarge { slots: count, capacity });
        }
        self.claim_or_wait(count)?;
        Ok(MultiClaim { held: self.writer.hold(), published: &mut self.counts.published })
    }

    /// Events published by this producer so far.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.counts.published
    }

    /// The number of slots of the ring.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.writer.capacity()
    }

    /// Names the ring, for [`Handler::outlets`](crate::Handler::outlets).
    #[must_use]
    pub fn ring(&self) -> RingId {
        RingId::new(&self.seat)
    }

    /// Gives this producer up; the last one closes the ring.
    pub fn close(self) {}

    #[inline]
    fn push(&mut self, event: E) -> u64 {
        self.counts.published += 1;
        self.writer.push(event)
    }

    /// Claims slots and waits until they are free. The quick claim cannot be taken back, so it is
    /// made only on a thread that may wait.
    fn claim_or_wait(&mut self, count: usize) -> Result<(), PublishError> {
        if self.may_wait() {
            self.writer.claim(count);
            if self.writer.is_free() { Ok(()) } else { self.wait_for(Want::Claimed, None) }
        } else if self.writer.try_claim(count) {
            Ok(())
        } else {
            self.wait_for(Want::Room(count), None)
        }
    }

    /// Whether somebody else makes room while this thread waits.
    #[inline]
    fn may_wait(&mut self) -> bool {
        HERE.get() == self.waits_on || self.judge()
    }

    #[cold]
    fn judge(&mut self) -> bool {
        let here = here();
        if here == self.never_on {
            return false;
        }
        match self.fit_to_wait() {
            Ok(()) => self.waits_on = here,
            Err(PublishError::NotStarted) => {} // yet
            Err(_) => self.never_on = here,
        }
        here == self.waits_on
    }

    fn fit_to_wait(&self) -> Result<(), PublishError> {
        match self.seat.settled() {
            None => Err(PublishError::NotStarted),
            Some(_) if self.seat.is_read_here() => Err(PublishError::WouldDeadlock),
            Some(_) => Ok(()),
        }
    }

    #[cold]
    fn wait_for(&mut self, want: Want, limit: Option<Duration>) -> Result<(), PublishError> {
        self.check()?;
        if self.is_met(want) {
            // Also when there is room again: a failure shows within one ring of events.
            return Ok(());
        }
        self.counts.waited += 1;
        self.seat.count(RingMeter::waited);
        if let Want::Room(_) = want {
            self.fit_to_wait()?;
        }
        let seat = Arc::clone(&self.seat);
        let settled = seat.settled().ok_or(PublishError::NotStarted)?;
        self.wait_until(want, settled, limit)
    }

    fn wait_until(
        &mut self,
        want: Want,
        settled: &Settled,
        limit: Option<Duration>,
    ) -> Result<(), PublishError> {
        let until = limit.map(|limit| (Instant::now(), limit));
        let mut idle = Idle::new(settled.strategy);
        loop {
            let awaited = self.demand(want);
            let mut longest_sleep = settled.longest_sleep;
            if let Some((start, limit)) = until {
                let left = limit.saturating_sub(start.elapsed());
                if left.is_zero() {
                    self.counts.timed_out += 1;
                    self.seat.count(RingMeter::timed_out);
                    return Err(PublishError::TimedOut { limit });
                }
                longest_sleep = longest_sleep.min(left);
            }
            match (idle.pause(), &settled.bed) {
                (Rest::Sleep, Some(bed)) => self.writer.sleep(bed, awaited, Some(longest_sleep)),
                (Rest::Nap(nap), _) => std::thread::sleep(nap.min(longest_sleep)),
                // Which line to watch depends on the slowest reader: rather spin.
                (Rest::Watch(_), _) => std::hint::spin_loop(),
                (Rest::Done | Rest::Sleep, _) => {}
            }
            self.check()?;
            if self.is_met(want) {
                return Ok(());
            }
        }
    }

    fn is_met(&mut self, want: Want) -> bool {
        match want {
            Want::Claimed => self.writer.refresh(),
            Want::Room(count) => self.writer.try_claim(count),
        }
    }

    /// Tells the readers how far they must come, and returns it.
    fn demand(&self, want: Want) -> u64 {
        let awaited = match want {
            Want::Claimed => self.writer.awaited(),
            Want::Room(count) => self.writer.awaited_for(count),
        };
        self.writer.demand(awaited);
        awaited
    }

    fn check(&self) -> Result<(), PublishError> {
        let lifecycle = self.writer.roster().lifecycle();
        if !lifecycle.is_stopped() {
            return Ok(());
        }
        Err(lifecycle.failure().map_or(PublishError::Closed, PublishError::Poisoned))
    }
}

/// No thread.
const NOWHERE: u64 = u64::MAX;

thread_local! {
    /// The number of this thread; 0 until it is asked for by `here`.
    static HERE: Cell<u64> = const { Cell::new(0) };
}

/// A number of the calling thread that no other ever has, for next to nothing. What is local to a
/// thread may lie where that of an earlier one lay, so its address would not do.
fn here() -> u64 {
    if HERE.get() == 0 {
        HERE.set(number());
    }
    HERE.get()
}

#[cold]
fn number() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(0);
    THREADS.fetch_add(1, Relaxed) + 1
}

impl<E: Event> Clone for MultiProducer<E> {
    fn clone(&self) -> Self {
        Self::new(self.writer.clone(), Arc::clone(&self.seat))
    }
}

impl<E: Event> Drop for MultiProducer<E> {
    fn drop(&mut self) {
        self.seat.report(&self.counts);
    }
}

impl<E: Event> fmt::Debug for MultiProducer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let published = self.published();
        f.debug_struct("MultiProducer").field("published", &published).finish_non_exhaustive()
    }
}

/// Slots that are being written by one of several producers. What is not committed is given up:
/// readers pass over it, and count it as [`StageSummary::aborted`](crate::StageSummary::aborted).
pub struct MultiClaim<'a, E: Event> {
    held: Held<'a, E>,
    published: &'a mut u64,
}

impl<E: Event> MultiClaim<'_, E> {
    /// The slots in sequence order: all of the first slice, then all of the second. They hold
    /// older events, or defaults, until they are written, and so does what is committed unwritten.
    ///
    /// Nothing reaches the slots after publication:
    /// ```compile_fail,E0505
    /// # use tourbillon_engine::{Capacity, Graph};
    /// # let (mut producer, mut graph) = Graph::<u64>::multi(Capacity::at_least(8));
    /// # let _poller = graph.poller(&[]);
    /// # let _running = graph.start().unwrap();
    /// let mut claim = producer.claim(1).unwrap();
    /// let (slots, _) = claim.slots_mut();
    /// claim.commit(1);
    /// slots[0] = 7;
    /// ```
    pub fn slots_mut(&mut self) -> (&mut [E], &mut [E]) {
        let view = self.held.slots_mut();
        (view.front, view.back)
    }

    /// Publishes the first `count` slots and gives the others up; returns the sequence of the
    /// first.
    ///
    /// # Panics
    /// If `count` is more than was claimed; all is given up then.
    pub fn commit(self, count: usize) -> u64 {
        let first = self.held.commit(count);
        *self.published += count as u64;
        first
    }
}

impl<E: Event> fmt::Debug for MultiClaim<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiClaim").field("slots", &self.held.len()).finish_non_exhaustive()
    }
}
