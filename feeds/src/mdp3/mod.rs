//! CME MDP 3.0 in packet captures: books by level and by order, trades, statistics, statuses,
//! snapshots, instrument definitions.
//!
//! Source: "MDP 3.0" (cmegroup.com, client systems wiki) and the schema that the exchange
//! publishes, `templates_FixBinary.xml`, id 1, up to version 13; Simple Binary Encoding, little-endian. A
//! packet is a sequence number (u32) and a sending time (u64), then messages: a size (u16, itself
//! included), block length (u16), template, schema and version (u16 each), the block, and groups.
//! Fields are taken at the template's offsets; block lengths of message and groups are honoured, so
//! that what later versions append is passed over.
//!
//! Packets, not messages, are numbered: `seq` is the packet's number, which its events share, and
//! [`Report::gap_messages`] counts packets. A channel comes on two lines; see `channels.rs` for how
//! they are found. Recovery over TCP is not read.

mod channels;
mod events;
mod layout;

use crate::bytes::Bytes;
use crate::event::{MarketEvent, flags};
use crate::instruments::Instruments;
use crate::mold::Order;
use crate::pcap::{Datagram, Datagrams, gap};
use crate::report::{ErrorKind, Report, SkipReason};
use crate::source::{EventSource, Format, OpenError, Options};
use channels::Channels;
use layout::{Message, MessageFault};

/// Sequence number and sending time.
const PACKET_HEADER: usize = 12;

/// Whether the datagram is a packet: messages of known templates of schema 1 that fill it exactly.
pub(crate) fn is_packet(datagram: &[u8]) -> bool {
    let Some(mut rest) = datagram.get(PACKET_HEADER..).filter(|rest| !rest.is_empty()) else {
        return false;
    };
    while !rest.is_empty() {
        match Message::split(rest) {
            Ok((message, after)) if message.code().is_some() => rest = after,
            _ => return false,
        }
    }
    true
}

/// Events of a capture of MDP 3.0 packets.
#[derive(Debug)]
pub(crate) struct Mdp3Feed {
    datagrams: Datagrams,
    channels: Channels,
    /// Events of the packet that is being delivered, and how many of them are.
    open: Vec<MarketEvent>,
    delivered: usize,
    source: u16,
    now: u64,
    instruments: Instruments,
    report: Report,
}

impl Mdp3Feed {
    pub(crate) fn new(bytes: Bytes, options: &Options) -> Result<Self, OpenError> {
        let wrong = |reason| OpenError::WrongFormat { format: Format::Mdp3, reason };
        Ok(Self {
            report: Report::new(Format::Mdp3.name(), bytes.len(), layout::name_of),
            datagrams: Datagrams::new(bytes, options.verify_checksums).map_err(wrong)?,
            channels: Channels::default(),
            open: Vec::new(),
            delivered: 0,
            source: options.source,
            now: 0,
            instruments: Instruments::default(),
        })
    }

    /// Decodes the next packet into `open`; false at the end of the capture.
    fn next_packet(&mut self) -> bool {
        let Some(datagram) = self.datagrams.next(&mut self.report) else { return false };
        self.open.clear();
        self.delivered = 0;
        let bytes = &self.datagrams.bytes()[datagram.payload.clone()];
        let head = bytes.first_chunk::<PACKET_HEADER>();
        let first = bytes.get(PACKET_HEADER..).map(Message::split);
        match (head, first) {
            (Some(head), Some(Ok(_))) => {
                let [a, b, c, d, sent @ ..] = *head;
                let sequence = u32::from_le_bytes([a, b, c, d]);
                self.packet(&datagram, sequence, u64::from_le_bytes(sent));
            }
            _ => self.report.skip(SkipReason::NotMdp3),
        }
        true
    }

    fn packet(&mut self, datagram: &Datagram, number: u32, sent: u64) {
        let number = u64::from(number);
        let sequence = self.channels.of(datagram.to, number, sent);
        if let Some(hole) = sequence.gap_before(number) {
            self.open.push(gap(&hole, self.now, datagram.time, &mut self.report));
        }
        let order = sequence.take(number);
        let first = self.open.len();
        self.messages(datagram, order == Order::Duplicate);
        self.report.late += u64::from(order == Order::Late);
        let late = u16::from(order == Order::Late) * flags::OUT_OF_ORDER;
        for event in &mut self.open[first..] {
            event.seq = number;
            event.ts_recv = datagram.time;
            event.source = self.source;
            event.flags |= late;
        }
        if let Some(last) = self.open[first..].last_mut() {
            last.flags |= flags::LAST;
        }
    }

    /// Decodes the messages of a packet, or only counts them if the packet came before.
    fn messages(&mut self, datagram: &Datagram, repeated: bool) {
        let Self { datagrams, instruments, report, open, .. } = self;
        let mut at = datagram.payload.start + PACKET_HEADER;
        while at < datagram.payload.end {
            let message = match Message::split(&datagrams.bytes()[at..datagram.payload.end]) {
                Ok((message, _)) => message,
                Err(fault) => {
                    let sentence = format_args!(
                        "message at byte {at} {fault}; the rest of its packet is lost"
                    );
                    report.error(ErrorKind::MalformedPacket, at, sentence);
                    return;
                }
            };
            report.records += 1;
            if repeated {
                report.duplicates += 1;
            } else if let Some(code) = message.code() {
                let whole = open.len();
                match events::append(&message, instruments, open) {
                    Some(now) => {
                        self.now = now.unwrap_or(self.now);
                        report.types.add(code);
                        report.heartbeats += u64::from(message.template == layout::HEARTBEAT);
                    }
                    None => {
                        open.truncate(whole);
                        let sentence = format_args!("message at byte {at} {}", MessageFault::Cut);
                        report.error(ErrorKind::BadLength, at, sentence);
                    }
                }
            } else {
                report.unknown_types.add(message.template.to_le_bytes()[0]);
                let sentence = format_args!("message at byte {at} {}", MessageFault::Unknown);
                report.error(ErrorKind::UnknownType, at, sentence);
            }
            at += message.size;
        }
    }
}

impl EventSource for Mdp3Feed {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            let ready = &self.open[self.delivered..];
            let now = ready.len().min(out.len() - filled);
            out[filled..filled + now].copy_from_slice(&ready[..now]);
            (filled, self.delivered) = (filled + now, self.delivered + now);
            if filled < out.len() && !self.next_packet() {
                break;
            }
        }
        self.datagrams.account(&mut self.report);
        self.report.symbols = self.instruments.len() as u64;
        self.report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
