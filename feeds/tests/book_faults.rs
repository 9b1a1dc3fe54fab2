//! What is wrong with an event for its book: each fault is counted and located, makes the book
//! suspect, and leaves in it what the specification of the fault says.

use tourbillon_feeds::book::{BookLimits, BookRules, Books, FaultKind};
use tourbillon_feeds::{Kind, MarketEvent, Side};

fn event(kind: Kind, order_id: u64, side: Side, price: i64, size: u32) -> MarketEvent {
    let (kind, side) = (kind as u8, side as u8);
    MarketEvent { kind, order_id, side, price, size, ..MarketEvent::default() }
}

fn books(orders: u32) -> Books {
    let limits = BookLimits {
        instruments: 8,
        orders,
        levels: 9,
        levels_per_side: 9,
        dense_references: 1 << 16,
        pages: 3,
        sparse_orders: 9,
    };
    Books::new(&limits, BookRules::default())
}

#[test]
fn each_fault_leaves_the_book_as_said() {
    let add = |id, side, price| event(Kind::Add, id, side, price, 10);
    let replace = |size| MarketEvent { aux: 2, ..event(Kind::Replace, 1, Side::Bid, 100, size) };
    let rows = [
        (event(Kind::Delete, 2, Side::Bid, 0, 0), FaultKind::UnknownOrder, Some((100, 10))),
        (event(Kind::Exec, 1, Side::Bid, 0, 11), FaultKind::TooMuch, None),
        (event(Kind::Cancel, 1, Side::Bid, 0, 0), FaultKind::Meaningless, Some((100, 10))),
        (event(Kind::Add, 2, Side::Bid, 101, 0), FaultKind::Meaningless, Some((100, 10))),
        (add(2, Side::None, 101), FaultKind::Meaningless, Some((100, 10))),
        (add(2, Side::Bid, i64::MAX), FaultKind::Meaningless, Some((100, 10))),
        (replace(0), FaultKind::Meaningless, None),
        (add(1, Side::Bid, 99), FaultKind::DuplicateOrder, Some((99, 10))),
        (add(2, Side::Ask, 99), FaultKind::Crossed, Some((100, 10))),
        (add(2, Side::Bid, 101), FaultKind::NoRoom, Some((100, 10))),
    ];
    for (wrong, kind, left) in rows {
        let mut books = books(if kind == FaultKind::NoRoom { 1 } else { 9 });
        books.apply(&[add(1, Side::Bid, 100), wrong], |_| {});
        let book = books.book(0).expect("it is within the limits");
        let best = book.best(Side::Bid).map(|level| (level.price, level.size));
        assert_eq!((best, book.is_suspect()), (left, true), "{kind}");
        assert_eq!(books.report().counts().collect::<Vec<_>>(), [(kind, 1)]);
    }
}

#[test]
fn faults_have_their_place() {
    let mut books = books(9);
    let unknown = MarketEvent { seq: 41, ts_event: 5, ..event(Kind::Delete, 9, Side::Bid, 0, 0) };
    let beyond = MarketEvent { instrument: 8, ..event(Kind::Add, 9, Side::Bid, 1, 1) };
    books.apply(&[unknown, beyond], |_| {});
    let [first, second] = books.report().located[..] else { panic!("two faults") };
    assert_eq!((first.kind, first.seq, first.ts_event), (FaultKind::UnknownOrder, 41, 5));
    assert_eq!((second.kind, second.instrument, second.order_id), (FaultKind::NoBook, 8, 9));
}
