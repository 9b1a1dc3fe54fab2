//! Several producers on one graph: everything arrives, nothing stalls, everybody is told.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::must_end;
use tourbillon_engine::{
    Batch, Capacity, Fault, Graph, PipelineError, PublishError, TryPublishError, Wait,
};

const EVENTS: u64 = 20_000;

/// Producer and number.
type Event = [u64; 2];

/// Each producer's events arrive in its order, at every stage, however everybody waits.
fn all_arrive(wait: Wait) {
    let (first, mut graph) = Graph::<Event>::multi(Capacity::at_least(16));
    graph.producer_wait(wait);
    let check = |producers: usize| {
        let mut next = vec![0; producers];
        move |batch: &Batch<'_, Event>| {
            for (_, &[producer, number]) in batch.iter() {
                assert_eq!(next[producer as usize], number, "of producer {producer}");
                next[producer as usize] += 1;
            }
            Ok(())
        }
    };
    let leader = graph.stage("leader").wait(wait).handle(check(3));
    graph.stage("follower").after(&[leader]).wait(wait).handle(check(3));
    let running = graph.start().expect("the graph is sound");
    let publishing: Vec<_> = (0..3)
        .map(|name| {
            let mut producer = first.clone();
            thread::spawn(move || {
                for number in 0..EVENTS {
                    match number % 3 {
                        0 => producer.publish([name, number]).map(drop),
                        1 => producer.publish_with(|slot| *slot = [name, number]).map(drop),
                        _ => producer
                            .publish_within([name, number], Duration::from_secs(3600))
                            .map(drop),
                    }
                    .expect("there will be room");
                }
                assert_eq!(producer.published(), EVENTS);
            })
        })
        .collect();
    drop(first);
    for publishing in publishing {
        publishing.join().expect("the producer ends well");
    }
    let summary = running.join().expect("it ends well");
    for stage in ["leader", "follower"] {
        assert_eq!(summary.stage(stage).expect("it was there").events, 3 * EVENTS);
    }
}

#[test]
fn all_arrive_while_everybody_yields() {
    must_end(|| all_arrive(Wait::Yield));
}

#[test]
fn all_arrive_while_everybody_sleeps() {
    must_end(|| all_arrive(Wait::Park));
}

#[test]
fn a_panic_while_writing_stalls_nobody() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<Event>::multi(Capacity::at_least(4));
        graph.stage("count").handle(|_: &Batch<'_, Event>| Ok(()));
        let running = graph.start().expect("the graph is sound");
        for number in 0..20 {
            let panics =
                AssertUnwindSafe(|| producer.publish_with(|_| panic!("while writing")).map(drop));
            assert!(catch_unwind(panics).is_err(), "the panic goes on to the caller");
            producer.publish([0, number]).expect("the ring goes on");
        }
        drop(producer);
        let summary = running.join().expect("it ends well");
        let count = summary.stage("count").expect("it was there");
        assert_eq!((count.events, count.aborted), (20, 20));
    });
}

#[test]
fn what_a_claim_does_not_commit_is_passed_over() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<Event>::multi(Capacity::at_least(8));
        let (seen, received) = mpsc::channel();
        graph.stage("collect").handle(move |batch: &Batch<'_, Event>| {
            batch.iter().for_each(|(sequence, &event)| seen.send((sequence, event)).unwrap());
            Ok(())
        });
        let running = graph.start().expect("the graph is sound");
        let mut claim = producer.claim(5).expect("there is room");
        let (slots, _) = claim.slots_mut();
        slots[..2].copy_from_slice(&[[7, 0], [7, 1]]);
        assert_eq!(claim.commit(2), 0);
        drop(producer.claim(1).expect("there is room"));
        assert_eq!(producer.publish([7, 2]), Ok(6));
        assert_eq!(producer.published(), 3);
        let too_large = producer.claim(9).map(drop);
        assert_eq!(too_large, Err(PublishError::TooLarge { slots: 9, capacity: 8 }));
        drop(producer);
        running.join().expect("it ends well");
        assert!(received.into_iter().eq([(0, [7, 0]), (1, [7, 1]), (6, [7, 2])]));
    });
}

#[test]
fn producers_that_wait_for_a_failed_stage_are_told() {
    must_end(|| {
        let (first, mut graph) = Graph::<Event>::multi(Capacity::at_least(4));
        graph.producer_wait(Wait::Park);
        graph.stage("fails").handle(|_: &Batch<'_, Event>| Err(Fault::new("always")));
        let running = graph.start().expect("the graph is sound");
        let publishing = [first.clone(), first].map(|mut producer| {
            thread::spawn(move || {
                loop {
                    if let Err(error) = producer.publish([0, 0]) {
                        return error;
                    }
                }
            })
        });
        for publishing in publishing {
            let error = publishing.join().expect("it is told, it does not panic");
            assert!(matches!(error, PublishError::Poisoned(failure) if failure.stage == "fails"));
        }
        assert!(matches!(running.join(), Err(PipelineError::Poisoned { .. })));
    });
}

#[test]
fn a_full_ring_that_nobody_reads_yet_refuses() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<Event>::multi(Capacity::at_least(2));
        graph.stage("count").handle(|_: &Batch<'_, Event>| Ok(()));
        let mut other = producer.clone();
        producer.publish([0, 0]).expect("there is room");
        other.publish([1, 0]).expect("there is room");
        assert_eq!(producer.publish([0, 1]), Err(PublishError::NotStarted));
        assert_eq!(other.try_publish([1, 1]), Err(TryPublishError::Full));
        assert_eq!(other.publish_or_drop([1, 1]), Ok(None));
        let running = graph.start().expect("the graph is sound");
        other.publish([1, 1]).expect("a refused event leaves no gap");
        drop((producer, other));
        let summary = running.join().expect("it ends well");
        assert_eq!(summary.stage("count").expect("it was there").events, 3);
        assert_eq!((summary.producers[0].rejected, summary.producers[0].dropped), (1, 1));
    });
}

#[test]
fn who_will_not_wait_any_longer_leaves_no_gap() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<Event>::multi(Capacity::at_least(2));
        let (go, wait) = mpsc::channel::<()>();
        graph.stage("slow").handle(move |_: &Batch<'_, Event>| {
            let _gone = wait.recv();
            Ok(())
        });
        let running = graph.start().expect("the graph is sound");
        producer.publish([0, 0]).expect("there is room");
        producer.publish([0, 1]).expect("there is room");
        let limit = Duration::from_millis(1);
        assert_eq!(producer.publish_within([0, 2], limit), Err(PublishError::TimedOut { limit }));
        drop(go);
        producer.publish([0, 2]).expect("there will be room");
        drop(producer);
        let summary = running.join().expect("it ends well");
        assert_eq!(summary.stage("slow").expect("it was there").events, 3);
        assert_eq!(summary.producers[0].timed_out, 1);
    });
}

/// Memory that was local to a thread that is gone may be another's, the one of a stage now.
#[test]
fn a_producer_that_moves_into_a_stage_of_its_ring_is_not_taken_for_what_it_was() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<Event>::multi(Capacity::at_least(2));
        graph.stage("first").wait(Wait::Yield).handle(|_: &Batch<'_, Event>| Ok(()));
        let hub = graph.hub();
        let running = graph.start().expect("starts");
        let outside = move || {
            producer.publish([0, 0]).expect("open");
            producer
        };
        let mut producer = thread::spawn(outside).join().expect("it publishes");
        let mut trigger = producer.clone();
        let feeds_itself = move |_: &Batch<'_, Event>| loop {
            producer.publish([0, 0])?;
        };
        let late = hub.stage("late").handle(feeds_itself).expect("attached");
        trigger.publish([0, 0]).expect("open");
        let _failed = late.join();
        let error = running.join().expect_err("it would wait for itself");
        assert!(error.to_string().contains("would wait for itself"), "{error}");
    });
}
