//! The whole way from sockets to events: lines, arbitration, requests, snapshots, decoding.
//!
//! One caller moves it, and it never waits: [`Receiver::poll`] takes what is there. So it can run
//! alone on a core, or in turns with what its events are for.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{LivePacket, PacketSource, UdpLine};
use crate::event::MarketEvent;
use crate::session::{Arbiter, ArbiterOptions, Events, Output, SessionStats, SnapshotSource};

/// Where missing messages are asked for.
#[derive(Debug)]
pub struct Recovery {
    line: UdpLine,
    servers: Vec<SocketAddr>,
    unsent: u64,
}

impl Recovery {
    /// Asks `servers` in turn, through `line`, where they answer.
    #[must_use]
    pub fn new(line: UdpLine, servers: Vec<SocketAddr>) -> Self {
        Self { line, servers, unsent: 0 }
    }

    /// A request that the network refuses is repeated like one that it loses.
    fn ask(&mut self, server: usize, request: &[u8]) {
        let sent = self.line.socket().udp().send_to(request, self.servers[server]);
        self.unsent += u64::from(sent.is_err());
    }
}

/// What was received so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReceiverStats {
    /// The session, by its numbers.
    #[serde(flatten)]
    pub session: SessionStats,
    /// Packets that the kernel dropped because they were not taken in time.
    pub kernel_drops: u64,
    /// Packets whose time is the network card's.
    pub hardware_times: u64,
    /// Requests that the network did not take.
    pub unsent_requests: u64,
    /// Messages that could not be decoded.
    pub faults: u64,
    /// Bytes of all packets.
    pub bytes: u64,
}

/// Receives one session.
pub struct Receiver {
    lines: Vec<Box<dyn PacketSource + Send>>,
    recovery: Option<Recovery>,
    inner: Inner,
    begun: Instant,
    /// When the latest packet was taken, on the receiver's clock.
    heard: u64,
}

/// What packets go to.
struct Inner {
    arbiter: Arbiter<Box<dyn SnapshotSource + Send>>,
    events: Events,
    /// Requests to be sent: server and packet.
    asked: Vec<(usize, [u8; 20])>,
    /// When the latest packet came, by the kernel's clock.
    time: u64,
    bytes: u64,
}

impl Receiver {
    /// Receives what comes by `lines`. Without `recovery`, what they all lose is lost.
    #[must_use]
    pub fn new(
        lines: Vec<Box<dyn PacketSource + Send>>,
        recovery: Option<Recovery>,
        snapshots: Box<dyn SnapshotSource + Send>,
        options: ArbiterOptions,
        events: Events,
    ) -> Self {
        let servers = recovery.as_ref().map_or(0, |recovery| recovery.servers.len());
        let arbiter = Arbiter::new(ArbiterOptions { servers, ..options }, snapshots);
        let asked = Vec::with_capacity(16);
        Self {
            lines,
            recovery,
            inner: Inner { arbiter, events, asked, time: 0, bytes: 0 },
            begun: Instant::now(),
            heard: 0,
        }
    }

    /// Takes the packets that are there, gives their events, and says how many packets it took.
    ///
    /// The events of a packet carry its time of arrival; those of a message that was held carry
    /// that of the packet which set them free.
    ///
    /// # Errors
    /// If a line cannot be read.
    pub fn poll(&mut self, each: &mut impl FnMut(MarketEvent)) -> io::Result<usize> {
        let now = self.now();
        let Self { lines, recovery, inner, .. } = self;
        let mut taken = 0;
        for line in lines {
            taken += line.poll(&mut |packet| inner.on_packet(packet, now, each))?;
        }
        if let Some(recovery) = recovery {
            let answers = &mut recovery.line;
            taken += answers.poll(&mut |packet| inner.on_packet(packet, now, each))?;
            inner.on_time(now, each);
            for (server, request) in inner.asked.drain(..) {
                recovery.ask(server, &request);
            }
        } else {
            inner.on_time(now, each);
        }
        if taken > 0 {
            self.heard = now;
        }
        Ok(taken)
    }

    /// Whether the session is over and everything of it was given or declared missing.
    #[must_use]
    pub fn session_ended(&self) -> bool {
        self.inner.arbiter.ended()
    }

    /// Whether there will be no more events: the session or all lines are over.
    #[must_use]
    pub fn ended(&self) -> bool {
        let silent = self.lines.iter().all(|line| line.ended());
        self.session_ended() || silent && self.inner.arbiter.deadline().is_none()
    }

    /// For how long no packet came.
    #[must_use]
    pub fn silence(&self) -> Duration {
        Duration::from_nanos(self.now() - self.heard)
    }

    /// The decoding end, which knows the symbols.
    #[must_use]
    pub fn events(&self) -> &Events {
        &self.inner.events
    }

    /// What was received so far.
    #[must_use]
    pub fn stats(&self) -> ReceiverStats {
        let answers = self.recovery.as_ref().map_or(0, |recovery| recovery.line.dropped());
        let dropped: u64 = self.lines.iter().map(|line| line.dropped()).sum();
        ReceiverStats {
            session: *self.inner.arbiter.stats(),
            kernel_drops: dropped + answers,
            hardware_times: self.lines.iter().map(|line| line.hardware_times()).sum(),
            unsent_requests: self.recovery.as_ref().map_or(0, |recovery| recovery.unsent),
            faults: self.inner.events.faults(),
            bytes: self.inner.bytes,
        }
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_nanos() as u64
    }
}

impl Inner {
    #[inline]
    fn on_packet(&mut self, packet: LivePacket<'_>, now: u64, each: &mut impl FnMut(MarketEvent)) {
        let Self { arbiter, events, asked, time, bytes } = self;
        *time = packet.time;
        *bytes += packet.datagram.len() as u64;
        arbiter.on_packet(packet.line, now, packet.datagram, &mut |output| {
            give(output, packet.time, events, asked, each);
        });
    }

    fn on_time(&mut self, now: u64, each: &mut impl FnMut(MarketEvent)) {
        let Self { arbiter, events, asked, time, .. } = self;
        arbiter.on_time(now, &mut |output| give(output, *time, events, asked, each));
    }
}

#[inline]
fn give(
    output: Output<'_>,
    time: u64,
    events: &mut Events,
    asked: &mut Vec<(usize, [u8; 20])>,
    each: &mut impl FnMut(MarketEvent),
) {
    if let Output::Request { server, packet } = output {
        asked.push((server, packet));
    } else if let Some(event) = events.on(output, time) {
        each(event);
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("lines", &self.lines.len())
            .field("recovery", &self.recovery)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
