//! Patterns in text: files of one's own and those that are built in.

use std::fs::{read_to_string, write};

use serde_json::Value;

use crate::support::{found, list, number, text, tourbillon};

/// Both architectures, batches of several lengths and planted faults find the same.
#[test]
fn both_architectures_find_the_same() {
    for (feed, pattern, steps) in [("reference", "spike", 5), ("synthetic", "unfilled", 1)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = |name: &str, options: &[&str]| {
            let path = folder.path().join(name).with_extension("jsonl").display().to_string();
            let all = ["run", feed, "--pattern", pattern, "--events", "40k", "--rate", "max"];
            let all = [&all[..], &["--json", "--matches", &path], options].concat();
            let report = tourbillon(&all).closed_loop();
            let one = found(&report)[0];
            (one.1, one.2.to_owned(), read_to_string(path).expect("the matches"))
        };
        let by_event = run("events", &[]);
        assert!(by_event.0 > 10, "{by_event:?}");
        for length in ["1", "7", "4096", "65536"] {
            let batch = ["--mode", "micro-batch", "--batch-events", length];
            assert!(run(length, &batch) == by_event, "{pattern} in batches of {length}");
        }
        let line: Value = serde_json::from_str(by_event.2.lines().next().expect("a match"))
            .expect("one object a line");
        let sequences = list(&line["sequences"]);
        assert!(sequences.len() >= steps && sequences.len() == list(&line["steps"]).len());
        assert_eq!(text(&line["pattern"]), pattern);
    }
}

/// The text that `patterns` shows is one that `--pattern` takes; and what a built-in pattern in
/// Rust finds, its text finds too.
#[test]
fn a_file_says_what_a_built_in_pattern_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let listed = tourbillon(&["patterns", "--json"]).json();
    let spike = list(&listed["patterns"]).iter().find(|it| it["name"] == "spike").expect("there");
    let path = folder.path().join("two.sql").display().to_string();
    let rising = "FROM market MATCH_RECOGNIZE ( PARTITION BY instrument
        AFTER MATCH SKIP PAST LAST ROW EAGER PATTERN ( low -> middle -> high ) WITHIN 50 MS
        DEFINE low AS kind = 'Trade', middle AS kind = 'Trade' AND price > low.price,
               high AS kind = 'Trade' AND price > middle.price )";
    write(&path, format!("{}\n{rising}", text(&spike["text"]))).expect("a file");
    let options = ["--events", "40k", "--rate", "max", "--json"];
    let run = |patterns: &[&str]| {
        tourbillon(&[&["run", "synthetic"], patterns, &options[..]].concat()).closed_loop()
    };
    let ours = run(&["--pattern", &path]);
    let theirs = run(&["--pattern", "spike", "--pattern", "rising-trades"]);
    let (ours, theirs) = (found(&ours), found(&theirs));
    assert_eq!(ours[0], theirs[0]);
    assert_eq!((ours[1].0, theirs[1].0), ("two", "rising-trades"));
    assert_eq!((ours[1].1, ours[1].2), (theirs[1].1, theirs[1].2));
    assert!(ours.iter().all(|found| found.1 > 0), "{ours:?}");
}

#[test]
fn time_outs_are_counted_apart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("late.sql").display().to_string();
    let wrote = folder.path().join("late.jsonl").display().to_string();
    let late =
        "FROM market MATCH_RECOGNIZE ( PARTITION BY instrument PATTERN ( a -> b ) WITHIN 1 US
        ON TIMEOUT EMIT DEFINE a AS kind = 'Trade', b AS kind = 'Trade' AND price > a.price )";
    write(&path, late).expect("a file");
    let options = ["--events", "10k", "--rate", "max", "--json", "--matches", &wrote];
    let report = tourbillon(&[&["run", "--pattern", &path], &options[..]].concat()).closed_loop();
    let pattern = &list(&report["patterns"])[0];
    let lines = read_to_string(wrote).expect("the matches");
    let late = lines.lines().filter(|line| line.contains("\"timed_out\":true")).count() as u64;
    assert_eq!((number(&pattern["timed_out"]), lines.lines().count() as u64), {
        (late, late + number(&pattern["matches"]))
    });
    assert!(late > 1_000, "{late}");
}

#[test]
fn a_wrong_text_is_shown_as_a_compiler_does() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("wrong.sql").display().to_string();
    write(&path, "FROM market MATCH_RECOGNIZE (\n  PATTERN ( a )\n  DEFINE a AS kind = 'Trde' )")
        .expect("a file");
    for command in ["run", "compare"] {
        let ran = tourbillon(&[command, "--pattern", &path, "--events", "1k", "--json"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        let shown = format!(
            "error[E104]: unknown symbol 'Trde'\n --> {path}:3:22\n  |\n \
             3 |   DEFINE a AS kind = 'Trde' )\n  |                      ^^^^^^ "
        );
        assert!(
            ran.err.replace("\n  -->", "\n -->").replace("\n   |", "\n  |").contains(&shown),
            "{}",
            ran.err
        );
        assert!(ran.err.ends_with(&format!("tourbillon: {path}: 1 error\n")), "{}", ran.err);
    }
}
