//! Files that are neither ITCH nor a capture.

use super::{drained, opened, options};
use tourbillon_feeds::dbn::{Encoder, metadata};
use tourbillon_feeds::journal::Journal;
use tourbillon_feeds::{Format, Instruments, MarketEvent, Options, read_all};

/// DBN, versions 1 to 3.
pub fn dbn_import(data: &[u8]) {
    drained(data, &options(Format::Dbn), 1);
}

/// What the encoder says in one record, the reader gives back.
pub fn dbn_roundtrip(data: &[u8]) {
    const RECORD: usize = 56;
    let Some(events) = drained(data, &options(Format::Dbn), 1) else { return };
    let mut names = Instruments::default();
    names.intern("ESH4");
    let head = metadata("TEST", 0, 1, &names);
    for event in events {
        let event = MarketEvent { instrument: 0, ..event };
        let mut file = head.clone();
        let said = Encoder::with_channels().encode(&event, &names, &mut file);
        if said.is_ok() && file.len() == head.len() + RECORD {
            let mut source = opened(&file, &Options::default()).expect("the encoder writes DBN");
            let again = read_all(&mut *source);
            // The schema of trades may have any letter for its action.
            let ext = again[0].ext & 0xFF | event.ext & 0xFF00;
            assert_eq!(again, [MarketEvent { ext, ..event }]);
        }
    }
}

/// LOBSTER messages.
pub fn lobster(data: &[u8]) {
    drained(data, &options(Format::Lobster), 1);
}

/// Bitstamp's log and CSV.
pub fn bitstamp(data: &[u8]) {
    drained(data, &options(Format::Bitstamp), 1);
}

/// Binance's streams.
pub fn binance(data: &[u8]) {
    drained(data, &options(Format::Binance), 1);
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
