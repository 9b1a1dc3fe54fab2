//! What stages and pollers that come late, or leave, owe to those who stay.

mod common;

use std::sync::mpsc::channel;
use std::thread;

use common::{must_end, nothing, publish};
use tourbillon_engine::{
    Batch, BatchMut, BuildError, Capacity, DetachError, Fault, Graph, Hub, Producer, Running, Wait,
};

/// A ring with one stage, running.
fn one_stage() -> (Producer<u64>, Hub<u64>, Running) {
    let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
    graph.stage("first").handle(nothing);
    let hub = graph.hub();
    (producer, hub, graph.start().expect("starts"))
}

#[test]
fn who_changes_events_keeps_others_out_until_it_is_gone() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(16));
        graph.threads(2);
        let change = |_: &mut BatchMut<'_, u64>| Ok(());
        let changes = graph.stage("changes").thread(0).wait(Wait::Yield).handle_mut(change);
        let (arrive, arrived) = channel();
        let (go, may_go) = channel::<()>();
        let follow = move |_: &Batch<'_, u64>| {
            arrive.send(())?;
            may_go.recv()?;
            Ok::<(), Fault>(())
        };
        graph.stage("follows").thread(1).wait(Wait::Yield).after(&[changes]).handle(follow);
        let hub = graph.hub();
        let running = graph.start().expect("starts");
        publish(&mut producer, 0..1);
        arrived.recv().expect("the event comes through");
        hub.detach("follows").expect("nobody follows it");
        hub.detach("changes").expect("nobody who stays follows it");
        // Neither can have left: one is in the middle of a batch, the other is followed by it.
        let late = hub.stage("late").handle(nothing);
        assert!(matches!(late, Err(BuildError::NotSoleMutator { .. })), "{late:?}");
        go.send(()).expect("it waits");
        let late = loop {
            match hub.stage("late").handle(nothing) {
                Ok(late) => break late,
                Err(BuildError::NotSoleMutator { .. }) => thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        };
        publish(&mut producer, 1..5);
        producer.close();
        assert_eq!(late.join().events, 4);
        running.join().expect("every event is accounted for");
    });
}

#[test]
fn nobody_can_follow_a_poller() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        let poller = graph.poller(&[]);
        graph.stage("first").handle(nothing);
        let hub = graph.hub();
        let running = graph.start().expect("starts");
        let late = hub.poller(&[]).expect("started");
        for name in ["poller 0", "late poller"] {
            let follower = hub.stage("follower").after(&[name]).handle(nothing);
            assert!(matches!(follower, Err(BuildError::UnknownStage { .. })), "{follower:?}");
            assert!(matches!(hub.detach(name), Err(DetachError::UnknownStage { .. })));
        }
        drop((poller, late));
        publish(&mut producer, 0..100);
        producer.close();
        running.join().expect("nobody complains");
    });
}

#[test]
fn a_stage_that_a_poller_follows_can_leave_once_the_poller_is_gone() {
    must_end(|| {
        let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        let first = graph.stage("first").handle(nothing);
        let early = graph.poller(&[first]);
        let hub = graph.hub();
        let _running = graph.start().expect("starts");
        let late = hub.poller(&["first"]).expect("started");
        let followed = |by: &[&str]| match hub.detach("first") {
            Err(DetachError::Followed { followers, .. }) => assert_eq!(followers, by),
            other => panic!("{other:?}"),
        };
        followed(&["poller 0", "late poller"]);
        drop(early);
        followed(&["late poller"]);
        drop(late);
        hub.detach("first").expect("nobody follows it any more");
    });
}

#[test]
fn a_stage_may_change_events_where_a_poller_has_been() {
    let (_producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
    drop(graph.poller(&[]));
    graph.stage("changes").handle_mut(|_: &mut BatchMut<'_, u64>| Ok(()));
    graph.start().expect("nobody is beside it").halt();
}

#[test]
fn an_attached_stage_states_what_it_was_offered() {
    must_end(|| {
        let (mut producer, hub, _running) = one_stage();
        publish(&mut producer, 0..3);
        let leaves = hub.stage("leaves").handle(nothing).expect("attached");
        publish(&mut producer, 3..6);
        let left = leaves.detach().expect("nobody follows it");
        assert_eq!((left.offered, left.in_flight), (left.events, 0));
        let stays = hub.stage("stays").handle(nothing).expect("attached");
        publish(&mut producer, 6..16);
        producer.close();
        let stayed = stays.join();
        assert_eq!((stayed.offered, stayed.events, stayed.in_flight), (10, 10, 0));
    });
}

#[test]
fn what_an_attached_stage_left_at_a_halt_is_in_its_account() {
    must_end(|| {
        let (mut producer, hub, running) = one_stage();
        let (arrive, arrived) = channel();
        let (go, may_go) = channel::<()>();
        let slow = move |_: &Batch<'_, u64>| {
            arrive.send(())?;
            may_go.recv()?;
            Ok::<(), Fault>(())
        };
        let late = hub.stage("late").max_batch(1).handle(slow).expect("attached");
        publish(&mut producer, 0..3);
        arrived.recv().expect("the event comes through");
        running.halt();
        go.send(()).expect("it waits");
        let late = late.join();
        assert_eq!((late.offered, late.events, late.in_flight), (3, 1, 2));
    });
}

#[test]
fn workers_that_have_left_were_offered_nothing_after() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        graph.stage("work").wait(Wait::Yield).share(2, |_| nothing);
        let hub = graph.hub();
        let running = graph.start().expect("starts");
        publish(&mut producer, 0..10);
        hub.detach("work").expect("nobody follows it");
        // They leave before these, or between them.
        publish(&mut producer, 10..10_000);
        producer.close();
        let summary = running.join().expect("every event is accounted for");
        let [one, other] = ["work[0]", "work[1]"].map(|name| summary.stage(name).expect("there"));
        assert_eq!(one.offered, one.events + other.events);
        assert_eq!((one.in_flight, other.in_flight), (0, 0));
    });
}

#[test]
fn a_handle_stands_for_its_stage_and_not_for_a_later_one_of_that_name() {
    must_end(|| {
        let (mut producer, hub, _running) = one_stage();
        let older = hub.stage("late").handle(nothing).expect("attached");
        hub.detach("late").expect("nobody follows it");
        let newer = hub.stage("late").handle(nothing).expect("the name is free");
        let _left = older.detach().expect("it was told already");
        publish(&mut producer, 0..10);
        producer.close();
        assert_eq!(newer.join().events, 10);
    });
}

#[test]
fn a_stage_that_left_by_failing_leaves_its_name_and_gives_its_account() {
    must_end(|| {
        let (mut producer, hub, _running) = one_stage();
        let fails = |_: &Batch<'_, u64>| Err(Fault::detach("had enough"));
        let failing = hub.stage("late").handle(fails).expect("attached");
        publish(&mut producer, 0..1);
        let newer = loop {
            match hub.stage("late").handle(nothing) {
                Ok(newer) => break newer,
                Err(BuildError::Name { .. }) => thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        };
        let account = failing.detach().expect("it has left already");
        assert_eq!(account.detached.expect("it says why").message, "had enough");
        assert_eq!((account.offered, account.events, account.in_flight), (1, 0, 1));
        producer.close();
        assert_eq!(newer.join().events, 0);
    });
}
