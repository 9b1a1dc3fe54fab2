//! The commands that run nothing, the files of matches, help, and readers who leave early.

use std::fs::read_to_string;

use serde_json::Value;

use crate::support::{found, list, number, text, tourbillon, tourbillon_into};

#[test]
fn patterns_are_listed_with_their_text() {
    let listed = tourbillon(&["patterns", "--json"]);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));
    let object = listed.json();
    let screen = tourbillon(&["patterns"]).out;
    for pattern in list(&object["patterns"]) {
        assert!(screen.contains(&format!("{}  (feed: ", text(&pattern["name"]))), "{screen}");
        assert!(
            screen.contains(text(&pattern["about"])) && screen.contains(text(&pattern["text"]))
        );
    }
    let names: Vec<&str> = list(&object["patterns"]).iter().map(|p| text(&p["name"])).collect();
    for name in ["reference", "reference-eager", "reference-leftmost", "stock-q1", "layering"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn the_doctor_reports_and_explains_every_check() {
    let report = tourbillon(&["doctor", "--json"]);
    assert_eq!(report.code, 0);
    let report = report.json();
    let findings = list(&report["findings"]);
    assert!(!findings.is_empty() && !text(&report["grade"]).is_empty());
    for finding in findings {
        let id = text(&finding["id"]);
        let told = tourbillon(&["doctor", "--explain", id]);
        assert!(told.code == 0 && told.out.len() > 100, "{id}: {told:?}");
        let json = tourbillon(&["doctor", "--explain", id, "--json"]).json();
        assert_eq!((text(&json["id"]), text(&json["text"]).trim()), (id, told.out.trim()));
    }
}

#[test]
fn the_matcher_is_measured_beside_the_loop_by_hand() {
    let options = ["--scenario", "reference", "--events", "20000", "--rounds", "6", "--json"];
    let ran = tourbillon(&[&["bench", "cep"], &options[..]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    let run = tourbillon(&["run", "--events", "20000", "--rate", "max", "--json"]).closed_loop();
    let (_, matches, checksum) = found(&run)[0];
    let rows = list(&report["rows"]);
    assert!(rows.len() >= 3 && text(&rows[0]["name"]) == "hand-written loop", "{report}");
    for row in rows {
        assert_eq!((number(&row["matches"]), text(&row["checksum"])), (matches, checksum));
        assert_eq!(number(&row["events"]), 20_000);
        assert!(row["figures"][0]["median"].as_f64() > Some(0.0), "{report}");
    }
}

#[test]
fn every_matcher_is_measured_and_held_against_its_goals() {
    let ran = tourbillon(&["bench", "cep", "--quick", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    let rows = list(&report["rows"]);
    let named = |name: &str| {
        rows.iter().find(|row| text(&row["name"]) == name).expect("a row of that name")
    };
    // Generated trades stand in for CORE's where those are missing.
    for name in ["q1", "q2", "q3"] {
        let (from_text, other) = (named(name), named(&format!("{name}, compiled in")));
        assert!(number(&from_text["matches"]) > 100, "{report}");
        assert_eq!(from_text["checksum"], other["checksum"], "{report}");
    }
    // Two rounds are too few for any verdict.
    let goals = list(&report["goals"]);
    assert!(goals.len() > 20, "{report}");
    assert!(goals.iter().all(|goal| text(&goal["verdict"]) == "cannot-tell"), "{report}");
}

#[test]
fn feeds_are_measured_and_held_against_their_goals() {
    let ran = tourbillon(&["bench", "feeds", "--quick", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    let rows = list(&report["rows"]);
    for scenario in ["decode", "journal-read", "book", "book-deep", "apply", "apply-deep"] {
        let row = rows.iter().find(|row| text(&row["scenario"]) == scenario);
        let row = row.unwrap_or_else(|| panic!("no {scenario} in {report}"));
        assert!(number(&row["matches"]) > 1_000, "{report}");
        assert!(row["figures"][0]["median"].as_f64() > Some(0.0), "{report}");
    }
    // Two rounds are too few for any verdict.
    let goals = list(&report["goals"]);
    assert!(goals.len() > 5, "{report}");
    assert!(goals.iter().all(|goal| text(&goal["verdict"]) == "cannot-tell"), "{report}");
}

#[test]
fn matches_are_written_in_both_forms() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str| {
        let path = folder.path().join(name);
        let path = path.to_str().expect("a plain path");
        let options = ["--events", "50k", "--rate", "max", "--json", "--matches", path];
        let report = tourbillon(&[&["run"], &options[..]].concat()).closed_loop();
        let matches: u64 = found(&report).iter().map(|(_, matches, _)| matches).sum();
        (matches as usize, read_to_string(path).expect("the file is there"))
    };
    let (matches, lines) = write("found.jsonl");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect();
    assert_eq!(lines.len(), matches);
    let (again, rows) = write("found.csv");
    let mut rows = rows.lines();
    assert_eq!((again, rows.next()), (matches, Some("match,pattern,step,sequence")));
    // The same matches in the same order, three steps each.
    let expected = lines.iter().enumerate().flat_map(|(number, line)| {
        let steps = ["a", "b", "c"].into_iter().zip(list(&line["sequences"]));
        steps.map(move |(step, at)| format!("{number},{},{step},{at}", text(&line["pattern"])))
    });
    assert!(rows.eq(expected), "the two files differ");
}

#[test]
fn help_fits_a_screen() {
    let commands: [&[&str]; 15] = [
        &[],
        &["run"],
        &["compare"],
        &["generate"],
        &["convert"],
        &["inspect"],
        &["patterns"],
        &["explain"],
        &["bench"],
        &["bench", "cep"],
        &["bench", "feeds"],
        &["bench", "rings"],
        &["stat"],
        &["top"],
        &["doctor"],
    ];
    for command in commands {
        let ran = tourbillon(&[command, &["--help"]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command:?}");
        assert!(ran.out.contains("Usage: tourbillon"), "{}", ran.out);
        let lines = ran.out.lines().count();
        assert!(lines <= 75, "{lines} lines of help for {command:?}:\n{}", ran.out);
        let widest = ran.out.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?} columns of help for {command:?}");
    }
}

/// Standard output whose reader has gone, as behind `| head -1`.
#[test]
fn a_reader_who_leaves_is_no_failure() {
    let commands: [&[&str]; 5] = [
        &["--help"],
        &["patterns"],
        &["doctor"],
        &["doctor", "--json"],
        &["run", "--events", "1k", "--rate", "max"],
    ];
    for command in commands {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ran = tourbillon_into(writer, command);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command:?}");
    }
}
