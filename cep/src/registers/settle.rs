//! What comes out at one moment, and what that ends: selection, skip, consumption and the limit.
//! The same rules as in [`crate::forked`].

use std::cmp::Ordering;

use bytemuck::Pod;

use super::layout::{BRANCHES, START, STATE, TIME};
use super::matcher::Matcher;
use super::outputs::{Found, Output};
use super::plan::{FRESH, Plan};
use crate::ir::{Consume, Order, Selection, Skip};

impl<E: Pod> Matcher<E> {
    /// Lets out what may go. Consumption ends the runs that started before `next`.
    pub(super) fn settle(&mut self, next: u64, sink: &mut impl FnMut(&Found<'_, E>)) {
        self.moment += 1;
        if self.plan.ir.selection == Selection::FirstPerStart {
            self.first_per_start();
        }
        let Self { outputs, blocks, counts, limits, moment, .. } = self;
        outputs.hold(limits.matches, *moment, blocks, counts);
        self.matches(next, sink);
    }

    /// The same after an event of the key in `head`, whose first run started with `first` before
    /// it: only then, or if something was found, may anything go.
    #[inline(never)]
    pub(super) fn settle_key(
        &mut self,
        head: u32,
        first: Option<u64>,
        next: u64,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) {
        if !self.outputs.found.is_empty() || self.blocks.first_start(head) != first {
            self.settle(next, sink);
        }
        self.held_until = if self.outputs.held.is_empty() {
            u64::MAX
        } else {
            // What other keys wait for has not changed.
            self.held_until.min(self.next_close(head))
        };
    }

    /// The best match of each start ends all runs with that start.
    fn first_per_start(&mut self) {
        let Self { outputs, arena, blocks, .. } = self;
        let found = &mut outputs.found;
        found.sort_unstable_by(|one, other| {
            let bindings = || arena.compare(one.last, other.last);
            one.start.cmp(&other.start).then_with(bindings)
        });
        let mut last = None;
        found.retain(|it| {
            let best = last.replace(it.start) != Some(it.start);
            if !best {
                blocks.let_go(it.head);
            }
            best
        });
        for it in &*found {
            blocks.retain(it.head, |run| run[START] != it.start);
        }
    }

    fn matches(&mut self, next: u64, sink: &mut impl FnMut(&Found<'_, E>)) {
        let ir = &self.plan.ir;
        let leftmost = self.plan.holds_back();
        let (limit, consume) = (ir.limit.unwrap_or(u64::MAX), ir.consume);
        let arena = &self.arena;
        self.outputs.held.sort_unstable_by(|one, other| {
            let start = if leftmost { one.start.cmp(&other.start) } else { Ordering::Equal };
            let bindings = || arena.compare(one.last, other.last);
            let key = |it: &Output| (it.moment, it.end, it.start);
            start.then(key(one).cmp(&key(other))).then_with(bindings)
        });
        let mut kept = 0;
        for at in 0..self.outputs.held.len() {
            let it = self.outputs.held[at];
            // The same bindings may come about in several ways.
            let again = kept > 0 && self.is_same(&self.outputs.held[kept - 1], &it);
            if it.start < self.blocks.cut(it.head).max(self.cut) || again {
                self.blocks.let_go(it.head);
                continue;
            }
            let earlier = self.blocks.first_start(it.head).is_some_and(|first| first < it.start);
            if leftmost && earlier {
                self.outputs.held[kept] = it;
                kept += 1;
                continue;
            }
            let same = self.outputs.emitted.last().is_some_and(|last| self.is_same(last, &it));
            if self.count < limit && !same {
                self.count += 1;
                self.emit(&it, sink);
                self.raise(it.head, self.skip_to(&it));
                self.outputs.emitted.push(it);
            }
            self.blocks.let_go(it.head);
        }
        self.outputs.held.truncate(kept);
        self.consume(consume, next);
    }

    fn consume(&mut self, consume: Consume, next: u64) {
        for at in 0..self.outputs.emitted.len() {
            match consume {
                Consume::None => break,
                Consume::Partition => self.raise(self.outputs.emitted[at].head, next),
                // Runs of other keys go when their key is looked at next.
                Consume::All => self.cut = self.cut.max(next),
            }
        }
        self.outputs.emitted.clear();
    }

    fn is_same(&self, one: &Output, other: &Output) -> bool {
        one.start == other.start
            && one.end == other.end
            && self.arena.compare(one.last, other.last).is_eq()
    }

    /// Runs that started before this sequence do not survive the match.
    fn skip_to(&self, found: &Output) -> u64 {
        let of = |step| {
            let chain = self.arena.back(found.last).map(|(_, link)| link);
            chain.filter(move |link| link.step() == step).map(|link| link.sequence)
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

    pub(super) fn emit(&mut self, it: &Output, sink: &mut impl FnMut(&Found<'_, E>)) {
        self.outputs.trace(it, &self.arena);
        self.counts.matches += 1;
        let recent = |lost: u64| it.end_time.saturating_sub(lost) < self.plan.window;
        let truncated = self.blocks.is_truncated(it.head) || self.lost_at.is_some_and(recent);
        let (path, events) = (&*self.outputs.path, &*self.outputs.events);
        sink(&Found { output: it, path, events, truncated });
    }

    /// Ends the runs of the key in `head` that started before `cut`.
    fn raise(&mut self, head: u32, cut: u64) {
        if cut > self.blocks.cut(head) {
            self.blocks.set_cut(head, cut);
            self.blocks.drop_while(head, |run| run[START] < cut);
        }
    }

    /// Drops the runs that are over at `time` from keys with held matches, which may then go.
    pub(super) fn release(&mut self, time: u64) {
        let Self { plan, blocks, outputs, .. } = self;
        for it in &outputs.held {
            blocks.retain(it.head, |run| plan.outlives(run, time));
        }
    }

    /// No held match can go before this time, unless its key has an event.
    pub(super) fn next_release(&self) -> u64 {
        let closes = self.outputs.held.iter().map(|it| self.next_close(it.head));
        closes.min().unwrap_or(u64::MAX)
    }

    /// When the first branch closes in which a run of the key in `head` waits.
    fn next_close(&self, head: u32) -> u64 {
        let (mut next, mut place) = (u64::MAX, self.blocks.begin(head));
        for _ in 0..self.blocks.len(head) {
            next = next.min(self.plan.closes(self.blocks.run(place)));
            place = self.blocks.after(place);
        }
        next
    }
}

impl Plan {
    /// May a match have to wait for another that starts earlier?
    pub(super) fn holds_back(&self) -> bool {
        self.ir.order == Order::Leftmost && self.ir.skip != Skip::None
    }

    /// When the first branch in which the run waits closes.
    fn closes(&self, run: &[u64]) -> u64 {
        self.closing(run).min().unwrap_or(u64::MAX)
    }

    /// Does the run still wait in some branch at `time`?
    pub(super) fn outlives(&self, run: &[u64], time: u64) -> bool {
        self.closing(run).any(|closes| closes > time)
    }

    /// When each branch in which the run waits closes.
    fn closing<'a>(&'a self, run: &'a [u64]) -> impl Iterator<Item = u64> + 'a {
        let after = |from: u64, length: Option<u64>| {
            length.map_or(u64::MAX, |length| from.saturating_add(length))
        };
        let window = run[TIME].saturating_add(self.window);
        let waiting = (run[STATE] >> BRANCHES) as u16 & !FRESH;
        let branches = self.states[run[STATE] as u16 as usize].iter().enumerate();
        let waiting = branches.filter(move |(at, _)| waiting >> at & 1 == 1);
        waiting.map(move |(_, branch)| {
            let last = self.last_time.map_or(0, |word| run[word]);
            window.min(after(last, branch.gap))
        })
    }
}
