//! What a running pipeline counts in its file.

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::nothing;
use tempfile::TempDir;
use tourbillon_engine::{Capacity, CounterFile, Graph, Snapshot, Wait};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for files");
    let path = folder.path().join("counters");
    (folder, path)
}

fn read(path: &std::path::Path) -> Snapshot {
    CounterFile::open(path).expect("a counter file").read()
}

#[test]
fn what_a_full_ring_does_to_several_producers_is_counted_by_cause() {
    let (_folder, path) = folder();
    let (mut producer, mut graph) = Graph::<u64>::multi(Capacity::at_least(2));
    graph.counters(&path);
    let _reads_nothing = graph.poller(&[]);
    let _running = graph.start().expect("starts");
    producer.publish(0).expect("there is room");
    producer.publish(1).expect("there is room");
    producer.try_publish(2).expect_err("the ring is full");
    assert_eq!(producer.publish_or_drop(3), Ok(None));
    producer.publish_within(4, Duration::ZERO).expect_err("there is no room in time");
    let ring = &read(&path).rings[0];
    assert_eq!((ring.rejected, ring.dropped, ring.waited, ring.timed_out), (1, 1, 1, 1));
}

#[test]
fn slots_without_an_event_are_counted_while_the_stage_runs() {
    let (_folder, path) = folder();
    let (mut producer, mut graph) = Graph::<u64>::multi(Capacity::at_least(4));
    graph.counters(&path).stage("stage").wait(Wait::Yield).handle(nothing);
    let running = graph.start().expect("starts");
    drop(producer.claim(3).expect("there is room"));
    while read(&path).stages[0].aborted < 3 {
        std::thread::yield_now();
    }
    producer.close();
    running.join().expect("nobody complains");
}
