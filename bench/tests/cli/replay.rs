//! Replays: a part of a feed, several times, and a generator that says when it was the limit.

use serde_json::Value;

use crate::support::{number, tourbillon};

/// A generated file of 4,000 messages of trading, in a folder that is removed in the end.
fn file(format: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("feed").display().to_string();
    let options = ["--events", "4k", "--symbols", "20", "--format", format];
    assert_eq!(tourbillon(&[&["generate", &path], &options[..]].concat()).code, 0);
    (folder, path)
}

/// Events that a saturated run was fed.
fn fed(arguments: &[&str]) -> u64 {
    let run = [&["run"], arguments, &["--rate", "max", "--json"]].concat();
    number(&tourbillon(&run).closed_loop()["feed"]["events"])
}

#[test]
fn a_part_of_a_file_is_run() {
    for format in ["itch50", "journal"] {
        let (_folder, path) = file(format);
        let all = fed(&[&path]);
        let sequences = ["--from-sequence", "1000", "--until-sequence", "1500"];
        assert_eq!(fed(&[&[path.as_str()], &sequences[..]].concat()), 500);
        let (before, after) =
            (fed(&[&path, "--until", "09:30:00"]), fed(&[&path, "--from", "09:30"]));
        assert!(before > 0 && after >= 4_000 && before + after == all, "{before} {after} {all}");
        assert_eq!(fed(&[&path, "--from", "09:30", "--events", "700"]), 700);
        let one = fed(&[&path, "--symbols", "AAAA"]);
        let two = fed(&[&path, "--symbols", "AAAA,AAAB"]);
        assert!(0 < one && one < two && two < all, "{one} {two} {all}");
    }
}

#[test]
fn a_part_is_run_at_its_own_pace_and_a_missing_one_is_told_from_what_there_is() {
    let (_folder, path) = file("itch50");
    let minute = ["run", &path, "--from", "09:30", "--until", "09:31", "--json"];
    let report = tourbillon(&[&minute[..], &["--rate", "original"]].concat()).report();
    assert_eq!(report["load"]["arrival"], "replay");
    assert!(number(&report["feed"]["events"]) >= 4_000);
    let ran = tourbillon(&["run", &path, "--from", "21:00"]);
    let told = ["holds no such event", "03:00:00.000000000 to 20:05:00.000000000"];
    assert!(ran.code == 1 && told.iter().all(|told| ran.err.contains(told)), "{ran:?}");
}

#[test]
fn passes_follow_each_other() {
    let arguments = ["reference", "--events", "10k", "--pattern", "reference"];
    let matches = |repeat| {
        let run = [&["run"], &arguments[..], &["--rate", "max", "--json", "--repeat", repeat]];
        let report = tourbillon(&run.concat()).closed_loop();
        (number(&report["feed"]["events"]), number(&report["patterns"][0]["matches"]))
    };
    let (events, found) = matches("1");
    assert_eq!(matches("3"), (3 * events, 3 * found), "no match reaches from pass to pass");
}

#[test]
fn a_part_can_be_converted() {
    let (folder, path) = file("itch50");
    let part = folder.path().join("part.evj").display().to_string();
    let options = ["--symbols", "AAAB", "--from", "09:30", "--json"];
    let converted = tourbillon(&[&["convert", &path, &part], &options[..]].concat()).json();
    assert_eq!(number(&converted["events"]), fed(&[&path, "--symbols", "AAAB", "--from", "09:30"]));
    assert_eq!(number(&converted["events"]), fed(&[&part]));
}

#[test]
fn a_late_generator_is_marked() {
    let run = |limit: &str| {
        let options = ["--events", "20k", "--rate", "100k", "--slip-limit", limit, "--json"];
        tourbillon(&[&["run"], &options[..]].concat()).report()
    };
    let marked = run("0");
    assert_eq!(number(&marked["load"]["slip_limit_ns"]), 0);
    assert_eq!(marked["load"]["generator_limited"], true, "nobody is never late: {marked}");
    assert_eq!(run("1h")["load"]["generator_limited"], false);
    let screen = ["run", "--events", "20k", "--rate", "100k", "--slip-limit", "0"];
    assert!(tourbillon(&screen).out.contains("GENERATOR-LIMITED"));
    let closed = tourbillon(&["run", "--events", "1k", "--rate", "max", "--json"]).closed_loop();
    assert_eq!(closed["load"]["generator_limited"], Value::Null);
}

#[test]
fn what_is_not_there_is_told() {
    let (_folder, path) = file("itch50");
    for (arguments, code, words) in [
        (&["--symbols", "NOPE"][..], 1, &["NOPE", "tourbillon inspect"][..]),
        (&["--from-sequence", "99999"], 1, &["no such event"]),
        (&["--from", "9:30"], 2, &["--from", "try 09:30:00"]),
        (&["--from", "09:30", "--from-sequence", "3"], 2, &["--from-sequence", "cannot be used"]),
        (&["--repeat", "0"], 2, &["--repeat"]),
        (&["--repeat", "4000000"], 1, &["--repeat", "at most"]),
        (&["--symbols", "A,,B"], 2, &["--symbols", "empty name"]),
    ] {
        let ran = tourbillon(&[&["run", &path], arguments].concat());
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(words.iter().all(|word| ran.err.contains(word)), "{}", ran.err);
    }
}
