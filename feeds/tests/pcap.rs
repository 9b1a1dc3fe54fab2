//! Captures made by hand: lines that lose, repeat and reorder packets, every reason to skip one,
//! both containers, and damage anywhere.

mod support;

use etherparse::PacketBuilder;
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::{every_message, framed, read, wire};
use tourbillon_feeds::{ErrorKind, Format, Kind, Options, SkipReason, flags};

const SESSION: &[u8; 10] = b"000010059B";
const HEARTBEAT: u16 = 0;
const END: u16 = 0xFFFF;

fn mold(sequence: u64, count: u16, blocks: &[u8]) -> Vec<u8> {
    [&SESSION[..], &sequence.to_be_bytes(), &count.to_be_bytes(), blocks].concat()
}

/// One order delete as a block, so that a packet is small.
fn block() -> Vec<u8> {
    framed(&every_message()[15..16])
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let builder =
        PacketBuilder::ethernet2([1; 6], [2; 6]).ipv4([10, 0, 0, 1], [233, 54, 12, 111], 9);
    let mut packet = Vec::new();
    builder.udp(40_000, 26_477).write(&mut packet, payload).expect("the payload fits a datagram");
    packet
}

/// A classic little-endian capture with a nanosecond clock; packet `i` comes at second `i`.
fn capture(packets: &[Vec<u8>]) -> Vec<u8> {
    let header = [0xA1B2_3C4D, 4 << 16 | 2, 0, 0, 65_535, 1];
    let mut bytes: Vec<u8> = header.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    for (i, packet) in packets.iter().enumerate() {
        let length = packet.len() as u32;
        bytes.extend([i as u32, 7, length, length].iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend_from_slice(packet);
    }
    bytes
}

fn mold_capture(payloads: &[Vec<u8>]) -> Vec<u8> {
    capture(&payloads.iter().map(|payload| udp(payload)).collect::<Vec<_>>())
}

#[test]
fn a_packet_of_every_message_reads_like_the_file() {
    let sample = every_message();
    let capture = mold_capture(&[mold(100, 23, &framed(&sample))]);
    let (events, source) = read(&capture, &Options::default());
    let (mut expected, _) = read(&framed(&sample), &Options::default());
    for event in &mut expected {
        event.seq += 100;
        event.ts_recv = 7;
    }
    expected[22].flags |= flags::LAST;
    assert_eq!(events, expected);
    assert_eq!((source.report().packets, source.report().total_skipped()), (1, 0));
}

#[test]
fn heartbeats_and_the_end_of_the_session_tell_of_lost_tails() {
    let packets =
        [mold(1, 1, &block()), mold(2, HEARTBEAT, &[]), mold(5, HEARTBEAT, &[]), mold(9, END, &[])];
    let (events, source) = read(&mold_capture(&packets), &Options::default());
    let gaps: Vec<_> =
        events[1..].iter().map(|gap| (gap.kind(), gap.seq, gap.aux, gap.flags)).collect();
    let bad = flags::MAYBE_BAD_BOOK;
    assert_eq!(gaps, [(Some(Kind::Gap), 2, 3, bad), (Some(Kind::Gap), 5, 4, bad)]);
    assert_eq!(events[1].ts_event, events[0].ts_event, "a gap is as old as the message before it");
    let report = source.report();
    assert_eq!(
        (report.heartbeats, report.end_of_session, report.gaps, report.gap_messages),
        (2, true, 2, 7)
    );
}

#[test]
fn sessions_are_followed_one_by_one() {
    let mut other = mold(900, 1, &block());
    other[..10].copy_from_slice(b"000010059D");
    let packets = [mold(1, 1, &block()), other, mold(2, 1, &block())];
    let (events, source) = read(&mold_capture(&packets), &Options::default());
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 900, 2]);
    assert_eq!((source.report().gaps, source.report().duplicates), (0, 0));
}

#[test]
fn a_packet_that_breaks_off_gives_what_is_whole() {
    let [two, cut] = [block().repeat(2), [block(), vec![0, 19, b'D']].concat()];
    for (payload, delivered) in
        [(mold(1, 3, &two), 2), (mold(1, 2, &cut), 1), (mold(1, 1, &two), 1)]
    {
        let (events, source) =
            read(&mold_capture(&[payload, mold(4, HEARTBEAT, &[])]), &Options::default());
        let report = source.report();
        assert_eq!(report.errors.get(&ErrorKind::MalformedPacket), Some(&1), "{report:?}");
        assert_eq!((events.len(), report.gap_messages), (delivered + 1, 3 - delivered as u64));
    }
}

#[test]
fn bad_messages_in_a_packet_are_located_and_the_rest_goes_on() {
    let mut short = wire(&every_message()[15]);
    short.pop();
    let unknown = [b"z".as_slice(), &[0; 18]].concat();
    let bad = [&[0, 0, 0, 18][..], &short, &[0, 19], &unknown].concat();
    let payload = mold(1, 5, &[block(), bad, block()].concat());
    let (events, source) = read(&mold_capture(&[payload]), &Options::default());
    let report = source.report();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 5]);
    let start = 24 + 16 + 42 + 20 + 21;
    let places: Vec<_> = report.located.iter().map(|error| (error.kind, error.offset)).collect();
    let kinds = [ErrorKind::ZeroLength, ErrorKind::BadLength, ErrorKind::UnknownType];
    assert_eq!(places, [(kinds[0], start), (kinds[1], start + 2), (kinds[2], start + 22)]);
    assert_eq!((report.records, report.unknown_types.get(b'z')), (5, 1));
}

#[test]
fn every_reason_to_skip_a_packet() {
    let payload = mold(1, 1, &block());
    let good = udp(&payload);
    let with = |at: usize, bytes: &[u8]| {
        let mut packet = good.clone();
        packet[at..at + bytes.len()].copy_from_slice(bytes);
        packet
    };
    let tcp = {
        let builder =
            PacketBuilder::ethernet2([1; 6], [2; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 9);
        let mut packet = Vec::new();
        builder.tcp(1, 2, 3, 4).write(&mut packet, &payload).expect("the payload fits a segment");
        packet
    };
    for (packet, reason) in [
        (tcp, SkipReason::NotUdp),
        (with(12, &[0x88, 0xCC]), SkipReason::NotIp),
        (with(14, &[0x40]), SkipReason::BadHeader),
        (with(20, &[0x20, 0x00]), SkipReason::Fragment),
        (with(42, &[0xFF]), SkipReason::NotMold),
        (udp(&payload[..19]), SkipReason::NotMold),
        (udp(&mold(1, 5, &[])), SkipReason::Request),
    ] {
        let (events, source) = read(&capture(&[packet, good.clone()]), &Options::default());
        assert_eq!(
            (events.len(), source.report().skipped.get(&reason)),
            (1, Some(&1)),
            "{:?}",
            source.report()
        );
    }
    let mut cut = capture(std::slice::from_ref(&good));
    cut[36] += 1;
    let mut link = capture(&[good]);
    link[20] = 147;
    for (bytes, reason) in [(cut, SkipReason::CutByCapture), (link, SkipReason::LinkType)] {
        let (events, source) = read(&bytes, &Options::default());
        assert_eq!((events.len(), source.report().skipped.get(&reason)), (0, Some(&1)));
    }
}

#[test]
fn tags_and_ip_version_6_are_seen_through() {
    let payload = mold(1, 1, &block());
    let tag = etherparse::VlanId::try_new(7).expect("7 is a VLAN");
    let ethernet = || PacketBuilder::ethernet2([1; 6], [2; 6]);
    let (mut single, mut double, mut six) = (Vec::new(), Vec::new(), Vec::new());
    let fits = "the payload fits a datagram";
    ethernet()
        .single_vlan(tag)
        .ipv4([1; 4], [2; 4], 9)
        .udp(1, 2)
        .write(&mut single, &payload)
        .expect(fits);
    ethernet()
        .double_vlan(tag, tag)
        .ipv4([1; 4], [2; 4], 9)
        .udp(1, 2)
        .write(&mut double, &payload)
        .expect(fits);
    ethernet().ipv6([1; 16], [2; 16], 9).udp(1, 2).write(&mut six, &payload).expect(fits);
    for packet in [single, double, six] {
        assert_eq!(read(&capture(&[packet]), &Options::default()).0.len(), 1);
    }
}

#[test]
fn the_other_clock_and_the_other_byte_order() {
    let packet = udp(&mold(1, 1, &block()));
    let length = packet.len() as u32;
    let words = [0xA1B2_C3D4, 2 << 16 | 4, 0, 0, 65_535, 1, 5, 999_999, length, length];
    let mut bytes: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_be_bytes()).collect();
    bytes.extend_from_slice(&packet);
    let (events, _) = read(&bytes, &Options::default());
    assert_eq!(events[0].ts_recv, 5_999_999_000);
}

/// A little-endian pcapng file of one interface whose clock has that resolution, and one packet at
/// tick 3.
fn pcapng(resolution: u8, interface: u32) -> Vec<u8> {
    let mut packet = udp(&mold(1, 1, &block()));
    let length = packet.len() as u32;
    packet.resize(packet.len().next_multiple_of(4), 0);
    let total = 32 + packet.len() as u32;
    let section = [0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, u32::MAX, u32::MAX, 28];
    let description = [1, 32, 1, 65_535, 1 << 16 | 9, u32::from(resolution), 0, 32];
    let head = [6, total, interface, 0, 3, length, length];
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    [words(&section), words(&description), words(&head), packet, words(&[total])].concat()
}

#[test]
fn pcapng_clocks() {
    for (resolution, time) in [(9, 3), (6, 3_000), (3, 3_000_000), (0x80 | 2, 750_000_000)] {
        let (events, source) = read(&pcapng(resolution, 0), &Options::default());
        assert_eq!(events.first().map(|event| event.ts_recv), Some(time), "{:?}", source.report());
    }
    for bad in [pcapng(0x7F, 0), pcapng(9, 1)] {
        let (events, source) = read(&bad, &Options::default());
        let report = source.report();
        assert_eq!((events.len(), report.errors.get(&ErrorKind::MalformedCapture)), (0, Some(&1)));
        assert_eq!(report.consumed + report.trailing_bytes, bad.len() as u64);
    }
}

/// No panic, offsets inside, bytes accounted for, no event out of nothing.
fn survives(bytes: &[u8], events_at_most: usize) {
    let options = Options { format: Some(Format::Pcap), ..Options::default() };
    let Ok(mut source) = tourbillon_feeds::open_bytes(bytes.to_vec(), &options) else { return };
    let events = tourbillon_feeds::read_all(&mut *source);
    let report = source.report();
    assert!(events.len() <= events_at_most);
    assert_eq!(report.consumed + report.trailing_bytes, bytes.len() as u64);
    assert!(report.located.iter().all(|error| error.offset <= bytes.len() as u64));
}

#[test]
fn captures_cut_anywhere_or_with_any_bit_flipped() {
    let classic = mold_capture(&[mold(1, 2, &block().repeat(2)), mold(9, 1, &block())]);
    for mut bytes in [classic, pcapng(9, 0)] {
        for cut in 0..bytes.len() {
            survives(&bytes[..cut], 4);
        }
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            survives(&bytes, 4);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_after_a_file_header(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        survives(&[&capture(&[])[..], &noise].concat(), 0);
        survives(&[&pcapng(9, 0)[..28], &noise].concat(), 0);
    }

    /// Whatever is lost, repeated or reordered: each message that came is delivered once, late ones
    /// say so.
    #[test]
    fn lines_that_lose_repeat_and_reorder(starts in proptest::collection::vec(0u64..40, 1..60)) {
        let packets: Vec<_> = starts.iter().map(|start| mold(100 + start, 3, &block().repeat(3))).collect();
        let (events, source) = read(&mold_capture(&packets), &Options::default());
        let (mut delivered, mut highest, mut missing) = (BTreeSet::new(), 99 + starts[0], 0);
        let mut expected = Vec::new();
        for number in starts.iter().flat_map(|start| 100 + start..103 + start) {
            missing += number.saturating_sub(highest + 1);
            if number >= 100 + starts[0] && delivered.insert(number) {
                expected.push((number, number < highest));
                highest = highest.max(number);
            }
        }
        let messages = events.iter().filter(|event| event.kind() == Some(Kind::Delete));
        let found: Vec<_> = messages.map(|event| (event.seq, event.flags & flags::OUT_OF_ORDER != 0)).collect();
        prop_assert_eq!(&found, &expected);
        let report = source.report();
        prop_assert_eq!(report.gap_messages, missing);
        prop_assert_eq!(report.duplicates, 3 * starts.len() as u64 - found.len() as u64);
        prop_assert_eq!(report.late, found.iter().filter(|(_, late)| *late).count() as u64);
    }
}
