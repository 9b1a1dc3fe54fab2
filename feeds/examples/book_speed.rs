//! How fast order books are kept: `cargo run --release --example book_speed [events]`.
//!
//! Two feeds: a day of the generator, and one with two million live orders whose changes hit any
//! of them. For each: the rate of the whole feed in one piece (what is already there is fetched
//! ahead) and one event at a time, the best of three runs; books of standard maps, which keep no
//! queues, beside them; then the time of single events, less the median of the clock alone.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::time::{Duration, Instant};
use tourbillon_feeds::book::{BookLimits, BookRules, Books};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{Kind, MarketEvent, Options, Side, open_bytes, read_all};

const SYMBOLS: u32 = 8_900;
const LIVE: u64 = 2_000_000;
const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events = std::env::args().nth(1).map_or(Ok(3_000_000), |text| text.parse::<u64>())?;
    let mut itch = Vec::new();
    Generator::new(1, SYMBOLS as u16, Profile::day()).write(&mut itch, events)?;
    let day = read_all(&mut *open_bytes(itch, &Options::default())?);
    told("a day of the generator", &[], &day);
    drop(day);
    let (before, after) = many_orders(events);
    told("two million live orders", &before, &after);
    Ok(())
}

/// Adds of [`LIVE`] orders, then `events` changes that keep their number.
fn many_orders(events: u64) -> (Vec<MarketEvent>, Vec<MarketEvent>) {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut live: Vec<(u64, u32)> = Vec::new();
    let mut next = 1;
    let mut add = |dice: &mut Xoshiro256PlusPlus, live: &mut Vec<(u64, u32)>| {
        let bits = dice.next_u64();
        let instrument = (bits % u64::from(SYMBOLS)) as u32;
        let bid = bits >> 32 & 1 == 0;
        // Half of the orders at the first price, a quarter at the second, ...
        let deep = i64::from((bits >> 33).trailing_zeros());
        let tick = 10_000 + if bid { -deep } else { 1 + deep };
        next += 1 + (bits >> 60);
        live.push((next, instrument));
        MarketEvent {
            order_id: next,
            instrument,
            price: tick * 10_000_000,
            size: 100,
            kind: Kind::Add as u8,
            side: if bid { Side::Bid } else { Side::Ask } as u8,
            ..MarketEvent::default()
        }
    };
    let before = (0..LIVE).map(|_| add(&mut dice, &mut live)).collect();
    let after = (0..events).map(|at| {
        if at % 2 == 0 {
            return add(&mut dice, &mut live);
        }
        let victim = dice.next_u64() as usize % live.len();
        let (order_id, instrument) = live.swap_remove(victim);
        let kind = Kind::Delete as u8;
        MarketEvent { order_id, instrument, kind, ..MarketEvent::default() }
    });
    let after = after.collect();
    (before, after)
}

fn told(name: &str, before: &[MarketEvent], events: &[MarketEvent]) {
    println!("{name}: {} events", events.len());
    let limits = BookLimits { pages: 1 << 12, ..BookLimits::default() };
    let books = || {
        let mut books = Books::new(&limits, BookRules::default()).touched();
        books.apply(before, |_| {});
        books
    };
    let rate = |what: &str, time: Duration| {
        let each = time.as_nanos() as f64 / events.len() as f64;
        println!("  {what:34} {each:7.1} ns/event {:7.2} M events/s", 1e3 / each);
    };
    let mut quotes = 0_u64;
    let whole = best(books, |books| books.apply(events, |quote| quotes += quote.seq | 1));
    rate("in one piece", whole);
    let single = best(books, |books| {
        for event in events {
            books.apply(std::slice::from_ref(event), |quote| quotes += quote.seq | 1);
        }
    });
    rate("one event at a time", single);
    let maps = best(|| Maps::after(before), |maps| quotes += maps.apply(events));
    rate("standard maps, without queues", maps);
    black_box(quotes);
    println!("  standard maps / in one piece {:.2}", maps.as_secs_f64() / whole.as_secs_f64());

    let mut books = books();
    let (warm, events) = events.split_at(events.len() / 2);
    books.apply(warm, |_| {});
    let clock = percentiles(events.iter().map(|_| timed(|| {})).collect());
    let times = events.iter().map(|event| {
        timed(|| {
            books.apply(std::slice::from_ref(event), |quote| {
                black_box(quote);
            });
        })
    });
    let apply = percentiles(times.collect());
    for ((name, apply), (_, clock_there)) in apply.iter().zip(&clock) {
        let net = apply.saturating_sub(clock[0].1);
        println!("  single events {name:>6} {net:7} ns (the clock alone there: {clock_there} ns)");
    }
    let mib = books.memory() >> 20;
    println!("  {} live orders, {mib} MiB reserved, {:?}", books.orders(), books.report());
}

fn best<T>(mut start: impl FnMut() -> T, mut run: impl FnMut(&mut T)) -> Duration {
    let times = (0..RUNS).map(|_| {
        let mut state = start();
        let begun = Instant::now();
        run(&mut state);
        begun.elapsed()
    });
    times.min().expect("some runs")
}

fn timed(run: impl FnOnce()) -> u32 {
    let begun = Instant::now();
    run();
    begun.elapsed().as_nanos().min(u128::from(u32::MAX)) as u32
}

fn percentiles(mut times: Vec<u32>) -> [(&'static str, u32); 4] {
    times.sort_unstable();
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)]
        .map(|(name, share)| (name, times[(times.len() as f64 * share) as usize]))
}

/// Side, price and size of an order.
type Place = (u8, i64, u32);

/// Aggregated books of maps, as they are written first.
#[derive(Default)]
struct Maps {
    orders: HashMap<u64, Place>,
    levels: Vec<[BTreeMap<i64, u64>; 3]>,
}

impl Maps {
    fn after(events: &[MarketEvent]) -> Self {
        let mut maps = Self::default();
        maps.levels.resize_with(SYMBOLS as usize + 1, Default::default);
        maps.apply(events);
        maps
    }

    /// A number made of every best price.
    fn apply(&mut self, events: &[MarketEvent]) -> u64 {
        events.iter().fold(0, |sum, event| sum.wrapping_add(self.one(event)))
    }

    fn one(&mut self, event: &MarketEvent) -> u64 {
        let id = event.order_id;
        match event.kind() {
            Some(Kind::Add) => self.add(event, id, event.side),
            Some(Kind::Delete) => {
                self.reduce(event, u32::MAX);
            }
            Some(Kind::Replace) => {
                if let Some(side) = self.reduce(event, u32::MAX) {
                    self.add(event, event.aux, side);
                }
            }
            Some(Kind::Exec | Kind::ExecPrice | Kind::Cancel) => {
                self.reduce(event, event.size);
            }
            _ => return 0,
        }
        let [_, bids, asks] = &self.levels[event.instrument as usize];
        let (bid, ask) = (bids.last_key_value(), asks.first_key_value());
        (bid.map_or(0, |bid| *bid.0) ^ ask.map_or(0, |ask| *ask.0)) as u64
    }

    fn add(&mut self, event: &MarketEvent, id: u64, side: u8) {
        self.orders.insert(id, (side, event.price, event.size));
        let levels = &mut self.levels[event.instrument as usize][usize::from(side)];
        *levels.entry(event.price).or_default() += u64::from(event.size);
    }

    fn reduce(&mut self, event: &MarketEvent, by: u32) -> Option<u8> {
        let order = self.orders.get_mut(&event.order_id)?;
        let (side, price, size) = *order;
        order.2 = size.saturating_sub(by);
        if order.2 == 0 {
            self.orders.remove(&event.order_id);
        }
        let levels = &mut self.levels[event.instrument as usize][usize::from(side)];
        let level = levels.get_mut(&price)?;
        *level -= u64::from(size.min(by));
        if *level == 0 {
            levels.remove(&price);
        }
        Some(side)
    }
}
