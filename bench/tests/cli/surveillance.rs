//! Behaviours planted into a generated session: each is found by its pattern, and nothing else is.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, list, number, text, tourbillon};

const BEHAVIOURS: [&str; 6] =
    ["spoofing", "layering", "momentum-ignition", "wash-trade", "iceberg", "quote-stuffing"];

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the file was written");
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

/// `run` with the patterns of those behaviours, held against the truth beside the feed.
fn run_with_truth(feed: &str, behaviours: &[&str], more: &[&str]) -> Ran {
    let truth = format!("{feed}.truth.jsonl");
    let file = |behaviour: &&str| {
        format!("{}/../patterns/surveillance/{behaviour}.sql", env!("CARGO_MANIFEST_DIR"))
    };
    let patterns: Vec<String> = behaviours.iter().map(file).collect();
    let mut arguments = vec!["run", feed, "--truth", &truth, "--rate", "max"];
    patterns.iter().for_each(|pattern| arguments.extend(["--pattern", pattern]));
    arguments.extend(more);
    tourbillon(&arguments)
}

/// In every profile each match lies within a planted behaviour of its kind, and each has one.
#[test]
fn what_was_planted_is_found_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (seed, profile) in (1..).zip(["day", "busy", "quiet", "busy-day", "opening"]) {
        let feed = folder.path().join(profile).display().to_string();
        let options = ["--events", "120k", "--symbols", "120", "--plant", "all", "--plants", "12"];
        let seed = format!("{seed:x}");
        let which = ["generate", &feed, "--seed", &seed, "--profile", profile];
        assert_eq!(tourbillon(&[&which[..], &options[..]].concat()).code, 0);
        let ran = run_with_truth(&feed, &BEHAVIOURS, &["--json"]);
        assert!([0, 4].contains(&ran.code), "{ran:?}");
        let report: Value = serde_json::from_str(&ran.out).expect("one JSON object");
        let detections = list(&report["detections"]);
        assert_eq!(detections.len(), 6);
        for it in detections {
            let counts = ["planted", "found", "matches"].map(|field| number(&it[field]));
            assert_eq!(counts, [12; 3], "{profile}: {it}");
            assert_eq!((it["precision"].as_f64(), it["recall"].as_f64()), (Some(1.0), Some(1.0)));
        }
    }
}

#[test]
fn a_pattern_is_judged_by_what_was_planted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let feed = folder.path().join("feed").display().to_string();
    let made = ["generate", &feed, "--events", "20k", "--symbols", "30", "--plants", "4"];
    assert_eq!(tourbillon(&[&made[..], &["--plant", "wash-trade,spoofing"]].concat()).code, 0);
    // An order of any size that goes at once: the near misses too, and much else.
    let pattern = folder.path().join("spoofing.sql").display().to_string();
    let text = "PATTERN spoofing FROM market MATCH_RECOGNIZE (PARTITION BY instrument \
                AFTER MATCH SKIP PAST LAST ROW PATTERN ( large -> gone ) WITHIN 5 MS \
                DEFINE large AS kind = 'Add' AND size >= 5000, \
                gone AS kind = 'Delete' AND order_id = large.order_id);";
    std::fs::write(&pattern, text).expect("a temporary file");
    let ran = run_with_truth(&feed, &["wash-trade"], &["--pattern", &pattern]);
    assert!([0, 4].contains(&ran.code), "{ran:?}");
    let row = |name: &str| {
        let line = ran.out.lines().rfind(|line| line.trim_start().starts_with(name));
        line.expect("a row").split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row("wash-trade"), ["wash-trade", "4", "4", "4", "100.0", "%", "100.0", "%"]);
    let spoofing = row("spoofing");
    assert_eq!(spoofing[1..3], ["4", "4"]);
    assert!(spoofing[4].parse::<f64>().expect("a share") < 100.0, "{spoofing:?}");

    let truth = format!("{feed}.truth.jsonl");
    for (wrong, code, word) in [
        (&["--truth", &truth][..], 1, "no pattern is named after"),
        (&["--truth", &feed], 1, "cannot read"),
        (&["--truth", &pattern, "--pattern", &pattern], 1, "line 1"),
        (&["--truth", &truth, "--repeat", "2"], 2, "--repeat"),
    ] {
        let ran = tourbillon(&[&["run", &feed, "--rate", "max"], wrong].concat());
        assert!(ran.code == code && ran.err.contains(word), "{ran:?}");
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
