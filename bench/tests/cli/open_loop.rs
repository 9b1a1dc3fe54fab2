//! The JSON object of a run in an open loop: the keys that scripts rely on, and figures that do
//! not contradict each other.

use serde_json::Value;

use crate::support::{found, list, number, plain, text, tourbillon};

const EVENTS: &str = "40000";
const RATE: &str = "200k";

fn run(options: &[&str]) -> Value {
    let arguments = ["run", "reference", "--events", EVENTS, "--rate", RATE, "--json"];
    tourbillon(&[&arguments[..], options].concat()).report()
}

fn has(object: &Value, keys: &[&str]) {
    for key in keys {
        assert!(object.get(key).is_some(), "no {key} in {object}");
    }
}

/// Samples of a latency, after a look at its percentiles.
fn samples(latency: &Value) -> u64 {
    let rising = ["p50", "p90", "p99", "p99_9", "p99_99", "max"];
    let values: Vec<u64> = rising.iter().map(|key| number(&latency[key])).collect();
    assert!(values.is_sorted(), "{latency}");
    number(&latency["samples"])
}

fn check_latencies(report: &Value) {
    let matches = found(report).iter().map(|(_, matches, _)| matches).sum::<u64>();
    assert!(matches > 0, "{report}");
    let latency = &report["latency_ns"];
    // All but the few that only the end of the stream sets free.
    let timed = samples(&latency["response"]);
    assert!(timed <= matches && timed + 10 >= matches, "{timed} of {matches} matches timed");
    assert_eq!(samples(&latency["service"]), timed);
    assert_eq!(samples(&latency["slip"]).to_string(), EVENTS);
    for key in ["p50", "max"] {
        let (response, service) = (&latency["response"][key], &latency["service"][key]);
        // As exact as a tick and a bucket of a histogram allow.
        let most = number(response) + number(response) / 50 + 2;
        assert!(number(service) <= most, "an event is never sent early: {latency}");
    }
}

#[test]
fn the_contract_holds_in_real_time() {
    let report = run(&[]);
    has(&report, &["schema_version", "status", "reasons", "mode", "feed", "patterns"]);
    has(&report, &["throughput_eps", "cpu_ns_per_event", "lost", "dropped", "dead_lettered"]);
    has(&report, &["retried_batches", "latency_ns"]);
    has(&report["feed"], &["name", "events", "errors"]);
    for pattern in list(&report["patterns"]) {
        has(pattern, &["name", "matches", "checksum", "truncated"]);
        let checksum = text(&pattern["checksum"]);
        assert!(checksum.len() == 16 && checksum.bytes().all(|c| c.is_ascii_hexdigit()));
    }
    assert_eq!(number(&report["schema_version"]), 1);
    assert_eq!(text(&report["mode"]), "realtime");
    assert_eq!(report["batch"], Value::Null);
    assert_eq!(report["load"]["target_eps"].as_f64(), Some(200_000.0));
    assert!(report["throughput_eps"].as_f64() > Some(0.0));
    assert!(report["cpu_ns_per_event"].as_f64() > Some(0.0));
    check_latencies(&report);
}

#[test]
fn micro_batch_also_accounts_for_its_batches() {
    let report =
        run(&["--mode", "micro-batch", "--batch-events", "100", "--batch-interval", "1ms"]);
    assert_eq!(text(&report["mode"]), "micro-batch");
    check_latencies(&report);
    let batch = &report["batch"];
    assert_eq!((number(&batch["interval_ns"]), number(&batch["max_events"])), (1_000_000, 100));
    assert!(number(&batch["batches"]) >= 400, "40,000 events in batches of 100: {batch}");
    let mean = batch["mean_events"].as_f64().expect("a mean");
    assert!((mean * number(&batch["batches"]) as f64 - 40_000.0).abs() < 1.0, "{batch}");
    // Each event waits for its batch; what is passed on at once adds next to nothing.
    assert_eq!(samples(&batch["added_delay_ns"]).to_string(), EVENTS);
    let screen = ["run", "--mode", "micro-batch", "--events", "2k", "--rate", "max"];
    assert!(tourbillon(&screen).out.contains("\n added delay    p50 "));
    let at_once = run(&["--mode", "micro-batch", "--batch-interval", "0"]);
    assert_eq!(at_once["batch"]["added_delay_ns"], Value::Null);
    assert_eq!(found(&report), found(&run(&[])));
}

#[test]
fn every_event_is_accounted_for() {
    let report = run(&["--poison-every", "1000"]);
    let (producer, stage) = (&report["producer"], &report["stage"]);
    assert_eq!(number(&producer["published"]), 40_000);
    for key in ["rejected", "timed_out", "dropped", "conflated"] {
        assert_eq!(number(&producer[key]), 0, "the load waits for room: {producer}");
    }
    assert_eq!(report["dropped"], producer["dropped"]);
    assert_eq!((number(&stage["offered"]), number(&stage["taken"])), (40_000, 40_000));
    assert_eq!((number(&stage["aborted"]), number(&stage["in_flight"])), (0, 0));
    assert_eq!(stage["dead_letters"], report["dead_lettered"]);
    assert_eq!((number(&stage["dead_letters"]), &stage["balanced"]), (40, &Value::Bool(true)));
}

#[test]
fn every_arrival_offers_every_event() {
    for arrival in ["fixed", "poisson", "burst", "replay"] {
        let report = run(&["--arrival", arrival, "--speed", "2x", "--pattern", "reference"]);
        assert!(text(&report["load"]["arrival"]).starts_with(arrival), "{report}");
        check_latencies(&report);
    }
}

#[test]
fn a_closed_loop_measures_no_latency() {
    let ran = tourbillon(&["run", "--events", EVENTS, "--rate", "max", "--json"]);
    let report = ran.closed_loop();
    for latency in ["response", "service", "slip"] {
        assert_eq!(samples(&report["latency_ns"][latency]), 0);
    }
    assert_eq!(report["load"]["target_eps"], Value::Null);
}

#[test]
fn the_screen_leads_with_the_verdict() {
    let ran = tourbillon(&["run", "--events", EVENTS, "--rate", RATE]);
    let verdict = ran.out.lines().next();
    match ran.code {
        0 => assert_eq!(verdict, Some("VALID")),
        4 => assert_eq!(verdict, Some("INVALID: do not quote these figures")),
        _ => panic!("{ran:?}"),
    }
    let screen = plain(&ran.out);
    assert!(screen.contains("realtime on reference 40000 events fixed arrivals at 200 k/s"));
    for word in ["response", "service", "slip", "p99.9", "throughput", "balanced", "floor"] {
        assert!(screen.contains(word), "no {word}:\n{screen}");
    }
    let tables = ran.out.lines().filter(|line| line.starts_with(' ') && !line.starts_with("  - "));
    assert!(tables.map(|line| line.chars().count()).max() <= Some(80), "{}", ran.out);
}

#[test]
fn without_a_match_there_is_no_response_to_speak_of() {
    let ran = tourbillon(&["run", "--events", "20", "--rate", "10k"]);
    let row = ran.out.lines().find(|line| line.starts_with(" response")).expect("the latencies");
    assert_eq!(
        row.split_whitespace().collect::<Vec<_>>(),
        ["response", "-", "-", "-", "-", "-", "-"]
    );
    assert!(!ran.out.contains("0 ns; compare"), "{}", ran.out);
}

#[test]
fn out_takes_the_same_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("new/folder");
    let report = run(&["--out", out.to_str().expect("a plain path")]);
    let written = std::fs::read(out.join("run.json")).expect("run.json");
    assert_eq!(serde_json::from_slice::<Value>(&written).expect("JSON"), report);
}
