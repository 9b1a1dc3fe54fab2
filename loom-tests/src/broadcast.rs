//! Model: a receiver that is overtaken by the sender gets no torn event and an exact account.

use loom::thread;

use crate::explore::{POLLS, TORN, must_fail_without, must_hold};
use crate::ring::broadcast::{Received, Receiver, Sender};

type Event = [u64; 2];

fn publish(sender: &mut Sender<Event>) {
    let value = sender.published() + 1;
    sender.publish([value; 2]);
}

/// Receives once; whether there may be more.
fn receive(receiver: &mut Receiver<Event>, accounted: &mut u64) -> bool {
    match receiver.receive() {
        Received::Event { sequence, event } => {
            assert_eq!(event, [sequence + 1; 2], "{TORN}");
            *accounted += 1;
        }
        Received::Missed(events) => {
            assert!(events > 0, "no loss is no news");
            *accounted += events;
        }
        Received::Empty => thread::yield_now(),
        Received::Closed => return false,
    }
    true
}

/// Three events through two slots, the receiver somewhere in between; it is told all the rest.
pub(crate) fn overtaken() {
    let mut sender = Sender::<Event>::new(2);
    let mut receiver = sender.subscribe();
    let sending = thread::spawn(move || {
        for _ in 0..3 {
            publish(&mut sender);
        }
    });
    let mut accounted = 0;
    let mut ended = false;
    for _ in 0..POLLS {
        ended = ended || !receive(&mut receiver, &mut accounted);
    }
    sending.join().expect("the sender ends");
    // At most one loss, two events and the end are left.
    for _ in 0..POLLS {
        ended = ended || !receive(&mut receiver, &mut accounted);
    }
    assert!(ended, "the end is seen");
    assert_eq!(accounted, 3, "every event is received or reported as missed");
}

/// Two receivers at positions of their own, neither of which anybody waits for.
fn two_receivers() {
    let mut sender = Sender::<Event>::new(2);
    publish(&mut sender);
    let early = sender.subscribe();
    publish(&mut sender);
    let late = early.clone();
    let receiving = [early, late].map(|mut receiver| {
        thread::spawn(move || {
            let mut accounted = 0;
            for _ in 0..2 {
                receive(&mut receiver, &mut accounted);
            }
            (receiver, accounted)
        })
    });
    publish(&mut sender);
    drop(sender);
    for receiving in receiving {
        let (mut receiver, mut accounted) = receiving.join().expect("the receiver ends");
        while receive(&mut receiver, &mut accounted) {}
        assert_eq!(accounted, 2, "both events since it subscribed");
    }
}

#[test]
fn no_torn_event_and_an_exact_account() {
    must_hold("broadcast", 25_000, overtaken);
}

#[test]
fn receivers_do_not_disturb_each_other() {
    must_hold("broadcast, two receivers", 2600, two_receivers);
}

#[test]
fn an_unordered_stamp_is_caught() {
    must_fail_without("publish", TORN, overtaken);
}

#[test]
fn an_unordered_look_at_the_stamp_is_caught() {
    must_fail_without("observe", TORN, overtaken);
}

#[test]
fn overwriting_without_a_fence_is_caught() {
    must_fail_without("overwrite", TORN, overtaken);
}

#[test]
fn a_second_look_without_a_fence_is_caught() {
    must_fail_without("recheck", TORN, overtaken);
}
