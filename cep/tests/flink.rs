//! The definition against Flink's answers: `DEVIATIONS.md` explains every case that differs, by
//! rule, and these tests hold its lists to what the cases show.

mod flink_cases;
mod oracle;

use std::collections::{BTreeMap, BTreeSet};

use flink_cases::{Case, Output, RULES, Rule, cases};
use oracle::Kind;
use oracle::pattern::{Pattern, Skip};
use oracle::typed::{schema, typed};

/// Same outputs, let out by the same events. One that Flink repeats counts once: its automaton
/// waits in two states there, the user sees one thing.
fn agrees(case: &Case, pattern: &Pattern) -> bool {
    let set = |outputs: &[Output]| outputs.iter().cloned().collect::<BTreeSet<_>>();
    set(&case.outputs(pattern)) == set(&case.expected)
}

/// The ids of the cases that differ.
fn differing(cases: &[Case], pattern: impl Fn(&Case) -> Pattern) -> BTreeSet<String> {
    let differs = |case: &&Case| !agrees(case, &pattern(case));
    cases.iter().filter(differs).map(|case| case.id.clone()).collect()
}

/// The ids listed under the heading that begins so.
fn listed(heading: &str) -> BTreeSet<String> {
    let text = include_str!("../DEVIATIONS.md");
    let mut sections = text.split("\n### ").filter(|section| section.starts_with(heading));
    let section = sections.next().unwrap_or_else(|| panic!("no section {heading:?}"));
    assert!(sections.next().is_none(), "two sections {heading:?}");
    let ids = section.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    ids.filter(|word| word.starts_with("flink-")).map(str::to_owned).collect()
}

fn listed_in(headings: &[&str]) -> BTreeSet<String> {
    headings.iter().flat_map(|heading| listed(heading)).collect()
}

fn by_class(cases: &[Case], differing: &BTreeSet<String>) -> String {
    let mut table = BTreeMap::<_, [usize; 2]>::new();
    for case in cases {
        let [agreeing, all] = table.entry(case.class()).or_default();
        *agreeing += usize::from(!differing.contains(&case.id));
        *all += 1;
    }
    let rows = table.iter().map(|(class, [agreeing, all])| format!("{class} {agreeing}/{all}\n"));
    rows.collect()
}

#[test]
fn what_differs_in_meaning_is_listed() {
    let cases = cases();
    let differing = differing(&cases, |case| case.same_meaning(&RULES));
    println!("{}", by_class(&cases, &differing));
    let explained = listed_in(&["T1", "T2", "T3"]);
    assert_eq!(differing, explained);
    assert!(differing.len() * 50 < cases.len(), "at least 98 % agree");
}

#[test]
fn what_differs_in_words_is_listed() {
    let cases = cases();
    let differing = differing(&cases, Case::same_words);
    println!("{}", by_class(&cases, &differing));
    let explained = listed_in(&["T1", "T2", "T3", "W1", "W2", "W3", "W4", "W5"]);
    assert_eq!(differing.difference(&explained).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// A rule is there for the cases that differ without it.
#[test]
fn every_rule_is_needed_where_the_list_says() {
    let cases = cases();
    let all = differing(&cases, |case| case.same_meaning(&RULES));
    let headings = ["W1", "W2", "W3", "W4", "W5"];
    for (rule, heading) in RULES.into_iter().zip(headings) {
        let others: Vec<Rule> = RULES.into_iter().filter(|other| *other != rule).collect();
        let without = differing(&cases, |case| case.same_meaning(&others));
        let needing: BTreeSet<_> = without.difference(&all).cloned().collect();
        assert_eq!(needing, listed(heading), "{heading}");
    }
}

/// Flink says in which order matches come out only as far as a skip strategy needs it: by the
/// event that lets them out, then by their first event.
#[test]
fn matches_come_in_the_order_of_their_starts() {
    for case in cases().iter().filter(|case| case.skip != Skip::None) {
        let pattern = case.same_meaning(&RULES);
        if !agrees(case, &pattern) {
            continue;
        }
        let order = |outputs: &[Output]| {
            let matches = outputs.iter().filter(|output| output.kind == Kind::Match);
            let first = |output: &Output| {
                let position = |name: &String| case.names.iter().position(|other| other == name);
                output.bound.values().flatten().filter_map(position).min()
            };
            let mut order: Vec<_> =
                matches.map(|output| (output.at.clone(), first(output))).collect();
            order.dedup();
            order
        };
        assert_eq!(order(&case.outputs(&pattern)), order(&case.expected), "{}", case.id);
    }
}

/// The cases that differ in meaning differ as their headings say.
#[test]
fn flinks_choice_is_one_of_ours_and_flinks_loss_is_a_loss() {
    let (ties, losses) = (listed("T1"), listed("T2"));
    for case in &cases() {
        let pattern = case.same_meaning(&RULES);
        let set = |outputs: Vec<Output>| outputs.into_iter().collect::<BTreeSet<_>>();
        let expected = set(case.expected.clone());
        if ties.contains(&case.id) {
            let all = set(case.outputs(&Pattern { skip: Skip::None, ..pattern.clone() }));
            assert!(expected.is_subset(&all), "{}", case.id);
            assert_eq!(expected.len(), set(case.outputs(&pattern)).len(), "{}", case.id);
        }
        if losses.contains(&case.id) {
            let ours = set(case.outputs(&pattern));
            assert!(expected.is_subset(&ours), "{}", case.id);
            for lost in ours.difference(&expected) {
                let late = Output { kind: Kind::TimedOut, ..lost.clone() };
                assert!(expected.contains(&late), "{} {lost:?}", case.id);
            }
        }
    }
}

/// So that matchers can be held to them: all in words, and most in meaning.
#[test]
fn cases_have_a_typed_form() {
    let cases = cases();
    let schema = schema();
    let count = |pattern: fn(&Case) -> Pattern| {
        cases.iter().filter(|case| typed(&pattern(case), &schema).is_some()).count()
    };
    assert_eq!(count(Case::same_words), cases.len());
    let in_meaning = count(|case| case.same_meaning(&RULES));
    println!("{in_meaning} of {} have a typed form in meaning", cases.len());
    assert!(in_meaning * 10 > cases.len() * 9, "{in_meaning} of {}", cases.len());
}
