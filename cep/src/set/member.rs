//! A pattern of a set: where it is matched, how it is found, and what came of it.

use super::PatternId;
use super::crews::Seat;
use super::index::Places;
use super::next::Next;
use crate::matching::{Found, Guard, Kind};

#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: PatternId,
    pub(super) seat: Seat,
    pub(super) places: Places,
    /// Where it waits for the next event of a key, if it ever does.
    pub(super) group: Option<u32>,
    /// If its window counts events, and it has no partition: how many of its group's it knows of.
    pub(super) known: Option<u64>,
    /// It waited for more keys than there was room for.
    pub(super) crowded: bool,
    pub(super) matches: u64,
    pub(super) timed_out: u64,
    pub(super) unseen: u64,
}

impl Member {
    /// How many events of its group it has not been shown since it was shown one, the event in
    /// hand apart.
    #[inline]
    pub(super) fn missed(&mut self, next: &Next) -> u64 {
        let (Some(known), Some(group)) = (&mut self.known, self.group) else { return 0 };
        let (seen, in_hand) = next.seen(group);
        seen - std::mem::replace(known, seen) - u64::from(in_hand)
    }

    /// Gives what it has found to `sink`, unless that has panicked before.
    #[inline]
    pub(super) fn give(
        &mut self,
        found: &Found<'_>,
        guard: &mut Guard,
        sink: &mut impl FnMut(PatternId, &Found<'_>),
    ) {
        let count = found.totals().map_or(1, |it| u64::try_from(it.count).unwrap_or(u64::MAX));
        match found.kind() {
            Kind::Match => self.matches = self.matches.saturating_add(count),
            Kind::TimedOut => self.timed_out += 1,
        }
        self.unseen += u64::from(!guard.run(|| sink(self.id, found)));
    }
}
