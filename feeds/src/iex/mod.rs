//! IEX-TP: DEEP 1.0 and TOPS 1.6 in packet captures.
//!
//! Source: "IEX Transport Specification", "IEX DEEP Specification" and "IEX TOPS Specification"
//! (iextrading.com, message formats). All integers are little-endian, times are nanoseconds since
//! the UNIX epoch, prices have four decimals, symbols are eight characters padded with spaces.
//!
//! A segment is version (u8, 1), reserved (u8), protocol (u16), channel (u32), session (u32),
//! length of the payload (u16), message count (u16), offset in the stream (i64), number of the
//! first message (i64), send time (i64); then that many blocks of a two-byte length and a message.
//! A count of 0 is a heartbeat with the number of the next message.

mod messages;

use crate::bytes::Bytes;
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::itch::Fault;
use crate::pcap::{Header, NumberedFeed, Protocol};
use crate::report::SkipReason;
use crate::source::{Format, OpenError, Options};

/// Bytes of a segment's header.
const HEADER: usize = 40;
const VERSION: u8 = 1;
const TOPS: u16 = 0x8003;
const DEEP: u16 = 0x8004;

/// Whether the datagram is a segment.
pub(crate) fn is_packet(datagram: &[u8]) -> bool {
    IexTp::header(datagram).is_ok()
}

/// Opens a capture of IEX-TP segments.
pub(crate) fn iex_feed(bytes: Bytes, options: &Options) -> Result<NumberedFeed<IexTp>, OpenError> {
    let (instruments, now) = Default::default();
    let protocol = IexTp { instruments, now, source: options.source };
    NumberedFeed::new(bytes, options, protocol, Format::IexTp, messages::name_of)
}

/// The decoder of streams of segments.
#[derive(Debug)]
pub(crate) struct IexTp {
    instruments: Instruments,
    now: u64,
    source: u16,
}

impl Protocol for IexTp {
    /// Protocol, channel and session.
    type Stream = (u16, u32, u32);

    fn header(datagram: &[u8]) -> Result<Header<Self::Stream>, SkipReason> {
        let not = SkipReason::NotIexTp;
        let head = datagram.first_chunk::<HEADER>().ok_or(not)?;
        let u16_at = |at| u16::from_le_bytes([head[at], head[at + 1]]);
        let u32_at = |at| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
        let u64_at = |at| u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32;
        let (protocol, payload, count) = (u16_at(2), usize::from(u16_at(12)), u16_at(14));
        let known = head[0] == VERSION && head[1] == 0 && [TOPS, DEEP].contains(&protocol);
        if !known || payload != datagram.len() - HEADER || (count == 0) != (payload == 0) {
            return Err(not);
        }
        let stream = (protocol, u32_at(4), u32_at(8));
        Ok(Header { stream, first: u64_at(24), count, end: false, blocks: HEADER })
    }

    fn block(blocks: &[u8]) -> Option<&[u8]> {
        let (length, rest) = blocks.split_first_chunk::<2>()?;
        rest.get(..usize::from(u16::from_le_bytes(*length)))
    }

    fn decode(&mut self, message: &[u8], number: u64, out: &mut MarketEvent) -> Result<(), Fault> {
        let (event, symbol) = messages::event(message)?;
        let instrument = symbol.map_or(0, |symbol| self.instruments.intern(symbol));
        self.now = event.ts_event;
        *out = MarketEvent { seq: number, instrument, source: self.source, ..event };
        Ok(())
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn bad_timestamps(&self) -> u64 {
        0
    }

    fn instruments(&self) -> &Instruments {
        &self.instruments
    }
}
