//! The matchers of typed patterns against the definition, on random patterns and streams in every
//! mode: what comes out, in which order, and let out by what.
//!
//! `RANDOM_CASES=1000000 cargo test --release -p tourbillon-cep --test random_cases` for more,
//! `RANDOM_SEED` for others. A case is a function of its seed.

mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use oracle::pattern::{
    Absent, Condition, Consume, Event, Item, Link, Node, Order, Pattern, Selection, Skip, Stop,
};
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use oracle::{Emission, Kind, outputs};
use tourbillon_cep::Overflow;
use tourbillon_cep::forked::{Dropped, Found, Kind as Output, Limits, Matcher, Policies};
use tourbillon_cep::ir::{Aggregate, Expr, Ir};
use tourbillon_cep::registers::{self, Limit};
use tourbillon_cep::shared::{SharedLimits, SharedMatch, SharedMatcher};

const CASES: u64 = 100_000;
/// Seeds of one turn of a thread.
const TURN: u64 = 1_000;

/// Enough for every case: loops over any events fork exponentially.
fn limits() -> Limits {
    let overflow = Policies::all(Overflow::Stop);
    Limits { runs: 16_384, runs_per_key: 16_384, bound: 16_384, keys: 2, matches: 16_384, overflow }
}

/// What the matcher of runs lets out; every item is called by its place in the stream.
fn forked(ir: &Ir, items: &[Item]) -> Vec<Emission> {
    let mut matcher = Matcher::<Plain>::new(ir, limits()).expect("a runnable pattern");
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

/// What the matcher of shared partial matches lets out, which reports no time-outs; `None` if the
/// pattern is not for it.
fn shared(ir: &Ir, items: &[Item]) -> Option<Vec<Emission>> {
    let limits =
        SharedLimits { nodes: 1 << 14, events: 64, keys: 4, states: 2_000, ..Default::default() };
    let ir = Ir { emit_timeouts: false, ..ir.clone() };
    let mut matcher = SharedMatcher::<Plain>::new(&ir, limits).ok()?;
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let sink = |found: &SharedMatch<'_, Plain>| {
            let bound = found.bound().map(|bound| (bound.step.index(), bound.sequence as usize));
            out.push(Emission { at, kind: Kind::Match, bound: bound.collect() });
        };
        if let Item::Event(event) = *item {
            matcher.push(at as u64, &event.into(), sink);
        }
    }
    Some(out)
}

/// What the matcher with registers lets out, which reports no time-outs; `None` if the pattern is
/// not for it.
fn registers(ir: &Ir, items: &[Item]) -> Option<Vec<Emission>> {
    let most = Limit { most: 16_384, overflow: Overflow::Stop };
    let keys = Limit { most: 2, ..most };
    let limits =
        registers::Limits { runs: most, runs_per_key: most, bound: most, keys, matches: most };
    let ir = Ir { emit_timeouts: false, ..ir.clone() };
    let mut matcher = registers::Matcher::<Plain>::new(&ir, limits).ok()?;
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let mut sink = |found: &registers::Found<'_, Plain>| {
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
    Some(out)
}

/// Those of one item in order of their bindings: shared matching finds the latest first.
fn sorted(mut emissions: Vec<Emission>) -> Vec<Emission> {
    emissions.retain(|emission| emission.kind == Kind::Match);
    emissions.sort();
    emissions
}

/// The case of a seed: every second one without what keeps shared matching out.
fn case(seed: u64) -> Case {
    let all = Features::ALL;
    let features = match seed % 2 {
        0 => all,
        _ => Features { earlier: false, absence: false, gap: false, ..all },
    };
    Case::new(seed, features)
}

/// What is said of a case.
struct Verdict {
    right: Vec<Emission>,
    /// The matchers that run it, besides that of runs.
    others: Vec<&'static str>,
    /// A matcher that says something else, and what.
    wrong: Option<(&'static str, Vec<Emission>)>,
}

impl Verdict {
    fn of(case: &Case, ir: &Ir) -> Self {
        let right = outputs(&case.pattern, &case.items);
        let (shared, registers) = (shared(ir, &case.items), registers(ir, &case.items));
        let others = [("shared", &shared), ("registers", &registers)];
        let others = others.iter().filter(|it| it.1.is_some()).map(|it| it.0).collect();
        let matches = || right.iter().filter(|it| it.kind == Kind::Match);
        let runs = Some(forked(ir, &case.items)).filter(|runs| *runs != right);
        let shared = shared.filter(|shared| sorted(shared.clone()) != sorted(right.clone()));
        let registers = registers.filter(|found| !found.iter().eq(matches()));
        let all = [("runs", runs), ("shared", shared), ("registers", registers)];
        let mut wrong = all.into_iter().filter_map(|(matcher, out)| Some((matcher, out?)));
        let wrong = wrong.next();
        Self { right, others, wrong }
    }
}

/// The same bindings may be a match at once and when an absence has lasted: they come out once.
#[test]
fn what_is_found_in_several_ways_comes_out_once() {
    let step = || (Link::Any, Node::Step(0, Condition::Kind(b'a')));
    let absent = |time| (Link::Any, Node::Not(Absent::For(time), Condition::Kind(b'b')));
    let late = |time| Node::Sequence(vec![step(), absent(time)]);
    let once = Node::Sequence(vec![step()]);
    let event = |time, kind| Item::Event(Event { time, key: 0, kind, value: 0 });
    let items = [event(1, b'a'), event(3, b'x'), Item::Watermark(5), Item::Watermark(9)];
    for (parts, at) in [
        (vec![once.clone(), late(3)], 0),
        (vec![late(3), once], 0),
        (vec![late(7), late(2)], 1),
        (vec![late(3), late(7)], 2),
    ] {
        let pattern = Pattern::new(Node::Either(parts));
        let ir = typed(&pattern, &schema()).expect("a typed form");
        let found = forked(&ir, &items);
        assert_eq!(found, outputs(&pattern, &items));
        assert_eq!(found, [Emission { at, kind: Kind::Match, bound: vec![(0, 0)] }]);
    }
}

/// Cases in which one event lets out held matches of two keys, of one by its time and of the other
/// because it does not fit in the window of events: they come out at one moment, by their ends.
const TWO_KEYS_AT_ONCE: [u64; 2] = [2_087_687, 2_298_486];

#[test]
fn what_time_and_count_let_out_at_once_comes_in_one_order() {
    for seed in TWO_KEYS_AT_ONCE {
        let case = case(seed);
        let ir = typed(&case.pattern, &schema()).expect("a typed form");
        let Verdict { right, others, wrong } = Verdict::of(&case, &ir);
        assert!(others.contains(&"registers") && case.pattern.window.events.is_some());
        let keys = |at| {
            let here = right.iter().filter(move |it| it.at == at);
            let key = |it: &Emission| match case.items[it.bound[0].1] {
                Item::Event(event) => event.key,
                _ => unreachable!("events are bound"),
            };
            here.map(key).collect::<BTreeSet<_>>()
        };
        assert!(
            (0..case.items.len()).any(|at| keys(at).len() > 1),
            "{seed}: no longer such a case"
        );
        if wrong.is_some() {
            fail(case, &ir);
        }
    }
}

fn fail(case: Case, ir: &Ir) -> ! {
    let case = case.shrunk(|case| Verdict::of(case, ir).wrong.is_some());
    let Verdict { right, wrong, .. } = Verdict::of(&case, ir);
    let (matcher, ours) = wrong.expect("still wrong");
    panic!("{case:#?}\n{matcher}: {ours:#?}\nright: {right:#?}");
}

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// How many cases there are of each mode that let something out.
type Telling = BTreeMap<&'static str, u64>;

fn modes(pattern: &Pattern, ir: &Ir) -> BTreeSet<&'static str> {
    let mut modes = BTreeSet::new();
    let mut add = |mode, there: bool| modes.extend(there.then_some(mode));
    let skip = pattern.skip;
    add("leftmost", skip != Skip::None && pattern.order == Order::Leftmost);
    add("eager", skip != Skip::None && pattern.order == Order::Eager);
    add("skip to next", skip == Skip::ToNext);
    add("skip past last", skip == Skip::PastLast);
    add("skip to first", matches!(skip, Skip::ToFirst(_)));
    add("skip to last", matches!(skip, Skip::ToLast(_)));
    add("first per start", pattern.selection == Selection::FirstPerStart);
    add("longest per start", pattern.selection == Selection::LongestPerStart);
    add("preferred per start", pattern.selection == Selection::Preferred);
    add("strict", pattern.selection == Selection::Strict);
    add("consume partition", pattern.consume == Consume::Partition);
    add("consume all", pattern.consume == Consume::All);
    add("limit", pattern.limit.is_some());
    add("partition", pattern.partition);
    add("window of time", pattern.window.time.is_some());
    add("window of events", pattern.window.events.is_some());
    add("earlier events", ir.steps.iter().any(|step| step.condition.reads().earlier));
    let mut means = false;
    for step in &ir.steps {
        step.condition.visit(&mut |expr| {
            means |= matches!(expr, Expr::Aggregate { aggregate: Aggregate::Avg(_), .. });
        });
    }
    add("means", means);
    add("rows before", ir.steps.iter().any(|step| step.condition.reads().rows > 0));
    look(&pattern.root, &mut |node| match node {
        Node::Not(Absent::Next | Absent::Between, _) => add("negation", true),
        Node::Not(Absent::For(_), _) => add("absence for a time", true),
        Node::Not(Absent::Window, _) => add("absence until the window closes", true),
        Node::Gap(_) => add("gap", true),
        Node::Either(parts) => {
            let absent = |part: &Node| matches!(part, Node::Sequence(_));
            add("alternation", true);
            add("absence in an alternative", parts.iter().any(absent));
        }
        Node::Permute { parts, .. } => {
            let looped = |part: &Node| matches!(part, Node::Repeat { .. });
            add("permutation", true);
            add("loop in a permutation", parts.iter().any(looped));
        }
        Node::Repeat { stop: Stop::Greedy, .. } => add("greedy", true),
        Node::Repeat { stop: Stop::Reluctant, .. } => add("reluctant", true),
        Node::Repeat { stop: Stop::Each, .. } => add("every count", true),
        Node::Step(..) | Node::Sequence(_) => {}
    });
    modes
}

/// Calls `visit` for every part of a pattern.
fn look(node: &Node, visit: &mut impl FnMut(&Node)) {
    visit(node);
    match node {
        Node::Step(..) | Node::Not(..) | Node::Gap(_) => {}
        Node::Sequence(parts) => parts.iter().for_each(|(_, part)| look(part, visit)),
        Node::Either(parts) => parts.iter().for_each(|part| look(part, visit)),
        Node::Permute { parts, between, .. } => {
            parts.iter().chain(between).for_each(|part| look(part, visit));
        }
        Node::Repeat { part, between, .. } => {
            look(part, visit);
            between.iter().for_each(|part| look(part, visit));
        }
    }
}

#[test]
fn every_mode_is_matched_as_defined() {
    let (first, cases) = (number("RANDOM_SEED", 0), number("RANDOM_CASES", CASES));
    let (next, schema) = (AtomicU64::new(first), schema());
    let work = || {
        let mut telling = Telling::new();
        loop {
            let from = next.fetch_add(TURN, Ordering::Relaxed);
            if from >= first + cases {
                return telling;
            }
            for seed in from..(from + TURN).min(first + cases) {
                let case = case(seed);
                let ir = typed(&case.pattern, &schema).expect("a typed form");
                let mut modes = modes(&case.pattern, &ir);
                let verdict = Verdict::of(&case, &ir);
                if verdict.wrong.is_some() {
                    fail(case, &ir);
                }
                modes.extend(verdict.others);
                if modes.contains("means") && modes.contains("registers") {
                    modes.insert("means in registers");
                }
                if !verdict.right.is_empty() {
                    modes.into_iter().for_each(|mode| *telling.entry(mode).or_default() += 1);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get().min(2));
    let mut telling = Telling::new();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let counts = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            counts.into_iter().for_each(|(mode, count)| *telling.entry(mode).or_default() += count);
        }
    });
    println!("{cases} cases from seed {first}, telling: {telling:#?}");
    let least = telling.values().min().copied().unwrap_or(0);
    assert!(telling.len() == 33 && least > cases / 500, "{telling:#?}");
}
