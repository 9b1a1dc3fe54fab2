//! One ring: ways in, ways out, ways of waiting.

use std::thread;
use std::time::Duration;

use tourbillon_engine::broadcast::{self, Received};
use tourbillon_engine::{Capacity, Coalesce, Graph, Wait};
use tourbillon_proofs::{Tick, in_claims, tick, whole};

use crate::{EVENTS, feed, publish, ring};

/// Fewer where every event costs system calls.
const PARKED_EVENTS: u64 = 20_000;

pub(crate) fn one_by_one() {
    let (producer, mut graph) = ring(64, 1, Wait::Yield);
    graph.stage("check").wait(Wait::Yield).handle(whole);
    feed(producer, graph, EVENTS);
}

pub(crate) fn in_batches() {
    let (mut producer, mut graph) = ring(64, 1, Wait::Yield);
    graph.stage("check").wait(Wait::Yield).handle(whole);
    let running = graph.start().expect("starts");
    while producer.published() < EVENTS {
        tourbillon_proofs::in_batches(&mut producer);
        in_claims(&mut producer);
    }
    producer.close();
    running.join().expect("every event is whole");
}

/// Read from the copy of the newest event where that is the only new one, else from the slots.
pub(crate) fn inline() {
    let (mut producer, mut graph) = Graph::<Tick>::inline(Capacity::at_least(4));
    graph.threads(2).producer_wait(Wait::Yield);
    let first = graph.stage("first").wait(Wait::Yield).handle(whole);
    graph.stage("beside").wait(Wait::Yield).handle(whole);
    graph.stage("behind").after(&[first]).wait(Wait::Yield).handle(whole);
    let running = graph.start().expect("starts");
    while producer.published() < EVENTS {
        publish(&mut producer, 37);
        tourbillon_proofs::in_batches(&mut producer);
    }
    producer.close();
    running.join().expect("every event is whole");
}

pub(crate) fn inline_park() {
    let (producer, mut graph) = Graph::<Tick>::inline(Capacity::at_least(2));
    graph.threads(1).producer_wait(Wait::Park);
    graph.stage("check").wait(Wait::Park).handle(whole);
    feed(producer, graph, PARKED_EVENTS);
}

pub(crate) fn park() {
    let (producer, mut graph) = ring(2, 2, Wait::Park);
    let first = graph.stage("first").wait(Wait::Park).handle(whole);
    graph.stage("second").after(&[first]).wait(Wait::Park).handle(whole);
    feed(producer, graph, PARKED_EVENTS);
}

pub(crate) fn gather() {
    let (producer, mut graph) = ring(64, 1, Wait::Auto);
    let coalesce = Coalesce { max_events: 40, interval: Duration::from_micros(50) };
    graph.stage("gather").coalesce(coalesce).handle(whole);
    feed(producer, graph, PARKED_EVENTS);
}

/// Two pollers that leave half-way.
pub(crate) fn pollers() {
    let (producer, mut graph) = ring(64, 1, Wait::Yield);
    let stage = graph.stage("stage").wait(Wait::Yield).handle(whole);
    let pollers = [graph.poller(&[]), graph.poller(&[stage])];
    let readers = pollers.map(|mut poller| {
        thread::spawn(move || {
            let mut read = 0;
            while read < EVENTS / 2 {
                match poller.poll(16, |batch| whole(batch).map(|()| batch.len() as u64)) {
                    Ok(Some(count)) => read += count.expect("every event is whole"),
                    Ok(None) => thread::yield_now(),
                    Err(error) => panic!("{error}"),
                }
            }
        })
    });
    feed(producer, graph, EVENTS);
    for reader in readers {
        reader.join().expect("reads");
    }
}

pub(crate) fn broadcast() {
    let (mut sender, receiver) = broadcast::channel::<Tick>(Capacity::at_least(64));
    let readers = [receiver.clone(), receiver].map(|mut receiver| {
        thread::spawn(move || {
            let mut seen = 0;
            loop {
                match receiver.receive() {
                    Received::Event { sequence, event } => {
                        assert_eq!((sequence, event), (seen, tick(seen)));
                        seen += 1;
                    }
                    Received::Missed(events) => seen += events,
                    Received::Empty => thread::yield_now(),
                    Received::Closed => break assert_eq!(seen, EVENTS),
                }
            }
        })
    });
    for number in 0..EVENTS {
        sender.publish(tick(number));
    }
    drop(sender);
    for reader in readers {
        reader.join().expect("all is accounted for");
    }
}
