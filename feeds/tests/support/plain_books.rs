//! Order books from plain maps, written from the documentation alone: the oracle of the real ones.

use std::collections::{BTreeMap, HashMap};
use tourbillon_feeds::book::{Crossing, FaultKind, Level, QueuedOrder};
use tourbillon_feeds::{Kind, MarketEvent, Side, flags};

type Queue = Vec<QueuedOrder>;

/// Every book, with no bound.
#[derive(Default)]
pub(crate) struct PlainBooks {
    queues: BTreeMap<(u32, u8, i64), Queue>,
    places: HashMap<(u32, u64), (u8, i64)>,
    suspect: HashMap<u32, bool>,
    crossed: HashMap<u32, bool>,
    /// Instruments that do not trade.
    stopped: HashMap<u32, bool>,
    crossing: Crossing,
    pub(crate) faults: Vec<FaultKind>,
}

/// What a quote says: bid and ask with price, shares and orders, and whether it may be wrong.
pub(crate) type Top = (Option<Level>, Option<Level>, bool);

impl PlainBooks {
    pub(crate) fn new(crossing: Crossing) -> Self {
        Self { crossing, ..Self::default() }
    }

    pub(crate) fn apply(&mut self, event: &MarketEvent) {
        let book = event.instrument;
        if event.flags & flags::MAYBE_BAD_BOOK != 0 && event.kind() != Some(Kind::Gap) {
            self.suspect.insert(book, true);
        }
        let key = (book, event.order_id);
        let known = self.places.get(&key).copied();
        let fault = match event.kind().expect("a kind") {
            Kind::Add if event.side > 0 && event.size > 0 && event.price != i64::MAX => {
                self.add(book, event.order_id, event.side, event)
            }
            Kind::Add => Some(FaultKind::Meaningless),
            Kind::Clear => {
                let of = |cleared: u32| book == MarketEvent::EVERY_INSTRUMENT || book == cleared;
                self.queues.retain(|place, _| !of(place.0));
                self.places.retain(|place, _| !of(place.0));
                self.suspect.retain(|&place, _| !of(place));
                self.crossed.retain(|&place, _| !of(place));
                if event.flags & flags::MAYBE_BAD_BOOK != 0 {
                    self.suspect.insert(book, true);
                }
                None
            }
            Kind::Status if event.ext as u8 == b'H' => {
                self.stopped.insert(book, event.ext >> 8 != u16::from(b'T'));
                None
            }
            Kind::Delete | Kind::Cancel | Kind::Exec | Kind::ExecPrice | Kind::Replace
                if known.is_none() =>
            {
                Some(FaultKind::UnknownOrder)
            }
            Kind::Delete => {
                self.take(key);
                None
            }
            Kind::Cancel | Kind::Exec | Kind::ExecPrice => self.reduce(key, event.size),
            Kind::Replace => self.replace(key, event),
            _ => None,
        };
        if let Some(fault) = fault {
            self.faults.push(fault);
            self.suspect.insert(book, true);
        }
    }

    /// At a boundary.
    pub(crate) fn top(&mut self, book: u32) -> Top {
        let (bid, ask) = (self.levels(book, Side::Bid), self.levels(book, Side::Ask));
        let (bid, ask) = (bid.first().copied(), ask.first().copied());
        let crossed = matches!((bid, ask), (Some(bid), Some(ask)) if bid.price > ask.price);
        let may_cross =
            self.crossing == Crossing::Allowed || self.stopped.get(&book) == Some(&true);
        let crossed = crossed && !may_cross;
        if crossed && !self.crossed.insert(book, crossed).unwrap_or(false) {
            self.faults.push(FaultKind::Crossed);
            self.suspect.insert(book, true);
        }
        self.crossed.insert(book, crossed);
        (bid, ask, self.suspect(book))
    }

    pub(crate) fn suspect(&self, book: u32) -> bool {
        self.suspect.get(&book).copied().unwrap_or(false)
    }

    /// The best one first.
    pub(crate) fn levels(&self, book: u32, side: Side) -> Vec<Level> {
        let range = (book, side as u8, i64::MIN)..=(book, side as u8, i64::MAX);
        let level = |((_, _, price), queue): (&(u32, u8, i64), &Queue)| Level {
            price: *price,
            size: queue.iter().map(|order| u64::from(order.size)).sum(),
            orders: queue.len() as u32,
        };
        let levels = self.queues.range(range).map(level);
        if side == Side::Bid { levels.rev().collect() } else { levels.collect() }
    }

    pub(crate) fn queue(&self, book: u32, side: Side, price: i64) -> &[QueuedOrder] {
        &self.queues[&(book, side as u8, price)]
    }

    pub(crate) fn orders(&self) -> usize {
        self.places.len()
    }

    fn add(&mut self, book: u32, id: u64, side: u8, event: &MarketEvent) -> Option<FaultKind> {
        let duplicate = self.places.contains_key(&(book, id));
        if duplicate {
            self.take((book, id));
        }
        self.places.insert((book, id), (side, event.price));
        let queue = self.queues.entry((book, side, event.price)).or_default();
        queue.push(QueuedOrder { id, size: event.size });
        duplicate.then_some(FaultKind::DuplicateOrder)
    }

    fn take(&mut self, (book, id): (u32, u64)) -> QueuedOrder {
        let (side, price) = self.places.remove(&(book, id)).expect("a known order");
        let queue = self.queues.get_mut(&(book, side, price)).expect("its queue");
        let at = queue.iter().position(|order| order.id == id).expect("in its queue");
        let order = queue.remove(at);
        if queue.is_empty() {
            self.queues.remove(&(book, side, price));
        }
        order
    }

    fn order(&mut self, (book, id): (u32, u64)) -> &mut QueuedOrder {
        let (side, price) = self.places[&(book, id)];
        let queue = self.queues.get_mut(&(book, side, price)).expect("its queue");
        queue.iter_mut().find(|order| order.id == id).expect("in its queue")
    }

    fn reduce(&mut self, key: (u32, u64), by: u32) -> Option<FaultKind> {
        if by == 0 {
            return Some(FaultKind::Meaningless);
        }
        let order = self.order(key);
        if by < order.size {
            order.size -= by;
            return None;
        }
        let over = by > order.size;
        self.take(key);
        over.then_some(FaultKind::TooMuch)
    }

    fn replace(&mut self, key: (u32, u64), event: &MarketEvent) -> Option<FaultKind> {
        let (side, price) = self.places[&key];
        if event.size == 0 || event.price == i64::MAX {
            self.take(key);
            return Some(FaultKind::Meaningless);
        }
        let same = event.aux == key.1 && event.price == price;
        if same && event.size <= self.order(key).size {
            self.order(key).size = event.size;
            return None;
        }
        self.take(key);
        self.add(key.0, event.aux, side, event)
    }
}
