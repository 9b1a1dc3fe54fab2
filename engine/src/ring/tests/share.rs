//! Shared work on real threads: every event once, a follower behind all workers.

use std::collections::BTreeSet;
use std::thread;

use super::{push, read};
use crate::ring::{Node, Reader, Writer};

const EVENTS: u64 = 20_000;

/// Works until the end, and returns the sequences it got.
fn work(mut worker: Reader<u64>) -> Vec<u64> {
    let mut got = Vec::new();
    while !worker.has_ended() {
        match read(&mut worker) as u64 {
            0 => thread::yield_now(),
            count => got.extend(worker.next() - count..worker.next()),
        }
    }
    got
}

#[test]
fn every_event_goes_to_one_worker_and_then_to_the_follower() {
    for (workers, chunk) in [(1, 64), (2, 1), (3, 4), (5, 64)] {
        let mut writer = Writer::<u64>::new(16);
        let (nodes, workers): (Vec<_>, Vec<_>) = writer
            .roster()
            .workers(&[Node::HEAD], workers, chunk, &writer.roster().hold())
            .into_iter()
            .map(|reader| (reader.node(), reader))
            .unzip();
        let (_, follower) = writer.reader(&nodes);
        let got: Vec<u64> = thread::scope(|scope| {
            let following = scope.spawn(|| work(follower));
            let working: Vec<_> =
                workers.into_iter().map(|worker| scope.spawn(|| work(worker))).collect();
            while writer.next() < EVENTS {
                if !push(&mut writer) {
                    thread::yield_now();
                }
            }
            drop(writer);
            assert!(following.join().unwrap().into_iter().eq(0..EVENTS));
            working.into_iter().flat_map(|working| working.join().unwrap()).collect()
        });
        assert_eq!(got.len() as u64, EVENTS);
        assert!(got.into_iter().collect::<BTreeSet<_>>().into_iter().eq(0..EVENTS));
    }
}

#[test]
fn a_claim_is_a_fair_part_and_at_most_a_chunk() {
    let mut writer = Writer::<u64>::new(16);
    let mut workers = writer.roster().workers(&[Node::HEAD], 2, 4, &writer.roster().hold());
    while push(&mut writer) {}
    let mut claims = |worker: usize| workers[worker].available();
    assert_eq!((claims(0), claims(1)), (4, 4), "16 are there, but 4 is the most");
    assert_eq!(claims(0), 4, "what it has in hand");
    let mut release = |worker: usize| read(&mut workers[worker]);
    assert_eq!((release(0), release(1)), (4, 4));
    let mut claims = |worker: usize| workers[worker].available();
    assert_eq!((claims(1), claims(0)), (4, 2), "half of the 4 that are left");
}

#[test]
fn a_worker_with_nothing_in_hand_leaves_the_rest_to_the_others() {
    let mut writer = Writer::<u64>::new(4);
    let [mut first, mut second] = writer
        .roster()
        .workers(&[Node::HEAD], 2, 1, &writer.roster().hold())
        .try_into()
        .ok()
        .unwrap();
    assert!(push(&mut writer));
    assert_eq!(read(&mut first), 1);
    assert!(first.leave());
    for _ in 0..10 {
        assert!(push(&mut writer));
        assert_eq!(read(&mut second), 1);
    }
}
