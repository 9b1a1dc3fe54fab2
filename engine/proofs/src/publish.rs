//! The ways into a ring. Each publishes the next few ticks, and divides [`STEADY`](crate::STEADY)
//! and [`EVENTS`](crate::EVENTS).

use tourbillon_engine::{Capacity, Graph, MultiProducer, Producer};

use crate::{Tick, tick};

/// A producer that knows how many events it has published.
pub trait Publisher: Send + 'static {
    /// Events published so far.
    fn published(&self) -> u64;

    /// Publishes one event.
    ///
    /// # Panics
    /// If the pipeline fails.
    fn publish(&mut self, event: Tick);
}

impl Publisher for Producer<Tick> {
    fn published(&self) -> u64 {
        self.published()
    }

    #[inline]
    fn publish(&mut self, event: Tick) {
        self.publish(event).expect("nobody fails");
    }
}

impl Publisher for MultiProducer<Tick> {
    fn published(&self) -> u64 {
        self.published()
    }

    #[inline]
    fn publish(&mut self, event: Tick) {
        self.publish(event).expect("nobody fails");
    }
}

/// A ring for one producer.
#[must_use]
pub fn single() -> (Producer<Tick>, Graph<Tick>) {
    Graph::single(Capacity::at_least(1024))
}

/// The same, with a copy of the newest event beside the published count.
#[must_use]
pub fn inline() -> (Producer<Tick>, Graph<Tick>) {
    Graph::inline(Capacity::at_least(1024))
}

/// A ring for several producers.
#[must_use]
pub fn multi() -> (MultiProducer<Tick>, Graph<Tick>) {
    Graph::multi(Capacity::at_least(1024))
}

/// One event.
pub fn one_by_one(producer: &mut impl Publisher) {
    producer.publish(tick(producer.published()));
}

/// A slice of 40.
///
/// # Panics
/// If the pipeline fails.
pub fn in_batches(producer: &mut Producer<Tick>) {
    let first = producer.published();
    let batch: [Tick; 40] = std::array::from_fn(|index| tick(first + index as u64));
    producer.publish_batch(&batch).expect("nobody fails");
}

/// 40 of 50 claimed.
///
/// # Panics
/// If the pipeline fails.
pub fn in_claims(producer: &mut Producer<Tick>) {
    let first = producer.published();
    let mut claim = producer.claim(50).expect("nobody fails");
    let (front, back) = claim.slots_mut();
    for (number, slot) in (first..).zip(front.iter_mut().chain(back)) {
        *slot = tick(number);
    }
    claim.commit(40);
}
