//! What there is to come out: the matches and waits of all partitions on one scale of time, and of
//! the matches those that the selection takes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::condition::Binding;
use super::pattern::{Event, Item, Pattern, Selection};
use super::search::{Complete, Partial, Search};
use super::timeline::Timeline;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A partial match whose window or gap closed while it waited.
    TimedOut,
    Match,
}

/// One output. Bindings name items of the stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Emission {
    /// The item that let it out.
    pub at: usize,
    pub kind: Kind,
    pub bound: Vec<Binding>,
}

/// Every item first fires the deadlines up to its time, and then is an event or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Timers,
    Event,
}

pub type Moment = (usize, Phase);

/// After every item.
pub const NEVER: Moment = (usize::MAX, Phase::Timers);

pub struct Found {
    pub key: u32,
    pub bound: Vec<Binding>,
    pub deadline: Option<u64>,
    pub moment: Moment,
    order: usize,
}

pub struct Wait {
    pub key: u32,
    pub bound: Vec<Binding>,
    pub from: Moment,
    pub to: Moment,
    /// The deadline, if it is what ends the wait.
    pub timed_out: Option<u64>,
    order: usize,
}

impl Wait {
    pub fn start(&self) -> usize {
        self.bound[0].1
    }
}

impl Found {
    pub fn start(&self) -> usize {
        self.bound[0].1
    }

    /// Bindings in the order of events, each with its step.
    fn lexicographic(&self) -> Vec<(usize, usize)> {
        self.bound.iter().map(|&(step, at)| (at, step)).collect()
    }
}

/// Everything that `pattern` says about `items`, in the order of emission.
pub fn outputs(pattern: &Pattern, items: &[Item]) -> Vec<Emission> {
    let (mut found, mut waits) = everything(pattern, items);
    match pattern.selection {
        Selection::All | Selection::Next | Selection::Strict => {}
        Selection::FirstPerStart => first_per_start(&mut found, &mut waits),
        Selection::LongestPerStart => longest_per_start(&mut found, &mut waits),
        Selection::Preferred => preferred(&mut found, &mut waits),
    }
    Timeline::new(pattern, &waits).run(found)
}

/// All matches and all waits of all partitions.
fn everything(pattern: &Pattern, items: &[Item]) -> (Vec<Found>, Vec<Wait>) {
    let root = pattern.selected();
    let mut partitions = BTreeMap::<u32, Vec<usize>>::new();
    for (at, item) in items.iter().enumerate() {
        if let Item::Event(event) = item {
            let key = if pattern.partition { event.key } else { 0 };
            partitions.entry(key).or_default().push(at);
        }
    }
    let (mut found, mut waits) = (Vec::new(), Vec::new());
    for (&key, at) in &partitions {
        let event = |&at: &usize| match items[at] {
            Item::Event(event) => event,
            _ => unreachable!("only events are in partitions"),
        };
        let events: Vec<Event> = at.iter().map(event).collect();
        let prefers = pattern.selection == Selection::Preferred;
        let search = Search::new(&root, &events, pattern.window, prefers);
        // The same bindings may come about in several ways; the first to be complete counts.
        let completed = search.complete.into_iter().map(|it| completed(it, key, at, items));
        let mut matches: Vec<_> = completed.filter(|found| found.moment != NEVER).collect();
        match prefers {
            true => matches.sort_by_key(|found| found.order),
            false => matches.sort_by_key(|found| (found.moment, found.deadline)),
        }
        let mut seen = BTreeSet::new();
        found.extend(matches.into_iter().filter(|found| seen.insert(found.bound.clone())));
        waits.extend(search.partial.into_iter().map(|partial| waiting(partial, key, at, items)));
    }
    (found, waits)
}

/// The first item after `after` at which a deadline fires.
fn fired(deadline: u64, after: usize, items: &[Item]) -> Moment {
    let fires = |at: &usize| !matches!(items[*at], Item::End(_)) && items[*at].time() >= deadline;
    (after + 1..items.len()).find(fires).map_or(NEVER, |at| (at, Phase::Timers))
}

fn renamed(bound: &[Binding], at: &[usize]) -> Vec<Binding> {
    bound.iter().map(|&(step, position)| (step, at[position])).collect()
}

fn completed(complete: Complete, key: u32, at: &[usize], items: &[Item]) -> Found {
    let bound = renamed(&complete.bound, at);
    let last = bound[bound.len() - 1].1;
    let moment = match complete.deadline {
        None => (last, Phase::Event),
        Some(deadline) => fired(deadline, last, items),
    };
    Found { key, bound, deadline: complete.deadline, moment, order: complete.order }
}

fn waiting(partial: Partial, key: u32, at: &[usize], items: &[Item]) -> Wait {
    let bound = renamed(&partial.bound, at);
    let last = bound[bound.len() - 1].1;
    let over = partial.over.map_or(NEVER, |over| (at[over], Phase::Event));
    let closed = partial.deadline.map_or(NEVER, |deadline| fired(deadline, last, items));
    let full = partial.full.and_then(|full| at.get(full)).map_or(NEVER, |&at| (at, Phase::Timers));
    let end = items.iter().position(|item| matches!(item, Item::End(_)));
    let end = end.map_or(NEVER, |end| (end, Phase::Timers));
    let late = closed.min(full);
    let timed_out = (late < over && late != NEVER && !partial.absence)
        .then(|| partial.deadline.unwrap_or_else(|| items[late.0].time()));
    let (from, to) = ((last, Phase::Event), over.min(late).min(end));
    Wait { key, bound, from, to, timed_out, order: partial.order }
}

/// The order in which matches of one moment come out: by end, by start, by bindings.
pub type Rank = (u64, usize, usize, Vec<(usize, usize)>);

pub fn rank(found: &Found) -> Rank {
    let end = found.bound[found.bound.len() - 1].1;
    (found.deadline.unwrap_or(0), end, found.start(), found.lexicographic())
}

/// Once it is out, nothing with the same start is waited for.
fn first_per_start(found: &mut Vec<Found>, waits: &mut [Wait]) {
    found.sort_by_key(|found| (found.moment, rank(found)));
    let first = found.iter().rev().map(|found| (found.start(), found.moment));
    let first: BTreeMap<_, _> = first.collect();
    for wait in waits {
        if let Some(&first) = first.get(&wait.start()).filter(|first| **first <= wait.to) {
            wait.to = first;
            wait.timed_out = None;
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|found| seen.insert(found.start()));
}

/// Out as soon as nothing with the same start is waited for. What has matched is not timed out.
fn longest_per_start(found: &mut Vec<Found>, waits: &mut [Wait]) {
    let end = |found: &Found| found.bound[found.bound.len() - 1].1;
    found.sort_by_key(|found| (Reverse(end(found)), found.lexicographic()));
    for wait in &mut *waits {
        let same = |found: &&Found| found.start() == wait.start();
        if found.iter().filter(same).any(|found| found.moment <= wait.to) {
            wait.timed_out = None;
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|found| seen.insert(found.start()));
    for found in &mut *found {
        let same = |wait: &&Wait| wait.start() == found.start();
        let decided = waits.iter().filter(same).map(|wait| wait.to).max();
        found.moment = found.moment.max(decided.unwrap_or(found.moment));
    }
    found.retain(|found| found.moment != NEVER);
}

/// Out as soon as nothing with the same start is waited for that is preferred to it; then nothing
/// with that start is waited for at all. What has matched is not timed out.
fn preferred(found: &mut Vec<Found>, waits: &mut [Wait]) {
    for wait in &mut *waits {
        let same = |found: &&Found| found.start() == wait.start();
        if found.iter().filter(same).any(|found| found.moment <= wait.to) {
            wait.timed_out = None;
        }
    }
    found.sort_by_key(|found| found.order);
    let mut seen = BTreeSet::new();
    found.retain(|found| seen.insert(found.start()));
    for found in &mut *found {
        let before = |wait: &&Wait| wait.start() == found.start() && wait.order < found.order;
        let decided = waits.iter().filter(before).map(|wait| wait.to).max();
        found.moment = found.moment.max(decided.unwrap_or(found.moment));
        for wait in waits.iter_mut().filter(|wait| wait.start() == found.start()) {
            wait.to = wait.to.min(found.moment);
        }
    }
    found.retain(|found| found.moment != NEVER);
}
