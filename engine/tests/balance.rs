//! Whatever fails when: every event that was published is accounted for, in running pipelines.

mod common;

use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::time::Duration;

use common::must_end;
use proptest::prelude::*;
use tourbillon_engine::{
    Batch, Capacity, Conflator, DeadLetters, FanIn, Fault, Graph, Isolate, PipelineError, Producer,
    Running, Summary,
};

const EVENTS: u64 = 300;

/// What a stage does with single events on its way.
#[derive(Clone, Debug)]
struct Fate {
    /// These become dead letters.
    poisoned: BTreeSet<u64>,
    /// At this event it leaves, or stops everything.
    end: u64,
    detach: bool,
}

impl Fate {
    fn of(&self, event: u64) -> Result<(), Fault> {
        match event {
            _ if event == self.end && self.detach => Err(Fault::detach("the sink is gone")),
            _ if event == self.end => Err(Fault::halt("the disk is gone")),
            _ if self.poisoned.contains(&event) => Err(Fault::new("poisoned")),
            _ => Ok(()),
        }
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    let poisoned = prop::collection::btree_set(0..EVENTS, 0..40);
    (poisoned, 0..2 * EVENTS, any::<bool>()).prop_map(|(poisoned, end, detach)| Fate {
        poisoned,
        end,
        detach,
    })
}

/// A stage with that fate, and a sturdy one.
fn run(fate: Fate, place: Place, max_batch: usize, threads: usize) -> (Summary, bool) {
    let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(32));
    graph.threads(threads);
    let (dead_letters, _letters) = DeadLetters::queue(3);
    let fragile = Isolate::new(move |_: u64, event: &u64| fate.of(*event), dead_letters);
    let sturdy = |_: &Batch<'_, u64>| Ok(());
    match place {
        Place::Beside => {
            graph.stage("fragile").max_batch(max_batch).handle(fragile);
            graph.stage("sturdy").handle(sturdy);
        }
        Place::Before => {
            let fragile = graph.stage("fragile").max_batch(max_batch).handle(fragile);
            graph.stage("sturdy").after(&[fragile]).handle(sturdy);
        }
        Place::After => {
            let sturdy = graph.stage("sturdy").handle(sturdy);
            graph.stage("fragile").after(&[sturdy]).max_batch(max_batch).handle(fragile);
        }
    }
    let running = graph.start().expect("starts");
    publish(&mut producer);
    producer.close();
    outcome(running)
}

/// Where a stage stands to the other one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Beside,
    Before,
    After,
}

fn publish(producer: &mut Producer<u64>) {
    for event in 0..EVENTS {
        if producer.publish(event).is_err() {
            break;
        }
    }
}

/// The account, and whether the pipeline failed.
fn outcome(running: Running) -> (Summary, bool) {
    match running.join() {
        Ok(summary) => (summary, false),
        Err(PipelineError::Poisoned { summary, .. }) => (*summary, true),
        Err(error) => panic!("{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_event_is_accounted_for_however_a_stage_ends(
        fate in fate(),
        place in prop_oneof![Just(Place::Beside), Just(Place::Before), Just(Place::After)],
        max_batch in 1_usize..20,
        threads in 1_usize..3,
    ) {
        let injected = fate.clone();
        let (summary, failed) = must_end(move || run(injected, place, max_batch, threads));
        prop_assert_eq!(summary.balance(), Ok(()));
        let fragile = summary.stage("fragile").expect("the stage");
        let ended = fate.end < EVENTS;
        // The others cannot do without a stage that they follow.
        let detached = ended && fate.detach && place != Place::Before;
        prop_assert_eq!(failed, ended && !detached);
        let before = fate.poisoned.range(..fate.end).count() as u64;
        prop_assert_eq!(fragile.recovery.dead_letters, before);
        prop_assert_eq!(fragile.detached.is_some(), detached);
        if let Some(failure) = &fragile.detached {
            prop_assert_eq!(failure.sequence, Some(fate.end));
            prop_assert!((fragile.events..fragile.offered).contains(&fate.end));
        }
        if !failed {
            let sturdy = summary.stage("sturdy").expect("the stage");
            prop_assert_eq!((sturdy.offered, sturdy.events), (EVENTS, EVENTS));
        }
        prop_assert_eq!(summary.producers[0].published, summary.published);
    }

    #[test]
    fn so_is_every_event_of_merged_rings(fate in fate()) {
        let injected = fate.clone();
        let (summary, failed) = must_end(move || {
            let (producers, mut merge) = FanIn::<u64>::new(2, Capacity::at_least(32));
            let (dead_letters, _letters) = DeadLetters::queue(3);
            let fragile = move |_: u64, event: &u64| injected.of(*event);
            merge.stage("fragile", Isolate::new(fragile, dead_letters));
            let running = merge.start().expect("starts");
            std::thread::scope(|scope| {
                for mut producer in producers {
                    scope.spawn(move || publish(&mut producer));
                }
            });
            outcome(running)
        });
        prop_assert_eq!(summary.balance(), Ok(()));
        let fragile = summary.stage("fragile").expect("the stage");
        let ended = fate.end < EVENTS;
        prop_assert_eq!(failed, ended && !fate.detach);
        prop_assert_eq!(fragile.detached.is_some(), ended && fate.detach);
        prop_assert!(ended || fragile.events == 2 * EVENTS);
    }
}

#[test]
fn what_a_full_ring_does_to_events_is_counted_by_cause() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        let (go, wait) = channel::<()>();
        graph.stage("late").handle(move |_: &Batch<'_, u64>| {
            let _open = wait.recv();
            Ok(())
        });
        let running = graph.start().expect("starts");
        for event in 0..4 {
            producer.publish(event).expect("room");
        }
        assert!(producer.try_publish(4).is_err());
        assert!(producer.try_publish(4).is_err());
        assert_eq!(producer.publish_or_drop(5), Ok(None));
        assert!(producer.publish_within(6, Duration::ZERO).is_err());
        let mut conflator = Conflator::new(producer, 2, |event: &u64| event % 2);
        for event in 10..20 {
            conflator.publish(event).expect("open");
        }
        assert_eq!((conflator.pending(), conflator.conflated()), (2, 8));
        drop(conflator);
        drop(go);
        let summary = running.join().expect("ends well");
        let account = summary.producers[0];
        assert_eq!((account.published, account.rejected, account.timed_out), (4, 2, 1));
        // One by its own wish, two that were pending when the conflator went.
        assert_eq!((account.dropped, account.conflated), (3, 8));
        assert_eq!(account.offered(), 4 + 1 + 10);
        assert!(account.waited >= 1);
    });
}
