//! A ring whose newest event travels with the news of it delivers what any other ring does.

use std::sync::{Arc, Mutex};

use tourbillon_engine::{Batch, BatchMut, Capacity, Graph, PollError, Wait};

const EVENTS: u64 = 20_000;

type Event = [u64; 7];

/// Single events and batches by turns.
fn publish_all(mut producer: tourbillon_engine::Producer<Event>) {
    let mut next = 0;
    while next < EVENTS {
        if next.is_multiple_of(7) {
            producer.publish_batch(&[[next; 7], [next + 1; 7]]).expect("the stages run");
            next += 2;
        } else {
            producer.publish([next; 7]).expect("the stages run");
            next += 1;
        }
    }
}

#[test]
fn stages_and_pollers_see_every_event_once_and_in_order() {
    for wait in [Wait::Yield, Wait::Park] {
        let (producer, mut graph) = Graph::<Event>::inline(Capacity::at_least(8));
        graph.producer_wait(wait);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let first = graph.stage("first").wait(wait).handle(|batch: &Batch<'_, Event>| {
            assert!(batch.iter().all(|(sequence, event)| *event == [sequence; 7]));
            Ok(())
        });
        graph.stage("second").after(&[first]).wait(wait).handle(move |batch: &Batch<'_, Event>| {
            log.lock().unwrap().extend(batch.iter().map(|(_, event)| event[6]));
            Ok(())
        });
        let mut poller = graph.poller(&[]);
        let running = graph.start().expect("the graph is sound");
        let polling = std::thread::spawn(move || {
            let mut next = 0;
            loop {
                match poller.poll(4, |batch| {
                    assert!(batch.iter().all(|(sequence, event)| *event == [sequence; 7]));
                    batch.len() as u64
                }) {
                    Ok(None) => std::thread::yield_now(),
                    Ok(Some(count)) => next += count,
                    Err(end) => {
                        assert_eq!(end, PollError::Closed);
                        return next;
                    }
                }
            }
        });
        publish_all(producer);
        let polled = polling.join().expect("the poller sees what was published");
        let summary = running.join().expect("no stage fails");
        let seen = seen.lock().unwrap();
        assert!(seen.iter().copied().eq(0..polled));
        assert_eq!(summary.stage("first").unwrap().events, polled);
        assert!(polled >= EVENTS);
    }
}

#[test]
fn what_a_first_stage_changes_is_what_its_followers_see() {
    let (producer, mut graph) = Graph::<Event>::inline(Capacity::at_least(8));
    graph.producer_wait(Wait::Yield);
    let change = |batch: &mut BatchMut<'_, Event>| {
        batch.iter_mut().for_each(|(_, event)| event[6] += 1);
        Ok(())
    };
    let changed = graph.stage("change").wait(Wait::Yield).handle_mut(change);
    graph.stage("check").after(&[changed]).wait(Wait::Yield).handle(|batch: &Batch<'_, Event>| {
        assert!(batch.iter().all(|(sequence, event)| event[6] == sequence + 1));
        Ok(())
    });
    let running = graph.start().expect("the graph is sound");
    publish_all(producer);
    running.join().expect("every change is seen");
}
