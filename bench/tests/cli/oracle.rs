//! Streams of other seeds, for which nobody has published a count: both architectures against
//! each other and against the loop written by hand.

use std::time::Duration;

use tourbillon_bench::feed::{Feed, Request};
use tourbillon_bench::hand_written;
use tourbillon_bench::measure::clock::Clock;
use tourbillon_bench::patterns;
use tourbillon_bench::pipeline::{self, Mode, Setup, Tally};
use tourbillon_cep::checksum;
use tourbillon_engine::Wait;
use tourbillon_feeds::synthetic::Profile;

fn feed(name: &str, seed: u64, events: u64) -> Feed {
    let profile = Profile::by_name("busy").expect("a known profile");
    let request =
        Request { events: Some(events), seed, symbols: 50, profile, ..Request::default() };
    Feed::load(name, &request).expect("a built-in feed needs no file")
}

/// What the patterns that fit the feed find in it.
fn run(feed: &Feed, clock: Clock, mode: Mode) -> Vec<Tally> {
    let names = feed.default_patterns().iter();
    let built: Vec<_> =
        names.map(|name| patterns::build(name, &feed.instruments).expect("it fits")).collect();
    let setup = Setup {
        mode,
        patterns: &built,
        events: &feed.events,
        schedule: None,
        cores: None,
        wait: Wait::Park,
        keep: false,
        poison_every: None,
        reorder: None,
        counters: None,
        clock,
    };
    pipeline::run(&setup).expect("nothing fails").gathered.tallies
}

fn by_hand(feed: &Feed) -> Tally {
    let mut tally = Tally::default();
    hand_written::reference(&feed.events, feed.instruments.len(), |sequences| {
        tally.matches += 1;
        tally.checksum = tally.checksum.wrapping_add(checksum(sequences));
    });
    tally
}

#[test]
fn both_architectures_agree_with_each_other_and_with_the_loop_by_hand() {
    let clock = Clock::calibrate().clock;
    for name in ["reference", "synthetic"] {
        for seed in [1, 0xdead_beef, u64::MAX] {
            let feed = feed(name, seed, 60_000);
            let real_time = run(&feed, clock, Mode::RealTime);
            for (max_events, interval) in [(1, 0), (7, 100), (1_000, 0), (65_536, 1_000)] {
                let interval = Duration::from_micros(interval);
                let batches = run(&feed, clock, Mode::MicroBatch { max_events, interval });
                assert_eq!(batches, real_time, "{name} {seed:x}, batches of {max_events}");
            }
            if name == "reference" {
                assert_eq!(real_time[0], by_hand(&feed), "seed {seed:x}");
            }
            let found = real_time.iter().map(|tally| tally.matches);
            assert!(found.min() > Some(0), "{name} {seed:x} tests too little: {real_time:?}");
        }
    }
}
