//! Model: counters that are read while they change are consistent, and what is announced is there.

use std::sync::Arc;

use loom::thread;

use crate::explore::{TORN, must_fail, must_fail_without, must_hold};
use crate::sync::AtomicU64;
use crate::tally::{Tally, announce, announced, read};
use std::sync::atomic::Ordering::Relaxed;

type Words = Arc<[AtomicU64]>;

fn words() -> Words {
    (0..3).map(|_| AtomicU64::new(0)).collect()
}

fn whole(copy: Option<[u64; 2]>) {
    if let Some([one, other]) = copy {
        assert_eq!(one, other, "a torn event");
    }
}

/// Two counters that are always equal, changed twice, read twice.
fn counted(read: fn(&[AtomicU64]) -> Option<[u64; 2]>) {
    let words = words();
    let mut tally = Tally::new(Arc::clone(&words));
    let owner = thread::spawn(move || {
        for value in 1..=2 {
            tally.update(|counters| {
                counters.set(0, value);
                counters.set(1, value);
            });
        }
    });
    whole(read(&words));
    whole(read(&words));
    owner.join().expect("the owner ends");
    assert_eq!(read(&words), Some([2, 2]), "what is left is whole");
}

pub(crate) fn counters() {
    counted(read);
}

/// What stands before an announcement is there for whoever has seen it.
pub(crate) fn directory() {
    let words = words();
    let seen = Arc::clone(&words);
    let writer = thread::spawn(move || {
        words[1].store(7, Relaxed);
        announce(&words[0], 1);
    });
    if announced(&seen[0]) == 1 {
        assert_eq!(seen[1].load(Relaxed), 7, "a torn event");
    }
    writer.join().expect("the writer ends");
}

#[test]
fn counters_are_read_whole() {
    must_hold("counters", 500, counters);
}

#[test]
fn what_is_announced_is_there() {
    must_hold("directory", 3, directory);
}

#[test]
fn counters_that_are_not_looked_at_twice_are_torn() {
    must_fail("one look", TORN, || {
        counted(|words| Some([words[1].load(Relaxed), words[2].load(Relaxed)]));
    });
}

#[test]
fn unordered_marks_are_caught() {
    for ordering in ["tally", "tallied", "read_tally", "reread_tally"] {
        must_fail_without(ordering, TORN, counters);
    }
}
