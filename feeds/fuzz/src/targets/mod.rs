//! One function a target: any bytes go in, and it panics if a promise of the feeds does not hold.
//!
//! The same functions run under libFuzzer (`fuzz_targets/`) and over the corpus in the normal test
//! command (`tests/fuzz_corpus.rs`), which takes this folder in by its path.

#![allow(unreachable_pub)] // Public in the fuzz crate, private in the test.

mod captures;
mod imports;
mod itch;
mod machines;

use tourbillon_feeds::{EventSource, Format, MarketEvent, Options, open_bytes, read_all};

/// A target takes any bytes.
pub type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("arbiter_model", machines::arbiter_model),
    ("binance", imports::binance),
    ("bitstamp", imports::bitstamp),
    ("book_diff", machines::book_diff),
    ("chunk_split", itch::chunk_split),
    ("dbn_import", imports::dbn_import),
    ("dbn_roundtrip", imports::dbn_roundtrip),
    ("iextp", captures::iextp),
    ("itch_diff", itch::itch_diff),
    ("itch_roundtrip", itch::itch_roundtrip),
    ("itch_stream", itch::itch_stream),
    ("journal_open", imports::journal_open),
    ("lobster", imports::lobster),
    ("mdp3", captures::mdp3),
    ("mold_packet", captures::mold_packet),
    ("pcap_ng", captures::pcap_ng),
    ("schedule", machines::schedule),
    ("soup_stream", machines::soup_stream),
    ("trades_csv", imports::trades_csv),
];

/// Runs the target of that name.
///
/// # Panics
/// If there is none, or a promise does not hold.
pub fn run(name: &str, data: &[u8]) {
    let known = TARGETS.iter().find(|(known, _)| *known == name);
    known.unwrap_or_else(|| panic!("no target {name}")).1(data);
}

/// Bytes that would be unpacked first: then the packers would be searched, not the feeds.
fn is_packed(data: &[u8]) -> bool {
    let magics: [&[u8]; 3] = [&[0x1F, 0x8B], &[0x28, 0xB5, 0x2F, 0xFD], &[0xFD, b'7', b'z']];
    magics.iter().any(|magic| data.starts_with(magic))
}

fn options(format: Format) -> Options {
    Options { format: Some(format), ..Options::default() }
}

fn opened(data: &[u8], options: &Options) -> Option<Box<dyn EventSource + Send>> {
    if is_packed(data) { None } else { open_bytes(data.to_vec(), options).ok() }
}

/// Reads to the end and holds the report to its accounting; `None` if it is no such file.
///
/// `per_byte`: most events that a byte of input may become.
fn drained(data: &[u8], options: &Options, per_byte: usize) -> Option<Vec<MarketEvent>> {
    let mut source = opened(data, options)?;
    let events = read_all(&mut *source);
    let report = source.report();
    assert!(events.len() <= data.len() * per_byte, "events out of nothing");
    assert_eq!(report.events, events.len() as u64);
    assert_eq!(report.consumed + report.trailing_bytes, data.len() as u64, "{report:?}");
    assert!(report.located.iter().all(|error| error.offset <= data.len() as u64));
    assert!(events.iter().all(|event| event.kind().is_some() && event.side().is_some()));
    assert_eq!(source.fill(&mut [MarketEvent::default()]), 0, "the end stays the end");
    Some(events)
}
