//! What gives way when shared matching has no room, held against the matches of a matcher that
//! has.

mod oracle;

use oracle::pattern::Item;
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use oracle::{Binding, Kind, outputs};
use tourbillon_cep::Overflow;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::shared::{SharedCounts, SharedError, SharedLimits, SharedMatcher};

const CASES: u64 = 6_000;

/// Without consumption: a match that is missing ends nothing, so that others would be found.
const FEATURES: Features = Features {
    loops: true,
    reluctant: true,
    negation: true,
    groups: true,
    counted_window: true,
    ..Features::NONE
};

/// One match: the event that completes it, its events, and whether it is marked.
type Found = (usize, Vec<Binding>, bool);

fn small(overflow: Overflow) -> SharedLimits {
    SharedLimits { nodes: 1, events: 1, states: 2_000, overflow, ..SharedLimits::default() }
}

fn run(
    ir: &Ir,
    items: &[Item],
    limits: SharedLimits,
) -> Result<(Vec<Found>, SharedCounts), SharedError> {
    let mut matcher = SharedMatcher::<Plain>::new(ir, limits)?;
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if let Item::Event(event) = item {
            matcher.push(at as u64, &Plain::from(*event), |it| {
                let bound = it.bound().map(|bound| (bound.step.index(), bound.sequence as usize));
                found.push((at, bound.collect(), it.is_truncated()));
            });
        }
    }
    found.sort();
    Ok((found, matcher.counts()))
}

/// The same stream eight times over: a short one would always fit.
fn long_case(seed: u64) -> Case {
    let mut case = Case::new(seed, FEATURES);
    let mut from = 0;
    let mut items = Vec::new();
    for _ in 0..8 {
        let events = case.items.iter().filter_map(|item| match item {
            Item::Event(event) => Some(*event),
            _ => None,
        });
        for mut event in events.collect::<Vec<_>>() {
            event.time += from;
            items.push(Item::Event(event));
        }
        from = items.last().map_or(0, Item::time);
    }
    case.items = items;
    case
}

#[test]
fn what_the_newest_leave_out_is_marked() {
    let schema = schema();
    let (mut dropped, mut complete, mut matches) = (0, 0, 0);
    for seed in 0..CASES {
        let case = long_case(seed);
        let Some(mut ir) = typed(&case.pattern, &schema) else { continue };
        ir.emit_timeouts = false;
        let Ok((found, counts)) = run(&ir, &case.items, small(Overflow::DropNewest)) else {
            continue;
        };
        if counts.events_dropped == 0 && seed % 20 > 0 {
            continue;
        }
        let all = outputs(&case.pattern, &case.items).into_iter();
        let all: Vec<_> = { all }.filter(|it| it.kind == Kind::Match).collect();
        for (at, bound, _) in &found {
            let known = all.iter().any(|it| it.at == *at && it.bound == *bound);
            assert!(known, "{at} {bound:?}\n{case:#?}\n{ir}");
        }
        for (at, ..) in found.iter().filter(|(.., truncated)| !truncated) {
            let expected = all.iter().filter(|it| it.at == *at).count();
            let given = found.iter().filter(|(other, ..)| other == at).count();
            assert_eq!(given, expected, "at {at}\n{case:#?}\n{ir}");
        }
        assert_eq!((counts.nodes_lost, counts.matches_lost), (0, 0), "{case:#?}\n{ir}");
        dropped += counts.events_dropped;
        complete += u64::from(found.len() == all.len());
        matches += found.len();
    }
    eprintln!(
        "{dropped} events dropped, {complete} cases complete all the same, {matches} matches"
    );
    assert!(dropped > CASES / 10 && complete > 20 && matches > 1_000);
}

fn storm(overflow: Overflow, within: &str) -> Result<SharedMatcher<Plain>, SharedError> {
    let text = format!(
        "PATTERN p FROM plain MATCH_RECOGNIZE ( ALL MATCHES PATTERN ( a ->> b ) {within}
            DEFINE a AS kind = 0, b AS kind = 1 );"
    );
    let ir = compile("p", &text, &[schema()]).expect("a sound text").patterns.remove(0).ir;
    SharedMatcher::new(&ir, SharedLimits { nodes: 256, overflow, ..SharedLimits::default() })
}

fn event(time: u64, kind: u32) -> Plain {
    Plain { time, value: 0, key: 0, kind }
}

/// The starts of the matches that the event at `time` completes.
fn completed(matcher: &mut SharedMatcher<Plain>, time: u64) -> Vec<u64> {
    let mut starts = Vec::new();
    matcher.push(time, &event(time, 1), |it| {
        starts.extend(it.bound().next().map(|bound| bound.sequence));
    });
    starts.sort_unstable();
    starts
}

#[test]
fn the_policy_says_which_starts_are_kept() {
    let mut kept = Vec::new();
    for overflow in [Overflow::DropOldest, Overflow::DropNewest] {
        let mut matcher = storm(overflow, "WITHIN 10 US").expect("a sound pattern");
        for time in 0..1_000 {
            matcher.push(time, &event(time, 0), |_| panic!("nothing is complete"));
        }
        let starts = completed(&mut matcher, 1_000);
        assert!((50..250).contains(&starts.len()), "{}", starts.len());
        if overflow == Overflow::DropNewest {
            // Nothing of the events without room is left behind, that of the match included.
            assert_eq!(completed(&mut matcher, 1_001), starts);
        }
        kept.push((starts[0], starts[starts.len() - 1], matcher.counts()));
    }
    let (first, last, counts) = kept[0];
    assert!(first > 500 && last == 999 && counts.nodes_lost > 0, "{kept:?}");
    let (first, last, counts) = kept[1];
    assert!(first == 0 && last < 500 && counts.events_dropped > 500, "{kept:?}");
    assert_eq!(counts.nodes_lost, 0);
}

#[test]
fn what_is_dropped_is_marked_until_the_window_has_passed() {
    let mut matcher = storm(Overflow::DropNewest, "WITHIN 10 US").expect("a sound pattern");
    let mut truncated = Vec::new();
    for time in 0..1_000 {
        matcher.push(time, &event(time, 0), |_| {});
    }
    for (time, kind) in [(1_000, 1), (20_000, 0), (20_001, 1)] {
        let mut any = None;
        matcher.push(time, &event(time, kind), |it| any = Some(it.is_truncated()));
        truncated.extend(any);
    }
    assert_eq!(truncated, [true, false]);
}

#[test]
fn stopping_changes_nothing() {
    let mut matcher = storm(Overflow::Stop, "WITHIN 10 US").expect("a sound pattern");
    let refused = |matcher: &SharedMatcher<Plain>| matcher.counts().events_refused;
    let mut taken = 0;
    while matcher.has_room(&event(taken, 0)) {
        matcher.push(taken, &event(taken, 0), |_| {});
        taken += 1;
    }
    assert!((50..250).contains(&taken) && refused(&matcher) == 0);
    for time in taken..1_000 {
        assert!(completed(&mut matcher, time).is_empty());
    }
    assert_eq!(refused(&matcher), 1_000 - taken);
    // The window passes on, and with it goes what was there.
    assert!(matcher.has_room(&event(20_000, 0)));
    matcher.push(20_000, &event(20_000, 0), |_| {});
    assert_eq!(completed(&mut matcher, 20_001), [20_000]);
}

#[test]
fn without_an_end_only_the_oldest_can_give_way() {
    for overflow in [Overflow::DropNewest, Overflow::Stop] {
        let counted = storm(overflow, "PARTITION BY key WITHIN 9 EVENTS");
        assert!(matches!(counted, Err(SharedError::Overflow)), "{counted:?}");
    }
}
