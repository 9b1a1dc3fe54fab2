//! Stages that are attached and detached while the graph runs.

mod common;

use common::{collect, must_end, nothing, publish};
use tourbillon_engine::{
    Batch, BuildError, Capacity, DetachError, Fault, Graph, PipelineError, PollError, Wait,
};

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
