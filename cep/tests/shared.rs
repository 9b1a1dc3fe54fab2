//! Matching with shared partial matches, against the definition.

mod oracle;

use oracle::pattern::Item;
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use oracle::{Binding, Kind, outputs};
use tourbillon_cep::ir::{Consume, Emit, Ir, Selection, Skip, StepId};
use tourbillon_cep::shared::{SharedError, SharedLimits, SharedMatcher, Totals};

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
    SharedLimits { nodes: 1 << 14, events: 64, keys: 4, states: 2_000, ..SharedLimits::default() }
}

/// Compares all cases that can be shared; gives their patterns, and how many matches they have.
fn compare(features: Features) -> (Vec<Ir>, usize) {
    let schema = schema();
    let cases = cases();
    let (mut compared, mut matches) = (Vec::new(), 0);
    let mut refused = std::collections::BTreeMap::<String, u64>::new();
    for seed in 0..cases {
        let case = Case::new(seed, features);
        let Some(mut ir) = typed(&case.pattern, &schema) else { continue };
        ir.emit_timeouts = false;
        match shared(&ir, &case.items, limits()) {
            Ok(found) => {
                matches += found.len();
                let expected = by_definition(&case);
                assert_eq!(found, expected, "{case:#?}\n{ir}");
                compared.push(ir);
            }
            Err(error) => *refused.entry(error.to_string()).or_default() += 1,
        }
    }
    eprintln!("{} compared, {matches} matches; refused: {refused:#?}", compared.len());
    (compared, matches)
}

fn cases() -> u64 {
    std::env::var("SHARED_CASES").map_or(CASES, |cases| cases.parse().unwrap())
}

#[test]
fn finds_what_the_definition_says() {
    let (compared, matches) = compare(FEATURES);
    assert!(compared.len() as u64 > cases() * 9 / 10, "{} compared", compared.len());
    assert!(matches as u64 > cases() / 2, "{matches} matches");
}

#[test]
fn finds_the_first_matches_that_the_definition_says() {
    let (compared, _) = compare(Features { limit: true, skip: true, per_start: true, ..FEATURES });
    let count = |of: fn(&Ir) -> bool| compared.iter().filter(|ir| of(ir)).count() as u64;
    assert!(count(|ir| ir.limit.is_some()) > cases() / 40);
    assert!(count(|ir| ir.skip == Skip::PastLast) > cases() / 40);
    assert!(count(|ir| ir.selection == Selection::FirstPerStart) > 10);
}

/// The totals of every event, with whether they are truncated.
fn totals(ir: &Ir, items: &[Item], limits: SharedLimits) -> Vec<(usize, Totals, bool)> {
    let mut matcher = SharedMatcher::<Plain>::new(ir, limits).expect("it was shared before");
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if let Item::Event(event) = item {
            matcher.push(at as u64, &Plain::from(*event), |it| {
                assert!(it.bound().all(|bound| bound.sequence == at as u64));
                found.push((at, *it.totals().expect("totals"), it.is_truncated()));
            });
        }
    }
    found
}

/// What `sum` adds up to over the matches that each event completes.
fn added_up(case: &Case, sum: Option<usize>) -> Vec<(usize, Totals)> {
    let mut totals: Vec<(usize, Totals)> = Vec::new();
    for (at, bound) in by_definition(case) {
        if totals.last().is_none_or(|(last, _)| *last != at) {
            let sum = sum.map(|_| 0);
            totals.push((at, Totals { count: 0, sum, is_exact: true }));
        }
        let last = totals.last_mut().map(|(_, totals)| totals).expect("just pushed");
        last.count += 1;
        let values = bound.iter().filter(|(step, _)| Some(*step) == sum);
        let values = values.map(|(_, at)| match case.items[*at] {
            Item::Event(event) => i128::from(Plain::from(event).value),
            _ => panic!("bound something else than an event"),
        });
        last.sum = last.sum.map(|sum| sum + values.sum::<i128>());
    }
    totals
}

#[test]
fn counts_and_adds_up_what_the_definition_finds() {
    let schema = schema();
    let value = schema.find("value").expect("a field of the schema");
    let (mut compared, mut matches, mut truncated) = (0, 0, 0);
    for seed in 0..cases() {
        let case = Case::new(seed, FEATURES);
        let Some(mut ir) = typed(&case.pattern, &schema) else { continue };
        ir.emit_timeouts = false;
        let step = (seed % 3 > 0).then(|| StepId::new(seed as usize % ir.steps.len()));
        ir.emit = step.map_or(Emit::Count, |step| Emit::Sum { step, field: value });
        if ir.window.time.is_some() && ir.window.events.is_some() {
            continue;
        }
        let expected = added_up(&case, step.map(StepId::index));
        let found = totals(&ir, &case.items, limits());
        let exact: Vec<_> = found.iter().map(|(at, totals, _)| (*at, *totals)).collect();
        assert_eq!(exact, expected, "{case:#?}\n{ir}");
        compared += 1;
        matches += exact.iter().map(|(_, totals)| totals.count).sum::<u128>();
        // With too few nodes, whatever is not marked is still right; a match that is missing,
        // though, ends nothing.
        if ir.consume != Consume::None {
            continue;
        }
        for (at, totals, is_truncated) in
            totals(&ir, &case.items, SharedLimits { nodes: 8, ..limits() })
        {
            truncated += u64::from(is_truncated);
            assert!(is_truncated || expected.contains(&(at, totals)), "{case:#?}\n{ir}");
        }
    }
    eprintln!("{compared} compared, {matches} matches, {truncated} totals truncated");
    assert!(compared > cases() / 2 && matches > u128::from(cases()));
    assert!(truncated > cases() / 1_000);
}
