//! The sender, the network and the retransmission server.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use crate::dice::Dice;
use crate::mold::{self, Packet, PacketKind, Session};
use crate::session::Line;

/// Most bytes in a packet.
const PACKET_BYTES: usize = 1_400;
/// Heartbeats and end-of-session packets sent after the last message, so that some arrive.
const CLOSING: u64 = 64;

/// What happens to packets. Times are in nanoseconds; chances are in parts of a million.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Time between packets.
    pub interval: u64,
    /// Most messages in a packet; each packet has a random number of them.
    pub packet_messages: u64,
    /// Least time on the way.
    pub delay: u64,
    /// Random time added to it: above `interval`, packets overtake each other.
    pub jitter: u64,
    /// Chance that a line loses a packet.
    pub loss: u64,
    /// Chance that a line delivers a packet twice.
    pub duplication: u64,
    /// While the sender's clock is in it, line A delivers nothing.
    pub outage: Range<u64>,
    /// Messages (from 0) that reach nobody, not even when asked for.
    pub lost: Range<usize>,
    /// Chance that a request or its answer is lost.
    pub server_loss: u64,
    /// Most messages in an answer: fewer than asked for are a partial answer.
    pub answer_messages: u16,
}

impl Default for Plan {
    /// A perfect network.
    fn default() -> Self {
        Self {
            interval: 20_000,
            packet_messages: 8,
            delay: 10_000,
            jitter: 0,
            loss: 0,
            duplication: 0,
            outage: 0..0,
            lost: 0..0,
            server_loss: 0,
            answer_messages: u16::MAX - 1,
        }
    }
}

/// A packet that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When.
    pub time: u64,
    /// Where.
    pub line: Line,
    /// The datagram.
    pub datagram: Vec<u8>,
}

/// Time of arrival, number in order of sending, line, datagram.
type Sent = (u64, u64, u8, Vec<u8>);

/// The exchange and the network between it and one receiver.
#[derive(Debug)]
pub struct Exchange {
    session: Session,
    messages: Vec<Vec<u8>>,
    plan: Plan,
    dice: Dice,
    /// Sender's clock.
    clock: u64,
    /// Index of the next message to send.
    sent: usize,
    closing: u64,
    on_the_way: BinaryHeap<Reverse<Sent>>,
    number: u64,
}

impl Exchange {
    /// A session of these messages, numbered from 1.
    #[must_use]
    pub fn new(seed: u64, messages: Vec<Vec<u8>>, plan: Plan) -> Self {
        Self {
            session: *b"TEST000001",
            messages,
            plan,
            dice: Dice::new(seed),
            clock: 0,
            sent: 0,
            closing: 0,
            on_the_way: BinaryHeap::new(),
            number: 0,
        }
    }

    /// The messages sent so far.
    #[must_use]
    pub fn sent(&self) -> &[Vec<u8>] {
        &self.messages[..self.sent]
    }

    /// The next packet that arrives no later than `until`; `None` if none does.
    pub fn next(&mut self, until: u64) -> Option<Delivery> {
        // Whatever is sent from now on arrives later than a packet due before the clock.
        while self.clock <= until && self.earliest().is_none_or(|time| time > self.clock) {
            if self.closing > CLOSING {
                break;
            }
            self.send();
            self.clock += self.plan.interval;
        }
        if self.earliest()? > until {
            return None;
        }
        let Reverse((time, _, line, datagram)) = self.on_the_way.pop()?;
        let line = [Line::A, Line::B, Line::Recovery][usize::from(line)];
        Some(Delivery { time, line, datagram })
    }

    /// Whether everything was sent and has arrived.
    #[must_use]
    pub fn finished(&self) -> bool {
        self.closing > CLOSING && self.on_the_way.is_empty()
    }

    fn earliest(&self) -> Option<u64> {
        self.on_the_way.peek().map(|Reverse((time, ..))| *time)
    }

    /// Takes a request at `now`, and sends the answer on its way.
    pub fn on_request(&mut self, now: u64, request: &[u8]) {
        if let Some(packet) = self.answer(request) {
            self.deliver(now + 2 * self.plan.delay, Line::Recovery, packet);
        }
    }

    /// The retransmission server's answer to a request, if it has one and nothing is lost.
    pub fn answer(&mut self, request: &[u8]) -> Option<Vec<u8>> {
        let Packet { session, sequence, kind: PacketKind::Request } = Packet::parse(request)?
        else {
            return None;
        };
        let count = u64::from(u16::from_be_bytes([request[18], request[19]]));
        let from = sequence.saturating_sub(1) as usize;
        if session != self.session || sequence == 0 || from >= self.sent || self.lost_by_server() {
            return None;
        }
        let most = count.min(self.plan.answer_messages.into()) as usize;
        let mut end = self.sent.min(from + most);
        if from < self.plan.lost.end {
            end = end.min(self.plan.lost.start.max(from));
        }
        let (packet, count) = self.packet(from, end);
        (count > 0 && !self.lost_by_server()).then_some(packet)
    }

    /// When the next packet is sent or arrives; `None` at the end.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        let sending = (self.closing <= CLOSING).then_some(self.clock);
        [self.earliest(), sending].into_iter().flatten().min()
    }

    /// The session's name.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn lost_by_server(&mut self) -> bool {
        self.dice.chance(self.plan.server_loss, 1_000_000)
    }

    /// A packet of the messages from `from` on, before `end`, and how many fitted.
    fn packet(&self, from: usize, end: usize) -> (Vec<u8>, usize) {
        let mut packet = mold::header(&self.session, from as u64 + 1, 0).to_vec();
        let mut count = 0;
        for message in &self.messages[from..end] {
            if packet.len() + mold::BLOCK_PREFIX + message.len() > PACKET_BYTES && count > 0 {
                break;
            }
            packet.extend((message.len() as u16).to_be_bytes());
            packet.extend(message);
            count += 1;
        }
        packet[18..mold::HEADER].copy_from_slice(&(count as u16).to_be_bytes());
        (packet, count)
    }

    /// Sends the next packet on both lines, or a closing one.
    fn send(&mut self) {
        let from = self.sent;
        let (packet, count) = if from < self.messages.len() {
            let wanted = 1 + self.dice.below(self.plan.packet_messages) as usize;
            let mut end = self.messages.len().min(from + wanted);
            // A packet is lost as a whole: one that nobody gets holds nothing else.
            for edge in [self.plan.lost.start, self.plan.lost.end] {
                if from < edge {
                    end = end.min(edge);
                }
            }
            self.packet(from, end)
        } else {
            self.closing += 1;
            let kind = if self.closing > CLOSING / 2 { 0xFFFF } else { 0 };
            (mold::header(&self.session, from as u64 + 1, kind).to_vec(), 0)
        };
        self.sent += count;
        let nobody = count > 0 && self.plan.lost.contains(&from);
        for line in [Line::A, Line::B] {
            let out = line == Line::A && self.plan.outage.contains(&self.clock);
            if self.dice.chance(self.plan.loss, 1_000_000) || out || nobody {
                continue;
            }
            let copies = 1 + u64::from(self.dice.chance(self.plan.duplication, 1_000_000));
            for _ in 0..copies {
                let jitter = self.dice.below(self.plan.jitter + 1);
                let time = self.clock + self.plan.delay + jitter;
                self.deliver(time, line, packet.clone());
            }
        }
    }

    fn deliver(&mut self, time: u64, line: Line, packet: Vec<u8>) {
        self.number += 1;
        self.on_the_way.push(Reverse((time, self.number, line as u8, packet)));
    }
}
