//! Two lossy lines through the receiver: nothing lost that can be had, what is lost is said.
//!
//! `SESSION_SEEDS=1000` runs each plan with so many seeds.

#[path = "support/sessions.rs"]
mod sessions;

use tourbillon_feeds::exchange::{Exchange, Plan, SnapshotServer, State};
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::session::{
    Arbiter, ArbiterOptions, Events, Line, NoSnapshot, Output, SessionStats,
};
use tourbillon_feeds::{Kind, MarketEvent, flags};

const SEEDS: u64 = 100;
const MILLISECOND: u64 = 1_000_000;

/// The messages of a generated session.
fn messages() -> Vec<Vec<u8>> {
    sessions::messages(7, 20, 4_000)
}

/// The events without any network.
fn lossless(messages: &[Vec<u8>]) -> Vec<MarketEvent> {
    sessions::lossless(messages, &mut Decoder::new(0, 3))
}

/// What came out of a run.
struct Run {
    events: Vec<MarketEvent>,
    stats: SessionStats,
    ended: bool,
    suspect: bool,
}

/// Receives the whole session in virtual time.
fn run(seed: u64, messages: &[Vec<u8>], plan: &Plan, options: ArbiterOptions) -> Run {
    let mut exchange = Exchange::new(seed, messages.to_vec(), plan.clone());
    let server = SnapshotServer::new(5 * MILLISECOND);
    let mut arbiter = Arbiter::new(ArbiterOptions { first: Some(1), ..options }, server);
    let memory = arbiter.memory();
    let mut decode = Events::new(Decoder::new(0, 3));
    let (mut events, mut requests) = (Vec::new(), Vec::new());
    loop {
        let mut on = |output: Output<'_>| {
            if let Output::Request { packet, .. } = output {
                requests.push(packet);
            }
            events.extend(decode.on(output, 0));
        };
        let deadline = arbiter.deadline().unwrap_or(u64::MAX);
        let now = match exchange.next(deadline) {
            Some(packet) => {
                arbiter.on_packet(packet.line, packet.time, &packet.datagram, &mut on);
                arbiter.on_time(packet.time, &mut on);
                packet.time
            }
            None if deadline == u64::MAX => break,
            None => {
                arbiter.on_time(deadline, &mut on);
                deadline
            }
        };
        for request in requests.drain(..) {
            exchange.on_request(now, &request);
        }
        let server = arbiter.source_mut();
        for message in &exchange.sent()[server.state().seen() as usize..] {
            server.apply(message);
        }
    }
    assert_eq!(arbiter.memory(), memory);
    let (stats, ended) = (*arbiter.stats(), arbiter.ended());
    Run { events, stats, ended, suspect: decode.suspect() }
}

/// Every seed gives the events of the lossless session; the stats are of all seeds.
fn identical(plan: &Plan, options: &ArbiterOptions) -> Vec<SessionStats> {
    let messages = messages();
    let expected = lossless(&messages);
    let seeds =
        std::env::var("SESSION_SEEDS").map_or(SEEDS, |seeds| seeds.parse().expect("a number"));
    (0..seeds)
        .map(|seed| {
            let run = run(seed, &messages, plan, options.clone());
            let same: bool = bytemuck::cast_slice::<_, u8>(&run.events)
                == bytemuck::cast_slice::<_, u8>(&expected);
            assert!(same, "seed {seed}: {:?}", run.stats);
            assert!(run.ended, "seed {seed}");
            run.stats
        })
        .collect()
}

/// 200 us between packets: 4,000 messages take about 180 ms.
fn plan() -> Plan {
    Plan { interval: 200_000, ..Plan::default() }
}

const OUTAGE: std::ops::Range<u64> = 20 * MILLISECOND..120 * MILLISECOND;

#[test]
fn random_loss_on_both_lines_is_made_good() {
    let stats = identical(&Plan { loss: 10_000, ..plan() }, &ArbiterOptions::default());
    assert!(stats.iter().map(|stats| stats.requests).sum::<u64>() > 1);
}

#[test]
fn an_outage_of_one_line_is_not_noticed() {
    let stats = identical(&Plan { outage: OUTAGE, ..plan() }, &ArbiterOptions::default());
    assert!(stats.iter().all(|stats| stats.requests == 0 && stats.held == 0));
    assert!(stats.iter().all(|stats| stats.lines[Line::B as usize].first > 1_000));
}

#[test]
fn loss_and_outage_together_are_made_good() {
    let plan = Plan { loss: 10_000, outage: OUTAGE, ..plan() };
    let stats = identical(&plan, &ArbiterOptions::default());
    assert!(stats.iter().map(|stats| stats.requests).sum::<u64>() > 100);
    assert!(stats.iter().all(|stats| stats.gaps == 0));
}

#[test]
fn a_bad_network_and_a_bad_server_are_made_good() {
    let plan = Plan {
        loss: 50_000,
        duplication: 50_000,
        jitter: 900_000,
        outage: OUTAGE,
        server_loss: 100_000,
        answer_messages: 3,
        ..plan()
    };
    let options = ArbiterOptions { tries: 20, ..ArbiterOptions::default() };
    let stats = identical(&plan, &options);
    assert!(stats.iter().all(|stats| stats.lines.iter().any(|line| line.duplicates > 0)));
    // A memory of eight messages is enough: what finds no room is asked for again.
    let stats = identical(&plan, &ArbiterOptions { slots: 8, ..options });
    assert!(stats.iter().any(|stats| stats.refused > 0));
}

#[test]
fn a_range_that_nobody_has_is_one_gap_and_one_snapshot() {
    let messages = messages();
    let expected = lossless(&messages);
    for seed in 0..50 {
        let lost = 1_000 + seed as usize..1_000 + 5 * seed as usize + 1;
        let plan = Plan { lost: lost.clone(), loss: 10_000, ..plan() };
        let run = run(seed, &messages, &plan, ArbiterOptions::default());
        let gaps: Vec<_> =
            run.events.iter().filter(|event| event.kind() == Some(Kind::Gap)).collect();
        let [gap] = gaps[..] else { panic!("seed {seed}: {gaps:?}") };
        assert_eq!((gap.seq, gap.aux), (lost.start as u64 + 1, lost.len() as u64));
        assert_ne!(gap.flags & flags::MAYBE_BAD_BOOK, 0);
        assert_eq!((run.stats.gaps, run.stats.snapshots), (1, 1));
        assert!(run.ended && !run.suspect);

        // Without the gap, the snapshot and the mark, it is the lossless stream less the range.
        let clear = run.events.iter().position(|event| event.kind() == Some(Kind::Clear)).unwrap();
        let next = run.events[clear].seq;
        assert!(next > lost.end as u64);
        let live: Vec<_> = run
            .events
            .iter()
            .filter(|event| event.kind() != Some(Kind::Gap) && event.flags & flags::SNAPSHOT == 0)
            .map(|event| {
                let marked = event.flags & flags::MAYBE_BAD_BOOK != 0;
                assert_eq!(marked, event.seq > lost.end as u64 && event.seq < next);
                MarketEvent { flags: event.flags & !flags::MAYBE_BAD_BOOK, ..*event }
            })
            .collect();
        let rest: Vec<_> =
            expected[..lost.start].iter().chain(&expected[lost.end..]).copied().collect();
        assert_eq!(live.len(), rest.len());
        assert!(live == rest, "seed {seed}");
        let mut state = State::default();
        messages[..next as usize - 1].iter().for_each(|message| state.apply(message));
        let installed =
            run.events.iter().filter(|event| event.flags & flags::SNAPSHOT != 0).count() - 1;
        assert_eq!(installed, state.messages().count());
    }
}

/// A packet of one-byte messages.
fn packet(session: &[u8; 10], sequence: u64, messages: &[u8]) -> Vec<u8> {
    let count = (messages.len() as u16).to_be_bytes();
    let mut packet = [&session[..], &sequence.to_be_bytes(), &count].concat();
    for &message in messages {
        packet.extend([0, 1, message]);
    }
    packet
}

/// What the receiver says, in words.
fn words(output: Output<'_>) -> String {
    match output {
        Output::Message { sequence, message } => {
            format!("{sequence}{}", char::from(message[0]))
        }
        Output::Gap { first, count } => format!("gap {first}+{count}"),
        Output::Request { server, packet } => {
            let first = u64::from_be_bytes(packet[10..18].try_into().unwrap());
            format!("ask{server} {first}+{}", u16::from_be_bytes([packet[18], packet[19]]))
        }
        Output::End => "end".to_owned(),
        other => format!("{other:?}"),
    }
}

const S: &[u8; 10] = b"SESSION001";

#[test]
fn requests_are_repeated_with_back_off_to_each_server_and_bounded() {
    let options = ArbiterOptions {
        patience: 10,
        answer_time: 100,
        tries: 3,
        servers: 2,
        request_messages: 2,
        ..ArbiterOptions::default()
    };
    let mut arbiter = Arbiter::new(options, NoSnapshot);
    let mut said = Vec::new();
    let mut on = |output: Output<'_>| said.push(words(output));
    arbiter.on_packet(Line::A, 0, &packet(S, 5, b"e"), &mut on);
    arbiter.on_packet(Line::A, 0, &packet(S, 9, b"i"), &mut on);
    for expected in [10, 110, 310, 710] {
        assert_eq!(arbiter.deadline(), Some(expected));
        arbiter.on_time(expected - 1, &mut on);
        arbiter.on_time(expected, &mut on);
    }
    assert_eq!(arbiter.deadline(), None);
    arbiter.on_packet(Line::B, 800, &packet(S, 6, b"f"), &mut on);
    assert_eq!(said, ["5e", "ask0 6+2", "ask1 6+2", "ask0 6+2", "gap 6+3", "9i"]);
    assert_eq!(arbiter.stats().lines[Line::B as usize].duplicates, 1, "given up is given up");
}

#[test]
fn a_heartbeat_tells_of_a_lost_tail_and_the_end_waits_for_it() {
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    let mut said = Vec::new();
    let mut on = |output: Output<'_>| said.push(words(output));
    arbiter.on_packet(Line::A, 0, &packet(S, 1, b"a"), &mut on);
    let mut end = packet(S, 3, b"");
    end[18..20].copy_from_slice(&[0xFF, 0xFF]);
    arbiter.on_packet(Line::A, 0, &packet(S, 3, b""), &mut on);
    arbiter.on_packet(Line::A, 0, &end, &mut on);
    arbiter.on_time(arbiter.deadline().unwrap(), &mut on);
    arbiter.on_packet(Line::Recovery, 300_000, &packet(S, 2, b"b"), &mut on);
    assert_eq!(said, ["1a", "ask0 2+1", "2b", "end"]);
}

#[test]
fn damage_is_counted_and_ends_nothing() {
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    let mut said = Vec::new();
    let mut on = |output: Output<'_>| said.push(words(output));
    arbiter.on_packet(Line::A, 0, &packet(S, 1, b"ab"), &mut on);
    arbiter.on_packet(Line::A, 0, b"no packet", &mut on);
    arbiter.on_packet(Line::A, 0, &packet(S, 1 << 40, b"x"), &mut on);
    arbiter.on_packet(Line::A, 0, &packet(S, u64::MAX, b"x"), &mut on);
    arbiter.on_packet(Line::A, 0, &packet(b"SESSION002", 3, b"x"), &mut on);
    let whole = packet(S, 3, b"cde");
    arbiter.on_packet(Line::A, 0, &whole[..whole.len() - 1], &mut on);
    arbiter.on_packet(Line::B, 0, &whole, &mut on);
    assert_eq!(said, ["1a", "2b", "3c", "4d", "5e"]);
    let stats = arbiter.stats();
    assert_eq!((stats.wild, stats.foreign), (2, 1));
    assert_eq!((stats.lines[0].malformed, stats.lines[1].duplicates), (2, 2));
}

#[test]
fn two_packets_that_agree_are_believed() {
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    let mut said = Vec::new();
    let mut on = |output: Output<'_>| said.push(words(output));
    arbiter.on_packet(Line::A, 0, &packet(S, 1, b"a"), &mut on);
    arbiter.on_packet(Line::A, 0, &packet(S, 1 << 40, b"x"), &mut on);
    arbiter.on_packet(Line::A, 0, &packet(S, (1 << 40) + 1, b"y"), &mut on);
    assert_eq!(arbiter.stats().wild, 1);
    assert!(arbiter.deadline().is_some(), "what is between is missing");
}
