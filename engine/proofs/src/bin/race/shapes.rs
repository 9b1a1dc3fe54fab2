//! Stages beside and behind each other, on few threads and many, and several rings.

use std::thread;

use tourbillon_engine::{Batch, BatchMut, Capacity, FanIn, Fault, Outlet, Pipeline, Relay, Wait};
use tourbillon_proofs::{Tick, tick, whole};

use crate::{EVENTS, feed, publish, ring};

pub(crate) fn diamond(threads: usize) {
    let (producer, mut graph) = ring(64, threads, Wait::Yield);
    let left = graph.stage("left").wait(Wait::Yield).handle(whole);
    let right = graph.stage("right").wait(Wait::Yield).handle(whole);
    graph.stage("join").after(&[left, right]).wait(Wait::Yield).handle(whole);
    feed(producer, graph, EVENTS);
}

/// The second stage writes where the first has read and the third will.
pub(crate) fn in_place() {
    let (producer, mut graph) = ring(64, 3, Wait::Yield);
    let before = graph.stage("before").wait(Wait::Yield).handle(whole);
    let double = |batch: &mut BatchMut<'_, Tick>| {
        batch.iter_mut().flat_map(|(_, event)| event).for_each(|word| *word *= 2);
        Ok(())
    };
    let changes = graph.stage("changes").after(&[before]).wait(Wait::Yield).handle_mut(double);
    graph.stage("after").after(&[changes]).wait(Wait::Yield).handle(doubled);
    feed(producer, graph, EVENTS);
}

fn doubled(batch: &Batch<'_, Tick>) -> Result<(), Fault> {
    let whole = batch.iter().all(|(sequence, event)| *event == tick(2 * sequence));
    if whole { Ok(()) } else { Err(Fault::new("not doubled")) }
}

pub(crate) fn shared() {
    let (producer, mut graph) = ring(64, 4, Wait::Yield);
    let workers = graph.stage("worker").wait(Wait::Yield).max_batch(7).share(3, |_| whole);
    graph.stage("behind").after(&[workers]).wait(Wait::Yield).handle(whole);
    feed(producer, graph, EVENTS);
}

pub(crate) fn fan_in() {
    let (producers, mut merge) = FanIn::<Tick>::new(2, Capacity::at_least(64));
    merge.wait(Wait::Yield).producer_wait(Wait::Yield);
    merge.stage("merge", whole);
    let running = merge.start().expect("starts");
    let publishing = producers
        .into_iter()
        .map(|mut producer| thread::spawn(move || publish(&mut producer, EVENTS / 2)));
    for thread in publishing.collect::<Vec<_>>() {
        thread.join().expect("publishes");
    }
    let summary = running.join().expect("every event is whole");
    assert_eq!(summary.stage("merge").expect("the stage").events, EVENTS);
}

pub(crate) fn relay(threads: usize) {
    let (out, mut behind) = ring(16, threads, Wait::Yield);
    let (mut producer, mut before) = ring(64, threads, Wait::Yield);
    let pass = |batch: &Batch<'_, Tick>, out: &mut Outlet<'_, Tick>| {
        batch.iter().try_for_each(|(_, event)| out.publish(*event))
    };
    before.stage("pass").wait(Wait::Yield).handle(Relay::new(out, 1, pass));
    behind.stage("check").wait(Wait::Yield).handle(whole);
    let running = Pipeline::new().add(before).add(behind).start().expect("starts");
    publish(&mut producer, EVENTS);
    producer.close();
    running.join().expect("every event is whole");
}

/// Stages come and go while events pass.
pub(crate) fn attach() {
    let (mut producer, mut graph) = ring(64, 1, Wait::Yield);
    graph.stage("stays").wait(Wait::Yield).handle(whole);
    let hub = graph.hub();
    let running = graph.start().expect("starts");
    let publishing = thread::spawn(move || publish(&mut producer, EVENTS));
    for round in 0..50 {
        let after: &[&str] = if round % 2 == 0 { &[] } else { &["stays"] };
        let late = hub.stage("late").after(after).wait(Wait::Yield).handle(whole);
        let late = late.expect("attaches");
        for _ in 0..round {
            thread::yield_now();
        }
        late.detach().expect("nobody follows it");
    }
    publishing.join().expect("publishes");
    running.join().expect("every event is whole");
}
