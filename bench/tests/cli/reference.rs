//! The reference workload: counts and checksums that other engines agree with, in every mode and
//! however batches are cut.

use crate::support::{found, number, plain, text, tourbillon};

/// Events, then matches and checksum of each reading of "after match".
type Expected = (&'static str, [(&'static str, u64, &'static str); 3]);

const fn expected(
    events: &'static str,
    [all, eager, leftmost]: [(u64, &'static str); 3],
) -> Expected {
    let patterns = [
        ("reference", all.0, all.1),
        ("reference-eager", eager.0, eager.1),
        ("reference-leftmost", leftmost.0, leftmost.1),
    ];
    (events, patterns)
}

const SMALL: Expected = expected(
    "200000",
    [(3_470, "c4fc3c231666375c"), (897, "4299017ab7e79751"), (852, "f3a815ad071ddeb6")],
);
const MIDDLE: Expected = expected(
    "1000000",
    [(17_025, "ff1541208416eafa"), (4_470, "0cad9c672d4548de"), (4_303, "7e0eb462756cd8e5")],
);
const LARGE: Expected = expected(
    "2000000",
    [(34_465, "d5825540db45fcea"), (8_968, "8731ad353c501137"), (8_651, "33b825057e6008aa")],
);

/// A closed-loop run finds what it must, and nothing is lost.
fn check((events, patterns): Expected, options: &[&str]) {
    let arguments = [&["run", "reference", "--events", events, "--rate", "max"], options].concat();
    let ran = tourbillon(&[&arguments[..], &["--json"]].concat());
    let report = ran.closed_loop();
    assert_eq!(found(&report), patterns, "{arguments:?}");
    assert_eq!(number(&report["feed"]["events"]).to_string(), events);
    for nothing in ["lost", "dropped", "dead_lettered", "retried_batches"] {
        assert_eq!(number(&report[nothing]), 0, "{arguments:?}: {nothing}");
    }
    for pattern in 0..3 {
        assert_eq!(number(&report["patterns"][pattern]["truncated"]), 0, "{arguments:?}");
    }
}

fn check_batches(expected: Expected, events: &str, interval: &str) {
    // Unpinned, the command does not watch its cores first: many short runs go faster.
    let mode = ["--mode", "micro-batch", "--pin", "none"];
    check(
        expected,
        &[&mode[..], &["--batch-events", events, "--batch-interval", interval]].concat(),
    );
}

#[test]
fn real_time() {
    for expected in [SMALL, MIDDLE] {
        check(expected, &["--mode", "realtime"]);
    }
}

#[test]
fn two_million_events() {
    check(LARGE, &[]);
    check(LARGE, &["--mode", "micro-batch"]);
}

#[test]
fn micro_batches_of_every_length() {
    for events in ["1", "7", "64", "1000", "65536"] {
        for interval in ["0", "100us", "1ms"] {
            check_batches(SMALL, events, interval);
        }
    }
    check_batches(MIDDLE, "64", "100us");
}

#[test]
fn every_way_to_wait_and_to_place_threads() {
    for wait in ["spin", "yield", "park"] {
        check(SMALL, &["--wait", wait, "--pin", "none"]);
    }
}

#[test]
fn the_screen_says_the_same() {
    let mode = ["--mode", "micro-batch"];
    let arguments = ["run", "reference", "--events", "200000", "--rate", "max"];
    let ran = tourbillon(&[&arguments[..], &mode].concat());
    let screen = plain(&ran.out);
    for (name, matches, checksum) in SMALL.1 {
        let row = screen.lines().find(|line| line.split_whitespace().next() == Some(name));
        let row = row.unwrap_or_else(|| panic!("no row of {name}:\n{screen}"));
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells, [name, &matches.to_string(), checksum, "0"]);
    }
    assert!(screen.contains("micro-batch on reference 200000 events as fast as possible"));
    assert!(screen.contains("grade") && !screen.contains("gaps in the load"), "{screen}");
    assert!(screen.contains("Closed loop") && !screen.contains("p99.99"), "{screen}");
    assert!(screen.contains("0 lost 0 dead-lettered 0 batches retried"), "{screen}");
}

#[test]
fn patterns_are_reported_in_the_order_asked_for() {
    let patterns = ["--pattern", "reference-leftmost", "--pattern", "reference"];
    let arguments = ["run", "--events", "200k", "--rate", "max", "--json"];
    let report = tourbillon(&[&arguments[..], &patterns].concat()).closed_loop();
    assert_eq!(found(&report), [SMALL.1[2], SMALL.1[0]]);
    assert_eq!(text(&report["feed"]["name"]), "reference");
}
