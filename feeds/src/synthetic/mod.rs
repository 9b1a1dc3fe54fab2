//! A synthetic trading session as real ITCH 5.0 bytes in BinaryFILE framing.
//!
//! The session is consistent: every execution, cancellation, deletion and replacement refers to a
//! live order, no order is executed beyond its shares, executions take the best price's first order,
//! and while a stock trades its book never crosses. Before the open and in halts it may, until an
//! auction trades what crosses. Message mix, arrivals and activity by symbol follow measured days
//! (see [`Profile`]); [`Behaviour`]s can be planted.
//!
//! The same seed, symbols, profile, plants and number of messages give the same bytes on every
//! machine.

mod agenda;
mod arrivals;
mod auction;
mod book;
mod flow;
mod market;
mod opening;
mod plant;
mod profile;
mod shape;
mod tape;

use serde::Serialize;
use std::collections::VecDeque;
use std::io::{self, Write};

use crate::dice::Dice;
use crate::report::TypeCounts;
use agenda::Agenda;
use arrivals::{Arrivals, Fill, Rhythm};
use flow::Flow;
use market::Market;
use plant::Plant;
pub use plant::{Behaviour, Planted};
pub use profile::{Pace, Profile};
use shape::{CLOSE, OPEN, SECOND, Shape};

/// Stocks that have auctions in a session that is not filled with messages.
const AUCTIONS: usize = 100;
/// Where a session is filled, imbalances before auctions are this share of all messages: 1.5 %.
const IMBALANCES: (u64, u64) = (165, 10_000);
/// Nanoseconds after which to look again for a stock to plant in, when the traffic is over.
const PATIENCE: u64 = 1_000_000;
/// Fewest symbols among which behaviours can be planted.
pub const PLANTABLE: u16 = 8;

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Messages in all.
    pub messages: u64,
    /// Messages of the order flow: the number asked for. Opening, auctions, halts and planted
    /// behaviours add to it.
    pub traffic: u64,
    /// Messages before the traffic: directory, states, first orders, opening auction.
    pub opening: u64,
    /// Bytes, framing and end-of-session mark included.
    pub bytes: u64,
    /// Messages by type.
    pub types: TypeCounts,
    /// Orders still in the books at the end.
    pub live_orders: u64,
    /// The planted behaviours, as they ended.
    pub planted: Vec<Planted>,
}

/// Makes sessions.
#[derive(Clone, Debug)]
pub struct Generator {
    dice: Dice,
    symbols: u16,
    profile: Profile,
    /// What to plant, each so many times.
    plants: (Vec<Behaviour>, u32),
}

impl Generator {
    /// A generator for that many symbols. The first is the most active one: activity follows Zipf's
    /// law.
    ///
    /// # Panics
    /// If `symbols` is 0, the profile's weights or steady rate are 0, or its excitation or its quiet
    /// time are not below 1,000.
    #[must_use]
    pub fn new(seed: u64, symbols: u16, profile: Profile) -> Self {
        assert!(symbols > 0, "a market needs a symbol");
        assert!(profile.pace != Pace::Steady(0), "time must go on");
        assert!(profile.excitation < 1_000, "bursts must end");
        assert!(profile.quiet < 1_000, "quiet times must end");
        assert!(flow::total_weight(&profile) > 0, "some message type needs a weight");
        Self { dice: Dice::new(seed), symbols, profile, plants: (Vec::new(), 0) }
    }

    /// Plants each of the behaviours that many times, and as many near misses of each.
    ///
    /// # Panics
    /// If there are less than [`PLANTABLE`] symbols.
    #[must_use]
    pub fn planting(self, behaviours: &[Behaviour], times: u32) -> Self {
        assert!(self.symbols >= PLANTABLE, "everybody else needs a stock to go to");
        Self { plants: (behaviours.to_vec(), times), ..self }
    }

    /// Writes one whole session with `traffic` messages of order flow between opening and closing
    /// (which add to it), and the end-of-session mark. A second call makes another day. A `Vec<u8>`
    /// will do as `out`.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, out: &mut impl Write, traffic: u64) -> io::Result<Summary> {
        let (mut dice, symbols) = (self.dice.clone(), usize::from(self.symbols));
        let mut market = Market::new(self.symbols, &mut dice, out);
        let (auctions, rounds) = self.auctions(traffic);
        opening::write(auctions, rounds, self.profile.live_orders, &mut market)?;
        let opening = market.tape.messages();

        let mut agenda = Agenda::default();
        agenda.closing(auctions, rounds);
        let mut flow = Flow::new(symbols, &self.profile);
        let mut arrivals = self.arrivals(traffic, market.dice);
        let mut plants: VecDeque<_> = self.plants_by_message(traffic, market.dice).into();
        let halts = u64::from(self.profile.halts);
        for number in 0..traffic {
            let arrival = arrivals.next(market.dice);
            while plants.front().is_some_and(|it| it.after <= number)
                && agenda.plant(plants[0], arrival.time, &mut market)
            {
                plants.pop_front();
            }
            if halts > 0 && number % (traffic / halts + 1) == traffic / halts / 2 {
                agenda.pause(arrival.time, market.dice.below(symbols as u64) as usize);
            }
            agenda.until(arrival.time, &mut market)?;
            let stock = flow.step(arrival, &mut market)?;
            arrivals.trigger(stock, market.dice);
        }
        // Those for which no stock was free.
        let mut time = market.now;
        while let Some(&plant) = plants.front().filter(|_| time < CLOSE - 2 * SECOND) {
            if agenda.plant(plant, time, &mut market) {
                plants.pop_front();
            } else {
                time += PATIENCE;
                agenda.until(time, &mut market)?;
            }
        }
        agenda.until(CLOSE - 1, &mut market)?;
        opening::close(auctions, &mut market)?;
        let (messages, live_orders) = (market.tape.messages(), market.books.len() as u64);
        let (bytes, types) = market.tape.end_of_session()?;
        self.dice = dice;
        let planted = agenda.planted;
        Ok(Summary { messages, traffic, opening, bytes, types, live_orders, planted })
    }

    /// How many stocks have auctions, and how many imbalances come before each.
    fn auctions(&self, traffic: u64) -> (usize, u64) {
        let symbols = usize::from(self.symbols);
        if self.profile.pace != Pace::Session {
            return (symbols.min(AUCTIONS), 1);
        }
        // Half of them before the open, half before the close.
        let imbalances = traffic * IMBALANCES.0 / IMBALANCES.1 / 2;
        let stocks = symbols.min(imbalances as usize).max(1);
        (stocks, (imbalances / stocks as u64).max(1))
    }

    fn arrivals(&self, traffic: u64, dice: &mut Dice) -> Arrivals {
        let Profile { excitation, quiet, .. } = self.profile;
        let (start, shape, fill) = match self.profile.pace {
            Pace::Steady(rate) => {
                let trading_seconds = ((CLOSE - OPEN) / SECOND) as f64;
                let rate = f64::from(rate).max(traffic as f64 / trading_seconds * 1.5);
                (OPEN + SECOND, Shape::steady(rate), Fill::Nothing)
            }
            Pace::Opening => (OPEN, Shape::day(), Fill::Periods),
            Pace::Session => (OPEN, Shape::day(), Fill::Session(traffic)),
        };
        Arrivals::new(start, CLOSE - SECOND, Rhythm { shape, excitation, quiet, fill }, dice)
    }

    /// After how many messages each behaviour or near miss begins: evenly over the first nine
    /// tenths, in random order.
    fn plants_by_message(&self, traffic: u64, dice: &mut Dice) -> Vec<Plant> {
        let (behaviours, times) = &self.plants;
        let each = behaviours.iter().flat_map(|&it| [(it, false), (it, true)]);
        let mut plants: Vec<_> = (0..*times).flat_map(|_| each.clone()).collect();
        for last in (1..plants.len()).rev() {
            plants.swap(last, dice.below(last as u64 + 1) as usize);
        }
        let count = plants.len() as u64;
        let at = |number: u64| traffic / 10 * 9 * (number + 1) / (count + 1);
        let plant =
            |(number, (behaviour, near_miss))| Plant { after: at(number), behaviour, near_miss };
        (0..).zip(plants).map(plant).collect()
    }
}
