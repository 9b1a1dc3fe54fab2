//! Lossy broadcast: whole events, in order, and an exact account of what was missed.

use std::collections::VecDeque;
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use tourbillon_engine::Capacity;
use tourbillon_engine::broadcast::{self, Received, Receiver};

/// Larger than a cache line, and no multiple of eight bytes.
type Large = [u32; 19];

#[derive(Clone, Debug)]
enum Step {
    Publish,
    Receive(usize),
    Subscribe,
    Clone(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Publish),
        4 => any::<usize>().prop_map(Step::Receive),
        1 => Just(Step::Subscribe),
        1 => any::<usize>().prop_map(Step::Clone),
    ];
    vec(step, 0..300)
}

/// Where a receiver should be, by an oracle that keeps a queue of what is published.
fn expected(published: &VecDeque<u32>, position: u64, capacity: u64) -> Received<Large> {
    let count = published.len() as u64;
    if count - position > capacity {
        let oldest_safe = count - capacity + (capacity / 4).max(1);
        Received::Missed(oldest_safe - position)
    } else if count == position {
        Received::Empty
    } else {
        Received::Event { sequence: position, event: [published[position as usize]; 19] }
    }
}

proptest! {
    #[test]
    fn each_receiver_has_its_own_exact_account(log2 in 1_u32..5, steps in steps()) {
        let capacity = Capacity::new(1 << log2).unwrap();
        let (mut sender, first) = broadcast::channel::<Large>(capacity);
        let mut published = VecDeque::new();
        let mut receivers = vec![first];
        for step in steps {
            match step {
                Step::Publish => {
                    let value = published.len() as u32 + 1;
                    prop_assert_eq!(sender.publish([value; 19]), published.len() as u64);
                    published.push_back(value);
                }
                Step::Receive(which) => {
                    let count = receivers.len();
                    let receiver = &mut receivers[which % count];
                    let position = receiver.next_sequence();
                    let expected = expected(&published, position, capacity.slots() as u64);
                    prop_assert_eq!(receiver.receive(), expected);
                }
                Step::Subscribe => receivers.push(sender.subscribe()),
                Step::Clone(which) => receivers.push(receivers[which % receivers.len()].clone()),
            }
        }
        drop(sender);
        for mut receiver in receivers {
            let subscribed_at = receiver.next_sequence();
            let accounted = drain(&mut receiver);
            prop_assert_eq!(subscribed_at + accounted, published.len() as u64);
        }
    }
}

/// Receives to the end, and counts what was received or missed.
fn drain(receiver: &mut Receiver<Large>) -> u64 {
    let mut accounted = 0;
    loop {
        match receiver.receive() {
            Received::Event { sequence, event } => {
                assert_eq!(event, [sequence as u32 + 1; 19], "a whole event");
                accounted += 1;
            }
            Received::Missed(events) => accounted += events,
            Received::Empty => thread::yield_now(),
            Received::Closed => return accounted,
        }
    }
}

#[test]
fn receivers_on_other_threads_get_whole_events_and_an_exact_account() {
    const EVENTS: u32 = 300_000;
    let (mut sender, first) = broadcast::channel::<Large>(Capacity::at_least(16));
    let receivers = [first.clone(), first];
    thread::scope(|scope| {
        let receiving = receivers.map(|mut receiver| scope.spawn(move || drain(&mut receiver)));
        for value in 1..=EVENTS {
            sender.publish([value; 19]);
        }
        drop(sender);
        for receiving in receiving {
            assert_eq!(receiving.join().unwrap(), u64::from(EVENTS));
        }
    });
}

#[test]
fn a_full_ring_is_still_received_after_the_end() {
    let (mut sender, mut receiver) = broadcast::channel::<Large>(Capacity::at_least(8));
    (1..=8).for_each(|value| {
        sender.publish([value; 19]);
    });
    drop(sender);
    for sequence in 0..8 {
        let event = [sequence as u32 + 1; 19];
        assert_eq!(receiver.receive(), Received::Event { sequence, event });
    }
    assert_eq!(receiver.receive(), Received::Closed);
    assert_eq!(receiver.receive(), Received::Closed);
}

#[test]
fn who_subscribes_late_misses_nothing() {
    let (mut sender, _first) = broadcast::channel::<Large>(Capacity::at_least(2));
    (1..=5).for_each(|value| {
        sender.publish([value; 19]);
    });
    let mut late = sender.subscribe();
    assert_eq!(late.receive(), Received::Empty);
    sender.publish([6; 19]);
    assert_eq!(late.receive(), Received::Event { sequence: 5, event: [6; 19] });
}
