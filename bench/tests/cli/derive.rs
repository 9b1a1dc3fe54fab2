//! Patterns with derived columns, against plain calculations over whole slices of the feed.

use std::collections::HashMap;
use std::time::Duration;

use tourbillon_bench::feed::{Feed, Request};
use tourbillon_bench::measure::clock::Clock;
use tourbillon_bench::pattern::Pattern;
use tourbillon_bench::patterns;
use tourbillon_bench::pipeline::{self, Mode, Outcome, Setup};
use tourbillon_engine::Wait;
use tourbillon_feeds::{Kind, MarketEvent};

use crate::support::tourbillon;

const MS: u64 = 1_000_000;

const MODES: [Mode; 4] = [
    Mode::RealTime,
    Mode::MicroBatch { max_events: 1, interval: Duration::ZERO },
    Mode::MicroBatch { max_events: 997, interval: Duration::ZERO },
    Mode::MicroBatch { max_events: 65_536, interval: Duration::from_millis(1) },
];

fn reference(seed: u64) -> Feed {
    let request = Request { events: Some(60_000), seed, ..Request::default() };
    Feed::load("reference", &request).expect("a built-in feed needs no file")
}

fn run(pattern: &[Pattern], events: &[MarketEvent], mode: Mode, reorder: Option<u64>) -> Outcome {
    let setup = Setup {
        mode,
        patterns: pattern,
        events,
        schedule: None,
        cores: None,
        wait: Wait::Park,
        keep: true,
        poison_every: None,
        reorder,
        counters: None,
        clock: Clock::calibrate().clock,
    };
    pipeline::run(&setup).expect("nothing fails")
}

/// The trades of each instrument with their sequences, in order.
fn trades(events: &[MarketEvent]) -> Vec<Vec<(u64, MarketEvent)>> {
    let mut trades: HashMap<u32, Vec<(u64, MarketEvent)>> = HashMap::new();
    for (sequence, event) in (0..).zip(events) {
        if event.kind() == Some(Kind::Trade) {
            trades.entry(event.instrument).or_default().push((sequence, *event));
        }
    }
    trades.into_values().collect()
}

/// Pairs of a trade that fits `first` and, within `window`, the next one that fits `second`; none
/// starts before the last one's end, and the first to end drops what began before.
fn pairs(
    trades: &[(u64, MarketEvent)],
    window: u64,
    first: impl Fn(usize) -> bool,
    second: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<u64>> {
    let (mut found, mut from) = (Vec::new(), 0);
    for end in 0..trades.len() {
        let start = (from..end).find(|&start| {
            let fits = |at: usize| first(start) && second(start, at);
            let near = trades[end].1.ts_event - trades[start].1.ts_event < window;
            near && fits(end) && !(start + 1..end).any(fits)
        });
        if let Some(start) = start {
            found.push(vec![start as u64, end as u64]);
            from = end + 1;
        }
    }
    found
}

fn vwap_deviation(events: &[MarketEvent]) -> Vec<Vec<u64>> {
    let mut found = Vec::new();
    for trades in trades(events) {
        let window = |at: usize| {
            let now = trades[at].1.ts_event;
            trades[..=at].iter().filter(move |(_, trade)| now - trade.ts_event < 10 * MS)
        };
        let vwap = |at: usize| {
            let turnover: i128 =
                window(at).map(|(_, it)| i128::from(it.price) * i128::from(it.size)).sum();
            let volume: i128 = window(at).map(|(_, it)| i128::from(it.size)).sum();
            turnover / volume
        };
        let vwaps: Vec<i128> = (0..trades.len()).map(vwap).collect();
        let price = |at: usize| i128::from(trades[at].1.price);
        let far = |at: usize| window(at).count() >= 3 && price(at) * 100 >= vwaps[at] * 101;
        let far: Vec<bool> = (0..trades.len()).map(far).collect();
        let away = |at: usize| far[at];
        let back = |_, at: usize| price(at) <= vwaps[at];
        let sequence = |at: u64| trades[at as usize].0;
        let of_feed = |pair: Vec<u64>| pair.into_iter().map(sequence).collect();
        found.extend(pairs(&trades, 5 * MS, away, back).into_iter().map(of_feed));
    }
    found.sort();
    found
}

fn ohlc_breakout(events: &[MarketEvent]) -> Vec<Vec<u64>> {
    let mut found = Vec::new();
    for trades in trades(events) {
        let bar = |at: usize| trades[at].1.ts_event / (10 * MS);
        // The last bar before that of the trade which has a trade at all: high and mean size.
        let last = |at: usize| {
            let before =
                trades[..at].iter().rposition(|(_, it)| it.ts_event / (10 * MS) < bar(at))?;
            let of = (0..=before).filter(|&other| bar(other) == bar(before));
            let high = of.clone().map(|other| trades[other].1.price).max()?;
            let sizes: u64 = of.clone().map(|other| u64::from(trades[other].1.size)).sum();
            Some((high, sizes / of.count() as u64))
        };
        let bars: Vec<_> = (0..trades.len()).map(last).collect();
        // Trades without a bar before them are the first ones.
        let unseen = bars.iter().filter(|bar| bar.is_none()).count();
        let above = |at: usize| bars[at].is_some_and(|(high, _)| trades[at].1.price > high);
        let breaks = |at: usize| at > unseen && above(at) && !above(at - 1);
        let large =
            |at: usize| bars[at].is_some_and(|(_, usual)| u64::from(trades[at].1.size) > 2 * usual);
        let mut from = unseen;
        for end in unseen..trades.len() {
            // `inside` is the trade before `out`.
            let start = (from + 1..end).find(|&out| {
                let near = trades[end].1.ts_event - trades[out - 1].1.ts_event < 2 * MS;
                let confirms = |at: usize| above(at) && large(at);
                near && breaks(out) && confirms(end) && !(out + 1..end).any(confirms)
            });
            if let Some(out) = start {
                found.push([out - 1, out, end].map(|at| trades[at].0).to_vec());
                from = end + 1;
            }
        }
    }
    found.sort();
    found
}

#[test]
fn built_in_patterns_with_columns_find_what_a_plain_calculation_finds() {
    for seed in [tourbillon_feeds::reference::DEFAULT_SEED, 7] {
        let feed = reference(seed);
        let expected = [
            ("vwap-deviation", vwap_deviation(&feed.events)),
            ("ohlc-breakout", ohlc_breakout(&feed.events)),
        ];
        for (name, expected) in expected {
            assert!(expected.len() > 5, "{name} {seed:x} tests too little: {}", expected.len());
            let pattern = [patterns::build(name, &feed.instruments).expect("it fits")];
            let first = run(&pattern, &feed.events, Mode::RealTime, None).gathered.tallies;
            for mode in MODES {
                let gathered = run(&pattern, &feed.events, mode, None).gathered;
                let bound = gathered.kept.iter().map(|kept| {
                    kept.bound.iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>()
                });
                let mut found: Vec<_> = bound.collect();
                found.sort();
                assert_eq!(found, expected, "{name} {seed:x} {mode:?}");
                assert_eq!(gathered.tallies, first, "{name} {seed:x} {mode:?}");
                assert_eq!(first[0].missing.columns_dropped, 0, "{name}");
            }
        }
    }
}

#[test]
fn columns_behind_the_stage_that_reorders_are_those_of_the_sorted_feed() {
    let feed = reference(3);
    let names = ["vwap-deviation", "ohlc-breakout", "reference"];
    let build = |name: &&str| patterns::build(name, &feed.instruments).expect("it fits");
    let patterns: Vec<_> = names.iter().map(build).collect();
    let mut sorted = feed.events.clone();
    sorted.dedup_by_key(|event| event.ts_event);
    let mut arrived = sorted.clone();
    arrived.sort_by_key(|event| event.ts_event + u64::from(event.instrument % 3) * 50_000);
    let expected = run(&patterns, &sorted, Mode::RealTime, None).gathered.tallies;
    for mode in MODES {
        let outcome = run(&patterns, &arrived, mode, Some(100_000));
        assert_eq!(outcome.gathered.tallies, expected, "{mode:?}");
    }
}

#[test]
fn explain_shows_columns_operators_and_their_memory() {
    let shown = tourbillon(&["explain", "vwap-deviation"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    for part in [
        "vwap AS VWAP(price, size) FILTER (WHERE kind = 'Trade') OVER ( PARTITION BY instrument RANGE 10 MS )",
        "operators in front of the matcher",
        "sliding window",
    ] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    let feed = reference(tourbillon_feeds::reference::DEFAULT_SEED);
    let out = &ohlc_breakout(&feed.events)[0];
    let why = |sequence: u64| {
        let sequence = sequence.to_string();
        let of = ["--feed", "reference", "--events", "60000", "--sequence", &sequence];
        tourbillon(&[&["explain", "ohlc-breakout"], &of[..]].concat()).out
    };
    assert!(why(out[2]).contains("high"), "{}", why(out[2]));
    assert!(why(0).contains("does not see it"), "{}", why(0));
}
