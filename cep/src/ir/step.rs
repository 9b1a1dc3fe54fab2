//! Steps, their numbers, and sets of them.

use super::condition::Condition;

/// Number of a step in its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(u8);

impl StepId {
    /// Most steps of a pattern.
    pub const MOST: usize = 63;

    /// The step numbered `index`.
    ///
    /// # Panics
    ///
    /// If `index` is not less than [`StepId::MOST`].
    #[must_use]
    pub const fn new(index: usize) -> Self {
        assert!(index < Self::MOST, "a pattern has at most 63 steps");
        Self(index as u8)
    }

    /// Its number, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A variable of the pattern: its name and what it asks of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What an event must meet to be bound to it.
    pub condition: Condition,
}

/// A set of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StepSet(u64);

impl StepSet {
    /// The set of `step` alone.
    #[must_use]
    pub const fn of(step: StepId) -> Self {
        Self(1 << step.0)
    }

    /// The steps of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The steps of both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Is `step` one of them?
    #[must_use]
    pub const fn contains(self, step: StepId) -> bool {
        self.0 >> step.0 & 1 == 1
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its steps, in order.
    pub fn iter(self) -> impl Iterator<Item = StepId> {
        (0..StepId::MOST as u8).map(StepId).filter(move |step| self.contains(*step))
    }
}
