//! MoldUDP64: the packet, and the sequence numbers of a session.
//!
//! Source: "MoldUDP64 Protocol Specification" (Nasdaq). A packet is session (10
//! characters), sequence number of its first message (u64), message count (u16), then that many
//! blocks of a two-byte length and a message; all big-endian. Count 0 is a heartbeat, 0xFFFF the
//! end of the session; both carry the next expected number. A request for retransmission is a
//! header alone, with a count.
//!
//! Nothing is held back here: what comes is delivered at once, and late messages are marked.

use std::ops::Range;

/// Bytes of the packet header.
pub(crate) const HEADER: usize = 20;

/// Bytes of the length before each message.
pub(crate) const BLOCK_PREFIX: usize = 2;

/// Name of a session.
pub(crate) type Session = [u8; 10];

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PacketKind {
    Messages(u16),
    Heartbeat,
    EndOfSession,
    Request,
}

/// A packet's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) session: Session,
    pub(crate) sequence: u64,
    pub(crate) kind: PacketKind,
}

impl Packet {
    /// Reads a header; `None` if the datagram cannot be MoldUDP64.
    ///
    /// A session name is letters, digits and spaces. A packet of messages must begin with a block
    /// that fits: then the binary headers of other protocols do not pass.
    pub(crate) fn parse(datagram: &[u8]) -> Option<Self> {
        let (&session, rest) = datagram.split_first_chunk::<10>()?;
        let (&sequence, rest) = rest.split_first_chunk::<8>()?;
        let (&count, blocks) = rest.split_first_chunk::<2>()?;
        if !session.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ') {
            return None;
        }
        let kind = match (u16::from_be_bytes(count), blocks) {
            (0, []) => PacketKind::Heartbeat,
            (0xFFFF, []) => PacketKind::EndOfSession,
            (_, []) => PacketKind::Request,
            (0 | 0xFFFF, _) => return None,
            (count, blocks) => {
                block(blocks)?;
                PacketKind::Messages(count)
            }
        };
        Some(Self { session, sequence: u64::from_be_bytes(sequence), kind })
    }
}

/// The bytes of a header.
pub(crate) fn header(session: &Session, sequence: u64, count: u16) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..10].copy_from_slice(session);
    bytes[10..18].copy_from_slice(&sequence.to_be_bytes());
    bytes[18..].copy_from_slice(&count.to_be_bytes());
    bytes
}

/// The first message of `blocks`, if it is all there.
#[inline]
pub(crate) fn block(blocks: &[u8]) -> Option<&[u8]> {
    let (prefix, rest) = blocks.split_first_chunk::<BLOCK_PREFIX>()?;
    rest.get(..usize::from(u16::from_be_bytes(*prefix)))
}

/// How a sequence number stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The expected one.
    Next,
    /// Was missing until now.
    Late,
    /// Was delivered before.
    Duplicate,
}

/// Holes that are remembered, so that late messages are told from duplicates.
const HOLES: usize = 1_024;

/// The sequence numbers of one session.
#[derive(Debug)]
pub(crate) struct Sequence {
    expected: u64,
    /// Numbers below `expected` that did not come; the oldest are forgotten beyond [`HOLES`].
    holes: Vec<Range<u64>>,
}

impl Sequence {
    /// A session starts wherever it is first heard.
    pub(crate) fn starting_at(first: u64) -> Self {
        Self { expected: first, holes: Vec::new() }
    }

    /// Moves on to `sequence`; gives the numbers that are missing before it, if any.
    pub(crate) fn gap_before(&mut self, sequence: u64) -> Option<Range<u64>> {
        if sequence <= self.expected {
            return None;
        }
        let hole = self.expected..sequence;
        self.expected = sequence;
        self.remember(self.holes.len(), hole.clone());
        Some(hole)
    }

    /// Whether the number was taken before, or so long ago that its hole is forgotten.
    pub(crate) fn is_past(&self, sequence: u64) -> bool {
        sequence < self.expected && !self.holes.iter().any(|hole| hole.contains(&sequence))
    }

    fn remember(&mut self, at: usize, hole: Range<u64>) {
        self.holes.insert(at, hole);
        if self.holes.len() > HOLES {
            self.holes.remove(0);
        }
    }

    /// Takes `sequence`, which must not be beyond the expected one.
    #[inline]
    pub(crate) fn take(&mut self, sequence: u64) -> Order {
        if sequence == self.expected {
            self.expected = self.expected.saturating_add(1);
            return Order::Next;
        }
        let Some(i) = self.holes.iter().position(|hole| hole.contains(&sequence)) else {
            return Order::Duplicate;
        };
        let hole = self.holes.remove(i);
        for part in [sequence + 1..hole.end, hole.start..sequence] {
            if !part.is_empty() {
                self.remember(i, part);
            }
        }
        Order::Late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn packet(session: &[u8; 10], sequence: u64, count: u16, blocks: &[u8]) -> Vec<u8> {
        [&session[..], &sequence.to_be_bytes(), &count.to_be_bytes(), blocks].concat()
    }

    #[test]
    fn the_four_kinds_of_packet() {
        let kind = |count, blocks: &[u8]| {
            Packet::parse(&packet(b"000010059B", 7, count, blocks)).map(|p| p.kind)
        };
        assert_eq!(kind(0, &[]), Some(PacketKind::Heartbeat));
        assert_eq!(kind(0xFFFF, &[]), Some(PacketKind::EndOfSession));
        assert_eq!(kind(5, &[]), Some(PacketKind::Request));
        assert_eq!(kind(1, &[0, 1, b'S']), Some(PacketKind::Messages(1)));
        assert_eq!(kind(1, &[0, 9, b'S']), None, "the first block must fit");
        assert_eq!(kind(0, &[0, 0]), None, "a heartbeat has no block");
    }

    #[test]
    fn other_protocols_do_not_pass() {
        assert_eq!(Packet::parse(b"too short for it"), None);
        assert_eq!(Packet::parse(&packet(b"\x01\x00\x04\x80sessio", 7, 0, &[])), None);
    }

    #[test]
    fn the_memory_of_holes_is_bounded() {
        let mut sequence = Sequence::starting_at(0);
        for number in 0..HOLES as u64 {
            sequence.gap_before(number * 10 + 9);
            sequence.take(number * 10 + 9);
        }
        for number in 100..HOLES as u64 {
            assert_eq!(sequence.take(number * 10 + 4), Order::Late, "splits a hole");
        }
        assert_eq!(sequence.holes.len(), HOLES);
        assert_eq!(sequence.take(4), Order::Duplicate, "its hole is forgotten");
    }

    proptest! {
        /// Against a set of everything seen: each number is delivered once, whatever the order.
        #[test]
        fn sequence_agrees_with_a_set(numbers in proptest::collection::vec(100u64..160, 1..200)) {
            let mut sequence = Sequence::starting_at(numbers[0]);
            let mut seen = HashSet::new();
            for &number in &numbers {
                let gap = sequence.gap_before(number);
                prop_assert!(gap.is_none_or(|hole| hole.clone().all(|missing| !seen.contains(&missing))));
                let new = number >= numbers[0] && seen.insert(number);
                prop_assert_eq!(sequence.take(number) != Order::Duplicate, new);
            }
        }
    }
}
