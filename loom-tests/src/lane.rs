//! Model: an event that comes along with the published count is whole and the right one.

use std::mem::ManuallyDrop;

use loom::thread;

use crate::explore::{DEADLOCK, POLLS, RACE, TORN, WRONG, must_fail_without, must_hold};
use crate::ring::{Alarm, Node, Parker, Reader, Writer};
use crate::sync::Arc;

/// Two words, so that a copy can be torn.
type Event = [u64; 2];

fn event(sequence: u64) -> Event {
    [sequence + 1; 2]
}

fn check(sequence: u64, event: Event) {
    assert_eq!(event[0], event[1], "{TORN} in the place of {sequence}");
    assert_eq!(event[0], sequence + 1, "event {sequence} {WRONG}");
}

fn push(writer: &mut Writer<Event>) -> bool {
    let event = event(writer.next());
    (writer.room() > 0 || writer.refresh() > 0) && writer.try_push(event).is_some()
}

/// Reads what is there, the copy where there is one.
fn consume(reader: &mut Reader<Event>) -> usize {
    let count = reader.available();
    if let Some(event) = reader.newest() {
        assert_eq!(count, 1, "only a single event comes along");
        check(reader.next(), event);
    } else {
        let view = reader.view(count);
        let events = view.front.iter().chain(view.back);
        (reader.next()..).zip(events).for_each(|(sequence, &event)| check(sequence, event));
    }
    reader.release(count);
    count
}

/// Publishes `events`, as room allows, while `looks` times somebody reads.
fn one_reader(capacity: usize, events: u64, looks: usize, publish: fn(&mut Writer<Event>) -> bool) {
    let mut writer = Writer::<Event>::inline(capacity);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let producer = thread::spawn(move || {
        for _ in 0..POLLS {
            if writer.next() < events && !publish(&mut writer) {
                thread::yield_now();
            }
        }
        writer.next()
    });
    for _ in 0..looks {
        if consume(&mut reader) == 0 {
            thread::yield_now();
        }
    }
    let published = producer.join().expect("the producer ends");
    consume(&mut reader);
    assert_eq!(reader.next(), published, "every published event arrives");
}

/// The second event is written while the copy of the first is read.
pub(crate) fn two_in_flight() {
    one_reader(4, 2, 2, push);
}

/// Every event goes to the same slot.
pub(crate) fn one_slot() {
    one_reader(1, 2, 3, push);
}

/// A reader whose copy is overwritten goes to a slot that the writer wants to use again.
pub(crate) fn fall_back_beside_reuse() {
    one_reader(2, 3, 2, push);
}

/// Batches of two, which write no copy, between single events.
pub(crate) fn a_batch_between() {
    one_reader(4, 4, 2, |writer| {
        if writer.next() != 1 {
            return push(writer);
        }
        let events = [event(1), event(2)];
        writer.refresh() >= 2 && writer.try_fill(&events) == 2
    });
}

/// Single events that were written in place have a copy too.
pub(crate) fn written_in_place() {
    one_reader(2, 3, 2, |writer| {
        let event = event(writer.next());
        (writer.room() > 0 || writer.refresh() > 0) && writer.try_fill(&[event]) == 1
    });
}

/// Two readers of one lane.
pub(crate) fn two_readers() {
    let mut writer = Writer::<Event>::inline(2);
    let (_, mut near) = writer.reader(&[Node::HEAD]);
    let (_, mut far) = writer.reader(&[Node::HEAD]);
    let reading = thread::spawn(move || {
        consume(&mut near);
        near
    });
    let producer = thread::spawn(move || {
        for _ in 0..3 {
            push(&mut writer);
        }
        writer.next()
    });
    consume(&mut far);
    let mut near = reading.join().expect("the reader ends");
    let published = producer.join().expect("the producer ends");
    for reader in [&mut near, &mut far] {
        consume(reader);
        assert_eq!(reader.next(), published, "every published event arrives");
    }
}

/// A follower reads slots; a reader that joins reads the copy from its start on.
pub(crate) fn a_reader_joins() {
    let mut writer = Writer::<Event>::inline(1);
    let roster = writer.roster().clone();
    let joining = thread::spawn(move || {
        let mut reader = roster.attach(&[Node::HEAD]).expect("the writing side is there");
        consume(&mut reader);
        reader
    });
    for _ in 0..2 {
        push(&mut writer);
    }
    let mut reader = joining.join().expect("the reader ends");
    consume(&mut reader);
    assert_eq!(reader.next(), writer.next(), "every published event arrives");
}

/// A reader that sleeps is woken by a lane as by a cursor.
pub(crate) fn a_sleeping_reader() {
    let mut writer = ManuallyDrop::new(Writer::<Event>::inline(2));
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    writer.roster().front().wire(vec![Arc::clone(&alarm)]);
    let producer = thread::spawn(move || {
        assert!(push(&mut writer) && push(&mut writer), "there is room");
    });
    while reader.next() < 2 {
        parker.sleep(None, || {
            alarm.set(reader.next() + 1);
            reader.available() == 0
        });
        alarm.clear();
        consume(&mut reader);
    }
    producer.join().expect("the producer ends");
}

#[test]
fn a_copy_is_whole() {
    must_hold("lane, two in flight", 2400, two_in_flight);
    must_hold("lane, one slot", 1900, one_slot);
    must_hold("lane, written in place", 12_000, written_in_place);
}

#[test]
fn a_reader_without_a_copy_finds_the_slot() {
    must_hold("lane, fall-back beside reuse", 12_000, fall_back_beside_reuse);
}

#[test]
fn a_batch_is_not_taken_for_its_last_event() {
    must_hold("lane, a batch between", 4300, a_batch_between);
}

#[test]
fn two_readers_share_a_copy() {
    must_hold("lane, two readers", 70_000, two_readers);
}

#[test]
fn a_reader_that_joins_a_lane_misses_nothing() {
    must_hold("lane, a reader joins", 350, a_reader_joins);
}

#[test]
fn a_reader_that_sleeps_on_a_lane_is_woken() {
    must_hold("lane, sleeping reader", 7700, a_sleeping_reader);
}

#[test]
fn overwriting_without_a_fence_is_caught() {
    must_fail_without("overwrite", TORN, two_in_flight);
}

#[test]
fn a_second_look_without_a_fence_is_caught() {
    must_fail_without("recheck", TORN, two_in_flight);
}

#[test]
fn marking_the_copy_without_an_order_is_caught() {
    must_fail_without("reopen", RACE, a_batch_between);
}

#[test]
fn an_unordered_stamp_is_caught() {
    must_fail_without("publish", RACE, a_batch_between);
}

#[test]
fn a_lane_without_the_fence_for_sleepers_is_caught() {
    must_fail_without("wake", DEADLOCK, a_sleeping_reader);
}

#[test]
fn joining_a_lane_without_a_fence_is_caught() {
    must_fail_without("attach", WRONG, a_reader_joins);
}
