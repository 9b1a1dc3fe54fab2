//! Faults of packets, sessions and snapshot servers, one test each.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use tourbillon_feeds::exchange::{GlimpseServer, State, split};
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::session::{
    Arbiter, ArbiterOptions, Events, Line, NoSnapshot, Output, SnapshotProgress, SnapshotSource,
    SoupSnapshots,
};
use tourbillon_feeds::soup::{Login, Timers};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{Kind, MarketEvent, flags};

const S: &[u8; 10] = b"SESSION001";

/// A packet of one-byte messages that says it has `count` of them.
fn packet(session: &[u8; 10], sequence: u64, count: u16, messages: &[u8]) -> Vec<u8> {
    let mut packet = [&session[..], &sequence.to_be_bytes(), &count.to_be_bytes()].concat();
    for &message in messages {
        packet.extend([0, 1, message]);
    }
    packet
}

/// The messages given by packets of line A at time 0.
fn given(arbiter: &mut Arbiter<impl SnapshotSource>, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut given = Vec::new();
    for packet in packets {
        arbiter.on_packet(Line::A, 0, packet, &mut |output| {
            if let Output::Message { message, .. } = output {
                given.extend(message.first());
            }
        });
    }
    given
}

#[test]
fn a_packet_with_fewer_messages_than_it_says_gives_those_and_the_rest_is_missing() {
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    assert_eq!(given(&mut arbiter, &[packet(S, 1, 3, b"ab")]), b"ab");
    assert_eq!(arbiter.stats().lines[0].malformed, 1);
    assert!(arbiter.deadline().is_some(), "message 3 is waited for");
    assert_eq!(given(&mut arbiter, &[packet(S, 3, 1, b"c")]), b"c");
    assert_eq!(arbiter.deadline(), None);
}

#[test]
fn bytes_after_the_last_message_are_counted_and_not_read() {
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    assert_eq!(given(&mut arbiter, &[packet(S, 1, 1, b"ab"), packet(S, 2, 1, b"B")]), b"aB");
    assert_eq!(arbiter.stats().lines[0].malformed, 1);
}

#[test]
fn every_cut_packet_gives_whole_messages_only() {
    let whole = packet(S, 1, 4, b"abcd");
    for length in 0..whole.len() {
        let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
        let given = given(&mut arbiter, &[whole[..length].to_vec()]);
        assert_eq!(given, b"abcd"[..length.saturating_sub(20) / 3]);
        // A header alone is a request, and one of nothing a heartbeat: not for a receiver.
        assert_eq!(arbiter.stats().lines[0].malformed, u64::from(length != 20));
    }
}

#[test]
fn no_flipped_bit_panics_or_gives_more_than_it_holds() {
    let whole = packet(S, 1, 4, b"abcd");
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let options = ArbiterOptions { first: Some(1), ..ArbiterOptions::default() };
        let mut arbiter = Arbiter::new(options, NoSnapshot);
        assert!(given(&mut arbiter, &[damaged]).len() <= 4);
        // The other line still brings the session, unless the damage made up a session's name.
        if arbiter.stats().lines[0].malformed > 0 {
            let next = arbiter.expected();
            given(&mut arbiter, std::slice::from_ref(&whole));
            assert!(arbiter.expected() == 5 || next > 1, "bit {bit}");
        }
    }
}

#[test]
fn a_new_session_is_taken_up_when_the_old_one_is_over_and_not_before() {
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    let next = b"SESSION002";
    let end = packet(S, 3, 0xFFFF, b"");
    let packets = [
        packet(S, 1, 1, b"a"),
        packet(next, 1, 1, b"X"),
        packet(S, 2, 1, b"b"),
        end,
        packet(S, 3, 1, b"late"),
        packet(next, 7, 1, b"g"),
    ];
    assert_eq!(given(&mut arbiter, &packets), b"abg");
    assert_eq!((arbiter.stats().foreign, arbiter.expected(), arbiter.ended()), (1, 8, false));
}

#[test]
fn the_end_of_a_session_gives_a_last_chance_to_ask() {
    let options = ArbiterOptions { tries: 1, ..ArbiterOptions::default() };
    let mut arbiter = Arbiter::new(options, NoSnapshot);
    given(&mut arbiter, &[packet(S, 1, 1, b"a"), packet(S, 4, 0xFFFF, b"")]);
    let mut said = Vec::new();
    while let Some(deadline) = arbiter.deadline() {
        assert!(!arbiter.ended());
        arbiter.on_time(deadline, &mut |output| said.push(format!("{output:?}")));
    }
    assert!(said[0].starts_with("Request"), "{said:?}");
    assert_eq!(said[1..], ["Gap { first: 2, count: 2 }", "End"]);
}

/// A connection in memory to a snapshot server, which moves when it is read.
#[derive(Default)]
struct Wire {
    to_client: VecDeque<u8>,
    server: Option<GlimpseServer>,
    state: State,
    /// The server is cut off after so many bytes.
    cut: Option<usize>,
    /// Most bytes that a read gives.
    piece: usize,
}

type Shared = Rc<RefCell<Wire>>;
struct Connection(Shared);

impl Read for Connection {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut wire = self.0.borrow_mut();
        let most = out.len().min(wire.piece).min(wire.cut.unwrap_or(usize::MAX));
        if wire.cut == Some(0) {
            return Ok(0);
        }
        let length = most.min(wire.to_client.len());
        if length == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        out.iter_mut().zip(wire.to_client.drain(..length)).for_each(|(to, byte)| *to = byte);
        wire.cut = wire.cut.map(|left| left - length);
        Ok(length)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Wire { to_client, server, state, .. } = &mut *self.0.borrow_mut();
        if let Some(server) = server {
            server.on_bytes(0, bytes, b"      TEST", state);
            to_client.extend(server.unsent().drain(..));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const LOGIN: Login =
    Login { user: [b' '; 6], password: [b' '; 10], session: [b' '; 10], sequence: 1 };

fn client(
    wire: &Shared,
    limit: usize,
) -> SoupSnapshots<Connection, impl FnMut() -> io::Result<Connection>> {
    let wire = Rc::clone(wire);
    let dial = move || {
        let mut new = wire.borrow_mut();
        new.to_client.clear();
        Ok(Connection(Rc::clone(&wire)))
    };
    SoupSnapshots::new(dial, LOGIN, Timers::default(), limit)
}

/// A state of some orders, behind a connection that gives a few bytes at a time.
fn wire(piece: usize) -> Shared {
    let mut file = Vec::new();
    Generator::new(3, 5, Profile::busy()).write(&mut file, 2_000).expect("memory takes all");
    let mut state = State::default();
    split(&file).iter().for_each(|message| state.apply(message));
    let server = Some(GlimpseServer::new(0));
    Rc::new(RefCell::new(Wire { server, state, piece, ..Wire::default() }))
}

/// Polls until there is more to say than "pending".
fn outcome(client: &mut impl SnapshotSource) -> SnapshotProgress {
    (0..100_000)
        .map(|_| client.poll(0))
        .find(|progress| *progress != SnapshotProgress::Pending)
        .unwrap_or(SnapshotProgress::Pending)
}

#[test]
fn a_snapshot_in_pieces_is_the_state() {
    for piece in [1, 7, 1 << 16] {
        let wire = wire(piece);
        let mut client = client(&wire, 1 << 20);
        client.start(0);
        let next = wire.borrow().state.seen() + 1;
        assert_eq!(outcome(&mut client), SnapshotProgress::Ready { next });
        let mut messages = Vec::new();
        client.messages(&mut |message| messages.push(message.to_vec()));
        assert!(messages == wire.borrow().state.messages().collect::<Vec<_>>());
        assert_eq!(client.poll(0), SnapshotProgress::Ready { next }, "ready stays ready");
    }
}

#[test]
fn a_snapshot_that_is_cut_or_too_long_or_silent_fails_and_can_be_had_again() {
    let wire = wire(64);
    let mut client = client(&wire, 1 << 20);
    for cut in [0, 1, 100, 1_000] {
        wire.borrow_mut().cut = Some(cut);
        wire.borrow_mut().server = Some(GlimpseServer::new(0));
        client.start(0);
        assert_eq!(outcome(&mut client), SnapshotProgress::Failed, "cut after {cut}");
    }
    wire.borrow_mut().cut = None;
    wire.borrow_mut().server = None;
    client.start(0);
    assert_eq!(outcome(&mut client), SnapshotProgress::Pending, "nobody answers");
    assert_eq!(client.poll(15_000_000_000), SnapshotProgress::Failed, "for too long");
    wire.borrow_mut().server = Some(GlimpseServer::new(0));
    client.start(0);
    assert!(matches!(outcome(&mut client), SnapshotProgress::Ready { .. }));

    let wire = self::wire(64);
    let mut small = self::client(&wire, 1_000);
    small.start(0);
    assert_eq!(outcome(&mut small), SnapshotProgress::Failed);
}

#[test]
fn nobody_there_is_a_failure_at_once() {
    let refuse = || Err::<Connection, _>(ErrorKind::ConnectionRefused.into());
    let mut client = SoupSnapshots::new(refuse, LOGIN, Timers::default(), 1 << 20);
    assert_eq!(client.poll(0), SnapshotProgress::Failed, "nothing was asked for");
    client.start(0);
    assert_eq!(client.poll(0), SnapshotProgress::Failed);
}

/// A source that has only snapshots from before the gap's end.
struct Stale {
    started: u32,
}

impl SnapshotSource for Stale {
    fn start(&mut self, _: u64) {
        self.started += 1;
    }

    fn poll(&mut self, _: u64) -> SnapshotProgress {
        SnapshotProgress::Ready { next: 2 }
    }

    fn messages(&self, _: &mut dyn FnMut(&[u8])) {
        panic!("a stale snapshot must not be installed");
    }
}

#[test]
fn without_a_snapshot_of_use_the_books_stay_suspect_and_the_session_goes_on() {
    let options = ArbiterOptions {
        servers: 0,
        snapshot_tries: 3,
        first: Some(1),
        ..ArbiterOptions::default()
    };
    let mut arbiter = Arbiter::new(options, Stale { started: 0 });
    let mut events = Events::new(Decoder::new(0, 0));
    let mut file = Vec::new();
    Generator::new(3, 5, Profile::busy()).write(&mut file, 10).expect("memory takes all");
    let messages = split(&file);
    let mut seen: Vec<MarketEvent> = Vec::new();
    for (number, message) in (1..).zip(&messages).filter(|(number, _)| *number != 2) {
        let length = (message.len() as u16).to_be_bytes();
        let packet = [&S[..], &u64::to_be_bytes(number), &[0, 1], &length, message].concat();
        let mut on = |output: Output<'_>| seen.extend(events.on(output, 0));
        arbiter.on_packet(Line::A, number * 1_000_000, &packet, &mut on);
        arbiter.on_time(number * 1_000_000, &mut on);
    }
    assert_eq!(arbiter.source_mut().started, 3);
    assert_eq!((seen[1].kind(), seen[1].seq, seen[1].aux), (Some(Kind::Gap), 2, 1));
    assert!(events.suspect() && seen.len() == messages.len());
    let marked = |event: &MarketEvent| event.flags & flags::MAYBE_BAD_BOOK != 0;
    assert!(!marked(&seen[0]) && seen[1..].iter().all(marked));
    assert!(seen.windows(2).all(|pair| pair[0].seq < pair[1].seq));
}
