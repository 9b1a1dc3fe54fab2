//! What limits cost the matcher that runs partial matches one by one: never more than it says.

mod oracle;

use bytemuck::Zeroable;
use oracle::pattern::{Condition, Event, Item, Link, Node, Pattern, Window};
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use oracle::{Emission, Kind, outputs};
use tourbillon_cep::Overflow;
use tourbillon_cep::forked::{
    BuildError, Dropped, Found, Kind as Output, Limit, Limits, Matcher, Policies, Stopped,
};
use tourbillon_cep::ir::Ir;

const CASES: u64 = 20_000;

/// What came out, which of it is marked, and how it ended.
struct Seen {
    out: Vec<Emission>,
    truncated: Vec<bool>,
    dropped: Dropped,
    stopped: Option<(usize, Stopped)>,
}

fn run(ir: &Ir, items: &[Item], limits: Limits) -> Seen {
    let mut matcher = Matcher::<Plain>::new(ir, limits).expect("a runnable pattern");
    let memory = matcher.memory();
    let (mut out, mut truncated, mut stopped) = (Vec::new(), Vec::new(), None);
    for (at, item) in items.iter().enumerate() {
        let mut sink = |found: &Found<'_, Plain>| {
            let kind = match found.kind() {
                Output::Match => Kind::Match,
                Output::TimedOut => Kind::TimedOut,
            };
            let bound = found.bindings().map(|(step, id, _)| (step.index(), id as usize));
            out.push(Emission { at, kind, bound: bound.collect() });
            truncated.push(found.truncated());
        };
        let done = match *item {
            Item::Event(event) => matcher.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        };
        if let Err(reason) = done {
            stopped = Some((at, reason));
            break;
        }
    }
    if let Some((_, reason)) = stopped {
        let again = matcher.push(99, &Plain::zeroed(), &mut |_| panic!("it takes nothing more"));
        assert_eq!(again, Err(reason));
    }
    assert_eq!(matcher.memory(), memory);
    Seen { out, truncated, dropped: matcher.dropped(), stopped }
}

/// One limit tight, the others wide.
fn limits(seed: u64, overflow: Overflow) -> (Limit, Limits) {
    let overflow = Policies::all(overflow);
    let wide = 16_384;
    let limits =
        Limits { runs: wide, runs_per_key: wide, bound: wide, keys: 2, matches: wide, overflow };
    let tight = 1 + (seed / 5 % 6) as usize;
    match seed % 5 {
        0 => (Limit::Runs, Limits { runs: tight, ..limits }),
        1 => (Limit::RunsPerKey, Limits { runs_per_key: tight, ..limits }),
        2 => (Limit::Bound, Limits { bound: tight, ..limits }),
        3 => (Limit::Keys, Limits { keys: 1, ..limits }),
        _ => (Limit::Matches, Limits { matches: tight, ..limits }),
    }
}

fn of(dropped: Dropped, limit: Limit) -> u64 {
    match limit {
        Limit::Runs => dropped.runs,
        Limit::RunsPerKey => dropped.runs_per_key,
        Limit::Bound => dropped.bound,
        Limit::Keys => dropped.keys,
        Limit::Matches => dropped.matches,
        other => panic!("{other} is new"),
    }
}

/// All outputs independent of each other, so that losing one does not let another out.
const INDEPENDENT: Features =
    Features { skip: false, consume: false, limit: false, per_start: false, ..Features::ALL };

#[test]
fn nothing_is_lost_that_is_not_counted_and_nothing_invented() {
    let schema = schema();
    let (mut costly, mut unmarked) = (0, 0);
    for seed in 0..CASES {
        let overflow = if seed % 2 == 0 { Overflow::DropOldest } else { Overflow::DropNewest };
        let case = Case::new(seed, INDEPENDENT);
        let right = outputs(&case.pattern, &case.items);
        let ir = typed(&case.pattern, &schema).expect("a typed form");
        // An evicted key forgets its rows, which makes conditions on them unknown.
        let (limit, limits) = limits(seed / 2, overflow);
        let rows = ir.steps.iter().any(|step| step.condition.reads().rows > 0);
        if limit == Limit::Keys && (rows || case.pattern.root.starts_absent()) {
            continue;
        }
        let Seen { out, truncated, dropped, stopped } = run(&ir, &case.items, limits);
        assert_eq!(stopped, None);
        assert_eq!(of(dropped, limit), dropped.total(), "{limit} {case:#?}");
        if dropped.total() == 0 {
            assert_eq!(out, right, "{limit} {case:#?}");
            assert!(!truncated.contains(&true));
            continue;
        }
        costly += u64::from(out != right);
        unmarked += truncated.iter().filter(|it| !**it).count();
        for emission in &out {
            // A run that ends the one before it may be missing; the match is one all the same.
            assert!(right.contains(emission), "{limit} {emission:?} {case:#?}");
        }
    }
    assert!(costly > CASES / 50, "{costly} cases lost something");
    assert!(unmarked > 0, "what came before the limit was reached is not marked");
}

#[test]
fn with_skips_nothing_changes_without_a_count() {
    let schema = schema();
    for seed in 0..CASES {
        let case = Case::new(seed, Features::ALL);
        let overflow = if seed % 2 == 0 { Overflow::DropOldest } else { Overflow::DropNewest };
        let (limit, limits) = limits(seed / 2, overflow);
        let ir = typed(&case.pattern, &schema).expect("a typed form");
        let seen = run(&ir, &case.items, limits);
        if seen.dropped.total() == 0 {
            assert_eq!(seen.out, outputs(&case.pattern, &case.items), "{limit} {case:#?}");
        }
    }
}

#[test]
fn stops_at_the_event_that_reaches_the_limit() {
    let schema = schema();
    let mut stops = 0;
    for seed in 0..CASES {
        let case = Case::new(seed, Features::ALL);
        let (limit, limits) = limits(seed, Overflow::Stop);
        let ir = typed(&case.pattern, &schema).expect("a typed form");
        let right = outputs(&case.pattern, &case.items);
        let Seen { out, stopped, dropped, .. } = run(&ir, &case.items, limits);
        let Some((at, reason)) = stopped else {
            assert_eq!((out, dropped.total()), (right, 0), "{case:#?}");
            continue;
        };
        stops += 1;
        assert_eq!(reason.limit, limit);
        let last_event = |at: usize| matches!(case.items[at], Item::Event(_));
        assert_eq!((0..=at).rev().find(|at| last_event(*at)), Some(reason.id as usize));
        let before = |emission: &&Emission| emission.at < at;
        let (ours, right) = (out.iter().filter(before), right.iter().filter(before));
        assert!(ours.eq(right), "all that came before is out: {case:#?}");
    }
    assert!(stops > CASES / 50, "{stops} stops");
}

#[test]
fn a_run_gives_way_by_age() {
    // Each event of kind a starts a run; the last one completes those that are left.
    let step = |number, link, kind| (link, Node::Step(number, Condition::Kind(kind)));
    let root = Node::Sequence(vec![step(0, Link::Any, b'a'), step(1, Link::Relaxed, b'b')]);
    let pattern = Pattern { window: Window::time(100), ..Pattern::new(root) };
    let event =
        |(at, kind): (usize, u8)| Item::Event(Event { time: at as u64, key: 0, kind, value: 0 });
    let items: Vec<_> = b"aaaab".iter().copied().enumerate().map(event).collect();
    let ir = typed(&pattern, &schema()).expect("a typed form");
    let starts = |overflow| {
        let limits = Limits { runs: 2, overflow: Policies::all(overflow), ..Limits::default() };
        let seen = run(&ir, &items, limits);
        assert!(seen.truncated.iter().all(|it| *it));
        (seen.out.iter().map(|it| it.bound[0].1).collect::<Vec<_>>(), seen.dropped.runs)
    };
    assert_eq!(starts(Overflow::DropOldest), (vec![2, 3], 2));
    assert_eq!(starts(Overflow::DropNewest), (vec![0, 1], 2));
    let limits = Limits { runs: 2, overflow: Policies::all(Overflow::Stop), ..Limits::default() };
    let (at, stopped) = run(&ir, &items, limits).stopped.expect("it stops");
    assert_eq!((at, stopped.id, stopped.limit, stopped.most), (2, 2, Limit::Runs, 2));
    assert_eq!(
        stopped.to_string(),
        "more than 2 partial matches at event 2; raise the limit, or let something be dropped"
    );
    let none = Limits { bound: 0, ..Limits::default() };
    let refused = Matcher::<Plain>::new(&ir, none).map(|_| ());
    assert_eq!(refused, Err(BuildError::Limit { limit: Limit::Bound, value: 0 }));
}
