//! Model: when a stage fails, a producer that sleeps on the full ring wakes up with the reason.

use std::mem::ManuallyDrop;

use loom::thread;

use crate::explore::{DEADLOCK, must_fail, must_hold, push};
use crate::ring::{Bed, Failure, Node, Writer};
use crate::sync::Arc;

/// A full ring; the reader gives back `released` events and then fails. A lost wake-up shows as a
/// deadlock, for nothing here has a timer.
fn failing_reader(released: usize, sleep: fn(&Bed, &mut Writer<u64>)) {
    // Never closed, which would wake everybody; nor in the unwinding from a deadlock.
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let bed = Bed::new();
    writer.lifecycle().register(Arc::clone(bed.parker()));
    reader.cursor().wire(vec![Arc::clone(bed.alarm())]);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    let stage = thread::spawn(move || {
        assert_eq!(reader.available(), 2);
        if released > 0 {
            reader.release(released);
        }
        reader.lifecycle().poison(failure());
    });
    while !writer.lifecycle().is_stopped() {
        if !push(&mut writer) {
            sleep(&bed, &mut writer);
        }
    }
    assert_eq!(writer.lifecycle().failure(), Some(failure()));
    assert!(writer.next() <= 2 + released as u64, "no more than was given back fits");
    stage.join().expect("the stage ends");
}

fn failure() -> Failure {
    Failure { stage: "stage".to_owned(), sequence: Some(0), message: "bad event".to_owned() }
}

fn by_protocol(bed: &Bed, writer: &mut Writer<u64>) {
    bed.sleep(writer, 1, None);
}

pub(crate) fn poison() {
    failing_reader(0, by_protocol);
}

pub(crate) fn poison_after_a_release() {
    failing_reader(1, by_protocol);
}

#[test]
fn a_blocked_producer_learns_of_the_failure() {
    must_hold("poison", 30, poison);
}

#[test]
fn a_producer_that_still_gets_some_room_learns_of_the_failure() {
    must_hold("poison after a release", 550, poison_after_a_release);
}

#[test]
fn sleeping_without_a_look_at_the_phase_is_caught() {
    must_fail("sleep without a look at the phase", DEADLOCK, || {
        failing_reader(0, |bed, writer| bed.parker().sleep(None, || writer.refresh() == 0));
    });
}

#[test]
fn looking_at_the_phase_before_the_lock_is_caught() {
    must_fail("phase before the lock", DEADLOCK, || {
        failing_reader(0, |bed, writer| {
            let stopped = writer.lifecycle().is_stopped();
            bed.parker().sleep(None, || !stopped);
        });
    });
}
