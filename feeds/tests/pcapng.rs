//! pcapng in all its forms: several interfaces with their own clocks, sections of either byte
//! order, blocks that hold no packet, packets that are cut or in fragments.

mod support;

use support::{every_message, framed, read};
use tourbillon_feeds::{ErrorKind, Format, Options, SkipReason};

/// Writes blocks in one byte order.
#[derive(Clone, Copy)]
struct Section {
    big: bool,
}

impl Section {
    fn words(self, words: &[u32]) -> Vec<u8> {
        let bytes = |word: &u32| if self.big { word.to_be_bytes() } else { word.to_le_bytes() };
        words.iter().flat_map(bytes).collect()
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let total = body.len() as u32 + 12;
        [self.words(&[kind, total]), body, self.words(&[total])].concat()
    }

    fn start(self) -> Vec<u8> {
        let (version, unknown_length) = (if self.big { 1 << 16 } else { 1 }, u32::MAX);
        let body = self.words(&[0x1A2B_3C4D, version, unknown_length, unknown_length]);
        self.block(0x0A0D_0D0A, &body)
    }

    /// An interface with options: code, bytes.
    fn interface(self, link: u16, options: &[(u16, &[u8])]) -> Vec<u8> {
        let short = |n: u16| if self.big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut body = [&short(link)[..], &[0, 0], &self.words(&[65_535])].concat();
        for (code, value) in options {
            body.extend_from_slice(&[short(*code), short(value.len() as u16)].concat());
            body.extend_from_slice(value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        body.extend_from_slice(&[0; 4]);
        self.block(1, &body)
    }

    /// An enhanced packet at that tick; `original` = its length before it was cut.
    fn packet(self, interface: u32, tick: u64, data: &[u8], original: usize) -> Vec<u8> {
        let head =
            [interface, (tick >> 32) as u32, tick as u32, data.len() as u32, original as u32];
        self.block(6, &[self.words(&head), data.to_vec()].concat())
    }
}

const LITTLE: Section = Section { big: false };
const BIG: Section = Section { big: true };
const ETHERNET: u16 = 1;
const COOKED: u16 = 113;
const RESOLUTION: u16 = 9;
const OFFSET: u16 = 14;

/// One message as MoldUDP64.
fn mold(sequence: u64) -> Vec<u8> {
    let block = framed(&every_message()[15..16]);
    [b"000010059B", &sequence.to_be_bytes()[..], &1u16.to_be_bytes(), &block].concat()
}

/// Its UDP packet in IPv4, without a link layer.
fn udp(sequence: u64) -> Vec<u8> {
    let mut packet = Vec::new();
    etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [233, 54, 12, 111], 9)
        .udp(40_000, 26_477)
        .write(&mut packet, &mold(sequence))
        .expect("the payload fits a datagram");
    packet
}

fn ethernet(sequence: u64) -> Vec<u8> {
    [&[1; 6][..], &[2; 6], &[8, 0], &udp(sequence)].concat()
}

/// The times of the events of a capture without a fault.
fn times(blocks: &[Vec<u8>]) -> Vec<u64> {
    let (events, source) = read(&blocks.concat(), &Options::default());
    let report = source.report();
    assert_eq!((report.total_errors(), report.total_skipped()), (0, 0), "{report:?}");
    assert_eq!((report.gaps, report.duplicates, report.trailing_bytes), (0, 0, 0), "{report:?}");
    events.iter().map(|event| event.ts_recv).collect()
}

#[test]
fn each_interface_has_its_clock_and_its_link() {
    let offset = 1_000i64.to_le_bytes();
    let cooked = [&[0, 0, 0, 1, 0, 6][..], &[2; 8], &[8, 0], &udp(2)].concat();
    let found = times(&[
        LITTLE.start(),
        LITTLE.interface(ETHERNET, &[(RESOLUTION, &[9])]),
        LITTLE.interface(COOKED, &[(RESOLUTION, &[3]), (OFFSET, &offset)]),
        LITTLE.interface(ETHERNET, &[]),
        LITTLE.packet(0, 7, &ethernet(1), ethernet(1).len()),
        LITTLE.packet(1, 5, &cooked, cooked.len()),
        LITTLE.packet(2, 9, &ethernet(3), ethernet(3).len()),
    ]);
    assert_eq!(found, [7, 1_000_005_000_000, 9_000]);
}

#[test]
fn a_section_starts_its_interfaces_anew_in_either_byte_order() {
    let found = times(&[
        BIG.start(),
        BIG.interface(ETHERNET, &[(RESOLUTION, &[9])]),
        BIG.packet(0, 1 << 33, &ethernet(1), ethernet(1).len()),
        LITTLE.start(),
        LITTLE.interface(ETHERNET, &[(RESOLUTION, &[0x80 | 10])]),
        LITTLE.packet(0, 512, &ethernet(2), ethernet(2).len()),
        BIG.start(),
        BIG.interface(ETHERNET, &[]),
        BIG.packet(0, 4, &ethernet(3), ethernet(3).len()),
    ]);
    assert_eq!(found, [1 << 33, 500_000_000, 4_000]);
}

#[test]
fn blocks_that_hold_no_packet_are_passed_over() {
    const NAMES: u32 = 4;
    const STATISTICS: u32 = 5;
    const CUSTOM: u32 = 0x0BAD;
    let names = LITTLE.words(&[0]);
    let statistics = LITTLE.words(&[0, 0, 0]);
    let found = times(&[
        LITTLE.start(),
        LITTLE.block(NAMES, &names),
        LITTLE.interface(ETHERNET, &[(RESOLUTION, &[9])]),
        LITTLE.block(CUSTOM, &LITTLE.words(&[42, 1])),
        LITTLE.packet(0, 7, &ethernet(1), ethernet(1).len()),
        LITTLE.block(STATISTICS, &statistics),
        LITTLE.block(0x7777, &LITTLE.words(&[1, 2, 3])),
        LITTLE.packet(0, 8, &ethernet(2), ethernet(2).len()),
    ]);
    assert_eq!(found, [7, 8]);
}

#[test]
fn simple_packets_have_no_time() {
    const SIMPLE: u32 = 3;
    let packet = ethernet(1);
    let body = [LITTLE.words(&[packet.len() as u32]), packet].concat();
    let blocks = [LITTLE.start(), LITTLE.interface(ETHERNET, &[]), LITTLE.block(SIMPLE, &body)];
    assert_eq!(times(&blocks), [0]);
}

#[test]
fn cut_and_fragmented_packets_are_skipped_with_a_reason() {
    let whole = ethernet(1);
    let mut fragment = whole.clone();
    fragment[20] = 0x20;
    let mut rest = whole.clone();
    (rest[20], rest[21]) = (0, 9);
    let cut = whole.len() + 40;
    let blocks = [
        LITTLE.start(),
        LITTLE.interface(ETHERNET, &[(RESOLUTION, &[9])]),
        LITTLE.packet(0, 1, &whole, cut),
        LITTLE.packet(0, 2, &fragment, fragment.len()),
        LITTLE.packet(0, 3, &rest, rest.len()),
        LITTLE.packet(0, 4, &whole, whole.len()),
    ];
    let (events, source) = read(&blocks.concat(), &Options::default());
    let skipped = &source.report().skipped;
    assert_eq!(events.iter().map(|event| event.ts_recv).collect::<Vec<_>>(), [4]);
    let expected = [(SkipReason::CutByCapture, 1), (SkipReason::Fragment, 2)];
    assert_eq!(*skipped, expected.into());
}

#[test]
fn damage_to_the_structure_ends_the_reading_where_it_is() {
    let good = LITTLE.packet(0, 7, &ethernet(1), ethernet(1).len());
    let head = [LITTLE.start(), LITTLE.interface(ETHERNET, &[(RESOLUTION, &[9])])].concat();
    let of = |bad: Vec<u8>| [head.clone(), good.clone(), bad, good.clone()].concat();
    let mut short = good.clone();
    short[4] = 13;
    let overlong = LITTLE.packet(0, 8, &ethernet(2)[..20], 20);
    let mut claims_more = overlong.clone();
    claims_more[20] = 200;
    for bad in [short, LITTLE.packet(5, 7, &ethernet(2), 10), claims_more] {
        let bytes = of(bad);
        let options = Options { format: Some(Format::Pcap), ..Options::default() };
        let (events, source) = read(&bytes, &options);
        let report = source.report();
        assert_eq!((events[0].ts_recv, events[0].seq), (7, 1));
        let stopped = report.errors.contains_key(&ErrorKind::MalformedCapture)
            || report.errors.contains_key(&ErrorKind::Truncated);
        assert!(stopped || report.total_skipped() > 0, "{report:?}");
        assert_eq!(report.consumed + report.trailing_bytes, bytes.len() as u64);
    }
}
