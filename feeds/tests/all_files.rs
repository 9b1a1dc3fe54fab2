//! Every file of the shared data folder: which format its content says, and what is in it.

mod support;

use std::path::{Path, PathBuf};
use support::shared;
use tourbillon_feeds::{Format, Options, Report, open, read_all};

/// Folder or file, its format, and whether all of it is read without a fault.
const EXPECTED: &[(&str, Format, bool)] = &[
    ("binance/", Format::Binance, true),
    ("bitstamp/", Format::Bitstamp, true),
    ("core-stock/", Format::TradesCsv, true),
    ("iex/", Format::IexTp, true),
    ("itch/lukefasanello_sample.itch", Format::Itch50, false),
    ("itch/", Format::Itch50, true),
    ("lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv", Format::Lobster, true),
    ("omi/Cme/Mdp3.Sbe.v1.12/", Format::Pcap, true),
    ("omi/Cme/", Format::Mdp3, true),
    ("omi/Iex/", Format::IexTp, true),
    ("omi/", Format::Pcap, true),
    ("ritch/", Format::Itch50, false),
];

/// Not feeds: they are refused. Fragments have no head; `.dbz` is older than DBN.
const REFUSED: &[&str] = &[".frag", ".frag.zst", ".dbz", "orderbook_10.csv.xz", ".md", ".txt"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("a folder of the shared data") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

fn expected(name: &str) -> Option<(Format, bool)> {
    if REFUSED.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    if name.starts_with("dbn/") {
        return Some((Format::Dbn, true));
    }
    let known = EXPECTED.iter().find(|(start, ..)| name.starts_with(start));
    known.map(|(_, format, sound)| (*format, *sound))
}

/// Every message of a file is an event, or of a schema or kind that is counted as not read.
fn accounted(report: &Report) -> bool {
    report.consumed + report.trailing_bytes == report.bytes
}

#[test]
fn every_file_is_what_its_content_says() {
    let Some(root) = shared("") else { return };
    let mut found = Vec::new();
    files(&root, &mut found);
    let mut read = 0;
    for path in found {
        let name = path.strip_prefix(&root).expect("within").display().to_string();
        let opened = open(&path, &Options::default());
        let Some((format, sound)) = expected(&name) else {
            assert!(opened.is_err(), "{name} is taken for a feed");
            continue;
        };
        let mut source = opened.unwrap_or_else(|error| panic!("{name}: {error}"));
        let events = read_all(&mut *source);
        let report = source.report();
        assert_eq!(report.format, format.name(), "{name}");
        assert!(accounted(report), "{name}: {report:?}");
        assert_eq!(report.total_errors() == 0, sound, "{name}: {:?}", report.located);
        assert_eq!(events.len() as u64, report.events, "{name}");
        let every = source.instruments().iter();
        for (index, symbol) in every.take(500) {
            let table = source.instruments();
            assert_eq!(table.find_id(table.id(index)), Some(index), "{name}: {symbol}");
        }
        read += 1;
    }
    assert!(read > 130, "{read} files");
}

/// No file can be opened as another kind of text, journal, DBN or capture.
#[test]
fn a_wrong_format_is_refused() {
    let strict = [
        Format::TradesCsv,
        Format::Journal,
        Format::Dbn,
        Format::Lobster,
        Format::Bitstamp,
        Format::Binance,
        Format::Pcap,
        Format::IexTp,
        Format::Mdp3,
    ];
    let captures = [Format::Pcap, Format::IexTp, Format::Mdp3];
    for (name, format) in [
        ("core-stock/stock_data.csv.xz", Format::TradesCsv),
        ("lobster/AAPL_2012-06-21_34200000_57600000_message_10.csv", Format::Lobster),
        ("bitstamp/orders.csv.xz", Format::Bitstamp),
        ("bitstamp/2015-05-01.log.xz", Format::Bitstamp),
        ("binance/spot_btcusdt_20240808.gz", Format::Binance),
        ("dbn/official/test_data.mbo.dbn", Format::Dbn),
        ("itch/omi_nasdaq_20230822_real.itch", Format::Itch50),
        ("iex/TOPS16.pcapng.gz", Format::IexTp),
        ("omi/Cme/Mdp3.Sbe.v1.9/MdIncrementalRefreshBook.pcap", Format::Mdp3),
        ("omi/Nasdaq/Nasdaq.Equities.TotalView.Itch.v5.0/OrderReplaceMessage.pcap", Format::Pcap),
    ] {
        let Some(path) = shared(name) else { continue };
        for wrong in strict.into_iter().filter(|wrong| *wrong != format) {
            let options = Options { format: Some(wrong), ..Options::default() };
            // A capture can be asked for another protocol: then nothing of it is an event.
            match open(&path, &options) {
                Err(_) => {}
                Ok(mut source) => {
                    assert!(
                        captures.contains(&wrong) && captures.contains(&format),
                        "{name}: {wrong}"
                    );
                    assert_eq!(read_all(&mut *source), [], "{name}: {wrong}");
                }
            }
        }
    }
}
