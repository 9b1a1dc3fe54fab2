//! ITCH 5.0 against a second decoder that was written straight from the specification's table,
//! under every truncation, every single flipped bit, and arbitrary bytes.

#[path = "support/naive_itch.rs"]
mod naive_itch;
mod support;

use naive_itch::{naive_file, naive_table};
use proptest::prelude::*;
use support::{every_message, framed, read, wire};
use tourbillon_feeds::itch::{Message, SIZES, TYPES, type_name};
use tourbillon_feeds::{ErrorKind, Format, Framing, Options, flags};

const DAY: u64 = 86_400_000_000_000;

fn itch(framing: Framing) -> Options {
    Options { format: Some(Format::Itch50), framing, ..Options::default() }
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

    /// Long runs of ordinary messages, with something else here and there, cut anywhere.
    #[test]
    fn runs_of_ordinary_messages_are_accounted_for(
        frames in proptest::collection::vec(
            (0usize..30, 1u8..4, 0u8..60, proptest::collection::vec(any::<u8>(), 50)),
            0..200,
        ),
        kept in 0usize..8_000,
    ) {
        const FREQUENT: &[u8; 7] = b"AFEXDUP";
        let mut bytes = framed(&every_message());
        // Later than the times before it, so that all in order stay in order.
        let mut time = DAY - 1_000_000;
        for (pick, locate, fate, mut body) in frames {
            body[0] = if fate == 0 { TYPES[pick % TYPES.len()] } else { FREQUENT[pick % 7] };
            body[1..3].copy_from_slice(&[u8::from(fate == 1), locate]);
            time += u64::from(body[20]);
            let stamp = if fate == 2 { time - 1_000 } else { time };
            body[5..11].copy_from_slice(&stamp.to_be_bytes()[2..]);
            let length = SIZES[usize::from(body[0])] + u8::from(fate == 3);
            body[0] ^= u8::from(fate == 4) << 7;
            bytes.extend_from_slice(&[0, length]);
            bytes.extend_from_slice(&body[..usize::from(length).min(50)]);
            bytes.resize(bytes.len() + usize::from(length).saturating_sub(50), 0);
        }
        bytes.truncate(kept);
        agree(&bytes, Framing::Strict);
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
