//! Order books: events of single orders to best prices, levels and queues.
//!
//! [`Books`] is an optional stage behind a source. It keeps one book an instrument, by price and
//! then by time of arrival, and tells a [`Kind::Quote`] when the top of a book has changed. It
//! starts no thread, knows no clock and takes all its memory at the start, but for the levels of a
//! side, which grow up to [`BookLimits::levels_per_side`].
//!
//! | event | what happens |
//! |---|---|
//! | Add | a new order, at the end of its price's queue |
//! | Cancel, Exec, ExecPrice | `size` is taken off; the order leaves when nothing is left |
//! | Delete | the order leaves |
//! | Replace, `aux` another reference | the old order leaves, the new one goes to the end of its queue; the side is inherited (ITCH `U`) |
//! | Replace, `aux` = `order_id` | as above, but it keeps its place if the price stays and the size does not grow (DBN `M`) |
//! | Clear | the book is empty and no longer suspect; every book if the instrument is [`MarketEvent::EVERY_INSTRUMENT`] |
//! | Gap | every book is suspect, which each one tells when it next changes |
//! | Status | whether the instrument trades, hence whether its book may cross |
//! | all others | nothing: halts do not stop the book, and trades, crosses and broken trades were or will be told order by order |
//!
//! Whether an execution is printable matters to volume, not to the book.
//!
//! Prices of 0 and below are prices (spreads have them); `i64::MAX` is none. A fault ([`FaultKind`])
//! is counted and located in the [`BookReport`] and makes its book suspect until the next Clear;
//! so does [`flags::MAYBE_BAD_BOOK`] of an event. A snapshot is a Clear, then its orders.

mod change;
mod index;
mod memory;
mod options;
mod pool;
mod report;
mod source;
mod store;
mod top;
mod view;

pub use options::{BookLimits, BookRules, Boundary, Crossing};
pub use report::{BookReport, FaultKind, LOCATED_FAULTS, LocatedFault};
pub use source::BookSource;
pub use view::{BookView, Level, QueuedOrder};

use crate::event::{Kind, MarketEvent, Side, flags};
use memory::prefetch;
use store::{Concerned, Ladder, Rung, Sides, Store};
use top::Top;

/// One book: two lines of memory, which processors like to fetch together.
#[repr(align(128))]
#[derive(Debug, Default)]
pub(crate) struct Book {
    sides: Sides,
    /// What was told last.
    told: Top,
    /// Sides that may differ from what was told.
    stale: Concerned,
    /// In [`Books::pending`].
    pending: bool,
    suspect: bool,
    crossed: bool,
    may_cross: bool,
}

const _: () = assert!(size_of::<Book>() == 128);

/// How many events ahead memory is asked for: slots and books, then what they name, then what that
/// names. Each step finds what the one before asked for, and no event pays for many others, as the
/// first of a batch would.
const SLOTS: usize = 24;
const ORDERS: usize = 16;
const NEIGHBOURS: usize = 8;

/// Books of all instruments of a feed.
///
/// A quote is a [`MarketEvent`] of [`Kind::Quote`]:
///
/// | field | meaning |
/// |---|---|
/// | `ts_event`, `ts_recv`, `seq`, `source`, `ext` | of the event that completed the change |
/// | `instrument` | of the book |
/// | `price`, `size` | best bid and its shares, saturated; `i64::MAX` and 0 if there is none |
/// | `aux` | bits of the best ask, an `i64`; as `price` |
/// | `order_id` | low 32 bits: shares of the best ask, saturated; then 16 bits: orders at the best bid, 16 bits: at the best ask, saturated |
/// | `side` | [`crate::Side::None`] |
/// | `flags` | of the event, less what speaks of its size; [`flags::MAYBE_BAD_BOOK`] while the book is suspect |
///
/// One is told when a price, a size, a number of orders or the suspicion differs from what was told
/// last.
#[derive(Debug)]
pub struct Books {
    books: Vec<Book>,
    store: Store,
    boundary: Boundary,
    crossing: Crossing,
    levels_per_side: u32,
    /// Books with something to tell at the boundary.
    pending: Vec<u32>,
    report: BookReport,
}

impl Books {
    /// Empty books; nothing of [`Books::apply`] allocates but levels of a side beyond all before.
    #[must_use]
    pub fn new(limits: &BookLimits, rules: BookRules) -> Self {
        let BookRules { boundary, crossing } = rules;
        let may_cross = crossing == Crossing::Allowed;
        let empty = || Book { may_cross, ..Book::default() };
        Self {
            books: std::iter::repeat_with(empty).take(limits.instruments as usize).collect(),
            store: Store::new(limits),
            boundary,
            crossing,
            levels_per_side: limits.levels_per_side,
            pending: Vec::with_capacity(limits.instruments as usize),
            report: BookReport::new(),
        }
    }

    /// Writes to all memory, in large pages where the system has them, and makes room for some
    /// levels on each side, so that hardly an event waits for the system to back what it is the
    /// first to use. What is touched stays taken.
    ///
    /// # Panics
    /// If an order is in a book.
    #[must_use]
    pub fn touched(mut self) -> Self {
        assert_eq!(self.orders(), 0, "memory is touched before it is used");
        self.store.touch();
        let rungs = USUAL_RUNGS.min(self.levels_per_side as usize);
        for ladder in self.books.iter_mut().flat_map(|book| &mut book.sides) {
            ladder.rungs.reserve(rungs);
        }
        self
    }

    /// Applies events in order and tells quotes in between.
    pub fn apply(&mut self, events: &[MarketEvent], mut quote: impl FnMut(MarketEvent)) {
        self.in_order::<false>(events, &mut quote);
    }

    /// As [`Books::apply`], but hands each event on, before the quotes that it completes.
    pub fn weave(&mut self, events: &[MarketEvent], mut out: impl FnMut(MarketEvent)) {
        self.in_order::<true>(events, &mut out);
    }

    /// Tells what the last events changed, if the input ended before a boundary. `last` is the last
    /// event.
    pub fn finish(&mut self, last: &MarketEvent, mut quote: impl FnMut(MarketEvent)) {
        self.flush(last, &mut quote);
    }

    /// The book of an instrument; `None` beyond [`BookLimits::instruments`].
    #[must_use]
    pub fn book(&self, instrument: u32) -> Option<BookView<'_>> {
        let book = self.books.get(instrument as usize)?;
        Some(BookView { book, store: &self.store })
    }

    /// Orders in all books.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.store.orders.taken()
    }

    /// What was seen so far.
    #[must_use]
    pub fn report(&self) -> &BookReport {
        &self.report
    }

    /// Bytes reserved now.
    #[must_use]
    pub fn memory(&self) -> usize {
        let rungs = self.books.iter().flat_map(|book| &book.sides);
        self.fixed_memory() + rungs.map(|side| side.rungs.capacity()).sum::<usize>() * RUNG
    }

    /// Bytes that [`Books::memory`] never exceeds.
    #[must_use]
    pub fn memory_limit(&self) -> usize {
        // A vector doubles, so it may reserve nearly twice what it was ever filled with.
        self.fixed_memory() + self.books.len() * 4 * (self.levels_per_side as usize).max(4) * RUNG
    }

    fn fixed_memory(&self) -> usize {
        size_of_val(self.books.as_slice())
            + self.pending.capacity() * size_of::<u32>()
            + self.store.memory()
            + self.report.located.capacity() * size_of::<LocatedFault>()
    }

    fn in_order<const WEAVE: bool>(
        &mut self,
        events: &[MarketEvent],
        out: &mut impl FnMut(MarketEvent),
    ) {
        match events {
            [one] => self.fetch_book(one),
            _ => {
                events.iter().take(SLOTS).for_each(|event| self.fetch_slot(event));
                events.iter().take(ORDERS).for_each(|event| self.fetch_order(event));
                events.iter().take(NEIGHBOURS).for_each(|event| self.fetch_neighbours(event));
            }
        }
        for (at, event) in events.iter().enumerate() {
            if WEAVE {
                out(*event);
            }
            if let Some(event) = events.get(at + SLOTS) {
                self.fetch_slot(event);
            }
            if let Some(event) = events.get(at + ORDERS) {
                self.fetch_order(event);
            }
            if let Some(event) = events.get(at + NEIGHBOURS) {
                self.fetch_neighbours(event);
            }
            self.one(event, out);
        }
    }

    /// Asks for what one event will need and can be named before its order is found.
    #[inline]
    fn fetch_book(&self, event: &MarketEvent) {
        if let Some(book) = self.books.get(event.instrument as usize) {
            prefetch(&book.told);
            book.sides.iter().for_each(|ladder| self.store.prefetch_best(ladder));
        }
    }

    /// Asks for the slot of an event's order, and for its book.
    #[inline]
    fn fetch_slot(&self, event: &MarketEvent) {
        self.store.prefetch_slot(event.order_id);
        if let Some(book) = self.books.get(event.instrument as usize) {
            prefetch(book);
            prefetch(&book.told);
        }
    }

    /// Asks for the order that its slot names, or for the level where it will enter. What comes
    /// before it may change that; it is only asked for.
    #[inline]
    fn fetch_order(&self, event: &MarketEvent) {
        match self.entering(event) {
            Some(ladder) => self.store.prefetch_best(ladder),
            None => self.store.prefetch_order(event.order_id),
        }
    }

    /// Asks for the orders beside it.
    #[inline]
    fn fetch_neighbours(&self, event: &MarketEvent) {
        match self.entering(event) {
            Some(ladder) => self.store.prefetch_last(ladder),
            None => self.store.prefetch_around(event.order_id),
        }
    }

    /// The side on which the event's order will enter, if it is new.
    #[inline]
    fn entering(&self, event: &MarketEvent) -> Option<&Ladder> {
        let book = self.books.get(event.instrument as usize)?;
        (event.kind == Kind::Add as u8)
            .then(|| &book.sides[usize::from(event.side == Side::Ask as u8)])
    }

    #[inline]
    fn one(&mut self, event: &MarketEvent, quote: &mut impl FnMut(MarketEvent)) {
        self.report.events += 1;
        match self.change(event) {
            Ok(0) => {}
            Ok(concerned) => self.note(event.instrument, concerned),
            Err(kind) => self.suspect(kind, event),
        }
        if event.flags & flags::MAYBE_BAD_BOOK != 0
            && event.kind != Kind::Gap as u8
            && let Some(book) = self.books.get_mut(event.instrument as usize)
        {
            book.suspect = true;
            self.note(event.instrument, 0);
        }
        let last = event.flags & flags::LAST != 0;
        match self.boundary {
            Boundary::Event => self.flush(event, quote),
            Boundary::Packet if last => self.flush(event, quote),
            Boundary::Instrument if last => {
                if let Some(at) = self.pending.iter().position(|&book| book == event.instrument) {
                    self.pending.swap_remove(at);
                    self.tell(event.instrument, event, quote);
                }
            }
            Boundary::Packet | Boundary::Instrument => {}
        }
    }

    /// The book may have something to tell at the boundary: at least of these sides.
    #[inline]
    fn note(&mut self, instrument: u32, concerned: Concerned) {
        let book = &mut self.books[instrument as usize];
        book.stale |= concerned;
        if !std::mem::replace(&mut book.pending, true) {
            self.pending.push(instrument);
        }
    }

    #[cold]
    fn suspect(&mut self, kind: FaultKind, event: &MarketEvent) {
        self.report.fault(kind, event);
        if let Some(book) = self.books.get_mut(event.instrument as usize) {
            book.suspect = true;
            // A fault may have taken an order out.
            self.note(event.instrument, BOTH);
        }
    }

    #[inline]
    fn flush(&mut self, event: &MarketEvent, quote: &mut impl FnMut(MarketEvent)) {
        while let Some(instrument) = self.pending.pop() {
            self.tell(instrument, event, quote);
        }
    }

    /// Tells the top of a book if it differs from what was told last.
    fn tell(&mut self, instrument: u32, event: &MarketEvent, quote: &mut impl FnMut(MarketEvent)) {
        let book = &mut self.books[instrument as usize];
        book.pending = false;
        let mut top = book.told;
        for (at, ladder) in book.sides.iter().enumerate() {
            if book.stale & SIDES[at] != 0 {
                top.set(at, (ladder.best() != 0).then(|| &self.store.levels[ladder.best()]));
            }
        }
        book.stale = 0;
        let crossed = top.is_crossed() && !book.may_cross;
        if crossed && !book.crossed {
            self.report.fault(FaultKind::Crossed, &MarketEvent { instrument, ..*event });
            book.suspect = true;
        }
        book.crossed = crossed;
        top.suspect = book.suspect;
        if top == book.told {
            return;
        }
        book.told = top;
        self.report.quotes += 1;
        quote(top.quote(instrument, event));
    }
}

/// The sides in the order of [`Sides`], as bits.
const SIDES: [Concerned; 2] = [Side::Bid as Concerned, Side::Ask as Concerned];
const BOTH: Concerned = SIDES[0] | SIDES[1];
/// Prices on a side for which touched books have room from the start: those of most stocks.
const USUAL_RUNGS: usize = 16;

const RUNG: usize = size_of::<Rung>();
