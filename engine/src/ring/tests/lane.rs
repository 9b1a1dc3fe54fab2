//! The inline lane against a plain queue, for events of many sizes, and on real threads.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::thread;

use bytemuck::Pod;
use proptest::prelude::*;

use crate::ring::{Node, Reader, Writer};

/// What a writer and a reader may do in one step.
#[derive(Clone, Debug)]
enum Move {
    Push,
    Fill(usize),
    Claim {
        slots: usize,
        commit: usize,
    },
    /// At most so many events, the first from the copy if there is one.
    Read(usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        3 => Just(Move::Push),
        1 => (0_usize..6).prop_map(Move::Fill),
        1 => (0_usize..6, 0_usize..6).prop_map(|(slots, commit)| Move::Claim { slots, commit }),
        4 => (1_usize..6).prop_map(Move::Read),
    ];
    prop::collection::vec(one, 0..200)
}

/// An event whose every byte tells its sequence.
fn event<E: Pod>(sequence: u64) -> E {
    let mut event = E::zeroed();
    for (index, byte) in bytemuck::bytes_of_mut(&mut event).iter_mut().enumerate() {
        *byte = (sequence as usize).wrapping_mul(31).wrapping_add(index) as u8;
    }
    event
}

fn read<E: Pod>(reader: &mut Reader<E>, limit: usize) -> Vec<E> {
    let available = reader.available();
    if let Some(newest) = reader.newest() {
        assert_eq!(available, 1);
        reader.release(1);
        return vec![newest];
    }
    let count = available.min(limit);
    let view = reader.view(count);
    let events = [view.front, view.back].concat();
    reader.release(count);
    events
}

/// Runs the moves; whatever is published must be read, in order. Returns how often a single event
/// came from its copy.
fn behaves_as_a_queue<E: Pod + Default + PartialEq + Debug>(moves: &[Move]) -> usize {
    let mut writer = Writer::<E>::inline(4);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    let mut queue = VecDeque::new();
    let mut copies = 0;
    for step in moves {
        let first = writer.next();
        writer.refresh();
        match *step {
            Move::Push => {
                writer.try_push(event(first));
            }
            Move::Fill(count) => {
                let events: Vec<E> = (first..).take(count).map(event).collect();
                writer.try_fill(&events);
            }
            Move::Claim { slots, commit } => {
                let slots = slots.min(writer.room());
                let events: Vec<E> = (first..).take(slots).map(event).collect();
                writer.slots_mut(slots).copy_from(&events);
                writer.commit(commit.min(slots));
            }
            Move::Read(limit) => {
                reader.available();
                copies += usize::from(reader.newest().is_some());
                for read in read(&mut reader, limit) {
                    assert_eq!(Some(read), queue.pop_front());
                }
            }
        }
        queue.extend((first..writer.next()).map(event::<E>));
    }
    copies
}

proptest! {
    #[test]
    fn a_lane_is_a_queue_for_events_of_any_size_that_fits(moves in moves()) {
        behaves_as_a_queue::<u8>(&moves);
        behaves_as_a_queue::<u32>(&moves);
        behaves_as_a_queue::<[u8; 13]>(&moves);
        behaves_as_a_queue::<[u64; 4]>(&moves);
        behaves_as_a_queue::<[u64; 7]>(&moves);
    }
}

#[test]
fn a_single_event_comes_along_however_it_was_published() {
    let claim = Move::Claim { slots: 2, commit: 1 };
    for publish in [Move::Push, Move::Fill(1), claim] {
        assert_eq!(behaves_as_a_queue::<[u64; 7]>(&[publish, Move::Read(1)]), 1);
    }
    let batch_then_one = [Move::Fill(2), Move::Read(1), Move::Read(1), Move::Push, Move::Read(1)];
    assert_eq!(behaves_as_a_queue::<[u64; 7]>(&batch_then_one), 1, "the batch left no copy");
}

#[test]
fn followers_and_rings_without_a_lane_have_no_copy() {
    let mut writer = Writer::<u64>::inline(2);
    let (first, mut leader) = writer.reader(&[Node::HEAD]);
    let (_, mut follower) = writer.reader(&[first]);
    writer.refresh();
    writer.try_push(7);
    assert_eq!((leader.available(), leader.newest()), (1, Some(7)));
    leader.release(1);
    assert_eq!((follower.available(), follower.newest()), (1, None));

    let mut writer = Writer::<u64>::new(2);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    writer.refresh();
    writer.try_push(7);
    assert_eq!((reader.available(), reader.newest()), (1, None));
}

#[test]
fn no_copy_is_torn_between_two_threads() {
    const EVENTS: u64 = 200_000;
    let mut writer = Writer::<[u64; 7]>::inline(4);
    let (_, mut reader) = writer.reader(&[Node::HEAD]);
    thread::scope(|scope| {
        scope.spawn(move || {
            while writer.next() < EVENTS {
                let next = writer.next();
                if writer.room() == 0 && writer.refresh() == 0 {
                    thread::yield_now();
                } else if next.is_multiple_of(5) {
                    writer.try_fill(&[[next; 7], [next + 1; 7]]);
                } else {
                    writer.try_push([next; 7]);
                }
            }
        });
        while !reader.has_ended() {
            let first = reader.next();
            let events = read(&mut reader, 4);
            if events.is_empty() {
                thread::yield_now();
            }
            for (sequence, event) in (first..).zip(events) {
                assert_eq!(event, [sequence; 7]);
            }
        }
    });
    assert!(reader.next() >= EVENTS);
}
