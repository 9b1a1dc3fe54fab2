//! The way into the ring.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::counters::RingMeter;
use crate::error::{PublishError, TryPublishError};
use crate::event::Event;
use crate::ring::Writer;
use crate::seat::{RingId, Seat, Settled};
use crate::summary::ProducerSummary;
use crate::wait::{Idle, Monitor, Rest};

/// The one producer of a graph. Dropping it closes the ring: the stages finish what is there and
/// stop.
///
/// It may publish before the graph starts, as much as the ring holds; more is refused rather than
/// waited for. A failed stage is noticed at the latest when the ring runs full, so up to one ring
/// of events can still be published after it; [`Summary`](crate::Summary) says how many were taken.
pub struct Producer<E: Event> {
    writer: Writer<E>,
    seat: Arc<Seat>,
    counts: ProducerSummary,
}

impl<E: Event> Producer<E> {
    pub(crate) fn new(writer: Writer<E>, seat: Arc<Seat>) -> Self {
        Self { writer, seat, counts: ProducerSummary::default() }
    }

    /// Publishes one event and returns its sequence; waits while the ring is full.
    ///
    /// # Errors
    /// If a stage failed, the pipeline was halted, or waiting would be in vain: because the graph
    /// has not been started, or because this very thread runs the stages that would have to make
    /// room. The event is then not published.
    #[inline(always)] // And the event is handed to nothing else, so it goes straight into its slot.
    pub fn publish(&mut self, event: E) -> Result<u64, PublishError> {
        if self.writer.room() == 0 {
            self.wait_for(1, None)?;
        }
        Ok(self.writer.push(event))
    }

    /// As [`publish`](Self::publish), but waits no longer than `limit`.
    ///
    /// # Errors
    /// [`PublishError::TimedOut`] if there was no room in time; otherwise as `publish`.
    #[inline]
    pub fn publish_within(&mut self, event: E, limit: Duration) -> Result<u64, PublishError> {
        if self.writer.room() == 0 {
            self.wait_for(1, Some(limit))?;
        }
        Ok(self.writer.push(event))
    }

    /// Publishes one event and returns its sequence, or drops it if the ring is full: `None`. What
    /// is dropped is counted in [`ProducerSummary::dropped`].
    ///
    /// # Errors
    /// If a stage failed or the pipeline was halted.
    #[inline]
    pub fn publish_or_drop(&mut self, event: E) -> Result<Option<u64>, PublishError> {
        if let Some(sequence) = self.writer.try_push(event) {
            return Ok(Some(sequence));
        }
        self.check()?;
        let sequence = self.push_into_new_room(event);
        if sequence.is_none() {
            self.count_dropped(1);
        }
        Ok(sequence)
    }

    /// Publishes one event and returns its sequence, if there is room at once.
    ///
    /// # Errors
    /// [`TryPublishError::Full`] if there is none; otherwise as [`publish`](Self::publish).
    #[inline]
    pub fn try_publish(&mut self, event: E) -> Result<u64, TryPublishError> {
        if let Some(sequence) = self.writer.try_push(event) {
            return Ok(sequence);
        }
        match self.check() {
            Err(PublishError::Poisoned(failure)) => Err(TryPublishError::Poisoned(failure)),
            Err(_) => Err(TryPublishError::Closed),
            Ok(()) => {
                let sequence = self.push_into_new_room(event);
                sequence.ok_or_else(|| {
                    self.counts.rejected += 1;
                    self.seat.count(RingMeter::rejected);
                    TryPublishError::Full
                })
            }
        }
    }

    /// Looks at the readers once more and publishes if they have made room.
    fn push_into_new_room(&mut self, event: E) -> Option<u64> {
        if self.writer.refresh() == 0 {
            self.writer.demand(1);
        }
        self.writer.try_push(event)
    }

    /// Publishes events in order and returns the sequence of the first.
    ///
    /// What fits becomes visible at once, so this costs far less than one `publish` for each. A
    /// batch may be larger than the ring; it is then published in pieces, as room appears.
    ///
    /// # Errors
    /// As [`publish`](Self::publish). Pieces published before stay published.
    pub fn publish_batch(&mut self, events: &[E]) -> Result<u64, PublishError> {
        let first = self.writer.next();
        let mut left = events;
        loop {
            if self.writer.room() < left.len() {
                // Fewer, larger pieces.
                self.writer.refresh();
            }
            left = &left[self.writer.try_fill(left)..];
            if left.is_empty() {
                return Ok(first);
            }
            self.wait_for(1, None)?;
        }
    }

    /// Claims `count` slots, to be written in place and published together; waits for room.
    ///
    /// # Errors
    /// [`PublishError::TooLarge`] if the ring never has that room; otherwise as
    /// [`publish`](Self::publish).
    pub fn claim(&mut self, count: usize) -> Result<Claim<'_, E>, PublishError> {
        let capacity = self.writer.capacity();
        if count > capacity {
            return Err(PublishError::TooLarge { slots: count, capacity });
        }
        while self.writer.room() < count {
            self.wait_for(count, None)?;
        }
        Ok(Claim { writer: &mut self.writer, count })
    }

    /// Events published so far.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.writer.next()
    }

    /// What became of the events so far.
    pub(crate) fn counts(&self) -> &ProducerSummary {
        &self.counts
    }

    /// Counts events that a newer one of their key replaced before they could be published.
    pub(crate) fn count_conflated(&mut self, events: u64) {
        self.counts.conflated += events;
        self.seat.count(|meter| meter.conflated(events));
    }

    /// Counts events that were pending, for want of room, when the ring stopped.
    pub(crate) fn count_dropped(&mut self, events: u64) {
        self.counts.dropped += events;
        self.seat.count(|meter| meter.dropped(events));
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

    /// How many events can be published without waiting. Looks at the readers only if it knows of
    /// less than `wanted`, and asks them to hurry if there is not even room for `needed`.
    ///
    /// # Errors
    /// If a stage failed or the pipeline was halted.
    #[inline]
    pub fn room_for(&mut self, needed: usize, wanted: usize) -> Result<usize, PublishError> {
        let room = self.writer.room();
        if room >= wanted {
            return Ok(room);
        }
        self.check()?;
        let room = self.writer.refresh();
        if room < needed {
            self.writer.demand(needed);
        }
        Ok(room)
    }

    /// Closes the ring: the stages finish what is there and stop.
    pub fn close(self) {}

    /// Waits until `room` events fit.
    #[cold]
    fn wait_for(&mut self, room: usize, limit: Option<Duration>) -> Result<(), PublishError> {
        self.check()?;
        if self.writer.refresh() >= room {
            // Also when there is room again: a failure shows within one ring of events.
            return Ok(());
        }
        self.counts.waited += 1;
        self.seat.count(RingMeter::waited);
        let seat = Arc::clone(&self.seat);
        let settled = seat.settled().ok_or(PublishError::NotStarted)?;
        if seat.is_read_here() {
            return Err(PublishError::WouldDeadlock);
        }
        self.wait_until(room, settled, limit)
    }

    fn wait_until(
        &mut self,
        room: usize,
        settled: &Settled,
        limit: Option<Duration>,
    ) -> Result<(), PublishError> {
        let until = limit.map(|limit| (Instant::now(), limit));
        let mut idle = Idle::new(settled.strategy);
        loop {
            self.writer.demand(room);
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
                (Rest::Sleep, Some(bed)) => {
                    bed.sleep(&mut self.writer, room, Some(longest_sleep));
                }
                (Rest::Nap(nap), _) => std::thread::sleep(nap.min(longest_sleep)),
                (Rest::Watch(monitor), _) => self.watch(monitor, room),
                (Rest::Done | Rest::Sleep, _) => {}
            }
            self.check()?;
            if self.writer.refresh() >= room {
                return Ok(());
            }
        }
    }

    /// Watches the one reader that holds the ring back; spins if there are several.
    fn watch(&mut self, monitor: Monitor, room: usize) {
        let [gate] = self.writer.gates() else { return std::hint::spin_loop() };
        monitor.arm(gate.line());
        if self.writer.refresh() < room && !self.writer.lifecycle().is_stopped() {
            monitor.wait();
        }
    }

    fn check(&self) -> Result<(), PublishError> {
        let lifecycle = self.writer.lifecycle();
        if !lifecycle.is_stopped() {
            return Ok(());
        }
        Err(lifecycle.failure().map_or(PublishError::Closed, PublishError::Poisoned))
    }
}

impl<E: Event> Drop for Producer<E> {
    fn drop(&mut self) {
        self.counts.published = self.writer.next();
        self.seat.report(&self.counts);
    }
}

impl<E: Event> fmt::Debug for Producer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("published", &self.published()).finish_non_exhaustive()
    }
}

/// Slots that are being written. Nothing is published before [`commit`](Self::commit); dropping
/// the claim gives all of it back.
pub struct Claim<'a, E: Event> {
    writer: &'a mut Writer<E>,
    count: usize,
}

impl<E: Event> Claim<'_, E> {
    /// The slots in sequence order: all of the first slice, then all of the second. They hold
    /// older events, or defaults, until they are written, and so does what is committed unwritten.
    ///
    /// Nothing reaches the slots after publication:
    /// ```compile_fail,E0505
    /// # use tourbillon_engine::{Capacity, Graph};
    /// # let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
    /// # let _poller = graph.poller(&[]);
    /// # let _running = graph.start().unwrap();
    /// let mut claim = producer.claim(1).unwrap();
    /// let (slots, _) = claim.slots_mut();
    /// claim.commit(1);
    /// slots[0] = 7;
    /// ```
    /// not even slots of a batch that were put aside while the claim was open:
    /// ```compile_fail,E0505
    /// # use tourbillon_engine::{Capacity, Graph};
    /// # let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
    /// # let _poller = graph.poller(&[]);
    /// # let _running = graph.start().unwrap();
    /// let mut kept = Vec::new();
    /// let mut claim = producer.claim(4).unwrap();
    /// let (front, back) = claim.slots_mut();
    /// kept.extend(front.iter_mut().chain(back));
    /// claim.commit(4);
    /// *kept[0] = 7;
    /// ```
    pub fn slots_mut(&mut self) -> (&mut [E], &mut [E]) {
        let view = self.writer.slots_mut(self.count);
        (view.front, view.back)
    }

    /// Publishes the first `count` slots at once and gives the rest back; returns the sequence of
    /// the first.
    ///
    /// # Panics
    /// If `count` is more than was claimed.
    pub fn commit(self, count: usize) -> u64 {
        assert!(count <= self.count, "committed {count} of {} claimed slots", self.count);
        let first = self.writer.next();
        self.writer.commit(count);
        first
    }
}

impl<E: Event> fmt::Debug for Claim<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("slots", &self.count).finish_non_exhaustive()
    }
}
