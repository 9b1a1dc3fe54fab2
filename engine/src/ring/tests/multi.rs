//! Several producers on real threads: every event once, in each producer's order, none of the
//! slots that were given up.

use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::ring::{MultiWriter, Node, Reader};

type Producer = MultiWriter<[u64; 2]>;

/// Waits for the claimed slots.
fn wait(producer: &mut Producer) {
    while !producer.refresh() {
        thread::yield_now();
    }
}

/// Publishes `events` numbers in all three ways; each fourth claim of several gives some up.
fn produce(mut producer: Producer, name: u64, events: u64) -> u64 {
    let mut given_up = 0;
    let mut next = 0;
    while next < events {
        match next % 5 {
            0 => {
                while !producer.try_claim(1) {
                    thread::yield_now();
                }
                producer.push([name, next]);
                next += 1;
            }
            1 | 2 => {
                producer.claim(1);
                wait(&mut producer);
                producer.push([name, next]);
                next += 1;
            }
            _ => {
                producer.claim(4);
                wait(&mut producer);
                let mut held = producer.hold();
                let slots = held.slots_mut();
                for slot in slots.front.iter_mut().chain(slots.back) {
                    *slot = [name, next];
                    next += 1;
                }
                next -= 1;
                given_up += 1;
                held.commit(3);
            }
        }
    }
    given_up
}

/// Reads to the end; how many events came from each producer, each in order from 0.
fn consume(mut reader: Reader<[u64; 2]>, producers: usize) -> (Vec<u64>, u64) {
    let mut next = vec![0; producers];
    while !reader.has_ended() {
        let count = reader.available();
        let view = reader.view(count);
        for &[name, number] in view.front.iter().chain(view.back) {
            assert_eq!(next[name as usize], number, "the next event of producer {name}");
            next[name as usize] += 1;
        }
        reader.release(count);
        if count == 0 {
            thread::yield_now();
        }
    }
    (next, reader.aborted())
}

#[test]
fn every_event_arrives_in_its_producers_order() {
    const EVENTS: u64 = 20_000;
    for (capacity, producers) in [(4, 1), (8, 2), (64, 3)] {
        let first = Producer::new(capacity);
        let (node, reader) = first.roster().early(&[Node::HEAD]);
        let (_, follower) = first.roster().early(&[node]);
        thread::scope(|scope| {
            let reading =
                [reader, follower].map(|reader| scope.spawn(move || consume(reader, producers)));
            let producing: Vec<_> = (0..producers as u64)
                .map(|name| {
                    let producer = first.clone();
                    scope.spawn(move || produce(producer, name, EVENTS))
                })
                .collect();
            drop(first);
            let given_up: u64 = producing.into_iter().map(|thread| thread.join().unwrap()).sum();
            for reading in reading {
                let (events, aborted) = reading.join().unwrap();
                assert!(events.into_iter().all(|count| count >= EVENTS));
                assert_eq!(aborted, given_up);
            }
        });
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Claims so many slots, publishes so many of them.
    Claim(usize, usize),
    Read(usize),
    Join,
}

proptest! {
    /// One thread, so that an oracle can say exactly what each reader sees.
    #[test]
    fn readers_see_what_was_published_and_pass_over_what_was_given_up(
        log2 in 0_u32..5,
        steps in vec(prop_oneof![
            4 => (1_usize..6, 0_usize..6).prop_map(|(len, count)| Step::Claim(len, count)),
            4 => any::<usize>().prop_map(Step::Read),
            1 => Just(Step::Join),
        ], 0..200),
    ) {
        let mut producer = MultiWriter::<u64>::new(1 << log2);
        let (_, reader) = producer.roster().early(&[Node::HEAD]);
        let mut readers = vec![reader];
        let mut stream: Vec<Option<u64>> = Vec::new();
        for step in steps {
            match step {
                Step::Claim(len, count) => {
                    let slowest = readers.iter().map(Reader::next).min().unwrap_or(0);
                    let free = stream.len() + len <= slowest as usize + (1 << log2);
                    prop_assert_eq!(producer.try_claim(len), free);
                    if free {
                        let count = count.min(len);
                        let first = stream.len() as u64;
                        let mut held = producer.hold();
                        let slots = held.slots_mut();
                        for (slot, event) in slots.front.iter_mut().chain(slots.back).zip(first..) {
                            *slot = event;
                        }
                        prop_assert_eq!(held.commit(count), first);
                        stream.extend((first..).take(count).map(Some));
                        stream.extend((count..len).map(|_| None));
                    }
                }
                Step::Read(which) => {
                    let count = readers.len();
                    let reader = &mut readers[which % count];
                    let left = &stream[reader.next() as usize..];
                    let skipped = left.iter().take_while(|slot| slot.is_none()).count();
                    let run: Vec<u64> = left[skipped..].iter().map_while(|slot| *slot).collect();
                    let passed = reader.aborted();
                    let available = reader.available();
                    prop_assert_eq!(reader.aborted() - passed, skipped as u64);
                    let view = reader.view(available);
                    let seen: Vec<u64> = view.front.iter().chain(view.back).copied().collect();
                    prop_assert_eq!(seen, run);
                    reader.release(available);
                }
                Step::Join => {
                    let reader = producer.roster().attach(&[Node::HEAD]).unwrap();
                    prop_assert_eq!(reader.next(), stream.len() as u64);
                    readers.push(reader);
                }
            }
        }
    }
}

#[test]
fn workers_pass_over_what_was_given_up() {
    let mut producer = MultiWriter::<u64>::new(16);
    let mut workers = producer.roster().workers(&[Node::HEAD], 2, 4, &producer.roster().hold());
    for sequence in 0..16 {
        assert!(producer.try_claim(1));
        if sequence % 3 == 0 {
            drop(producer.hold());
        } else {
            producer.push(sequence);
        }
    }
    let mut seen: Vec<u64> = Vec::new();
    let mut idle = 0;
    while idle < 2 * workers.len() {
        for worker in &mut workers {
            let count = worker.available();
            let view = worker.view(count);
            seen.extend(view.front.iter().chain(view.back));
            worker.release(count);
            idle = if count == 0 { idle + 1 } else { 0 };
        }
    }
    seen.sort_unstable();
    assert!(seen.into_iter().eq((0..16).filter(|sequence| sequence % 3 != 0)));
    assert_eq!(workers.iter().map(|worker| worker.aborted()).sum::<u64>(), 6);
    assert!(producer.try_claim(16), "all slots are free again");
}
