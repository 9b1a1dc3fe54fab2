//! What comes out at one moment, and what that ends: selection, time-outs, skip, consumption and
//! the limit.

use std::cmp::Ordering;

use super::matcher::{Found, Kind, Matcher};
use super::store::{Output, Store};
use crate::ir::{Consume, Order, Selection, Skip};

impl<E: bytemuck::Pod> Matcher<E> {
    /// Lets out what may go. Consumption ends the runs that started before `next`.
    pub(super) fn settle(&mut self, next: u64, sink: &mut impl FnMut(&Found<'_, E>)) {
        let idle = self.found.is_empty() && self.late.is_empty();
        if idle && self.held.is_empty() && self.best.is_empty() {
            return;
        }
        self.moment += 1;
        match self.plan.ir.selection {
            Selection::All => {}
            Selection::FirstPerStart => self.first_per_start(),
            Selection::LongestPerStart => self.longest_per_start(),
        }
        self.time_outs(sink);
        while let Some(mut found) = self.found.pop() {
            found.moment = self.moment;
            self.store.pass(found, &mut self.held);
        }
        self.matches(next, sink);
    }

    /// The best match of each start ends all runs with that start, which do not time out.
    fn first_per_start(&mut self) {
        let Self { store, found, late, .. } = self;
        found.sort_unstable_by(|one, other| {
            one.start.cmp(&other.start).then_with(|| rank(store, one, other))
        });
        let mut last = None;
        retain(found, store, |_, it| last.replace(it.start) != Some(it.start));
        for it in &*found {
            store.retain(it.partition, |_, run| run.start != it.start);
        }
        retain(late, store, |_, it| found.iter().all(|found| found.start != it.start));
    }

    /// The best match of each start waits until no run with that start does.
    fn longest_per_start(&mut self) {
        let Self { store, found, late, best, .. } = self;
        while let Some(it) = found.pop() {
            let Some(known) = best.iter_mut().find(|best| best.start == it.start) else {
                store.pass(it, best);
                continue;
            };
            let lexicographic =
                || store.chains.compare(it.last, known.last, |b| (b.sequence, b.step));
            let better = known.end.cmp(&it.end).then_with(lexicographic) == Ordering::Less;
            let worse = if better { std::mem::replace(known, it) } else { it };
            store.forget(worse);
        }
        retain(late, store, |_, it| best.iter().all(|best| best.start != it.start));
        let mut at = 0;
        while let Some(it) = best.get(at).copied() {
            if store.runs_of(it.partition).any(|run| run.start == it.start) {
                at += 1;
            } else {
                best.swap_remove(at);
                store.pass(it, found);
            }
        }
    }

    fn time_outs(&mut self, sink: &mut impl FnMut(&Found<'_, E>)) {
        let Self { store, late, .. } = self;
        let compare = |store: &Store<E>, one: &Output, other: &Output| {
            let bindings = || store.chains.compare(one.last, other.last, |b| (b.step, b.sequence));
            one.deadline.cmp(&other.deadline).then_with(bindings)
        };
        late.sort_unstable_by(|one, other| compare(store, one, other));
        for at in 0..self.late.len() {
            let it = self.late[at];
            let again = at > 0 && compare(&self.store, &self.late[at - 1], &it).is_eq();
            if self.plan.ir.emit_timeouts && !again {
                self.emit(it, Kind::TimedOut, sink);
            }
        }
        retain(&mut self.late, &mut self.store, |_, _| false);
    }

    fn matches(&mut self, next: u64, sink: &mut impl FnMut(&Found<'_, E>)) {
        let ir = &self.plan.ir;
        let leftmost = ir.order == Order::Leftmost && ir.skip != Skip::None;
        let (limit, consume) = (ir.limit.unwrap_or(u64::MAX), ir.consume);
        let store = &self.store;
        self.held.sort_unstable_by(|one, other| {
            let start = if leftmost { one.start.cmp(&other.start) } else { Ordering::Equal };
            start.then(one.moment.cmp(&other.moment)).then_with(|| rank(store, one, other))
        });
        let (mut kept, mut emitted) = (0, false);
        for at in 0..self.held.len() {
            let it = self.held[at];
            // The same bindings may come about in several ways.
            let again = kept > 0 && self.is_same(&self.held[kept - 1], &it);
            if it.start < self.store.partitions[it.partition].cut || again {
                self.store.forget(it);
                continue;
            }
            let earlier = |run: &super::store::Run| run.start < it.start;
            if leftmost && self.store.runs_of(it.partition).any(earlier) {
                self.held[kept] = it;
                kept += 1;
                continue;
            }
            let same = |last: &Output| self.is_same(last, &it);
            if self.count < limit && !self.emitted.last().is_some_and(same) {
                self.count += 1;
                emitted = true;
                self.emit(it, Kind::Match, sink);
                let cut = self.skip_to(&it);
                raise(&mut self.store, it.partition, cut);
                self.store.chains.hold(it.last);
                self.emitted.push(it);
            }
            self.store.forget(it);
        }
        self.held.truncate(kept);
        for it in self.emitted.drain(..) {
            self.store.chains.release(it.last);
            if consume == Consume::Partition {
                raise(&mut self.store, it.partition, next);
            }
        }
        if emitted && consume == Consume::All {
            (0..self.store.partitions.len()).for_each(|at| raise(&mut self.store, at, next));
        }
    }

    fn is_same(&self, one: &Output, other: &Output) -> bool {
        one.start == other.start
            && one.end == other.end
            && self.store.chains.compare(one.last, other.last, |b| (b.sequence, b.step)).is_eq()
    }

    /// Runs that started before this sequence do not survive the match.
    fn skip_to(&self, found: &Output) -> u64 {
        let of = |step| {
            let chain = self.store.chains.back(found.last).map(|(_, link)| link);
            chain.filter(move |link| link.step == step).map(|link| link.sequence)
        };
        match self.plan.ir.skip {
            Skip::None => 0,
            Skip::ToNext => found.start + 1,
            Skip::PastLast => found.end + 1,
            // A step that is not bound skips nothing.
            Skip::ToFirst(step) => of(step).last().unwrap_or(0),
            Skip::ToLast(step) => of(step).next().unwrap_or(0),
        }
    }

    fn emit(&mut self, it: Output, kind: Kind, sink: &mut impl FnMut(&Found<'_, E>)) {
        self.path.clear();
        self.path.extend(self.store.chains.back(it.last).map(|(at, _)| at));
        self.path.reverse();
        let partition = &mut self.store.partitions[it.partition];
        let match_number = (kind == Kind::Match).then(|| {
            partition.matches += 1;
            partition.matches
        });
        let (path, chains, truncated) = (&self.path, &self.store.chains, partition.truncated);
        sink(&Found { kind, path, chains, match_number, truncated });
    }
}

/// Ends the runs of partition `at` that started before `cut`.
fn raise<E: Copy>(store: &mut Store<E>, at: usize, cut: u64) {
    let partition = &mut store.partitions[at];
    if partition.used && cut > partition.cut {
        partition.cut = cut;
        store.retain(at, |_, run| run.start >= cut);
    }
}

/// The order in which matches of one moment come out: by end, by start, by bindings.
fn rank<E: Copy>(store: &Store<E>, one: &Output, other: &Output) -> Ordering {
    let key = |it: &Output| (it.deadline, it.end, it.start);
    let bindings = || store.chains.compare(one.last, other.last, |b| (b.sequence, b.step));
    key(one).cmp(&key(other)).then_with(bindings)
}

/// Keeps the outputs for which `keep` holds.
fn retain<E: Copy>(
    list: &mut Vec<Output>,
    store: &mut Store<E>,
    mut keep: impl FnMut(&Store<E>, &Output) -> bool,
) {
    list.retain(|it| {
        let kept = keep(store, it);
        if !kept {
            store.forget(*it);
        }
        kept
    });
}
