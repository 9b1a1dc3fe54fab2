//! Several producers of one ring.

use std::thread;

use tourbillon_engine::{Batch, Capacity, Fault, Graph, MultiProducer, Wait};
use tourbillon_proofs::{Tick, tick};

const PRODUCERS: u64 = 3;

/// Each publishes so many events in every way, some of its claims in part only.
pub(crate) fn share(wait: Wait, events: u64) {
    let (producer, mut graph) = Graph::<Tick>::multi(Capacity::at_least(16));
    graph.threads(1).producer_wait(wait);
    let first = graph.stage("first").wait(wait).handle(in_order());
    graph.stage("behind").after(&[first]).wait(wait).handle(in_order());
    let running = graph.start().expect("starts");
    let publish = |source| {
        let mut producer = producer.clone();
        thread::spawn(move || publish(&mut producer, source, events))
    };
    let publishing: Vec<_> = (0..PRODUCERS).map(publish).collect();
    producer.close();
    for thread in publishing {
        thread.join().expect("publishes");
    }
    let summary = running.join().expect("all is whole and in order");
    assert_eq!(summary.stage("behind").expect("the stage").events, PRODUCERS * events);
}

fn publish(producer: &mut MultiProducer<Tick>, source: u64, events: u64) {
    let event = |number| tick(source << 32 | number);
    while producer.published() < events {
        let number = producer.published();
        match number % 5 {
            0 => producer.publish_with(|slot| *slot = event(number)).map(drop),
            1 => producer.claim(3).map(|mut claim| {
                let (front, back) = claim.slots_mut();
                if let Some(slot) = front.iter_mut().chain(back).next() {
                    *slot = event(number);
                }
                claim.commit(1);
            }),
            _ => producer.publish(event(number)).map(drop),
        }
        .expect("nobody fails");
    }
}

/// A handler that expects every event whole and those of each producer in order.
fn in_order() -> impl FnMut(&Batch<'_, Tick>) -> Result<(), Fault> {
    let mut next = [0; PRODUCERS as usize];
    move |batch| {
        for (sequence, event) in batch.iter() {
            let source = (event[0] >> 32) as usize;
            if *event != tick((source as u64) << 32 | next[source]) {
                return Err(Fault::new(format!("{event:?} at {sequence}, due {next:?}")));
            }
            next[source] += 1;
        }
        Ok(())
    }
}
