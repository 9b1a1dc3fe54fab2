//! Wrong use: the exit code, and a message that says what, where, and what to do.

use std::path::Path;

use crate::support::{Ran, tourbillon};

/// Fails with nothing on standard output and all of `words` in the message.
fn check(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{ran:?}");
    for word in words {
        assert!(ran.err.contains(word), "no \"{word}\" in: {}", ran.err);
    }
}

#[test]
fn usage_errors_name_the_option_and_the_way_out() {
    let cases: [(&[&str], &[&str]); 24] = [
        (&["frobnicate"], &["'frobnicate'", "Usage"]),
        (&["run", "--frobnicate"], &["'--frobnicate'", "Usage"]),
        (&["run", "a", "b"], &["'b'", "Usage"]),
        (&["run", "--rate", "fast"], &["--rate", "'fast'", "try 1M, original or max"]),
        (&["run", "--rate", "0"], &["--rate", "whole number from 1 on"]),
        (&["run", "--rate", "-5"], &["--rate", "'-5'", "whole number from 1 on"]),
        (&["run", "--events", "1.5"], &["--events", "'1.5'", "whole number"]),
        (&["run", "--seed", "0"], &["--seed", "take any other"]),
        (&["run", "--seed", "xyz"], &["--seed", "'xyz'", "hexadecimal"]),
        (&["run", "--seed", "11111111111111111"], &["--seed", "16 digits"]),
        (&["run", "--batch-interval", "100"], &["--batch-interval", "try 100us"]),
        (&["compare", "--intervals", "0,1 parsec"], &["--intervals", "parsec", "try 100us"]),
        (&["run", "--batch-events", "0"], &["--batch-events", "from 1 on"]),
        (&["run", "--pin", "0"], &["--pin", "two cores such as 0,1"]),
        (&["run", "--pin", "0,0"], &["--pin", "a core each", "none"]),
        (&["run", "--mode", "batch"], &["--mode", "micro-batch"]),
        (&["run", "--wait", "busy"], &["--wait", "spin"]),
        (&["run", "--arrival", "never"], &["--arrival", "poisson"]),
        (&["run", "--speed", "0x"], &["--speed", "try 8x"]),
        (&["run", "--format", "xml"], &["--format", "itch50, pcap, trades-csv, journal, dbn"]),
        (&["run", "synthetic", "--profile", "calm"], &["--profile", "day, busy, quiet"]),
        (&["run", "--poison-every", "0"], &["--poison-every", "from 1 on"]),
        (&["compare", "--rounds", "0"], &["--rounds", "1..=1000"]),
        (&["generate"], &["<OUT>", "Usage"]),
    ];
    for (arguments, words) in cases {
        check(&tourbillon(arguments), 2, words);
    }
}

#[test]
fn failures_name_what_is_missing_and_what_there_is() {
    let cases: [(&[&str], &[&str]); 7] = [
        (&["run", "--pattern", "nope"], &["'nope'", "tourbillon patterns", "rising-trades"]),
        (&["run", "--pattern", "my.sql"], &["my.sql", "tourbillon patterns"]),
        (&["run", "--pattern", "stock-q1"], &["'stock-q1'", "INTC"]),
        (&["run", "--pin", "99998,99999"], &["--pin", "99998", "["]),
        (&["doctor", "--cpus", "99999"], &["--cpus", "99999", "["]),
        (&["doctor", "--explain", "nope"], &["'nope'", "governor"]),
        (&["compare", "--rate", "max"], &["--rate", "open loop"]),
    ];
    for (arguments, words) in cases {
        check(&tourbillon(&[arguments, &["--json"]].concat()), 1, words);
    }
}

#[test]
fn feeds_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let make = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path.display().to_string()
    };
    let missing = folder.path().join("missing").display().to_string();
    let itself = folder.path().display().to_string();
    let cases = [
        (missing, "No such file"),
        (itself, "directory"),
        (make("empty", ""), "unknown format"),
        (make("text", "no feed begins like this one\n"), "unknown format"),
        (make("trades.csv", "event_type,id\nSELL,1\n"), "unknown format"),
    ];
    for (path, reason) in &cases {
        for command in ["run", "compare", "inspect"] {
            let ran = tourbillon(&[command, path]);
            check(&ran, 1, &[path, reason]);
            assert_eq!(ran.err.lines().count(), 1, "one line, told once: {}", ran.err);
            assert!(ran.err.matches(reason).count() == 1, "told twice: {}", ran.err);
        }
    }
    let text = &cases[3].0;
    for format in ["pcap", "trades-csv"] {
        check(&tourbillon(&["inspect", text, "--format", format]), 1, &[text, "not ", format]);
    }
    check(&tourbillon(&["run", "refrence"]), 1, &["'refrence'", "reference and synthetic"]);
}

/// What cannot be written is found out before anything is measured.
#[test]
fn files_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").expect("a file");
    let below = |name: &str| file.join(name).display().to_string();
    let (out, csv, feed) = (below("out"), below("matches.csv"), below("feed.itch"));
    check(&tourbillon(&["run", "--rate", "max", "--out", &out]), 1, &["cannot make", &out]);
    check(&tourbillon(&["run", "--rate", "max", "--matches", &csv]), 1, &["cannot write", &csv]);
    check(&tourbillon(&["compare", "--out", &out]), 1, &["cannot make", &out]);
    check(&tourbillon(&["generate", &feed]), 1, &["cannot write", &feed]);
    let named = folder.path().join("matches.txt").display().to_string();
    check(&tourbillon(&["run", "--matches", &named]), 1, &[&named, ".jsonl or .csv"]);
    assert!(!Path::new(&named).exists());
}
