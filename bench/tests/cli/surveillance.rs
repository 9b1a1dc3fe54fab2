//! Behaviours planted into a generated session: each is found by its pattern, and nothing else is.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{list, number, text, tourbillon};

const BEHAVIOURS: [&str; 6] =
    ["spoofing", "layering", "momentum-ignition", "wash-trade", "iceberg", "quote-stuffing"];

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the file was written");
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

/// First and last sequence of what the pattern of that behaviour finds.
fn found(feed: &Path, behaviour: &str) -> Vec<(u64, u64)> {
    let pattern =
        format!("{}/../patterns/surveillance/{behaviour}.sql", env!("CARGO_MANIFEST_DIR"));
    let matches = feed.with_extension(format!("{behaviour}.jsonl"));
    let (feed, out) = (feed.display().to_string(), matches.display().to_string());
    let arguments = ["run", &feed, "--pattern", &pattern, "--rate", "max", "--matches", &out];
    let ran = tourbillon(&arguments);
    assert!([0, 4].contains(&ran.code), "{ran:?}");
    let ends = |line: &Value| {
        let sequences = list(&line["sequences"]);
        (number(&sequences[0]), number(&sequences[sequences.len() - 1]))
    };
    lines(&matches).iter().map(ends).collect()
}

/// Every match lies within a planted behaviour of its kind, and each has exactly one. (The profile
/// `busy` is left out: its prices run by themselves as if they were ignited.)
#[test]
fn what_was_planted_is_found_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (seed, profile) in [("a", "day"), ("b", "busy-day"), ("c", "opening")] {
        let feed = folder.path().join(profile);
        let path = feed.display().to_string();
        let options = ["--events", "150k", "--symbols", "120", "--plant", "all", "--plants", "12"];
        let which = ["generate", &path, "--seed", seed, "--profile", profile];
        assert_eq!(tourbillon(&[&which[..], &options[..]].concat()).code, 0);
        let mut truth: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
        for planted in lines(Path::new(&format!("{path}.truth.jsonl"))) {
            let ends = (number(&planted["first_sequence"]), number(&planted["last_sequence"]));
            truth.entry(text(&planted["behaviour"]).to_owned()).or_default().push(ends);
        }
        for behaviour in BEHAVIOURS {
            let planted = &truth[behaviour];
            assert_eq!(planted.len(), 12);
            let mut found = found(&feed, behaviour);
            let mut within = planted.iter().map(|&(first, last)| {
                let inside = |it: &(u64, u64)| first <= it.0 && it.1 <= last;
                let before = found.len();
                found.retain(|it| !inside(it));
                before - found.len()
            });
            assert!(within.all(|matches| matches == 1), "{behaviour} in {profile}: {planted:?}");
            assert!(found.is_empty(), "{behaviour} in {profile} where none is: {found:?}");
        }
    }
}

#[test]
fn the_truth_names_stock_and_orders() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (out, truth) = (folder.path().join("a"), folder.path().join("truth"));
    let [out, truth] = [&out, &truth].map(|path| path.display().to_string());
    let options = ["--events", "20k", "--symbols", "30", "--plant", "wash-trade,iceberg"];
    let ran = tourbillon(
        &[&["generate", &out, "--truth", &truth, "--plants", "3"], &options[..]].concat(),
    );
    assert!(ran.code == 0 && ran.out.contains("6 planted behaviours"), "{ran:?}");
    for planted in lines(Path::new(&truth)) {
        let orders = match text(&planted["behaviour"]) {
            "wash-trade" => 2,
            "iceberg" => 5,
            other => panic!("{other} was not asked for"),
        };
        assert_eq!(list(&planted["orders"]).len(), orders);
        assert_eq!(text(&planted["symbol"]).len(), 4);
        assert!(number(&planted["first_sequence"]) < number(&planted["last_sequence"]));
    }
    for (wrong, code, word) in [
        (&["--plant", "fraud"][..], 2, "try all, spoofing"),
        (&["--plant", "all", "--symbols", "7"], 1, "at least 8"),
        (&["--truth", "x"], 2, "--plant"),
    ] {
        let ran = tourbillon(&[&["generate", &out], wrong].concat());
        assert!(ran.code == code && ran.err.contains(word), "{ran:?}");
    }
}
