//! Opening: by content and never by name, mapped or in memory, packed or plain; and what the report
//! looks like as JSON.

mod support;

use std::io::Write;
use std::path::Path;
use support::{every_message, framed};
use tourbillon_feeds::{
    Format, Framing, MarketEvent, OpenError, Options, open, open_bytes, read_all,
};

const TRADES: &[u8] = b"event_type,id,name,volume,price,stock_time\r\n\
    SELL,7,INTC,100,27.85,1000\r\n\
    BUY,8,MSFT,x,1.5,1001\r\n\
    \r\n\
    BUY,9,INTC,5,28,1002";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory takes all")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("the preset is valid");
    packer.write_all(bytes).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

fn events(path: &Path, options: &Options) -> Vec<MarketEvent> {
    read_all(&mut *open(path, options).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn the_same_events_however_the_bytes_are_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plain = framed(&every_message());
    let expected = read_all(&mut *open_bytes(plain.clone(), &Options::default()).expect("ITCH"));
    assert_eq!(expected.len(), 23);
    let twice = [gzip(&plain), gzip(&plain)].concat();
    for (name, bytes, times) in [
        ("a.csv", plain.clone(), 1),
        ("b", gzip(&plain), 1),
        ("c.gz", xz(&plain), 1),
        ("d", twice, 2),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("the folder can be written");
        for in_memory in [false, true] {
            let found = events(&path, &Options { in_memory, ..Options::default() });
            assert_eq!((&found[..23], found.len()), (&expected[..], 23 * times), "{name}");
        }
    }
}

#[test]
fn any_size_of_buffer_gives_the_same_events() {
    let whole =
        read_all(&mut *open_bytes(framed(&every_message()), &Options::default()).expect("ITCH"));
    for size in 1..30 {
        let mut source = open_bytes(framed(&every_message()), &Options::default()).expect("ITCH");
        let (mut out, mut found) = (vec![MarketEvent::default(); size], Vec::new());
        loop {
            let filled = source.fill(&mut out);
            found.extend_from_slice(&out[..filled]);
            assert_eq!(source.report().events, found.len() as u64);
            if filled == 0 {
                break;
            }
        }
        assert_eq!(found, whole);
        assert_eq!((source.fill(&mut out), source.fill(&mut [])), (0, 0), "the end stays the end");
    }
}

#[test]
fn what_cannot_be_opened_says_why() {
    let missing =
        open(Path::new("no/such/file"), &Options::default()).err().map(|error| error.to_string());
    assert!(missing.is_some_and(|text| text.starts_with("cannot read no/such/file: ")));
    for packed in [gzip(&[0; 9_000]), xz(&[0; 9_000])] {
        let cut = open_bytes(packed[..packed.len() - 9].to_vec(), &Options::default()).err();
        assert!(matches!(cut, Some(OpenError::Io { .. })), "{cut:?}");
    }
    for bytes in [&b""[..], b"\0", b"hello, world", &framed(&every_message())[1..]] {
        let unknown = open_bytes(bytes.to_vec(), &Options::default()).err();
        assert!(
            matches!(unknown, Some(OpenError::UnknownFormat { length, .. }) if length == bytes.len())
        );
    }
    for format in [Format::Pcap, Format::TradesCsv] {
        let options = Options { format: Some(format), ..Options::default() };
        let wrong = open_bytes(framed(&every_message()), &options).err();
        assert!(
            matches!(wrong, Some(OpenError::WrongFormat { format: found, .. }) if found == format)
        );
    }
}

#[test]
fn nothing_is_a_valid_file_if_the_format_is_given() {
    for framing in [Framing::Strict, Framing::LengthByType] {
        let options = Options { format: Some(Format::Itch50), framing, ..Options::default() };
        let mut source = open_bytes(Vec::new(), &options).expect("the format is given");
        assert_eq!((read_all(&mut *source).len(), source.report().total_errors()), (0, 0));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        assert!(events(file.path(), &options).is_empty());
    }
}

#[test]
fn format_names_go_both_ways() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "itch".parse::<Format>().map_err(|error| error.to_string());
    assert_eq!(
        error,
        Err("unknown format \"itch\"; known are itch50, pcap, trades-csv, journal, dbn, iex-tp, mdp3, lobster, bitstamp, binance, soup"
            .to_owned())
    );
}

#[test]
fn the_report_as_json() {
    let mut source = open_bytes(TRADES.to_vec(), &Options::default()).expect("trades");
    let events = read_all(&mut *source);
    let seqs: Vec<(u64, u32)> = events.iter().map(|event| (event.seq, event.instrument)).collect();
    assert_eq!(seqs, [(0, 0), (2, 0)], "a bad row keeps its number and names nothing");
    let json = serde_json::to_value(source.report()).expect("a report is plain data");
    assert_eq!(
        json["types"],
        serde_json::json!([
            {"code": "B", "name": "Buy", "count": 1},
            {"code": "S", "name": "Sell", "count": 1},
        ])
    );
    assert_eq!(json["errors"], serde_json::json!({"bad-row": 1}));
    let sentence = "line 3 (byte 72): volume is not a whole number in range; skipped";
    assert_eq!(
        json["located"],
        serde_json::json!([{"offset": 72, "kind": "bad-row", "sentence": sentence}])
    );
    let count = |key: &str| json[key].as_u64();
    assert_eq!(
        ["records", "events", "symbols", "trailing_bytes"].map(count),
        [Some(3), Some(2), Some(1), Some(0)]
    );
    assert_eq!(
        (count("bytes"), count("consumed")),
        (Some(TRADES.len() as u64), Some(TRADES.len() as u64))
    );
    assert_eq!(
        (count("first_ts_event"), json["format"].as_str()),
        (Some(1_000_000_000), Some("trades-csv"))
    );
}
