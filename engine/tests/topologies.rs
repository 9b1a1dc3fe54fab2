//! Shapes beyond one ring with readers side by side: stages that change events, rings in a row,
//! rings that flow together, stages that come and go.

mod common;

use std::ops::Range;
use std::sync::mpsc::{Receiver, channel};

use common::must_end;
use proptest::prelude::*;
use tourbillon_engine::{
    Batch, BatchMut, BuildError, Capacity, DetachError, Done, FanIn, Fault, Graph, Outlet,
    Pipeline, PipelineError, PollError, Producer, PublishError, Relay, Transform, Wait,
};

fn nothing(_: &Batch<'_, u64>) -> Result<(), Fault> {
    Ok(())
}

fn publish(producer: &mut Producer<u64>, events: Range<u64>) {
    events.for_each(|event| {
        producer.publish(event).expect("the ring is open");
    });
}

/// A handler that gives away all it sees.
fn collect() -> (impl FnMut(&Batch<'_, u64>) -> Result<(), Fault> + Send, Receiver<u64>) {
    let (seen, all) = channel();
    let handler = move |batch: &Batch<'_, u64>| {
        batch.iter().for_each(|(_, &event)| seen.send(event).expect("somebody asks"));
        Ok(())
    };
    (handler, all)
}

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

    /// Three rings in a row, each event one, two or no events in the next; on any number of
    /// threads, in rings of any size, nothing waits for itself and nothing is lost.
    #[test]
    fn rings_in_a_row_lose_nothing_on_however_few_threads(
        log_capacities in prop::array::uniform3(1_u32..7),
        threads in 1_usize..4,
        events in 0_u64..500,
        park in any::<bool>(),
    ) {
        let wait = if park { Wait::Park } else { Wait::Yield };
        let seen = must_end(move || {
            let capacity = |ring: usize| Capacity::new(1 << log_capacities[ring]).expect("a power");
            let (mut producer, mut first) = Graph::<u64>::single(capacity(0));
            let (to_second, mut second) = Graph::<u64>::single(capacity(1));
            let (to_third, mut third) = Graph::<u64>::single(capacity(2));
            let double = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
                batch.iter().try_for_each(|(_, &event)| out.publish_batch(&[event, event]))
            };
            let even = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
                let even = |event: &&u64| event.is_multiple_of(2);
                batch.iter().map(|(_, event)| event).filter(even).try_for_each(|&e| out.publish(e))
            };
            first.threads(threads);
            first.producer_wait(wait);
            first.stage("double").wait(wait).handle(Relay::new(to_second, 2, double));
            second.stage("even").wait(wait).handle(Relay::new(to_third, 1, even));
            let (last, all) = collect();
            third.stage("last").wait(wait).handle(last);
            let pipeline = Pipeline::new().add(first).add(second).add(third);
            let running = pipeline.start().expect("starts");
            publish(&mut producer, 0..events);
            producer.close();
            let summary = running.join().expect("nobody complains");
            assert_eq!(summary.producers[1].published, 2 * events);
            all.try_iter().collect::<Vec<_>>()
        });
        let due: Vec<u64> = (0..events).filter(|e| e % 2 == 0).flat_map(|e| [e, e]).collect();
        prop_assert_eq!(seen, due);
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
fn more_output_than_declared_is_an_error_where_it_would_be_a_deadlock() {
    let error = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(4));
        let flood = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
            batch.iter().try_for_each(|(_, &event)| (0..5).try_for_each(|_| out.publish(event)))
        };
        first.threads(1).stage("flood").handle(Relay::new(out, 1, flood));
        second.stage("sink").handle(nothing);
        let running = Pipeline::new().add(first).add(second).start().expect("starts");
        producer.publish(1).expect("open");
        running.join().expect_err("it floods")
    });
    let PipelineError::Poisoned { failure, .. } = error else { panic!("{error}") };
    assert_eq!((failure.stage.as_str(), failure.sequence), ("flood", Some(0)));
    assert!(failure.message.contains("more than the declared 1 outputs"), "{failure}");
}

/// Gives out everything it has only when its input has ended, one event at a time.
struct AtTheEnd(Vec<u64>);

impl Transform<u64, u64> for AtTheEnd {
    fn on_batch(&mut self, batch: &Batch<'_, u64>, _: &mut Outlet<'_, u64>) -> Result<(), Fault> {
        self.0.extend(batch.iter().map(|(_, event)| event));
        Ok(())
    }

    fn on_end(&mut self, out: &mut Outlet<'_, u64>) -> Result<Done, Fault> {
        while let Some(&event) = self.0.last() {
            if !out.try_publish(event)? {
                return Ok(Done::NotYet);
            }
            self.0.pop();
        }
        Ok(Done::Yes)
    }
}

#[test]
fn what_comes_at_the_end_arrives_through_however_small_a_ring() {
    let seen = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(2));
        first.threads(1).stage("keep").handle(Relay::new(out, 1, AtTheEnd(Vec::new())));
        let (last, all) = collect();
        second.stage("last").handle(last);
        let running = Pipeline::new().add(first).add(second).start().expect("starts");
        publish(&mut producer, 0..100);
        producer.close();
        running.join().expect("nobody complains");
        all.try_iter().collect::<Vec<_>>()
    });
    assert_eq!(seen, (0..100).rev().collect::<Vec<_>>());
}

#[test]
fn a_failure_behind_stops_the_rings_before_it() {
    let (error, publish) = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(4));
        let pass = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
            batch.iter().try_for_each(|(_, &event)| out.publish(event))
        };
        first.stage("pass").handle(Relay::new(out, 1, pass));
        second.stage("fails").handle(|_: &Batch<'_, u64>| Err(Fault::halt("enough")));
        let running = Pipeline::new().add(first).add(second).start().expect("starts");
        let publish = loop {
            if let Err(error) = producer.publish(1) {
                break error;
            }
        };
        (running.join().expect_err("it fails"), publish)
    });
    let PipelineError::Poisoned { failure, .. } = error else { panic!("{error}") };
    assert_eq!((failure.stage.as_str(), failure.message.as_str()), ("fails", "enough"));
    assert_eq!(publish, PublishError::Poisoned(failure));
}

#[test]
fn rings_in_the_wrong_order_are_refused() {
    let (_producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
    let (out, mut second) = Graph::<u64>::single(Capacity::at_least(4));
    let pass = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
        batch.iter().try_for_each(|(_, &event)| out.publish(event))
    };
    first.stage("pass").handle(Relay::new(out, 1, pass));
    second.stage("sink").handle(nothing);
    let error = Pipeline::new().add(second).add(first).start().expect_err("the wrong order");
    assert!(matches!(error, BuildError::RingOrder { stage } if stage == "pass"));
}

#[test]
fn what_is_published_before_the_start_is_kept_and_more_is_refused() {
    let seen = must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        publish(&mut producer, 0..4);
        assert_eq!(producer.publish(4), Err(PublishError::NotStarted));
        let (handler, all) = collect();
        graph.stage("late to be described").handle(handler);
        let running = graph.start().expect("starts");
        producer.publish(4).expect("started");
        producer.close();
        running.join().expect("nobody complains");
        all.try_iter().collect::<Vec<_>>()
    });
    assert_eq!(seen, [0, 1, 2, 3, 4]);
}

#[test]
fn a_graph_that_is_dropped_closes_its_ring() {
    let (mut producer, graph) = Graph::<u64>::single(Capacity::at_least(2));
    drop(graph);
    let error = (0..3).find_map(|event| producer.publish(event).err());
    assert_eq!(error, Some(PublishError::Closed));
}

#[test]
fn a_handler_that_feeds_its_own_full_ring_is_told_so() {
    let error = must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(2));
        producer.publish(0).expect("there is room");
        graph.stage("echo").handle(move |batch: &Batch<'_, u64>| {
            for (_, &event) in batch.iter() {
                for _ in 0..3 {
                    producer.publish(event).map_err(|error| Fault::halt(error.to_string()))?;
                }
            }
            Ok(())
        });
        graph.start().expect("starts").join().expect_err("it would wait for itself")
    });
    assert!(error.to_string().contains("would wait for itself"), "{error}");
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
fn an_attached_stage_sees_everything_from_its_start_on() {
    for wait in [Wait::Yield, Wait::Park] {
        must_end(move || {
            let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
            graph.producer_wait(wait);
            graph.stage("first").wait(wait).handle(nothing);
            let hub = graph.hub();
            assert!(matches!(hub.stage("early").handle(nothing), Err(BuildError::NotStarted)));
            let running = graph.start().expect("starts");
            let load = std::thread::spawn(move || {
                publish(&mut producer, 0..50_000);
            });
            for round in 0..20 {
                let (handler, all) = collect();
                let after: &[&str] = if round % 2 == 0 { &[] } else { &["first"] };
                let late = hub.stage("late").after(after).handle(handler).expect("attached");
                let follower = hub.stage("follower").after(&["late"]).handle(nothing);
                let follower = follower.expect("attached");
                assert!(matches!(hub.detach("late"), Err(DetachError::Followed { .. })));
                follower.detach().expect("nobody follows it");
                let account = late.detach().expect("nobody follows it any more");
                let seen: Vec<u64> = all.try_iter().collect();
                assert_eq!(seen, (account.from..account.until).collect::<Vec<_>>());
                assert_eq!(seen.len() as u64, account.events);
            }
            load.join().expect("the load does not fail");
            running.join().expect("nobody complains");
        });
    }
}

#[test]
fn stages_of_the_graph_can_leave_it_and_the_names_are_free_again() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        let first = graph.stage("first").handle(nothing);
        graph.stage("second").after(&[first]).handle(nothing);
        let hub = graph.hub();
        let running = graph.start().expect("starts");
        publish(&mut producer, 0..10);
        assert!(matches!(hub.detach("first"), Err(DetachError::Followed { .. })));
        hub.detach("second").expect("nobody follows it");
        hub.detach("first").expect("nobody follows it any more");
        assert!(matches!(hub.detach("first"), Err(DetachError::UnknownStage { .. })));
        let again = hub.stage("first").handle(nothing).expect("the name is free");
        publish(&mut producer, 0..10);
        producer.close();
        let again = again.join();
        assert_eq!((again.events, again.until), (again.until - again.from, 20));
        let summary = running.join().expect("every event is accounted for");
        let second = summary.stage("second").expect("it was there");
        assert_eq!(second.events, second.until);
    });
}

#[test]
fn a_late_poller_sees_what_is_published_from_then_on() {
    let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
    graph.stage("first").handle(nothing);
    let hub = graph.hub();
    let running = graph.start().expect("starts");
    producer.publish(1).expect("open");
    let mut poller = hub.poller(&[]).expect("started");
    producer.publish(2).expect("open");
    producer.close();
    let mut seen = Vec::new();
    while let Ok(events) = poller.poll(8, |batch| batch.iter().map(|(_, e)| *e).collect::<Vec<_>>())
    {
        seen.extend(events.into_iter().flatten());
    }
    assert_eq!(seen, [2]);
    assert_eq!(poller.poll(8, |_| ()), Err(PollError::Closed));
    running.join().expect("nobody complains");
}

#[test]
fn a_stage_whose_handler_fails_can_leave_while_the_others_go_on() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        graph.stage("goes on").handle(nothing);
        graph.stage("leaves").max_batch(1).handle(|batch: &Batch<'_, u64>| {
            match batch.first_sequence() {
                5 => Err(Fault::detach("had enough")),
                _ => Ok(()),
            }
        });
        let running = graph.start().expect("starts");
        publish(&mut producer, 0..100);
        producer.close();
        let summary = running.join().expect("the pipeline has not failed");
        assert_eq!(summary.stage("goes on").expect("there").events, 100);
        let left = summary.stage("leaves").expect("there");
        let reason = left.detached.as_ref().expect("it says why");
        assert_eq!(
            (left.events, reason.sequence, reason.message.as_str()),
            (5, Some(5), "had enough")
        );
    });
}

#[test]
fn a_stage_that_others_follow_cannot_leave_by_failing() {
    let error = must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        let fails = |_: &Batch<'_, u64>| Err(Fault::detach("had enough"));
        let first = graph.stage("first").handle(fails);
        graph.stage("second").after(&[first]).handle(nothing);
        let running = graph.start().expect("starts");
        publish(&mut producer, 0..1);
        running.join().expect_err("the second would wait for ever")
    });
    let PipelineError::Poisoned { failure, .. } = error else { panic!("{error}") };
    assert!(failure.message.contains("others follow it or"), "{failure}");
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
