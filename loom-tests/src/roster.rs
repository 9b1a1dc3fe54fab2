//! Model: readers come and go while the ring runs.

use loom::thread;

use crate::explore::{RACE, WRONG, check, consume, must_fail, must_fail_without, must_hold, push};
use crate::ring::{Node, Reader, Writer};

/// A reader joins a ring that nobody holds back. From its start on it gets every event, and what
/// is published once it is there is among them.
fn joins(attach: fn(&Writer<u64>) -> Joining) {
    let mut writer = Writer::<u64>::new(1);
    let joining = attach(&writer);
    let stage = thread::spawn(move || {
        let mut reader = joining();
        // Every event that it sees is whole; it is not released, so the writer must stop.
        let seen = reader.available();
        check(&reader, seen);
        (reader, seen)
    });
    for _ in 0..3 {
        push(&mut writer);
    }
    let (mut reader, seen) = stage.join().expect("the reader has joined");
    assert!(reader.available() >= seen, "nothing is taken back");
    consume(&mut reader);
    assert_eq!(reader.next(), writer.next(), "every published event arrives");
    assert!(push(&mut writer), "the released slot is free");
    assert_eq!(consume(&mut reader), 1, "what is published after the joining arrives");
}

type Joining = Box<dyn FnOnce() -> Reader<u64> + Send>;

fn by_protocol(writer: &Writer<u64>) -> Joining {
    let roster = writer.roster().clone();
    Box::new(move || roster.attach(&[Node::HEAD]).expect("the writing side is there"))
}

pub(crate) fn a_reader_joins() {
    joins(by_protocol);
}

/// A follower that holds the writer back for both leaves: the writer must stop at whom it
/// followed.
fn follower_leaves(leave: fn(Reader<u64>)) {
    let mut writer = Writer::<u64>::new(1);
    let (first, mut leader) = writer.reader(&[Node::HEAD]);
    let (_, follower) = writer.reader(&[first]);
    assert!(push(&mut writer), "an empty ring has room for one");
    let leaving = thread::spawn(move || leave(follower));
    let leading = thread::spawn(move || {
        consume(&mut leader);
        leader
    });
    for _ in 0..2 {
        push(&mut writer);
    }
    leaving.join().expect("the follower has left");
    let mut leader = leading.join().expect("the leader ends");
    consume(&mut leader);
    assert_eq!(leader.next(), writer.next(), "every published event arrives");
    assert!(push(&mut writer), "nobody else holds the writer back");
}

pub(crate) fn a_follower_leaves() {
    follower_leaves(|mut follower| assert!(follower.leave(), "nobody follows the follower"));
}

#[test]
fn a_reader_that_joins_misses_nothing() {
    must_hold("a reader joins", 90, a_reader_joins);
}

#[test]
fn whom_a_leaver_followed_holds_the_writer_back() {
    must_hold("a follower leaves", 300, a_follower_leaves);
}

#[test]
fn joining_without_a_fence_is_caught() {
    must_fail_without("attach", WRONG, a_reader_joins);
}

#[test]
fn a_writer_that_looks_at_the_gates_without_a_fence_is_caught() {
    must_fail_without("refresh", WRONG, a_reader_joins);
}

#[test]
fn leaving_without_the_order_is_caught() {
    must_fail_without("release", RACE, a_follower_leaves);
}

#[test]
fn leaving_without_putting_the_followed_back_is_caught() {
    must_fail("leave alone", RACE, || {
        follower_leaves(|follower| follower.cursor().detach());
    });
}

#[test]
fn leaving_before_the_followed_are_put_back_is_caught() {
    must_fail("leave, then put back", RACE, || {
        follower_leaves(|mut follower| {
            follower.cursor().detach();
            assert!(follower.leave(), "nobody follows the follower");
        });
    });
}
