//! Ping-pong over two rings: what one hand-off costs when nothing else is going on.
//!
//! ```text
//!   first core                              second core
//!   stamp, send n  --->  [ ping ring ]  --->  receive n
//!   receive n      <---  [ pong ring ]  <---  send n
//!   ordered stamp
//! ```
//!
//! The stamp that ends a round trip is ordered after the event has been read to its last word.
//! Both sides wait in the same way: all with PAUSE, or all without.

use super::managed::Shared;
use crate::measure::histogram::Histogram;
use crate::rings::contender::Contender;
use crate::rings::endpoint::{Bare, Consumer, Managed, Pause, Peer, Receiver, Relax, Sender};
use crate::rings::event::{Digest, Event, Words};
use crate::rings::meet::Meeting;
use crate::rings::peers::flag::Flag;
use crate::rings::peers::{self, Visitor};
use crate::rings::trial::{CAPACITY, Fault, Latency, Outcome, Setup};

pub(crate) const NAME: &str = "ping-pong";
pub(crate) const PAUSE: &str = "pause";
pub(crate) const BARE: &str = "bare";

/// The floor, and every peer, in both variants.
pub(crate) fn contenders() -> Vec<Contender> {
    let mut list = List::default();
    list.peer::<Words<1>, Flag>();
    peers::visit(&mut list);
    list.0
}

#[derive(Default)]
struct List(Vec<Contender>);

impl Visitor for List {
    fn peer<E: Event, P: Peer<E>>(&mut self) {
        let bytes = E::BYTES;
        self.0.extend([
            Contender {
                peer: P::NAME,
                bytes,
                variant: PAUSE,
                trial: Box::new(ping_pong::<E, P, Pause>),
            },
            Contender {
                peer: P::NAME,
                bytes,
                variant: BARE,
                trial: Box::new(ping_pong::<E, P, Bare>),
            },
        ]);
    }

    fn managed<E: Event, P: Managed<E>>(&mut self) {
        let (peer, bytes) = (P::MANAGED_NAME, E::BYTES);
        self.0.extend([
            Contender { peer, bytes, variant: PAUSE, trial: Box::new(managed::<E, P, Pause>) },
            Contender { peer, bytes, variant: BARE, trial: Box::new(managed::<E, P, Bare>) },
        ]);
    }
}

fn ping_pong<E: Event, P: Peer<E>, R: Relax>(setup: &Setup) -> Result<Outcome, Fault> {
    let (mut ping, mut pinged) = P::open::<R>(CAPACITY);
    let (mut pong, mut ponged) = P::open::<R>(CAPACITY);
    let meeting = Meeting::of(2);
    let round_trips = setup.size.round_trips;
    let give_back = || {
        setup.go(&mut meeting.join());
        let mut digest = Digest::default();
        for _ in 0..round_trips {
            pinged.wait::<R>(|event| {
                digest.add(event);
                pong.send::<R>(*event);
            });
        }
        digest
    };
    let serve = || serve::<E, R>(setup, &meeting, &mut ping, &mut ponged);
    let ((times, home), out) = setup.on_two_cores(serve, give_back)?;
    judge::<E>(&times, round_trips, [out, home])
}

/// The serving side: times of all round trips but the first twentieth, and what came back.
fn serve<E: Event, R: Relax>(
    setup: &Setup,
    meeting: &Meeting,
    ping: &mut impl Sender<E>,
    ponged: &mut impl Receiver<E>,
) -> (Histogram, Digest) {
    let (clock, round_trips) = (setup.clock, setup.size.round_trips);
    let mut times = Histogram::new();
    let mut digest = Digest::default();
    setup.go(&mut meeting.join());
    for number in 0..round_trips {
        let start = clock.now_ordered();
        ping.send::<R>(E::new(number));
        ponged.wait::<R>(|event| digest.add(event));
        let ticks = clock.now_ordered().saturating_sub(start);
        if number >= round_trips / 20 {
            times.record(clock.ns(ticks));
        }
    }
    (times, digest)
}

fn judge<E: Event>(
    times: &Histogram,
    round_trips: u64,
    found: [Digest; 2],
) -> Result<Outcome, Fault> {
    let expected = Digest::of::<E>(0..round_trips);
    found.into_iter().try_for_each(|found| Fault::unless_equal(expected, found))?;
    Ok(Outcome::Latency(Latency::of(times, None)))
}

/// Sends back from the library's own thread.
struct GiveBack<R, S> {
    pong: S,
    digest: Digest,
    left: u64,
    result: Shared<Digest>,
    waits: std::marker::PhantomData<R>,
}

impl<E: Event, R: Relax, S: Sender<E> + 'static> Consumer<E> for GiveBack<R, S> {
    #[inline]
    fn event(&mut self, event: &E) {
        self.digest.add(event);
        self.left -= 1;
        if self.left == 0 {
            self.result.set(self.digest);
        }
        self.pong.send::<R>(*event);
    }
}

fn managed<E: Event, P: Managed<E>, R: Relax>(setup: &Setup) -> Result<Outcome, Fault> {
    let round_trips = setup.size.round_trips;
    let (pong, mut ponged) = P::open::<R>(CAPACITY);
    let result = Shared::default();
    let give_back = GiveBack::<R, _> {
        pong,
        digest: Digest::default(),
        left: round_trips,
        result: result.clone(),
        waits: std::marker::PhantomData,
    };
    let mut ping = setup.raised(|| P::start::<R>(CAPACITY, setup.cores.1, give_back));
    let (times, home) = setup
        .on_core(setup.cores.0, || serve::<E, R>(setup, &Meeting::of(1), &mut ping, &mut ponged))?;
    // The last ping has come back, so the consumer has seen them all.
    drop(ping);
    judge::<E>(&times, round_trips, [result.take(), home])
}
