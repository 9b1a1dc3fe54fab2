//! The synthetic session held to its promises by a book of its own.

mod support;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use support::read;
use tourbillon_feeds::synthetic::{Behaviour, Generator, Profile, Summary};
use tourbillon_feeds::{Kind, MarketEvent, Options, Side, flags};

fn session(seed: u64, symbols: u16, profile: Profile, traffic: u64) -> (Vec<u8>, Summary) {
    let mut bytes = Vec::new();
    let summary = Generator::new(seed, symbols, profile)
        .write(&mut bytes, traffic)
        .expect("memory takes all");
    (bytes, summary)
}

/// The events.
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

/// A second, simple book: queues by price and time.
#[derive(Default)]
struct Book {
    orders: HashMap<u64, MarketEvent>,
    /// Orders by instrument, side and price, in the order of their entry.
    queues: HashMap<(u32, u8), BTreeMap<i64, VecDeque<u64>>>,
    /// Trading has begun.
    open: bool,
    paused: HashSet<u32>,
    /// Crosses with shares of the book, by type.
    crosses: HashMap<u8, u32>,
    pauses: u32,
}

impl Book {
    fn add(&mut self, order: MarketEvent) {
        assert!(order.size > 0 && order.price > 0, "{order:?}");
        let twice = self.orders.insert(order.order_id, order);
        assert!(twice.is_none(), "reference used twice: {order:?}");
        let queues = self.queues.entry((order.instrument, order.side)).or_default();
        queues.entry(order.price).or_default().push_back(order.order_id);
        if self.open && !self.paused.contains(&order.instrument) {
            self.check_uncrossed(order.instrument);
        }
    }

    fn check_uncrossed(&self, instrument: u32) {
        let [bid, ask] = [Side::Bid, Side::Ask].map(|side| self.best(instrument, side));
        assert!(bid.is_none() || ask.is_none() || bid < ask, "crossed: {bid:?} {ask:?}");
    }

    /// Takes shares off a live order of that instrument; all of them if `None`. Gives the order as
    /// it was.
    fn take(&mut self, event: &MarketEvent, shares: Option<u32>) -> MarketEvent {
        let order = self.orders.get_mut(&event.order_id);
        let order = order.unwrap_or_else(|| panic!("no such order: {event:?}"));
        assert_eq!(order.instrument, event.instrument);
        let was = *order;
        let shares = shares.unwrap_or(was.size);
        assert!(shares > 0 && shares <= was.size, "{shares} of {was:?}");
        order.size -= shares;
        if order.size == 0 {
            self.orders.remove(&event.order_id);
            let side = self.queues.get_mut(&(was.instrument, was.side)).expect("it has a side");
            let queue = side.get_mut(&was.price).expect("it has a queue");
            queue.retain(|&order| order != event.order_id);
            if queue.is_empty() {
                side.remove(&was.price);
            }
        }
        was
    }

    fn best(&self, instrument: u32, side: Side) -> Option<i64> {
        let levels = self.queues.get(&(instrument, side as u8))?;
        let best =
            if side == Side::Bid { levels.last_key_value() } else { levels.first_key_value() };
        best.map(|(&price, _)| price)
    }

    /// Executions take the first order at the best price, whatever they are part of.
    fn execute(&mut self, event: &MarketEvent) {
        let order = self.orders[&event.order_id];
        let best = self.best(event.instrument, order.side().expect("a known side"));
        assert_eq!(best, Some(order.price), "executed away from the touch");
        let queue = &self.queues[&(order.instrument, order.side)][&order.price];
        assert_eq!(queue.front(), Some(&event.order_id), "jumped the queue");
        let in_cross = event.flags & flags::NON_PRINTABLE != 0;
        assert!(in_cross || !self.paused.contains(&event.instrument), "traded in a pause");
        self.take(event, Some(event.size));
    }

    fn apply(&mut self, event: &MarketEvent) {
        let code = (event.ext >> 8) as u8;
        match event.kind().expect("a known kind") {
            Kind::Add => self.add(*event),
            Kind::Delete => _ = self.take(event, None),
            Kind::Cancel => {
                let was = self.take(event, Some(event.size));
                assert!(event.size < was.size, "a partial cancel leaves something");
            }
            Kind::Exec | Kind::ExecPrice => self.execute(event),
            Kind::Replace => {
                let old = self.take(event, None);
                self.add(MarketEvent { order_id: event.aux, side: old.side, ..*event });
            }
            Kind::Trade => {
                let [bid, ask] =
                    [Side::Bid, Side::Ask].map(|side| self.best(event.instrument, side));
                let inside = bid.is_none_or(|bid| bid <= event.price)
                    && ask.is_none_or(|ask| event.price <= ask);
                assert!(inside, "traded outside {bid:?} and {ask:?}: {event:?}");
            }
            Kind::Cross => {
                self.check_uncrossed(event.instrument);
                *self.crosses.entry(code).or_default() += 1;
            }
            Kind::System if code == b'Q' => self.open = true,
            Kind::System if code == b'M' => self.open = false,
            Kind::Status if event.ext as u8 == b'H' && code == b'P' => {
                self.pauses += 1;
                assert!(self.paused.insert(event.instrument), "paused twice");
            }
            Kind::Status if event.ext as u8 == b'H' && code == b'T' => {
                self.paused.remove(&event.instrument);
            }
            _ => {}
        }
    }
}

#[test]
fn the_book_is_consistent_throughout() {
    let deep = Profile { live_orders: 100_000, ..Profile::deep() };
    for (symbols, profile, count) in [
        (1, Profile::busy(), 50_000),
        (50, Profile::day(), 200_000),
        (300, Profile::busy(), 200_000),
        (40, Profile::busy_day(), 200_000),
        (60, Profile::quiet(), 20_000),
        (200, Profile::opening(), 50_000),
        (100, deep, 20_000),
    ] {
        let (bytes, summary) = session(7, symbols, profile, count);
        let mut book = Book::default();
        for event in &decoded(&bytes, &summary) {
            book.apply(event);
        }
        assert_eq!(book.orders.len() as u64, summary.live_orders);
        assert!(book.crosses[&b'O'] > 0 && book.crosses[&b'C'] > 0);
        assert_eq!(book.crosses.get(&b'H').copied().unwrap_or(0), book.pauses);
    }
}

#[test]
fn pauses_end_in_an_auction() {
    let (bytes, summary) = session(3, 40, Profile::busy_day(), 100_000);
    let events = decoded(&bytes, &summary);
    let pauses: Vec<&MarketEvent> =
        events.iter().filter(|e| e.kind() == Some(Kind::Status) && e.ext == 0x5048).collect();
    assert!((5..=10).contains(&pauses.len()), "{} pauses", pauses.len());
    for pause in pauses {
        let later = events.iter().filter(|e| {
            e.instrument == pause.instrument
                && (pause.ts_event..=pause.ts_event + 300_000_000_000).contains(&e.ts_event)
        });
        let codes: Vec<u8> = later
            .filter(|e| b"HJIQ".contains(&(e.ext as u8)))
            .map(|e| if e.ext as u8 == b'H' { (e.ext >> 8) as u8 } else { e.ext as u8 })
            .collect();
        assert_eq!(codes, *b"PJIIIIIQQT", "pause, collar, imbalances, quoting, cross, trading");
    }
}

#[test]
fn orders_cross_before_the_open_and_the_auction_trades_them() {
    let (bytes, summary) = session(5, 30, Profile::busy_day(), 10_000);
    let events = &decoded(&bytes, &summary)[..summary.opening as usize];
    let mut book = Book::default();
    let (mut crossed, mut paired) = (0, HashMap::new());
    for event in events {
        if event.kind() == Some(Kind::Imbalance) {
            let [bid, ask] = [Side::Bid, Side::Ask].map(|side| book.best(event.instrument, side));
            let crosses = bid.is_some() && ask.is_some() && bid >= ask;
            assert_eq!(crosses, event.order_id > 0, "paired shares only if orders cross");
            crossed += u32::from(crosses);
            paired.insert(event.instrument, (event.order_id, event.price));
        }
        if event.kind() == Some(Kind::ExecPrice) {
            let (left, price) = paired.get_mut(&event.instrument).expect("it was announced");
            assert_eq!(*price, event.price, "executed at the announced price");
            let order = book.orders[&event.order_id];
            *left -= if order.side == Side::Bid as u8 { u64::from(event.size) } else { 0 };
        }
        if event.kind() == Some(Kind::Cross) {
            assert_eq!(paired[&event.instrument].0, 0, "what was announced has traded");
        }
        book.apply(event);
    }
    assert!(crossed > 20, "{crossed} imbalances of crossed books");
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[test]
fn a_seed_gives_the_same_bytes_forever() {
    let (bytes, _) = session(42, 20, Profile::day(), 10_000);
    assert!(bytes == session(42, 20, Profile::day(), 10_000).0);
    assert!(bytes != session(43, 20, Profile::day(), 10_000).0);
    let small = |name| {
        let profile = Profile::by_name(name).expect("a known profile");
        Profile { live_orders: profile.live_orders.min(20_000), ..profile }
    };
    let hashes = Profile::NAMES.map(|name| hash(&session(42, 20, small(name), 10_000).0));
    let mut planted = Generator::new(42, 20, Profile::day()).planting(&Behaviour::ALL, 5);
    let mut bytes = Vec::new();
    planted.write(&mut bytes, 10_000).expect("memory takes all");
    let recorded = [
        7_105_088_993_161_352_150,
        2_936_505_248_044_126_350,
        11_880_787_207_581_838_850,
        8_497_994_128_357_388_260,
        11_634_600_259_613_968_617,
        16_145_227_621_661_132_148,
    ];
    // The stream of a seed is part of the interface.
    assert_eq!(hashes, recorded);
    assert_eq!(hash(&bytes), 3_634_724_087_052_593_483, "with plants");
}

/// Plants wait where all stocks for them are taken, and none is left out.
#[test]
fn more_plants_than_stocks_are_planted_one_after_the_other() {
    let mut bytes = Vec::new();
    let mut generator = Generator::new(1, 8, Profile::busy()).planting(&Behaviour::ALL, 20);
    let summary = generator.write(&mut bytes, 1_000).expect("memory takes all");
    assert_eq!(summary.planted.len(), 120);
    let mut book = Book::default();
    decoded(&bytes, &summary).iter().for_each(|event| book.apply(event));
    // Two in the same stock never overlap.
    let mut ends = HashMap::new();
    let mut planted = summary.planted;
    planted.sort_by_key(|it| it.first_sequence);
    for it in planted {
        let before = ends.insert(it.symbol, it.last_sequence).unwrap_or(0);
        assert!(before < it.first_sequence);
    }
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
    assert_eq!([b'R', b'H', b'Y', b'I', b'Q'].map(count), [3, 6, 3, 6, 6]);
    assert_eq!(count(b'A') + count(b'F'), 18);
}

#[test]
fn every_symbol_has_its_own_name() {
    let (bytes, summary) = session(1, u16::MAX, Profile::day(), 0);
    let (_, source) = read(&bytes, &Options::default());
    assert_eq!((source.report().symbols, source.instruments().bound()), (65_535, 65_536));
    assert_eq!(source.instruments().get(1), Some("AAAA"));
    assert_eq!(summary.types.get(b'R'), 65_535);
}

#[test]
fn a_failing_writer_is_an_error() {
    let mut small = [0u8; 1_000];
    let result = Generator::new(1, 10, Profile::day()).write(&mut &mut small[..], 100);
    assert_eq!(result.map_err(|error| error.kind()).err(), Some(std::io::ErrorKind::WriteZero));
}
