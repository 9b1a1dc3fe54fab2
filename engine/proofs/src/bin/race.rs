//! Whole pipelines for ThreadSanitizer, and one planted race that it must report.
//!
//! `race SCENARIO` runs one; without a race it exits with 0. The test `races` builds it with the
//! sanitizer; without it the pipelines only check that every event arrives whole.

use std::cell::UnsafeCell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tourbillon_engine::broadcast::{self, Received};
use tourbillon_engine::{Batch, Capacity, Coalesce, Fault, Graph, Producer, PublishError, Wait};
use tourbillon_proofs::{Tick, tick, whole};

const EVENTS: u64 = 200_000;
/// Fewer where every event costs system calls.
const PARKED_EVENTS: u64 = 20_000;
/// Pipelines that are started and stopped.
const LIVES: u64 = 200;

fn main() -> ExitCode {
    tourbillon_proofs::main(&[
        ("one-by-one", one_by_one),
        ("in-batches", in_batches),
        ("diamond", || diamond(3)),
        ("fused", || diamond(1)),
        ("park", park),
        ("gather", gather),
        ("pollers", pollers),
        ("broadcast", broadcast),
        ("halt", halt),
        ("fail", fail),
        ("planted-race", planted_race),
    ])
}

fn graph(slots: usize, threads: usize, wait: Wait) -> (Producer<Tick>, Graph<Tick>) {
    let (producer, mut graph) = Graph::single(Capacity::at_least(slots));
    graph.threads(threads).producer_wait(wait);
    (producer, graph)
}

fn one_by_one() {
    let (producer, mut graph) = graph(64, 1, Wait::Yield);
    graph.stage("check").wait(Wait::Yield).handle(whole);
    feed(producer, graph, EVENTS);
}

fn in_batches() {
    let (mut producer, mut graph) = graph(64, 1, Wait::Yield);
    graph.stage("check").wait(Wait::Yield).handle(whole);
    let running = graph.start().expect("starts");
    while producer.published() < EVENTS {
        let first = producer.published();
        let batch: [Tick; 40] = std::array::from_fn(|index| tick(first + index as u64));
        producer.publish_batch(&batch).expect("nobody fails");
        let first = producer.published();
        let mut claim = producer.claim(30).expect("nobody fails");
        let (front, back) = claim.slots_mut();
        for (number, slot) in (first..).zip(front.iter_mut().chain(back)) {
            *slot = tick(number);
        }
        claim.commit(29);
    }
    producer.close();
    running.join().expect("every event is whole");
}

fn diamond(threads: usize) {
    let (producer, mut graph) = graph(64, threads, Wait::Yield);
    let left = graph.stage("left").wait(Wait::Yield).handle(whole);
    let right = graph.stage("right").wait(Wait::Yield).handle(whole);
    graph.stage("join").after(&[left, right]).wait(Wait::Yield).handle(whole);
    feed(producer, graph, EVENTS);
}

fn feed(mut producer: Producer<Tick>, graph: Graph<Tick>, events: u64) {
    let running = graph.start().expect("starts");
    for number in 0..events {
        producer.publish(tick(number)).expect("nobody fails");
    }
    producer.close();
    running.join().expect("every event is whole");
}

fn park() {
    let (producer, mut graph) = graph(2, 2, Wait::Park);
    let first = graph.stage("first").wait(Wait::Park).handle(whole);
    graph.stage("second").after(&[first]).wait(Wait::Park).handle(whole);
    feed(producer, graph, PARKED_EVENTS);
}

fn gather() {
    let (producer, mut graph) = graph(64, 1, Wait::Auto);
    let coalesce = Coalesce { max_events: 40, interval: Duration::from_micros(50) };
    graph.stage("gather").coalesce(coalesce).handle(whole);
    feed(producer, graph, PARKED_EVENTS);
}

fn pollers() {
    let (producer, mut graph) = graph(64, 1, Wait::Yield);
    let stage = graph.stage("stage").wait(Wait::Yield).handle(whole);
    let pollers = [graph.poller(&[]), graph.poller(&[stage])];
    let readers = pollers.map(|mut poller| {
        thread::spawn(move || {
            // Half of them only: then the poller is dropped, and holds nobody back.
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

fn broadcast() {
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

fn halt() {
    for _ in 0..LIVES {
        let (mut producer, mut graph) = graph(8, 1, Wait::Park);
        graph.stage("check").wait(Wait::Park).handle(whole);
        let running = graph.start().expect("starts");
        let publishing =
            thread::spawn(move || (0..).find_map(|number| producer.publish(tick(number)).err()));
        while running.lags()[0].events == 0 {
            thread::yield_now();
        }
        running.halt();
        assert_eq!(publishing.join().expect("no panic"), Some(PublishError::Closed));
        running.join().expect("no failure");
    }
}

fn fail() {
    for life in 0..LIVES {
        let (mut producer, mut graph) = graph(8, 2, Wait::Park);
        let fine = graph.stage("fine").wait(Wait::Park).handle(whole);
        let fails = move |batch: &Batch<'_, Tick>| {
            let due = batch.iter().any(|(sequence, _)| sequence >= life);
            if due { Err(Fault::new("planned")) } else { Ok(()) }
        };
        graph.stage("fails").after(&[fine]).wait(Wait::Park).handle(fails);
        let running = graph.start().expect("starts");
        let error = (0..).find_map(|number| producer.publish(tick(number)).err());
        assert!(matches!(error, Some(PublishError::Poisoned(_))));
        assert!(running.join().is_err());
    }
}

/// Plain memory handed over by a flag that orders nothing: what the detector must not miss.
#[allow(unsafe_code)] // A race cannot be planted without it.
fn planted_race() {
    #[derive(Default)]
    struct Handover {
        event: UnsafeCell<Tick>,
        published: AtomicBool,
    }
    // SAFETY: none; that is the point.
    unsafe impl Sync for Handover {}
    impl Handover {
        fn write(&self, event: Tick) {
            // SAFETY: none; the flag should be stored with `Release`.
            unsafe { self.event.get().write(event) };
            self.published.store(true, Ordering::Relaxed);
        }

        fn read(&self) -> Tick {
            while !self.published.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            // SAFETY: none; the flag should have been loaded with `Acquire`.
            unsafe { self.event.get().read() }
        }
    }
    let handover = Handover::default();
    thread::scope(|scope| {
        let reader = scope.spawn(|| handover.read());
        handover.write(tick(7));
        assert_eq!(reader.join().expect("reads"), tick(7));
    });
}
