//! `compare`: the proof that both architectures find the same, and the files it writes.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, found, list, number, text, tourbillon};

fn compare(out: &Path, json: bool) -> Ran {
    let out = out.to_str().expect("a plain path");
    let mut arguments = vec!["compare", "--rounds", "1", "--events", "20000", "--rate", "200k"];
    arguments.extend(["--intervals", "0,1ms", "--out", out]);
    arguments.extend(json.then_some("--json"));
    tourbillon(&arguments)
}

#[test]
fn both_find_the_same_and_it_is_written_down() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let report = compare(folder.path(), true).report();
    assert_eq!(report["same_matches"], true);
    let runs = list(&report["runs"]);
    let modes: Vec<&str> = runs.iter().map(|run| text(&run["mode"])).collect();
    assert_eq!(modes, ["realtime", "micro-batch"]);
    assert_eq!(found(&runs[0]), found(&runs[1]));
    assert!(found(&runs[0]).iter().all(|(_, matches, _)| *matches > 0));
    for run in runs {
        assert_eq!((number(&run["feed"]["events"]), number(&run["lost"])), (20_000, 0));
    }
    let rows = list(&report["trade_off"]);
    let labels: Vec<&str> = rows.iter().map(|row| text(&row["label"])).collect();
    assert_eq!(labels, ["realtime", "micro-batch 0", "micro-batch 1ms"]);
    assert!(rows.iter().all(|row| row["same_matches"] == true));

    let written = std::fs::read(folder.path().join("compare.json")).expect("compare.json");
    assert_eq!(serde_json::from_slice::<Value>(&written).expect("JSON"), report);
    let page = std::fs::read_to_string(folder.path().join("compare.html")).expect("compare.html");
    assert!(page.starts_with("<!") && page.trim_end().ends_with("</html>"));
    assert!(page.contains(found(&runs[0])[0].2), "the page shows the checksums");
}

/// No machine sends a thousand million events a second: every paced round is invalid.
#[test]
fn what_was_not_measured_is_not_shown_as_zero() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain path");
    let impossible = ["compare", "--rounds", "1", "--events", "20000", "--rate", "1G"];
    let arguments = [&impossible[..], &["--intervals", "1ms", "--out", out]].concat();
    let ran = tourbillon(&[&arguments[..], &["--json"]].concat());
    let report = ran.report();
    assert_eq!((ran.code, &report["same_matches"]), (4, &true.into()));
    let no_run = list(&report["reasons"]).iter().filter(|r| text(r).starts_with("no paced run"));
    assert_eq!(no_run.count(), 2, "one for each configuration: {report}");
    for row in list(&report["trade_off"]) {
        assert_eq!(
            (number(&row["response"]["samples"]), &row["cpu_ns_per_event"]),
            (0, &Value::Null)
        );
        assert_eq!(row["mean_batch_events"], Value::Null);
        assert!(row["saturated_eps"].as_f64() > Some(0.0), "a closed loop has no schedule: {row}");
    }
    let ran = tourbillon(&arguments);
    assert_eq!(ran.code, 4);
    let row = ran.out.lines().find(|line| line.contains("response p50")).expect("the ratio");
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells, ["batch", "1ms", "response", "p50", "n/a", "n/a", "cannot", "tell"]);
    assert!(!ran.out.contains(" 0 ns") && !ran.out.contains("NaN"), "{}", ran.out);
}

#[test]
fn the_screen_proves_before_it_measures() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = compare(folder.path(), false);
    assert!([0, 4].contains(&ran.code), "{ran:?}");
    let proof = "Real-time and micro-batch found the same matches in every run:";
    let costs = ran.out.find("What each costs").expect("the trade-off");
    assert!(ran.out.find(proof).is_some_and(|at| at < costs), "{}", ran.out);
    assert!(ran.out.contains("batch 1ms") && ran.out.contains("Repeat: tourbillon compare"));
    assert!(ran.out.contains("compare.html"), "{}", ran.out);
    assert!(!ran.out.contains("NaN"), "{}", ran.out);
}
