//! Shapes of one graph beyond readers side by side: stages that change events, workers that share
//! them, sources that flow together.

mod common;

use std::sync::mpsc::channel;
use std::time::Duration;

use common::{collect, must_end, nothing, publish};
use proptest::prelude::*;
use tourbillon_engine::{
    Batch, BatchMut, BuildError, Capacity, Coalesce, FanIn, Fault, Graph, PipelineError, Wait,
};

fn add(amount: u64) -> impl FnMut(&mut BatchMut<'_, u64>) -> Result<(), Fault> + Send {
    move |batch| {
        batch.iter_mut().for_each(|(_, event)| *event += amount);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// Before the first mutator, between two of them, behind both: each sees what is due there.
    #[test]
    fn changes_are_seen_behind_and_not_before(
        log_capacity in 1_u32..7,
        threads in 1_usize..4,
        events in 1_u64..300,
        max_batch in 1_usize..40,
    ) {
        let seen = must_end(move || {
            let capacity = Capacity::new(1 << log_capacity).expect("a power of two");
            let (mut producer, mut graph) = Graph::<u64>::single(capacity);
            graph.threads(threads);
            let (raw, all_raw) = collect();
            let (middle, all_middle) = collect();
            let (last, all_last) = collect();
            let before = graph.stage("raw").max_batch(max_batch).handle(raw);
            let first = graph.stage("plus").after(&[before]).handle_mut(add(1000));
            let between = graph.stage("middle").after(&[first]).handle(middle);
            let beside = graph.stage("beside").after(&[first]).handle(nothing);
            let second = graph.stage("again").after(&[between, beside]).handle_mut(add(1000));
            graph.stage("last").after(&[second]).handle(last);
            let running = graph.start().expect("starts");
            publish(&mut producer, 0..events);
            producer.close();
            running.join().expect("nobody complains");
            [all_raw, all_middle, all_last].map(|all| all.try_iter().collect::<Vec<_>>())
        });
        let due = |plus| (0..events).map(|event| event + plus).collect::<Vec<_>>();
        prop_assert_eq!(seen, [due(0), due(1000), due(2000)]);
    }
}

#[test]
fn two_who_could_meet_are_refused_if_one_of_them_changes_events() {
    let refused = |build: fn(&mut Graph<u64>)| {
        let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
        build(&mut graph);
        match graph.start() {
            Err(BuildError::NotSoleMutator { .. }) => true,
            Ok(_) => false,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(refused(|graph| {
        graph.stage("reads").handle(nothing);
        graph.stage("changes").handle_mut(add(1));
    }));
    assert!(refused(|graph| {
        graph.stage("changes").handle_mut(add(1));
        graph.stage("reads").handle(nothing);
    }));
    assert!(refused(|graph| {
        graph.stage("changes").handle_mut(add(1));
        graph.stage("changes too").handle_mut(add(1));
    }));
    assert!(refused(|graph| {
        let _poller = graph.poller(&[]);
        graph.stage("changes").handle_mut(add(1));
    }));
    assert!(refused(|graph| {
        let root = graph.stage("root").handle(nothing);
        graph.stage("left").after(&[root]).handle(nothing);
        graph.stage("changes").after(&[root]).handle_mut(add(1));
    }));
    assert!(!refused(|graph| {
        let root = graph.stage("root").handle(nothing);
        let changes = graph.stage("changes").after(&[root]).handle_mut(add(1));
        graph.stage("left").after(&[changes]).handle(nothing);
        graph.stage("right").after(&[changes]).handle(nothing);
    }));
}

#[test]
fn sources_that_flow_together_lose_nothing_and_keep_their_order() {
    const SOURCES: usize = 3;
    const EVENTS: u64 = 500;
    for wait in [Wait::Yield, Wait::Park] {
        let seen = must_end(move || {
            let (producers, mut merge) = FanIn::<u64>::new(SOURCES, Capacity::at_least(8));
            let (seen, all) = channel();
            merge.wait(wait).producer_wait(wait);
            merge.stage("merge", move |batch: &Batch<'_, u64>| {
                let from = batch.source();
                batch.iter().for_each(|(_, &event)| seen.send((from, event)).expect("asked"));
                Ok(())
            });
            let running = merge.start().expect("starts");
            std::thread::scope(|scope| {
                for mut producer in producers {
                    scope.spawn(move || {
                        publish(&mut producer, 0..EVENTS);
                    });
                }
            });
            let summary = running.join().expect("nobody complains");
            assert_eq!(summary.stage("merge").expect("there").events, SOURCES as u64 * EVENTS);
            all.try_iter().collect::<Vec<_>>()
        });
        for source in 0..SOURCES {
            let of_it = seen.iter().filter(|(from, _)| *from == source);
            assert!(of_it.map(|(_, event)| *event).eq(0..EVENTS), "source {source}");
        }
    }
}

#[test]
fn workers_share_every_event_among_them_and_the_next_stage_sees_all() {
    for (threads, wait) in [(1, Wait::Yield), (2, Wait::Yield), (3, Wait::Park)] {
        let (shares, rest) = must_end(move || {
            let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(32));
            graph.threads(threads).producer_wait(wait);
            let (seen, all) = channel();
            let work = graph.stage("work").wait(wait).share(3, |worker| {
                let seen = seen.clone();
                move |batch: &Batch<'_, u64>| {
                    batch.iter().for_each(|(_, &e)| seen.send((worker, e)).expect("asked"));
                    Ok(())
                }
            });
            let (after, rest) = collect();
            graph.stage("after").after(&[work]).wait(wait).handle(after);
            let running = graph.start().expect("starts");
            publish(&mut producer, 0..5_000);
            producer.close();
            let summary = running.join().expect("every event is accounted for");
            let taken = (0..3).map(|worker| summary.stage(&format!("work[{worker}]")));
            assert_eq!(taken.map(|stage| stage.expect("there").events).sum::<u64>(), 5_000);
            drop(seen);
            (all.try_iter().collect::<Vec<_>>(), rest.try_iter().collect::<Vec<_>>())
        });
        let mut events: Vec<u64> = shares.iter().map(|(_, event)| *event).collect();
        events.sort_unstable();
        assert!(events.into_iter().eq(0..5_000), "each event went to exactly one");
        assert!(rest.into_iter().eq(0..5_000));
    }
}

#[test]
fn what_workers_leave_behind_at_a_failure_is_accounted_for() {
    let error = must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(16));
        graph.threads(2);
        graph.stage("work").max_batch(2).share(2, |_| {
            |batch: &Batch<'_, u64>| match batch.iter().any(|(_, &event)| event == 20) {
                true => Err(Fault::halt("not this one")),
                false => Ok(()),
            }
        });
        let running = graph.start().expect("starts");
        while producer.publish(producer.published()).is_ok() {}
        running.join().expect_err("a worker fails")
    });
    let PipelineError::Poisoned { summary, .. } = error else { panic!("{error}") };
    summary.balance().expect("taken and left are all there is");
}

#[test]
fn workers_cannot_gather_batches() {
    let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
    let gather = Coalesce { max_events: 4, interval: Duration::from_secs(1) };
    graph.stage("work").coalesce(gather).share(2, |_| nothing);
    let error = graph.start().expect_err("a worker would wait for what others take");
    assert!(matches!(error, BuildError::SharedGathering { stage } if stage == "work"));
}

#[test]
fn a_merging_stage_needs_a_name_that_a_thread_can_have() {
    for name in ["", "a\0b"] {
        let (_producers, mut merge) = FanIn::<u64>::new(2, Capacity::at_least(4));
        merge.stage(name, nothing);
        assert!(matches!(merge.start(), Err(BuildError::Name { .. })));
    }
}
