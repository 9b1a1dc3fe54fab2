//! The ring outside the models: readers that come and go, on real threads. Interleavings are the models' business.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{Node, Reader, Writer};

mod lane;
mod multi;
mod share;

/// Publishes `sequence + 1` if there is room.
fn push(writer: &mut Writer<u64>) -> bool {
    let event = writer.next() + 1;
    (writer.room() > 0 || writer.refresh() > 0) && writer.try_push(event).is_some()
}

fn read(reader: &mut Reader<u64>) -> usize {
    let count = reader.available();
    let view = reader.view(count);
    for (sequence, &event) in (reader.next()..).zip(view.front.iter().chain(view.back)) {
        assert_eq!(event, sequence + 1);
    }
    reader.release(count);
    count
}

#[test]
fn ten_thousand_come_and_go_and_leave_nothing_behind() {
    let mut writer = Writer::<u64>::new(8);
    let (node, mut stage) = writer.reader(&[Node::HEAD]);
    let roster = writer.roster().clone();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if !push(&mut writer) {
                    thread::yield_now();
                }
                read(&mut stage);
            }
        });
        for round in 0..10_000 {
            let after = if round % 2 == 0 { Node::HEAD } else { node };
            let mut late = roster.attach(&[after]).expect("whom it follows is there");
            while read(&mut late) == 0 {
                thread::yield_now();
            }
            assert!(late.leave(), "nobody follows it");
        }
        done.store(true, Ordering::Relaxed);
    });
    writer.refresh();
    assert_eq!(writer.gates().len(), 1, "the stage alone holds the writer back");
}

#[test]
fn who_is_followed_cannot_leave() {
    let mut writer = Writer::<u64>::new(2);
    let (first, mut leader) = writer.reader(&[Node::HEAD]);
    let (_, mut follower) = writer.reader(&[first]);
    assert!(!leader.leave(), "it is followed");
    assert!(follower.leave());
    assert!(leader.leave());
    assert!(writer.roster().attach(&[first]).is_none(), "nobody follows who has left");
    for _ in 0..5 {
        assert!(push(&mut writer), "nobody holds the writer back");
    }
}

#[test]
fn who_is_followed_by_a_leaver_holds_the_writer_back() {
    let mut writer = Writer::<u64>::new(2);
    let (first, mut leader) = writer.reader(&[Node::HEAD]);
    let (_, mut follower) = writer.reader(&[first]);
    assert_eq!(writer.gates().len(), 1, "the follower holds for the leader");
    assert!(follower.leave());
    assert!(push(&mut writer) && push(&mut writer) && !push(&mut writer));
    assert_eq!(read(&mut leader), 2);
    assert!(push(&mut writer));
}

#[test]
fn who_joins_behind_a_stage_in_arrears_starts_at_what_is_published() {
    let mut writer = Writer::<u64>::new(4);
    let (first, mut leader) = writer.reader(&[Node::HEAD]);
    assert!(push(&mut writer) && push(&mut writer));
    let mut late = writer.roster().attach(&[first]).expect("the leader is there");
    assert_eq!((late.next(), late.available()), (2, 0));
    assert!(push(&mut writer));
    assert_eq!(late.available(), 0, "the leader has not released it");
    assert_eq!(read(&mut leader), 3);
    assert_eq!((read(&mut late), late.next()), (1, 3));
}
