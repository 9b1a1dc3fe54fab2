//! Packets of numbered messages in a capture, replayed in capture order.
//!
//! Numbers are followed per stream: a hole becomes a [`Kind::Gap`] event, a repeated message is
//! dropped, a late one is marked [`flags::OUT_OF_ORDER`].

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use super::datagrams::{Datagram, Datagrams};
use crate::binary_file::note;
use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, flags};
use crate::instruments::Instruments;
use crate::itch::Fault;
use crate::mold::{Order, Sequence};
use crate::report::{ErrorKind, Report, SkipReason};
use crate::source::{EventSource, Format, OpenError, Options};

/// Bytes of the length before each message.
const BLOCK_PREFIX: usize = 2;

/// What a packet's header says.
#[derive(Debug)]
pub(crate) struct Header<S> {
    /// Messages of one stream are numbered together.
    pub(crate) stream: S,
    /// Number of the first message, or of the next one if there is none.
    pub(crate) first: u64,
    /// Messages in the packet.
    pub(crate) count: u16,
    /// The source says that it ends.
    pub(crate) end: bool,
    /// Where the first message's length stands.
    pub(crate) blocks: usize,
}

/// A protocol whose packets hold numbered messages.
pub(crate) trait Protocol {
    /// Identifies a stream of numbers.
    type Stream: Hash + Eq;

    /// Reads a packet's header.
    fn header(datagram: &[u8]) -> Result<Header<Self::Stream>, SkipReason>;

    /// The first message of the blocks, if it is all there.
    fn block(blocks: &[u8]) -> Option<&[u8]>;

    /// Decodes a message with that number.
    fn decode(&mut self, message: &[u8], number: u64, out: &mut MarketEvent) -> Result<(), Fault>;

    /// Exchange time of the latest message.
    fn now(&self) -> u64;

    /// Events that went out with [`flags::BAD_TS`].
    fn bad_timestamps(&self) -> u64;

    /// Symbols named so far.
    fn instruments(&self) -> &Instruments;
}

/// Events of a capture of such packets.
#[derive(Debug)]
pub(crate) struct NumberedFeed<P: Protocol> {
    datagrams: Datagrams,
    open: Option<OpenPacket>,
    /// Where the stream's sequence stands in `sequences`, in order of first appearance.
    streams: HashMap<P::Stream, usize>,
    sequences: Vec<Sequence>,
    protocol: P,
    report: Report,
}

impl<P: Protocol> NumberedFeed<P> {
    pub(crate) fn new(
        bytes: Bytes,
        options: &Options,
        protocol: P,
        format: Format,
        name_of: fn(u8) -> &'static str,
    ) -> Result<Self, OpenError> {
        let report = Report::new(format.name(), bytes.len(), name_of);
        let wrong = |reason| OpenError::WrongFormat { format, reason };
        Ok(Self {
            datagrams: Datagrams::new(bytes, options.verify_checksums).map_err(wrong)?,
            open: None,
            streams: HashMap::new(),
            sequences: Vec::new(),
            protocol,
            report,
        })
    }

    /// Finds the next packet; `None` at the end of the capture.
    fn next_packet(&mut self) -> Option<OpenPacket> {
        while let Some(datagram) = self.datagrams.next(&mut self.report) {
            match self.opened(&datagram) {
                Ok(packet) => return Some(packet),
                Err(reason) => self.report.skip(reason),
            }
        }
        None
    }

    fn opened(&mut self, datagram: &Datagram) -> Result<OpenPacket, SkipReason> {
        let Range { start, end } = datagram.payload;
        let header = P::header(&self.datagrams.bytes()[start..end])?;
        self.report.heartbeats += u64::from(header.count == 0 && !header.end);
        self.report.end_of_session |= header.end;
        let stream = *self.streams.entry(header.stream).or_insert_with(|| {
            self.sequences.push(Sequence::starting_at(header.first));
            self.sequences.len() - 1
        });
        Ok(OpenPacket {
            stream,
            sequence: header.first,
            left: header.count,
            blocks: start + header.blocks..end,
            time: datagram.time,
        })
    }
}

/// A packet whose messages are being delivered.
#[derive(Debug)]
struct OpenPacket {
    /// Index of its stream.
    stream: usize,
    /// Number of the next message.
    sequence: u64,
    /// Messages left; 0 from the start in a heartbeat, which may still tell of a gap.
    left: u16,
    /// Place of the blocks left.
    blocks: Range<usize>,
    time: u64,
}

impl OpenPacket {
    /// The next event of the packet, or `None` when it is used up. Faulty and repeated messages are
    /// passed over.
    fn next<P: Protocol>(
        &mut self,
        bytes: &[u8],
        sequence: &mut Sequence,
        protocol: &mut P,
        report: &mut Report,
    ) -> Option<MarketEvent> {
        if let Some(hole) = sequence.gap_before(self.sequence) {
            return Some(gap(&hole, protocol.now(), self.time, report));
        }
        while self.left > 0 {
            let offset = self.blocks.start;
            let Some(message) = P::block(&bytes[self.blocks.clone()]) else {
                let sentence = format_args!(
                    "packet ends at byte {offset} with {} messages to come",
                    self.left
                );
                report.error(ErrorKind::MalformedPacket, offset, sentence);
                self.left = 0;
                return None;
            };
            let number = self.sequence;
            self.blocks.start += BLOCK_PREFIX + message.len();
            self.sequence = self.sequence.wrapping_add(1);
            self.left -= 1;
            report.records += 1;
            let order = sequence.take(number);
            if order == Order::Duplicate {
                report.duplicates += 1;
                continue;
            }
            let mut event = MarketEvent::default();
            match protocol.decode(message, number, &mut event) {
                Ok(()) => {
                    report.types.add(message[0]);
                    report.late += u64::from(order == Order::Late);
                    event.flags |= u16::from(order == Order::Late) * flags::OUT_OF_ORDER;
                    event.flags |= u16::from(self.left == 0) * flags::LAST;
                    event.ts_recv = self.time;
                    return Some(event);
                }
                Err(fault) => note(fault, offset, report),
            }
        }
        if !self.blocks.is_empty() {
            let (offset, count) = (self.blocks.start, self.blocks.len());
            let sentence = format_args!(
                "{count} bytes from byte {offset} after the last message of the packet"
            );
            report.error(ErrorKind::MalformedPacket, offset, sentence);
        }
        None
    }
}

/// Counts a hole and gives the event that says what is missing; its exchange time is the one of the
/// message before it.
pub(crate) fn gap(hole: &Range<u64>, now: u64, time: u64, report: &mut Report) -> MarketEvent {
    let missing = hole.end - hole.start;
    report.gaps += 1;
    report.gap_messages += missing;
    MarketEvent {
        ts_event: now,
        ts_recv: time,
        seq: hole.start,
        aux: missing,
        size: u32::try_from(missing).unwrap_or(u32::MAX),
        kind: Kind::Gap as u8,
        flags: flags::MAYBE_BAD_BOOK,
        ..MarketEvent::default()
    }
}

impl<P: Protocol> EventSource for NumberedFeed<P> {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            if self.open.is_none() {
                self.open = self.next_packet();
            }
            let Some(open) = &mut self.open else { break };
            let (bytes, sequence) = (self.datagrams.bytes(), &mut self.sequences[open.stream]);
            match open.next(bytes, sequence, &mut self.protocol, &mut self.report) {
                Some(event) => {
                    out[filled] = event;
                    filled += 1;
                }
                None => self.open = None,
            }
        }
        self.datagrams.account(&mut self.report);
        self.report.symbols = self.protocol.instruments().len() as u64;
        self.report.bad_timestamps = self.protocol.bad_timestamps();
        self.report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        self.protocol.instruments()
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
