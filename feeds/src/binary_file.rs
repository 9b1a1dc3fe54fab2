//! BinaryFILE: messages with a two-byte big-endian length before each; length 0 ends the session.
//!
//! A message of a wrong length or an unknown type is skipped by its length and never decoded.
//! Lengths that cannot be trusted any more ([`DESYNC`] bad ones in a row) end the reading: what
//! follows would be noise.

use crate::bytes::Bytes;
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::itch::{self, Decoder, Fault, PREFIX, RECORD};
use crate::report::{ErrorKind, Report};
use crate::source::{EventSource, Framing, Options};

/// So many messages of bad length in a row mean that the framing is lost.
pub(crate) const DESYNC: u32 = 16;

/// ITCH messages from a BinaryFILE.
#[derive(Debug)]
pub(crate) struct BinaryFile {
    bytes: Bytes,
    framer: Framer,
    decoder: Decoder,
    report: Report,
}

impl BinaryFile {
    pub(crate) fn new(bytes: Bytes, options: &Options) -> Self {
        Self {
            framer: Framer::new(options.framing),
            decoder: Decoder::new(options.session_midnight_ns, options.source),
            report: Report::new("itch50", bytes.len(), itch::type_name),
            bytes,
        }
    }
}

impl EventSource for BinaryFile {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let Self { bytes, framer, decoder, report } = self;
        let filled = decode(bytes, usize::MAX, framer, decoder, report, out);
        framer.account(report, decoder);
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

/// Decodes records that start no later than `last` bytes into `bytes`, and says how many events
/// that gave.
#[inline(always)]
pub(crate) fn decode(
    bytes: &[u8],
    last: usize,
    framer: &mut Framer,
    decoder: &mut Decoder,
    report: &mut Report,
    out: &mut [MarketEvent],
) -> usize {
    let mut filled = 0;
    // A record of a run starts `RECORD` bytes or more before the end of what the run is given.
    let run = &bytes[..bytes.len().min(last.saturating_add(RECORD))];
    loop {
        if framer.framing == Framing::Strict && !framer.ended {
            filled += framer.run(run, decoder, report, &mut out[filled..]);
        }
        if filled == out.len() || framer.offset > last {
            break;
        }
        let Some((offset, frame)) = framer.next(bytes, report) else { break };
        match decoder.decode(frame, framer.records - 1, &mut out[filled]) {
            Ok(()) => {
                framer.bad_run = 0;
                report.types.add(frame[0]);
                filled += 1;
            }
            Err(fault) => framer.reject(offset, fault, report),
        }
    }
    filled
}

/// Finds the records, in a file or in a window that moves over one.
#[derive(Debug)]
pub(crate) struct Framer {
    framing: Framing,
    /// Place of the window in the file.
    base: usize,
    /// Start of the next record, in the window.
    offset: usize,
    records: u64,
    /// Bad lengths since the last good message.
    bad_run: u32,
    ended: bool,
}

impl Framer {
    pub(crate) fn new(framing: Framing) -> Self {
        Self { framing, base: 0, offset: 0, records: 0, bad_run: 0, ended: false }
    }

    /// Whether there are no more records.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Start of the next record, in the window.
    pub(crate) fn within(&self) -> usize {
        self.offset
    }

    /// Start of the next record, in the file.
    pub(crate) fn offset(&self) -> usize {
        self.base + self.offset
    }

    /// Moves the window to the next record, and says how far that is.
    pub(crate) fn slide(&mut self) -> usize {
        self.base += self.offset;
        std::mem::take(&mut self.offset)
    }

    /// Puts the account of bytes, records and symbols into the report.
    pub(crate) fn account(&self, report: &mut Report, decoder: &Decoder) {
        report.consumed = self.offset() as u64;
        report.records = self.records;
        if self.ended {
            report.trailing_bytes = report.bytes - report.consumed;
        }
        report.symbols = decoder.instruments().len() as u64;
        report.bad_timestamps = decoder.bad_timestamps();
    }

    /// Decodes the messages that need no care, and says how many.
    #[inline(always)]
    fn run(
        &mut self,
        bytes: &[u8],
        decoder: &mut Decoder,
        report: &mut Report,
        out: &mut [MarketEvent],
    ) -> usize {
        let Some(records) = bytes.get(self.offset..) else { return 0 };
        let (consumed, filled) = decoder.decode_run(records, self.records, &mut report.types, out);
        self.offset += consumed;
        self.records += filled as u64;
        if filled > 0 {
            self.bad_run = 0;
        }
        filled
    }

    /// The next record's offset in the file and message, or `None` at the end.
    #[inline(always)]
    fn next<'a>(&mut self, bytes: &'a [u8], report: &mut Report) -> Option<(usize, &'a [u8])> {
        if self.ended {
            return None;
        }
        let offset = self.offset;
        let Some((prefix, rest)) = bytes[offset..].split_first_chunk::<PREFIX>() else {
            return self.end(bytes.len() - offset, PREFIX, report);
        };
        let length = match self.framing {
            Framing::Strict => usize::from(u16::from_be_bytes(*prefix)),
            Framing::LengthByType => match rest.first() {
                Some(&code) => usize::from(itch::SIZES[usize::from(code)]),
                None => return self.end(PREFIX, PREFIX + 1, report),
            },
        };
        if length == 0 {
            return self.no_length(rest, report);
        }
        let Some(frame) = rest.get(..length) else {
            return self.end(PREFIX + rest.len(), PREFIX + length, report);
        };
        self.offset += PREFIX + length;
        self.records += 1;
        Some((self.base + offset, frame))
    }

    /// The input ends, cleanly if no byte is left.
    #[cold]
    fn end<T>(&mut self, have: usize, need: usize, report: &mut Report) -> Option<T> {
        self.ended = true;
        if have > 0 {
            let at = self.offset();
            let sentence = format_args!(
                "record at byte {at} needs {need} bytes and has {have}; the input is cut"
            );
            report.error(ErrorKind::Truncated, at, sentence);
        }
        None
    }

    /// The record has no length: end of session, or a type whose length is not known.
    #[cold]
    fn no_length<T>(&mut self, rest: &[u8], report: &mut Report) -> Option<T> {
        self.ended = true;
        let at = self.offset();
        if self.framing == Framing::LengthByType {
            let code = rest[0];
            report.unknown_types.add(code);
            let sentence = format_args!(
                "unknown type {code:#04x} at byte {at} has no known length; reading stopped"
            );
            report.error(ErrorKind::Desync, at, sentence);
            return None;
        }
        report.end_of_session = true;
        self.offset += PREFIX;
        let (end, left) = (self.offset(), report.bytes.saturating_sub(self.offset() as u64));
        if left > 0 {
            let sentence = format_args!(
                "{left} bytes after the end of the session at byte {at}; if all lengths are 0, read by type (`--length-by-type`)"
            );
            report.error(ErrorKind::TrailingBytes, end, sentence);
        }
        None
    }

    /// Counts a frame that is not a message.
    #[cold]
    fn reject(&mut self, offset: usize, fault: Fault, report: &mut Report) {
        note(fault, offset, report);
        if let Fault::BadLength { .. } = fault {
            self.bad_run += 1;
            if self.bad_run == DESYNC {
                self.ended = true;
                let sentence = format_args!(
                    "{DESYNC} bad lengths in a row up to byte {offset}; reading stopped"
                );
                report.error(ErrorKind::Desync, offset, sentence);
            }
        }
    }
}

/// Counts a frame that is not a message.
pub(crate) fn note(fault: Fault, offset: usize, report: &mut Report) {
    let kind = match fault {
        Fault::Empty => ErrorKind::ZeroLength,
        Fault::UnknownType(code) => {
            report.unknown_types.add(code);
            ErrorKind::UnknownType
        }
        Fault::BadLength { .. } => ErrorKind::BadLength,
    };
    report.error(kind, offset, format_args!("{fault} (byte {offset})"));
}

/// Whether the first records have a known type each, and the length of that type or (all) none.
pub(crate) fn looks_like_itch(bytes: &[u8]) -> bool {
    const RECORDS: usize = 4;
    let mut rest = bytes;
    for record in 0..RECORDS {
        let Some((prefix, message)) = rest.split_first_chunk::<PREFIX>() else {
            return record > 0 && rest.is_empty();
        };
        let length = u16::from_be_bytes(*prefix);
        let Some(&code) = message.first() else {
            return record > 0 && length == 0;
        };
        let size = itch::SIZES[usize::from(code)];
        if size == 0 || (length != 0 && length != u16::from(size)) {
            return false;
        }
        let Some(next) = message.get(usize::from(size)..) else {
            return record > 0;
        };
        rest = next;
    }
    true
}
