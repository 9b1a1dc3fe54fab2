//! Model: several producers on one ring.

use std::mem::ManuallyDrop;

use loom::thread;

use crate::explore::{
    DEADLOCK, LOST, RACE, WRONG, check, consume, must_fail, must_fail_without, must_hold,
};
use crate::ring::{Alarm, Bed, Bell, MultiWriter, Node, Parker, Reader};
use crate::sync::{Arc, AtomicU64};
use std::sync::atomic::Ordering::Relaxed;

type Producer = MultiWriter<u64>;

/// Claims one sequence and, if its slot is free within `looks`, publishes `sequence + 1`.
fn push(producer: &mut Producer, looks: usize) -> bool {
    producer.claim(1);
    let free = (0..looks).any(|_| producer.is_free() || producer.refresh());
    free && push_claimed(producer)
}

/// As `push`, but claims nothing that is not free.
fn try_push(producer: &mut Producer) -> bool {
    producer.try_claim(1) && push_claimed(producer)
}

fn push_claimed(producer: &mut Producer) -> bool {
    let event = producer.claimed().end;
    assert_eq!(producer.push(event) + 1, event, "the claim {WRONG}");
    true
}

/// Two producers, slots used again, a reader that holds both back.
fn contention(push: fn(&mut Producer) -> bool) {
    let mut first = Producer::new(2);
    let (_, mut reader) = first.roster().early(&[Node::HEAD]);
    let mut second = first.clone();
    assert!(try_push(&mut first), "an empty ring has room");
    let other = thread::spawn(move || {
        push(&mut second);
        second
    });
    let reading = thread::spawn(move || {
        consume(&mut reader);
        reader
    });
    push(&mut first);
    let second = other.join().expect("the other producer ends");
    let mut reader = reading.join().expect("the reader ends");
    consume(&mut reader);
    assert_eq!(reader.next(), first.roster().front().published(), "every event arrives");
    drop(second);
}

pub(crate) fn claims_first() {
    contention(|producer| push(producer, 2));
}

pub(crate) fn claims_what_is_free() {
    contention(try_push);
}

/// One producer gives up what it claimed. The reader passes over it and over nothing else, and the
/// slot is used again.
fn gives_up(give_up: fn(&mut Producer)) {
    let mut first = Producer::new(2);
    let (_, mut reader) = first.roster().early(&[Node::HEAD]);
    let mut second = first.clone();
    assert!(first.try_claim(1), "an empty ring has room");
    let other = thread::spawn(move || {
        push(&mut second, 1);
        push(&mut second, 2);
        second
    });
    give_up(&mut first);
    let mut events = consume(&mut reader);
    let second = other.join().expect("the other producer ends");
    while reader.next() < first.roster().front().published() {
        events += consume(&mut reader);
    }
    assert_eq!(reader.aborted(), 1, "one slot is passed over");
    assert_eq!(events as u64 + 1, reader.next(), "every event arrives");
    drop(second);
}

pub(crate) fn a_claim_is_dropped() {
    gives_up(|producer| drop(producer.hold()));
}

/// A producer that sleeps because another one has not published yet: it is woken once the reader
/// has passed over what the other gave up, or by the halt.
fn blocked(go_on: fn(&mut Producer, Reader<u64>)) {
    let mut first = ManuallyDrop::new(Producer::new(1));
    let (_, reader) = first.roster().early(&[Node::HEAD]);
    let bed = Arc::new(Bed::new());
    first.roster().lifecycle().register(Arc::clone(bed.parker()));
    reader.cursor().wire(vec![Arc::clone(bed.alarm())]);
    let mut second = ManuallyDrop::new((*first).clone());
    assert!(first.try_claim(1), "an empty ring has room");
    let sleeper = thread::spawn(move || {
        second.claim(1);
        while !second.is_free() && !second.roster().lifecycle().is_stopped() {
            let awaited = second.awaited();
            second.sleep(&bed, awaited, None);
        }
        second.is_free() && push_claimed(&mut second)
    });
    go_on(&mut first, reader);
    sleeper.join().expect("the sleeper wakes up");
}

pub(crate) fn a_blocked_producer_goes_on() {
    blocked(|producer, mut reader| {
        drop(producer.hold());
        assert_eq!((reader.available(), reader.aborted()), (0, 1));
    });
}

pub(crate) fn a_blocked_producer_is_halted() {
    blocked(|producer, _reader| {
        producer.roster().lifecycle().halt();
        drop(producer.hold());
    });
}

/// Two producers sleep in one bed; one release makes room for both.
pub(crate) fn two_blocked_producers() {
    let mut first = ManuallyDrop::new(Producer::new(2));
    let (_, mut reader) = first.roster().early(&[Node::HEAD]);
    let bed = Arc::new(Bed::new());
    reader.cursor().wire(vec![Arc::clone(bed.alarm())]);
    assert!(try_push(&mut first) && try_push(&mut first), "an empty ring has room for two");
    let sleepers = [(); 2].map(|()| {
        let (bed, mut producer) = (Arc::clone(&bed), ManuallyDrop::new((*first).clone()));
        thread::spawn(move || {
            producer.claim(1);
            while !producer.is_free() {
                let awaited = producer.awaited();
                producer.sleep(&bed, awaited, None);
            }
        })
    });
    assert_eq!(consume(&mut reader), 2);
    for sleeper in sleepers {
        sleeper.join().expect("the producer wakes up");
    }
}

/// A reader sleeps until two events are there, which come in any order.
pub(crate) fn a_sleeping_reader() {
    let mut first = ManuallyDrop::new(Producer::new(2));
    let (_, mut reader) = first.roster().early(&[Node::HEAD]);
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    first.roster().front().wire(vec![Arc::clone(&alarm)]);
    let mut second = ManuallyDrop::new((*first).clone());
    let other = thread::spawn(move || assert!(push(&mut second, 1), "there is room"));
    let stage = thread::spawn(move || {
        while reader.available() < 2 {
            parker.sleep(None, || {
                alarm.set(reader.next() + 2);
                reader.available() < 2
            });
            alarm.clear();
        }
        check(&reader, 2);
    });
    assert!(push(&mut first, 1), "there is room");
    other.join().expect("the other producer ends");
    stage.join().expect("the reader is woken");
}

/// The same with the steps of a publication spelled out, so that one can be done wrongly.
fn out_of_order(announce: fn(&Bell, u64, &AtomicU64)) {
    let claimed = Arc::new(AtomicU64::new(0));
    let stamps = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let bell = Arc::new(Bell::new());
    let parker = Arc::new(Parker::new());
    let alarm = Arc::new(Alarm::new(Arc::clone(&parker)));
    bell.wire(vec![Arc::clone(&alarm)]);
    let producers = [(); 2].map(|()| {
        let (claimed, stamps, bell) =
            (Arc::clone(&claimed), Arc::clone(&stamps), Arc::clone(&bell));
        thread::spawn(move || {
            let sequence = claimed.fetch_add(1, Relaxed);
            stamps[sequence as usize].store(1, Relaxed);
            announce(&bell, sequence + 1, &claimed);
        })
    });
    let published = || stamps.iter().take_while(|stamp| stamp.load(Relaxed) == 1).count();
    while published() < 2 {
        parker.sleep(None, || {
            alarm.set(2);
            published() < 2
        });
        alarm.clear();
    }
    for producer in producers {
        producer.join().expect("the producer ends");
    }
}

/// The last of two producers to leave closes the ring; the end is not seen before every event.
pub(crate) fn two_close() {
    let first = Producer::new(2);
    let (_, mut reader) = first.roster().early(&[Node::HEAD]);
    let second = first.clone();
    let leaving = [first, second].map(|mut producer| {
        thread::spawn(move || {
            producer.refresh(); // its fence would otherwise come between the claim and the end
            assert!(push(&mut producer, 1), "there is room");
        })
    });
    for _ in 0..2 {
        if consume(&mut reader) == 0 {
            thread::yield_now();
        }
        if reader.has_ended() {
            assert_eq!(reader.next(), 2, "{LOST}");
            break;
        }
    }
    for leaving in leaving {
        leaving.join().expect("the producer ends");
    }
    consume(&mut reader);
    assert_eq!(reader.next(), 2, "every event arrives");
    assert!(reader.has_ended(), "the end is seen");
}

/// A reader joins while two producers publish. From its start on it gets every event.
pub(crate) fn a_reader_joins() {
    let mut first = Producer::new(1);
    let mut second = first.clone();
    let roster = first.roster().clone();
    let joining = thread::spawn(move || {
        let mut reader = roster.attach(&[Node::HEAD]).expect("the writing side is there");
        let seen = reader.available();
        check(&reader, seen);
        (reader, seen)
    });
    let other = thread::spawn(move || {
        try_push(&mut second);
        second
    });
    try_push(&mut first);
    try_push(&mut first);
    let (mut reader, seen) = joining.join().expect("the reader has joined");
    let second = other.join().expect("the other producer ends");
    assert!(reader.available() >= seen, "nothing is taken back");
    consume(&mut reader);
    assert_eq!(reader.next(), first.roster().front().published(), "every event arrives");
    assert!(try_push(&mut first), "the released slot is free");
    assert_eq!(consume(&mut reader), 1, "what is published after the joining arrives");
    drop(second);
}

#[test]
fn who_claims_first_waits_for_the_slot() {
    must_hold("several producers, claim first", 2_300, claims_first);
}

#[test]
fn who_claims_what_is_free_shares_it_with_nobody() {
    must_hold("several producers, claim if free", 3_200, claims_what_is_free);
}

#[test]
fn a_dropped_claim_is_passed_over() {
    must_hold("a claim is dropped", 210, a_claim_is_dropped);
}

#[test]
fn a_blocked_producer_is_woken() {
    must_hold("a blocked producer goes on", 45, a_blocked_producer_goes_on);
    must_hold("a blocked producer is halted", 45, a_blocked_producer_is_halted);
    must_hold("two blocked producers", 1_200, two_blocked_producers);
}

#[test]
fn a_reader_that_waits_for_two_is_woken() {
    must_hold("several producers, sleeping reader", 17_000, a_sleeping_reader);
    must_hold("out of order", 6_900, || {
        out_of_order(|bell, _, claimed| bell.announce_at(|| claimed.load(Relaxed)));
    });
}

#[test]
fn the_last_to_leave_closes() {
    must_hold("two close", 6_900, two_close);
}

#[test]
fn a_reader_that_joins_misses_nothing() {
    must_hold("several producers, a reader joins", 29_000, a_reader_joins);
}

#[test]
fn announcing_ones_own_position_is_caught() {
    must_fail("own position", DEADLOCK, || {
        out_of_order(|bell, own, _| bell.announce(own));
    });
}

#[test]
fn reading_the_count_before_the_fence_is_caught() {
    must_fail("count before fence", DEADLOCK, || {
        out_of_order(|bell, _, claimed| bell.announce(claimed.load(Relaxed)));
    });
}

#[test]
fn writing_without_waiting_for_the_slot_is_caught() {
    must_fail_without("gate", RACE, claims_first);
    must_fail_without("gate", RACE, claims_what_is_free);
}

#[test]
fn an_unordered_stamp_is_caught() {
    must_fail_without("publish", RACE, claims_first);
}

#[test]
fn an_unordered_look_at_the_stamps_is_caught() {
    must_fail_without("observe", RACE, claims_first);
}

#[test]
fn giving_up_without_a_stamp_is_caught() {
    must_fail("a claim is forgotten", "passed over", || {
        gives_up(|producer| std::mem::forget(producer.hold()));
    });
}

#[test]
fn an_unordered_departure_is_caught() {
    must_fail_without("depart", LOST, two_close);
}

#[test]
fn an_unfenced_publication_is_caught() {
    must_fail_without("wake", DEADLOCK, a_sleeping_reader);
}

#[test]
fn an_unfenced_sleep_is_caught() {
    must_fail_without("sleep", DEADLOCK, a_blocked_producer_goes_on);
}

#[test]
fn joining_without_a_fence_is_caught() {
    must_fail_without("attach", WRONG, a_reader_joins);
}

#[test]
fn looking_at_the_gates_without_a_fence_is_caught() {
    must_fail_without("refresh", WRONG, a_reader_joins);
}
