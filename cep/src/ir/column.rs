//! Columns that are derived from events in front of a pattern: aggregates over windows.

use super::condition::Condition;
use super::decimal::Decimal;
use crate::schema::FieldId;

/// A column of a stream, derived from the events before it and from the event itself.
///
/// It is a whole number in the units of the field that it aggregates (of one, if it is a count).
/// Where its window has no event it has no value, and a pattern does not see the event at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it is.
    pub aggregate: WindowAggregate,
    /// Only these events count: a condition on the event alone.
    pub filter: Condition,
    /// Each combination of these fields' values has a window of its own.
    pub partition_by: Vec<FieldId>,
    /// Which events it is about.
    pub frame: Frame,
}

impl Column {
    /// Most columns of a pattern.
    pub const MOST: usize = 8;

    /// Most bytes of all fields of a partition.
    pub const KEY_BYTES: usize = 8;
}

/// What is computed over a window. Fields are whole numbers; averages are rounded down to the
/// units of the field, sums beyond 64 bits stay at the largest or smallest number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WindowAggregate {
    /// How many events there are.
    Count,
    /// The sum of a field.
    Sum(FieldId),
    /// Its least value.
    Min(FieldId),
    /// Its largest value.
    Max(FieldId),
    /// Its mean.
    Avg(FieldId),
    /// Its value in the first event of the window, which does not slide.
    First(FieldId),
    /// Its value in the last event of the window.
    Last(FieldId),
    /// Volume-weighted average.
    Vwap {
        /// What is averaged.
        price: FieldId,
        /// Its weight, of at most 32 bits.
        quantity: FieldId,
    },
    /// Exponentially weighted moving average over all events so far.
    Ewma(FieldId, Decay),
}

impl WindowAggregate {
    /// What it is called in texts.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Count => "COUNT",
            Self::Sum(_) => "SUM",
            Self::Min(_) => "MIN",
            Self::Max(_) => "MAX",
            Self::Avg(_) => "AVG",
            Self::First(_) => "FIRST",
            Self::Last(_) => "LAST",
            Self::Vwap { .. } => "VWAP",
            Self::Ewma(..) => "EWMA",
        }
    }

    /// The field it is about, if any.
    #[must_use]
    pub const fn field(&self) -> Option<FieldId> {
        match *self {
            Self::Count => None,
            Self::Sum(field)
            | Self::Min(field)
            | Self::Max(field)
            | Self::Avg(field)
            | Self::First(field)
            | Self::Last(field)
            | Self::Vwap { price: field, .. }
            | Self::Ewma(field, _) => Some(field),
        }
    }
}

/// How an exponentially weighted moving average forgets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decay {
    /// The newest event has this weight, what was before the rest.
    Newest(Decimal),
    /// A value weighs half as much so many nanoseconds later.
    HalfLife(u64),
}

/// Which events a column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// All so far.
    All,
    /// Those less than so many nanoseconds older than the event.
    Range(u64),
    /// The last so many.
    Rows(u32),
    /// Those of the last window that has closed, at a multiple of so many nanoseconds.
    Tumble(u64),
    /// Those of the last window that has closed, with so many events.
    TumbleRows(u64),
}
