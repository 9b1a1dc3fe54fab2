//! Line arbitration, gap detection and recovery of one MoldUDP64 session.
//!
//! Invariants: numbers are delivered in order and once; every number below the expected one was
//! either delivered or declared missing; memory does not grow.

use super::options::ArbiterOptions;
use super::snapshot::{SnapshotProgress, SnapshotSource};
use super::stats::{Line, SessionStats};
use super::store::{Put, Store};
use crate::mold::{self, Packet, PacketKind, Session};

/// What the receiver is told to do, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output<'a> {
    /// The next message in sequence.
    Message {
        /// Its number.
        sequence: u64,
        /// Its bytes.
        message: &'a [u8],
    },
    /// Send this packet to a retransmission server; its answer is a packet of
    /// [`Line::Recovery`].
    Request {
        /// Which server, from 0.
        server: usize,
        /// The packet.
        packet: [u8; mold::HEADER],
    },
    /// Messages are lost: books are suspect from here on.
    Gap {
        /// Number of the first one.
        first: u64,
        /// How many.
        count: u64,
    },
    /// A snapshot begins: books are to be emptied.
    SnapshotStart {
        /// Number of the first message after the snapshot.
        next: u64,
    },
    /// A message of the snapshot.
    SnapshotMessage {
        /// Its bytes.
        message: &'a [u8],
    },
    /// The snapshot is complete: books are right again.
    SnapshotEnd,
    /// The session is over and everything of it was given or declared missing.
    End,
}

/// Missing messages that are waited for.
#[derive(Clone, Copy, Debug)]
struct Hole {
    first: u64,
    tries: u32,
    deadline: u64,
}

/// Delivery stops before a number until the snapshot that belongs there is installed.
#[derive(Clone, Copy, Debug)]
struct Barrier {
    at: u64,
    ready: bool,
    /// Nothing before the snapshot is wanted.
    first: bool,
    tries: u32,
    deadline: u64,
}

/// One session's receiver.
#[derive(Debug)]
pub struct Arbiter<S> {
    options: ArbiterOptions,
    source: S,
    session: Option<Session>,
    /// Number of the next message to deliver.
    expected: u64,
    /// One past the highest number known to exist.
    horizon: u64,
    store: Store,
    hole: Option<Hole>,
    barrier: Option<Barrier>,
    /// First number of the latest packet that was not believed.
    wild: Option<u64>,
    end_heard: bool,
    ended: bool,
    stats: SessionStats,
}

impl<S: SnapshotSource> Arbiter<S> {
    /// Takes all of its memory now.
    pub fn new(options: ArbiterOptions, source: S) -> Self {
        Self {
            store: Store::new(options.slots, options.slot_bytes),
            expected: options.first.unwrap_or(0),
            horizon: options.first.unwrap_or(0),
            session: None,
            hole: None,
            barrier: None,
            wild: None,
            end_heard: false,
            ended: false,
            stats: SessionStats::default(),
            options,
            source,
        }
    }

    /// What was counted so far.
    pub fn stats(&self) -> &SessionStats {
        &self.stats
    }

    /// The snapshot source, to move its bytes.
    pub fn source_mut(&mut self) -> &mut S {
        &mut self.source
    }

    /// Number of the next message.
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// Whether the session is over.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Bytes of the reorder memory; it never changes.
    pub fn memory(&self) -> usize {
        self.store.memory()
    }

    /// When [`Self::on_time`] has something to do at the latest; a snapshot that is on its way may
    /// be polled before.
    pub fn deadline(&self) -> Option<u64> {
        let snapshot = self.barrier.filter(|barrier| !barrier.ready);
        [self.hole.map(|hole| hole.deadline), snapshot.map(|barrier| barrier.deadline)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Takes a datagram.
    pub fn on_packet(
        &mut self,
        line: Line,
        now: u64,
        datagram: &[u8],
        out: &mut impl FnMut(Output<'_>),
    ) {
        self.stats.lines[line as usize].packets += 1;
        let Some(packet) = Packet::parse(datagram) else {
            self.stats.lines[line as usize].malformed += 1;
            return;
        };
        let count = match packet.kind {
            PacketKind::Messages(count) => u64::from(count),
            PacketKind::Heartbeat | PacketKind::EndOfSession => 0,
            PacketKind::Request => return,
        };
        if !self.belongs(&packet, now) || !self.believable(packet.sequence, count) {
            return;
        }
        match packet.kind {
            PacketKind::Heartbeat => self.stats.heartbeats += 1,
            PacketKind::EndOfSession => self.end_heard = true,
            PacketKind::Messages(_) | PacketKind::Request => {}
        }
        let (mut sequence, end) = (packet.sequence, packet.sequence + count);
        self.horizon = self.horizon.max(end);
        let mut blocks = &datagram[mold::HEADER..];
        while sequence < end
            && let Some(message) = mold::block(blocks)
        {
            blocks = &blocks[mold::BLOCK_PREFIX + message.len()..];
            self.accept(line, sequence, message, out);
            sequence += 1;
        }
        if sequence < end || !blocks.is_empty() {
            self.stats.lines[line as usize].malformed += 1;
        }
        self.settle(now, out);
    }

    /// Lets time pass: asks again, gives up, or installs a snapshot.
    pub fn on_time(&mut self, now: u64, out: &mut impl FnMut(Output<'_>)) {
        if self.barrier.is_some_and(|barrier| !barrier.ready) {
            self.follow_snapshot(now);
            self.settle(now, out);
        }
        if let Some(hole) = self.hole
            && now >= hole.deadline
        {
            let end = self.hole_end();
            if self.options.servers > 0 && hole.tries < self.options.tries {
                self.ask(now, hole, end, out);
            } else {
                self.give_up(now, end, out);
            }
        }
    }

    /// Whether the packet is of the session that is received. Another one is taken up only when
    /// this one is over: a straggler of an old session must not throw away the new one.
    fn belongs(&mut self, packet: &Packet, now: u64) -> bool {
        if self.session == Some(packet.session) {
            return !self.ended;
        }
        if self.session.is_some() && !self.ended {
            self.stats.foreign += 1;
            return false;
        }
        self.session = Some(packet.session);
        self.expected = self.options.first.unwrap_or(packet.sequence);
        self.horizon = self.expected;
        self.store.clear();
        (self.hole, self.barrier, self.wild) = (None, None, None);
        (self.end_heard, self.ended) = (false, false);
        if self.options.snapshot_first {
            self.start_snapshot(now, 0, true);
        }
        true
    }

    /// A damaged number must not end the session: one far ahead needs a second packet's word.
    fn believable(&mut self, sequence: u64, count: u64) -> bool {
        let farthest = self.expected.saturating_add(self.options.farthest);
        let near = |before: u64| sequence > before && sequence - before <= self.options.farthest;
        let possible = sequence.checked_add(count).is_some_and(|end| end < u64::MAX);
        if possible && (sequence <= farthest || self.wild.is_some_and(near)) {
            self.wild = None;
            return true;
        }
        self.stats.wild += 1;
        self.wild = possible.then_some(sequence);
        false
    }

    /// Whether delivery waits for a snapshot.
    fn stopped(&self) -> bool {
        self.barrier.is_some_and(|barrier| self.expected >= barrier.at)
    }

    #[inline]
    fn accept(
        &mut self,
        line: Line,
        sequence: u64,
        message: &[u8],
        out: &mut impl FnMut(Output<'_>),
    ) {
        let next = sequence == self.expected && !self.stopped();
        let put = if sequence < self.expected {
            Put::Duplicate
        } else if next && self.store.held() == 0 {
            Put::Refused // Straight on: nothing is held that could be the same.
        } else {
            self.store.put(self.expected, sequence, message)
        };
        let counts = &mut self.stats.lines[line as usize];
        match put {
            Put::Duplicate => counts.duplicates += 1,
            Put::Held => {
                counts.first += 1;
                self.stats.held += 1;
            }
            Put::Refused if next => {
                counts.first += 1;
                self.stats.delivered += 1;
                self.expected += 1;
                out(Output::Message { sequence, message });
            }
            Put::Refused => self.stats.refused += 1,
        }
    }

    /// Delivers what can be, and sees what is missing then.
    fn settle(&mut self, now: u64, out: &mut impl FnMut(Output<'_>)) {
        loop {
            while !self.stopped()
                && let Some(message) = self.store.take(self.expected)
            {
                out(Output::Message { sequence: self.expected, message });
                self.stats.delivered += 1;
                self.expected += 1;
            }
            match self.barrier {
                Some(barrier) if barrier.ready && self.expected >= barrier.at => self.install(out),
                _ => break,
            }
        }
        let missing = self.expected < self.horizon && !self.stopped();
        if !missing {
            self.hole = None;
        } else if self.hole.is_none_or(|hole| hole.first != self.expected) {
            let deadline = now.saturating_add(self.options.patience);
            self.hole = Some(Hole { first: self.expected, tries: 0, deadline });
        }
        if self.end_heard && !self.ended && self.barrier.is_none() && self.expected >= self.horizon
        {
            self.ended = true;
            out(Output::End);
        }
    }

    fn install(&mut self, out: &mut impl FnMut(Output<'_>)) {
        self.barrier = None;
        self.stats.snapshots += 1;
        out(Output::SnapshotStart { next: self.expected });
        self.source.messages(&mut |message| out(Output::SnapshotMessage { message }));
        out(Output::SnapshotEnd);
    }

    /// One past the last message that is missing in a row.
    fn hole_end(&self) -> u64 {
        let end = self.store.first_from(self.expected).unwrap_or(self.horizon);
        self.barrier.map_or(end, |barrier| end.min(barrier.at))
    }

    fn ask(&mut self, now: u64, hole: Hole, end: u64, out: &mut impl FnMut(Output<'_>)) {
        let wait = self.options.answer_time.saturating_mul(1 << hole.tries.min(6));
        self.hole =
            Some(Hole { tries: hole.tries + 1, deadline: now.saturating_add(wait), ..hole });
        self.stats.requests += 1;
        let count =
            (end - self.expected).min(self.options.request_messages.clamp(1, 0xFFFE).into());
        let server = hole.tries as usize % self.options.servers;
        let session = self.session.unwrap_or_default();
        let packet = mold::header(&session, self.expected, count as u16);
        out(Output::Request { server, packet });
    }

    fn give_up(&mut self, now: u64, end: u64, out: &mut impl FnMut(Output<'_>)) {
        let (first, count) = (self.expected, end - self.expected);
        self.stats.gaps += 1;
        self.stats.gap_messages += count;
        self.expected = end;
        self.hole = None;
        out(Output::Gap { first, count });
        if self.barrier.is_none() {
            self.start_snapshot(now, 0, false);
            self.follow_snapshot(now);
        }
        self.settle(now, out);
    }

    fn start_snapshot(&mut self, now: u64, tries: u32, first: bool) {
        let deadline = now.saturating_add(self.options.snapshot_time);
        self.barrier = Some(Barrier { at: self.expected, ready: false, first, tries, deadline });
        self.stats.snapshots_requested += 1;
        self.source.start(now);
    }

    /// Sees how the snapshot stands; one that is older than the gap's end helps nobody.
    fn follow_snapshot(&mut self, now: u64) {
        while let Some(barrier) = self.barrier.filter(|barrier| !barrier.ready) {
            match self.source.poll(now) {
                SnapshotProgress::Ready { next } if next >= self.expected && next < u64::MAX => {
                    self.horizon = self.horizon.max(next);
                    if barrier.first {
                        self.store.discard(self.expected, next);
                        self.expected = next;
                    }
                    self.barrier = Some(Barrier { at: next, ready: true, ..barrier });
                }
                SnapshotProgress::Pending if now < barrier.deadline => return,
                _ if barrier.tries + 1 < self.options.snapshot_tries => {
                    self.start_snapshot(now, barrier.tries + 1, barrier.first);
                }
                _ => self.barrier = None,
            }
        }
    }
}
