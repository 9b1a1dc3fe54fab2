//! `convert`: from format to format with nothing lost, and a damaged journal repaired.

use std::path::Path;

use crate::support::{number, tourbillon};

/// The report of `inspect`, and its exit code.
fn inspected(path: &str) -> (i32, serde_json::Value) {
    let ran = tourbillon(&["inspect", path, "--json"]);
    (ran.code, ran.json())
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("a plain path").to_owned()
}

#[test]
fn itch_to_journal_and_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [itch, journal, again, made] =
        ["a.itch", "a.evj", "b.itch", "made"].map(|name| path(folder.path(), name));
    let options = ["--events", "50k", "--symbols", "40", "--seed", "7"];
    assert_eq!(tourbillon(&[&["generate", &itch], &options[..]].concat()).code, 0);
    let converted = tourbillon(&["convert", &itch, &journal, "--json"]);
    assert_eq!(converted.code, 0, "{}", converted.err);
    let (code, first) = inspected(&itch);
    assert_eq!(code, 0);
    let (code, report) = inspected(&journal);
    assert_eq!((code, &report["format"]), (0, &"journal".into()));
    for key in ["events", "symbols", "first_ts_event", "last_ts_event"] {
        assert_eq!(report[key], first[key], "{key}");
    }
    assert_eq!(converted.json()["events"], first["events"]);
    assert_eq!(converted.json()["bytes"], report["bytes"]);

    assert_eq!(tourbillon(&["convert", &journal, &again]).code, 0);
    let (_, second) = inspected(&again);
    for key in ["events", "symbols", "types", "bytes", "end_of_session"] {
        assert_eq!(second[key], first[key], "{key}");
    }

    let format = ["--format", "journal"];
    assert_eq!(tourbillon(&[&["generate", &made], &options[..], &format].concat()).code, 0);
    let bytes = |path: &str| std::fs::read(path).expect("the file is there");
    assert!(bytes(&made) == bytes(&journal), "generated at once or converted");
}

#[test]
fn orders_become_dbn_and_what_is_not_said_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [itch, dbn, again] = ["day.itch", "day.dbn", "again.dbn"].map(|n| path(folder.path(), n));
    assert_eq!(tourbillon(&["generate", &itch, "--events", "20k"]).code, 0);
    let converted = tourbillon(&["convert", &itch, &dbn, "--json"]);
    assert_eq!(converted.code, 1, "system events are no orders: {}", converted.err);
    let converted = converted.json();
    let why = converted["first_left_out"].as_str().expect("a reason");
    assert_eq!(why, "DBN by order has no record for System");
    let (code, report) = inspected(&dbn);
    assert_eq!((code, report["format"].as_str()), (0, Some("dbn")));
    let said = number(&converted["events"]) - number(&converted["left_out"]);
    assert!(number(&report["events"]) >= said, "an execution is several records");
    let ran = tourbillon(&["convert", &dbn, &again]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let bytes = |path: &str| std::fs::read(path).expect("the file is there");
    let records = |path: &str| bytes(path)[bytes(path).len() - 56_000..].to_vec();
    assert!(records(&dbn) == records(&again), "what was DBN stays as it is");
}

#[test]
fn copying_repairs_a_cut_journal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [whole, cut, repaired] =
        ["whole", "cut", "repaired.evj"].map(|name| path(folder.path(), name));
    let options = ["--events", "30k", "--format", "journal"];
    assert_eq!(tourbillon(&[&["generate", &whole], &options[..]].concat()).code, 0);
    let bytes = std::fs::read(&whole).expect("the file is there");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("the folder can be written");
    let converted = tourbillon(&["convert", &cut, &repaired]);
    assert_eq!(converted.code, 1, "{}", converted.out);
    assert!(converted.out.contains("the journal is cut"), "{}", converted.out);
    let (code, report) = inspected(&repaired);
    assert_eq!(code, 0, "the copy has no fault");
    // Half of the file; the checks of the whole block and the symbols stand before its events.
    let events = number(&report["events"]) as usize;
    assert!((bytes.len() / 2 / 76..bytes.len() / 2 / 64).contains(&events), "{events}");
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [feed, other] = ["feed.evj", "feed.xyz"].map(|name| path(folder.path(), name));
    let options = ["--events", "1k", "--format", "journal"];
    assert_eq!(tourbillon(&[&["generate", &feed], &options[..]].concat()).code, 0);
    for (arguments, said) in [
        (vec!["convert", &feed, &other], "--to names another"),
        (vec!["convert", &feed, &feed], "write to another file"),
        (vec!["convert", &other, &feed], "cannot read"),
    ] {
        let ran = tourbillon(&arguments);
        assert_eq!(ran.code, 1, "{arguments:?}");
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    assert_eq!(inspected(&feed).0, 0, "it is still there");
}
