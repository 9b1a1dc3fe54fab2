//! Model 6: neither a sleeping reader nor a sleeping producer misses what it waits for.

use std::mem::ManuallyDrop;

use loom::thread;

use crate::explore::{DEADLOCK, consume, must_fail, must_fail_without, must_hold, push};
use crate::ring::{Alarm, Bed, Node, Parker, Reader, Writer};
use crate::sync::Arc;

/// A reader sleeps until two events are there. Without a timer and without a close that would
/// wake it too, a lost wake-up is a deadlock.
fn sleeping_reader(sleep: fn(&Parker, &Alarm, &mut Reader<u64>)) {
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    writer.cursor(Node::HEAD).wire(vec![Arc::clone(&alarm)]);
    let producer = thread::spawn(move || {
        assert!(push(&mut writer) && push(&mut writer), "there is room");
    });
    while reader.available() < 2 {
        sleep(&parker, &alarm, &mut reader);
    }
    assert_eq!(consume(&mut reader), 2);
    producer.join().expect("the producer ends");
}

fn by_protocol(parker: &Parker, alarm: &Alarm, reader: &mut Reader<u64>) {
    parker.sleep(None, || {
        alarm.set(reader.next() + 2);
        reader.available() < 2
    });
    alarm.clear();
}

/// The producer sleeps on the full ring until the reader gives a slot back.
pub(crate) fn sleeping_producer() {
    // Never closed, which would wake everybody; nor in the unwinding from a deadlock.
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let (node, mut reader) = writer.reader(&[Node::HEAD]);
    let bed = Bed::new();
    writer.cursor(node).wire(vec![Arc::clone(bed.alarm())]);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    let stage = thread::spawn(move || {
        consume(&mut reader);
        reader
    });
    while !push(&mut writer) {
        bed.sleep(&mut writer, 1, None);
    }
    let mut reader = stage.join().expect("the stage ends");
    consume(&mut reader);
    assert_eq!(reader.next(), 3);
}

/// A reader that sleeps when the ring is closed gets up to see the end.
pub(crate) fn sleeping_at_the_end() {
    let mut writer = Writer::<u64>::new(2);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    writer.cursor(Node::HEAD).wire(vec![Arc::clone(&alarm)]);
    writer.lifecycle().register(Arc::clone(&parker));
    let producer = thread::spawn(move || {
        assert!(push(&mut writer), "there is room");
    });
    loop {
        let phase = reader.lifecycle().phase();
        consume(&mut reader);
        if reader.has_ended() {
            break;
        }
        parker.sleep(None, || {
            alarm.set(reader.next() + 1);
            reader.available() == 0 && reader.lifecycle().phase() == phase
        });
        alarm.clear();
    }
    assert_eq!(reader.next(), 1, "the last event was lost");
    producer.join().expect("the producer ends");
}

pub(crate) fn sleeping_for_events() {
    sleeping_reader(by_protocol);
}

#[test]
fn a_sleeping_reader_sees_the_end() {
    must_hold("sleeping at the end", 650, sleeping_at_the_end);
}

#[test]
fn a_sleeping_reader_is_woken() {
    must_hold("sleeping reader", 110, sleeping_for_events);
}

#[test]
fn a_sleeping_producer_is_woken() {
    must_hold("sleeping producer", 50, sleeping_producer);
}

#[test]
fn a_mover_without_its_fence_is_caught() {
    must_fail_without("wake", DEADLOCK, sleeping_for_events);
}

#[test]
fn a_sleeper_without_its_fence_is_caught() {
    must_fail_without("sleep", DEADLOCK, sleeping_for_events);
}

#[test]
fn a_producer_without_its_fence_is_caught() {
    must_fail_without("sleep", DEADLOCK, sleeping_producer);
}

#[test]
fn looking_before_the_alarm_is_set_is_caught() {
    must_fail("look before alarm", DEADLOCK, || {
        sleeping_reader(|parker, alarm, reader| {
            parker.sleep(None, || {
                let idle = reader.available() < 2;
                alarm.set(reader.next() + 2);
                idle
            });
            alarm.clear();
        });
    });
}

#[test]
fn looking_before_the_lock_is_taken_is_caught() {
    must_fail("look before lock", DEADLOCK, || {
        sleeping_reader(|parker, alarm, reader| {
            alarm.set(reader.next() + 2);
            let idle = reader.available() < 2;
            parker.sleep(None, || idle);
            alarm.clear();
        });
    });
}
