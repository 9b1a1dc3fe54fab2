//! Matching with shared partial matches, against the definition.

mod oracle;

use oracle::pattern::Item;
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use oracle::{Binding, Kind, outputs};
use tourbillon_cep::ir::{Consume, Ir};
use tourbillon_cep::shared::{SharedError, SharedLimits, SharedMatcher};

/// More with `SHARED_CASES` in the environment.
const CASES: u64 = 30_000;

/// What can be said with conditions on the current event alone, all matches.
const FEATURES: Features = Features {
    loops: true,
    reluctant: true,
    negation: true,
    groups: true,
    partition: true,
    counted_window: true,
    consume: true,
    ..Features::NONE
};

/// Matches with the items that let them out, each event's sorted.
type Found = Vec<(usize, Vec<Binding>)>;

fn by_definition(case: &Case) -> Found {
    let matches = outputs(&case.pattern, &case.items).into_iter();
    let matches = matches.filter(|emission| emission.kind == Kind::Match);
    let mut found: Found = matches.map(|emission| (emission.at, emission.bound)).collect();
    found.sort();
    found
}

fn shared(ir: &Ir, items: &[Item], limits: SharedLimits) -> Result<Found, SharedError> {
    let mut matcher = SharedMatcher::<Plain>::new(ir, limits)?;
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if let Item::Event(event) = item {
            let event = Plain::from(*event);
            matcher.push(at as u64, &event, |it| {
                assert!(!it.is_truncated());
                let bound = it.bound().map(|bound| {
                    let Item::Event(event) = items[bound.sequence as usize] else {
                        panic!("bound something else than an event");
                    };
                    assert_eq!(bound.event, Plain::from(event));
                    (bound.step.index(), bound.sequence as usize)
                });
                found.push((at, bound.collect()));
            });
        }
    }
    assert_eq!(matcher.counts().matches, found.len() as u64);
    found.sort();
    Ok(found)
}

fn limits() -> SharedLimits {
    SharedLimits { nodes: 1 << 14, events: 64, keys: 4, states: 2_000, matches: u64::MAX }
}

#[test]
fn finds_what_the_definition_says() {
    let schema = schema();
    let cases = std::env::var("SHARED_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let (mut compared, mut matches, mut consuming) = (0, 0, 0);
    let mut refused = std::collections::BTreeMap::<String, u64>::new();
    for seed in 0..cases {
        let case = Case::new(seed, FEATURES);
        let Some(mut ir) = typed(&case.pattern, &schema) else { continue };
        ir.emit_timeouts = false;
        match shared(&ir, &case.items, limits()) {
            Ok(found) => {
                compared += 1;
                matches += found.len();
                consuming += u64::from(ir.consume != Consume::None);
                let expected = by_definition(&case);
                assert_eq!(found, expected, "{case:#?}\n{ir}");
            }
            Err(error) => *refused.entry(error.to_string()).or_default() += 1,
        }
    }
    eprintln!("{compared} compared, {matches} matches, {consuming} consuming; refused {refused:?}");
    assert!(compared > cases * 9 / 10, "{compared} of {cases} compared; refused {refused:?}");
    assert!(matches as u64 > cases / 2, "{matches} matches");
}
