//! The UDP datagrams of a capture file, whatever they say.
//!
//! A packet that is no whole UDP datagram is counted with its reason and skipped. Checksums are
//! verified if that is asked for; see [`checksum`](super::checksum).

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_parser::Linktype;
use std::ops::Range;

use super::capture::{self, Capture};
use super::checksum::is_wrong;
use crate::bytes::Bytes;
use crate::report::{Report, SkipReason};

/// A group or host and its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Destination {
    address: [u8; 16],
    port: u16,
}

impl Destination {
    pub(crate) fn new(address: [u8; 16], port: u16) -> Self {
        Self { address, port }
    }
}

/// One datagram.
#[derive(Clone, Debug)]
pub(crate) struct Datagram {
    /// Place of its payload in the file.
    pub(crate) payload: Range<usize>,
    /// Capture time in UNIX nanoseconds.
    pub(crate) time: u64,
    pub(crate) to: Destination,
}

/// A capture file and a place in it.
#[derive(Debug)]
pub(crate) struct Datagrams {
    bytes: Bytes,
    capture: Capture,
    verify: bool,
}

impl Datagrams {
    /// Reads the file header; the error says what is wrong with it. Datagrams whose checksum is
    /// wrong are skipped if the checksums are to be verified.
    pub(crate) fn new(bytes: Bytes, verify: bool) -> Result<Self, String> {
        Ok(Self { capture: Capture::new(&bytes)?, bytes, verify })
    }

    /// The whole file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The next datagram; `None` at the end of the file.
    pub(crate) fn next(&mut self, report: &mut Report) -> Option<Datagram> {
        next(&mut self.capture, &self.bytes, self.verify, report)
    }

    /// Puts the accounting of bytes into the report.
    pub(crate) fn account(&self, report: &mut Report) {
        report.consumed = self.capture.offset as u64;
        if self.capture.ended {
            report.trailing_bytes = report.bytes - report.consumed;
        }
    }
}

/// The first of the datagrams for which `see` finds something.
pub(super) fn find<T>(bytes: &[u8], see: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    let mut capture = Capture::new(bytes).ok()?;
    let mut unseen = Report::new("pcap", bytes.len(), |_| "");
    std::iter::from_fn(|| next(&mut capture, bytes, false, &mut unseen))
        .find_map(|datagram| see(&bytes[datagram.payload]))
}

fn next(
    capture: &mut Capture,
    bytes: &[u8],
    verify: bool,
    report: &mut Report,
) -> Option<Datagram> {
    while let Some(packet) = capture.next(bytes, report) {
        report.packets += 1;
        match datagram(&packet, verify) {
            Ok((payload, to)) => {
                let start = payload.as_ptr() as usize - bytes.as_ptr() as usize;
                let payload = start..start + payload.len();
                return Some(Datagram { payload, time: packet.time, to });
            }
            Err(reason) => report.skip(reason),
        }
    }
    None
}

/// The payload of a UDP packet and where it went, or why there is none.
fn datagram<'a>(
    packet: &capture::Packet<'a>,
    verify: bool,
) -> Result<(&'a [u8], Destination), SkipReason> {
    if packet.cut {
        return Err(SkipReason::CutByCapture);
    }
    let sliced = match packet.link {
        Linktype::ETHERNET => SlicedPacket::from_ethernet(packet.data),
        Linktype::LINUX_SLL => SlicedPacket::from_linux_sll(packet.data),
        _ => return Err(SkipReason::LinkType),
    };
    let sliced = sliced.map_err(|_| SkipReason::BadHeader)?;
    let (fragmented, address) = match &sliced.net {
        Some(NetSlice::Ipv4(ip)) => {
            let address = ip.header().destination_addr().to_ipv6_mapped();
            (ip.is_payload_fragmented(), address)
        }
        Some(NetSlice::Ipv6(ip)) => (ip.is_payload_fragmented(), ip.header().destination_addr()),
        _ => return Err(SkipReason::NotIp),
    };
    match &sliced.transport {
        Some(TransportSlice::Udp(udp)) if verify && is_wrong(&sliced.net, udp) => {
            Err(SkipReason::BadChecksum)
        }
        Some(TransportSlice::Udp(udp)) => {
            let to = Destination::new(address.octets(), udp.destination_port());
            Ok((udp.payload(), to))
        }
        _ if fragmented => Err(SkipReason::Fragment),
        _ => Err(SkipReason::NotUdp),
    }
}
