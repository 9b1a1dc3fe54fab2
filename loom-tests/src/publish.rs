//! Model: events published one by one arrive whole and in order, also when slots are used again.

use loom::thread;

use crate::explore::{POLLS, RACE, consume, must_fail_without, must_hold, push};
use crate::ring::{Node, Writer};

/// Four events through two slots. The writer tries a bounded number of times; what it managed to
/// publish must arrive.
pub(crate) fn publish_and_consume() {
    let mut writer = Writer::<u64>::new(2);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let producer = thread::spawn(move || {
        for _ in 0..POLLS + 2 {
            if writer.next() < 4 && !push(&mut writer) {
                thread::yield_now();
            }
        }
        writer.next()
    });
    for _ in 0..POLLS {
        if consume(&mut reader) == 0 {
            thread::yield_now();
        }
    }
    let published = producer.join().expect("the producer ends");
    consume(&mut reader);
    assert_eq!(reader.next(), published, "every published event arrives");
}

#[test]
fn events_arrive_whole_and_in_order() {
    must_hold("publish and consume", 2000, publish_and_consume);
}

#[test]
fn an_unordered_head_is_caught() {
    must_fail_without("publish", RACE, publish_and_consume);
}

#[test]
fn an_unordered_look_at_the_head_is_caught() {
    must_fail_without("observe", RACE, publish_and_consume);
}
