//! Conflation: while the ring is full, only the newest event of each key is kept.
//!
//! For events that carry a whole state, such as the last price of an instrument: who comes late
//! wants the newest and not all that led to it. Not a queue: nothing is held back while the ring
//! has room.

mod pending;

use std::fmt;
use std::hash::Hash;

use crate::error::PublishError;
use crate::event::Event;
use crate::producer::Producer;
use pending::Pending;

/// A producer that, while the ring is full, replaces events by newer ones of the same key instead
/// of waiting.
///
/// What is replaced is counted, never dropped in silence: everything it was given is published,
/// conflated, or still pending. The events of one key keep their order, and the last one of each
/// is published in the end. Pending events are published in the order in which their keys first
/// had to wait, before any later event, by the next call of any method that publishes; who may
/// fall silent calls [`try_flush`](Self::try_flush) now and then.
///
/// All memory is allocated by `new`. Dropping it publishes what there is room for and counts the
/// rest as dropped; [`close`](Self::close) waits for room instead.
///
/// ```
/// # use tourbillon_engine::{Capacity, Conflator, Graph};
/// # let (producer, mut graph) = Graph::<(u32, u64)>::single(Capacity::new(2)?);
/// # let mut poller = graph.poller(&[]);
/// # let running = graph.start()?;
/// // The ring holds two events, and nobody reads yet.
/// let mut prices = Conflator::new(producer, 1000, |&(instrument, _price): &(u32, u64)| instrument);
/// for price in 0..10 {
///     prices.publish((7, price))?;
/// }
/// assert_eq!((prices.pending(), prices.conflated()), (1, 7));
/// poller.poll(2, |batch| assert_eq!(batch.slices().0, [(7, 0), (7, 1)]))?;
/// prices.close()?;
/// poller.poll(2, |batch| assert_eq!(batch.slices().0, [(7, 9)]))?;
/// # running.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Conflator<E, K, F>
where
    E: Event,
    K: Copy + Eq + Hash,
    F: Fn(&E) -> K,
{
    producer: Producer<E>,
    key: F,
    pending: Pending<K, E>,
}

impl<E: Event, K: Copy + Eq + Hash, F: Fn(&E) -> K> Conflator<E, K, F> {
    /// Conflates what `producer` cannot take at once, by `key`, with room for `keys` keys.
    ///
    /// # Panics
    /// If there is room for no key.
    pub fn new(producer: Producer<E>, keys: usize, key: F) -> Self {
        assert!(keys > 0, "a conflator needs room for at least one key");
        Self { producer, key, pending: Pending::new(keys) }
    }

    /// Publishes an event and returns its sequence, or keeps it until there is room: `None`.
    ///
    /// Waits only if the ring is full and as many keys are pending as there is room for, none of
    /// them this event's; then it waits as [`Producer::publish`] does.
    ///
    /// # Errors
    /// As [`Producer::publish`]. The event is then not taken; what is pending stays pending.
    #[inline]
    pub fn publish(&mut self, event: E) -> Result<Option<u64>, PublishError> {
        if self.try_flush()?
            && let Some(sequence) = self.offer(event)?
        {
            return Ok(Some(sequence));
        }
        self.hold(event)
    }

    /// Keeps an event for which there is no room.
    #[cold]
    fn hold(&mut self, event: E) -> Result<Option<u64>, PublishError> {
        let key = (self.key)(&event);
        if self.pending.replace(key, event) {
            self.producer.count_conflated(1);
            return Ok(None);
        }
        if self.pending.is_full() {
            self.publish_first()?;
            self.try_flush()?;
        }
        self.pending.push(key, event);
        Ok(None)
    }

    /// Publishes what is pending as far as there is room; whether nothing is pending any more.
    ///
    /// # Errors
    /// If a stage failed or the pipeline was halted.
    #[inline]
    pub fn try_flush(&mut self) -> Result<bool, PublishError> {
        while let Some(event) = self.pending.first() {
            if self.offer(event)?.is_none() {
                return Ok(false);
            }
            self.pending.pop();
        }
        Ok(true)
    }

    /// Publishes all that is pending; waits for room.
    ///
    /// # Errors
    /// As [`Producer::publish`]. What was not published stays pending.
    pub fn flush(&mut self) -> Result<(), PublishError> {
        while self.publish_first()? {}
        Ok(())
    }

    /// Publishes all that is pending, waiting for room, and closes the ring.
    ///
    /// # Errors
    /// As [`Producer::publish`]. What was not published is counted as dropped.
    pub fn close(mut self) -> Result<(), PublishError> {
        self.flush()
    }

    /// Publishes the first pending event, if there is one; waits for room.
    fn publish_first(&mut self) -> Result<bool, PublishError> {
        let Some(event) = self.pending.first() else { return Ok(false) };
        self.producer.publish(event)?;
        self.pending.pop();
        Ok(true)
    }

    /// Publishes if there is room.
    #[inline]
    fn offer(&mut self, event: E) -> Result<Option<u64>, PublishError> {
        match self.producer.room_for(1, 1)? {
            0 => Ok(None),
            _ => self.producer.publish(event).map(Some),
        }
    }

    /// Events that were replaced by a newer one of the same key.
    #[must_use]
    pub fn conflated(&self) -> u64 {
        self.producer.counts().conflated
    }

    /// Events that wait for room, of as many keys.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Events published so far.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.producer.published()
    }
}

impl<E: Event, K: Copy + Eq + Hash, F: Fn(&E) -> K> Drop for Conflator<E, K, F> {
    fn drop(&mut self) {
        // A ring that has stopped takes nothing, and says so to whoever asks it.
        let _stopped = self.try_flush();
        self.producer.count_dropped(self.pending.len() as u64);
    }
}

impl<E: Event, K: Copy + Eq + Hash, F: Fn(&E) -> K> fmt::Debug for Conflator<E, K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conflator")
            .field("published", &self.published())
            .field("conflated", &self.conflated())
            .field("pending", &self.pending())
            .finish_non_exhaustive()
    }
}
