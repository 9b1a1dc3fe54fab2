//! A second ITCH decoder, typed in straight from the specification's table: slow, plain, and
//! independent of the real one, which it judges.

use tourbillon_feeds::{Framing, Kind, MarketEvent, Side, flags};

const DAY: u64 = 86_400_000_000_000;

/// Big-endian number of `n` bytes.
pub(crate) fn be(m: &[u8], at: usize, n: usize) -> u64 {
    m[at..at + n].iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Length and kind by type byte, typed in a second time.
pub(crate) fn naive_table(code: u8) -> Option<(usize, Kind)> {
    Some(match code {
        b'S' => (12, Kind::System),
        b'R' => (39, Kind::Definition),
        b'H' => (25, Kind::Status),
        b'Y' => (20, Kind::Status),
        b'L' => (26, Kind::Participant),
        b'V' => (35, Kind::System),
        b'W' => (12, Kind::System),
        b'K' => (28, Kind::Auction),
        b'J' => (35, Kind::Auction),
        b'h' => (21, Kind::Status),
        b'A' => (36, Kind::Add),
        b'F' => (40, Kind::Add),
        b'E' => (31, Kind::Exec),
        b'C' => (36, Kind::ExecPrice),
        b'X' => (23, Kind::Cancel),
        b'D' => (19, Kind::Delete),
        b'U' => (35, Kind::Replace),
        b'P' => (44, Kind::Trade),
        b'Q' => (40, Kind::Cross),
        b'B' => (19, Kind::Break),
        b'I' => (50, Kind::Imbalance),
        b'N' => (20, Kind::Status),
        b'O' => (48, Kind::Auction),
        _ => return None,
    })
}

/// One message as (order_id, price, aux, size, side, flags, code), field by field from its offsets.
pub(crate) fn naive_fields(m: &[u8]) -> (u64, u64, u64, u64, Side, u16, u8) {
    let side = |byte| match byte {
        b'B' => Side::Bid,
        b'S' => Side::Ask,
        _ => Side::None,
    };
    let wide = |shares: u64| {
        if shares > 0xFFFF_FFFF { (0xFFFF_FFFF, flags::SIZE_IN_AUX) } else { (shares, 0) }
    };
    let p4 = |at| be(m, at, 4) * 100_000;
    let p8 = |at| be(m, at, 8).saturating_mul(10).min(i64::MAX as u64);
    let none = Side::None;
    match m[0] {
        b'S' | b'W' => (0, 0, 0, 0, none, 0, m[11]),
        b'R' => (0, 0, be(m, 25, 5) << 24 | be(m, 31, 3), be(m, 21, 4), none, 0, m[19]),
        b'H' => (0, 0, be(m, 21, 4), 0, none, 0, m[19]),
        b'Y' | b'N' => (0, 0, 0, 0, none, 0, m[19]),
        b'L' => (0, 0, be(m, 11, 4), 0, none, 0, m[25]),
        b'V' => (p8(19), p8(11), p8(27), 0, none, 0, 0),
        b'K' => (0, p4(24), be(m, 19, 4), 0, none, 0, m[23]),
        b'J' => (p4(27), p4(19), p4(23), be(m, 31, 4), none, 0, 0),
        b'h' => (0, 0, be(m, 19, 1), 0, none, 0, m[20]),
        b'A' => (be(m, 11, 8), p4(32), 0, be(m, 20, 4), side(m[19]), 0, 0),
        b'F' => (be(m, 11, 8), p4(32), be(m, 36, 4), be(m, 20, 4), side(m[19]), 0, 0),
        b'E' => (be(m, 11, 8), 0, be(m, 23, 8), be(m, 19, 4), none, 0, 0),
        b'C' => {
            let printable = if m[31] == b'Y' { 0 } else { flags::NON_PRINTABLE };
            (be(m, 11, 8), p4(32), be(m, 23, 8), be(m, 19, 4), none, printable, m[31])
        }
        b'X' => (be(m, 11, 8), 0, 0, be(m, 19, 4), none, 0, 0),
        b'D' => (be(m, 11, 8), 0, 0, 0, none, 0, 0),
        b'U' => (be(m, 11, 8), p4(31), be(m, 19, 8), be(m, 27, 4), none, 0, 0),
        b'P' => (be(m, 11, 8), p4(32), be(m, 36, 8), be(m, 20, 4), none, 0, 0),
        b'Q' => (
            be(m, 31, 8),
            p4(27),
            be(m, 11, 8),
            wide(be(m, 11, 8)).0,
            none,
            wide(be(m, 11, 8)).1,
            m[39],
        ),
        b'B' => (0, 0, be(m, 11, 8), 0, none, 0, 0),
        b'I' => (
            be(m, 11, 8),
            p4(44),
            be(m, 19, 8),
            wide(be(m, 19, 8)).0,
            side(m[27]),
            wide(be(m, 19, 8)).1,
            m[48],
        ),
        b'O' => (p4(40), p4(28), p4(44), 0, none, 0, m[19]),
        other => unreachable!("type {other}"),
    }
}

/// The whole file, by the rules of the fault table; also the number of errors.
pub(crate) fn naive_file(bytes: &[u8], framing: Framing) -> (Vec<MarketEvent>, u64) {
    let (mut events, mut errors, mut at, mut record, mut previous, mut bad_run) =
        (Vec::new(), 0, 0, 0, 0, 0);
    while at < bytes.len() {
        let left = bytes.len() - at;
        if left < 2 || (framing == Framing::LengthByType && left < 3) {
            return (events, errors + 1);
        }
        let length = match framing {
            Framing::Strict => be(bytes, at, 2) as usize,
            Framing::LengthByType => naive_table(bytes[at + 2]).map_or(0, |(size, _)| size),
        };
        if length == 0 {
            let stops_cleanly = framing == Framing::Strict && left == 2;
            return (events, errors + u64::from(!stops_cleanly));
        }
        if left < 2 + length {
            return (events, errors + 1);
        }
        let m = &bytes[at + 2..at + 2 + length];
        let known = naive_table(m[0]);
        if let Some((size, kind)) = known
            && size == length
        {
            let (order_id, price, aux, shares, side, extra, code) = naive_fields(m);
            let timestamp = be(m, 5, 6);
            let bad = if timestamp < previous || timestamp > DAY { flags::BAD_TS } else { 0 };
            previous = timestamp;
            bad_run = 0;
            events.push(MarketEvent {
                ts_event: timestamp,
                ts_recv: 0,
                seq: record,
                order_id,
                price: price as i64,
                aux,
                instrument: be(m, 1, 2) as u32,
                size: shares as u32,
                source: 0,
                kind: kind as u8,
                side: side as u8,
                flags: extra | bad,
                ext: u16::from(m[0]) | u16::from(code) << 8,
            });
        } else {
            errors += 1;
            if known.is_some() || !(12..=255).contains(&length) {
                bad_run += 1;
                if bad_run == 16 {
                    return (events, errors + 1);
                }
            }
        }
        at += 2 + length;
        record += 1;
    }
    (events, errors)
}
