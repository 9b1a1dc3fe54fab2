//! Sleepers are woken by what they wait for and not only by the timer that bounds their sleep.
//!
//! Each test needs so many wake-ups that the timer alone would take longer than the watchdog
//! allows; with the wake-ups it takes a second or two.

mod common;

use std::sync::mpsc::channel;

use common::must_end;
use tourbillon_engine::{Batch, Capacity, Graph, Wait};

/// At one timer of 10 ms each, well over the watchdog's minute.
const WAKE_UPS: u64 = 10_000;

#[test]
fn a_chain_of_sleeping_stages_passes_each_event_on() {
    must_end(|| {
        let mut graph = Graph::<u64>::new(Capacity::at_least(8));
        graph.threads(2).producer_wait(Wait::Park);
        let first =
            graph.stage("first").thread(1).wait(Wait::Park).handle(|_: &Batch<'_, u64>| Ok(()));
        let (done, arrived) = channel();
        graph.stage("second").after(&[first]).thread(2).wait(Wait::Park).handle(
            move |batch: &Batch<'_, u64>| {
                batch.iter().try_for_each(|(_, &event)| done.send(event))?;
                Ok(())
            },
        );
        let (mut producer, running) = graph.start().expect("starts");
        for event in 0..WAKE_UPS {
            // One event at a time, so that both stages run dry in between.
            producer.publish(event).expect("open");
            assert_eq!(arrived.recv(), Ok(event));
        }
        producer.close();
        running.join().expect("ends well");
    });
}

#[test]
fn a_producer_that_sleeps_on_the_full_ring_is_woken_by_each_release() {
    must_end(|| {
        let mut graph = Graph::<u64>::new(Capacity::at_least(2));
        graph.producer_wait(Wait::Park);
        graph.stage("slow").max_batch(2).handle(|_: &Batch<'_, u64>| {
            // Longer than the producer is willing to spin.
            (0..2_000).for_each(|_| std::hint::spin_loop());
            Ok(())
        });
        let (mut producer, running) = graph.start().expect("starts");
        for event in 0..2 * WAKE_UPS {
            producer.publish(event).expect("open");
        }
        producer.close();
        assert_eq!(running.join().expect("ends well").published, 2 * WAKE_UPS);
    });
}
