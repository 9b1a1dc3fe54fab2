//! Many patterns at once, against a matcher for each.

mod oracle;
mod set_cases;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use set_cases::{Coming, Part, Random, alone, limits, narrowed, together};
use tourbillon_cep::ir::{Condition, Opaque};
use tourbillon_cep::matching::Kind;
use tourbillon_cep::set::PatternSet;

/// More with `SET_CASES` in the environment.
const SETS: u64 = 2_000;

#[test]
fn a_set_finds_what_each_of_its_patterns_finds_alone() {
    let schema = schema();
    let odd = Opaque::new("odd", |bytes| bytemuck::from_bytes::<Plain>(bytes).value % 2 == 1);
    let sets = std::env::var("SET_CASES").map_or(SETS, |sets| sets.parse().expect("a number"));
    let (mut patterns, mut outputs, mut timed_out) = (0, 0, 0);
    for seed in 0..sets {
        let mut random = Random(seed);
        // Every other one of what shared matching can do, so that it is met too.
        let shared = Features { loops: true, negation: true, groups: true, ..Features::NONE };
        let mut parts = Vec::new();
        let items = Case::new(seed, Features::ALL).items;
        for _ in 0..1 + random.below(12) {
            let features = if random.below(2) == 0 { shared } else { Features::ALL };
            let mut case = Case::new(random.below(u64::MAX), features);
            case.pattern.partition = random.below(3) == 0;
            let Some(mut ir) = typed(&case.pattern, &schema) else { continue };
            ir.emit_timeouts = random.below(2) == 0;
            narrowed(&mut ir, &schema, &odd, &mut random);
            let (from, until) = match random.below(3) {
                0 => (random.below(4) as usize, 4 + random.below(5) as usize),
                _ => (0, usize::MAX),
            };
            parts.push(Part { ir, from, until, id: None, found: Vec::new() });
        }
        patterns += parts.len();
        let expected: Vec<_> = parts.iter().map(|part| alone(part, &items)).collect();
        for coming in [Coming::OneByOne, Coming::InBatches] {
            parts.iter_mut().for_each(|part| part.found.clear());
            together(&mut parts, &items, &schema, coming, &mut random);
            for (part, expected) in parts.iter().zip(&expected) {
                assert_eq!(
                    part.found, *expected,
                    "set {seed}, {coming:?}: {}\n{items:#?}",
                    part.ir
                );
            }
        }
        for expected in expected {
            outputs += expected.len();
            timed_out += expected.iter().filter(|it| it.1 == Kind::TimedOut).count();
        }
    }
    eprintln!("{sets} sets, {patterns} patterns, {outputs} outputs, {timed_out} of them time-outs");
    assert!(outputs as u64 > 3 * sets && timed_out as u64 > sets / 4);
}

/// Patterns that share a matcher, come and go: places, slots and atoms are used again.
#[test]
fn patterns_alike_that_come_and_go_find_what_each_finds_alone() {
    let schema = schema();
    let odd = Opaque::new("odd", |bytes| bytemuck::from_bytes::<Plain>(bytes).value % 2 == 1);
    let (mut outputs, mut shared) = (0, 0);
    for seed in 0..SETS / 10 {
        let mut random = Random(seed);
        let items = Case::new(seed, Features::ALL).items;
        let mut case = Case::new(random.below(u64::MAX), Features::ALL);
        case.pattern.partition = random.below(3) == 0;
        let Some(ir) = typed(&case.pattern, &schema) else { continue };
        let part = |_| {
            let mut ir = ir.clone();
            narrowed(&mut ir, &schema, &odd, &mut random);
            let from = random.below(items.len() as u64) as usize;
            let until = from + 1 + random.below(6) as usize;
            let until = if random.below(2) == 0 { until } else { usize::MAX };
            Part { ir, from: from / 2, until, id: None, found: Vec::new() }
        };
        let mut parts: Vec<_> = (0..20).map(part).collect();
        let expected: Vec<_> = parts.iter().map(|part| alone(part, &items)).collect();
        for coming in [Coming::OneByOne, Coming::InBatches] {
            parts.iter_mut().for_each(|part| part.found.clear());
            together(&mut parts, &items, &schema, coming, &mut random);
            for (part, expected) in parts.iter().zip(&expected) {
                assert_eq!(
                    part.found, *expected,
                    "set {seed}, {coming:?}: {}\n{items:#?}",
                    part.ir
                );
            }
        }
        outputs += expected.iter().flatten().count();
        shared += usize::from(ir.partition_by.is_empty() && ir.window.time.is_some());
    }
    assert!(outputs > 2_000 && shared > 20, "{outputs} outputs, {shared} sets share matchers");
}

#[test]
fn a_closure_of_many_patterns_is_called_once_for_an_event() {
    let schema = schema();
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let odd = Opaque::new("odd", move |bytes| {
        counted.fetch_add(1, Ordering::Relaxed);
        bytemuck::from_bytes::<Plain>(bytes).value % 2 == 1
    });
    let mut set = PatternSet::<Plain>::new(&schema);
    let mut ids = Vec::new();
    let shared = Features { partition: true, ..Features::NONE };
    let forked = Features { groups: false, ..Features::ALL };
    for seed in 0..300 {
        let features = if seed % 3 == 0 { forked } else { shared };
        let Some(mut ir) = typed(&Case::new(seed, features).pattern, &schema) else { continue };
        ir.emit_timeouts = false;
        for step in &mut ir.steps {
            let not = seed % 2 == 0;
            let part = Condition::Opaque(odd.clone());
            let part = if not { Condition::Not(Box::new(part)) } else { part };
            step.condition = Condition::all(vec![step.condition.clone(), part]);
        }
        ids.push(set.add(&ir, limits()).expect("a pattern that runs"));
    }
    assert!(ids.len() > 200);
    let event = |at: u64, kind: u8| Plain {
        time: at,
        value: at as i64 % 5,
        key: at as u32 % 2,
        kind: kind.into(),
    };
    let mut found = 0;
    for (at, kind) in b"abcabbacbaabbccxxa".iter().cycle().take(500).enumerate() {
        let before = calls.load(Ordering::Relaxed);
        set.push(at as u64, &event(at as u64, *kind), &mut |_, _| found += 1);
        let after = calls.load(Ordering::Relaxed);
        // Not at all where the rest of every condition has decided.
        assert!(after - before <= 1, "{} calls at event {at}", after - before);
    }
    assert!(found > 1_000, "{found} outputs");
    let calls_so_far = calls.load(Ordering::Relaxed);
    assert!((100..=500).contains(&calls_so_far), "{calls_so_far} calls");

    // Without patterns nothing is called, nor kept.
    let full = set.index_memory();
    ids.into_iter().for_each(|id| assert!(set.remove(id)));
    assert!(set.is_empty());
    assert!(set.index_memory() < full);
    let before = calls.load(Ordering::Relaxed);
    set.push(1_000, &event(1_000, b'a'), &mut |_, _| panic!("nobody is there"));
    assert_eq!(calls.load(Ordering::Relaxed), before);
}

#[test]
fn a_set_says_how_it_finds_the_events_of_a_pattern() {
    let schema = schema();
    let mut set = PatternSet::<Plain>::new(&schema);
    let mut add = |key: u32, least: i64| {
        let name = schema.name();
        let text = format!(
            "FROM {name} MATCH_RECOGNIZE ( ALL MATCHES AFTER MATCH SKIP NONE
               PATTERN ( a -> b -> c ) WITHIN 9 NS
               DEFINE a AS key = {key} AND value >= {least}, b AS value >= {least} )"
        );
        let compiled = tourbillon_cep::lang::compile("set.sql", &text, &[Arc::clone(&schema)]);
        let ir = compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir;
        set.add(&ir, limits()).expect("a pattern that runs")
    };
    let (first, second) = (add(1, 2), add(2, 2));
    let explained = set.explain(first).expect("it is there").to_string();
    let expected = "one of 2 patterns, 1 of them in its matcher
  condition 0: found by key = 1, 1 there
    key = 1                                      in 1
    value >= 2                                   in 4
  condition 1: found by value >= 2, 2 there
    value >= 2                                   in 4
  condition 2: tested at every event, 2 there
";
    assert_eq!(explained, expected);
    assert!(set.remove(second));
    let explained = set.explain(first).expect("it is there");
    assert_eq!(explained.conditions[0].tests[1], ("value >= 2".to_owned(), 2));
    assert_eq!(set.explain(second), None);
}
