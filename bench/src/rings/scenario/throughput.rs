//! As many events as the ring will carry: one by one, and in batches.
//!
//! ```text
//!   first core                                second core
//!   stamp, then n events in a row  --->  [ ring ]  --->  reads all there is, again and again
//!                                                        ordered stamp after the last
//! ```
//!
//! Bulk copying flatters every ring: a rate is worth what the mean batch beside it is worth, that
//! is, how many events the consumer found each time it found any.

use super::managed::{Count, Shared};
use super::received::Received;
use crate::rings::contender::Contender;
use crate::rings::endpoint::{
    BatchPeer, BatchSender, Managed, Pause, Peer, Receiver, Relax, Sender,
};
use crate::rings::event::Event;
use crate::rings::meet::Meeting;
use crate::rings::peers::{self, Visitor};
use crate::rings::trial::{BATCH, CAPACITY, Fault, Outcome, Setup};

pub(crate) const SINGLES: &str = "throughput";
pub(crate) const BATCHES: &str = "batches";

/// Every peer, event by event.
pub(crate) fn singles() -> Vec<Contender> {
    let mut list = Lists::default();
    peers::visit(&mut list);
    list.singles
}

/// The peers that can publish several events at once.
pub(crate) fn batches() -> Vec<Contender> {
    let mut list = Lists::default();
    peers::visit(&mut list);
    list.batches
}

#[derive(Default)]
struct Lists {
    singles: Vec<Contender>,
    batches: Vec<Contender>,
}

impl Visitor for Lists {
    fn peer<E: Event, P: Peer<E>>(&mut self) {
        self.singles.push(Contender {
            peer: P::NAME,
            bytes: E::BYTES,
            variant: "",
            trial: Box::new(|setup| {
                let (sender, receiver) = P::open::<Pause>(CAPACITY);
                measure::<E, Pause, _>(setup, sender, receiver, send_singles::<E, Pause, _>)
            }),
        });
    }

    fn batches<E: Event, P: BatchPeer<E>>(&mut self) {
        self.batches.push(Contender {
            peer: P::NAME,
            bytes: E::BYTES,
            variant: "",
            trial: Box::new(|setup| {
                let (sender, receiver) = P::open_batches::<Pause>(CAPACITY);
                measure::<E, Pause, _>(setup, sender, receiver, send_batches::<E, Pause, _>)
            }),
        });
    }

    fn managed<E: Event, P: Managed<E>>(&mut self) {
        self.singles.push(Contender {
            peer: P::MANAGED_NAME,
            bytes: E::BYTES,
            variant: "",
            trial: Box::new(managed::<E, P, Pause>),
        });
    }
}

fn send_singles<E: Event, R: Relax, S: Sender<E>>(sender: &mut S, events: u64) {
    for number in 0..events {
        sender.send::<R>(E::new(number));
    }
}

fn send_batches<E: Event, R: Relax, S: BatchSender<E>>(sender: &mut S, events: u64) {
    let mut next = 0;
    while next < events {
        sender.send_batch::<R>(BATCH, || {
            next += 1;
            E::new(next - 1)
        });
    }
}

fn measure<E: Event, R: Relax, S: Send>(
    setup: &Setup,
    mut sender: S,
    mut receiver: impl Receiver<E>,
    send_all: impl Fn(&mut S, u64) + Sync,
) -> Result<Outcome, Fault> {
    let (clock, events) = (setup.clock, setup.size.events);
    let meeting = Meeting::of(2);
    let send = || {
        setup.go(&mut meeting.join());
        let start = clock.now_ordered();
        send_all(&mut sender, events);
        start
    };
    let receive = || {
        let mut received = Received::expect(clock, events);
        setup.go(&mut meeting.join());
        while !received.is_complete() {
            receiver.wait::<R>(|event| received.event(event));
            received.end_of_batch();
        }
        received
    };
    let (start, received) = setup.on_two_cores(send, receive)?;
    received.judge::<E>(start).map(Outcome::Rate)
}

fn managed<E: Event, P: Managed<E>, R: Relax>(setup: &Setup) -> Result<Outcome, Fault> {
    let (clock, events) = (setup.clock, setup.size.events);
    let result = Shared::default();
    let count = Count { received: Received::expect(clock, events), result: result.clone() };
    let mut sender = setup.raised(|| P::start::<R>(CAPACITY, setup.cores.1, count));
    let start = setup.on_core(setup.cores.0, || {
        let start = clock.now_ordered();
        send_singles::<E, R, _>(&mut sender, events);
        start
    })?;
    drop(sender); // Returns once the consumer has ended.
    let received = result.take().expect("the consumer saw the last event");
    received.judge::<E>(start).map(Outcome::Rate)
}
