//! `inspect` on every real file: what independent parsers counted, faults with their place, and an
//! exit code that tells a clean file from a damaged one.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, list, number, plain, shared, text, tourbillon, types};

fn inspect(path: &str) -> Ran {
    tourbillon(&["inspect", path, "--json"])
}

#[test]
fn binary_files() {
    let cases = [
        ("itch/omi_nasdaq_20230822_real.itch", "A 37 D 2 F 2 E 1 H 1 I 1 L 1 U 1", 5),
        ("itch/bbekele_sample.itch", "R 993 H 3 Y 3 S 1", 993),
        ("itch/reenc_lobster_AAPL_20120621.itch", "A 471 D 369 E 98 P 61 S 2 R 1", 1),
    ];
    for (name, messages, symbols) in cases {
        let Some(path) = shared(name) else { continue };
        let ran = inspect(&path);
        let report = ran.json();
        assert_eq!((ran.code, types(&report["types"]).as_str()), (0, messages), "{name}");
        assert_eq!(number(&report["symbols"]), symbols, "{name}");
        assert_eq!(report["consumed"], report["bytes"], "{name}");
        assert_eq!(text(&report["format"]), "itch50");
    }
}

#[test]
fn a_file_cut_short_fails_and_says_where() {
    let Some(path) = shared("itch/lukefasanello_sample.itch") else { return };
    let ran = inspect(&path);
    let report = ran.json();
    assert_eq!(ran.code, 1);
    assert_eq!(types(&report["types"]), "R 98 H 1 S 1 Y 1");
    assert_eq!(report["errors"], serde_json::json!({ "truncated": 1 }));
    assert_eq!(number(&report["located"][0]["offset"]), 4_081);
    let screen = plain(&tourbillon(&["inspect", &path]).out);
    assert!(screen.contains("Errors: 1 truncated\n  at byte 4081: "), "{screen}");
}

#[test]
fn lengths_of_zero_end_the_session_unless_types_tell() {
    let Some(path) = shared("ritch/ex20101224.TEST_ITCH_50.gz") else { return };
    let ran = inspect(&path);
    let report = ran.json();
    assert_eq!((number(&report["events"]), report["end_of_session"].as_bool()), (0, Some(true)));
    assert_eq!(number(&report["trailing_bytes"]), 465_046);
    assert_eq!((ran.code, &report["errors"]["trailing-bytes"]), (1, &1.into()), "{report}");
    // Nothing to run, and the way out.
    let ran = tourbillon(&["run", &path, "--rate", "max"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("holds no event") && ran.err.contains("tourbillon inspect"));

    let ran = tourbillon(&["inspect", &path, "--length-by-type", "--json"]);
    let report = ran.json();
    assert_eq!((ran.code, number(&report["records"])), (0, 12_012));
    let messages = "P 5000 A 4997 D 1745 E 198 X 45 U 12 S 6 F 3 H 3 R 3";
    assert_eq!((types(&report["types"]).as_str(), number(&report["symbols"])), (messages, 3));
}

#[test]
fn nasdaq_captures() {
    let cases = [
        ("Nasdaq", "OrderReplaceMessage", "U 1"),
        ("Nasdaq", "AddOrderNoMpidAttributionMessage", "A 1"),
        ("Nasdaq", "OrderDeleteMessage", "D 1"),
        ("Nasdaq", "OrderExecutedMessage", "E 1"),
        ("Nasdaq", "NetOrderImbalanceIndicatorMessage", "I 1"),
        ("Nasdaq", "MarketParticipantPositionMessage", "L 1"),
        ("Nasdaq", "StockTradingActionMessage", "H 1"),
        ("Nasdaq", "Multiple.Packets", "A 36 F 2 D 1"),
        ("Bx", "AddOrderNoMpidAttributionMessage", "A 1"),
        ("Bx", "OrderDeleteMessage", "D 1"),
        ("Bx", "OrderReplaceMessage", "U 1"),
    ];
    for (exchange, message, messages) in cases {
        let name = format!("omi/Nasdaq/{exchange}.Equities.TotalView.Itch.v5.0/{message}.pcap");
        let Some(path) = shared(&name) else { continue };
        let ran = inspect(&path);
        let report = ran.json();
        assert_eq!((ran.code, types(&report["types"]).as_str()), (0, messages), "{name}");
        let several = u64::from(message == "Multiple.Packets");
        assert_eq!((number(&report["packets"]), number(&report["gaps"])), (1 + several, several));
        assert_eq!(number(&report["gap_messages"]), several * (19_009_117 - 14_764_497), "{name}");
    }
}

/// Captures of other protocols: every packet is counted, and skipped with a reason.
#[test]
fn other_captures_hold_no_event_and_say_why() {
    let packets = [
        ("Nyse.ImbalancesFeed.v2.1.f.Example.pcap", 11_819),
        ("Miax.Tom.Mach.v1.9.Example.pcap", 20_560),
        ("Ice.Mdf.iMpact.v1.1.24.Example.pcap", 530),
        ("Ice.Mdf.iMpact.v1.1.33.Example.pcap", 8_680),
    ];
    let mut captures = Vec::new();
    for folder in ["Nyse", "Miax", "Ice", "Cme/Mdp3.Sbe.v1.12"] {
        let Some(folder) = shared(&format!("omi/{folder}")) else { continue };
        find_captures(Path::new(&folder), &mut captures);
    }
    for path in captures {
        let path = path.to_str().expect("a plain path");
        let ran = inspect(path);
        let report = ran.json();
        let expected = packets.iter().find(|(name, _)| path.ends_with(name)).map_or(1, |(_, n)| *n);
        assert_eq!((ran.code, number(&report["packets"])), (0, expected), "{path}");
        let skipped = report["skipped"].as_object().expect("reasons");
        assert_eq!(skipped.values().map(number).sum::<u64>(), expected, "{path}: {report}");
        let reason = if path.contains("v1.12") { "not-udp" } else { "not-mold" };
        assert!(skipped.contains_key(reason), "{path}: {report}");
        assert_eq!((number(&report["events"]), &report["errors"]), (0, &serde_json::json!({})));
    }
}

fn find_captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("a folder of the shared data") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            find_captures(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn built_in_feeds_are_feeds_too() {
    let reference = tourbillon(&["inspect", "--events", "200k", "--json"]).json();
    assert_eq!(text(&reference["format"]), "reference");
    assert_eq!((number(&reference["events"]), number(&reference["symbols"])), (200_000, 1_000));
    let arguments = ["inspect", "synthetic", "--events", "3k", "--symbols", "20", "--json"];
    let synthetic = tourbillon(&arguments).json();
    assert_eq!(text(&synthetic["format"]), "itch50");
    assert_eq!((number(&synthetic["events"]), number(&synthetic["symbols"])), (3_000, 20));
    for report in [reference, synthetic] {
        let counts = list(&report["types"]).iter().map(|line| number(&line["count"]));
        assert_eq!(counts.sum::<u64>(), number(&report["records"]), "{report}");
    }
}

#[test]
fn the_screen_accounts_for_every_byte() {
    let Some(path) = shared("itch/bbekele_sample.itch") else { return };
    let ran = tourbillon(&["inspect", &path]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let report: Value = inspect(&path).json();
    let screen = plain(&ran.out);
    for fact in [
        format!("{} read 0 left", report["bytes"]),
        "1000 1000 events".to_owned(),
        "03:04:32.057543747 to 03:09:14.360581176".to_owned(),
        "No errors.".to_owned(),
    ] {
        assert!(screen.contains(&fact), "no \"{fact}\":\n{screen}");
    }
}
