//! From packets on the loopback to events that a reader of the ring has seen.
//!
//! A thread on the other core sends at intended times; each event is timed from when its packet
//! was to be sent until it was published in the ring and read from there. The load's own lateness
//! is part of that, and stands beside it.
//!
//! Both threads watch their own turns. What tears one apart for longer than the work in it can take is
//! a gap of the host; an event that took longer than the goal is the host's if a gap overlaps its
//! time, and otherwise ours.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tourbillon_engine::{Capacity, Graph};
use tourbillon_feeds::exchange::split;
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::live::{LineSocket, PacketSource, Receiver, UdpLine, UdpOptions, UringLine};

use tourbillon_feeds::session::{ArbiterOptions, Events, Line, NoSnapshot};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{Kind, MarketEvent};

use super::Setup;
use super::turns::{GAP_NS, Turns};
use crate::contenders::{Contender, Figure, Found, Metric, Sample, Scenario};
use crate::measure::clock::Clock;
use crate::measure::cpu;
use crate::measure::histogram::Histogram;
use crate::measure::pacer::{Paced, Pacer};
use crate::measure::schedule::Schedule;
use crate::trial::probe_cores;

pub(crate) const STEADY: &str = "packets";
pub(crate) const BURST: &str = "packet-burst";
pub(super) const RECVMMSG: &str = "recvmmsg";
pub(super) const IO_URING: &str = "io_uring";

/// Time before the first packet, so that both threads are awake.
const LEAD_NS: u64 = 5_000_000;
/// A listener gives up when nothing came for so long after the last packet.
const SILENCE: Duration = Duration::from_millis(100);

/// Slower events are looked into.
const GOAL_NS: u64 = 10_000;

/// What is sent.
#[derive(Debug)]
struct Load {
    packets: Vec<Vec<u8>>,
    messages: u64,
    in_packet: u64,
    schedule: Schedule,
}

/// One message a packet, 100,000 packets a second.
pub(super) fn steady(setup: &Setup) -> anyhow::Result<Scenario> {
    // Half a second at most: the kernel stops a real-time thread that runs for a whole one.
    let packets = (setup.events / 20).clamp(1_000, 50_000);
    let about = "100,000 packets a second on the loopback, to events read from the ring";
    scenario(STEADY, about, setup.clock, load(packets, 1, 100_000)?)
}

/// 900,000 messages a second for 10 ms.
pub(super) fn burst(setup: &Setup) -> anyhow::Result<Scenario> {
    let about = "900,000 messages a second for 10 ms, four a packet";
    scenario(BURST, about, setup.clock, load(2_250, 4, 225_000)?)
}

fn load(packets: u64, in_packet: u64, rate: u64) -> anyhow::Result<Load> {
    let messages = packets * in_packet;
    let mut file = Vec::new();
    Generator::new(1, 100, Profile::day()).write(&mut file, messages)?;
    let all = split(&file);
    let packet = |(number, chunk): (u64, &[Vec<u8>])| {
        let mut packet = b"BENCH00001".to_vec();
        packet.extend((1 + number * in_packet).to_be_bytes());
        packet.extend((chunk.len() as u16).to_be_bytes());
        for message in chunk {
            packet.extend((message.len() as u16).to_be_bytes());
            packet.extend(message);
        }
        packet
    };
    let chunks = all[..messages as usize].chunks(in_packet as usize);
    let schedule = Schedule::fixed(rate, packets)?;
    Ok(Load { packets: (0..).zip(chunks).map(packet).collect(), messages, in_packet, schedule })
}

fn scenario(name: &'static str, about: &str, clock: Clock, load: Load) -> anyhow::Result<Scenario> {
    let load = Arc::new(load);
    let mut contenders = Vec::new();
    for backend in [RECVMMSG, IO_URING] {
        // Some kernels and sandboxes refuse io_uring.
        match line(backend) {
            Ok(_) => {
                let load = Arc::clone(&load);
                let trial = Box::new(move || trial(backend, clock, &load));
                contenders.push(Contender::new(backend, "events", trial));
            }
            Err(error) => eprintln!("tourbillon: note: no {backend} here: {error:#}"),
        }
    }
    Ok(Scenario { name, about: about.to_owned(), events: load.messages as usize, contenders })
}

/// A line on the loopback, and where it listens.
fn line(backend: &str) -> anyhow::Result<(Box<dyn PacketSource + Send>, SocketAddr)> {
    let any = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    let socket =
        LineSocket::open(&UdpOptions { receive_buffer: 32 << 20, ..UdpOptions::new(any) })?;
    let address = socket.address()?;
    Ok(match backend {
        IO_URING => (Box::new(UringLine::new(Line::A, socket)?), address),
        _ => (Box::new(UdpLine::new(Line::A, socket)), address),
    })
}

fn trial(backend: &str, clock: Clock, load: &Load) -> anyhow::Result<Sample> {
    let (line, address) = line(backend)?;
    let (start, sent) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let sending = send(clock, load, address, &start);
            sent.store(true, Ordering::Release);
            sending
        });
        let received = receive(clock, load, line, &start, &sent);
        let sending = sender.join().map_err(|_| anyhow!("the sender panicked"))??;
        let figures = figures(clock, load, start.load(Ordering::Acquire), sending, received?);
        let found = Found { matches: load.messages, checksum: 0 };
        Ok(Sample { found, figures })
    })
}

/// What a trial that began at `start` (ticks) says.
fn figures(
    clock: Clock,
    load: &Load,
    start: u64,
    sent: Sending,
    mut received: Receiving,
) -> Vec<Figure> {
    let (mut latency, mut over, mut ours) = (Histogram::new(), 0, 0);
    for &(number, seen) in &received.seen {
        let packet = number / load.in_packet;
        let due = start + clock.ticks(load.schedule.due(packet));
        let ns = clock.ns(seen.saturating_sub(due));
        latency.record(ns);
        if ns > GOAL_NS {
            over += 1;
            let host = sent.torn[packet as usize] || received.turns.overlaps(due, seen);
            ours += u64::from(!host);
        }
    }
    let gaps = &mut received.turns.lengths;
    gaps.merge(sent.paced.gaps.gaps());
    let (at, gap) = (|share| latency.value_at(share) as f64, |share| gaps.value_at(share) as f64);
    let ppm = |count: u64| count as f64 * 1e6 / received.seen.len().max(1) as f64;
    vec![
        (Metric::P50, at(0.5)),
        (Metric::P99, at(0.99)),
        (Metric::P99_9, at(0.999)),
        (Metric::Over, ppm(over)),
        (Metric::Ours, ppm(ours)),
        (Metric::GapP50, gap(0.5)),
        (Metric::GapP99, gap(0.99)),
        (Metric::Torn, sent.paced.gaps.lost_share() * 1e6),
        (Metric::Slip, sent.paced.slip.value_at(0.999) as f64),
        (Metric::Dropped, (load.messages - received.seen.len() as u64) as f64),
    ]
}

/// How the sender did.
#[derive(Debug)]
struct Sending {
    paced: Paced,
    /// Of each packet whether it was held up: it went late, or its sending was torn.
    torn: Vec<bool>,
}

fn send(clock: Clock, load: &Load, to: SocketAddr, start: &AtomicU64) -> anyhow::Result<Sending> {
    if let Some((core, _)) = probe_cores() {
        cpu::pin(core)?;
    }
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(to)?;
    let (gap, mut torn) = (clock.ticks(GAP_NS), vec![false; load.packets.len()]);
    let first = clock.now() + clock.ticks(LEAD_NS);
    start.store(first, Ordering::Release);
    let mut pacer = Pacer::new(clock, &load.schedule, first);
    while let Some(due) = pacer.wait() {
        socket.send(&load.packets[due.sequence as usize]).context("the loopback is full")?;
        let took = clock.now().saturating_sub(due.sent);
        torn[due.sequence as usize] = due.sent - due.intended > gap || took > gap;
    }
    Ok(Sending { paced: pacer.finish(), torn })
}

/// What came, and what the receiver saw of the host.
#[derive(Debug)]
struct Receiving {
    /// Number of each message from 0, and when it was read from the ring, in ticks.
    seen: Vec<(u64, u64)>,
    turns: Turns,
}

/// Receives what is sent.
fn receive(
    clock: Clock,
    load: &Load,
    line: Box<dyn PacketSource + Send>,
    start: &AtomicU64,
    sent: &AtomicBool,
) -> anyhow::Result<Receiving> {
    let options = ArbiterOptions { first: Some(1), ..ArbiterOptions::default() };
    let events = Events::new(Decoder::new(0, 0));
    let mut receiver = Receiver::new(vec![line], None, Box::new(NoSnapshot), options, events);
    let (mut producer, mut graph) = Graph::<MarketEvent>::single(Capacity::at_least(1 << 14));
    let mut reader = graph.poller(&[]);
    let running = graph.start()?;
    let (mut seen, mut refused) = (Vec::with_capacity(load.messages as usize), None);
    // The sender begins on this core: a real-time thread must leave it before it can go to its own.
    while start.load(Ordering::Acquire) == 0 && !sent.load(Ordering::Acquire) {
        thread::yield_now();
    }
    let mut turns = Turns::new(clock);
    while (seen.len() as u64) < load.messages && refused.is_none() {
        let taken = receiver.poll(&mut |event| {
            if let Err(error) = producer.publish(event) {
                refused = Some(error);
            }
        })?;
        reader.poll(1 << 14, |batch| {
            for (_, event) in batch.iter().filter(|(_, event)| event.kind() != Some(Kind::Gap)) {
                seen.push((event.seq - 1, clock.now_ordered()));
            }
        })?;
        turns.end(clock.now(), taken as u64);
        if sent.load(Ordering::Acquire) && receiver.silence() > SILENCE {
            break;
        }
    }
    drop(reader);
    producer.close();
    running.join()?;
    refused.map_or(Ok(Receiving { seen, turns }), |error| Err(error.into()))
}
