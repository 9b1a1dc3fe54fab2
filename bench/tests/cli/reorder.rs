//! Feeds whose events do not come in the order of their time.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tourbillon_bench::feed::{Feed, Request};
use tourbillon_bench::measure::clock::Clock;
use tourbillon_bench::pattern::Pattern;
use tourbillon_bench::patterns;
use tourbillon_bench::pipeline::{self, Mode, Outcome, Setup};
use tourbillon_engine::Wait;
use tourbillon_feeds::MarketEvent;
use tourbillon_feeds::journal::{JournalWriter, WriterOptions};

use crate::support::{number, tourbillon};

const MODES: [Mode; 3] = [
    Mode::RealTime,
    Mode::MicroBatch { max_events: 7, interval: Duration::ZERO },
    Mode::MicroBatch { max_events: 65_536, interval: Duration::from_millis(1) },
];

/// Nanoseconds by which an event is late at most.
const LATE: u64 = 100_000;

fn reference() -> Feed {
    let request = Request { events: Some(40_000), ..Request::default() };
    Feed::load("reference", &request).expect("a built-in feed needs no file")
}

fn built(names: &[&str], feed: &Feed) -> Vec<Pattern> {
    let build = |name: &&str| patterns::build(name, &feed.instruments).expect("it fits");
    names.iter().map(build).collect()
}

/// Ties would have no order of their own.
fn distinct(events: &[MarketEvent]) -> Vec<MarketEvent> {
    let mut events = events.to_vec();
    events.dedup_by_key(|event| event.ts_event);
    events
}

/// The events as two lines bring them, one of which is so late.
fn two_lines(events: &[MarketEvent]) -> Vec<MarketEvent> {
    let late = |event: &MarketEvent| u64::from(event.instrument % 2) * LATE;
    let mut arrived = events.to_vec();
    arrived.sort_by_key(|event| event.ts_event + late(event));
    arrived
}

fn run(
    patterns: &[Pattern],
    events: &[MarketEvent],
    mode: Mode,
    reorder: Option<u64>,
    poison_every: Option<u64>,
) -> Outcome {
    let setup = Setup {
        mode,
        patterns,
        events,
        schedule: None,
        cores: None,
        wait: Wait::Park,
        keep: true,
        poison_every,
        reorder,
        counters: None,
        clock: Clock::calibrate().clock,
    };
    pipeline::run(&setup).expect("nothing fails")
}

#[test]
fn a_feed_put_in_order_gives_the_matches_of_the_sorted_one() {
    let feed = reference();
    let patterns = built(&["reference", "reference-leftmost", "spike"], &feed);
    let sorted = distinct(&feed.events);
    let arrived = two_lines(&sorted);
    let expected = run(&patterns, &sorted, Mode::RealTime, None, None).gathered;
    assert!(expected.tallies.iter().all(|tally| tally.matches > 10), "{:?}", expected.tallies);
    // A match names its events by where they arrived.
    let time = |events: &[MarketEvent], sequence: u64| events[sequence as usize].ts_event;
    let times = |events: &[MarketEvent], outcome: &pipeline::Gathered| {
        let each = outcome.kept.iter().map(|kept| {
            let bound = kept.bound.iter().map(|(_, sequence)| time(events, *sequence));
            (kept.pattern, bound.collect::<Vec<_>>())
        });
        let mut each: Vec<_> = each.collect();
        each.sort();
        each
    };
    for mode in MODES {
        let outcome = run(&patterns, &arrived, mode, Some(LATE), None);
        assert_eq!(outcome.gathered.tallies, expected.tallies, "{mode:?}");
        assert_eq!(times(&arrived, &outcome.gathered), times(&sorted, &expected), "{mode:?}");
        let counts = outcome.reordered.expect("it was asked for").counts;
        assert_eq!((counts.released, counts.late), (sorted.len() as u64, 0), "{mode:?}");

        let missed = run(&patterns, &arrived, mode, None, None).gathered;
        for (missed, expected) in missed.tallies.iter().zip(&expected.tallies) {
            assert!(missed.missing.late > 0, "{mode:?}: {missed:?}");
            assert!(missed.matches < expected.matches, "{mode:?}: {missed:?} {expected:?}");
        }
    }
}

#[test]
fn what_comes_too_late_is_left_out_alike_and_counted() {
    let feed = reference();
    let patterns = built(&["reference", "reference-eager"], &feed);
    let arrived = two_lines(&distinct(&feed.events));
    // What is neither before an earlier event by more than that is all that is seen.
    let mut latest = 0;
    let seen = arrived.iter().filter(|event| {
        latest = latest.max(event.ts_event);
        event.ts_event + LATE / 2 >= latest
    });
    let mut seen: Vec<_> = seen.copied().collect();
    seen.sort_by_key(|event| event.ts_event);
    let expected = run(&patterns, &seen, Mode::RealTime, None, None).gathered.tallies;
    for mode in MODES {
        let outcome = run(&patterns, &arrived, mode, Some(LATE / 2), None);
        assert_eq!(outcome.gathered.tallies, expected, "{mode:?}");
        let reordered = outcome.reordered.expect("it was asked for");
        assert_eq!(reordered.counts.late, (arrived.len() - seen.len()) as u64, "{mode:?}");
        assert!((1..=LATE / 2).contains(&reordered.counts.most_behind), "{reordered:?}");
    }
}

#[test]
fn a_poisoned_event_leaves_the_order_of_the_others_alone() {
    let feed = reference();
    let patterns = built(&["reference", "spike"], &feed);
    let arrived = two_lines(&distinct(&feed.events));
    let [first, small, large] =
        MODES.map(|mode| run(&patterns, &arrived, mode, Some(LATE), Some(997)));
    for outcome in [&small, &large] {
        assert_eq!(outcome.gathered.tallies, first.gathered.tallies);
        assert_eq!(outcome.dead_letters.len(), first.dead_letters.len());
    }
    assert_eq!(first.dead_letters.len(), arrived.len() / 997);
}

#[test]
fn the_command_finds_with_reorder_what_it_misses_without() {
    let feed = reference();
    let arrived = two_lines(&distinct(&feed.events));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("two-lines.evj");
    let mut writer = JournalWriter::create(&path, &WriterOptions::default()).expect("a file");
    writer.append(&arrived).expect("room");
    writer.close().expect("room");
    let path = path.to_str().expect("a plain path");
    let ran = |more: &[&str]| {
        let common = ["run", path, "--pattern", "reference", "--rate", "max", "--pin", "none"];
        tourbillon(&[&common, more].concat())
    };
    let json = |more: &[&str]| {
        let ran = ran(&[more, &["--json"]].concat());
        serde_json::from_str::<Value>(&ran.out).expect("JSON")
    };
    let matches = |report: &Value| number(&report["patterns"][0]["matches"]);
    let (missed, found) = (json(&[]), json(&["--reorder", "100us"]));
    let batches = json(&["--reorder", "100us", "--mode", "micro-batch"]);
    assert!(matches(&missed) < matches(&found), "{missed} {found}");
    for figure in ["matches", "checksum", "late"] {
        let of = |report: &Value| report["patterns"][0][figure].clone();
        assert_eq!(of(&batches), of(&found), "{figure}");
    }
    assert!(number(&missed["patterns"][0]["late"]) > 0, "{missed}");
    assert!(missed["notes"][0].as_str().is_some_and(|it| it.contains("--reorder")), "{missed}");
    assert_eq!(number(&found["reorder"]["lag_ns"]), LATE, "{found}");
    assert_eq!(number(&found["reorder"]["late"]), 0, "{found}");
    assert_eq!(found["notes"], serde_json::json!([]));
    let screen = ran(&["--reorder", "10us"]).out;
    assert!(screen.contains("came later than `--reorder` waits"), "{screen}");
}
