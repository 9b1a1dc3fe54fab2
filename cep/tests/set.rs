//! Many patterns at once, against a matcher for each.

mod oracle;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oracle::pattern::Item;
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use tourbillon_cep::Comparison;
use tourbillon_cep::ir::{Condition, Decimal, Expr, Ir, Opaque, Place};
use tourbillon_cep::matching::{Bound, Found, Kind, Limits, Matcher};
use tourbillon_cep::schema::Schema;
use tourbillon_cep::set::{PatternId, PatternSet};

/// More with `SET_CASES` in the environment.
const SETS: u64 = 2_000;

/// What came out: at which item, and everything that can be said of it.
type Output = (usize, Kind, Vec<Bound>, u64, u64, Option<u64>, bool);

fn output(at: usize, it: &Found<'_>) -> Output {
    let bound = it.bound().to_vec();
    (at, it.kind(), bound, it.start_time(), it.end_time(), it.released_by(), it.is_truncated())
}

fn limits() -> Limits {
    let (partial, keys) = (4_096, 4);
    Limits {
        partial,
        partial_per_key: partial,
        bound: 4_096,
        keys,
        states: 500,
        ..Limits::default()
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

fn compare(schema: &Schema, field: &str, comparison: Comparison, number: i64) -> Condition {
    let field = schema.find(field).expect("a field");
    Condition::Compare {
        left: Expr::Field { place: Place::Current, field },
        comparison,
        right: Expr::Number(Decimal::new(number.into(), 0)),
    }
}

/// Something more for the index to do: a test of every kind.
fn narrowed(ir: &mut Ir, schema: &Schema, odd: &Opaque, random: &mut Random) {
    for step in &mut ir.steps {
        let extra = match random.below(12) {
            0..2 => compare(schema, "key", Comparison::Equal, random.below(2) as i64),
            2 => compare(schema, "value", Comparison::GreaterOrEqual, random.below(3) as i64),
            3 => compare(schema, "value", Comparison::Less, 1 + random.below(3) as i64),
            4 => compare(schema, "value", Comparison::NotEqual, random.below(4) as i64),
            5 => Condition::any(
                [0, 2, 3].map(|it| compare(schema, "value", Comparison::Equal, it)).into(),
            ),
            6 => Condition::Opaque(odd.clone()),
            7 => Condition::Not(Box::new(Condition::Opaque(odd.clone()))),
            _ => continue,
        };
        step.condition = Condition::all(vec![step.condition.clone(), extra]);
    }
}

/// A pattern of the set: when it comes and goes, the number it has, and what it found.
struct Part {
    ir: Ir,
    from: usize,
    until: usize,
    id: Option<PatternId>,
    found: Vec<Output>,
}

/// What a matcher of the part alone finds while the part is there.
fn alone(part: &Part, items: &[Item]) -> Vec<Output> {
    let mut matcher = Matcher::<Plain>::new(&part.ir, limits()).expect("a pattern that runs");
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate().take(part.until).skip(part.from) {
        let mut sink = |it: &Found<'_>| found.push(output(at, it));
        match *item {
            Item::Event(event) => matcher.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        }
    }
    found
}

fn together(parts: &mut [Part], items: &[Item], schema: &Arc<Schema>) {
    let mut set = PatternSet::<Plain>::new(schema);
    for (at, item) in items.iter().enumerate() {
        for part in parts.iter_mut().filter(|part| part.until == at) {
            assert!(set.remove(part.id.expect("added before")));
            assert!(!set.remove(part.id.expect("added before")), "it is gone");
        }
        for part in parts.iter_mut().filter(|part| part.from == at && part.until > at) {
            part.id = Some(set.add(&part.ir, limits()).expect("a pattern that runs"));
        }
        let mut last = None;
        let mut sink = |id: PatternId, it: &Found<'_>| {
            assert!(last <= Some(id.index()), "pattern by pattern");
            last = Some(id.index());
            let part = parts.iter_mut().find(|part| part.id == Some(id)).expect("one of the set");
            part.found.push(output(at, it));
        };
        match *item {
            Item::Event(event) => set.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => set.advance_to(time, &mut sink),
            Item::End(_) => set.finish(&mut sink),
        }
    }
}

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
        together(&mut parts, &items, &schema);
        patterns += parts.len();
        for part in &parts {
            let expected = alone(part, &items);
            assert_eq!(part.found, expected, "set {seed}: {}\n{items:#?}", part.ir);
            outputs += expected.len();
            timed_out += expected.iter().filter(|it| it.1 == Kind::TimedOut).count();
        }
    }
    eprintln!("{sets} sets, {patterns} patterns, {outputs} outputs, {timed_out} of them time-outs");
    assert!(outputs as u64 > 3 * sets && timed_out as u64 > sets / 4);
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
