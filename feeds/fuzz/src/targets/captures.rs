//! Packet captures, and what is in their datagrams.

use super::{drained, options};
use tourbillon_feeds::{Format, Kind};

/// A classic capture of UDP datagrams: `data` is a two-byte length before each.
fn capture(mut data: &[u8]) -> Vec<u8> {
    const ETHERNET_TO_UDP: usize = 42;
    let words = [0xA1B2_3C4D, 4 << 16 | 2, 0, 0, 65_535, 1];
    let mut file: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    while let Some((length, rest)) = data.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len()).min(1_472);
        let (datagram, rest) = rest.split_at(length);
        data = rest;
        let captured = (ETHERNET_TO_UDP + length) as u32;
        file.extend([1, 7, captured, captured].iter().flat_map(|word| word.to_le_bytes()));
        file.extend_from_slice(&[0; 12]);
        file.extend_from_slice(&[0x08, 0x00, 0x45, 0]);
        file.extend_from_slice(&(length as u16 + 28).to_be_bytes());
        file.extend_from_slice(&[0, 0, 0, 0, 9, 17, 0, 0, 10, 0, 0, 1, 233, 54, 12, 111]);
        file.extend_from_slice(&[0x9C, 0x40, 0x67, 0x6D]);
        file.extend_from_slice(&(length as u16 + 8).to_be_bytes());
        file.extend_from_slice(&[0, 0]);
        file.extend_from_slice(datagram);
    }
    file
}

/// MoldUDP64 datagrams: a number is delivered once; a gap is told before what follows it.
pub fn mold_packet(data: &[u8]) {
    let Some(events) = drained(&capture(data), &options(Format::Pcap), 1) else { return };
    for event in events.iter().filter(|event| event.kind() == Some(Kind::Gap)) {
        assert!(event.aux > 0);
    }
}

/// IEX-TP segments.
pub fn iextp(data: &[u8]) {
    drained(&capture(data), &options(Format::IexTp), 1);
}

/// CME MDP 3.0 packets.
pub fn mdp3(data: &[u8]) {
    drained(&capture(data), &options(Format::Mdp3), 1);
}

/// A capture file of any container, whatever its packets speak.
pub fn pcap_ng(data: &[u8]) {
    for format in [Format::Pcap, Format::IexTp, Format::Mdp3] {
        drained(data, &options(format), 1);
    }
}
