//! The local exchange and the receiver over real sockets of this machine: planned faults, requests,
//! snapshots, and the events of the session as if nothing had happened.
#![cfg(target_os = "linux")]

#[path = "support/sessions.rs"]
mod sessions;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tourbillon_feeds::exchange::{Addresses, LocalExchange, Plan, State};
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::live::{
    LineSocket, LiveSource, Receiver, ReceiverStats, Recovery, UdpLine, UdpOptions, dial,
};
use tourbillon_feeds::session::{ArbiterOptions, Events, Line, SoupSnapshots};
use tourbillon_feeds::soup::{Login, Timers};
use tourbillon_feeds::{EventSource, Kind, MarketEvent, flags, read_all};

const PATIENCE: Duration = Duration::from_secs(30);
const LOGIN: Login =
    Login { user: [b' '; 6], password: [b' '; 10], session: [b' '; 10], sequence: 1 };

fn messages() -> Vec<Vec<u8>> {
    sessions::messages(11, 50, 20_000)
}

fn lossless(messages: &[Vec<u8>]) -> Vec<MarketEvent> {
    sessions::lossless(messages, &mut Decoder::new(0, 0))
}

fn local() -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)
}

/// A line that listens on `address`, and where it is sent to.
fn line(line: Line, address: SocketAddrV4) -> (UdpLine, SocketAddrV4) {
    let options = UdpOptions { interface: Ipv4Addr::LOCALHOST, ..UdpOptions::new(address) };
    let socket = LineSocket::open(&options).expect("a socket on this machine");
    socket.notes().iter().for_each(|note| {
        let _ = writeln!(std::io::stderr(), "note: {note}");
    });
    let bound = socket.address().expect("it is bound");
    let port = SocketAddrV4::new(*address.ip(), bound.port());
    (UdpLine::new(line, socket), port)
}

/// A group with a port that nobody else uses.
fn group(last: u8) -> SocketAddrV4 {
    let free = UdpSocket::bind(local()).and_then(|socket| socket.local_addr());
    SocketAddrV4::new(Ipv4Addr::new(239, 192, 77, last), free.expect("a free port").port())
}

/// Serves the session to one receiver, and gives what it received.
fn receive(
    messages: &[Vec<u8>],
    plan: Plan,
    lines: [SocketAddrV4; 2],
    options: ArbiterOptions,
) -> (Vec<MarketEvent>, ReceiverStats, bool) {
    let (a, to_a) = line(Line::A, lines[0]);
    let (b, to_b) = line(Line::B, lines[1]);
    let addresses = Addresses { lines: [to_a, to_b], rerequest: local(), snapshot: local() };
    let mut exchange =
        LocalExchange::open(5, messages.to_vec(), plan, &addresses).expect("free ports");
    let servers = vec![exchange.rerequest_address().expect("it is bound")];
    let snapshots = exchange.snapshot_address().expect("it is bound");
    let std::net::SocketAddr::V4(snapshots) = snapshots else { panic!("{snapshots}") };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            while !done.load(Ordering::Relaxed) {
                let now = begun.elapsed().as_nanos() as u64;
                if !exchange.poll(now).expect("the sockets are open") {
                    std::thread::yield_now();
                }
            }
        });
        let client = SoupSnapshots::new(move || dial(snapshots), LOGIN, Timers::default(), 1 << 24);
        let receiver = Receiver::new(
            vec![Box::new(a), Box::new(b)],
            Some(Recovery::new(line(Line::Recovery, local()).0, servers)),
            Box::new(client),
            options,
            Events::new(Decoder::new(0, 0)),
        );
        let mut source = LiveSource::new(receiver, PATIENCE);
        let events = read_all(&mut source);
        done.store(true, Ordering::Relaxed);
        (events, source.stats(), source.report().end_of_session)
    })
}

/// 40 us between packets, with whatever happens to them: both lines lose about one in a hundred, so
/// that it must be asked for on the quietest machine too.
fn plan() -> Plan {
    Plan {
        interval: 40_000,
        jitter: 200_000,
        loss: 100_000,
        duplication: 20_000,
        ..Plan::default()
    }
}

/// A busy machine may lose more than planned: everything is asked for until it comes.
fn options() -> ArbiterOptions {
    ArbiterOptions { first: Some(1), tries: 1_000, ..ArbiterOptions::default() }
}

fn without_arrival(events: &[MarketEvent]) -> Vec<MarketEvent> {
    events.iter().map(|event| MarketEvent { ts_recv: 0, ..*event }).collect()
}

#[test]
fn two_lossy_groups_give_the_session() {
    let messages = messages();
    let (events, stats, ended) = receive(&messages, plan(), [group(1), group(2)], options());
    assert!(without_arrival(&events) == lossless(&messages), "{stats:?}");
    assert!(events.iter().all(|event| event.ts_recv > 1_600_000_000_000_000_000));
    assert!(ended && stats.session.requests > 0 && stats.session.held > 0, "{stats:?}");
}

#[test]
fn two_lossy_lines_to_this_machine_give_the_session() {
    let messages = messages();
    let (events, stats, ended) = receive(&messages, plan(), [local(), local()], options());
    assert!(without_arrival(&events) == lossless(&messages), "{stats:?}");
    assert!(ended && stats.session.requests > 0 && stats.session.held > 0, "{stats:?}");
}

#[test]
fn what_nobody_has_is_one_gap_and_a_snapshot_over_tcp() {
    let messages = messages();
    let lost = 5_000..5_300;
    let plan = Plan { lost: lost.clone(), ..plan() };
    let options = ArbiterOptions { tries: 20, ..options() };
    let (events, stats, ended) = receive(&messages, plan, [local(), local()], options);
    // A machine that stands still meanwhile may make one gap of more, or several.
    let (first, count) = (lost.start as u64 + 1, lost.len() as u64);
    let has_all = |gap: &&MarketEvent| {
        gap.seq <= first && first + count <= gap.seq + gap.aux && gap.kind() == Some(Kind::Gap)
    };
    assert_eq!(events.iter().filter(has_all).count(), 1, "{stats:?}");
    assert!(stats.session.gaps > 0 && stats.session.snapshots > 0, "{stats:?}");
    assert!(ended);
    let clear = events.iter().rposition(|event| event.kind() == Some(Kind::Clear));
    let clear = clear.expect("a snapshot");
    // From the snapshot on, the events are those of the session.
    let next = events[clear].seq;
    let mut state = State::default();
    messages[..next as usize - 1].iter().for_each(|message| state.apply(message));
    let after = clear + 1 + state.messages().count();
    assert!(events[clear..after].iter().all(|event| event.flags & flags::SNAPSHOT != 0));
    assert!(without_arrival(&events[after..]) == lossless(&messages)[next as usize - 1..]);
}

#[test]
fn a_late_listener_begins_with_a_snapshot() {
    let messages = messages();
    let options = ArbiterOptions { first: None, snapshot_first: true, ..options() };
    let (events, stats, ended) = receive(&messages, plan(), [local(), local()], options);
    assert_eq!((events[0].kind(), stats.session.snapshots), (Some(Kind::Clear), 1), "{stats:?}");
    let next = events[0].seq as usize;
    let live = events.iter().position(|event| event.flags & flags::SNAPSHOT == 0).expect("events");
    let expected = lossless(&messages);
    let strip = |event: &MarketEvent| (event.seq, event.kind, event.order_id, event.price);
    let after: Vec<_> = events[live..].iter().map(strip).collect();
    assert_eq!(after, expected[next - 1..].iter().map(strip).collect::<Vec<_>>());
    assert!(ended);
}
