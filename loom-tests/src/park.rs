//! Model: neither a sleeping reader nor a sleeping producer misses what it waits for.

use std::mem::ManuallyDrop;

use loom::thread;

use crate::explore::{DEADLOCK, LOST, consume, must_fail, must_fail_without, must_hold, push};
use crate::ring::{Alarm, Bed, Node, Parker, Reader, Writer};
use crate::sync::Arc;

/// A reader sleeps until two events are there. Without a timer and without a close that would
/// wake it too, a lost wake-up is a deadlock.
fn sleeping_reader(sleep: fn(&Parker, &Alarm, &mut Reader<u64>)) {
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    writer.roster().front().wire(vec![Arc::clone(&alarm)]);
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
    sleep_until(2, parker, alarm, reader);
}

fn sleep_until(events: usize, parker: &Parker, alarm: &Alarm, reader: &mut Reader<u64>) {
    parker.sleep(None, || {
        alarm.set(reader.next() + events as u64);
        reader.available() < events
    });
    alarm.clear();
}

/// The producer sleeps on the full ring until the reader gives a slot back.
pub(crate) fn sleeping_producer() {
    // Never closed, which would wake everybody; nor in the unwinding from a deadlock.
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let bed = Bed::new();
    reader.cursor().wire(vec![Arc::clone(bed.alarm())]);
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
    writer.roster().front().wire(vec![Arc::clone(&alarm)]);
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
    assert_eq!(reader.next(), 1, "{LOST}");
    producer.join().expect("the producer ends");
}

/// A reader that gathers more than will come, and a writer that cannot go on before the reader
/// gives up: the writer's demand wakes the reader, whose release wakes the writer.
fn sleeping_gatherer(demand: fn(&mut Writer<u64>)) {
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    writer.roster().demand().wire(vec![Arc::clone(&alarm)]);
    let bed = Bed::new();
    reader.cursor().wire(vec![Arc::clone(bed.alarm())]);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    let stage = thread::spawn(move || {
        while !reader.is_awaited() {
            parker.sleep(None, || {
                alarm.set(reader.next() + 1);
                !reader.is_awaited()
            });
            alarm.clear();
        }
        consume(&mut reader);
        reader
    });
    while !push(&mut writer) {
        demand(&mut writer);
        bed.sleep(&mut writer, 1, None);
    }
    let reader = stage.join().expect("the stage ends");
    assert_eq!((reader.next(), writer.next()), (2, 3));
}

pub(crate) fn sleeping_gatherer_is_awaited() {
    sleeping_gatherer(|writer| writer.demand(1));
}

/// Two readers that sleep on the same position.
pub(crate) fn two_sleepers() {
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let sleepers = [(); 2].map(|()| {
        let (_, reader) = writer.reader(&[Node::HEAD]);
        let parker = Arc::new(Parker::new());
        let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
        (parker, alarm, reader)
    });
    let alarms = sleepers.iter().map(|(_, alarm, _)| Arc::clone(alarm)).collect();
    writer.roster().front().wire(alarms);
    let stages = sleepers.map(|(parker, alarm, mut reader)| {
        thread::spawn(move || {
            while reader.available() < 1 {
                sleep_until(1, &parker, &alarm, &mut reader);
            }
        })
    });
    assert!(push(&mut writer), "there is room");
    for stage in stages {
        stage.join().expect("the stage ends");
    }
}

/// A reader that follows two others has one alarm on both: either may undo what the sleeper has
/// set anew since the other moved. `wired` of the two wake the reader.
fn sleeping_behind(wired: usize) {
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let (near, left) = writer.reader(&[Node::HEAD]);
    let (far, right) = writer.reader(&[Node::HEAD]);
    let (_, mut reader) = writer.reader(&[near, far]);
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    for leader in [&left, &right].into_iter().take(wired) {
        leader.cursor().wire(vec![Arc::clone(&alarm)]);
    }
    assert!(push(&mut writer), "there is room");
    let stages = [left, right].map(|mut leader| {
        thread::spawn(move || {
            consume(&mut leader);
        })
    });
    while reader.available() < 1 {
        sleep_until(1, &parker, &alarm, &mut reader);
    }
    for stage in stages {
        stage.join().expect("the stage ends");
    }
}

/// A tap that leaves wakes the producer that sleeps because of it.
pub(crate) fn a_tap_leaves_a_sleeping_producer() {
    let mut writer = ManuallyDrop::new(Writer::<u64>::new(2));
    let tap = writer.tap(&[Node::HEAD]);
    let bed = Bed::new();
    writer.gates()[0].wire(vec![Arc::clone(bed.alarm())]);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    let leaving = thread::spawn(move || drop(tap));
    while !push(&mut writer) {
        bed.sleep(&mut writer, 1, None);
    }
    leaving.join().expect("the tap ends");
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
fn a_sleeping_gatherer_gives_way() {
    must_hold("sleeping gatherer", 190, sleeping_gatherer_is_awaited);
}

#[test]
fn all_who_sleep_on_a_position_are_woken() {
    must_hold("two sleepers", 1100, two_sleepers);
}

#[test]
fn who_sleeps_behind_two_is_woken_by_the_later() {
    must_hold("sleeping behind two", 13_000, || sleeping_behind(2));
}

#[test]
fn a_tap_that_leaves_wakes_the_producer() {
    must_hold("a tap leaves a sleeping producer", 130, a_tap_leaves_a_sleeping_producer);
}

#[test]
fn being_woken_by_one_of_two_is_caught() {
    must_fail("woken by one of two", DEADLOCK, || sleeping_behind(1));
}

#[test]
fn waiting_without_a_demand_is_caught() {
    must_fail("no demand", DEADLOCK, || sleeping_gatherer(|_| {}));
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
