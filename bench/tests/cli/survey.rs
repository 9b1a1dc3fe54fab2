//! What `inspect` says of rates, bursts, silences and symbols: the JSON contract and the picture.

use serde_json::Value;

use crate::support::{list, number, text, tourbillon};

fn survey(arguments: &[&str]) -> Value {
    tourbillon(&[&["inspect"], arguments, &["--json"]].concat()).json()["survey"].clone()
}

#[test]
fn the_figures_agree_with_each_other() {
    let whole = survey(&["synthetic", "--events", "30k", "--symbols", "40"]);
    let part = survey(&["synthetic", "--events", "30k", "--symbols", "40", "--until", "09:30:01"]);
    for seen in [&whole, &part] {
        let events = number(&seen["events"]);
        let timeline = &seen["timeline"];
        assert_eq!(list(&timeline["counts"]).iter().map(number).sum::<u64>(), events);
        assert_eq!(timeline["start_ns"], seen["first_ns"]);
        assert_eq!(
            list(&seen["kinds"]).iter().map(|kind| number(&kind["events"])).sum::<u64>(),
            events
        );
        assert_eq!(list(&seen["top_symbols"]).len(), 10);
        let bursts = list(&seen["bursts"]);
        let lengths: Vec<u64> = bursts.iter().map(|burst| number(&burst["window_ns"])).collect();
        assert_eq!(lengths, [1_000_000, 10_000_000, 1_000_000_000]);
        assert!(bursts.is_sorted_by_key(|burst| number(&burst["events"])), "{seen}");
        assert!(seen["silences"]["variation"].as_f64() > Some(1.0), "{seen}");
    }
    assert_eq!(number(&whole["events"]), 30_000);
    assert!(number(&part["events"]) < 30_000 && number(&part["last_ns"]) < 34_201_000_000_000);
    let one = survey(&["synthetic", "--events", "30k", "--symbols", "AAAC", "--top", "3"]);
    assert_eq!(list(&one["top_symbols"]).len(), 1, "{one}");
    assert_eq!(text(&one["top_symbols"][0]["name"]), "AAAC");
}

#[test]
fn the_screen_has_a_picture_that_fits() {
    let ran = tourbillon(&["inspect", "synthetic", "--events", "30k", "--top", "2"]);
    assert_eq!(ran.code, 0);
    for words in ["busiest 1 ms", "longest silence", "variation", "logarithmic", "of 1000 symbols"]
    {
        let there = ran.out.replace(',', "").contains(words);
        assert!(there, "no {words} in\n{}", ran.out);
    }
    assert!(ran.out.contains('█') && ran.out.trim_end().ends_with("No errors."));
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
}

#[test]
fn a_feed_without_events_has_no_survey_to_show() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("none").display().to_string();
    // A session that ends at once.
    std::fs::write(&path, [0, 0]).expect("a file");
    let ran = tourbillon(&["inspect", &path, "--format", "itch50"]);
    assert!(ran.code == 0 && !ran.out.contains("busiest"), "{ran:?}");
    let seen = survey(&[&path, "--format", "itch50"]);
    assert_eq!((number(&seen["events"]), &seen["silences"]), (0, &Value::Null));
}
