//! ITCH messages from MoldUDP64 packets in a capture.

use super::numbered::{Header, NumberedFeed, Protocol};
use crate::bytes::Bytes;
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::itch::{self, Decoder, Fault};
use crate::mold::{self, PacketKind, Session};
use crate::report::SkipReason;
use crate::source::{Format, OpenError, Options};

/// Opens a capture of MoldUDP64 packets.
pub(crate) fn mold_feed(
    bytes: Bytes,
    options: &Options,
) -> Result<NumberedFeed<Decoder>, OpenError> {
    let decoder = Decoder::new(options.session_midnight_ns, options.source);
    NumberedFeed::new(bytes, options, decoder, Format::Pcap, itch::type_name)
}

impl Protocol for Decoder {
    type Stream = Session;

    fn header(datagram: &[u8]) -> Result<Header<Session>, SkipReason> {
        let packet = mold::Packet::parse(datagram).ok_or(SkipReason::NotMold)?;
        let (count, end) = match packet.kind {
            PacketKind::Messages(count) => (count, false),
            PacketKind::Heartbeat => (0, false),
            PacketKind::EndOfSession => (0, true),
            PacketKind::Request => return Err(SkipReason::Request),
        };
        let (stream, first) = (packet.session, packet.sequence);
        Ok(Header { stream, first, count, end, blocks: mold::HEADER })
    }

    fn block(blocks: &[u8]) -> Option<&[u8]> {
        mold::block(blocks)
    }

    fn decode(&mut self, message: &[u8], number: u64, out: &mut MarketEvent) -> Result<(), Fault> {
        Decoder::decode(self, message, number, out)
    }

    fn now(&self) -> u64 {
        Decoder::now(self)
    }

    fn bad_timestamps(&self) -> u64 {
        Decoder::bad_timestamps(self)
    }

    fn instruments(&self) -> &Instruments {
        Decoder::instruments(self)
    }
}
