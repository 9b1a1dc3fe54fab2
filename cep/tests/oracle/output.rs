//! What comes out, and when: selection, after-match skip, consumption, time-outs, limit.
//!
//! Works on the set of all matches and of all waits that `search` found, moment by moment.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::Binding;
use super::pattern::{Consume, Event, Item, Order, Pattern, Selection, Skip};
use super::search::{Complete, Partial, Search};

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
enum Phase {
    Timers,
    Event,
}

type Moment = (usize, Phase);

/// After every item.
const NEVER: Moment = (usize::MAX, Phase::Timers);

struct Found {
    key: u32,
    bound: Vec<Binding>,
    deadline: Option<u64>,
    moment: Moment,
}

struct Wait {
    key: u32,
    bound: Vec<Binding>,
    from: Moment,
    to: Moment,
    /// The deadline, if it is what ends the wait.
    timed_out: Option<u64>,
}

impl Found {
    fn start(&self) -> usize {
        self.bound[0].1
    }

    /// Bindings in the order of events, each with its step.
    fn lexicographic(&self) -> Vec<(usize, usize)> {
        self.bound.iter().map(|&(step, at)| (at, step)).collect()
    }
}

/// Everything that `pattern` says about `items`, in the order of emission.
pub fn outputs(pattern: &Pattern, items: &[Item]) -> Vec<Emission> {
    let (mut found, waits) = everything(pattern, items);
    match pattern.selection {
        Selection::All | Selection::Next | Selection::Strict => {}
        Selection::FirstPerStart => first_per_start(&mut found),
        Selection::LongestPerStart => longest_per_start(&mut found, &waits),
    }
    emissions(pattern, found, &waits)
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
        let search = Search::new(&root, &events, pattern.window, pattern.gap);
        let mut seen = BTreeSet::new();
        for complete in search.complete {
            if seen.insert(complete.bound.clone()) {
                found.extend(completed(complete, key, at, items));
            }
        }
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

fn completed(complete: Complete, key: u32, at: &[usize], items: &[Item]) -> Option<Found> {
    let bound = renamed(&complete.bound, at);
    let last = bound[bound.len() - 1].1;
    let moment = match complete.deadline {
        None => (last, Phase::Event),
        Some(deadline) => fired(deadline, last, items),
    };
    (moment != NEVER).then_some(Found { key, bound, deadline: complete.deadline, moment })
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
    Wait { key, bound, from: (last, Phase::Event), to: over.min(late).min(end), timed_out }
}

/// The order in which matches of one moment come out: by end, by start, by bindings.
type Rank = (u64, usize, usize, Vec<(usize, usize)>);

fn rank(found: &Found) -> Rank {
    let end = found.bound[found.bound.len() - 1].1;
    (found.deadline.unwrap_or(0), end, found.start(), found.lexicographic())
}

fn first_per_start(found: &mut Vec<Found>) {
    found.sort_by_key(|found| (found.moment, rank(found)));
    let mut seen = BTreeSet::new();
    found.retain(|found| seen.insert((found.key, found.start())));
}

/// Out as soon as nothing with the same start still waits.
fn longest_per_start(found: &mut Vec<Found>, waits: &[Wait]) {
    let end = |found: &Found| found.bound[found.bound.len() - 1].1;
    found.sort_by_key(|found| (std::cmp::Reverse(end(found)), found.lexicographic()));
    let mut seen = BTreeSet::new();
    found.retain(|found| seen.insert((found.key, found.start())));
    for found in &mut *found {
        let same = |wait: &&Wait| wait.key == found.key && wait.bound[0].1 == found.start();
        let decided = waits.iter().filter(same).map(|wait| wait.to).max();
        found.moment = found.moment.max(decided.unwrap_or(found.moment));
    }
    found.retain(|found| found.moment != NEVER);
}

/// Moment by moment: time-outs, then matches, in order, as skip and consumption leave them.
fn emissions(pattern: &Pattern, found: Vec<Found>, waits: &[Wait]) -> Vec<Emission> {
    let mut moments: Vec<_> = found.iter().map(|found| found.moment).collect();
    moments.extend(waits.iter().map(|wait| wait.to).filter(|to| *to != NEVER));
    moments.sort_unstable();
    moments.dedup();

    let mut out = Vec::new();
    // Of each partition: runs that started before this item are gone.
    let mut cuts = BTreeMap::<u32, usize>::new();
    let mut found = found;
    found.sort_by_key(|found| (found.moment, rank(found)));
    let mut coming = found.into_iter().peekable();
    let mut complete: Vec<Found> = Vec::new();
    let leftmost = pattern.order == Order::Leftmost && pattern.skip != Skip::None;
    for now in moments {
        let cut = |cuts: &BTreeMap<u32, usize>, key| cuts.get(&key).copied().unwrap_or(0);
        timed_out(waits, now, |wait| wait.bound[0].1 >= cut(&cuts, wait.key), &mut out);
        while let Some(found) = coming.next_if(|found| found.moment == now) {
            complete.push(found);
        }
        if leftmost {
            complete.sort_by_key(Found::start);
        }
        let mut emitted = BTreeMap::<u32, usize>::new();
        let mut held = Vec::new();
        for found in std::mem::take(&mut complete) {
            let from = cut(&cuts, found.key);
            if found.start() < from {
                continue;
            }
            let blocks = |wait: &Wait| {
                let start = wait.bound[0].1;
                wait.key == found.key
                    && (from..found.start()).contains(&start)
                    && wait.from <= now
                    && now < wait.to
            };
            if leftmost && waits.iter().any(blocks) {
                held.push(found);
                continue;
            }
            let count = emitted.entry(found.key).or_insert(0);
            if pattern.limit.is_some_and(|limit| *count >= limit) {
                continue;
            }
            *count += 1;
            if let Some(skipped) = skip_to(pattern.skip, &found.bound) {
                cuts.insert(found.key, from.max(skipped));
            }
            out.push(Emission { at: now.0, kind: Kind::Match, bound: found.bound });
        }
        complete = held;
        consume(pattern.consume, now, &emitted, waits, &complete, &mut cuts);
    }
    out
}

fn timed_out(waits: &[Wait], now: Moment, live: impl Fn(&Wait) -> bool, out: &mut Vec<Emission>) {
    let mut late: Vec<_> = waits
        .iter()
        .filter(|wait| wait.to == now && live(wait))
        .filter_map(|wait| Some((wait.timed_out?, &wait.bound)))
        .collect();
    late.sort();
    late.dedup();
    let emission = |(_, bound): (_, &Vec<Binding>)| Emission {
        at: now.0,
        kind: Kind::TimedOut,
        bound: bound.clone(),
    };
    out.extend(late.into_iter().map(emission));
}

/// The first item at which a run may have started to survive this match. `None`: all may.
fn skip_to(skip: Skip, bound: &[Binding]) -> Option<usize> {
    let of = |step| move |binding: &&Binding| binding.0 == step;
    match skip {
        Skip::None => None,
        Skip::ToNext => Some(bound[0].1 + 1),
        Skip::PastLast => Some(bound[bound.len() - 1].1 + 1),
        Skip::ToFirst(step) => bound.iter().find(of(step)).map(|binding| binding.1),
        Skip::ToLast(step) => bound.iter().rev().find(of(step)).map(|binding| binding.1),
    }
}

/// An item with output ends the runs that are there after it.
fn consume(
    consume: Consume,
    now: Moment,
    emitted: &BTreeMap<u32, usize>,
    waits: &[Wait],
    complete: &[Found],
    cuts: &mut BTreeMap<u32, usize>,
) {
    let cut = if now.1 == Phase::Event { now.0 + 1 } else { now.0 };
    let keys: Vec<u32> = match consume {
        Consume::None => return,
        Consume::Partition => emitted.keys().copied().collect(),
        Consume::All if emitted.is_empty() => return,
        Consume::All => {
            let waiting = waits.iter().map(|wait| wait.key);
            waiting.chain(complete.iter().map(|found| found.key)).collect()
        }
    };
    for key in keys {
        let before = cuts.entry(key).or_insert(0);
        *before = cut.max(*before);
    }
}
