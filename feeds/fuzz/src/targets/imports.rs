//! Files that are neither ITCH nor a capture.

use super::{drained, opened, options};
use tourbillon_feeds::journal::Journal;
use tourbillon_feeds::{Format, read_all};

/// DBN, versions 1 to 3.
pub fn dbn_import(data: &[u8]) {
    drained(data, &options(Format::Dbn), 1);
}

/// Trades as CSV.
pub fn trades_csv(data: &[u8]) {
    drained(data, &options(Format::TradesCsv), 1);
}

/// A journal: its blocks and its source give the same events, up to the first fault.
pub fn journal_open(data: &[u8]) {
    let Some(events) = drained(data, &options(Format::Journal), 1) else { return };
    let journal = Journal::from_bytes(data.to_vec()).expect("it was opened before");
    let mut direct = Vec::new();
    for block in 0..journal.blocks() {
        match journal.block(block) {
            Ok(whole) => direct.extend_from_slice(whole),
            Err(damaged) => {
                direct.extend_from_slice(damaged.whole);
                break;
            }
        }
    }
    assert_eq!(direct, events);
    if journal.verify().is_ok() {
        let mut again = opened(data, &options(Format::Journal)).expect("it was opened before");
        assert_eq!(read_all(&mut *again).len() as u64, journal.events());
    }
}
