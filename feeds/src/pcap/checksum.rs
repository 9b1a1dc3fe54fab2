//! Whether the checksum of a captured UDP datagram is wrong.
//!
//! Source: RFC 768 and RFC 1071. A datagram without one (0) is not wrong. Neither is one whose
//! checksum the network card was to fill in behind the place of the capture: the kernel leaves the
//! sum of the pseudo header alone in the field.

use etherparse::{NetSlice, UdpSlice};

const UDP: u64 = 17;

/// Whether the datagram has a checksum that neither it nor a card's unfinished work explains.
pub(super) fn is_wrong(net: &Option<NetSlice<'_>>, udp: &UdpSlice<'_>) -> bool {
    let addresses = match net {
        Some(NetSlice::Ipv4(ip)) => sum(&ip.header().source()) + sum(&ip.header().destination()),
        Some(NetSlice::Ipv6(ip)) => sum(&ip.header().source()) + sum(&ip.header().destination()),
        _ => return false,
    };
    let pseudo = addresses + UDP + udp.slice().len() as u64;
    let absent = udp.checksum() == 0;
    let unfinished = udp.checksum() == folded(pseudo);
    !absent && !unfinished && folded(pseudo + sum(udp.slice())) != u16::MAX
}

/// Sum of the words, the last one filled up with a zero.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<2>();
    let last = rest.first().map_or(0, |&byte| u64::from(byte) << 8);
    words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum::<u64>() + last
}

/// In 16 bits: what overflows is added again.
fn folded(mut sum: u64) -> u16 {
    while sum > u64::from(u16::MAX) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum as u16
}
