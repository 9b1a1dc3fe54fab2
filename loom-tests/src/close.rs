//! Model: an event that is published right before the ring is closed is still delivered.

use loom::thread;

use crate::explore::{LOST, POLLS, consume, must_fail, must_fail_without, must_hold, push};
use crate::ring::{Node, Phase, Reader, Writer};

/// Two events, then the end. A reader that believes it has seen the end has seen both.
fn last_event(has_ended: fn(&mut Reader<u64>) -> bool) {
    let mut writer = Writer::<u64>::new(4);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let producer = thread::spawn(move || {
        assert!(push(&mut writer) && push(&mut writer), "there is room");
    });
    for _ in 0..POLLS {
        if consume(&mut reader) == 0 {
            if has_ended(&mut reader) {
                assert_eq!(reader.next(), 2, "{LOST}");
                break;
            }
            thread::yield_now();
        }
    }
    producer.join().expect("the producer ends");
    consume(&mut reader);
    assert_eq!(reader.next(), 2);
    assert!(reader.has_ended(), "the end is seen");
}

fn by_protocol(reader: &mut Reader<u64>) -> bool {
    reader.has_ended()
}

pub(crate) fn close() {
    last_event(by_protocol);
}

#[test]
fn the_last_event_is_delivered() {
    must_hold("close", 160, close);
}

#[test]
fn ending_without_a_second_look_at_the_head_is_caught() {
    must_fail("end without a second look", LOST, || {
        // The caller has just found the ring empty.
        last_event(|reader| reader.lifecycle().phase() >= Phase::Closed);
    });
}

#[test]
fn looking_at_the_head_before_the_phase_is_caught() {
    must_fail("head before phase", LOST, || {
        last_event(|reader| {
            let drained = reader.lag() == 0;
            drained && reader.lifecycle().phase() >= Phase::Closed
        });
    });
}

#[test]
fn an_unordered_end_is_caught() {
    must_fail_without("end", LOST, close);
}

#[test]
fn an_unordered_look_at_the_phase_is_caught() {
    must_fail_without("phase", LOST, close);
}
