//! One way, in an open loop: events go at fixed times, whatever became of those before.
//!
//! ```text
//!   first core                                 second core
//!   when n is due: send its due time  --->  [ ring ]  --->  receive it
//!                                                           ordered stamp - due time
//! ```
//!
//! The time counts from when the event *should* have gone, so a sender that is held up, by a full
//! ring or by the host, makes it longer. Both sides wait with PAUSE. The two cores' counters must
//! agree; the report's clock card says how well they do.

use crate::measure::histogram::Histogram;
use crate::measure::pacer::Pacer;
use crate::measure::schedule::Schedule;
use crate::rings::contender::Contender;
use crate::rings::endpoint::{Pause, Peer, Receiver, Relax, Sender};
use crate::rings::event::{Digest, Event};
use crate::rings::meet::Meeting;
use crate::rings::peers::{self, Visitor};
use crate::rings::trial::{CAPACITY, Fault, Latency, Outcome, Paced, Setup};

pub(crate) const NAME: &str = "one-way";

/// Events a second, and their name.
pub(crate) const RATES: [(u64, &str); 2] = [(100_000, "100 k/s"), (1_000_000, "1 M/s")];

/// The receiver is given this long to reach its loop before the first event is due.
const HEAD_START_NS: u64 = 20_000;

/// Every peer at both rates.
pub(crate) fn contenders() -> Vec<Contender> {
    let mut list = List::default();
    peers::visit(&mut list);
    list.0
}

#[derive(Default)]
struct List(Vec<Contender>);

impl Visitor for List {
    fn peer<E: Event, P: Peer<E>>(&mut self) {
        self.0.extend(RATES.map(|(rate, variant)| Contender {
            peer: P::NAME,
            bytes: E::BYTES,
            variant,
            trial: Box::new(move |setup| one_way::<E, P, Pause>(setup, rate)),
        }));
    }
}

fn one_way<E: Event, P: Peer<E>, R: Relax>(setup: &Setup, rate: u64) -> Result<Outcome, Fault> {
    let clock = setup.clock;
    let events = rate * setup.size.window_ms / 1_000;
    let schedule = Schedule::fixed(rate, events).expect("the rate is not zero");
    let (mut sender, mut receiver) = P::open::<R>(CAPACITY);
    let meeting = Meeting::of(2);
    let send = || {
        let mut sent = Digest::default();
        setup.go(&mut meeting.join());
        let start = clock.now() + clock.ticks(HEAD_START_NS);
        let mut pacer = Pacer::new(clock, &schedule, start);
        while let Some(due) = pacer.wait() {
            let event = E::new(due.intended);
            sender.send::<R>(event);
            sent.add(&event);
        }
        (sent, pacer.finish())
    };
    let receive = || {
        let mut received = Digest::default();
        let mut times = Histogram::new();
        let mut seen = 0;
        setup.go(&mut meeting.join());
        while seen < events {
            receiver.wait::<R>(|event| {
                received.add(event);
                let ticks = clock.now_ordered().saturating_sub(event.first());
                if seen >= events / 20 {
                    times.record(clock.ns(ticks));
                }
                seen += 1;
            });
        }
        (received, times)
    };
    let ((sent, paced), (received, times)) = setup.on_two_cores(send, receive)?;
    Fault::unless_equal(sent, received)?;
    let paced = Paced { gap_p99_9: paced.gaps.gaps().value_at(0.999), kept: paced.kept_share() };
    Ok(Outcome::Latency(Latency::of(&times, Some(paced))))
}
