//! The synthetic session held to its promises by a book of its own, and to the measured days by
//! statistics.

mod support;

use std::collections::{BTreeMap, HashMap};
use support::read;
use tourbillon_feeds::synthetic::{Generator, Profile, Summary};
use tourbillon_feeds::{Kind, MarketEvent, Options, Side, flags};

fn session(seed: u64, symbols: u16, profile: Profile, traffic: u64) -> (Vec<u8>, Summary) {
    let mut bytes = Vec::new();
    let summary = Generator::new(seed, symbols, profile)
        .write(&mut bytes, traffic)
        .expect("memory takes all");
    (bytes, summary)
}

/// The events, and where the traffic starts.
fn decoded(bytes: &[u8], summary: &Summary) -> Vec<MarketEvent> {
    let (events, source) = read(bytes, &Options::default());
    let report = source.report();
    assert_eq!(
        (report.total_errors(), report.bad_timestamps, report.trailing_bytes),
        (0, 0, 0),
        "{report:?}"
    );
    assert!(report.end_of_session);
    assert_eq!((events.len() as u64, bytes.len() as u64), (summary.messages, summary.bytes));
    assert_eq!(report.types.sorted(), summary.types.sorted());
    events
}

fn traffic<'a>(events: &'a [MarketEvent], summary: &Summary) -> &'a [MarketEvent] {
    let start = summary.opening as usize;
    &events[start..start + summary.traffic as usize]
}

/// A second, simple book.
#[derive(Default)]
struct Book {
    orders: HashMap<u64, MarketEvent>,
    /// Shares by instrument, side and price.
    levels: HashMap<(u32, u8), BTreeMap<i64, u64>>,
}

impl Book {
    fn add(&mut self, order: MarketEvent) {
        assert!(order.size > 0 && order.price > 0, "{order:?}");
        assert!(
            self.orders.insert(order.order_id, order).is_none(),
            "reference used twice: {order:?}"
        );
        *self
            .levels
            .entry((order.instrument, order.side))
            .or_default()
            .entry(order.price)
            .or_default() += u64::from(order.size);
        let (bid, ask) =
            (self.best(order.instrument, Side::Bid), self.best(order.instrument, Side::Ask));
        assert!(bid.is_none() || ask.is_none() || bid < ask, "crossed: {bid:?} {ask:?}");
    }

    /// Takes shares off a live order of that instrument; all of them if `None`. Gives the order as
    /// it was.
    fn take(&mut self, event: &MarketEvent, shares: Option<u32>) -> MarketEvent {
        let order = self
            .orders
            .get_mut(&event.order_id)
            .unwrap_or_else(|| panic!("no such order: {event:?}"));
        assert_eq!(order.instrument, event.instrument);
        let was = *order;
        let shares = shares.unwrap_or(was.size);
        assert!(shares > 0 && shares <= was.size, "{shares} of {was:?}");
        order.size -= shares;
        if order.size == 0 {
            self.orders.remove(&event.order_id);
        }
        let side = self.levels.get_mut(&(was.instrument, was.side)).expect("the order has a side");
        let level = side.get_mut(&was.price).expect("the order has a level");
        *level -= u64::from(shares);
        if *level == 0 {
            side.remove(&was.price);
        }
        was
    }

    fn best(&self, instrument: u32, side: Side) -> Option<i64> {
        let levels = self.levels.get(&(instrument, side as u8))?;
        let best =
            if side == Side::Bid { levels.last_key_value() } else { levels.first_key_value() };
        best.map(|(&price, _)| price)
    }

    fn apply(&mut self, event: &MarketEvent) {
        match event.kind().expect("a known kind") {
            Kind::Add => self.add(*event),
            Kind::Delete => _ = self.take(event, None),
            Kind::Cancel => {
                let was = self.take(event, Some(event.size));
                assert!(event.size < was.size, "a partial cancel leaves something");
            }
            Kind::Exec | Kind::ExecPrice => {
                let order = self.orders[&event.order_id];
                let best = self.best(event.instrument, order.side().expect("a known side"));
                assert_eq!(best, Some(order.price), "executed away from the touch");
                self.take(event, Some(event.size));
            }
            Kind::Replace => {
                let old = self.take(event, None);
                self.add(MarketEvent { order_id: event.aux, side: old.side, ..*event });
            }
            Kind::Trade => {
                let touch = [Side::Bid, Side::Ask].map(|side| self.best(event.instrument, side));
                let one_is_empty = touch.contains(&None);
                assert!(
                    one_is_empty || touch.contains(&Some(event.price)),
                    "traded away from the touch"
                );
            }
            _ => {}
        }
    }
}

#[test]
fn the_book_is_consistent_throughout() {
    for (symbols, profile, count) in [
        (1, Profile::busy(), 50_000),
        (50, Profile::day(), 200_000),
        (300, Profile::busy(), 200_000),
    ] {
        let (bytes, summary) = session(7, symbols, profile, count);
        let mut book = Book::default();
        for event in &decoded(&bytes, &summary) {
            book.apply(event);
        }
        assert_eq!(book.orders.len() as u64, summary.live_orders);
    }
}

#[test]
fn a_seed_gives_the_same_bytes_forever() {
    let (bytes, _) = session(42, 20, Profile::day(), 10_000);
    assert_eq!(bytes, session(42, 20, Profile::day(), 10_000).0);
    assert_ne!(bytes, session(43, 20, Profile::day(), 10_000).0);
    let hash = bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    assert_eq!(hash, 16_836_766_151_828_967_949, "the stream of a seed is part of the interface");
}

#[test]
fn a_session_without_traffic_is_whole() {
    let (bytes, summary) = session(1, 3, Profile::default(), 0);
    let events = decoded(&bytes, &summary);
    let codes: Vec<u8> = events
        .iter()
        .filter(|e| e.kind() == Some(Kind::System))
        .map(|e| (e.ext >> 8) as u8)
        .collect();
    assert_eq!(codes, *b"OSQMEC");
    let count = |code| summary.types.get(code);
    assert_eq!([b'R', b'H', b'Y', b'I', b'Q'].map(count), [3; 5]);
    assert_eq!((count(b'A') + count(b'F'), summary.live_orders), (18, 18));
}

#[test]
fn every_symbol_has_its_own_name() {
    let (bytes, summary) = session(1, u16::MAX, Profile::day(), 0);
    let (_, source) = read(&bytes, &Options::default());
    assert_eq!((source.report().symbols, source.instruments().bound()), (65_535, 65_536));
    assert_eq!(source.instruments().get(1), Some("AAAA"));
    assert_eq!(summary.types.get(b'R'), 65_535);
}

fn share(events: &[MarketEvent], test: impl Fn(&MarketEvent) -> bool) -> f64 {
    100.0 * events.iter().filter(|event| test(event)).count() as f64 / events.len() as f64
}

fn near(found: f64, target: f64, tolerance: f64, what: &str) {
    assert!(
        (found - target).abs() <= tolerance,
        "{what}: {found:.3}, target {target} +- {tolerance}"
    );
}

#[test]
fn the_statistics_are_those_of_a_day() {
    let (bytes, summary) = session(11, 2_000, Profile::day(), 1_000_000);
    let all = decoded(&bytes, &summary);
    let events = traffic(&all, &summary);
    let kind = |kinds: &'static [Kind]| {
        move |e: &MarketEvent| e.kind().is_some_and(|kind| kinds.contains(&kind))
    };

    near(share(events, kind(&[Kind::Add])), 44.1, 1.0, "adds in percent");
    near(share(events, kind(&[Kind::Delete])), 42.6, 1.0, "deletes");
    near(share(events, kind(&[Kind::Replace])), 8.0, 0.5, "replaces");
    near(
        share(events, kind(&[Kind::Exec, Kind::ExecPrice, Kind::Cancel])),
        3.2,
        0.3,
        "executions and cancels",
    );
    near(share(events, kind(&[Kind::Trade])), 1.0, 0.2, "trades");

    let adds: Vec<MarketEvent> = events.iter().copied().filter(kind(&[Kind::Add])).collect();
    near(share(&adds, |add| add.size == 100), 70.0, 1.0, "orders of one lot");
    near(share(&adds, |add| add.ext == u16::from(b'F')), 3.0, 0.2, "orders with a name");
    let harmonic: f64 = (1..=2_000).map(|rank| 1.0 / f64::from(rank)).sum();
    for rank in [1, 2, 5, 20] {
        let target = 100.0 / harmonic / f64::from(rank);
        near(share(&adds, |add| add.instrument == rank), target, target * 0.1, "share of a symbol");
    }

    let gaps: Vec<f64> =
        events.windows(2).map(|pair| (pair[1].ts_event - pair[0].ts_event) as f64).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    let variation = variance.sqrt() / mean;
    assert!(variation > 3.4, "coefficient of variation {variation}");
    let inside = gaps.iter().filter(|&&gap| gap < 1_000.0).count() as f64 / gaps.len() as f64;
    near(inside, 0.9, 0.01, "gaps inside bursts");
    near(1e9 / mean, 100_000.0, 30_000.0, "messages a second");
    let busiest = events
        .chunk_by(|a, b| a.ts_event / 1_000_000 == b.ts_event / 1_000_000)
        .map(<[_]>::len)
        .max();
    assert!(busiest.is_some_and(|count| count > 300), "busiest millisecond: {busiest:?}");
}

#[test]
fn deletes_hit_recent_orders_and_references_have_holes() {
    let (bytes, summary) = session(3, 500, Profile::day(), 300_000);
    let (mut entered, mut references, mut young, mut deletes) = (HashMap::new(), Vec::new(), 0, 0);
    for event in &decoded(&bytes, &summary) {
        match event.kind() {
            Some(Kind::Add) => references.push(event.order_id),
            Some(Kind::Replace) => references.push(event.aux),
            Some(Kind::Delete) => {
                let born: usize = entered[&event.order_id];
                young += u32::from(references.len() - born <= 512);
                deletes += 1;
            }
            _ => continue,
        }
        if let Some(&reference) = references.last() {
            entered.entry(reference).or_insert(references.len());
        }
    }
    assert!(references.is_sorted_by(|a, b| a < b));
    near(
        references[references.len() - 1] as f64 / references.len() as f64,
        2.0,
        0.05,
        "step of references",
    );
    near(f64::from(young) / f64::from(deletes), 0.82, 0.05, "deletes of recent orders");
}

#[test]
fn busy_trades_are_many_and_move() {
    let (bytes, summary) = session(5, 100, Profile::busy(), 300_000);
    let all = decoded(&bytes, &summary);
    let events = traffic(&all, &summary);
    let trades: Vec<&MarketEvent> =
        events.iter().filter(|event| event.kind() == Some(Kind::Trade)).collect();
    near(trades.len() as f64 / events.len() as f64, 0.2, 0.01, "trades");
    assert!(
        trades
            .iter()
            .all(|trade| trade.side == Side::None as u8 && trade.flags & flags::BAD_TS == 0)
    );
    // Rises of at least 0.2 % from one trade of a symbol to its next.
    let (mut last, mut rises) = (HashMap::new(), 0);
    for trade in &trades {
        if let Some(before) = last.insert(trade.instrument, trade.price) {
            rises += u32::from(trade.price * 1_000 >= before * 1_002);
        }
    }
    assert!(rises > 1_000, "{rises} rises in {} trades", trades.len());
}

#[test]
fn a_failing_writer_is_an_error() {
    let mut small = [0u8; 1_000];
    let result = Generator::new(1, 10, Profile::day()).write(&mut &mut small[..], 100);
    assert_eq!(result.map_err(|error| error.kind()).err(), Some(std::io::ErrorKind::WriteZero));
}
