//! Sleepers are woken by what they wait for and not only by the timer that bounds their sleep:
//! here that timer is an hour, so a wake-up that is lost is a hang.

mod common;

use std::sync::mpsc::channel;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use common::{must_end, nothing, publish, until_asleep};
use tourbillon_engine::{
    Batch, Capacity, Coalesce, Fault, Graph, Producer, PublishError, Running, TryPublishError, Wait,
};

const HOUR: Duration = Duration::from_secs(3600);
const WAKE_UPS: u64 = 10_000;
const WAITS: [Wait; 3] = [Wait::Auto, Wait::Yield, Wait::Park];

/// A graph in which no timer wakes anybody in time.
fn graph(slots: usize) -> (Producer<u64>, Graph<u64>) {
    let (producer, mut graph) = Graph::single(Capacity::at_least(slots));
    graph.longest_sleep(HOUR).producer_wait(Wait::Park);
    (producer, graph)
}

fn gather(max_events: usize) -> Coalesce {
    Coalesce { max_events, interval: HOUR }
}

#[test]
fn a_stage_without_a_core_of_its_own_does_not_spin_on_its_callers() {
    must_end(|| {
        let first = core_affinity::get_core_ids().expect("cores")[0];
        // The test's other threads may use every core, the stage inherits this one.
        assert!(core_affinity::set_for_current(first));
        let (producer, mut graph) = graph(8);
        graph.stage("inherits").handle(nothing);
        let running = graph.start().expect("starts");
        until_asleep("inherits");
        producer.close();
        running.join().expect("ends well");
    });
}

#[test]
fn a_chain_of_sleeping_stages_passes_each_event_on() {
    must_end(|| {
        let (mut producer, mut graph) = graph(8);
        graph.threads(2);
        let first = graph.stage("first").thread(1).wait(Wait::Park).handle(nothing);
        let (done, arrived) = channel();
        graph.stage("second").after(&[first]).thread(2).wait(Wait::Park).handle(
            move |batch: &Batch<'_, u64>| {
                batch.iter().try_for_each(|(_, &event)| done.send(event))?;
                Ok(())
            },
        );
        let running = graph.start().expect("starts");
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
        let (mut producer, mut graph) = graph(2);
        graph.stage("slow").max_batch(2).handle(|_: &Batch<'_, u64>| {
            // Longer than the producer is willing to spin.
            (0..2_000).for_each(|_| std::hint::spin_loop());
            Ok(())
        });
        let running = graph.start().expect("starts");
        for event in 0..2 * WAKE_UPS {
            producer.publish(event).expect("open");
        }
        producer.close();
        assert_eq!(running.join().expect("ends well").published, 2 * WAKE_UPS);
    });
}

/// Two stages side by side that sleep until woken, on threads of these names.
fn two_sleepers(names: [&str; 2]) -> (Producer<u64>, Graph<u64>) {
    let (producer, mut graph) = graph(8);
    graph.threads(3);
    for (group, name) in names.into_iter().enumerate() {
        graph.stage(name).thread(group).wait(Wait::Park).handle(nothing);
    }
    (producer, graph)
}

fn until_all_are_done(running: &Running) {
    while running.lags().iter().any(|lag| lag.events > 0) {
        std::thread::yield_now();
    }
}

#[test]
fn an_event_wakes_all_who_sleep_on_the_same_position() {
    must_end(|| {
        let names = ["event-a", "event-b"];
        let (mut producer, graph) = two_sleepers(names);
        let running = graph.start().expect("starts");
        for event in 0..200 {
            names.into_iter().for_each(until_asleep);
            producer.publish(event).expect("open");
            until_all_are_done(&running);
        }
        producer.close();
        running.join().expect("ends well");
    });
}

#[test]
fn a_close_wakes_all_sleepers() {
    must_end(|| {
        for _ in 0..100 {
            let names = ["close-a", "close-b"];
            let (producer, graph) = two_sleepers(names);
            let running = graph.start().expect("starts");
            names.into_iter().for_each(until_asleep);
            producer.close();
            running.join().expect("ends well");
        }
    });
}

#[test]
fn a_halt_wakes_all_sleepers() {
    must_end(|| {
        for _ in 0..100 {
            let names = ["halt-a", "halt-b"];
            let (_producer, graph) = two_sleepers(names);
            let running = graph.start().expect("starts");
            names.into_iter().for_each(until_asleep);
            running.halt();
            assert!(running.join().expect("no failure").halted);
        }
    });
}

#[test]
fn a_failure_wakes_all_sleepers() {
    must_end(|| {
        for _ in 0..100 {
            let names = ["fail-a", "fail-b"];
            let (mut producer, mut graph) = two_sleepers(names);
            graph.stage("bad").thread(2).wait(Wait::Park).handle(move |_: &Batch<'_, u64>| {
                names.into_iter().for_each(until_asleep);
                Err(Fault::new("bad event"))
            });
            let running = graph.start().expect("starts");
            producer.publish(0).expect("open");
            running.join().expect_err("a stage failed");
        }
    });
}

#[test]
fn a_halt_wakes_the_producer() {
    must_end(|| {
        let (mut producer, mut graph) = graph(2);
        let _full = graph.poller(&[]);
        let running = graph.start().expect("starts");
        let publishing = std::thread::Builder::new()
            .name("halted".to_owned())
            .spawn(move || producer.publish_batch(&[0; 3]))
            .expect("a thread");
        until_asleep("halted");
        running.halt();
        publishing.join().expect("no panic").expect_err("halted");
    });
}

#[test]
fn a_poller_that_leaves_wakes_the_producer() {
    must_end(|| {
        for _ in 0..100 {
            let (mut producer, mut graph) = graph(2);
            let leaving = graph.poller(&[]);
            let running = graph.start().expect("starts");
            let publishing = std::thread::Builder::new()
                .name("left".to_owned())
                .spawn(move || producer.publish_batch(&[0; 3]))
                .expect("a thread");
            until_asleep("left");
            drop(leaving);
            publishing.join().expect("no panic").expect("there is room");
            running.join().expect("ends well");
        }
    });
}

#[test]
fn a_stage_sleeps_while_it_gathers_and_a_full_batch_wakes_it() {
    must_end(|| {
        for (wait, name) in [(Wait::Auto, "gather-auto"), (Wait::Park, "gather-park")] {
            let (mut producer, mut graph) = graph(64);
            let (sender, batches) = channel();
            graph
                .stage(name)
                .wait(wait)
                .coalesce(gather(8))
                .handle(move |batch: &Batch<'_, u64>| Ok(sender.send(batch.len())?));
            let running = graph.start().expect("starts");
            for _ in 0..100 {
                producer.publish_batch(&[0; 3]).expect("open");
                until_asleep(name);
                producer.publish_batch(&[0; 5]).expect("open");
                assert_eq!(batches.recv(), Ok(8));
            }
            for _ in 0..WAKE_UPS {
                producer.publish_batch(&[0; 8]).expect("open");
                assert_eq!(batches.recv(), Ok(8));
            }
            producer.close();
            running.join().expect("ends well");
        }
    });
}

#[test]
fn a_claim_closes_the_batch_that_is_in_its_way() {
    must_end(|| {
        for wait in WAITS {
            let (mut producer, mut graph) = graph(64);
            graph.producer_wait(wait);
            graph.stage("gather").wait(wait).coalesce(gather(1000)).handle(nothing);
            let running = graph.start().expect("starts");
            for count in [32, 64, 1] {
                // Less than makes the ring count as filling up.
                producer.publish_batch(&[0; 40]).expect("open");
                producer.claim(count).expect("the batch is closed").commit(0);
            }
            producer.close();
            assert_eq!(running.join().expect("ends well").stages[0].events, 120);
        }
    });
}

/// Two gathering stages in a row; the second holds what the producer needs back, and is not woken
/// by whom it follows.
fn two_in_a_row(takes: [usize; 2], threads: [usize; 2], wait: Wait) -> (Producer<u64>, Graph<u64>) {
    let (producer, mut graph) = graph(64);
    graph.threads(2).producer_wait(wait);
    let first = graph.stage("first").thread(threads[0]).wait(wait);
    let first = first.coalesce(gather(takes[0])).handle(nothing);
    let second = graph.stage("second").after(&[first]).thread(threads[1]).wait(wait);
    second.coalesce(gather(takes[1])).handle(nothing);
    (producer, graph)
}

fn try_until_there_is_room(producer: &mut Producer<u64>, event: u64) {
    while let Err(full) = producer.try_publish(event) {
        assert_eq!(full, TryPublishError::Full);
        std::thread::yield_now();
    }
}

#[test]
fn gathering_stages_in_a_row_never_stall_the_producer() {
    let publish: [fn(&mut Producer<u64>, u64); 2] =
        [|producer, event| assert_eq!(producer.publish(event), Ok(event)), try_until_there_is_room];
    must_end(move || {
        for wait in WAITS {
            for takes in [[40, 40], [40, 60], [60, 40]] {
                for threads in [[1, 1], [1, 2]] {
                    for publish in publish {
                        let (mut producer, graph) = two_in_a_row(takes, threads, wait);
                        let running = graph.start().expect("starts");
                        (0..2_000).for_each(|event| publish(&mut producer, event));
                        producer.close();
                        assert_eq!(running.join().expect("ends well").stages[1].events, 2_000);
                    }
                }
            }
        }
    });
}

/// Fills a ring of two on a thread named `publisher`, until it sleeps, and goes on.
fn publish_three(mut producer: Producer<u64>) -> JoinHandle<()> {
    let work = move || publish(&mut producer, 0..3);
    let thread = Builder::new().name("publisher".to_owned()).spawn(work).expect("a thread");
    until_asleep("publisher");
    thread
}

#[test]
fn a_late_poller_wakes_the_producer_by_what_it_releases_and_by_leaving() {
    for leave in [false, true] {
        must_end(move || {
            let (producer, mut graph) = graph(2);
            graph.stage("first").wait(Wait::Yield).handle(nothing);
            let hub = graph.hub();
            let running = graph.start().expect("starts");
            let mut poller = hub.poller(&[]).expect("started");
            let publisher = publish_three(producer);
            // Nobody else is to wake it: the stage has done so, and it sleeps again.
            until_all_are_done(&running);
            until_asleep("publisher");
            if leave {
                drop(poller);
            } else {
                poller.poll(1, |_| ()).expect("open");
            }
            publisher.join().expect("there is room");
            running.join().expect("nobody complains");
        });
    }
}

#[test]
fn a_producer_that_filled_the_ring_before_the_start_is_woken() {
    must_end(|| {
        for _ in 0..300 {
            let (mut producer, mut graph) = graph(2);
            graph.stage("stage").wait(Wait::Yield).handle(nothing);
            let publishing = std::thread::spawn(move || {
                (0..4).for_each(|event| {
                    while let Err(error) = producer.publish(event) {
                        assert_eq!(error, PublishError::NotStarted);
                        std::hint::spin_loop();
                    }
                });
            });
            let running = graph.start().expect("starts");
            publishing.join().expect("the events are taken");
            assert_eq!(running.join().expect("ends well").published, 4);
        }
    });
}
