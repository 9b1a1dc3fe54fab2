//! State machines that bytes drive: a session's receiver, SoupBinTCP, books, schedules.

#[path = "../../../tests/support/plain_books.rs"]
#[allow(dead_code)]
mod plain_books;

use std::collections::BTreeSet;

use super::{drained, options};
use plain_books::PlainBooks;
use tourbillon_feeds::book::{BookLimits, BookRules, Books, Boundary};
use tourbillon_feeds::replay::schedule::Schedule;
use tourbillon_feeds::session::{Arbiter, ArbiterOptions, Line, NoSnapshot, Output};
use tourbillon_feeds::soup::{Client, Login, Server, Timers};
use tourbillon_feeds::{Format, Kind, MarketEvent, Side, flags};

/// A MoldUDP64 packet of messages that hold their own numbers.
fn packet(first: u64, count: u16) -> Vec<u8> {
    let mut packet = [b"000010059B", &first.to_be_bytes()[..], &count.to_be_bytes()].concat();
    for number in first..first + u64::from(count) {
        packet.extend_from_slice(&8u16.to_be_bytes());
        packet.extend_from_slice(&number.to_be_bytes());
    }
    packet
}

/// What a receiver of numbered messages must keep to.
struct Receiver {
    /// The next number to be delivered or declared missing.
    next: u64,
    /// Numbers that came before they were passed.
    came: BTreeSet<u64>,
}

impl Receiver {
    fn take(&mut self, output: &Output<'_>) {
        match output {
            Output::Message { sequence, message } => {
                assert_eq!((*sequence, *message), (self.next, &self.next.to_be_bytes()[..]));
                self.next += 1;
            }
            Output::Gap { first, count } => {
                assert_eq!(*first, self.next);
                self.next += count;
                let lost = self.came.range(*first..self.next).next();
                assert_eq!(lost, None, "a message that came is declared missing");
            }
            _ => {}
        }
    }
}

/// Any packets on any line in any order, with time passing: numbers are delivered in order and
/// once, with their own bytes, and what came in time is never declared missing.
pub fn arbiter_model(data: &[u8]) {
    let settings = ArbiterOptions { first: Some(1), slots: 1 << 9, ..ArbiterOptions::default() };
    let mut arbiter = Arbiter::new(settings, NoSnapshot);
    let mut receiver = Receiver { next: 1, came: BTreeSet::new() };
    let mut now = 0;
    for step in data.chunks_exact(3).take(500) {
        let (first, count) = (u64::from(step[0]) + 1, u16::from(step[1] % 8));
        let line = match step[2] % 4 {
            0 => Line::A,
            1 => Line::B,
            2 => Line::Recovery,
            _ => {
                now += u64::from(step[0]) << (step[1] % 24);
                arbiter.on_time(now, &mut |output| receiver.take(&output));
                continue;
            }
        };
        receiver.came.extend((first..first + u64::from(count)).filter(|n| *n >= receiver.next));
        arbiter.on_packet(line, now, &packet(first, count), &mut |output| receiver.take(&output));
    }
    for _ in 0..1_000 {
        let Some(deadline) = arbiter.deadline() else { break };
        now = now.max(deadline);
        arbiter.on_time(now, &mut |output| receiver.take(&output));
    }
    assert_eq!(arbiter.deadline(), None, "it waits for ever");
    let last = receiver.came.last().map_or(1, |last| last + 1);
    assert!(receiver.next >= last, "it ends at {} and {last} came", receiver.next);
}

/// Both ends of a connection say the same however the bytes are cut, and the recorded stream is
/// read to its end.
pub fn soup_stream(data: &[u8]) {
    let Some((&size, stream)) = data.split_first() else { return };
    let pieces = || stream.chunks(usize::from(size) + 1);
    assert_eq!(client(std::iter::once(stream)), client(pieces()));
    assert_eq!(server(std::iter::once(stream)), server(pieces()));
    drained(stream, &options(Format::Soup), 1);
}

fn client<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let login = Login { user: [b'U'; 6], password: [b'P'; 10], session: [b' '; 10], sequence: 1 };
    let mut said = Vec::new();
    let mut client = Client::connect(&login, Timers::default(), 0, &mut |_| {});
    for piece in pieces {
        client.on_bytes(1, piece, &mut |output| said.push(format!("{output:?}")));
    }
    said.push(format!("{:?} {:?}", client.next(), client.closed()));
    said
}

fn server<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let (mut server, mut said) = (Server::new(Timers::default(), 0), Vec::new());
    for piece in pieces {
        server.on_bytes(1, piece, &mut |output| said.push(format!("{output:?}")));
    }
    said
}

/// Eight bytes make an event: few orders, few prices, so that they meet.
fn event(seq: u64, bytes: &[u8]) -> MarketEvent {
    const KINDS: [Kind; 10] = [
        Kind::Add,
        Kind::Add,
        Kind::Add,
        Kind::Delete,
        Kind::Replace,
        Kind::Cancel,
        Kind::Exec,
        Kind::ExecPrice,
        Kind::Trade,
        Kind::Clear,
    ];
    let wide = |byte: u8| if byte < 200 { u64::from(byte) } else { u64::MAX - u64::from(byte) };
    MarketEvent {
        seq,
        ts_event: seq,
        kind: KINDS[usize::from(bytes[0]) % KINDS.len()] as u8,
        instrument: u32::from(bytes[1] % 2),
        order_id: wide(bytes[2]),
        aux: wide(bytes[3]),
        price: i64::from(bytes[4] as i8),
        size: u32::from(bytes[5]),
        side: bytes[6] % 3,
        flags: match bytes[7] {
            255 => flags::MAYBE_BAD_BOOK,
            odd if odd % 2 == 1 => flags::LAST,
            _ => 0,
        },
        ..MarketEvent::default()
    }
}

/// Books after every event are those of plain maps.
pub fn book_diff(data: &[u8]) {
    let limits = BookLimits {
        instruments: 2,
        orders: 1_000,
        levels: 1_000,
        levels_per_side: 1_000,
        dense_references: 128,
        pages: 2,
        sparse_orders: 1_000,
    };
    let rules = BookRules::default();
    let (mut books, mut plain) = (Books::new(&limits, rules), PlainBooks::new(rules.crossing));
    for (at, bytes) in data.chunks_exact(8).take(500).enumerate() {
        let event = event(at as u64, bytes);
        books.apply(std::slice::from_ref(&event), |_| {});
        plain.apply(&event);
        if rules.boundary == Boundary::Event || event.flags & flags::LAST != 0 {
            // It looks at the top only when asked: a book found crossed is suspect.
            plain.top(event.instrument);
        }
        let book = books.book(event.instrument).expect("within the limits");
        for side in [Side::Bid, Side::Ask] {
            let expected = plain.levels(event.instrument, side);
            assert!(book.levels(side).eq(expected), "event {at}: {event:?}");
        }
        assert_eq!(book.is_suspect(), plain.suspect(event.instrument), "event {at}: {event:?}");
        assert_eq!(books.orders(), plain.orders());
    }
    assert!(books.memory() <= books.memory_limit());
}

/// Every schedule keeps the number of its events and never goes back in time.
pub fn schedule(data: &[u8]) {
    let Some((head, times)) = data.split_first_chunk::<8>() else { return };
    let (rate, size, events) = (
        u64::from(u32::from_le_bytes([head[0], head[1], head[2], head[3]])),
        u64::from(head[4]),
        u64::from(head[5]),
    );
    let recorded: Vec<u64> =
        times.as_chunks::<8>().0.iter().map(|time| u64::from_le_bytes(*time)).collect();
    let speed = f64::from(head[6]) / f64::from(head[7]);
    for (schedule, length) in [
        (Schedule::fixed(rate, events), events),
        (Schedule::burst(rate, size, events), events),
        (Schedule::poisson(rate, size, events), events),
        (Schedule::replay(&recorded, speed), recorded.len() as u64),
    ] {
        let Ok(schedule) = schedule else { continue };
        assert_eq!(schedule.len(), length);
        let due: Vec<u64> = (0..length).map(|n| schedule.due(n)).collect();
        assert!(due.is_sorted() && due.first().is_none_or(|first| *first == 0));
    }
}
