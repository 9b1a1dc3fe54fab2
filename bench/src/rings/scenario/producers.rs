//! Producers alone: claim, write and publish, two at once on one ring, or one by itself.
//!
//! ```text
//!   first core    claim, write, publish --+
//!                                         +--> [ ring ]    read only when the burst is over
//!   second core   claim, write, publish --+
//! ```
//!
//! A burst fills the ring once, so nobody waits for room and nobody reads meanwhile: what is
//! measured is the producers' own traffic. A rate is the median over bursts, from the moment both
//! are in place to the moment both are done. Every burst is counted; the last is read to the last
//! word.

use crate::measure::pairs::median_of;
use crate::rings::contender::Contender;
use crate::rings::endpoint::{ManyPeer, Pause, Sender, Skip};
use crate::rings::event::Event;
use crate::rings::meet::{Meeting, Party};
use crate::rings::peers::{self, Visitor};
use crate::rings::trial::{Fault, Outcome, Rate, Setup};

pub(crate) const NAME: &str = "producers";
pub(crate) const TWO: &str = "two";
pub(crate) const ONE: &str = "one";

/// Events of a burst, and slots of the ring: long enough that a late start does not matter.
const BURST: usize = 8_192;

/// Every peer that several producers can share.
pub(crate) fn contenders() -> Vec<Contender> {
    let mut list = List::default();
    peers::visit(&mut list);
    list.0
}

#[derive(Default)]
struct List(Vec<Contender>);

impl Visitor for List {
    fn many<E: Event, P: ManyPeer<E>>(&mut self) {
        let (peer, bytes) = (P::NAME, E::BYTES);
        self.0.extend([
            Contender { peer, bytes, variant: TWO, trial: Box::new(two::<E, P>) },
            Contender { peer, bytes, variant: ONE, trial: Box::new(one::<E, P>) },
        ]);
    }
}

/// What one producer publishes in a burst: numbers from `first` on.
#[derive(Clone, Copy)]
struct Share {
    first: u64,
    count: u64,
}

impl Share {
    #[inline(always)]
    fn publish<E: Event>(self, sender: &mut impl Sender<E>) {
        for number in self.first..self.first + self.count {
            sender.send::<Pause>(E::new(number));
        }
    }

    /// The sum over all words of all events, in any order.
    fn sum<E: Event>(self) -> u64 {
        let numbers = self.first..self.first + self.count;
        numbers.fold(0, |sum, number| sum.wrapping_add(E::new(number).sum()))
    }
}

fn one<E: Event, P: ManyPeer<E>>(setup: &Setup) -> Result<Outcome, Fault> {
    let (mut sender, mut rest) = P::open_many(BURST);
    let share = Share { first: 0, count: BURST as u64 };
    let meeting = Meeting::of(1);
    let work = || {
        let mut party = meeting.join();
        setup.go(&mut party);
        bursts(setup, &mut party, share, &mut sender, &mut rest)
    };
    setup.on_core(setup.cores.0, work)?.judge(share.sum::<E>())
}

fn two<E: Event, P: ManyPeer<E>>(setup: &Setup) -> Result<Outcome, Fault> {
    let (mut first, mut rest) = P::open_many(BURST);
    let mut second = first.clone();
    let count = BURST as u64 / 2;
    let shares = [Share { first: 0, count }, Share { first: count, count }];
    let meeting = Meeting::of(2);
    let lead = || {
        let mut party = meeting.join();
        setup.go(&mut party);
        bursts(setup, &mut party, shares[0], &mut first, &mut rest)
    };
    let follow = || {
        let mut party = meeting.join();
        setup.go(&mut party);
        for _ in 0..setup.size.bursts {
            party.meet();
            shares[1].publish(&mut second);
            party.meet();
        }
    };
    let (bursts, ()) = setup.on_two_cores(lead, follow)?;
    bursts.judge(shares[0].sum::<E>().wrapping_add(shares[1].sum::<E>()))
}

/// What the leading producer found.
struct Bursts {
    rates: Vec<f64>,
    /// Whether all bursts were complete.
    complete: bool,
    /// Sum over the events of the last.
    sum: u64,
}

impl Bursts {
    fn judge(self, expected: u64) -> Result<Outcome, Fault> {
        if !self.complete || self.sum != expected {
            return Err(Fault::Checksum { expected, found: self.sum });
        }
        Ok(Outcome::Rate(Rate {
            per_second: median_of(&self.rates),
            overall_per_second: None,
            mean_batch: None,
        }))
    }
}

/// The leading producer: times every burst, and empties the ring after it.
fn bursts<E: Event>(
    setup: &Setup,
    party: &mut Party<'_>,
    share: Share,
    sender: &mut impl Sender<E>,
    rest: &mut impl Skip<E>,
) -> Bursts {
    let (clock, count) = (setup.clock, setup.size.bursts);
    let mut found = Bursts { rates: Vec::with_capacity(count), complete: true, sum: 0 };
    for burst in 1..=count {
        party.meet();
        let start = clock.now_ordered();
        share.publish(sender);
        party.meet();
        let ns = clock.ns(clock.now_ordered().saturating_sub(start)).max(1);
        found.rates.push(BURST as f64 * 1e9 / ns as f64);
        let mut read = 0;
        while read < BURST {
            let now = if burst == count {
                rest.receive(|event| found.sum = found.sum.wrapping_add(event.sum()))
            } else {
                rest.skip()
            };
            found.complete &= now > 0;
            if now == 0 {
                break;
            }
            read += now;
        }
    }
    found
}
