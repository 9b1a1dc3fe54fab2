//! Classic captures of UDP datagrams, made by hand.

#![allow(dead_code)] // Each test binary uses its own part.

/// A record of a classic capture: a UDP datagram of that payload.
pub(crate) fn captured(payload: &[u8]) -> Vec<u8> {
    let builder = etherparse::PacketBuilder::ethernet2([1; 6], [2; 6])
        .ipv4([10, 0, 0, 1], [233, 54, 12, 111], 9)
        .udp(40_000, 26_477);
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).expect("the payload fits a datagram");
    recorded(&packet)
}

/// A record of a classic capture: that frame.
pub(crate) fn recorded(frame: &[u8]) -> Vec<u8> {
    let length = frame.len() as u32;
    let words = [5, 7, length, length].map(u32::to_le_bytes);
    [words.as_flattened(), frame].concat()
}

/// The head of a classic capture with a nanosecond clock.
pub(crate) fn capture_head() -> Vec<u8> {
    [0xA1B2_3C4D, 4 << 16 | 2, 0, 0, 65_535, 1].map(u32::to_le_bytes).as_flattened().to_vec()
}
