//! ITCH 5.0 against a second decoder that was written straight from the specification's table,
//! under every truncation, every single flipped bit, and arbitrary bytes.

mod support;

use proptest::prelude::*;
use support::{every_message, framed, read, wire};
use tourbillon_feeds::itch::{Message, SIZES, TYPES, type_name};
use tourbillon_feeds::{ErrorKind, Format, Framing, Kind, MarketEvent, Options, Side, flags};

const DAY: u64 = 86_400_000_000_000;

fn itch(framing: Framing) -> Options {
    Options { format: Some(Format::Itch50), framing, ..Options::default() }
}

/// Big-endian number of `n` bytes.
fn be(m: &[u8], at: usize, n: usize) -> u64 {
    m[at..at + n].iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Length and kind by type byte, typed in a second time.
fn naive_table(code: u8) -> Option<(usize, Kind)> {
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
fn naive_fields(m: &[u8]) -> (u64, u64, u64, u64, Side, u16, u8) {
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
fn naive_file(bytes: &[u8], framing: Framing) -> (Vec<MarketEvent>, u64) {
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

/// Reads with both decoders and holds the report to its accounting.
fn agree(bytes: &[u8], framing: Framing) {
    let (events, source) = read(bytes, &itch(framing));
    let (expected, errors) = naive_file(bytes, framing);
    assert_eq!(events, expected);
    let report = source.report();
    assert_eq!(report.total_errors(), errors, "{report:?}");
    assert_eq!(report.consumed + report.trailing_bytes, bytes.len() as u64);
    assert_eq!((report.events, report.types.total()), (events.len() as u64, events.len() as u64));
    assert!(report.located.iter().all(|error| error.offset <= bytes.len() as u64));
    assert_eq!(
        report.bad_timestamps,
        events.iter().filter(|e| e.flags & flags::BAD_TS != 0).count() as u64
    );
}

#[test]
fn the_sample_has_every_type_at_its_length() {
    let sample = every_message();
    assert_eq!(sample.iter().map(|m| wire(m)[0]).collect::<Vec<_>>(), TYPES);
    for message in &sample {
        let bytes = wire(message);
        assert_eq!(
            naive_table(bytes[0]).map(|(size, _)| size),
            Some(bytes.len()),
            "{}",
            type_name(bytes[0])
        );
    }
    let known = SIZES.iter().filter(|&&size| size != 0).count();
    assert_eq!(known, 23);
}

#[test]
fn the_sample_reads_as_the_specification_says() {
    let bytes = framed(&every_message());
    agree(&bytes, Framing::Strict);
    agree(&bytes, Framing::LengthByType);
    let options = Options {
        session_midnight_ns: 1_692_676_800_000_000_000,
        source: 9,
        ..itch(Framing::Strict)
    };
    let (events, source) = read(&bytes, &options);
    assert_eq!(events[10].ts_event, 1_692_676_800_000_000_000 + 34_200_010_000_010);
    assert!(events.iter().all(|event| event.source == 9));
    let table = source.instruments();
    assert_eq!(
        (table.find("AAPL"), table.get(3), table.find("NEWCO")),
        (Some(1), Some("TSLA"), None)
    );
    assert_eq!(table.find("MSFT").and_then(|index| table.get(index)), Some("MSFT"));
}

#[test]
fn every_truncation_is_located_at_the_cut_record() {
    let sample = every_message();
    let bytes = framed(&sample);
    let mut starts = vec![0];
    for message in &sample {
        starts.push(starts[starts.len() - 1] + 2 + wire(message).len());
    }
    for cut in 0..bytes.len() {
        agree(&bytes[..cut], Framing::Strict);
        agree(&bytes[..cut], Framing::LengthByType);
        let (_, source) = read(&bytes[..cut], &itch(Framing::Strict));
        let place: Vec<u64> = source.report().located.iter().map(|error| error.offset).collect();
        let record = starts.partition_point(|&start| start <= cut) - 1;
        let expected = if starts[record] == cut { vec![] } else { vec![starts[record] as u64] };
        assert_eq!(place, expected, "cut at {cut}");
    }
}

#[test]
fn every_flipped_bit_gives_the_same_as_the_naive_decoder() {
    let mut bytes = framed(&every_message());
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        agree(&bytes, Framing::Strict);
        agree(&bytes, Framing::LengthByType);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn zero_length_ends_the_session_and_the_rest_is_reported() {
    let sample = every_message();
    let bytes = [framed(&sample[..2]), vec![0, 0], framed(&sample[2..])].concat();
    let (events, source) = read(&bytes, &itch(Framing::Strict));
    let report = source.report();
    let end = framed(&sample[..2]).len() as u64 + 2;
    assert_eq!((events.len(), report.end_of_session, report.consumed), (2, true, end));
    assert_eq!(report.trailing_bytes, bytes.len() as u64 - end);
    assert_eq!(report.errors.get(&ErrorKind::TrailingBytes), Some(&1));
}

#[test]
fn an_unknown_type_is_counted_and_the_rest_goes_on() {
    let sample = every_message();
    let mut alien = framed(&sample[..1]);
    alien[2] = b'Z';
    let bytes = [framed(&sample), alien.repeat(100), framed(&sample)].concat();
    let (events, source) = read(&bytes, &itch(Framing::Strict));
    let report = source.report();
    assert_eq!((events.len(), report.unknown_types.get(b'Z'), report.located.len()), (46, 100, 64));
    assert_eq!(report.errors.get(&ErrorKind::UnknownType), Some(&100));
    assert_eq!(report.located[0].offset, framed(&sample).len() as u64);
}

#[test]
fn lost_framing_stops_the_reading() {
    let bad = [0, 13, b'S', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].repeat(40);
    let (events, source) = read(&bad, &itch(Framing::Strict));
    let report = source.report();
    assert_eq!(
        (events.len(), report.errors[&ErrorKind::BadLength], report.errors[&ErrorKind::Desync]),
        (0, 16, 1)
    );
    assert_eq!((report.consumed, report.trailing_bytes), (16 * 15, 24 * 15));
}

#[test]
fn time_that_goes_back_or_beyond_a_day_is_flagged() {
    let at = |timestamp| match every_message()[10] {
        Message::AddOrder(mut add) => {
            add.header.timestamp = timestamp;
            Message::AddOrder(add)
        }
        _ => unreachable!("the eleventh message is an add"),
    };
    let bytes = framed(&[at(5), at(4), at(5), at(DAY), at(DAY + 1)]);
    let (events, _) = read(&bytes, &itch(Framing::Strict));
    let bad: Vec<bool> = events.iter().map(|event| event.flags & flags::BAD_TS != 0).collect();
    assert_eq!(bad, [false, true, false, false, true]);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_accounted_for(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        agree(&bytes, Framing::Strict);
        agree(&bytes, Framing::LengthByType);
    }

    /// Small lengths and real type bytes: gets much deeper than plain noise.
    #[test]
    fn almost_messages_are_accounted_for(
        frames in proptest::collection::vec((0u8..60, 0usize..40, proptest::collection::vec(any::<u8>(), 60)), 0..60),
        fix in proptest::collection::vec(any::<bool>(), 60),
    ) {
        let mut bytes = Vec::new();
        for ((length, pick, mut body), fix) in frames.into_iter().zip(fix) {
            body[0] = TYPES.get(pick).copied().unwrap_or(body[0]);
            let size = SIZES[usize::from(body[0])];
            let length = if fix && size > 0 { size } else { length };
            bytes.extend_from_slice(&[0, length]);
            bytes.extend_from_slice(&body[..usize::from(length)]);
        }
        agree(&bytes, Framing::Strict);
        agree(&bytes, Framing::LengthByType);
    }

    /// Reading keeps every field: writing gives the bytes back.
    #[test]
    fn any_message_survives_reading_and_writing(pick in 0usize..23, mut body in proptest::collection::vec(any::<u8>(), 50)) {
        body[0] = TYPES[pick];
        body.truncate(usize::from(SIZES[usize::from(body[0])]));
        let message = Message::read(&body).expect("type and length are right");
        prop_assert_eq!(wire(&message), body);
    }
}
