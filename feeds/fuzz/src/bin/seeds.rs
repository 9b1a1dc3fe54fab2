//! Writes a small seed for every target: generated, or cut from the sample of every message.

#[allow(dead_code, unreachable_pub)]
#[path = "../../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use support::{every_message, framed, wire};
use tourbillon_feeds::MarketEvent;
use tourbillon_feeds::journal::{JournalWriter, WriterOptions};

fn seed(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join(name), bytes).expect("the folder can be written");
}

/// A MoldUDP64 packet with its length before it.
fn mold(sequence: u64, count: u16, blocks: &[u8]) -> Vec<u8> {
    let packet =
        [b"000010059B", &sequence.to_be_bytes()[..], &count.to_be_bytes(), blocks].concat();
    [&(packet.len() as u16).to_be_bytes()[..], &packet].concat()
}

fn journal() -> Vec<u8> {
    let options = WriterOptions { block_events: 4, ..WriterOptions::default() };
    let mut writer = JournalWriter::new(Vec::new(), &options).expect("memory takes all");
    let event = |seq| MarketEvent { seq, ts_event: 1_000 + seq, kind: 1, ..Default::default() };
    let events: Vec<MarketEvent> = (0..10).map(event).collect();
    writer.append(&events).expect("memory takes all");
    writer.close().expect("memory takes all").1
}

/// A pcapng file of one section, one interface with a nanosecond clock and one packet.
fn pcapng(packet: &[u8]) -> Vec<u8> {
    let mut data = packet.to_vec();
    data.resize(packet.len().next_multiple_of(4), 0);
    let (length, total) = (packet.len() as u32, 32 + data.len() as u32);
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    [
        words(&[0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, u32::MAX, u32::MAX, 28]),
        words(&[1, 32, 1, 65_535, 1 << 16 | 9, 9, 0, 32]),
        words(&[6, total, 0, 0, 3, length, length]),
        data,
        words(&[total]),
    ]
    .concat()
}

/// DBN of version 1 without symbols: an order that comes and one that goes.
fn dbn() -> Vec<u8> {
    let mut file = b"DBN\x01\x78\0\0\0".to_vec();
    file.resize(file.len() + 120, 0);
    for action in [b'A', b'C'] {
        let mut record = [0; 56];
        (record[0], record[1], record[4]) = (14, 0xA0, 7);
        (record[16], record[31], record[32]) = (9, 1, 5);
        (record[36], record[38], record[39]) = (1 << 7, action, b'B');
        file.extend_from_slice(&record);
    }
    file
}

fn main() {
    let messages = every_message();
    let file = framed(&messages);
    seed("itch_stream", "every_message", &file);
    seed("itch_diff", "every_message", &file);
    seed("itch_diff", "end_of_session", &[&file[..60], &[0, 0], &file[60..90]].concat());
    seed("chunk_split", "itch", &[&[3, 0, 4, 1][..], &file].concat());
    seed("chunk_split", "dbn", &[&[2, 0, 1][..], &dbn()].concat());
    seed("dbn_import", "two_orders", &dbn());
    for message in &messages {
        let bytes = wire(message);
        seed("itch_roundtrip", &format!("{:02x}", bytes[0]), &bytes);
    }
    let block = framed(&messages[15..16]);
    let packets =
        [mold(5, 2, &block.repeat(2)), mold(9, 1, &block), mold(7, 1, &block), mold(12, 0, &[])];
    seed("mold_packet", "gap_late_heartbeat", &packets.concat());
    let mut frame = vec![0; 12];
    frame.extend_from_slice(&[
        8, 0, 0x45, 0, 0, 69, 0, 0, 0, 0, 9, 17, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2,
    ]);
    frame.extend_from_slice(&[0, 1, 0, 2, 0, 49, 0, 0]);
    frame.extend_from_slice(&mold(1, 1, &block)[2..]);
    seed("pcap_ng", "one_packet", &pcapng(&frame));
    seed("journal_open", "three_blocks", &journal());
    let csv = "event_type,id,name,volume,price,stock_time\nSELL,7,INTC,100,27.85,1000\nBUY,8,MSFT,x,1.5,1\n";
    seed("trades_csv", "two_rows", csv.as_bytes());
}
