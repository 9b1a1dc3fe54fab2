//! Numbers of nodes and events that wrap.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use super::{SharedCounts, SharedLimits, SharedMatcher};
use crate::lang::compile;
use crate::schema::{FieldType, Schema, SchemaField};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Event {
    time: u64,
    kind: u64,
}

const TEXT: &str = "PATTERN p FROM s MATCH_RECOGNIZE ( ALL MATCHES PATTERN ( a ->> b{1,2} ->> c )
    WITHIN 40 NS DEFINE a AS kind = 0, b AS kind = 1, c AS kind = 2 );";

/// The sequences of all matches of a stream of 3,000 events, and whether they are truncated.
fn run(origin: u64, nodes: usize) -> (Vec<(Vec<u64>, bool)>, SharedCounts) {
    let schema = Schema::builder::<Event>("s")
        .field(SchemaField::new("time", FieldType::U64, offset_of!(Event, time)))
        .field(SchemaField::new("kind", FieldType::U64, offset_of!(Event, kind)))
        .time("time")
        .build()
        .expect("a sound schema");
    let compiled = compile("p", TEXT, &[schema]).expect("a sound text");
    let limits = SharedLimits { nodes, events: 16, ..SharedLimits::default() };
    let mut matcher =
        SharedMatcher::<Event>::starting_at(&compiled.patterns[0].ir, limits, origin, None)
            .expect("a pattern that can be shared");
    let mut found = Vec::new();
    for at in 0..3_000 {
        let event = Event { time: 3 * at, kind: at * at % 7 % 3 };
        matcher.push(at, &event, |it| {
            found.push((it.bound().map(|bound| bound.sequence).collect(), it.is_truncated()));
        });
    }
    (found, matcher.counts())
}

#[test]
fn numbers_wrap_without_a_trace() {
    for nodes in [16, 64, 256] {
        let plain = run(0, nodes);
        assert!(plain.0.len() > 1_000);
        for bits in [31, 32, 33, 40] {
            for before in [1, 7, 300, 2_000] {
                assert_eq!(run((1 << bits) - before, nodes), plain, "2^{bits} - {before}");
            }
        }
    }
}

#[test]
fn what_is_lost_is_said() {
    let (all, counts) = run(0, 256);
    assert_eq!(counts.nodes_lost + counts.matches_lost, 0);
    assert!(all.iter().all(|(_, truncated)| !truncated));
    let (some, counts) = run(0, 16);
    assert!(counts.nodes_lost > 0);
    assert!(some.len() < all.len());
    assert!(some.iter().all(|(found, _)| all.iter().any(|(known, _)| known == found)));
    assert!(some.iter().any(|(_, truncated)| *truncated));
}
