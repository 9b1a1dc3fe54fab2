//! Values: numbers, fields of events of the match, aggregates over them, and arithmetic.

use super::decimal::Decimal;
use super::step::StepId;
use crate::schema::{FieldId, FieldType, Schema};

/// A value. Numbers are rational and exact (a fixed-point field is its stored integer divided by
/// a power of ten); they are compared by cross-multiplication, never rounded. Only what reads an
/// `f64` field, or an EWMA, is computed in `f64`.
///
/// What reads an event that is not bound, or divides by zero, is *undefined*.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A number.
    Number(Decimal),
    /// A symbol of a field's table.
    Symbol {
        /// The field.
        field: FieldId,
        /// The number that stands for it.
        code: i128,
    },
    /// A truth value.
    Bool(bool),
    /// A field of an event of the match.
    Field {
        /// Of which event.
        place: Place,
        /// Which field.
        field: FieldId,
    },
    /// An aggregate over events of the match so far, the current one included.
    Aggregate {
        /// What is computed.
        aggregate: Aggregate,
        /// Over the events bound to this step, or over all.
        over: Option<StepId>,
    },
    /// A function of the schema, by its index, applied to a whole number.
    Call {
        /// Which function.
        function: usize,
        /// Its argument.
        argument: Box<Expr>,
    },
    /// The sum of two or more values.
    Sum(Vec<Expr>),
    /// The value with the other sign.
    Negative(Box<Expr>),
    /// The product of two or more values.
    Product(Vec<Expr>),
    /// The first value divided by the second.
    Ratio(Box<Expr>, Box<Expr>),
    /// Name of the step that the match's last event is bound to; in measures only.
    Classifier,
    /// How many matches were emitted for the partition so far, this one included; in measures
    /// only.
    MatchNumber,
}

/// An event of the match, seen from the event under test (the match's last, in a measure).
///
/// While an event is tested for a step, it counts as bound to it: reading the step's last event
/// from its own condition reads the event under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The event under test.
    Current,
    /// The event that was bound so many events before it; 1 is the one before.
    Previous(u32),
    /// The event so many before it in its partition, bound or not; 1 is the one before.
    Row(u32),
    /// The first event bound to the step (to any, if `None`), or so many bound to it later.
    First(Option<StepId>, u32),
    /// The last event bound to the step, or so many bound to it earlier.
    Last(StepId, u32),
}

/// What is computed over several events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many there are.
    Count,
    /// The sum of a field.
    Sum(FieldId),
    /// Its least value.
    Min(FieldId),
    /// Its largest value.
    Max(FieldId),
    /// Its mean.
    Avg(FieldId),
    /// Its exponentially weighted moving average: `w * field + (1 - w) * average before`,
    /// starting at the first value.
    Ewma(FieldId, Decimal),
    /// Volume-weighted average: the sum of price times quantity, divided by the sum of quantity.
    Vwap {
        /// What is averaged.
        price: FieldId,
        /// Its weight.
        quantity: FieldId,
    },
}

impl Aggregate {
    /// The field it is about, if any.
    #[must_use]
    pub const fn field(&self) -> Option<FieldId> {
        match *self {
            Self::Count => None,
            Self::Sum(field) | Self::Min(field) | Self::Max(field) | Self::Avg(field) => {
                Some(field)
            }
            Self::Ewma(field, _) | Self::Vwap { price: field, .. } => Some(field),
        }
    }
}

impl Expr {
    /// The value with the other sign; of a number, the number.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Number(number) => Self::Number(number.negated()),
            other => Self::Negative(Box::new(other)),
        }
    }

    /// Calls `visit` for this value and for every value inside it.
    pub fn visit(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        match self {
            Self::Sum(parts) | Self::Product(parts) => {
                for part in parts {
                    part.visit(visit);
                }
            }
            Self::Negative(inner) | Self::Call { argument: inner, .. } => inner.visit(visit),
            Self::Ratio(dividend, divisor) => {
                dividend.visit(visit);
                divisor.visit(visit);
            }
            _ => {}
        }
    }

    /// Is the value computed in `f64`?
    #[must_use]
    pub fn is_float(&self, schema: &Schema) -> bool {
        let floats = |field: FieldId| schema.field(field).stored() == FieldType::F64;
        let mut float = false;
        self.visit(&mut |expr| {
            float |= match expr {
                Self::Field { field, .. } => floats(*field),
                Self::Aggregate { aggregate: Aggregate::Ewma(..), .. } => true,
                Self::Aggregate { aggregate: Aggregate::Vwap { price, quantity }, .. } => {
                    floats(*price) || floats(*quantity)
                }
                Self::Aggregate { aggregate, .. } => aggregate.field().is_some_and(floats),
                _ => false,
            };
        });
        float
    }
}
