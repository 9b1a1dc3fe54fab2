//! Books against plain maps, after every event.

mod support {
    pub(crate) mod plain_books;
}

use proptest::prelude::*;
use std::io::Write as _;
use std::path::PathBuf;
use support::plain_books::{PlainBooks, Top};
use tourbillon_feeds::book::{
    BookLimits, BookRules, BookSource, Books, Boundary, Crossing, FaultKind, Level,
};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{Kind, MarketEvent, Options, Side, flags, open, open_bytes, read_all};

const DBN: BookRules = BookRules { boundary: Boundary::Instrument, crossing: Crossing::Allowed };

fn small() -> BookLimits {
    BookLimits {
        instruments: 8,
        orders: 1_000,
        levels: 1_000,
        levels_per_side: 1_000,
        dense_references: 1 << 16,
        pages: 3,
        sparse_orders: 1_000,
    }
}

/// What a quote says.
fn said(quote: &MarketEvent) -> Top {
    let level = |price: i64, size: u64, orders: u64| {
        let level = Level { price, size: size & 0xFFFF_FFFF, orders: orders as u32 & 0xFFFF };
        (price != i64::MAX).then_some(level)
    };
    (
        level(quote.price, u64::from(quote.size), quote.order_id >> 32),
        level(quote.aux as i64, quote.order_id, quote.order_id >> 48),
        quote.flags & flags::MAYBE_BAD_BOOK != 0,
    )
}

/// A quote has 32 bits for a size.
fn saturated((bid, ask, suspect): Top) -> Top {
    let cut = |level: Level| Level { size: level.size.min(u64::from(u32::MAX)), ..level };
    (bid.map(cut), ask.map(cut), suspect)
}

/// Applies the events one by one; after each one the book and the quotes are those of the oracle.
fn check(events: &[MarketEvent], limits: &BookLimits, rules: BookRules) -> (Books, PlainBooks) {
    let BookRules { boundary, crossing } = rules;
    let mut books = Books::new(limits, rules);
    let mut plain = PlainBooks::new(crossing);
    let mut told = vec![(None, None, false); limits.instruments as usize];
    for (at, event) in events.iter().enumerate() {
        let mut quotes = Vec::new();
        books.apply(std::slice::from_ref(event), |quote| quotes.push(quote));
        plain.apply(event);
        let instrument = event.instrument;
        let book = books.book(instrument).expect("a book");
        for side in [Side::Bid, Side::Ask] {
            let levels = plain.levels(instrument, side);
            assert!(book.levels(side).eq(levels.iter().copied()), "event {at}: {event:?}");
            for level in levels.iter().take(3) {
                let queue = plain.queue(instrument, side, level.price);
                assert!(book.queue(side, level.price).eq(queue.iter().copied()), "event {at}");
            }
        }
        assert_eq!(books.orders(), plain.orders());
        if boundary == Boundary::Event || event.flags & flags::LAST != 0 {
            let top = saturated(plain.top(instrument));
            let before = std::mem::replace(&mut told[instrument as usize], top);
            let expected = if before == top { vec![] } else { vec![top] };
            assert_eq!(quotes.iter().map(said).collect::<Vec<_>>(), expected, "event {at}");
            let of_event = quotes.iter().all(|quote| {
                (quote.seq, quote.ts_event, quote.instrument)
                    == (event.seq, event.ts_event, instrument)
            });
            assert!(of_event, "event {at}");
        } else {
            assert_eq!(quotes, [], "event {at} is not at a boundary");
        }
        assert_eq!(
            books.book(instrument).map(|book| book.is_suspect()),
            Some(plain.suspect(instrument))
        );
    }
    for (fault, count) in books.report().counts() {
        assert_eq!(count, plain.faults.iter().filter(|&&one| one == fault).count() as u64);
    }
    assert_eq!(
        books.report().counts().map(|(_, count)| count).sum::<u64>(),
        plain.faults.len() as u64
    );
    assert!(books.memory() <= books.memory_limit());
    (books, plain)
}

/// References that are dense, far apart (more pages than there are), and beyond the directory.
fn reference() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 1_u64..40,
        1 => (0_u64..6).prop_map(|page| page * 8_192 + 5),
        1 => (0_u64..6).prop_map(|far| u64::MAX - far),
        1 => (0_u64..8).prop_map(|far| 6_413_000_000_000 + (far << 33)),
    ]
}

fn any_event() -> impl Strategy<Value = MarketEvent> {
    let kind = prop_oneof![
        8 => Just(Kind::Add),
        3 => Just(Kind::Delete),
        2 => Just(Kind::Replace),
        1 => Just(Kind::Cancel),
        1 => Just(Kind::Exec),
        1 => Just(Kind::ExecPrice),
        1 => prop::sample::select(vec![Kind::Trade, Kind::Cross, Kind::Break, Kind::Status, Kind::System, Kind::None]),
    ];
    let rare = (0..60_u32, 0..4_u8, 0..40_u32);
    (kind, 0..3_u32, reference(), reference(), 1..30_i64, 0..6_u32, any::<bool>(), rare).prop_map(
        |(kind, instrument, order_id, other, price, size, bid, (clear, last, flaw))| {
            let kind = if clear == 0 { Kind::Clear } else { kind };
            let bits = (u16::from(last == 0) * flags::LAST)
                | (u16::from(flaw == 0) * flags::MAYBE_BAD_BOOK);
            MarketEvent {
                order_id,
                aux: if last % 2 == 0 { order_id } else { other },
                instrument,
                price: match flaw {
                    1 => i64::MAX,
                    2 => -price,
                    // Mostly uncrossed: bids below asks.
                    3..=5 => price,
                    _ => price + 30 * i64::from(!bid),
                },
                ext: u16::from_le_bytes([b'H', if last % 2 == 0 { b'T' } else { b'H' }]),
                size: if flaw == 6 { u32::MAX } else { size },
                side: if flaw == 7 { 0 } else { 2 - u8::from(bid) },
                kind: kind as u8,
                flags: bits,
                ..MarketEvent::default()
            }
        },
    )
}

fn numbered(mut events: Vec<MarketEvent>) -> Vec<MarketEvent> {
    for (at, event) in events.iter_mut().enumerate() {
        (event.seq, event.ts_event) = (at as u64, at as u64 * 10);
    }
    events
}

proptest! {
    #[test]
    fn books_are_those_of_plain_maps(events in prop::collection::vec(any_event(), 1..400)) {
        let events = numbered(events);
        check(&events, &small(), BookRules::default());
        check(&events, &small(), DBN);
    }

    #[test]
    fn batches_change_nothing(events in prop::collection::vec(any_event(), 1..400), packet: bool) {
        let events = numbered(events);
        let boundary = if packet { Boundary::Packet } else { Boundary::Event };
        let rules = BookRules { boundary, ..BookRules::default() };
        let (mut one, mut all) = (Vec::new(), Vec::new());
        let mut books = Books::new(&small(), rules);
        events.iter().for_each(|event| books.apply(std::slice::from_ref(event), |quote| one.push(quote)));
        let mut batched = Books::new(&small(), rules);
        batched.apply(&events, |quote| all.push(quote));
        prop_assert_eq!(one, all);
        prop_assert_eq!(books.report(), batched.report());
    }

    #[test]
    fn small_bounds_hold(events in prop::collection::vec(any_event(), 1..400)) {
        let limits = BookLimits {
            instruments: 2, orders: 9, levels: 6, levels_per_side: 4, dense_references: 20_000,
            pages: 1, sparse_orders: 3,
        };
        let mut books = Books::new(&limits, BookRules::default());
        let bound = books.memory_limit();
        for event in &events {
            books.apply(std::slice::from_ref(event), |_| {});
            prop_assert!(books.orders() <= 9 && books.memory() <= bound);
            for side in [Side::Bid, Side::Ask] {
                let book = books.book(0).expect("a book");
                prop_assert!(book.levels(side).count() <= 4);
                for level in book.levels(side) {
                    let sum: u64 = book.queue(side, level.price).map(|order| u64::from(order.size)).sum();
                    prop_assert_eq!((sum, level.orders > 0), (level.size, true));
                }
            }
        }
    }
}

#[test]
fn the_synthetic_day_has_no_fault_and_is_that_of_plain_maps() {
    let mut bytes = Vec::new();
    Generator::new(11, 40, Profile::busy()).write(&mut bytes, 60_000).expect("memory takes all");
    let mut source = open_bytes(bytes, &Options::default()).expect("ITCH");
    let events = read_all(&mut *source);
    let limits =
        BookLimits { instruments: 64, orders: 50_000, levels: 20_000, pages: 64, ..small() };
    let (books, plain) = check(&events, &limits, BookRules::default());
    assert!(books.report().quotes > 5_000, "{:?}", books.report());
    assert_eq!(plain.faults, [], "{:?}", books.report());
}

/// A file of the shared data folder, or `None` after a loud line if it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(name);
    if path.exists() {
        return Some(path);
    }
    // Not `eprintln!`, which the test runner swallows for a test that passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED, not there: {}", path.display());
    None
}

fn file(name: &str, rules: BookRules) -> Option<(Books, PlainBooks)> {
    let mut source = open(&shared(name)?, &Options::default()).expect("a known format");
    let events = read_all(&mut *source);
    let limits = BookLimits { orders: 50_000, levels: 20_000, levels_per_side: 8_192, ..small() };
    let limits = BookLimits { sparse_orders: 50_000, pages: 64, ..limits };
    Some(check(&events, &limits, rules))
}

#[test]
fn a_day_of_a_future_is_that_of_plain_maps() {
    let name = "dbn/nautilus/esh4-glbx-mdp3-20231225.mbo.dbn.zst";
    let Some((books, _)) = file(name, DBN) else { return };
    assert_eq!(books.report().events, 68_792);
    // Orders that were gathered before the opening at 23:00 cross once; nothing else is wrong.
    assert_eq!(books.report().counts().count(), 0);
    let strict = BookRules { crossing: Crossing::Fault, ..DBN };
    let Some((books, _)) = file(name, strict) else { return };
    let faults: Vec<_> = books.report().counts().collect();
    assert_eq!(faults, [(FaultKind::Crossed, 1)]);
}

#[test]
fn orders_from_before_the_window_are_the_only_unknown_ones() {
    let Some((books, _)) = file("itch/reenc_lobster_AAPL_20120621.itch", BookRules::default())
    else {
        return;
    };
    assert_eq!(books.report().count(FaultKind::UnknownOrder), 9);
}

fn event(kind: Kind, order_id: u64, bid: bool, price: i64, size: u32) -> MarketEvent {
    let side = if bid { Side::Bid } else { Side::Ask } as u8;
    MarketEvent { kind: kind as u8, order_id, side, price, size, ..MarketEvent::default() }
}

/// Applies the events and gives the quotes.
fn quotes(books: &mut Books, events: &[MarketEvent]) -> Vec<Top> {
    let mut quotes = Vec::new();
    books.apply(events, |quote| quotes.push(said(&quote)));
    quotes
}

#[test]
fn trades_crosses_breaks_and_halts_do_not_touch_the_book() {
    let mut books = Books::new(&small(), BookRules::default());
    assert_eq!(quotes(&mut books, &[event(Kind::Add, 7, true, 10, 5)]).len(), 1);
    for kind in [Kind::Trade, Kind::Cross, Kind::Break, Kind::Status, Kind::System] {
        assert_eq!(quotes(&mut books, &[event(kind, 7, true, 10, 5)]), [], "{kind:?}");
    }
    // After a halt the orders of the instrument are still maintained.
    let bid = Level { price: 11, size: 1, orders: 1 };
    let told = quotes(&mut books, &[event(Kind::Add, 8, true, 11, 1)]);
    assert_eq!(told, [(Some(bid), None, false)]);
}

#[test]
fn an_execution_that_is_not_printable_still_takes_from_the_book() {
    let mut books = Books::new(&small(), BookRules::default());
    let hidden =
        MarketEvent { flags: flags::NON_PRINTABLE, ..event(Kind::ExecPrice, 7, false, 99, 2) };
    let mut told = Vec::new();
    books.apply(&[event(Kind::Add, 7, false, 10, 5), hidden], |quote| told.push(quote));
    assert_eq!((told[1].aux, told[1].order_id as u32), (10, 3));
    assert_eq!(told[1].flags & flags::NON_PRINTABLE, 0);
}

#[test]
fn a_gap_makes_every_book_suspect_until_it_is_cleared() {
    let mut books = Books::new(&small(), BookRules::default());
    quotes(&mut books, &[event(Kind::Add, 1, true, 10, 5)]);
    let gap =
        MarketEvent { aux: 3, flags: flags::MAYBE_BAD_BOOK, ..event(Kind::Gap, 0, true, 0, 0) };
    assert_eq!(quotes(&mut books, &[gap]), []);
    let suspect = |books: &Books, book| books.book(book).map(|book| book.is_suspect());
    assert_eq!((suspect(&books, 0), suspect(&books, 5)), (Some(true), Some(true)));
    assert_eq!(quotes(&mut books, &[event(Kind::Clear, 0, true, 0, 0)]), [(None, None, false)]);
    assert_eq!((suspect(&books, 0), suspect(&books, 5)), (Some(false), Some(true)));
    assert_eq!((books.orders(), books.report().gaps), (0, 1));
}

#[test]
fn books_may_cross_while_the_instrument_does_not_trade() {
    let status = |state| MarketEvent {
        ext: u16::from_le_bytes([b'H', state]),
        ..event(Kind::Status, 0, true, 0, 0)
    };
    let cross = [event(Kind::Add, 1, true, 11, 5), event(Kind::Add, 2, false, 10, 5)];
    let mut books = Books::new(&small(), BookRules::default());
    quotes(&mut books, &[status(b'Q')]);
    let told = quotes(&mut books, &cross);
    assert!(told.iter().all(|&(_, _, suspect)| !suspect), "{told:?}");
    let told = quotes(&mut books, &[status(b'T')]);
    assert!(told[0].2 && books.report().count(FaultKind::Crossed) == 1, "{told:?}");
}

#[test]
fn a_snapshot_of_everything_clears_every_book() {
    let mut books = Books::new(&small(), BookRules::default());
    let mut orders = [event(Kind::Add, 1, true, 10, 5), event(Kind::Add, 2, true, 10, 5)];
    orders[1].instrument = 7;
    quotes(&mut books, &orders);
    quotes(&mut books, &[event(Kind::Gap, 0, true, 0, 0)]);
    let clear = MarketEvent {
        instrument: MarketEvent::EVERY_INSTRUMENT,
        ..event(Kind::Clear, 0, true, 0, 0)
    };
    assert_eq!(quotes(&mut books, &[clear]), [(None, None, false); 2]);
    let suspect = (0..8).any(|book| books.book(book).is_none_or(|book| book.is_suspect()));
    assert_eq!((books.orders(), suspect, books.report().gaps), (0, false, 1));
}

#[test]
fn a_source_with_books_gives_each_event_and_then_its_quotes() {
    let mut bytes = Vec::new();
    Generator::new(12, 20, Profile::busy()).write(&mut bytes, 20_000).expect("memory takes all");
    let source = || open_bytes(bytes.clone(), &Options::default()).expect("ITCH");
    let events = read_all(&mut *source());
    let limits = BookLimits { instruments: 64, orders: 50_000, levels: 20_000, ..small() };
    let limits = BookLimits { pages: 64, ..limits };
    let mut books = Books::new(&limits, BookRules::default());
    let mut expected = Vec::new();
    for event in &events {
        expected.push(*event);
        books.apply(std::slice::from_ref(event), |quote| expected.push(quote));
    }
    let mut source = BookSource::new(source(), &limits, BookRules::default());
    assert_eq!(read_all(&mut source), expected);
    assert_eq!(source.books().report(), books.report());
    assert!(expected.len() > events.len() + 1_000);
}

#[test]
fn what_no_boundary_followed_is_told_at_the_end() {
    let packet = BookRules { boundary: Boundary::Packet, ..BookRules::default() };
    let mut bytes = Vec::new();
    Generator::new(12, 20, Profile::busy()).write(&mut bytes, 500).expect("memory takes all");
    let source = open_bytes(bytes, &Options::default()).expect("ITCH");
    let limits = BookLimits { instruments: 64, ..small() };
    let mut source = BookSource::new(source, &limits, packet);
    let events = read_all(&mut source);
    // A file marks no packets, so that the quotes of all books come last.
    let quote = Kind::Quote as u8;
    let quotes = events.iter().rev().take_while(|event| event.kind == quote).count();
    assert!(quotes > 1, "{quotes}");
    assert_eq!(quotes, events.iter().filter(|event| event.kind == quote).count());
}
