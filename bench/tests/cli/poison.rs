//! Planted faults: both architectures set the same events aside and find the same in the rest.

use serde_json::Value;

use crate::support::{found, number, tourbillon};

fn run(mode: &[&str], every: &str) -> Value {
    let arguments = ["run", "--events", "100k", "--rate", "max", "--pin", "none", "--json"];
    tourbillon(&[&arguments[..], &["--poison-every", every], mode].concat()).closed_loop()
}

#[test]
fn the_same_events_are_set_aside_and_the_rest_goes_on() {
    for (every, letters) in [("1000", 100), ("33k", 3), ("200k", 0)] {
        let real_time = run(&["--mode", "realtime"], every);
        assert_eq!(number(&real_time["dead_lettered"]), letters, "{real_time}");
        assert_eq!((number(&real_time["retried_batches"]), number(&real_time["lost"])), (0, 0));
        for events in ["1", "64", "65536"] {
            let batches = run(&["--mode", "micro-batch", "--batch-events", events], every);
            assert_eq!(found(&batches), found(&real_time), "every {every}, batches of {events}");
            assert_eq!(number(&batches["dead_lettered"]), letters, "{batches}");
            assert_eq!(number(&batches["lost"]), 0, "{batches}");
            let retried = number(&batches["retried_batches"]);
            assert_eq!(retried > 0, letters > 0, "{batches}");
        }
    }
}

#[test]
fn a_poisoned_event_takes_its_matches_with_it() {
    let (all, some) = (run(&[], "200k"), run(&[], "10"));
    let (all, some) = (found(&all)[0].1, found(&some)[0].1);
    assert!(0 < some && some < all, "{some} of {all}");
}

#[test]
fn a_stream_of_nothing_but_poison_ends() {
    for mode in ["realtime", "micro-batch"] {
        let arguments = ["run", "--events", "2k", "--rate", "max", "--poison-every", "1", "--json"];
        let report = tourbillon(&[&arguments[..], &["--mode", mode]].concat()).closed_loop();
        assert_eq!((number(&report["dead_lettered"]), found(&report)[0].1), (2_000, 0), "{mode}");
    }
}
