//! Every ordering that the engine names is needed: weakened, it makes some model fail.
//!
//! An ordering that no model misses is either too strong or not modelled; both are mistakes.

use crate::explore::fails_without;
use crate::sync::ord;
use crate::{
    batch, broadcast, close, counters, gating, lane, multi, park, poison, publish, roster, share,
    start,
};

const MODELS: &[(&str, fn())] = &[
    ("publish and consume", publish::publish_and_consume),
    ("batch, filled", batch::filled),
    ("batch, claimed", batch::claimed),
    ("broadcast", broadcast::overtaken),
    ("counters", counters::counters),
    ("two readers", gating::two_readers),
    ("a follower", gating::a_follower),
    ("diamond", gating::diamond),
    ("start", start::start),
    ("a tap leaves", gating::a_tap_leaves),
    ("close", close::close),
    ("poison", poison::poison),
    ("poison after a release", poison::poison_after_a_release),
    ("sleeping reader", park::sleeping_for_events),
    ("sleeping producer", park::sleeping_producer),
    ("sleeping at the end", park::sleeping_at_the_end),
    ("sleeping gatherer", park::sleeping_gatherer_is_awaited),
    ("two sleepers", park::two_sleepers),
    ("a reader joins", roster::a_reader_joins),
    ("a follower leaves", roster::a_follower_leaves),
    ("several producers, claim first", multi::claims_first),
    ("two close", multi::two_close),
    ("lane, two in flight", lane::two_in_flight),
    ("lane, a batch between", lane::a_batch_between),
    ("lane, a reader joins", lane::a_reader_joins),
    ("lane, sleeping reader", lane::a_sleeping_reader),
    ("an idle worker", share::an_idle_worker),
    ("a tap leaves a sleeping producer", park::a_tap_leaves_a_sleeping_producer),
];

#[test]
fn every_ordering_is_needed() {
    for &ordering in ord::NAMES {
        let needed_by: Vec<&str> = MODELS
            .iter()
            .filter(|(name, model)| fails_without(ordering, name, *model))
            .map(|(name, _)| *name)
            .collect();
        println!("{ordering} is needed by: {}", needed_by.join("; "));
        assert!(!needed_by.is_empty(), "no model misses the ordering `{ordering}`");
    }
}
