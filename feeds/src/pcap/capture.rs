//! The capture file: pcap (both clocks, both byte orders) and pcapng, packet by packet, without a
//! copy.

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, Linktype, PcapHeader, parse_block_be, parse_block_le};
use pcap_parser::{
    parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header,
};
use std::fmt::Display;

use crate::report::{ErrorKind, Report};

const PCAPNG_MAGIC: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];
/// Type, and length twice.
const SMALLEST_BLOCK: u32 = 12;
const NS_PER_SECOND: u128 = 1_000_000_000;

/// Whether the bytes start like a capture.
pub(crate) fn is_capture(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|&magic| {
        let classic = [0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34];
        magic == PCAPNG_MAGIC
            || classic.contains(&u32::from_le_bytes(magic))
            || classic[..2].contains(&u32::from_be_bytes(magic))
    })
}

/// One captured packet.
#[derive(Debug)]
pub(super) struct Packet<'a> {
    /// Capture time in UNIX nanoseconds.
    pub(super) time: u64,
    pub(super) link: Linktype,
    pub(super) data: &'a [u8],
    /// Only the beginning was captured.
    pub(super) cut: bool,
}

/// A place in a capture file.
#[derive(Debug)]
pub(super) struct Capture {
    /// Start of the next block.
    pub(super) offset: usize,
    pub(super) ended: bool,
    container: Container,
}

#[derive(Debug)]
enum Container {
    Pcap(PcapHeader),
    PcapNg { big_endian: bool, interfaces: Vec<Interface> },
}

#[derive(Debug)]
struct Interface {
    link: Linktype,
    ticks_per_second: u128,
    offset_ns: i128,
}

impl Capture {
    /// Reads the file header; the error says what is wrong with it.
    pub(super) fn new(bytes: &[u8]) -> Result<Self, String> {
        let (offset, container) = if bytes.starts_with(&PCAPNG_MAGIC) {
            (0, Container::PcapNg { big_endian: false, interfaces: Vec::new() })
        } else {
            let (rest, header) = parse_pcap_header(bytes)
                .map_err(|error| format!("file header: {}", brief(&error)))?;
            (bytes.len() - rest.len(), Container::Pcap(header))
        };
        Ok(Self { offset, ended: false, container })
    }

    /// The next packet, or `None` at the end.
    pub(super) fn next<'a>(&mut self, bytes: &'a [u8], report: &mut Report) -> Option<Packet<'a>> {
        while !self.ended {
            let rest = &bytes[self.offset..];
            if rest.is_empty() {
                self.ended = true;
                break;
            }
            let parsed = match &mut self.container {
                Container::Pcap(header) => classic_packet(rest, header),
                Container::PcapNg { big_endian, interfaces } => {
                    next_block(rest, big_endian, interfaces)
                }
            };
            match parsed {
                Ok((after, packet)) => {
                    self.offset = bytes.len() - after.len();
                    if packet.is_some() {
                        return packet;
                    }
                }
                Err((kind, sentence)) => {
                    self.ended = true;
                    let at = self.offset;
                    report.error(
                        kind,
                        at,
                        format_args!("capture block at byte {at}: {sentence}; reading stopped"),
                    );
                }
            }
        }
        None
    }
}

/// What is left after a block, and its packet if it has one; or what is wrong with the block.
type Parsed<'a> = Result<(&'a [u8], Option<Packet<'a>>), (ErrorKind, String)>;

fn classic_packet<'a>(rest: &'a [u8], header: &PcapHeader) -> Parsed<'a> {
    let parse = if header.is_modified_format() {
        parse_pcap_frame_modified
    } else if header.is_bigendian() {
        parse_pcap_frame_be
    } else {
        parse_pcap_frame
    };
    let (after, frame) = parse(rest).map_err(|error| fault(&error))?;
    let fraction =
        u64::from(frame.ts_usec) * if header.is_nanosecond_precision() { 1 } else { 1_000 };
    let packet = Packet {
        time: u64::from(frame.ts_sec) * NS_PER_SECOND as u64 + fraction,
        link: header.network,
        data: frame.data,
        cut: frame.caplen < frame.origlen,
    };
    Ok((after, Some(packet)))
}

fn next_block<'a>(
    rest: &'a [u8],
    big_endian: &mut bool,
    interfaces: &mut Vec<Interface>,
) -> Parsed<'a> {
    // The parser takes the frame of a block off its length without looking.
    if let Some(&[_, _, _, _, length @ ..]) = rest.first_chunk::<8>()
        && !rest.starts_with(&PCAPNG_MAGIC)
    {
        let length =
            if *big_endian { u32::from_be_bytes(length) } else { u32::from_le_bytes(length) };
        if length < SMALLEST_BLOCK {
            return Err((
                ErrorKind::MalformedCapture,
                format!("it says that it has {length} bytes"),
            ));
        }
    }
    let parse = if *big_endian { parse_block_be } else { parse_block_le };
    let (after, block) = parse(rest).map_err(|error| fault(&error))?;
    let packet = match block {
        Block::SectionHeader(section) => {
            *big_endian = section.big_endian();
            interfaces.clear();
            None
        }
        Block::InterfaceDescription(interface) => {
            let ticks_per_second = resolution(interface.if_tsresol).ok_or_else(|| {
                (
                    ErrorKind::MalformedCapture,
                    format!("clock resolution {:#04x}", interface.if_tsresol),
                )
            })?;
            let offset_ns = i128::from(interface.if_tsoffset) * NS_PER_SECOND as i128;
            interfaces.push(Interface { link: interface.linktype, ticks_per_second, offset_ns });
            None
        }
        Block::EnhancedPacket(packet) => {
            let interface = interfaces.get(packet.if_id as usize).ok_or_else(|| {
                (
                    ErrorKind::MalformedCapture,
                    format!("packet of undefined interface {}", packet.if_id),
                )
            })?;
            let ticks = u128::from(packet.ts_high) << 32 | u128::from(packet.ts_low);
            let ns = ticks * NS_PER_SECOND / interface.ticks_per_second;
            let cut = packet.caplen < packet.origlen;
            let data = packet.data.get(..packet.caplen as usize).unwrap_or(packet.data);
            let time = u64::try_from(ns as i128 + interface.offset_ns).unwrap_or(0);
            Some(Packet { time, link: interface.link, data, cut })
        }
        Block::SimplePacket(packet) => {
            let interface = interfaces.first().ok_or_else(|| {
                (ErrorKind::MalformedCapture, "packet before any interface".to_owned())
            })?;
            let cut = packet.packet_data().len() < packet.origlen as usize;
            let data = packet.data.get(..packet.origlen as usize).unwrap_or(packet.data);
            Some(Packet { time: 0, link: interface.link, data, cut })
        }
        _ => None,
    };
    Ok((after, packet))
}

/// Ticks per second of a pcapng clock: a power of 10, or of 2 if the high bit is set.
fn resolution(if_tsresol: u8) -> Option<u128> {
    let exponent = u32::from(if_tsresol & 0x7F);
    if if_tsresol & 0x80 == 0 { 10u128.checked_pow(exponent) } else { 1u128.checked_shl(exponent) }
}

type ParseError<'a> = pcap_parser::nom::Err<pcap_parser::PcapError<&'a [u8]>>;

fn fault(error: &ParseError<'_>) -> (ErrorKind, String) {
    let kind =
        if error.is_incomplete() { ErrorKind::Truncated } else { ErrorKind::MalformedCapture };
    (kind, brief(error).to_string())
}

/// The parser's error without the bytes that it carries.
fn brief(error: &ParseError<'_>) -> impl Display + use<> {
    if error.is_incomplete() { "the file is cut inside it" } else { "its structure is broken" }
}
