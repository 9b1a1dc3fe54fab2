//! What the event at hand asks of the runs that await a step, brought to one addition.
//!
//! Most steps compare the event with one field of one earlier event. The event's share of that
//! comparison is the same for every run, so it is summed once; a run then costs one product, one
//! addition and one comparison with zero.

use crate::comparison::Comparison;

/// One step's test, with the event's share in it. It starts open to every run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Gate {
    pub(crate) sum: i128,
    pub(crate) bound: Bound,
    /// More than one comparison of order with one register near at hand: ask the plan.
    pub(crate) complex: bool,
}

/// A register times a factor.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bound {
    pub(crate) register: usize,
    pub(crate) factor: i64,
}

impl Bound {
    #[inline(always)]
    pub(crate) fn times(&self, register: u64) -> i128 {
        i128::from(self.factor) * i128::from(register as i64)
    }
}

/// How a sum compares with zero, reduced to few cases by sign and by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    AtLeastZero,
    Zero,
    NotZero,
}

impl Against {
    /// The sign and the offset that bring `comparison` with zero to one of these.
    pub(crate) fn reduce(comparison: Comparison) -> (i64, i128, Self) {
        match comparison {
            Comparison::GreaterOrEqual => (1, 0, Self::AtLeastZero),
            Comparison::Greater => (1, -1, Self::AtLeastZero),
            Comparison::LessOrEqual => (-1, 0, Self::AtLeastZero),
            Comparison::Less => (-1, -1, Self::AtLeastZero),
            Comparison::Equal => (1, 0, Self::Zero),
            Comparison::NotEqual => (1, 0, Self::NotZero),
        }
    }

    #[inline(always)]
    pub(crate) fn holds(self, sum: i128) -> bool {
        match self {
            Self::AtLeastZero => sum >= 0,
            Self::Zero => sum == 0,
            Self::NotZero => sum != 0,
        }
    }
}
