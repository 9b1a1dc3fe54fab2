//! Every peer delivers every event, in order, at both ends' mercy of the scheduler.

use std::thread;

use tourbillon_engine::Wait;

use super::endpoint::{
    BatchPeer, BatchSender, Consumer, Managed, ManyPeer, Peer, Receiver, Relax, Sender, Skip,
};
use super::event::{Digest, Event};
use super::peers::{self, Visitor};

/// Lets others run: tests may have fewer cores than threads.
struct Yield;

impl Relax for Yield {
    const WAIT: Wait = Wait::Yield;

    fn relax() {
        thread::yield_now();
    }
}

const CAPACITY: usize = 64;
/// The ring goes round many times.
const EVENTS: u64 = 50 * CAPACITY as u64;

struct Deliver(Vec<&'static str>);

impl Visitor for Deliver {
    fn peer<E: Event, P: Peer<E>>(&mut self) {
        let (mut sender, mut receiver) = P::open::<Yield>(CAPACITY);
        let send = || (0..EVENTS).for_each(|number| sender.send::<Yield>(E::new(number)));
        deliver::<E>(P::NAME, send, &mut receiver);
        self.0.push(P::NAME);
    }

    fn batches<E: Event, P: BatchPeer<E>>(&mut self) {
        let (mut sender, mut receiver) = P::open_batches::<Yield>(CAPACITY);
        let send = || {
            let mut next = 0;
            while next < EVENTS {
                sender.send_batch::<Yield>(CAPACITY / 4, || {
                    next += 1;
                    E::new(next - 1)
                });
            }
        };
        deliver::<E>(P::NAME, send, &mut receiver);
    }

    fn many<E: Event, P: ManyPeer<E>>(&mut self) {
        let (mut first, mut receiver) = P::open_many(CAPACITY);
        let mut second = first.clone();
        let mut received: Vec<E> = Vec::new();
        thread::scope(|scope| {
            let halves = [0..EVENTS / 2, EVENTS / 2..EVENTS];
            let [low, high] = halves.map(|numbers| numbers.map(E::new));
            scope.spawn(|| low.for_each(|event| first.send::<Yield>(event)));
            scope.spawn(|| high.for_each(|event| second.send::<Yield>(event)));
            while received.len() < EVENTS as usize {
                receiver.wait::<Yield>(|event| received.push(*event));
            }
        });
        assert_eq!(receiver.skip(), 0, "{}: one too many", P::NAME);
        let (low, high): (Vec<E>, Vec<E>) =
            received.into_iter().partition(|event| event.first() < EVENTS / 2);
        let in_order = (0..EVENTS).map(E::new).eq(low.into_iter().chain(high));
        assert!(in_order, "{}: not each producer's events in order", P::NAME);
        first.send::<Yield>(E::new(0));
        assert_eq!((receiver.skip(), receiver.skip()), (1, 0), "{}", P::NAME);
    }

    fn managed<E: Event, P: Managed<E>>(&mut self) {
        let (seen, sees) = std::sync::mpsc::channel();
        let Some(&core) = crate::measure::cpu::cores().last() else { return };
        let mut sender = P::start::<Yield>(CAPACITY, core, Report { seen, batch: Vec::new() });
        (0..EVENTS).for_each(|number| sender.send::<Yield>(E::new(number)));
        drop(sender);
        let all: Vec<E> = sees.iter().flatten().collect();
        let expected: Vec<E> = (0..EVENTS).map(E::new).collect();
        assert!(all == expected, "{}: {} events", P::MANAGED_NAME, all.len());
        self.0.push(P::MANAGED_NAME);
    }
}

fn deliver<E: Event>(name: &str, send: impl FnOnce() + Send, receiver: &mut impl Receiver<E>) {
    thread::scope(|scope| {
        scope.spawn(send);
        let mut received = Vec::new();
        while received.len() < EVENTS as usize {
            let before = received.len();
            let count = receiver.wait::<Yield>(|event| received.push(*event));
            assert_eq!(received.len() - before, count, "{name}");
        }
        assert_eq!(receiver.receive(|_| ()), 0, "{name}: one too many");
        let expected: Vec<E> = (0..EVENTS).map(E::new).collect();
        assert!(received == expected, "{name}: not the events that were sent");
        let mut digest = Digest::default();
        received.iter().for_each(|event| digest.add(event));
        assert_eq!(digest, Digest::of::<E>(0..EVENTS), "{name}");
    });
}

struct Report<E> {
    seen: std::sync::mpsc::Sender<Vec<E>>,
    batch: Vec<E>,
}

impl<E: Event> Consumer<E> for Report<E> {
    fn event(&mut self, event: &E) {
        self.batch.push(*event);
    }

    fn end_of_batch(&mut self) {
        self.seen.send(std::mem::take(&mut self.batch)).expect("the test waits");
    }
}

#[test]
fn every_peer_delivers_every_event_in_order() {
    let mut deliver = Deliver(Vec::new());
    peers::visit(&mut deliver);
    // These are no peers in the sense of this test: their trials check themselves.
    let others = ["floor", "fan-in", "lmax-java"];
    for name in super::peer_names() {
        assert!(others.contains(&name) || deliver.0.contains(&name), "{name} was not tested");
    }
}
