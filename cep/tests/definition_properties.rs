//! What must hold of the definition itself, on random cases.

mod oracle;

use std::collections::BTreeSet;

use oracle::formula::Formula;
use oracle::pattern::{Event, Item, Link, Node, Pattern, Selection, Skip, Window};
use oracle::random::{Case, Features};
use oracle::search::Search;
use oracle::{Binding, Emission, Kind, outputs};

const CASES: u64 = 20_000;

/// Fails with the smallest form of the first case for which it does not hold.
#[track_caller]
fn for_all(features: Features, holds: impl Fn(&Case) -> bool) {
    let mut cases = (0..CASES).map(|seed| Case::new(seed, features));
    if let Some(case) = cases.find(|case| !holds(case)) {
        panic!("{:#?}", case.shrunk(|case| !holds(case)));
    }
}

fn events(items: &[Item]) -> Vec<Event> {
    let event = |item: &Item| match item {
        Item::Event(event) => Some(*event),
        Item::Watermark(_) | Item::End(_) => None,
    };
    items.iter().filter_map(event).collect()
}

/// All matches, with nothing but the links between them and the window.
fn all(root: &Node, case: &Case) -> BTreeSet<Vec<Binding>> {
    let events = events(&case.items);
    let search = Search::new(root, &events, case.pattern.window, false);
    search.complete.into_iter().map(|complete| complete.bound).collect()
}

#[test]
fn both_forms_of_the_definition_say_the_same() {
    let mut compared = 0_u64;
    for seed in 0..CASES {
        let case = Case::new(seed, Features { groups: false, ..Features::ALL });
        let mut events = events(&case.items);
        // The formula takes every assignment as a candidate.
        events.truncate(7);
        let root = case.pattern.selected();
        let window = case.pattern.window;
        if let Some(formula) = Formula::new(&root, &events, window) {
            let found = Search::new(&root, &events, window, false).complete.into_iter();
            let found: BTreeSet<_> = found.map(|complete| complete.bound).collect();
            assert_eq!(found, formula.matches().into_iter().collect(), "{case:#?}");
            compared += 1;
        }
    }
    assert!(compared > CASES / 2, "most of the patterns are flat: {compared}");
}

/// Nothing is retracted, and nothing depends on what comes later.
#[test]
fn what_is_out_does_not_depend_on_what_follows() {
    for_all(Features::ALL, |case| {
        let all = outputs(&case.pattern, &case.items);
        (0..case.items.len()).all(|length| {
            let until: Vec<_> = all.iter().filter(|out| out.at < length).cloned().collect();
            outputs(&case.pattern, &case.items[..length]) == until
        })
    });
}

#[test]
fn only_differences_of_time_matter() {
    for_all(Features::ALL, |case| {
        let later = |item: &Item| match *item {
            Item::Event(event) => Item::Event(Event { time: event.time + 1_000, ..event }),
            Item::Watermark(time) => Item::Watermark(time + 1_000),
            Item::End(time) => Item::End(time + 1_000),
        };
        let shifted: Vec<_> = case.items.iter().map(later).collect();
        outputs(&case.pattern, &shifted) == outputs(&case.pattern, &case.items)
    });
}

/// A tighter contiguity finds some of what a looser one finds.
#[test]
fn strict_is_in_relaxed_is_in_any() {
    for_all(Features::ALL, |case| {
        let linked = |link| all(&case.pattern.root.clone().linked(link), case);
        let [next, relaxed, any] = [Link::Next, Link::Relaxed, Link::Any].map(linked);
        next.is_subset(&relaxed) && relaxed.is_subset(&any)
    });
}

/// Every mode lets out some of all matches, and no match twice.
#[test]
fn modes_only_choose() {
    for_all(Features::ALL, |case| {
        let mut root = case.pattern.selected();
        if case.pattern.selection == Selection::Preferred {
            root = root.every_count();
        }
        let Pattern { window, partition, .. } = case.pattern;
        let all = Pattern { window, partition, ..Pattern::new(root) };
        let matches = |pattern| matches(&outputs(pattern, &case.items));
        let (chosen, all) = (matches(&case.pattern), matches(&all));
        let set: BTreeSet<_> = chosen.iter().collect();
        set.len() == chosen.len() && chosen.iter().all(|bound| all.contains(bound))
    });
}

fn matches(outputs: &[Emission]) -> Vec<Vec<Binding>> {
    let matches = outputs.iter().filter(|output| output.kind == Kind::Match);
    matches.map(|output| output.bound.clone()).collect()
}

/// After `PastLast` no two matches of a partition share an event or overlap, in either order.
#[test]
fn matches_do_not_overlap_after_past_last() {
    for_all(Features { partition: false, ..Features::ALL }, |case| {
        let pattern = Pattern { skip: Skip::PastLast, ..case.pattern.clone() };
        let spans = matches(&outputs(&pattern, &case.items));
        let mut spans: Vec<_> = spans.iter().map(|b| (b[0].1, b[b.len() - 1].1)).collect();
        spans.sort_unstable();
        spans.windows(2).all(|pair| pair[0].1 < pair[1].0)
    });
}

#[test]
fn a_selection_per_start_lets_out_one_match_per_start() {
    for_all(Features { partition: false, ..Features::ALL }, |case| {
        [Selection::FirstPerStart, Selection::LongestPerStart, Selection::Preferred]
            .into_iter()
            .all(|selection| {
                let pattern = Pattern { selection, ..case.pattern.clone() };
                let starts = matches(&outputs(&pattern, &case.items));
                let starts: Vec<_> = starts.iter().map(|bound| bound[0].1).collect();
                starts.iter().collect::<BTreeSet<_>>().len() == starts.len()
            })
    });
}

/// A partition is what its events alone would give: only consumption and limit see all.
#[test]
fn partitions_do_not_see_each_other() {
    for_all(Features { consume: false, limit: false, ..Features::ALL }, |case| {
        let pattern = Pattern { partition: true, ..case.pattern.clone() };
        let single = Pattern { partition: false, ..case.pattern.clone() };
        let mut apart = Vec::new();
        for key in 0..2 {
            // The others' events only tell the time.
            let own = |item: &Item| match *item {
                Item::Event(event) if event.key != key => Item::Watermark(event.time),
                item => item,
            };
            let own: Vec<_> = case.items.iter().map(own).collect();
            apart.extend(outputs(&single, &own));
        }
        let mut together = outputs(&pattern, &case.items);
        apart.sort();
        together.sort();
        together == apart
    });
}

/// The generator is worth its name: matches, time-outs and every window do occur.
#[test]
fn cases_are_not_idle() {
    let (mut matching, mut late, mut windows) = (0, 0, [0; 4]);
    for seed in 0..CASES {
        let case = Case::new(seed, Features::ALL);
        let outputs = outputs(&case.pattern, &case.items);
        matching += u64::from(outputs.iter().any(|output| output.kind == Kind::Match));
        late += u64::from(outputs.iter().any(|output| output.kind == Kind::TimedOut));
        let Window { time, events } = case.pattern.window;
        windows[usize::from(time.is_some()) + 2 * usize::from(events.is_some())] += 1;
    }
    assert!(matching > CASES / 3 && late > CASES / 5, "{matching} {late}");
    assert!(windows.iter().all(|&count| count > CASES / 20), "{windows:?}");
}
