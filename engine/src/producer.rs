//! The way into the ring.

use std::fmt;
use std::time::Duration;

use crate::error::{PublishError, TryPublishError};
use crate::event::Event;
use crate::ring::{Bed, Writer};
use crate::wait::{Idle, Monitor, Rest, Strategy};

/// The one producer of a graph. Dropping it closes the ring: the stages finish what is there and
/// stop.
///
/// A failed stage is noticed at the latest when the ring runs full, so up to one ring of events
/// can still be published after it; [`Summary`](crate::Summary) says how many were taken.
pub struct Producer<E: Event> {
    writer: Writer<E>,
    idle: Idle,
    /// Set if the producer sleeps when the ring is full.
    bed: Option<Bed>,
    longest_sleep: Duration,
}

impl<E: Event> Producer<E> {
    pub(crate) fn new(
        writer: Writer<E>,
        strategy: Strategy,
        bed: Option<Bed>,
        longest_sleep: Duration,
    ) -> Self {
        Self { writer, idle: Idle::new(strategy), bed, longest_sleep }
    }

    /// Publishes one event and returns its sequence; waits while the ring is full.
    ///
    /// # Errors
    /// If a stage failed or the pipeline was halted. The event is then not published.
    #[inline]
    pub fn publish(&mut self, event: E) -> Result<u64, PublishError> {
        loop {
            if let Some(sequence) = self.writer.try_push(event) {
                return Ok(sequence);
            }
            self.wait_for(1)?;
        }
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
                if self.writer.refresh() == 0 {
                    self.writer.demand(1);
                }
                self.writer.try_push(event).ok_or(TryPublishError::Full)
            }
        }
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
            self.wait_for(1)?;
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
            self.wait_for(count)?;
        }
        Ok(Claim { writer: &mut self.writer, count })
    }

    /// Events published so far.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.writer.next()
    }

    /// Closes the ring: the stages finish what is there and stop.
    pub fn close(self) {}

    /// Waits until `room` events fit.
    #[cold]
    fn wait_for(&mut self, room: usize) -> Result<(), PublishError> {
        self.idle.reset();
        loop {
            // Also when there is room again: a failure shows within one ring of events.
            self.check()?;
            if self.writer.refresh() >= room {
                return Ok(());
            }
            self.writer.demand(room);
            match (self.idle.pause(), &self.bed) {
                (Rest::Sleep, Some(bed)) => {
                    bed.sleep(&mut self.writer, room, Some(self.longest_sleep));
                }
                (Rest::Nap(nap), _) => std::thread::sleep(nap.min(self.longest_sleep)),
                (Rest::Watch(monitor), _) => self.watch(monitor, room),
                (Rest::Done | Rest::Sleep, _) => {}
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
    /// # let mut graph = Graph::<u64>::new(Capacity::at_least(8));
    /// # let _poller = graph.poller(&[]);
    /// # let (mut producer, _running) = graph.start().unwrap();
    /// let mut claim = producer.claim(1).unwrap();
    /// let (slots, _) = claim.slots_mut();
    /// claim.commit(1);
    /// slots[0] = 7;
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
