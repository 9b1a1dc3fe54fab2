//! The ways into a ring. Each publishes the next few ticks, and divides [`STEADY`](crate::STEADY)
//! and [`EVENTS`](crate::EVENTS).

use tourbillon_engine::Producer;

use crate::{Tick, tick};

/// One event.
///
/// # Panics
/// If the pipeline fails.
pub fn one_by_one(producer: &mut Producer<Tick>) {
    producer.publish(tick(producer.published())).expect("nobody fails");
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
