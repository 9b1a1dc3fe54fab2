//! The earliest of many deadlines: a tree of minima over the slots.

/// By slot, when something must be woken; the largest number for never.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    /// The least of each pair below, from the root at 1; the slots are the second half.
    least: Vec<u64>,
    slots: usize,
}

impl Deadlines {
    /// Makes room for one more slot, without a deadline.
    pub(super) fn grow(&mut self) {
        self.slots += 1;
        let half = self.slots.next_power_of_two();
        if 2 * half != self.least.len() {
            let known = self.least.split_off(self.least.len() / 2);
            self.least = vec![u64::MAX; 2 * half];
            for (slot, deadline) in known.into_iter().enumerate() {
                self.set(slot as u32, deadline);
            }
        }
    }

    /// Gives `slot` a deadline.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, deadline: u64) {
        let mut at = self.least.len() / 2 + slot as usize;
        if self.least[at] == deadline {
            return;
        }
        self.least[at] = deadline;
        while at > 1 {
            let least = self.least[at].min(self.least[at ^ 1]);
            at /= 2;
            if std::mem::replace(&mut self.least[at], least) == least {
                return;
            }
        }
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.least.capacity() * size_of::<u64>()
    }

    /// Calls `due` for the slots whose deadline is at `time` or before, in order.
    #[inline]
    pub(super) fn due(&self, time: u64, due: &mut impl FnMut(u32)) {
        if self.least.get(1).is_some_and(|least| *least <= time) {
            self.below(1, time, due);
        }
    }

    fn below(&self, at: usize, time: u64, due: &mut impl FnMut(u32)) {
        // The largest number is no deadline, even at the end of time.
        if self.least[at] > time || self.least[at] == u64::MAX {
            return;
        }
        let half = self.least.len() / 2;
        if at >= half {
            return due((at - half) as u32);
        }
        self.below(2 * at, time, due);
        self.below(2 * at + 1, time, due);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::Deadlines;

    proptest! {
        #[test]
        fn due_are_those_at_the_time_or_before(
            changes in vec((0..9_u32, prop_oneof![0..20_u64, Just(u64::MAX)]), 0..60),
            time in prop_oneof![0..20_u64, Just(u64::MAX)],
        ) {
            let (mut deadlines, mut plain) = (Deadlines::default(), Vec::new());
            for (slot, deadline) in changes {
                while plain.len() <= slot as usize {
                    plain.push(u64::MAX);
                    deadlines.grow();
                }
                plain[slot as usize] = deadline;
                deadlines.set(slot, deadline);
            }
            let mut due = Vec::new();
            deadlines.due(time, &mut |slot| due.push(slot));
            let expected = (0..plain.len() as u32)
                .filter(|slot| plain[*slot as usize] <= time && plain[*slot as usize] != u64::MAX);
            prop_assert_eq!(due, expected.collect::<Vec<_>>());
        }
    }
}
