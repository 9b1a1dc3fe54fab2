//! ITCH messages from the bytes that a SoupBinTCP server sent, as recorded.
//!
//! A recording may start within the connection: then numbers start from 1. A packet that the
//! protocol does not have is counted and skipped by its length; one without a type means that the
//! framing is lost, and ends the reading.

use super::packets::{PREFIX, first, parse_accepted};
use crate::binary_file::{DESYNC, note};
use crate::bytes::Bytes;
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::itch::{self, Decoder, Fault};
use crate::report::{ErrorKind, Report};
use crate::source::{EventSource, Options};

/// A recorded server.
#[derive(Debug)]
pub(crate) struct SoupFile {
    bytes: Bytes,
    /// Start of the next packet.
    offset: usize,
    ended: bool,
    /// Number of the next message.
    next: u64,
    /// Bad packets since the last good one.
    bad_run: u32,
    decoder: Decoder,
    report: Report,
}

impl SoupFile {
    pub(crate) fn new(bytes: Bytes, options: &Options) -> Self {
        Self {
            offset: 0,
            ended: false,
            next: 1,
            bad_run: 0,
            decoder: Decoder::new(options.session_midnight_ns, options.source),
            report: Report::new("soup", bytes.len(), itch::type_name),
            bytes,
        }
    }

    /// The next event, or `None` at the end.
    fn next(&mut self) -> Option<MarketEvent> {
        while !self.ended {
            let Self { bytes, report, .. } = self;
            let at = self.offset;
            let Some((length, kind, payload)) = first(&bytes[at..]) else {
                self.ended = true;
                if at < bytes.len() {
                    let have = bytes.len() - at;
                    let sentence =
                        format_args!("packet at byte {at} has only {have} bytes; the input is cut");
                    report.error(ErrorKind::Truncated, at, sentence);
                }
                break;
            };
            self.offset += length;
            report.packets += 1;
            match (kind, payload) {
                (b'S', message) => {
                    let number = self.next;
                    self.next = number.saturating_add(1);
                    report.records += 1;
                    let mut event = MarketEvent::default();
                    match self.decoder.decode(message, number, &mut event) {
                        Ok(()) => {
                            report.types.add(message[0]);
                            self.bad_run = 0;
                            return Some(event);
                        }
                        Err(fault) => {
                            note(fault, at, report);
                            let lost = matches!(fault, Fault::BadLength { .. });
                            self.bad_run += u32::from(lost);
                        }
                    }
                }
                (b'A', login) => match parse_accepted(login) {
                    Some((_, next)) => self.next = next,
                    None => self.bad_packet(at, kind),
                },
                (b'H', []) => report.heartbeats += 1,
                (b'Z', []) => self.end_of_session(),
                (b'J' | b'+' | b'U', _) => {}
                _ => self.bad_packet(at, kind),
            }
            if self.bad_run >= DESYNC {
                self.ended = true;
                let sentence =
                    format_args!("{DESYNC} bad packets in a row up to byte {at}; reading stopped");
                self.report.error(ErrorKind::Desync, at, sentence);
            }
        }
        None
    }

    fn end_of_session(&mut self) {
        self.ended = true;
        self.report.end_of_session = true;
        let rest = self.bytes.len() - self.offset;
        if rest > 0 {
            let sentence =
                format_args!("{rest} bytes after the end of the session at byte {}", self.offset);
            self.report.error(ErrorKind::TrailingBytes, self.offset, sentence);
        }
    }

    fn bad_packet(&mut self, at: usize, kind: u8) {
        self.bad_run += 1;
        let sentence = format_args!("packet at byte {at} of type {kind:#04x} is not valid");
        self.report.error(ErrorKind::MalformedPacket, at, sentence);
    }
}

impl EventSource for SoupFile {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len()
            && let Some(event) = self.next()
        {
            out[filled] = event;
            filled += 1;
        }
        let report = &mut self.report;
        report.consumed = self.offset as u64;
        if self.ended {
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

/// Whether the first packets are ones that a server sends, with valid messages.
pub(crate) fn looks_like_soup(bytes: &[u8]) -> bool {
    const PACKETS: usize = 4;
    let mut rest = bytes;
    for packet in 0..PACKETS {
        let Some((length, kind, payload)) = first(rest) else {
            return packet > 0;
        };
        let valid = match kind {
            b'A' => parse_accepted(payload).is_some(),
            b'S' => payload
                .first()
                .is_some_and(|&code| usize::from(itch::SIZES[usize::from(code)]) == payload.len()),
            b'J' => payload.len() == 1,
            b'H' | b'Z' => payload.is_empty(),
            b'+' => payload.is_ascii(),
            _ => false,
        };
        if !valid {
            return false;
        }
        rest = &rest[length..];
    }
    bytes.len() > PREFIX
}
