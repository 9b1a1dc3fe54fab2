//! What comes out of an event that completes matches, and what that ends.

use bytemuck::Pod;

use super::SharedMatcher;
use super::found::SharedMatch;
use super::totals::Totals;
use crate::ir::Consume;

impl<E: Pod> SharedMatcher<E> {
    /// Gives the matches that are complete.
    #[inline]
    pub(super) fn give(
        &mut self,
        position: u64,
        oldest: u64,
        found: &mut impl FnMut(&SharedMatch<'_, E>),
    ) {
        if self.tallies.is_some() {
            self.give_totals(oldest, found);
            return;
        }
        let Self { ring, counts, scope, arena, path, complete, selected, sorted, .. } = self;
        let mut left = self.most_matches;
        let mut truncated = scope.is_truncated(arena, oldest);
        let mut counts_lost = 0;
        let mut give = |path: &[u32], truncated| {
            if left == 0 {
                counts.events_cut += 1;
                return false;
            }
            left -= 1;
            counts.matches += 1;
            found(&SharedMatch { ring, path, truncated, totals: None });
            true
        };
        for root in complete.iter() {
            let mut lost = 0;
            arena.enumerate(*root, oldest, path, |path| {
                // Its first event is the oldest.
                let Some(first) = ring.get(path[path.len() - 1]) else {
                    lost += 1;
                    return true;
                };
                if !scope.spans(first.position, position) {
                    return true;
                }
                match (&mut *selected, &mut *sorted) {
                    (Some(selected), _) => selected.offer(path, ring),
                    (None, Some(sorted)) => {
                        if sorted.is_full(path) {
                            sorted.drain(ring, |path| give(path, truncated || lost > 0));
                        }
                        sorted.keep(path);
                    }
                    (None, None) => return give(path, truncated || lost > 0),
                }
                true
            });
            if lost > 0 {
                arena.lose(root.start);
                truncated = true;
            }
            counts_lost += lost;
        }
        if let Some(selected) = selected {
            selected.paths().all(|path| give(path, truncated));
            selected.clear();
        }
        if let Some(sorted) = sorted {
            sorted.drain(ring, |path| give(path, truncated));
        }
        counts.matches_lost += counts_lost;
    }

    /// Gives the number of matches that are complete.
    fn give_totals(&mut self, oldest: u64, found: &mut impl FnMut(&SharedMatch<'_, E>)) {
        let Self { ring, counts, scope, arena, complete, tallies: Some(tallies), .. } = self else {
            return;
        };
        let mut totals = Totals { count: 0, sum: None, is_exact: true };
        for root in complete.iter() {
            tallies.add(&mut totals, *root, oldest, arena);
        }
        if totals.count > 0 {
            let count = u64::try_from(totals.count).unwrap_or(u64::MAX);
            counts.matches = counts.matches.saturating_add(count);
            let path = &[arena.event(complete[0])];
            let truncated = scope.is_truncated(arena, oldest);
            found(&SharedMatch { ring, path, truncated, totals: Some(&totals) });
        }
    }

    /// Drops the partial matches that a match ends.
    pub(super) fn consume(&mut self, key: usize) {
        let keys = match self.scope.consume {
            Consume::None => return,
            Consume::Partition => key..key + 1,
            Consume::All => 0..self.keys.len(),
        };
        for partition in &mut self.partitions[keys.clone()] {
            partition.interest = 0;
        }
        let active = &mut self.active[keys.start * self.shape.words..keys.end * self.shape.words];
        for (at, states) in active.iter_mut().enumerate() {
            let all = std::mem::take(states);
            let impatient = all & self.shape.impatient[at % self.shape.words];
            self.impatient_now -= impatient.count_ones() as usize;
            self.active_now -= all.count_ones() as usize;
        }
    }
}
