//! Conflation: while the ring is full, the newest event of each key is all that is kept, and the
//! rest is counted.

mod common;

use std::collections::BTreeMap;
use std::sync::mpsc::channel;

use common::must_end;
use proptest::prelude::*;
use tourbillon_engine::{Batch, Capacity, Conflator, Fault, Graph, Poller, PublishError};

/// A key and a serial number.
type Event = (u8, u32);

fn key(event: &Event) -> u8 {
    event.0
}

const CAPACITY: usize = 4;

/// The obvious conflator over the obvious ring.
#[derive(Default)]
struct Oracle {
    ring: Vec<Event>,
    pending: Vec<Event>,
    delivered: Vec<Event>,
    conflated: u64,
}

impl Oracle {
    fn flush(&mut self) {
        while self.ring.len() < CAPACITY && !self.pending.is_empty() {
            self.ring.push(self.pending.remove(0));
        }
    }

    fn publish(&mut self, event: Event) {
        self.flush();
        if self.ring.len() < CAPACITY {
            self.ring.push(event);
        } else if let Some(older) = self.pending.iter_mut().find(|older| older.0 == event.0) {
            *older = event;
            self.conflated += 1;
        } else {
            self.pending.push(event);
        }
    }

    /// Whether publishing would have to wait, since the test reads on the same thread.
    fn would_wait(&self, event: Event, keys: usize) -> bool {
        self.ring.len() == CAPACITY
            && self.pending.len() == keys
            && self.pending.iter().all(|older| older.0 != event.0)
    }

    fn read(&mut self, limit: usize) {
        let count = limit.min(self.ring.len());
        self.delivered.extend(self.ring.drain(..count));
    }
}

fn read(poller: &mut Poller<Event>, limit: usize, into: &mut Vec<Event>) {
    let take = |batch: &Batch<'_, Event>| into.extend(batch.iter().map(|(_, event)| *event));
    poller.poll(limit, take).expect("open");
}

/// Per key, what was delivered is part of what was offered, in order, up to the very last.
fn check_keys(offered: &[Event], delivered: &[Event]) -> Result<(), TestCaseError> {
    let by_key = |events: &[Event]| {
        let mut keys: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
        events.iter().for_each(|&(key, serial)| keys.entry(key).or_default().push(serial));
        keys
    };
    let (offered, delivered) = (by_key(offered), by_key(delivered));
    prop_assert!(offered.keys().eq(delivered.keys()));
    for (key, delivered) in &delivered {
        // Serials rise, so a rising sequence of offered ones is a subsequence.
        prop_assert!(delivered.is_sorted_by(|a, b| a < b));
        prop_assert!(delivered.iter().all(|serial| offered[key].binary_search(serial).is_ok()));
        prop_assert_eq!(delivered.last(), offered[key].last());
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Publish(u8),
    Read(usize),
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0_u8..6).prop_map(Step::Publish),
        2 => (1_usize..6).prop_map(Step::Read),
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 0..200)
}

proptest! {
    #[test]
    fn it_does_what_the_obvious_conflator_does(steps in steps(), keys in 1_usize..7) {
        let (producer, mut graph) = Graph::<Event>::single(Capacity::at_least(CAPACITY));
        let mut poller = graph.poller(&[]);
        let running = graph.start().expect("starts");
        let mut conflator = Conflator::new(producer, keys, key);
        let (mut oracle, mut offered, mut delivered) = (Oracle::default(), Vec::new(), Vec::new());
        for (serial, step) in (0..).zip(steps) {
            match step {
                Step::Publish(key) if !oracle.would_wait((key, serial), keys) => {
                    oracle.publish((key, serial));
                    offered.push((key, serial));
                    let sequence = conflator.publish((key, serial)).expect("open");
                    let newest = oracle.ring.last() == Some(&(key, serial));
                    let published = (oracle.ring.len() + oracle.delivered.len()) as u64;
                    prop_assert_eq!(sequence, newest.then(|| published - 1));
                }
                Step::Publish(_) => {}
                Step::Read(limit) => {
                    oracle.read(limit);
                    read(&mut poller, limit, &mut delivered);
                }
                Step::Flush => {
                    oracle.flush();
                    let empty = conflator.try_flush().expect("open");
                    prop_assert_eq!(empty, oracle.pending.is_empty());
                }
            }
            prop_assert_eq!(conflator.conflated(), oracle.conflated);
            prop_assert_eq!(conflator.pending(), oracle.pending.len());
            prop_assert_eq!(&delivered, &oracle.delivered);
        }
        while !conflator.try_flush().expect("open") {
            read(&mut poller, CAPACITY, &mut delivered);
        }
        read(&mut poller, CAPACITY, &mut delivered);
        prop_assert_eq!(delivered.len() as u64 + conflator.conflated(), offered.len() as u64);
        check_keys(&offered, &delivered)?;
        drop(conflator);
        running.join().expect("ends well");
    }
}

proptest! {
    // Each case is a pipeline that keeps putting its producer to sleep.
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Against a stage that comes too late, with fewer places than keys, so that it waits at times.
    #[test]
    fn every_key_ends_with_its_newest_event(
        keys_offered in prop::collection::vec(0_u8..20, 0..300),
        keys in 1_usize..20,
    ) {
        let offered: Vec<Event> = keys_offered.into_iter().zip(0..).collect();
        let events = offered.clone();
        let (delivered, conflated) = must_end(move || {
            let (producer, mut graph) = Graph::<Event>::single(Capacity::at_least(CAPACITY));
            let (sender, delivered) = channel();
            graph.stage("stage").max_batch(1).handle(move |batch: &Batch<'_, Event>| {
                std::thread::yield_now();
                batch.iter().try_for_each(|(_, event)| Ok(sender.send(*event)?))
            });
            let running = graph.start().expect("starts");
            let mut conflator = Conflator::new(producer, keys, key);
            for event in events {
                conflator.publish(event).expect("nobody fails");
            }
            conflator.flush().expect("nobody fails");
            assert_eq!(conflator.pending(), 0);
            let conflated = conflator.conflated();
            conflator.close().expect("nobody fails");
            running.join().expect("ends well");
            (delivered.try_iter().collect::<Vec<_>>(), conflated)
        });
        prop_assert_eq!(delivered.len() as u64 + conflated, offered.len() as u64);
        check_keys(&offered, &delivered)?;
    }
}

#[test]
fn a_conflator_that_is_closed_publishes_what_is_pending() {
    must_end(|| {
        let (producer, mut graph) = Graph::<Event>::single(Capacity::at_least(2));
        let (go, wait) = channel::<()>();
        let (sender, delivered) = channel();
        graph.stage("stage").handle(move |batch: &Batch<'_, Event>| {
            let _open = wait.recv();
            batch.iter().try_for_each(|(_, event)| Ok(sender.send(*event)?))
        });
        let running = graph.start().expect("starts");
        let mut conflator = Conflator::new(producer, 3, key);
        for serial in 0..20 {
            conflator.publish(((serial % 3) as u8, serial)).expect("nobody fails");
        }
        drop(go);
        conflator.close().expect("nobody fails");
        running.join().expect("ends well");
        let delivered: Vec<Event> = delivered.try_iter().collect();
        assert_eq!(delivered[..2], [(0, 0), (1, 1)]);
        assert_eq!(delivered[2..], [(2, 17), (0, 18), (1, 19)]);
    });
}

#[test]
fn a_failure_is_told_and_what_is_pending_stays() {
    must_end(|| {
        let (producer, mut graph) = Graph::<Event>::single(Capacity::at_least(2));
        let (go, wait) = channel::<()>();
        graph.stage("stage").handle(move |_: &Batch<'_, Event>| {
            let _open = wait.recv();
            Err(Fault::new("no"))
        });
        let running = graph.start().expect("starts");
        let mut conflator = Conflator::new(producer, 3, key);
        (0..5).for_each(|serial| assert!(conflator.publish((0, serial)).is_ok()));
        assert_eq!((conflator.pending(), conflator.conflated()), (1, 2));
        drop(go);
        running.join().expect_err("the stage failed");
        let refused = conflator.publish((0, 5));
        assert!(matches!(refused, Err(PublishError::Poisoned(_))), "{refused:?}");
        assert_eq!((conflator.pending(), conflator.conflated()), (1, 2));
        assert!(matches!(conflator.close(), Err(PublishError::Poisoned(_))));
    });
}

#[test]
#[should_panic(expected = "at least one key")]
fn a_conflator_without_room_for_a_key_is_refused() {
    let (producer, mut graph) = Graph::<Event>::single(Capacity::at_least(2));
    let _poller = graph.poller(&[]);
    let _running = graph.start().expect("starts");
    drop(Conflator::new(producer, 0, key));
}
