//! Damage in every format: frames cut at every byte and with every single bit flipped are told or
//! become other events; what stands before them is untouched.
//!
//! The journal has its own such tests (`journal_crash.rs`).

#[path = "support/captures.rs"]
mod captures;
mod support;

use captures::{capture_head, captured};
use support::shared;
use tourbillon_feeds::dbn::{Encoder, metadata};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{Format, MarketEvent, Options, open_bytes, read_all};

/// Frames that are damaged.
const FRAMES: usize = 200;

/// A format, and how its frames make a file.
struct Case {
    format: Format,
    head: Vec<u8>,
    frames: Vec<Vec<u8>>,
}

/// What became of damaged inputs.
#[derive(Debug, Default)]
struct Fates {
    refused: u64,
    told: u64,
    /// Other events, or fewer: fields that only say something else.
    other: u64,
    /// The same events: bytes that no event has, such as a source address.
    same: u64,
}

impl Case {
    /// Events and faults of a file; `None` if it is refused.
    fn read(&self, bytes: &[u8]) -> Option<(Vec<MarketEvent>, bool)> {
        let options = Options { format: Some(self.format), ..Options::default() };
        let mut source = open_bytes(bytes.to_vec(), &options).ok()?;
        let events = read_all(&mut *source);
        let report = source.report();
        assert_eq!(report.consumed + report.trailing_bytes, report.bytes, "{report:?}");
        let told = report.total_errors() + report.total_skipped() + report.trailing_bytes > 0;
        Some((events, told))
    }

    /// A frame behind one that stays whole, damaged in every way.
    fn damage(&self, fates: &mut Fates, before: &[u8], victim: &[u8]) {
        let mut file = [&self.head, before].concat();
        let start = file.len();
        let (kept, told) = self.read(&file).expect("the frame before is whole");
        assert!(!told && !kept.is_empty(), "the frame before is whole");
        file.extend_from_slice(victim);
        let (sound, _) = self.read(&file).expect("the frame is whole");
        for cut in start..file.len() {
            self.classify(fates, &file[..cut], &kept, &sound);
        }
        for bit in start * 8..file.len() * 8 {
            file[bit / 8] ^= 1 << (bit % 8);
            self.classify(fates, &file, &kept, &sound);
            file[bit / 8] ^= 1 << (bit % 8);
        }
    }

    fn classify(
        &self,
        fates: &mut Fates,
        file: &[u8],
        kept: &[MarketEvent],
        sound: &[MarketEvent],
    ) {
        let Some((events, told)) = self.read(file) else {
            fates.refused += 1;
            return;
        };
        assert!(events.len() >= kept.len(), "an event before the damage is lost");
        assert!(events[..kept.len()] == *kept, "an event before the damage is changed");
        assert!(events.len() <= sound.len() + file.len(), "events out of nothing");
        match (told, events == sound) {
            (true, _) => fates.told += 1,
            (false, false) => fates.other += 1,
            (false, true) => fates.same += 1,
        }
    }

    /// How many ways there are to damage the frames: at every byte a cut and eight bits.
    fn damages(&self) -> u64 {
        self.frames[1..=FRAMES].iter().map(|frame| 9 * frame.len() as u64).sum()
    }

    /// Damages every frame; each damage must be told or become another event.
    fn run(&self) {
        assert!(self.frames.len() > FRAMES, "{}: {} frames", self.format, self.frames.len());
        let mut fates = Fates::default();
        for pair in self.frames.windows(2).take(FRAMES) {
            self.damage(&mut fates, &pair[0], &pair[1]);
        }
        assert!(fates.told > 0 && fates.refused == 0);
        assert_eq!(fates.told + fates.other + fates.same, self.damages());
    }
}

/// Messages of a generated day, with their lengths before them.
fn itch_frames() -> Vec<Vec<u8>> {
    let mut file = Vec::new();
    Generator::new(3, 2, Profile::default()).write(&mut file, 400).expect("memory takes all");
    let (mut rest, mut frames) = (&file[..], Vec::new());
    while rest.len() > 2 {
        let length = 2 + usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        let (frame, after) = rest.split_at(length);
        frames.push(frame.to_vec());
        rest = after;
    }
    frames.retain(|frame| frame.len() > 2);
    frames.truncate(FRAMES + 50);
    frames
}

#[test]
fn itch_in_binary_file() {
    Case { format: Format::Itch50, head: Vec::new(), frames: itch_frames() }.run();
}

#[test]
fn soup() {
    let head = b"\0\x1fA      TEST                   1".to_vec();
    let frames = itch_frames().into_iter().map(|frame| {
        let length = (frame.len() as u16 - 1).to_be_bytes();
        [&length[..], b"S", &frame[2..]].concat()
    });
    Case { format: Format::Soup, head, frames: frames.collect() }.run();
}

#[test]
fn mold_in_captures() {
    let packet = |(number, frame): (u64, Vec<u8>)| {
        captured(&[b"000010059B", &number.to_be_bytes()[..], &1u16.to_be_bytes(), &frame].concat())
    };
    let frames = (1..).zip(itch_frames()).map(packet).collect();
    Case { format: Format::Pcap, head: capture_head(), frames }.run();
}

/// The records of a real classic capture that hold UDP, with the head of the file.
fn real_capture(name: &str) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
    let bytes = std::fs::read(shared(name)?).expect("it is there");
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1F, 0x8B]) {
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut unpacked)
            .expect("gzip");
        unpacked
    } else {
        bytes
    };
    let (head, mut rest) = bytes.split_at(24);
    let mut records = Vec::new();
    while let Some(length) = rest.get(8..12) {
        let length = u32::from_le_bytes(length.try_into().expect("4 bytes")) as usize;
        let (record, after) = rest.split_at(16 + length);
        records.push(record.to_vec());
        rest = after;
    }
    Some((head.to_vec(), records))
}

#[test]
fn iex_in_captures() {
    let Some((head, mut frames)) = real_capture("iex/TOPS16.pcapng.gz") else { return };
    // No heartbeats, and not the packets of many messages.
    frames.retain(|frame| (16 + 42 + 40 + 12..220).contains(&frame.len()));
    Case { format: Format::IexTp, head, frames }.run();
}

#[test]
fn mdp3_in_captures() {
    let name = "omi/Cme/Mdp3.Sbe.v1.8/MdIncrementalRefreshSessionStatistics.pcap";
    let Some((head, mut frames)) = real_capture(name) else { return };
    frames.retain(|frame| frame.len() < 260);
    Case { format: Format::Mdp3, head, frames }.run();
}

#[test]
fn dbn() {
    let mut file = Vec::new();
    Generator::new(3, 2, Profile::default()).write(&mut file, 600).expect("memory takes all");
    let mut source = open_bytes(file, &Options::default()).expect("ITCH");
    let events = read_all(&mut *source);
    let (mut encoder, mut records) = (Encoder::new(), Vec::new());
    for event in &events {
        // What DBN has no record for is left out.
        let _ = encoder.encode(event, source.instruments(), &mut records);
    }
    let frames = records.chunks_exact(56).map(<[u8]>::to_vec).collect();
    let head = metadata("TEST", 0, 1, source.instruments());
    Case { format: Format::Dbn, head, frames }.run();
}

/// Lines of a real text file, packed or not, that are not overlong.
fn real_lines(name: &str) -> Option<Vec<Vec<u8>>> {
    let file = std::fs::File::open(shared(name)?).expect("it is there");
    let mut text = Vec::new();
    let mut unpacker: Box<dyn std::io::Read> = match name.rsplit_once('.') {
        Some((_, "gz")) => Box::new(flate2::read::GzDecoder::new(file)),
        Some((_, "xz")) => Box::new(lzma_rust2::XzReader::new(file, true)),
        _ => Box::new(file),
    };
    unpacker.read_to_end(&mut text).expect("readable");
    let lines = text.split_inclusive(|&byte| byte == b'\n').take(2_000);
    let short = lines.filter(|line| line.len() < 240 && line.ends_with(b"\n"));
    Some(short.map(<[u8]>::to_vec).collect())
}

/// A recording of lines: its first one stays whole at the front, so that the format is right.
fn recording(format: Format, name: &str) {
    let Some(mut lines) = real_lines(name) else { return };
    lines.truncate(4 * FRAMES);
    let head = lines[..4].concat();
    Case { format, head, frames: lines.split_off(4) }.run();
}

#[test]
fn lobster_messages() {
    recording(Format::Lobster, "lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv");
}

#[test]
fn bitstamp_csv() {
    recording(Format::Bitstamp, "bitstamp/orders.csv.xz");
}

#[test]
fn bitstamp_log() {
    recording(Format::Bitstamp, "bitstamp/2015-05-01.log.xz");
}

#[test]
fn binance_streams() {
    recording(Format::Binance, "binance/spot_btcusdt_20240808.gz");
}

#[test]
fn trades() {
    recording(Format::TradesCsv, "core-stock/stock_data.csv.xz");
}
