//! The matcher that runs partial matches one by one, against the definition.

mod oracle;

use oracle::pattern::{Item, Pattern};
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use oracle::{Emission, Kind, outputs};
use tourbillon_cep::Overflow;
use tourbillon_cep::forked::{Dropped, Found, Kind as Output, Limits, Matcher, Policies};

const CASES: u64 = 20_000;

/// Enough for every case: loops over any events fork exponentially.
fn limits() -> Limits {
    let overflow = Policies::all(Overflow::Stop);
    Limits { runs: 16_384, runs_per_key: 16_384, bound: 16_384, keys: 2, matches: 16_384, overflow }
}

/// What the matcher lets out; every item is called by its place in the stream.
fn run(pattern: &Pattern, items: &[Item]) -> Vec<Emission> {
    let ir = typed(pattern, &schema()).expect("a typed form");
    let mut matcher = Matcher::<Plain>::new(&ir, limits()).expect("a runnable pattern");
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let mut sink = |found: &Found<'_, Plain>| {
            let kind = match found.kind() {
                Output::Match => Kind::Match,
                Output::TimedOut => Kind::TimedOut,
            };
            assert!(!found.truncated());
            let bound = found.bindings().map(|(step, id, _)| (step.index(), id as usize));
            out.push(Emission { at, kind, bound: bound.collect() });
        };
        let done = match *item {
            Item::Event(event) => matcher.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        };
        done.expect("room for everything");
    }
    assert_eq!(matcher.dropped(), Dropped::default());
    out
}

fn differs(case: &Case) -> bool {
    run(&case.pattern, &case.items) != outputs(&case.pattern, &case.items)
}

/// Cases with `features`, and how many of them let something out.
fn agree(cases: u64, features: Features) -> usize {
    let mut wrong = 0;
    let mut telling = 0;
    for seed in 0..cases {
        let case = Case::new(seed, features);
        telling += usize::from(!outputs(&case.pattern, &case.items).is_empty());
        if differs(&case) {
            wrong += 1;
            if wrong == 1 {
                let case = case.shrunk(differs);
                let (ours, right) =
                    (run(&case.pattern, &case.items), outputs(&case.pattern, &case.items));
                println!("{case:#?}\nours: {ours:#?}\nright: {right:#?}");
            }
        }
    }
    assert_eq!(wrong, 0, "of {cases} cases");
    telling
}

#[test]
fn sequences_are_matched_as_defined() {
    let features =
        Features { earlier: true, partition: true, counted_window: true, ..Features::NONE };
    assert!(agree(CASES, features) > 1_000);
}

#[test]
fn everything_is_matched_as_defined() {
    assert!(agree(CASES, Features::ALL) > 1_000);
}
