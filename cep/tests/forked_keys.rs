//! Keys that are remembered beyond their partial matches: for the number of a match, for rows
//! before, for an absence in front. They go when nothing of them can matter any more, and else at
//! the limit; what comes of a key that was forgotten says so.

mod oracle;

use std::collections::BTreeMap;

use oracle::pattern::{Consume, Item};
use oracle::random::{Case, Features};
use oracle::typed::{Plain, schema, typed};
use tourbillon_cep::Overflow;
use tourbillon_cep::forked::{Dropped, Found, Kind, Limits, Matcher, Policies};
use tourbillon_cep::ir::{Expr, Ir, Measure};
use tourbillon_cep::lang::compile;

const CASES: u64 = 15_000;

/// What came out, and as what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Output {
    at: usize,
    is_match: bool,
    bound: Vec<(usize, u64)>,
}

/// Outputs with the number of the match and whether they are marked.
type Outputs = BTreeMap<Output, (Option<u64>, bool)>;

fn run(ir: &Ir, items: &[Item], keys: usize, overflow: Overflow) -> (Outputs, Dropped) {
    let wide = 16_384;
    let overflow = Policies::all(overflow);
    let limits =
        Limits { runs: wide, runs_per_key: wide, bound: wide, keys, matches: wide, overflow };
    let mut matcher = Matcher::<Plain>::new(ir, limits).expect("a runnable pattern");
    let mut outputs = Outputs::new();
    for (at, item) in items.iter().enumerate() {
        let mut sink = |found: &Found<'_, Plain>| {
            let bound = found.bindings().map(|(step, id, _)| (step.index(), id)).collect();
            let output = Output { at, is_match: found.kind() == Kind::Match, bound };
            outputs.insert(output, (found.match_number(), found.truncated()));
        };
        let done = match *item {
            Item::Event(event) => matcher.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        };
        done.expect("something is dropped");
    }
    (outputs, matcher.dropped())
}

/// The same pattern, whose matches say their numbers.
fn numbered(ir: &Ir) -> Ir {
    let number = Measure { name: "number".into(), value: Expr::MatchNumber };
    Ir { measures: vec![number], ..ir.clone() }
}

#[test]
fn what_is_not_marked_is_right() {
    let schema = schema();
    let features = Features { partition: true, limit: false, ..Features::ALL };
    let (mut costly, mut unmarked, mut marked) = (0, 0, 0);
    for seed in 0..CASES {
        let case = Case::new(seed, features);
        let ir = typed(&case.pattern, &schema).expect("a typed form");
        // A match of one key ends those of others: what a forgotten key would have ended, and
        // whose mark says so, are not of one key.
        if case.pattern.consume == Consume::All {
            continue;
        }
        for ir in [numbered(&ir), ir] {
            let (right, _) = run(&ir, &case.items, 2, Overflow::Stop);
            for overflow in [Overflow::DropOldest, Overflow::DropNewest] {
                let (some, dropped) = run(&ir, &case.items, 1, overflow);
                if dropped == Dropped::default() {
                    assert_eq!(some, right, "{case:#?}");
                    continue;
                }
                costly += u64::from(some != right);
                for (output, (number, truncated)) in some {
                    marked += u64::from(truncated);
                    unmarked += u64::from(!truncated);
                    let known = right.get(&output).map(|(number, _)| *number);
                    assert!(
                        truncated || known == Some(number),
                        "{overflow:?} {output:?} {number:?} {case:#?} {right:#?}"
                    );
                }
            }
        }
    }
    println!("{costly} cases lost something; {marked} outputs are marked, {unmarked} are not");
    assert!(costly > CASES / 50 && unmarked > CASES / 50 && marked > CASES / 50);
}

fn pattern(clauses: &str) -> Ir {
    let text = format!("FROM plain MATCH_RECOGNIZE ( PARTITION BY key {clauses} )");
    compile("keys.sql", &text, &[schema()]).expect("a sound text").patterns.remove(0).ir
}

const ORDERS: u32 = 200_000;

/// Ever new orders, as a book sees them: each is added, and cancelled or filled when three others
/// have come.
fn orders(matcher: &mut Matcher<Plain>, mut each: impl FnMut(&Found<'_, Plain>)) {
    let mut id = 0;
    for at in 0..ORDERS {
        let came = (at, 0);
        let went = at.checked_sub(3).map(|key| (key, 1 + key % 2));
        for (key, kind) in std::iter::once(came).chain(went) {
            let event = Plain { time: id, value: i64::from(key % 7), key, kind };
            matcher.push(id, &event, &mut each).expect("no limit stops it");
            id += 1;
        }
    }
}

fn limits(keys: usize, overflow: Overflow) -> Limits {
    Limits { keys, overflow: Policies::all(overflow), ..Limits::default() }
}

/// Keys of which nothing can matter any more make room by themselves.
#[test]
fn a_key_goes_when_nothing_of_it_matters() {
    for (clauses, matches) in [
        // No order has a match that a later one would have to be counted after.
        (
            "MEASURES MATCH_NUMBER() AS number PATTERN ( a -> b -> a ) WITHIN 20 NS
             DEFINE a AS kind = 0, b AS kind = 1",
            0,
        ),
        // Whatever begins an absence, it has lasted after 5 ns.
        (
            "PATTERN ( NOT b FOR 5 NS -> a -> c ) WITHIN 20 NS
             DEFINE a AS kind = 0, b AS kind = 1, c AS kind = 2",
            ORDERS as usize / 2 - 2,
        ),
    ] {
        let mut matcher =
            Matcher::new(&pattern(clauses), limits(16, Overflow::Stop)).expect("runs");
        let mut found = 0;
        orders(&mut matcher, |it| {
            found += 1;
            assert!(!it.truncated());
        });
        assert_eq!((found, matcher.dropped().total()), (matches, 0), "{clauses}");
    }
}

/// What has to be remembered for good is so up to the limit; then keys give way, or are refused.
#[test]
fn a_key_that_must_be_remembered_gives_way_at_the_limit() {
    let (all, half, few) = (u64::from(ORDERS), u64::from(ORDERS) / 2, 64);
    for (clauses, remembered, marks) in [
        // Orders with a match are remembered. Whether a new order had one before nobody knows.
        (
            "MEASURES MATCH_NUMBER() AS number PATTERN ( a -> b ) WITHIN 20 NS
             DEFINE a AS kind = 0, b AS kind = 1",
            half,
            half,
        ),
        // All orders are. After its first row, and the window, a new order has what is asked for.
        ("PATTERN ( b ) WITHIN 4 NS DEFINE b AS kind = 1 AND value = LAG(value)", all, 0),
    ] {
        let ir = pattern(clauses);
        let run = |overflow| {
            let mut matcher = Matcher::new(&ir, limits(16, overflow)).expect("runs");
            let (memory, mut found, mut marked) = (matcher.memory(), 0, 0);
            orders(&mut matcher, |it| {
                found += 1;
                marked += u64::from(it.truncated());
            });
            assert_eq!(matcher.memory(), memory);
            let dropped = matcher.dropped();
            assert_eq!(dropped.keys, dropped.total());
            (found, marked, dropped.keys)
        };
        let near = |number: u64, what: u64| number.abs_diff(what) < few;
        let (found, marked, dropped) = run(Overflow::DropOldest);
        let right = near(found, half) && near(marked, marks) && near(dropped, remembered);
        assert!(right, "{clauses}: {found} matches, {marked} marked, {dropped} dropped");
        // The first orders stay, and leave no room for others.
        let (found, marked, dropped) = run(Overflow::DropNewest);
        let right = found <= 16 && found > 0 && marked == 0 && dropped > half - few;
        assert!(right, "{clauses}: {found} matches, {marked} marked, {dropped} dropped");
    }
}
