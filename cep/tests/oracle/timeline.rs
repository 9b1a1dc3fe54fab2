//! What comes out, moment by moment: time-outs, skip, consumption, limit.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::Binding;
use super::output::{Emission, Found, Kind, Moment, NEVER, Phase, Wait, rank};
use super::pattern::{Consume, Order, Pattern, Skip};

pub struct Timeline<'a> {
    pattern: &'a Pattern,
    waits: &'a [Wait],
    /// Of each partition: runs that started before this item are gone.
    cuts: BTreeMap<u32, usize>,
    out: Vec<Emission>,
}

impl<'a> Timeline<'a> {
    pub fn new(pattern: &'a Pattern, waits: &'a [Wait]) -> Self {
        let keys = waits.iter().map(|wait| wait.key);
        Self { pattern, waits, cuts: keys.map(|key| (key, 0)).collect(), out: Vec::new() }
    }

    /// At each moment time-outs, then matches, in order.
    pub fn run(mut self, mut found: Vec<Found>) -> Vec<Emission> {
        let ends = self.waits.iter().map(|wait| wait.to).filter(|to| *to != NEVER);
        let mut moments: Vec<_> = found.iter().map(|found| found.moment).chain(ends).collect();
        moments.sort_unstable();
        moments.dedup();
        found.sort_by_key(|found| (found.moment, rank(found)));
        let mut coming = found.into_iter().peekable();
        let mut complete: Vec<Found> = Vec::new();
        for now in moments {
            self.time_outs(now);
            complete.extend(std::iter::from_fn(|| coming.next_if(|found| found.moment == now)));
            complete = self.matches(complete, now);
        }
        self.out
    }

    fn time_outs(&mut self, now: Moment) {
        let live = |wait: &&Wait| wait.to == now && wait.start() >= self.cut(wait.key);
        let late = self.waits.iter().filter(live);
        let mut late: Vec<_> =
            late.filter_map(|wait| Some((wait.timed_out?, &wait.bound))).collect();
        late.sort();
        late.dedup();
        let bounds = late.into_iter().map(|(_, bound)| bound.clone());
        self.out.extend(bounds.map(|bound| Emission { at: now.0, kind: Kind::TimedOut, bound }));
    }

    /// Lets out what may go; gives back what is held.
    fn matches(&mut self, mut complete: Vec<Found>, now: Moment) -> Vec<Found> {
        if self.is_leftmost() {
            complete.sort_by_key(Found::start);
        }
        let mut keys = BTreeSet::new();
        let mut held = Vec::new();
        for found in complete {
            let key = found.key;
            if found.start() < self.cut(key) {
                continue;
            }
            if self.is_leftmost() && self.is_blocked(&found, now) {
                held.push(found);
                continue;
            }
            let matches = |out: &&Emission| out.at == now.0 && out.kind == Kind::Match;
            let count = self.out.iter().filter(matches).count();
            if self.pattern.limit.is_none_or(|limit| count < limit) {
                keys.insert(key);
                self.raise(key, skip_to(self.pattern.skip, &found.bound));
                self.out.push(Emission { at: now.0, kind: Kind::Match, bound: found.bound });
            }
        }
        self.consume(now, keys);
        held
    }

    fn is_leftmost(&self) -> bool {
        self.pattern.order == Order::Leftmost && self.pattern.skip != Skip::None
    }

    /// Whether a run that started earlier still waits.
    fn is_blocked(&self, found: &Found, now: Moment) -> bool {
        let earlier = self.cut(found.key)..found.start();
        let blocks = |wait: &Wait| {
            wait.key == found.key
                && earlier.contains(&wait.start())
                && (wait.from..wait.to).contains(&now)
        };
        self.waits.iter().any(blocks)
    }

    /// An item with output ends the runs that are there after it.
    fn consume(&mut self, now: Moment, keys: BTreeSet<u32>) {
        let keys = match self.pattern.consume {
            Consume::Partition => keys,
            Consume::All if !keys.is_empty() => self.cuts.keys().copied().collect(),
            Consume::None | Consume::All => return,
        };
        // Timers go before the item's own event, which may start runs yet.
        let cut = if now.1 == Phase::Event { now.0 + 1 } else { now.0 };
        keys.into_iter().for_each(|key| self.raise(key, cut));
    }

    fn cut(&self, key: u32) -> usize {
        self.cuts.get(&key).copied().unwrap_or(0)
    }

    fn raise(&mut self, key: u32, to: usize) {
        let cut = self.cuts.entry(key).or_default();
        *cut = to.max(*cut);
    }
}

/// Runs that started before this item do not survive the match.
fn skip_to(skip: Skip, bound: &[Binding]) -> usize {
    let of = |step| bound.iter().filter(move |binding| binding.0 == step);
    match skip {
        Skip::None => 0,
        Skip::ToNext => bound[0].1 + 1,
        Skip::PastLast => bound[bound.len() - 1].1 + 1,
        // A step that is not bound skips nothing.
        Skip::ToFirst(step) => of(step).next().map_or(0, |binding| binding.1),
        Skip::ToLast(step) => of(step).next_back().map_or(0, |binding| binding.1),
    }
}
