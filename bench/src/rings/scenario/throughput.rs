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

use super::managed::{Shared, on_core};
use crate::measure::clock::Clock;
use crate::rings::contender::Contender;
use crate::rings::endpoint::{
    BatchPeer, BatchSender, Consumer, Managed, Pause, Peer, Receiver, Relax, Sender,
};
use crate::rings::event::{Digest, Event};
use crate::rings::meet::Meeting;
use crate::rings::peers::{self, Visitor};
use crate::rings::trial::{BATCH, CAPACITY, Fault, Outcome, Rate, Setup};

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
        meeting.join().meet();
        let start = clock.now_ordered();
        send_all(&mut sender, events);
        start
    };
    let receive = || {
        let mut digest = Digest::default();
        let (mut seen, mut batches) = (0, 0);
        meeting.join().meet();
        while seen < events {
            seen += receiver.wait::<R>(|event| digest.add(event)) as u64;
            batches += 1;
        }
        Received { end: clock.now_ordered(), digest, batches }
    };
    let (start, received) = setup.on_two_cores(send, receive)?;
    received.judge::<E>(clock, start, events)
}

/// What the consumer knows at the end.
#[derive(Debug, Clone, Copy, Default)]
struct Received {
    end: u64,
    digest: Digest,
    batches: u64,
}

impl Received {
    fn judge<E: Event>(self, clock: Clock, start: u64, events: u64) -> Result<Outcome, Fault> {
        Fault::unless_equal(Digest::of::<E>(0..events), self.digest)?;
        let ns = clock.ns(self.end.saturating_sub(start)).max(1);
        Ok(Outcome::Rate(Rate {
            per_second: events as f64 * 1e9 / ns as f64,
            mean_batch: Some(events as f64 / self.batches as f64),
        }))
    }
}

/// Counts on the library's thread, and leaves the result after the last event.
struct Count {
    clock: Clock,
    left: u64,
    so_far: Received,
    result: Shared<Received>,
}

impl<E: Event> Consumer<E> for Count {
    #[inline]
    fn event(&mut self, event: &E) {
        self.so_far.digest.add(event);
        self.left -= 1;
        if self.left == 0 {
            self.so_far.end = self.clock.now_ordered();
        }
    }

    #[inline]
    fn end_of_batch(&mut self) {
        self.so_far.batches += 1;
        if self.left == 0 {
            self.result.set(self.so_far);
        }
    }
}

fn managed<E: Event, P: Managed<E>, R: Relax>(setup: &Setup) -> Result<Outcome, Fault> {
    let (clock, events) = (setup.clock, setup.size.events);
    let result = Shared::default();
    let so_far = Received::default();
    let count = Count { clock, left: events, so_far, result: result.clone() };
    let mut sender = P::start::<R>(CAPACITY, setup.cores.1, count);
    let start = on_core(setup.cores.0, || {
        let start = clock.now_ordered();
        send_singles::<E, R, _>(&mut sender, events);
        start
    })?;
    drop(sender); // Returns once the consumer has ended.
    result.take().judge::<E>(clock, start, events)
}
