//! The matcher with registers, against the definition and against the one that forks runs.

mod oracle;

use oracle::pattern::{Item, Pattern};
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use oracle::{Emission, Kind, outputs};
use tourbillon_cep::ir::Ir;
use tourbillon_cep::registers::{Found, Limit, Limits, Matcher, accepts};

const CASES: u64 = 40_000;

/// Enough for every case.
fn limits() -> Limits {
    let most = Limit::most(16_384);
    Limits { runs: most, runs_per_key: most, bound: most, keys: Limit::most(2), matches: most }
}

/// The pattern, if this matcher runs it.
fn accepted(pattern: &Pattern) -> Option<Ir> {
    let ir = Ir { emit_timeouts: false, ..typed(pattern, &schema())? };
    accepts(&ir).ok().map(|()| ir)
}

/// What the matcher lets out; every item is called by its place in the stream.
fn run(ir: &Ir, items: &[Item]) -> Vec<Emission> {
    let mut matcher = Matcher::<Plain>::new(ir, limits()).expect("a pattern that it accepts");
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let mut sink = |found: &Found<'_, Plain>| {
            assert!(!found.truncated());
            let bound = found.bindings().map(|(step, id)| (step.index(), id as usize));
            out.push(Emission { at, kind: Kind::Match, bound: bound.collect() });
        };
        match *item {
            Item::Event(event) => {
                matcher.push(at as u64, &event.into(), &mut sink).expect("room");
            }
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        }
    }
    let counts = matcher.counts();
    assert_eq!((counts.runs_lost, counts.matches_lost, counts.events_lost), (0, 0, 0));
    out
}

/// What the definition lets out, time-outs left out.
fn defined(case: &Case) -> Vec<Emission> {
    let mut out = outputs(&case.pattern, &case.items);
    out.retain(|emission| emission.kind == Kind::Match);
    out
}

fn differs(case: &Case) -> bool {
    accepted(&case.pattern).is_some_and(|ir| run(&ir, &case.items) != defined(case))
}

/// How many cases with `features` it accepts, and how many of them let something out.
fn agree(cases: u64, features: Features) -> (usize, usize) {
    let (mut accepted_cases, mut telling, mut wrong) = (0, 0, 0);
    for seed in 0..cases {
        let case = Case::new(seed, features);
        if accepted(&case.pattern).is_none() {
            continue;
        }
        accepted_cases += 1;
        telling += usize::from(!defined(&case).is_empty());
        if differs(&case) {
            wrong += 1;
            if wrong == 1 {
                let case = case.shrunk(differs);
                let ours = run(&accepted(&case.pattern).expect("the same"), &case.items);
                println!("{case:#?}\nours: {ours:#?}\nright: {:#?}", defined(&case));
            }
        }
    }
    assert_eq!(wrong, 0, "of {accepted_cases} cases");
    (accepted_cases, telling)
}

#[test]
fn sequences_are_matched_as_defined() {
    let features = Features {
        earlier: true,
        partition: true,
        counted_window: true,
        skip: true,
        ..Features::NONE
    };
    let (accepted, telling) = agree(CASES, features);
    assert!(accepted > CASES as usize / 2 && telling > 1_000, "{accepted} {telling}");
}

#[test]
fn everything_it_accepts_is_matched_as_defined() {
    let features = Features { absence: false, ..Features::ALL };
    let (accepted, telling) = agree(CASES, features);
    assert!(accepted > CASES as usize / 2 && telling > 1_000, "{accepted} {telling}");
}
