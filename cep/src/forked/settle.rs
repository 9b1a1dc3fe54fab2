//! What comes out at one moment, and what that ends: selection, time-outs, skip, consumption and
//! the limit.

use std::cmp::Ordering;

use super::chain::Bound;
use super::found::{Found, Kind};
use super::matcher::Matcher;
use super::outputs::{Output, Outputs};
use super::store::Store;
use crate::ir::{Consume, Order, Selection, Skip};

impl<E: bytemuck::Pod> Matcher<E> {
    /// Lets out what may go. Consumption ends the runs that started before `next`.
    pub(super) fn settle(&mut self, next: u64, sink: &mut impl FnMut(&Found<'_, E>)) {
        // Whatever began to wait to come out, or ended and kept something from it, is touched.
        if self.store.touched.is_empty() {
            return;
        }
        self.moment += 1;
        if self.plan.repeats {
            self.outdate();
        }
        match self.plan.ir.selection {
            Selection::All => {}
            Selection::FirstPerStart => self.first_per_start(),
            Selection::LongestPerStart => self.longest_per_start(),
            Selection::PreferredPerStart => self.preferred_per_start(),
        }
        self.time_outs(sink);
        while let Some(mut found) = self.found.list.pop() {
            found.moment = self.moment;
            self.store.pass(found, &mut self.held);
        }
        if !self.held.list.is_empty() {
            self.matches(next, sink);
        }
        self.store.forget_idle();
    }

    /// The same bindings may be a match now, and again when an absence has lasted: once is enough.
    fn outdate(&mut self) {
        let Self { plan, store, found, .. } = self;
        for it in &found.list {
            let mut slot = store.partitions[it.partition].runs.first;
            while let Some(&run) = store.runs.get(slot as usize) {
                let ends = run.start == it.start && plan.branches[run.branch].bind.is_none();
                let key = |bound: &Bound<E>| (bound.sequence, bound.step);
                if ends && store.chains.compare(run.last, it.last, key).is_eq() {
                    store.runs[slot as usize].stale = true;
                }
                slot = store.after(slot);
            }
        }
    }

    /// The best match of each start ends all runs with that start, which do not time out.
    fn first_per_start(&mut self) {
        let Self { store, found, late, .. } = self;
        found.list.sort_unstable_by(|one, other| {
            one.start.cmp(&other.start).then_with(|| rank(store, one, other))
        });
        let mut last = None;
        retain(found, store, |_, it| last.replace(it.start) != Some(it.start));
        let is_found =
            |start: u64| found.list.binary_search_by_key(&start, |found| found.start).is_ok();
        let mut cleared = None;
        for it in &found.list {
            // One event leads to matches of one partition only, time to those of several.
            if cleared.replace(it.partition) != Some(it.partition) {
                store.retain(it.partition, u64::MAX, |_, run| !is_found(run.start));
            }
        }
        retain(late, store, |_, it| !is_found(it.start));
    }

    /// The best match of each start waits until no run with that start does.
    fn longest_per_start(&mut self) {
        let Self { store, found, late, best, .. } = self;
        while let Some(it) = found.list.pop() {
            let Some(known) = best.list.iter_mut().find(|best| best.start == it.start) else {
                store.pass(it, best);
                continue;
            };
            let lexicographic =
                || store.chains.compare(it.last, known.last, |b| (b.sequence, b.step));
            let better = known.end.cmp(&it.end).then_with(lexicographic) == Ordering::Less;
            let worse = if better { std::mem::replace(known, it) } else { it };
            store.forget(worse);
        }
        retain(late, store, |_, it| best.list.iter().all(|best| best.start != it.start));
        let mut at = 0;
        while let Some(it) = best.list.get(at).copied() {
            let waits =
                |store: &Store<E>| store.runs_of(it.partition).any(|run| run.start == it.start);
            if !store.partitions[it.partition].touched || waits(store) {
                at += 1;
            } else {
                best.list.swap_remove(at);
                store.pass(it, found);
            }
        }
    }

    /// The best match of each start waits until no run with that start does that may come to a
    /// better one, and ends those that may not.
    fn preferred_per_start(&mut self) {
        let Self { store, found, late, best, .. } = self;
        while let Some(it) = found.list.pop() {
            let Some(known) = best.list.iter_mut().find(|best| best.start == it.start) else {
                store.pass(it, best);
                continue;
            };
            let better = store.chains.preference(it.tail(), known.tail()) == Ordering::Less;
            let worse = if better { std::mem::replace(known, it) } else { it };
            store.forget(worse);
        }
        retain(late, store, |_, it| best.list.iter().all(|best| best.start != it.start));
        let mut at = 0;
        while let Some(it) = best.list.get(at).copied() {
            let mut waits = !store.partitions[it.partition].touched;
            if !waits {
                store.retain(it.partition, u64::MAX, |store, run| {
                    let tail = (run.last, run.branch);
                    let same = run.start == it.start;
                    let kept = !same || store.chains.preference(tail, it.tail()) == Ordering::Less;
                    waits |= same && kept;
                    kept
                });
            }
            if waits {
                at += 1;
            } else {
                best.list.swap_remove(at);
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
        late.list.sort_unstable_by(|one, other| compare(store, one, other));
        for at in 0..self.late.list.len() {
            let it = self.late.list[at];
            let again = at > 0 && compare(&self.store, &self.late.list[at - 1], &it).is_eq();
            if !again {
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
        self.held.list.sort_unstable_by(|one, other| {
            let start = if leftmost { one.start.cmp(&other.start) } else { Ordering::Equal };
            start.then(one.moment.cmp(&other.moment)).then_with(|| rank(store, one, other))
        });
        let mut kept = 0;
        // The partition looked at last, and its earliest run.
        let mut earliest = None;
        for at in 0..self.held.list.len() {
            let it = self.held.list[at];
            let partition = &self.store.partitions[it.partition];
            if !partition.touched {
                self.held.list[kept] = it;
                kept += 1;
                continue;
            }
            // The same bindings may come about in several ways.
            let again = kept > 0 && self.is_same(&self.held.list[kept - 1], &it);
            if it.start < partition.cut || again {
                self.store.forget(it);
                continue;
            }
            if leftmost {
                let (_, first) =
                    earliest.filter(|(of, _)| *of == it.partition).unwrap_or_else(|| {
                        let starts = self.store.runs_of(it.partition).map(|run| run.start);
                        (it.partition, starts.min().unwrap_or(u64::MAX))
                    });
                earliest = Some((it.partition, first));
                if first < it.start {
                    self.held.list[kept] = it;
                    kept += 1;
                    continue;
                }
            }
            let same = |last: &Output| self.is_same(last, &it);
            if self.count < limit && !self.emitted.list.last().is_some_and(same) {
                self.count += 1;
                self.emit(it, Kind::Match, sink);
                let cut = self.skip_to(&it);
                raise(&mut self.store, it.partition, cut);
                earliest = None;
                self.store.keep(it, &mut self.emitted);
            }
            self.store.forget(it);
        }
        self.held.list.truncate(kept);
        if !self.emitted.list.is_empty() {
            self.consume(consume, next);
        }
        retain(&mut self.emitted, &mut self.store, |_, _| false);
    }

    /// There was output: ends what started before `next`, and what lost its runs to a skip.
    fn consume(&mut self, consume: Consume, next: u64) {
        let Self { store, held, best, emitted, .. } = self;
        let cut = if consume == Consume::All { next } else { 0 };
        match consume {
            Consume::None => {}
            Consume::Partition => {
                emitted.list.iter().for_each(|it| raise(store, it.partition, next));
            }
            Consume::All => store.cut_all(next),
        }
        for list in [held, best] {
            let kept = |store: &Store<E>, it: &Output| {
                it.start >= cut.max(store.partitions[it.partition].cut)
            };
            retain(list, store, kept);
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
fn raise<E: bytemuck::Pod>(store: &mut Store<E>, at: usize, cut: u64) {
    if cut > store.partitions[at].cut {
        store.partitions[at].cut = cut;
        store.retain(at, u64::MAX, |_, run| run.start >= cut);
    }
}

/// The order in which matches of one moment come out: by end, by start, by bindings.
fn rank<E: bytemuck::Pod>(store: &Store<E>, one: &Output, other: &Output) -> Ordering {
    let key = |it: &Output| (it.deadline, it.end, it.start);
    let bindings = || store.chains.compare(one.last, other.last, |b| (b.sequence, b.step));
    key(one).cmp(&key(other)).then_with(bindings)
}

/// Keeps the outputs for which `keep` holds.
fn retain<E: bytemuck::Pod>(
    list: &mut Outputs,
    store: &mut Store<E>,
    mut keep: impl FnMut(&Store<E>, &Output) -> bool,
) {
    list.list.retain(|it| {
        let kept = keep(store, it);
        if !kept {
            store.forget(*it);
        }
        kept
    });
}
