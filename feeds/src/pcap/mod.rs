//! ITCH messages from MoldUDP64 packets in a capture, replayed in capture order.
//!
//! A packet that is not MoldUDP64 over UDP is counted with its reason and skipped. Sequence numbers
//! are followed per session: a hole becomes a [`Kind::Gap`] event, a repeated message is dropped, a
//! late one is marked [`flags::OUT_OF_ORDER`]. Checksums are not verified: network cards often fill
//! them in after the capture point.

mod capture;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_parser::Linktype;
use std::collections::HashMap;
use std::ops::Range;

use crate::binary_file::note;
use crate::bytes::Bytes;
use crate::event::{Kind, MarketEvent, flags};
use crate::instruments::Instruments;
use crate::itch::{self, Decoder};
use crate::mold::{self, Order, PacketKind, Sequence, Session};
use crate::report::{ErrorKind, Report, SkipReason};
use crate::source::{EventSource, Format, OpenError, Options};
use capture::Capture;
pub(crate) use capture::is_capture;

/// MoldUDP64 packets in a capture.
#[derive(Debug)]
pub(crate) struct PcapFeed {
    bytes: Bytes,
    capture: Capture,
    open: Option<OpenPacket>,
    sessions: Sessions,
    decoder: Decoder,
    report: Report,
}

/// The sessions heard, in order of first appearance.
#[derive(Debug, Default)]
struct Sessions {
    index: HashMap<Session, usize>,
    sequences: Vec<Sequence>,
}

/// A packet whose messages are being delivered.
#[derive(Debug)]
struct OpenPacket {
    /// Index of its session.
    session: usize,
    /// Sequence number of the next message.
    sequence: u64,
    /// Messages left; 0 from the start in a heartbeat, which may still tell of a gap.
    left: u16,
    /// Place of the blocks left.
    blocks: Range<usize>,
    time: u64,
}

impl PcapFeed {
    pub(crate) fn new(bytes: Bytes, options: &Options) -> Result<Self, OpenError> {
        let wrong = |reason| OpenError::WrongFormat { format: Format::Pcap, reason };
        Ok(Self {
            capture: Capture::new(&bytes).map_err(wrong)?,
            open: None,
            sessions: Sessions::default(),
            decoder: Decoder::new(options.session_midnight_ns, options.source),
            report: Report::new("pcap", bytes.len(), itch::type_name),
            bytes,
        })
    }

    /// Finds the next MoldUDP64 packet; `None` at the end of the capture.
    fn next_packet(&mut self) -> Option<OpenPacket> {
        let Self { bytes, capture, sessions, report, .. } = self;
        while let Some(packet) = capture.next(bytes, report) {
            report.packets += 1;
            let opened = datagram(&packet).and_then(|datagram| {
                let start = offset_in(bytes, datagram);
                sessions.open(datagram, start, packet.time, report)
            });
            match opened {
                Ok(packet) => return Some(packet),
                Err(reason) => report.skip(reason),
            }
        }
        None
    }
}

impl Sessions {
    /// Reads the MoldUDP64 header of a datagram that starts at byte `start`.
    fn open(
        &mut self,
        datagram: &[u8],
        start: usize,
        time: u64,
        report: &mut Report,
    ) -> Result<OpenPacket, SkipReason> {
        let packet = mold::Packet::parse(datagram).ok_or(SkipReason::NotMold)?;
        let left = match packet.kind {
            PacketKind::Messages(count) => count,
            PacketKind::Request => return Err(SkipReason::Request),
            PacketKind::Heartbeat => {
                report.heartbeats += 1;
                0
            }
            PacketKind::EndOfSession => {
                report.end_of_session = true;
                0
            }
        };
        let session = *self.index.entry(packet.session).or_insert_with(|| {
            self.sequences.push(Sequence::starting_at(packet.sequence));
            self.sequences.len() - 1
        });
        let blocks = start + mold::HEADER..start + datagram.len();
        Ok(OpenPacket { session, sequence: packet.sequence, left, blocks, time })
    }
}

impl OpenPacket {
    /// The next event of the packet, or `None` when it is used up. Faulty and repeated messages are
    /// passed over.
    fn next(
        &mut self,
        bytes: &[u8],
        sequence: &mut Sequence,
        decoder: &mut Decoder,
        report: &mut Report,
    ) -> Option<MarketEvent> {
        if let Some(hole) = sequence.gap_before(self.sequence) {
            report.gaps += 1;
            report.gap_messages += hole.end - hole.start;
            return Some(self.gap(&hole, decoder.now()));
        }
        while self.left > 0 {
            let offset = self.blocks.start;
            let Some(frame) = mold::block(&bytes[self.blocks.clone()]) else {
                let sentence = format_args!(
                    "packet ends at byte {offset} with {} messages to come",
                    self.left
                );
                report.error(ErrorKind::MalformedPacket, offset, sentence);
                self.left = 0;
                return None;
            };
            let number = self.sequence;
            self.blocks.start += mold::BLOCK_PREFIX + frame.len();
            self.sequence = self.sequence.wrapping_add(1);
            self.left -= 1;
            report.records += 1;
            let order = sequence.take(number);
            if order == Order::Duplicate {
                report.duplicates += 1;
                continue;
            }
            let mut event = MarketEvent::default();
            match decoder.decode(frame, number, &mut event) {
                Ok(()) => {
                    report.types.add(frame[0]);
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

    /// The event that says what is missing; its exchange time is the one of the message before it.
    fn gap(&self, hole: &Range<u64>, now: u64) -> MarketEvent {
        let missing = hole.end - hole.start;
        MarketEvent {
            ts_event: now,
            ts_recv: self.time,
            seq: hole.start,
            aux: missing,
            size: u32::try_from(missing).unwrap_or(u32::MAX),
            kind: Kind::Gap as u8,
            flags: flags::MAYBE_BAD_BOOK,
            ..MarketEvent::default()
        }
    }
}

impl EventSource for PcapFeed {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            if self.open.is_none() {
                self.open = self.next_packet();
            }
            let Some(open) = &mut self.open else { break };
            let sequence = &mut self.sessions.sequences[open.session];
            match open.next(&self.bytes, sequence, &mut self.decoder, &mut self.report) {
                Some(event) => {
                    out[filled] = event;
                    filled += 1;
                }
                None => self.open = None,
            }
        }
        let report = &mut self.report;
        report.consumed = self.capture.offset as u64;
        if self.capture.ended {
            report.trailing_bytes = report.bytes - report.consumed;
        }
        report.symbols = self.decoder.instruments().len() as u64;
        report.bad_timestamps = self.decoder.bad_timestamps();
        report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        self.decoder.instruments()
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

/// The payload of a UDP packet, or why there is none.
fn datagram<'a>(packet: &capture::Packet<'a>) -> Result<&'a [u8], SkipReason> {
    if packet.cut {
        return Err(SkipReason::CutByCapture);
    }
    let sliced = match packet.link {
        Linktype::ETHERNET => SlicedPacket::from_ethernet(packet.data),
        Linktype::LINUX_SLL => SlicedPacket::from_linux_sll(packet.data),
        _ => return Err(SkipReason::LinkType),
    };
    let sliced = sliced.map_err(|_| SkipReason::BadHeader)?;
    let fragmented = match &sliced.net {
        Some(NetSlice::Ipv4(ip)) => ip.is_payload_fragmented(),
        Some(NetSlice::Ipv6(ip)) => ip.is_payload_fragmented(),
        _ => return Err(SkipReason::NotIp),
    };
    match sliced.transport {
        Some(TransportSlice::Udp(udp)) => Ok(udp.payload()),
        _ if fragmented => Err(SkipReason::Fragment),
        _ => Err(SkipReason::NotUdp),
    }
}

/// Where `part` starts in `whole`, of which it is a part.
fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}
