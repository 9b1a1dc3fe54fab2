//! `bench rings`: the report holds together. How fast anything is, is nobody's business here.

use std::thread::available_parallelism;

use serde_json::Value;

use crate::support::{list, number, text, tourbillon};

/// Rings are measured between two cores.
fn two_cores() -> bool {
    let two = available_parallelism().is_ok_and(|cores| cores.get() >= 2);
    if !two {
        eprintln!("SKIPPED: rings take two cores");
    }
    two
}

fn quick(options: &[&str]) -> Value {
    let arguments = ["bench", "rings", "--quick", "--json"];
    let ran = tourbillon(&[&arguments[..], options].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    assert_eq!((text(&report["status"]), list(&report["reasons"]).len()), ("valid", 0), "{report}");
    report
}

#[test]
fn every_scenario_gives_rows_and_no_goal_is_met_by_two_rounds() {
    if !two_cores() {
        return;
    }
    let report = quick(&["--peer", "disruptor", "--peer", "disruptor-multi", "--peer", "rtrb"]);
    assert_eq!((number(&report["rounds"]), &report["quick"]), (2, &Value::Bool(true)));
    let rows = list(&report["rows"]);
    for scenario in ["ping-pong", "one-way", "throughput", "batches", "producers", "topologies"] {
        let trials: Vec<&Value> =
            rows.iter().filter(|row| text(&row["scenario"]) == scenario).collect();
        // On a bad day the floor moves under every trial of a scenario.
        assert!(!trials.is_empty() || number(&report["dropped"]) > 0, "no {scenario}: {report}");
        trials.into_iter().for_each(check_row);
    }
    let goals = list(&report["goals"]);
    assert!(!goals.is_empty());
    for goal in goals {
        assert_eq!(text(&goal["verdict"]), "cannot-tell", "{goal}");
    }
}

fn check_row(row: &Value) {
    assert!(
        [
            "disruptor",
            "disruptor-multi",
            "rtrb",
            "floor",
            "single",
            "single-stage",
            "inline",
            "inline-stage",
            "multi",
            "fan-in"
        ]
        .contains(&text(&row["peer"])),
        "{row}"
    );
    assert!((1..=2).contains(&number(&row["rounds"])), "{row}");
    let (latency, rate) = (&row["latency_ns"], &row["rate"]);
    assert_ne!(latency.is_null(), rate.is_null(), "{row}");
    if rate.is_null() {
        let percentiles = ["p50", "p90", "p99", "p99_9"].map(|key| latency[key].as_f64());
        let measured: Vec<f64> = percentiles.into_iter().flatten().collect();
        assert!(measured.len() >= 2 && measured.is_sorted() && measured[0] > 0.0, "{row}");
    } else {
        assert!(rate["events_per_second"].as_f64() > Some(0.0), "{row}");
        assert!(rate["mean_batch"].as_f64().is_none_or(|mean| mean >= 1.0), "{row}");
    }
    if let Some(ratio) = row["against"]["ratio"].as_f64() {
        let (low, high) = (row["against"]["low"].as_f64(), row["against"]["high"].as_f64());
        let pairs = number(&row["against"]["pairs"]);
        assert!(pairs == 0 || low <= Some(ratio) && Some(ratio) <= high, "{row}");
    }
}

#[test]
fn the_screen_names_scenario_floor_and_goals() {
    if !two_cores() {
        return;
    }
    let ran =
        tourbillon(&["bench", "rings", "--quick", "--scenario", "ping-pong", "--peer", "rtrb"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for word in ["Quick", "ping-pong, pause", "floor 8 B", "rtrb 64 B", "ratio to floor", "Goals"] {
        assert!(ran.out.contains(word), "no {word} in {}", ran.out);
    }
    assert!(ran.out.contains("cannot tell") && !ran.out.contains("MISSED"), "{}", ran.out);
    let tables = ran.out.lines().take_while(|line| !line.starts_with("Clock:"));
    let widest = tables.map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?} columns");
}

#[test]
fn java_is_measured_or_said_to_be_missing() {
    if !two_cores() {
        return;
    }
    let report = quick(&["--scenario", "throughput", "--peer", "lmax-java"]);
    let measured = list(&report["rows"]).iter().any(|row| text(&row["peer"]) == "lmax-java");
    let skipped = list(&report["skipped"]).iter().any(|why| text(why).contains("lmax-java"));
    assert!(measured || skipped || number(&report["dropped"]) > 0, "{report}");
    if skipped {
        eprintln!("SKIPPED: {}", report["skipped"]);
    }
}

#[test]
fn unknown_names_are_usage_errors_that_list_the_known() {
    let cases = [
        ("--peer", ["'nope'", "disruptor-handler", "crossbeam-channel", "lmax-java"]),
        ("--scenario", ["'nope'", "ping-pong", "producers", "topologies"]),
    ];
    for (option, words) in cases {
        let ran = tourbillon(&["bench", "rings", option, "nope"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        for word in words {
            assert!(ran.err.contains(word), "no {word} in {}", ran.err);
        }
    }
}
