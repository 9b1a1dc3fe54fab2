//! Writes a small seed for every target: generated, or cut from the sample of every message.

#[allow(dead_code, unreachable_pub)]
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use support::{every_message, framed, wire};
use tourbillon_feeds::dbn::{Encoder, metadata};
use tourbillon_feeds::itch::Message;
use tourbillon_feeds::journal::{JournalWriter, WriterOptions};
use tourbillon_feeds::{Instruments, Kind, MarketEvent};

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

/// Orders that come, change and go, and a trade, as DBN.
fn dbn() -> Vec<u8> {
    let mut names = Instruments::default();
    names.intern("ESH4");
    let mut file = metadata("TEST", 1, 2, &names);
    let mut encoder = Encoder::new();
    for (seq, kind) in
        [Kind::Add, Kind::Replace, Kind::Trade, Kind::Cancel, Kind::Clear].into_iter().enumerate()
    {
        let event = MarketEvent {
            seq: seq as u64,
            order_id: 9,
            aux: 9,
            price: 4_000_000_000_000,
            size: 5,
            kind: kind as u8,
            side: 1,
            flags: 1,
            ..MarketEvent::default()
        };
        encoder.encode(&event, &names, &mut file).expect("DBN has it");
    }
    file
}

/// An IEX-TP segment with its length before it.
fn segment(first: u64, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut payload = Vec::new();
    for message in messages {
        payload.extend_from_slice(&(message.len() as u16).to_le_bytes());
        payload.extend_from_slice(message);
    }
    let mut packet = vec![1, 0, 4, 0x80, 1, 0, 0, 0, 7, 0, 0, 0];
    packet.extend_from_slice(&(payload.len() as u16).to_le_bytes());
    packet.extend_from_slice(&(messages.len() as u16).to_le_bytes());
    for number in [0, first, 5] {
        packet.extend_from_slice(&number.to_le_bytes());
    }
    packet.extend_from_slice(&payload);
    [&(packet.len() as u16).to_be_bytes()[..], &packet].concat()
}

/// One message of each type of DEEP and TOPS, filled with 1.
fn iex_messages() -> Vec<Vec<u8>> {
    let sizes = [
        (b'S', 10),
        (b'D', 31),
        (b'H', 22),
        (b'O', 18),
        (b'I', 18),
        (b'E', 18),
        (b'P', 19),
        (b'Q', 42),
        (b'8', 30),
        (b'5', 30),
        (b'T', 38),
        (b'B', 38),
        (b'X', 26),
        (b'A', 80),
    ];
    let message = |(code, size): (u8, usize)| {
        let mut message = vec![1; size];
        message[0] = code;
        if size > 17 {
            message[10..18].copy_from_slice(b"ZIEXT   ");
        }
        message
    };
    sizes.map(message).to_vec()
}

/// An MDP 3.0 packet with its length before it: a message of each template with two entries.
fn mdp3(sequence: u32, templates: &[(u16, usize, &[(usize, usize)])]) -> Vec<u8> {
    let mut packet =
        [&sequence.to_le_bytes()[..], &(u64::from(sequence) * 10).to_le_bytes()].concat();
    for (template, block, groups) in templates {
        let mut message = vec![0, 0];
        [*block as u16, *template, 1, 9]
            .iter()
            .for_each(|n| message.extend_from_slice(&n.to_le_bytes()));
        message.extend(std::iter::repeat_n(1, *block));
        for (head, length) in *groups {
            let mut dimension = vec![0; *head];
            (dimension[0], dimension[head - 1]) = (*length as u8, 2);
            message.extend_from_slice(&dimension);
            for _ in 0..2 {
                let mut entry = vec![1; *length];
                for at in [18, 21, 24, 26, 28, 33] {
                    if let Some(code) = entry.get_mut(at).filter(|_| *head == 3) {
                        *code = b'0';
                    }
                }
                message.extend_from_slice(&entry);
            }
        }
        let size = message.len() as u16;
        message[..2].copy_from_slice(&size.to_le_bytes());
        packet.extend_from_slice(&message);
    }
    [&(packet.len() as u16).to_be_bytes()[..], &packet].concat()
}

/// What a SoupBinTCP server sends: an accepted login, messages, a heartbeat, the end.
fn soup(messages: &[Message]) -> Vec<u8> {
    let mut stream = b"\0\x1fA      TEST                   1".to_vec();
    for message in messages {
        let message = wire(message);
        stream.extend_from_slice(&(message.len() as u16 + 1).to_be_bytes());
        stream.push(b'S');
        stream.extend_from_slice(&message);
    }
    stream.extend_from_slice(b"\0\x01H\0\x01Z");
    stream
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
    seed("dbn_roundtrip", "every_action", &dbn());
    seed("iextp", "every_message", &[segment(1, &iex_messages()), segment(20, &[])].concat());
    let templates: [(u16, usize, &[(usize, usize)]); 14] = [
        (4, 9, &[(3, 2)]),
        (12, 0, &[]),
        (54, 224, &[(3, 9)]),
        (30, 30, &[]),
        (32, 11, &[(3, 32), (8, 24)]),
        (49, 11, &[(3, 32)]),
        (50, 11, &[(3, 32)]),
        (51, 11, &[(3, 24)]),
        (37, 11, &[(3, 16)]),
        (52, 59, &[(3, 22)]),
        (48, 11, &[(3, 32), (8, 16)]),
        (47, 11, &[(3, 40)]),
        (53, 28, &[(3, 29)]),
        (39, 35, &[(3, 32)]),
    ];
    let halves = templates.split_at(7);
    seed(
        "mdp3",
        "every_template",
        &[mdp3(1, halves.0), mdp3(1, halves.0), mdp3(3, halves.1)].concat(),
    );
    let lobster = "34200.004241176,1,16113575,18,5853300,1\n34200.1,2,16113575,8,5853300,1\n\
                   34201,4,16113575,5,5853300,1\n34202,5,0,5,5853200,-1\n34203,3,16113575,5,5853300,1\n\
                   34204,7,0,0,-1,-1\n";
    seed("lobster", "types", lobster.as_bytes());
    let log = "1430438404518 order_created {\"price\": \"236.47\", \"amount\": \"2.00000000\", \"datetime\": \"1430438404\", \"id\": 7, \"order_type\": 0}\n\
               1430438404635 order_changed {\"price\": \"236.47\", \"amount\": \"1.5\", \"datetime\": \"1430438404\", \"id\": 7, \"order_type\": 0}\n\
               1430438404645 trade {\"price\": 236.47, \"amount\": 0.5, \"id\": 8}\n\
               1430438404700 order_deleted {\"price\": \"236.47\", \"amount\": \"0.0\", \"datetime\": \"1430438404\", \"id\": 7, \"order_type\": 0}\n";
    seed("bitstamp", "log", log.as_bytes());
    let csv = "id,timestamp,exchange.timestamp,price,volume,action,direction\n7,1430438404518,1430438404000,236.47,9200000000,created,bid\n\
               7,1430438404635,1430438404000,236.47,178855669,changed,bid\n7,1430438404637,1430438340000,236.47,0,deleted,bid\n";
    seed("bitstamp", "csv", csv.as_bytes());
    let binance = "17 {\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":5,\"s\":\"BTCUSDT\",\"b\":\"61800.20\",\"B\":\"2.507\",\"a\":\"61800.30\",\"A\":\"2.510\"}}\n\
                   18 {\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":3,\"T\":2,\"s\":\"BTCUSDT\",\"t\":52,\"p\":\"61800.30\",\"q\":\"0.006\",\"m\":false}}\n\
                   19 {\"lastUpdateId\":5,\"bids\":[[\"61800.20\",\"2.909\"]],\"asks\":[[\"61800.30\",\"1\"]]}\n\
                   20 {\"stream\":\"btcusdt@depth@0ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":4,\"s\":\"BTCUSDT\",\"b\":[[\"58710.20\",\"0.014\"]],\"a\":[[\"61496.50\",\"0.000\"]]}}\n";
    seed("binance", "streams", binance.as_bytes());
    seed("soup_stream", "a_session", &[&[5][..], &soup(&messages[..4])].concat());
    let steps = [[0, 3, 0], [5, 2, 1], [9, 0, 3], [0, 3, 1], [3, 2, 2], [200, 20, 3], [20, 1, 0]];
    seed("arbiter_model", "gap_and_recovery", steps.as_flattened());
    let orders: Vec<u8> = (0..40u8)
        .flat_map(|n| [n % 10, n % 2, n % 7, n % 5, 10 + n % 6, n, 1 + n % 2, 1])
        .collect();
    seed("book_diff", "few_orders", &orders);
    let times = [5u64, 9, 7, 1_000].map(u64::to_le_bytes);
    seed(
        "schedule",
        "steps_back",
        &[&[64, 66, 15, 0, 8, 50, 2, 1][..], times.as_flattened()].concat(),
    );
    let csv = "event_type,id,name,volume,price,stock_time\nSELL,7,INTC,100,27.85,1000\nBUY,8,MSFT,x,1.5,1\n";
    seed("trades_csv", "two_rows", csv.as_bytes());
}
