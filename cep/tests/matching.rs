//! The one matcher for every pattern: whichever matcher the planner takes, and however events are
//! cut into batches, what comes out is the same.

mod oracle;

use oracle::pattern::{Event, Item};
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use proptest::prelude::*;
use tourbillon_cep::forked;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::planner::Choice;
use tourbillon_cep::{
    BatchError, BuildError, Found, Kind, Limits, Matcher, Overflow, Pattern, checksum,
};

/// What came out: what let it out, what it is, steps and sequences.
type Output = (Option<u64>, Kind, Vec<(usize, u64)>);

fn output(found: &Found<'_>) -> Output {
    assert!(!found.is_truncated());
    let bound = found.bound().iter().map(|bound| (bound.step.index(), bound.sequence));
    (found.released_by(), found.kind(), bound.collect())
}

fn limits() -> Limits {
    Limits {
        partial: 16_384,
        partial_per_key: 16_384,
        bound: 16_384,
        keys: 4,
        matches: 16_384,
        states: 2_000,
        batch: 16,
        overflow: Overflow::default(),
    }
}

fn event_by_event(ir: &Ir, items: &[Item]) -> (Vec<Output>, Choice) {
    let mut matcher = Matcher::<Plain>::new(&Pattern::from_ir(ir.clone()), limits())
        .expect("a pattern that some matcher runs");
    let mut out = Vec::new();
    let mut sink = |found: &Found<'_>| out.push(output(found));
    for (at, item) in items.iter().enumerate() {
        match *item {
            Item::Event(event) => matcher.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        }
        .expect("room");
    }
    let counts = matcher.counts();
    assert_eq!(counts.truncated(), 0);
    assert_eq!((counts.matches + counts.timed_out) as usize, out.len());
    (out, matcher.plan().choice())
}

/// The same in batches of these lengths; of each, so many events are tried and rolled back first.
fn in_batches(ir: &Ir, items: &[Item], cuts: &[(usize, usize)]) -> Vec<Output> {
    let mut matcher = Matcher::<Plain>::new(&Pattern::from_ir(ir.clone()), limits())
        .expect("a pattern that some matcher runs");
    let mut out = Vec::new();
    let mut sink = |found: &Found<'_>| out.push(output(found));
    let mut cuts = cuts.iter().cycle();
    let mut at = 0;
    while at < items.len() {
        let event = |item: &Item| match *item {
            Item::Event(event) => Some(Plain::from(event)),
            Item::Watermark(_) | Item::End(_) => None,
        };
        let &(length, tried) = cuts.next().expect("cuts without end");
        let batch: Vec<_> = items[at..].iter().map_while(event).take(length).collect();
        let before = matcher.counts();
        matcher.apply(at as u64, &batch[..tried.min(batch.len())]).expect("room");
        matcher.rollback();
        assert_eq!(matcher.counts(), before);
        // In two parts, as a ring that wraps gives it.
        let (front, back) = batch.split_at(tried.min(batch.len()));
        matcher.apply(at as u64, front).expect("room");
        matcher.apply((at + front.len()) as u64, back).expect("room");
        matcher.commit(&mut sink).expect("room");
        at += batch.len();
        match items.get(at) {
            Some(&Item::Watermark(time)) => matcher.advance_to(time, &mut sink),
            Some(Item::End(_)) => matcher.finish(&mut sink),
            Some(Item::Event(_)) | None => continue,
        }
        .expect("room");
        at += 1;
    }
    out
}

/// What the matcher of runs lets out, whatever the planner would say.
fn forked(ir: &Ir, items: &[Item]) -> Vec<Output> {
    let limits = forked::Limits {
        runs: 16_384,
        runs_per_key: 16_384,
        bound: 16_384,
        keys: 4,
        matches: 16_384,
        overflow: forked::Policies::default(),
    };
    let mut matcher = forked::Matcher::<Plain>::new(ir, limits).expect("a pattern that runs");
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let released_by = matches!(item, Item::Event(_)).then_some(at as u64);
        let mut sink = |found: &forked::Found<'_, Plain>| {
            let bound = found.bindings().map(|(step, sequence, _)| (step.index(), sequence));
            out.push((released_by, found.kind(), bound.collect()));
        };
        let done = match *item {
            Item::Event(event) => matcher.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        };
        done.expect("room for everything");
    }
    out
}

/// Shared matching, for what the planner gives it, against runs; and enough of that.
#[test]
fn the_planner_changes_nothing() {
    let schema = schema();
    let (mut shared, mut registers, mut found) = (0, 0, 0);
    for seed in 0..10_000 {
        let features = Features { earlier: seed % 4 == 0, skip: seed % 3 == 0, ..Features::ALL };
        let case = Case::new(seed, Features { absence: seed % 2 == 0, ..features });
        let Some(mut ir) = typed(&case.pattern, &schema) else { continue };
        ir.emit_timeouts = seed % 5 == 0;
        let (outputs, choice) = event_by_event(&ir, &case.items);
        match choice {
            Choice::Shared { .. } => shared += 1,
            Choice::Registers => registers += 1,
            _ => continue,
        }
        found += outputs.len();
        assert_eq!(outputs, forked(&ir, &case.items), "{case:#?}\n{ir}");
    }
    let told = format!("{shared} shared, {registers} with registers, {found} matches");
    assert!(shared > 1_000 && registers > 1_000 && found > 10_000, "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_096, ..ProptestConfig::default() })]

    #[test]
    fn batches_change_nothing(
        seed: u64,
        plain: bool,
        timeouts: bool,
        cuts in prop::collection::vec((1..9_usize, 0..9_usize), 1..5),
    ) {
        let features = if plain { Features { loops: true, ..Features::NONE } } else { Features::ALL };
        let case = Case::new(seed, features);
        if let Some(mut ir) = typed(&case.pattern, &schema()) {
            ir.emit_timeouts = timeouts;
            let (expected, _) = event_by_event(&ir, &case.items);
            prop_assert_eq!(in_batches(&ir, &case.items, &cuts), expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, ..ProptestConfig::default() })]

    /// Nothing but differences of time matters.
    #[test]
    fn shifting_all_times_changes_nothing(seed: u64, shift in 0..1_u64 << 60) {
        let case = Case::new(seed, Features { absence: false, ..Features::ALL });
        if let Some(ir) = typed(&case.pattern, &schema()) {
            let later = case.items.iter().map(|item| match *item {
                Item::Event(event) => Item::Event(Event { time: event.time + shift, ..event }),
                Item::Watermark(time) => Item::Watermark(time + shift),
                Item::End(end) => Item::End(end),
            });
            let later: Vec<_> = later.collect();
            prop_assert_eq!(event_by_event(&ir, &later).0, event_by_event(&ir, &case.items).0);
        }
    }
}

/// Every key begins once and falls silent; each seventh is answered in time. Whoever matches, few
/// keys are there at a time, and none gives way that could still matter.
#[test]
fn keys_that_fall_silent_make_room() {
    let clauses = [
        "ALL MATCHES PATTERN ( a ->> b )",
        "AFTER MATCH SKIP NONE PATTERN ( a -> c )",
        "PATTERN ( a -> c )",
        "AFTER MATCH SKIP NONE PATTERN ( a -> c -> NOT a FOR 1 NS )",
    ];
    for clauses in clauses {
        let text = format!(
            "FROM plain MATCH_RECOGNIZE ( PARTITION BY key {clauses} WITHIN 10 NS
                DEFINE a AS kind = 1, b AS kind = 2, c AS kind = 2 AND value >= a.value )"
        );
        let compiled = tourbillon_cep::lang::compile("p", &text, &[schema()]).unwrap();
        let pattern = Pattern::from_ir(compiled.patterns[0].ir.clone());
        let limits = Limits { partial: 256, bound: 256, keys: 128, ..Limits::default() };
        let mut matcher = Matcher::new(&pattern, limits).unwrap();
        let mut found = 0;
        for at in 0..20_000_u64 {
            let key = (at as u32).wrapping_mul(2_654_435_761);
            let start = Plain { time: 3 * at, value: 0, key, kind: 1 };
            matcher.push(2 * at, &start, &mut |_| found += 1).unwrap();
            if at % 7 == 0 {
                let answer = Plain { time: 3 * at + 2, kind: 2, ..start };
                matcher.push(2 * at + 1, &answer, &mut |_| found += 1).unwrap();
            }
        }
        matcher.advance_to(70_000, &mut |_| found += 1).unwrap();
        matcher.finish(&mut |_| found += 1).unwrap();
        let name = matcher.plan().choice().name();
        assert_eq!((found, matcher.counts().truncated()), (20_000_u64.div_ceil(7), 0), "{name}");
    }
}

fn any_two() -> Pattern<Plain> {
    let text = "FROM plain MATCH_RECOGNIZE ( PATTERN ( a -> b ) WITHIN 10 NS
        DEFINE a AS kind = 1, b AS kind = 2 AND value > a.value )";
    let mut patterns = tourbillon_cep::lang::compile("two", text, &[schema()]).unwrap().patterns;
    Pattern::from_ir(patterns.remove(0).ir)
}

fn event(time: u64, kind: u32, value: i64) -> Plain {
    Plain { time, value, key: 0, kind }
}

#[test]
fn late_events_are_counted_and_left_out() {
    let mut matcher = Matcher::<Plain>::new(&any_two(), limits()).unwrap();
    let mut found = Vec::new();
    let mut sink = |it: &Found<'_>| found.push((it.start_time(), it.end_time(), it.checksum()));
    matcher.push(0, &event(5, 1, 0), &mut sink).unwrap();
    matcher.push(1, &event(4, 2, 1), &mut sink).unwrap();
    matcher.advance_to(8, &mut sink).unwrap();
    matcher.push(2, &event(7, 2, 1), &mut sink).unwrap();
    matcher.advance_to(6, &mut sink).unwrap();
    matcher.push(3, &event(8, 2, 1), &mut sink).unwrap();
    matcher.finish(&mut sink).unwrap();
    let checksum = checksum([0, 3]);
    assert_eq!(found, [(5, 8, checksum)]);
    assert_eq!((matcher.counts().late, matcher.counts().matches), (2, 1));
}

#[test]
fn a_batch_that_is_too_long_is_refused_whole() {
    let mut matcher = Matcher::<Plain>::new(&any_two(), limits()).unwrap();
    let events = vec![event(1, 1, 0); 17];
    let refused = matcher.apply(0, &events);
    assert_eq!(refused, Err(BatchError::TooLong { length: 17, most: 16 }));
    matcher.apply(0, &events[..16]).unwrap();
    assert!(matcher.apply(16, &events[16..]).is_err());
    matcher.rollback();
    matcher.push(0, &event(1, 1, 0), &mut |_| {}).unwrap();
}

#[test]
#[should_panic(expected = "commit or roll back the batch first")]
fn a_batch_is_not_mixed_with_single_events() {
    let mut matcher = Matcher::<Plain>::new(&any_two(), limits()).unwrap();
    matcher.apply(0, &[event(1, 1, 0)]).unwrap();
    matcher.push(1, &event(2, 2, 1), &mut |_| {}).unwrap();
}

#[test]
fn what_does_not_fit_is_said() {
    let wrong = Matcher::<Plain>::new(&any_two(), Limits { keys: 0, ..limits() }).unwrap_err();
    assert_eq!(wrong, BuildError::Limit { limit: "keys", value: 0, least: 1 });
}

/// Closures run when a batch is taken, once for an event, and not when it is committed; one that
/// panics leaves the matcher as it was.
#[test]
fn closures_run_before_anything_moves() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tourbillon_cep::ir::{Condition, Opaque};

    // One pattern for each matcher.
    let texts = [
        ("registers", "AFTER MATCH SKIP NONE PATTERN ( a -> b )"),
        ("shared", "ALL MATCHES PATTERN ( a ->> c )"),
        ("forked", "PATTERN ( a -> b ) ON TIMEOUT EMIT"),
    ];
    for (name, clauses) in texts {
        let text = format!(
            "FROM plain MATCH_RECOGNIZE ( {clauses} WITHIN 10 NS
                DEFINE a AS kind = 1, b AS kind = 2 AND value > a.value, c AS kind = 2 )"
        );
        let compiled = tourbillon_cep::lang::compile("p", &text, &[schema()]).unwrap();
        let mut ir = compiled.patterns[0].ir.clone();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let sound = Condition::Opaque(Opaque::new("sound", move |event| {
            counted.fetch_add(1, Ordering::Relaxed);
            let event: Plain = bytemuck::pod_read_unaligned(event);
            assert_ne!(event.value, 13, "a poisoned event");
            true
        }));
        let first = ir.steps[0].condition.clone();
        ir.steps[0].condition = Condition::all(vec![first, sound]);
        let mut matcher = Matcher::<Plain>::new(&Pattern::from_ir(ir), limits()).unwrap();
        assert_eq!(matcher.plan().choice().name(), name);
        let mut found = Vec::new();
        let mut sink = |it: &Found<'_>| found.push(it.sequences().collect::<Vec<_>>());
        matcher.push(0, &event(1, 1, 0), &mut sink).unwrap();
        calls.store(0, Ordering::Relaxed);
        let batch = [event(2, 1, 5), event(3, 1, 13), event(4, 2, 9)];
        let poisoned = catch_unwind(AssertUnwindSafe(|| matcher.apply(1, &batch)));
        assert!(poisoned.is_err());
        matcher.rollback();
        calls.store(0, Ordering::Relaxed);
        let batch = [event(2, 1, 5), event(3, 1, 12), event(4, 2, 9)];
        matcher.apply(1, &batch).unwrap();
        let before = calls.load(Ordering::Relaxed);
        assert!(before <= 3, "{before} calls");
        matcher.commit(&mut sink).expect("room");
        assert_eq!(calls.load(Ordering::Relaxed), before, "{name}");
        matcher.finish(&mut sink).unwrap();
        found.sort();
        let shared: &[[u64; 2]] = &[[0, 3], [1, 3], [2, 3]];
        let alone: &[[u64; 2]] = &[[0, 3], [1, 3]];
        let forked: &[[u64; 2]] = &[[0, 3]];
        let expected = match name {
            "shared" => shared,
            "registers" => alone,
            _ => forked,
        };
        assert_eq!(found, expected, "{name}");
    }
}
