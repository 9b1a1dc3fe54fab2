//! Since when the events of a batch in the making have been there, in bounded memory.

use std::time::{Duration, Instant};

/// Groups kept before their times are paired.
const LIMIT: usize = 256;

/// Pending events in order, grouped by the poll that found them.
#[derive(Debug)]
pub(super) struct PollGroups {
    groups: Vec<Group>,
    /// Events in all groups.
    events: usize,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    events: usize,
    since: Instant,
}

impl PollGroups {
    pub(super) fn new() -> Self {
        Self { groups: Vec::with_capacity(LIMIT), events: 0 }
    }

    /// There are `pending` events now; those not known yet count as there since then.
    pub(super) fn find(&mut self, pending: usize, since: Instant) {
        if pending <= self.events {
            return;
        }
        if self.groups.len() == LIMIT {
            self.pair();
        }
        self.groups.push(Group { events: pending - self.events, since });
        self.events = pending;
    }

    /// Halves the number of groups: two neighbours become one, of the earlier time.
    fn pair(&mut self) {
        for pair in 0..LIMIT / 2 {
            let (first, second) = (self.groups[2 * pair], self.groups[2 * pair + 1]);
            self.groups[pair] = Group { events: first.events + second.events, ..first };
        }
        self.groups.truncate(LIMIT / 2);
    }

    /// The first `len` events leave `now`; says of each group how long it was there.
    pub(super) fn leave(
        &mut self,
        len: usize,
        now: Instant,
        mut record: impl FnMut(Duration, usize),
    ) {
        let mut left = len;
        let mut emptied = 0;
        for group in &mut self.groups {
            let leaving = left.min(group.events);
            if leaving > 0 {
                record(now.saturating_duration_since(group.since), leaving);
            }
            group.events -= leaving;
            left -= leaving;
            if group.events > 0 {
                break;
            }
            emptied += 1;
        }
        self.groups.drain(..emptied);
        self.events -= len;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a list of every event's time: none is forgotten, the order is kept, and times
        /// err towards longer only, exact unless there were more polls than groups.
        #[test]
        fn times_err_towards_longer_only(
            steps in prop::collection::vec((0_usize..4, 0_u64..50, prop::option::of(0_usize..9)), 1..900),
        ) {
            let start = Instant::now();
            let mut now = start;
            let (mut groups, mut oracle) = (PollGroups::new(), Vec::new());
            let mut exact = true;
            for (arriving, pause, leaving) in steps {
                now += Duration::from_micros(pause);
                oracle.extend(std::iter::repeat_n(now, arriving));
                exact &= groups.groups.len() < LIMIT;
                groups.find(oracle.len(), now);
                prop_assert!(groups.groups.len() <= LIMIT);
                // Long runs in which nothing leaves, so that the groups fill up.
                let leaving = leaving.filter(|&events| events == 8).map_or(0, |_| oracle.len() / 2);
                let mut recorded = Vec::new();
                groups.leave(leaving, now, |delay, events| {
                    recorded.extend(std::iter::repeat_n(delay, events));
                });
                let truth: Vec<Duration> = oracle.drain(..leaving).map(|since| now - since).collect();
                prop_assert_eq!(recorded.len(), truth.len());
                for (recorded, truth) in recorded.iter().zip(&truth) {
                    prop_assert!(recorded >= truth);
                    prop_assert!(!exact || recorded == truth);
                }
            }
        }
    }

    #[test]
    fn full_groups_are_paired_and_keep_the_earlier_time() {
        let start = Instant::now();
        let us = Duration::from_micros(1);
        let mut groups = PollGroups::new();
        for event in 0..=LIMIT {
            groups.find(event + 1, start + us * event as u32);
        }
        assert_eq!(groups.groups.len(), LIMIT / 2 + 1);
        let mut recorded = Vec::new();
        groups.leave(4, start + us * 1000, |delay, events| recorded.push((delay, events)));
        assert_eq!(recorded, [(us * 1000, 2), (us * 998, 2)]);
    }
}
