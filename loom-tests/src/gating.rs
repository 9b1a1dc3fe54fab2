//! Model 3: a slot is not written while anybody may still read it, nor read by a follower before
//! whom it follows is done.

use loom::thread;

use crate::explore::{POLLS, RACE, consume, must_fail_without, must_hold, push};
use crate::ring::{Node, Writer};

/// Two readers side by side hold the writer back, each by itself.
pub(crate) fn two_readers() {
    let mut writer = Writer::<u64>::new(2);
    let (_, mut near) = writer.reader(&[Node::HEAD]);
    let (_, mut far) = writer.reader(&[Node::HEAD]);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    let near = thread::spawn(move || {
        consume(&mut near);
        near
    });
    let far = thread::spawn(move || {
        consume(&mut far);
        far
    });
    for _ in 0..3 {
        if !push(&mut writer) {
            thread::yield_now();
        }
    }
    let mut readers = [near, far].map(|reader| reader.join().expect("the reader ends"));
    for reader in &mut readers {
        consume(reader);
        assert_eq!(reader.next(), writer.next(), "every published event arrives");
    }
}

/// The follower holds the writer back for both; it never overtakes whom it follows.
pub(crate) fn a_follower() {
    let mut writer = Writer::<u64>::new(2);
    let (first, mut leader) = writer.reader(&[Node::HEAD]);
    let (_, mut follower) = writer.reader(&[first]);
    let leader = thread::spawn(move || {
        for _ in 0..POLLS - 1 {
            consume(&mut leader);
        }
        leader
    });
    let follower = thread::spawn(move || {
        consume(&mut follower);
        follower
    });
    for _ in 0..3 {
        push(&mut writer);
    }
    let mut leader = leader.join().expect("the leader ends");
    let mut follower = follower.join().expect("the follower ends");
    assert!(follower.next() <= leader.next(), "the follower overtook the leader");
    consume(&mut leader);
    consume(&mut follower);
    assert_eq!(follower.next(), writer.next(), "every published event arrives");
}

/// A reader that leaves no longer holds the writer back, and was not read from after.
pub(crate) fn a_tap_leaves() {
    let mut writer = Writer::<u64>::new(2);
    let mut tap = writer.tap(&[Node::HEAD]);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    let leaving = thread::spawn(move || {
        consume(tap.reader_mut());
        drop(tap);
    });
    push(&mut writer);
    leaving.join().expect("the tap ends");
    assert!(push(&mut writer), "nobody holds the writer back");
}

#[test]
fn two_readers_hold_the_writer_back() {
    must_hold("two readers", 200, two_readers);
}

#[test]
fn a_follower_reads_after_whom_it_follows() {
    must_hold("a follower", 3000, a_follower);
}

#[test]
fn a_tap_that_leaves_frees_the_writer() {
    must_hold("a tap leaves", 10, a_tap_leaves);
}

#[test]
fn an_unordered_release_is_caught() {
    must_fail_without("release", RACE, two_readers);
}

#[test]
fn an_unordered_release_to_a_follower_is_caught() {
    must_fail_without("release", RACE, a_follower);
}

#[test]
fn an_unordered_leave_is_caught() {
    must_fail_without("release", RACE, a_tap_leaves);
}

#[test]
fn an_unordered_look_at_the_gates_is_caught() {
    must_fail_without("gate", RACE, two_readers);
}
