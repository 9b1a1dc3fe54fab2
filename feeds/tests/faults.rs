//! What is wrong with bytes, packets and times, what is done about it, and the test that shows it.
//!
//! | fault | what is done | shown by |
//! |---|---|---|
//! | the last record of a file is cut | whole records, then the place of the cut | `itch.rs` `every_truncation_is_located_at_the_cut_record`; every format: `bad_input.rs` |
//! | length 0 in BinaryFILE | end of session; what follows is reported | `itch.rs` `zero_length_ends_the_session_and_the_rest_is_reported` |
//! | length is not that of the type | skipped by its length; 16 in a row end the reading | `itch.rs` `lost_framing_stops_the_reading` |
//! | unknown type | skipped and counted by its byte | `itch.rs` `an_unknown_type_is_counted_and_the_rest_goes_on` |
//! | a packet's blocks do not fill it | whole messages; the rest is a gap | `pcap.rs` `a_packet_that_breaks_off_gives_what_is_whole`, live: `session_faults.rs` |
//! | cut by the capture, bad header, IP fragment, not UDP | skipped, counted by reason | `pcap.rs` `every_reason_to_skip_a_packet`, `pcapng.rs` `cut_and_fragmented_packets_are_skipped_with_a_reason` |
//! | one or two VLAN tags, IPv6 | seen through | `pcap.rs` `tags_and_ip_version_6_are_seen_through` |
//! | wrong UDP checksum | skipped and counted, if asked for | here |
//! | wrong checksum in a journal | reading stops, everything before it is whole | `journal_crash.rs` |
//! | gap, duplicate, reordered | told, dropped, marked; live: asked for | `pcap.rs` `lines_that_lose_repeat_and_reorder`, `session.rs` |
//! | time goes back, or is beyond a day | delivered and flagged; a schedule never goes back | `itch.rs` `time_that_goes_back_or_beyond_a_day_is_flagged`, captures: here; `replay_schedule.rs` `a_replay_divides_by_its_speed_and_never_steps_back` |
//! | unknown order, too much executed, added twice, no price or size, crossed, no room | counted with its place, the book suspect | `book_faults.rs` |
//! | the ring is full | whoever replays waits, with intended times where they were: `bench/tests/measure_pacer.rs` `intended_times_never_move`; whoever must not wait drops, and it is counted | `engine/tests/balance.rs` `what_a_full_ring_does_to_events_is_counted_by_cause` |
//! | the kernel drops packets | counted | `live.rs` `what_the_kernel_drops_is_counted` |
//! | a small file unpacks to more than there is memory | refused at a limit | `bombs.rs` |

#[path = "support/captures.rs"]
mod captures;
mod support;

use captures::{capture_head, captured, recorded};
use etherparse::PacketBuilder;
use proptest::prelude::*;
use support::{every_message, framed, read};
use tourbillon_feeds::itch::Message;
use tourbillon_feeds::{Options, SkipReason, flags};

/// Where the checksum stands in a frame of IPv4, and of IPv6.
const CHECKSUM_4: usize = 14 + 20 + 6;
const CHECKSUM_6: usize = 14 + 40 + 6;

fn verifying() -> Options {
    Options { verify_checksums: true, ..Options::default() }
}

/// A MoldUDP64 packet with one message of any length, odd ones too.
fn payload(more: usize) -> Vec<u8> {
    let message = [&framed(&every_message()[15..16])[..], &vec![0; more]].concat();
    [&b"000010059B"[..], &7u64.to_be_bytes(), &1u16.to_be_bytes(), &message].concat()
}

fn frame_4(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    let builder = PacketBuilder::ethernet2([1; 6], [2; 6]).ipv4([10, 0, 0, 1], [233, 54, 12, 1], 9);
    builder.udp(40_000, 26_477).write(&mut frame, payload).expect("the payload fits");
    frame
}

fn frame_6(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    let builder = PacketBuilder::ethernet2([1; 6], [2; 6]).ipv6([3; 16], [4; 16], 9);
    builder.udp(40_000, 26_477).write(&mut frame, payload).expect("the payload fits");
    frame
}

/// Events of a capture of that one frame, and packets skipped for their checksum.
fn outcome(frame: &[u8], options: &Options) -> (usize, u64) {
    let file = [capture_head(), recorded(frame)].concat();
    let (events, source) = read(&file, options);
    let skipped = source.report().skipped.get(&SkipReason::BadChecksum);
    (events.len(), skipped.copied().unwrap_or_default())
}

#[test]
fn a_wrong_checksum_is_skipped_if_asked_for() {
    for more in [0, 1, 2, 3] {
        let payload = payload(more);
        for (frame, at) in [(frame_4(&payload), CHECKSUM_4), (frame_6(&payload), CHECKSUM_6)] {
            assert_eq!(outcome(&frame, &verifying()), (1, 0), "as the sender wrote it");
            let mut wrong = frame.clone();
            wrong[at] ^= 0x10;
            assert_eq!(outcome(&wrong, &verifying()), (0, 1));
            assert_eq!(outcome(&wrong, &Options::default()), (1, 0), "nobody asked");
            let mut absent = frame.clone();
            absent[at..at + 2].fill(0);
            assert_eq!(outcome(&absent, &verifying()), (1, 0), "there is none");
        }
    }
}

/// Captured on the machine that sent it: the field has the sum of addresses, protocol and length.
#[test]
fn a_checksum_that_the_card_was_to_write_is_not_wrong() {
    let mut frame = frame_4(&payload(0));
    let length = (frame.len() - 34) as u32;
    let words = [0x0A00, 0x0001, 0xE936, 0x0C01, 17, length];
    let sum: u32 = words.iter().sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    frame[CHECKSUM_4..CHECKSUM_4 + 2].copy_from_slice(&(folded as u16).to_be_bytes());
    assert_eq!(outcome(&frame, &verifying()), (1, 0));
    frame[CHECKSUM_4 + 1] ^= 1;
    assert_eq!(outcome(&frame, &verifying()), (0, 1));
}

proptest! {
    /// No single flipped bit of a datagram gets through, but in a checksum that becomes absent.
    #[test]
    fn a_flipped_bit_is_found(bit in 34 * 8..(34 + 8 + 20 + 21) * 8usize) {
        let mut frame = frame_4(&payload(0));
        frame[bit / 8] ^= 1 << (bit % 8);
        let (events, _) = outcome(&frame, &verifying());
        prop_assert_eq!(events, 0);
    }
}

#[test]
fn times_that_go_back_in_a_capture_are_flagged() {
    let at = |timestamp| match every_message()[15] {
        Message::OrderDelete(mut delete) => {
            delete.header.timestamp = timestamp;
            framed([&Message::OrderDelete(delete)])
        }
        _ => unreachable!("the sixteenth message is a delete"),
    };
    let times = [9, 8, 9, 86_400_000_000_001];
    let packets = (1u64..).zip(times).map(|(number, time)| {
        captured(
            &[b"000010059B", &number.to_be_bytes()[..], &1u16.to_be_bytes(), &at(time)].concat(),
        )
    });
    let file = [capture_head()].into_iter().chain(packets).collect::<Vec<_>>().concat();
    let (events, source) = read(&file, &Options::default());
    let bad: Vec<bool> = events.iter().map(|event| event.flags & flags::BAD_TS != 0).collect();
    assert_eq!(bad, [false, true, false, true]);
    assert_eq!(source.report().bad_timestamps, 2);
}
