//! What a source saw: counts, time span, gaps, and every kind of fault with its place.
//!
//! Invariant at the end of a source: `consumed + trailing_bytes == bytes`.

use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

use crate::event::MarketEvent;

/// How many faults are kept with their place; all are counted.
pub const LOCATED_ERRORS: usize = 64;

/// What a source saw so far. Up to date after every [`crate::EventSource::fill`].
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the format.
    pub format: &'static str,
    /// Length of the input in bytes, after unpacking; 0 for a source that has no bytes.
    pub bytes: u64,
    /// Bytes read and accounted for.
    pub consumed: u64,
    /// Bytes that were not read when the source ended: after an end of session, a truncation or a
    /// loss of framing.
    pub trailing_bytes: u64,
    /// Messages, records or rows seen, the faulty ones included.
    pub records: u64,
    /// Events delivered.
    pub events: u64,
    /// Decoded messages by type.
    pub types: TypeCounts,
    /// Well-framed messages of a type that the format does not have.
    pub unknown_types: TypeCounts,
    /// Exchange time of the first event in UNIX nanoseconds.
    pub first_ts_event: Option<u64>,
    /// Exchange time of the last event in UNIX nanoseconds.
    pub last_ts_event: Option<u64>,
    /// Events delivered with [`crate::flags::BAD_TS`].
    pub bad_timestamps: u64,
    /// Sizes that stand for more than `u32::MAX` and whose full number is nowhere.
    pub saturated_sizes: u64,
    /// Number of symbols named so far.
    pub symbols: u64,
    /// Holes in the sequence numbers.
    pub gaps: u64,
    /// Messages missing in those holes when they were seen.
    pub gap_messages: u64,
    /// Messages that came late and filled a part of a hole.
    pub late: u64,
    /// Messages dropped because their sequence number had been delivered before.
    pub duplicates: u64,
    /// Packets in the capture.
    pub packets: u64,
    /// Heartbeat packets.
    pub heartbeats: u64,
    /// Packets that hold nothing for this decoder, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Faults by kind.
    pub errors: BTreeMap<ErrorKind, u64>,
    /// The first [`LOCATED_ERRORS`] faults.
    pub located: Vec<LocatedError>,
    /// Whether the source said that its session ended.
    pub end_of_session: bool,
}

impl Report {
    pub(crate) fn new(format: &'static str, bytes: usize, name_of: fn(u8) -> &'static str) -> Self {
        Self {
            format,
            bytes: bytes as u64,
            consumed: 0,
            trailing_bytes: 0,
            records: 0,
            events: 0,
            types: TypeCounts::new(name_of),
            unknown_types: TypeCounts::new(|_| "unknown"),
            first_ts_event: None,
            last_ts_event: None,
            bad_timestamps: 0,
            saturated_sizes: 0,
            symbols: 0,
            gaps: 0,
            gap_messages: 0,
            late: 0,
            duplicates: 0,
            packets: 0,
            heartbeats: 0,
            skipped: BTreeMap::new(),
            errors: BTreeMap::new(),
            located: Vec::new(),
            end_of_session: false,
        }
    }

    /// Number of faults of every kind.
    #[must_use]
    pub fn total_errors(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Number of packets skipped for any reason.
    #[must_use]
    pub fn total_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Notes what one `fill` delivered.
    pub(crate) fn delivered(&mut self, events: &[MarketEvent]) {
        if let (Some(first), Some(last)) = (events.first(), events.last()) {
            self.events += events.len() as u64;
            self.first_ts_event.get_or_insert(first.ts_event);
            self.last_ts_event = Some(last.ts_event);
        }
    }

    pub(crate) fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Counts a fault at byte `offset`; the sentence is only made while places are kept.
    #[cold]
    pub(crate) fn error(&mut self, kind: ErrorKind, offset: usize, sentence: fmt::Arguments<'_>) {
        *self.errors.entry(kind).or_default() += 1;
        if self.located.len() < LOCATED_ERRORS {
            self.located.push(LocatedError {
                offset: offset as u64,
                kind,
                sentence: sentence.to_string(),
            });
        }
    }
}

/// One fault and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocatedError {
    /// Byte offset in the input (after unpacking) of the record, block or row.
    pub offset: u64,
    /// Which fault.
    pub kind: ErrorKind,
    /// What was found, in words.
    pub sentence: String,
}

/// Kinds of fault in the bytes. None of them yields an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input ends inside a record.
    Truncated,
    /// The length of a message is not the one of its type.
    BadLength,
    /// A message of no bytes.
    ZeroLength,
    /// A message of a type that the format does not have.
    UnknownType,
    /// Bytes after the end of the session.
    TrailingBytes,
    /// Framing is lost: reading stopped.
    Desync,
    /// The messages do not fill their packet as its header says.
    MalformedPacket,
    /// The capture file's own structure is broken: reading stopped.
    MalformedCapture,
    /// A row of text that cannot be read.
    BadRow,
    /// Bytes are not as they were written: reading stopped.
    BadChecksum,
    /// The network could not be read any more.
    Network,
}

/// Why a packet of a capture holds nothing for this decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SkipReason {
    /// The capture kept only the beginning of the packet.
    CutByCapture,
    /// The link layer is not Ethernet or Linux cooked capture.
    LinkType,
    /// A header of the packet cannot be read.
    BadHeader,
    /// Not IPv4 or IPv6.
    NotIp,
    /// The UDP checksum is wrong.
    BadChecksum,
    /// A fragment of an IP packet.
    Fragment,
    /// TCP or another transport.
    NotUdp,
    /// The datagram is not MoldUDP64.
    NotMold,
    /// A MoldUDP64 retransmission request.
    Request,
    /// The datagram is not an IEX-TP segment of DEEP or TOPS.
    NotIexTp,
    /// The datagram is not CME MDP 3.0.
    NotMdp3,
}

/// Number of messages of each type byte. Serialises as a list of code, name and count, most
/// frequent first.
#[derive(Clone)]
pub struct TypeCounts {
    counts: Box<[u64; 256]>,
    name_of: fn(u8) -> &'static str,
}

/// One line of [`TypeCounts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TypeCount {
    /// The type byte as a character.
    pub code: char,
    /// Its name in the specification.
    pub name: &'static str,
    /// How many.
    pub count: u64,
}

impl TypeCounts {
    pub(crate) fn new(name_of: fn(u8) -> &'static str) -> Self {
        Self { counts: Box::new([0; 256]), name_of }
    }

    #[inline]
    pub(crate) fn add(&mut self, code: u8) {
        self.counts[usize::from(code)] += 1;
    }

    /// Messages of the type `code`.
    #[must_use]
    pub fn get(&self, code: u8) -> u64 {
        self.counts[usize::from(code)]
    }

    /// Messages of all types.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The types that occurred, most frequent first, then by code.
    #[must_use]
    pub fn sorted(&self) -> Vec<TypeCount> {
        let mut lines: Vec<TypeCount> = (0..=u8::MAX)
            .filter(|&code| self.get(code) > 0)
            .map(|code| TypeCount {
                code: char::from(code),
                name: (self.name_of)(code),
                count: self.get(code),
            })
            .collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.count));
        lines
    }
}

impl fmt::Debug for TypeCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sorted()).finish()
    }
}

impl Serialize for TypeCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.sorted().serialize(serializer)
    }
}
