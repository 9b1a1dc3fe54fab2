//! From packets on the loopback to events that a reader of the ring has seen.
//!
//! A thread on the other core sends at intended times; each event is timed from when its packet
//! was to be sent until it was published in the ring and read from there. The load's own lateness
//! is part of that, and stands beside it.

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
use crate::contenders::{Contender, Found, Metric, Sample, Scenario};
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
    let packets = (setup.events / 10).max(1_000);
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
            let paced = send(clock, load, address, &start);
            sent.store(true, Ordering::Release);
            paced
        });
        let received = receive(clock, load, line, &start, &sent);
        let paced = sender.join().map_err(|_| anyhow!("the sender panicked"))??;
        let (latency, received) = received?;
        let found = Found { matches: load.messages, checksum: 0 };
        let at = |share| latency.value_at(share) as f64;
        let figures = vec![
            (Metric::P50, at(0.5)),
            (Metric::P99, at(0.99)),
            (Metric::P99_9, at(0.999)),
            (Metric::Slip, paced.slip.value_at(0.999) as f64),
            (Metric::Torn, paced.gaps.lost_share() * 1e6),
            (Metric::Dropped, (load.messages - received) as f64),
        ];
        Ok(Sample { found, figures })
    })
}

fn send(clock: Clock, load: &Load, to: SocketAddr, start: &AtomicU64) -> anyhow::Result<Paced> {
    if let Some((core, _)) = probe_cores() {
        cpu::pin(core)?;
    }
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(to)?;
    let first = clock.now() + clock.ticks(LEAD_NS);
    start.store(first, Ordering::Release);
    let mut pacer = Pacer::new(clock, &load.schedule, first);
    while let Some(due) = pacer.wait() {
        socket.send(&load.packets[due.sequence as usize]).context("the loopback is full")?;
    }
    Ok(pacer.finish())
}

/// Receives what is sent; how long each event took, and how many came.
fn receive(
    clock: Clock,
    load: &Load,
    line: Box<dyn PacketSource + Send>,
    start: &AtomicU64,
    sent: &AtomicBool,
) -> anyhow::Result<(Histogram, u64)> {
    let options = ArbiterOptions { first: Some(1), ..ArbiterOptions::default() };
    let events = Events::new(Decoder::new(0, 0));
    let mut receiver = Receiver::new(vec![line], None, Box::new(NoSnapshot), options, events);
    let (mut producer, mut graph) = Graph::<MarketEvent>::single(Capacity::at_least(1 << 14));
    let mut reader = graph.poller(&[]);
    let running = graph.start()?;
    // The sender begins on this core: a real-time thread must leave it before it can go to its own.
    while start.load(Ordering::Acquire) == 0 && !sent.load(Ordering::Acquire) {
        thread::yield_now();
    }
    let (mut latency, mut received, mut refused) = (Histogram::new(), 0, None);
    while received < load.messages && refused.is_none() {
        receiver.poll(&mut |event| {
            if let Err(error) = producer.publish(event) {
                refused = Some(error);
            }
        })?;
        let start = start.load(Ordering::Acquire);
        reader.poll(1 << 14, |batch| {
            for (_, event) in batch.iter().filter(|(_, event)| event.kind() != Some(Kind::Gap)) {
                let due = load.schedule.due((event.seq - 1) / load.in_packet);
                let elapsed = clock.ns(clock.now_ordered().saturating_sub(start));
                latency.record(elapsed.saturating_sub(due));
                received += 1;
            }
        })?;
        if sent.load(Ordering::Acquire) && receiver.silence() > SILENCE {
            break;
        }
    }
    drop(reader);
    producer.close();
    running.join()?;
    refused.map_or(Ok((latency, received)), |error| Err(error.into()))
}
