//! Every wait, of stages and of the producer: it delivers every event, and it ends when the ring
//! is closed, halted or poisoned. A wait that does not is a hang, which the watchdog reports.

mod common;

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use common::{must_end, nothing};
use tourbillon_engine::{
    Backoff, Batch, BuildError, Capacity, Fault, Graph, Handler, Producer, PublishError, Running,
    Wait,
};

const EVENTS: u64 = 2_000;
const WAITS: [Wait; 8] = [
    Wait::BusySpin,
    Wait::Spin,
    Wait::Monitor,
    Wait::Yield,
    Wait::Park,
    Wait::Backoff(Backoff {
        spins: 10,
        yields: 5,
        min_park: Duration::from_micros(1),
        max_park: Duration::from_millis(1),
    }),
    Wait::Timed(Duration::from_micros(50)),
    Wait::Auto,
];

/// Two stages in a row, on one thread or on two, that wait like this.
fn chain(wait: Wait, threads: usize) -> (Producer<u64>, Graph<u64>) {
    let (producer, mut graph) = Graph::single(Capacity::at_least(64));
    // There may be fewer cores than threads here.
    graph.threads(threads).force_spin(true);
    let first = graph.stage("first").wait(wait).handle(nothing);
    let mut next = 0;
    graph.stage("second").wait(wait).after(&[first]).handle(move |batch: &Batch<'_, u64>| {
        for (sequence, &event) in batch.iter() {
            assert_eq!((sequence, event), (next, next));
            next += 1;
        }
        Ok(())
    });
    (producer, graph)
}

fn assert_all_delivered(running: Running) {
    let summary = running.join().expect("ends well");
    assert_eq!(summary.published, EVENTS);
    assert!(summary.stages.iter().all(|stage| stage.events == EVENTS), "{summary:?}");
}

#[test]
fn every_stage_wait_delivers_every_event_on_one_thread_and_on_two() {
    for wait in WAITS {
        for threads in [1, 2] {
            must_end(move || {
                let (mut producer, mut graph) = chain(wait, threads);
                graph.producer_wait(Wait::Yield);
                let running = graph.start().expect("starts");
                (0..EVENTS).for_each(|event| {
                    assert_eq!(producer.publish(event), Ok(event));
                });
                producer.close();
                assert_all_delivered(running);
            });
        }
    }
}

#[test]
fn every_producer_wait_gets_past_a_full_ring() {
    for wait in WAITS {
        must_end(move || {
            let (mut producer, mut graph) = chain(Wait::Yield, 1);
            graph.producer_wait(wait);
            let running = graph.start().expect("starts");
            let events: Vec<u64> = (0..EVENTS).collect();
            producer.publish_batch(&events).expect("open");
            producer.close();
            assert_all_delivered(running);
        });
    }
}

/// Says when its stage has idled for some rounds.
struct Idler {
    rounds: usize,
    idled: Sender<()>,
}

impl Handler<u64> for Idler {
    fn on_batch(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
        Ok(())
    }

    fn on_idle(&mut self) {
        self.rounds += 1;
        // Further than a default backoff takes to reach its longest sleep.
        if self.rounds == 30 {
            self.idled.send(()).expect("the test waits");
        }
    }
}

/// Publishes an event to one stage that waits like this and lets it idle for a while.
fn idling(wait: Wait) -> (Producer<u64>, Running) {
    let (mut producer, mut graph) = Graph::single(Capacity::at_least(8));
    let (idled, has_idled) = channel();
    graph.force_spin(true).stage("idler").wait(wait).handle(Idler { rounds: 0, idled });
    let running = graph.start().expect("starts");
    producer.publish(0).expect("open");
    has_idled.recv().expect("the stage lives");
    (producer, running)
}

#[test]
fn every_stage_wait_ends_when_the_ring_is_closed_or_halted() {
    for wait in WAITS {
        must_end(move || {
            let (producer, running) = idling(wait);
            producer.close();
            assert!(!running.join().expect("ends well").halted);

            let (_producer, running) = idling(wait);
            running.halt();
            assert!(running.join().expect("ends well").halted);
        });
    }
}

#[test]
fn every_stage_wait_ends_when_another_stage_fails() {
    for wait in WAITS {
        must_end(move || {
            let (mut producer, mut graph) = chain(wait, 1);
            let bad = graph.threads(2).stage("bad").thread(7).wait(Wait::Park);
            bad.handle(|_: &Batch<'_, u64>| Err(Fault::new("bad event")));
            let running = graph.start().expect("starts");
            producer.publish(0).expect("open");
            running.join().expect_err("a stage failed");
        });
    }
}

#[test]
fn every_producer_wait_ends_when_the_ring_is_halted_or_poisoned() {
    for wait in WAITS {
        must_end(move || {
            let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(2));
            graph.producer_wait(wait).force_spin(true);
            let _never_read = graph.poller(&[]);
            let running = graph.start().expect("starts");
            producer.publish_batch(&[0; 2]).expect("room");
            let waiting = std::thread::spawn(move || producer.publish(2));
            running.halt();
            assert_eq!(waiting.join().expect("no panic"), Err(PublishError::Closed));
        });
        must_end(move || {
            let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(2));
            graph.producer_wait(wait).force_spin(true);
            let (full, is_full) = channel::<()>();
            graph.stage("bad").wait(Wait::Park).handle(move |_: &Batch<'_, u64>| {
                is_full.recv().expect("the producer lives");
                Err(Fault::new("bad event"))
            });
            let _running = graph.start().expect("starts");
            producer.publish_batch(&[0; 2]).expect("room");
            full.send(()).expect("the stage lives");
            let outcome = producer.publish(2);
            assert!(matches!(outcome, Err(PublishError::Poisoned(_))), "{outcome:?}");
        });
    }
}

#[test]
fn waits_that_occupy_a_core_are_refused_where_cores_run_out() {
    let cores = std::thread::available_parallelism().expect("known").get();
    for (wait, spins) in
        WAITS.map(|wait| (wait, matches!(wait, Wait::BusySpin | Wait::Spin | Wait::Monitor)))
    {
        let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
        graph.threads(cores + 1).producer_wait(Wait::Park);
        for core in 0..=cores {
            graph.stage(&format!("{core}")).thread(core).wait(wait).handle(nothing);
        }
        match graph.start() {
            Err(BuildError::TooManySpinners { spinning, .. }) => {
                assert!(spins, "{wait:?}");
                assert_eq!(spinning, cores + 1);
            }
            other => assert!(!spins && other.is_ok(), "{wait:?}"),
        }
    }
}
