//! More than 10,000 ways in which a journal can be cut or damaged: no event before the first bad
//! byte is lost, none that was not written is given, and every one of them is told.
//!
//! Where events lie is found here by the written format, not by the reader.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use tourbillon_feeds::journal::{JournalWriter, WriterOptions};
use tourbillon_feeds::{
    Instruments, MarketEvent, OpenError, Options, open_bytes, read_all, reference,
};

const HEAD: usize = 4_096;
const SECTOR: usize = 512;

/// A journal as it was written.
struct Written {
    bytes: Vec<u8>,
    events: Vec<MarketEvent>,
    /// The byte behind each event.
    ends: Vec<usize>,
    /// Where the last block of events starts.
    last_block: usize,
    index_at: usize,
}

/// Blocks of 48, 48 and 41 events with names before the first and the third.
fn written() -> Written {
    let events = read_all(&mut reference::Limited::new(11, 137));
    let options = WriterOptions { block_events: 48, ..WriterOptions::default() };
    let mut writer = JournalWriter::new(Vec::new(), &options).expect("options");
    let mut names = Instruments::default();
    for (part, name) in [(&events[..96], "MSFT"), (&events[96..], "INTC")] {
        names.intern(name);
        writer.symbols(&names).expect("a name");
        writer.append(part).expect("memory takes all");
    }
    let bytes = writer.close().expect("memory takes all").1;

    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4")) as usize;
    let (mut at, mut ends, mut last_block) = (HEAD, Vec::new(), 0);
    let index_at = loop {
        let (kind, count) = (bytes[at + 4], u32_at(at + 8));
        match kind {
            1 => {
                let payload = at + 64 + (4 * count).next_multiple_of(64);
                ends.extend((1..=count).map(|n| payload + 64 * n));
                last_block = at;
                at = payload + 64 * count;
            }
            2 => at += 64 + count.next_multiple_of(64),
            _ => break at,
        }
    };
    assert_eq!((ends.len(), bytes.len() - index_at), (137, 64 + 5 * 64 + 64));
    Written { bytes, events, ends, last_block, index_at }
}

impl Written {
    /// Opens `bytes`, whose first bad byte is `bad`, and holds what is given against what was
    /// written. Gives how many events there were.
    fn hold(&self, bytes: Vec<u8>, bad: usize, what: &str) -> usize {
        let length = bytes.len() as u64;
        let mut source = match open_bytes(bytes, &Options::default()) {
            Ok(source) => source,
            Err(OpenError::WrongFormat { .. } | OpenError::UnknownFormat { .. }) => {
                assert!(bad < HEAD, "{what} refused");
                return 0;
            }
            Err(error) => panic!("{what}: {error}"),
        };
        let given = read_all(&mut *source);
        let whole = self.ends.partition_point(|&end| end <= bad);
        assert!(given.len() >= whole, "{what}: {} of {whole} events", given.len());
        assert_eq!(given, self.events[..given.len()], "{what}");
        let report = source.report();
        assert_eq!(report.total_errors(), 1, "{what}: {:?}", report.located);
        assert!(!report.end_of_session, "{what}");
        assert_eq!(report.bytes, length, "{what}");
        assert_eq!(report.consumed + report.trailing_bytes, length, "{what}");
        let located = &report.located[0];
        assert!(located.offset <= length, "{what}: {located:?}");
        given.len()
    }
}

#[test]
fn cut_at_every_byte() {
    let journal = written();
    for cut in 0..journal.bytes.len() {
        let given = journal.hold(journal.bytes[..cut].to_vec(), cut, &format!("cut at {cut}"));
        let whole = journal.ends.partition_point(|&end| end <= cut);
        assert_eq!(given, whole, "cut at {cut}: no event is there that is not whole");
    }
}

#[test]
fn every_bit_of_the_last_block_and_one_of_every_byte() {
    let journal = written();
    for (name, length) in [("closed", journal.bytes.len()), ("open", journal.index_at)] {
        for byte in 0..length {
            let bits = if byte >= journal.last_block { 0..8 } else { byte % 8..byte % 8 + 1 };
            for bit in bits {
                let mut bytes = journal.bytes[..length].to_vec();
                bytes[byte] ^= 1 << bit;
                journal.hold(bytes, byte, &format!("{name}, bit {bit} of byte {byte}"));
            }
        }
    }
}

#[test]
fn torn_sectors() {
    let journal = written();
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut below = |n: usize| (dice.next_u64() % n as u64) as usize;
    for round in 0..4_000 {
        let length = if round % 2 == 0 { journal.bytes.len() } else { journal.index_at };
        let mut bytes = journal.bytes[..length].to_vec();
        for _ in 0..=below(3) {
            let sector = HEAD / SECTOR + below(length.div_ceil(SECTOR) - HEAD / SECTOR);
            let place = sector * SECTOR..((sector + 1) * SECTOR).min(length);
            match below(3) {
                // Never written.
                0 => bytes[place].fill(0),
                // Something older, half of it.
                1 => {
                    let from = HEAD + below(length - HEAD - place.len());
                    let half = place.start..place.start + place.len() / 2;
                    bytes.copy_within(from..from + half.len(), half.start);
                }
                _ => bytes[place].fill_with(|| below(256) as u8),
            }
        }
        let bad = bytes.iter().zip(&journal.bytes).position(|(now, then)| now != then);
        match bad {
            Some(bad) => {
                journal.hold(bytes, bad, &format!("round {round}"));
            }
            None => assert_eq!(bytes, journal.bytes[..length]),
        }
    }
}

#[test]
fn bytes_behind_the_end() {
    let journal = written();
    for bytes in [&b"x"[..], &[0; 64], &[7; 5_000], &journal.bytes] {
        let behind = [&journal.bytes, bytes].concat();
        let given = journal.hold(behind, journal.bytes.len(), &format!("{} bytes", bytes.len()));
        assert_eq!(given, 137);
    }
}
