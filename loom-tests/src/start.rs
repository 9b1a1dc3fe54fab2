//! Model: what is published before the start is there for the readers of the start.

use loom::thread;

use crate::explore::{RACE, consume, must_fail, must_fail_without, must_hold, push};
use crate::ring::{Hold, Node, Reader, Roster, Writer};

/// A ring that keeps everything from the first event on gets its reader while somebody publishes,
/// and lets go.
fn starts(begin: fn(&Roster<u64>, Hold<u64>) -> Reader<u64>) {
    let mut writer = Writer::<u64>::new(1);
    let roster = writer.roster().clone();
    let hold = roster.hold();
    let producer = thread::spawn(move || {
        for _ in 0..3 {
            push(&mut writer);
        }
        writer
    });
    let mut reader = begin(&roster, hold);
    consume(&mut reader);
    let writer = producer.join().expect("the producer ends");
    consume(&mut reader);
    assert!(writer.next() > 0, "an empty ring has room for one");
    assert_eq!(reader.next(), writer.next(), "every published event arrives");
}

pub(crate) fn start() {
    starts(|roster, hold| roster.reader(&[Node::HEAD], &hold));
}

#[test]
fn what_came_before_the_start_is_kept() {
    must_hold("start", 500, start);
}

#[test]
fn letting_go_before_the_reader_is_there_is_caught() {
    must_fail("let go, then read", RACE, || {
        starts(|roster, hold| {
            drop(hold);
            roster.early(&[Node::HEAD]).1
        });
    });
}

#[test]
fn an_unordered_look_at_the_gates_is_caught() {
    must_fail_without("gate", RACE, start);
}
