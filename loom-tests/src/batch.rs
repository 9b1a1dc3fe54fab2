//! Model: a batch becomes visible as a whole, also where it runs over the end of the ring.

use loom::thread;

use crate::explore::{POLLS, RACE, check, must_fail, must_fail_without, must_hold, push};
use crate::ring::{Node, Reader, Writer};

/// Two batches of three through four slots, the first of them over the end. The writer tries a
/// bounded number of times; what it managed to publish must arrive.
fn batches_over_the_end(publish: impl Fn(&mut Writer<u64>) + Send + 'static) {
    let mut writer = Writer::<u64>::new(4);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    assert!(push(&mut writer) && push(&mut writer), "an empty ring has room for two");
    assert_eq!(reader.available(), 2);
    reader.release(2);
    let producer = thread::spawn(move || {
        for _ in 0..POLLS {
            if writer.next() == 8 {
                break;
            }
            if writer.refresh() >= 3 {
                publish(&mut writer);
            } else {
                thread::yield_now();
            }
        }
        writer.next()
    });
    for _ in 0..POLLS {
        read_all_or_nothing(&mut reader);
        thread::yield_now();
    }
    let published = producer.join().expect("the producer ends");
    read_all_or_nothing(&mut reader);
    assert_eq!(reader.next(), published, "every published event arrives");
}

fn read_all_or_nothing(reader: &mut Reader<u64>) {
    match reader.available() {
        0 => {}
        3 => {
            check(reader, 3);
            reader.release(3);
        }
        some => panic!("{some} events of a batch of 3 {VISIBLE}"),
    }
}

const VISIBLE: &str = "are visible";

fn next_events<const N: usize>(writer: &Writer<u64>) -> [u64; N] {
    std::array::from_fn(|offset| writer.next() + 1 + offset as u64)
}

fn fill(writer: &mut Writer<u64>) {
    let events: [u64; 3] = next_events(writer);
    assert_eq!(writer.try_fill(&events), 3);
}

/// Writes all free slots and publishes three.
fn claim(writer: &mut Writer<u64>) {
    let events: [u64; 4] = next_events(writer);
    let free = writer.room();
    writer.slots_mut(free).copy_from(&events[..free]);
    writer.commit(3);
}

fn one_by_one(writer: &mut Writer<u64>) {
    for event in next_events::<3>(writer) {
        writer.try_push(event);
    }
}

pub(crate) fn filled() {
    batches_over_the_end(fill);
}

pub(crate) fn claimed() {
    batches_over_the_end(claim);
}

#[test]
fn a_filled_batch_is_all_or_nothing() {
    must_hold("batch, filled", 90, filled);
}

#[test]
fn a_claimed_batch_is_all_or_nothing() {
    must_hold("batch, claimed", 90, claimed);
}

#[test]
fn an_unordered_head_is_caught() {
    must_fail_without("publish", RACE, filled);
}

#[test]
fn writing_more_than_is_free_would_be_caught() {
    must_fail_without("gate", RACE, claimed);
}

#[test]
fn publishing_event_by_event_is_caught() {
    must_fail("batch, published in pieces", VISIBLE, || batches_over_the_end(one_by_one));
}
