//! Model: a slot is not written while anybody may still read it, nor read by a follower before
//! whom it follows is done.

use loom::thread;

use crate::explore::{
    POLLS, RACE, WRONG, check, consume, must_fail, must_fail_without, must_hold, push,
};
use crate::ring::{Node, Writer};
use crate::sync::Arc;

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

/// Two readers side by side and one behind both, which is ahead of neither and holds the writer
/// back for all.
fn a_diamond(after: fn([Node; 2]) -> Vec<Node>) {
    let mut writer = Writer::<u64>::new(1);
    let (near, left) = writer.reader(&[Node::HEAD]);
    let (far, right) = writer.reader(&[Node::HEAD]);
    let (_, mut behind) = writer.reader(&after([near, far]));
    assert!(push(&mut writer), "an empty ring has room for one");
    let positions = [&left, &right].map(|side| Arc::clone(side.cursor()));
    let sides = [left, right].map(|mut side| {
        thread::spawn(move || {
            consume(&mut side);
            side
        })
    });
    let ready = behind.available();
    check(&behind, ready);
    for position in positions {
        assert!(ready as u64 <= position.observe(), "what a side has done {WRONG}");
    }
    behind.release(ready);
    push(&mut writer);
    for side in sides {
        consume(&mut side.join().expect("the side ends"));
    }
    consume(&mut behind);
    assert_eq!(behind.next(), writer.next(), "every published event arrives");
}

pub(crate) fn diamond() {
    a_diamond(Vec::from);
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
fn who_joins_two_sides_waits_for_both() {
    must_hold("diamond", 360, diamond);
}

#[test]
fn following_one_side_alone_is_caught() {
    must_fail("one side followed", WRONG, || a_diamond(|[near, _]| vec![near]));
}

#[test]
fn an_unordered_release_to_who_joins_is_caught() {
    must_fail_without("release", RACE, diamond);
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
