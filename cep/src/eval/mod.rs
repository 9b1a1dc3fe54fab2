//! Conditions on an event and the events bound before it, and measures over a match, made ready to
//! be evaluated often.
//!
//! Exact and three-valued as [`crate::ir`] defines them, without allocation: a comparison becomes
//! a sum of stored integers where it has that form ([`crate::ir::Linear`]), else it is computed
//! in fractions, or in `f64` where it reads floats. Where the bound events are kept is the
//! matcher's business; it shows them through [`View`].

mod measure;
mod rational;
#[cfg(test)]
mod tests;
mod value;

use bytemuck::Pod;

use crate::comparison::Comparison;
use crate::field::RawField;
use crate::ir::{
    Aggregate, Condition, Expr, Linear, Opaque, Operand, Place, StepId, TooLarge, check_magnitude,
};
use crate::schema::{FieldId, Schema};
pub(crate) use measure::value;
pub use measure::{Bindings, Measures, Value};
pub use rational::Rational;
use value::Formula;

/// An event under test, and what is bound before it.
pub(crate) trait View<E> {
    /// The event at `place`, if there is one.
    fn event(&self, place: Place) -> Option<&E>;

    /// Calls `visit` for every event bound to `over` (to any step, if `None`), the last one first.
    fn each(&self, over: Option<StepId>, visit: impl FnMut(&E));

    /// Which match of its partition it is, if it is one.
    fn match_number(&self) -> Option<u64> {
        None
    }
}

/// A condition, resolved down to the bytes that it reads.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Sum { terms: Vec<(i128, Read)>, constant: i128, comparison: Comparison },
    Values { left: Formula, comparison: Comparison, right: Formula },
    IsNull(Formula),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Opaque(Opaque),
}

/// A whole number of the match so far.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Read {
    Field(Place, RawField),
    Count(Option<StepId>),
    Sum(RawField, Option<StepId>),
    Min(RawField, Option<StepId>),
    Max(RawField, Option<StepId>),
}

impl Test {
    /// Resolves `condition` against `schema`.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if the values of some event might not fit 128 bits.
    pub(crate) fn new(condition: &Condition, schema: &Schema) -> Result<Self, TooLarge> {
        let all = |parts: &[Condition]| {
            let tests = parts.iter().map(|part| Self::new(part, schema));
            tests.collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            Condition::Compare { left, comparison, right } => {
                Self::compare(left, *comparison, right, schema)?
            }
            Condition::IsNull(value) => Self::IsNull(Formula::new(value, schema)),
            Condition::All(parts) => Self::All(all(parts)?),
            Condition::Any(parts) => Self::Any(all(parts)?),
            Condition::Not(part) => Self::Not(Box::new(Self::new(part, schema)?)),
            Condition::Opaque(opaque) => Self::Opaque(opaque.clone()),
        })
    }

    fn compare(
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
        schema: &Schema,
    ) -> Result<Self, TooLarge> {
        if let Some(linear) = Linear::of(left, comparison, right, schema)? {
            let read = |operand| Read::new(operand, schema);
            let terms = linear.terms.iter().map(|term| (term.factor, read(term.operand))).collect();
            return Ok(Self::Sum { terms, constant: linear.constant, comparison });
        }
        if !left.is_float(schema) && !right.is_float(schema) {
            check_magnitude(left, right, schema)?;
        }
        let (left, right) = (Formula::new(left, schema), Formula::new(right, schema));
        Ok(Self::Values { left, comparison, right })
    }

    /// Is it true? Unknown is not.
    pub(crate) fn holds<E: Pod>(&self, view: &impl View<E>) -> bool {
        self.truth(view) == Some(true)
    }

    /// `None` is unknown.
    fn truth<E: Pod>(&self, view: &impl View<E>) -> Option<bool> {
        match self {
            Self::Sum { terms, constant, comparison } => {
                let mut sum = *constant;
                for (factor, read) in terms {
                    sum += factor * read.number(view)?;
                }
                Some(comparison.holds(sum))
            }
            Self::Values { left, comparison, right } => {
                let order = left.value(view)?.compared(right.value(view)?);
                // Where one is not a number, only `<>` holds.
                Some(order.map_or(*comparison == Comparison::NotEqual, |order| {
                    comparison.holds(order as i128)
                }))
            }
            Self::IsNull(value) => Some(value.value(view).is_none()),
            Self::All(parts) => extreme(parts, false, view),
            Self::Any(parts) => extreme(parts, true, view),
            Self::Not(part) => part.truth(view).map(|truth| !truth),
            Self::Opaque(opaque) => {
                Some(opaque.test(bytemuck::bytes_of(view.event(Place::Current)?)))
            }
        }
    }
}

/// `decisive` if one part is; unknown if one is; else the other.
fn extreme<E: Pod>(parts: &[Test], decisive: bool, view: &impl View<E>) -> Option<bool> {
    let mut truth = Some(!decisive);
    for part in parts {
        match part.truth(view) {
            Some(part) if part == decisive => return Some(decisive),
            Some(_) => {}
            None => truth = None,
        }
    }
    truth
}

impl Read {
    fn new(operand: Operand, schema: &Schema) -> Self {
        let raw = |field: FieldId| schema.raw(field);
        match operand {
            Operand::Field(place, field) => Self::Field(place, raw(field)),
            Operand::Aggregate(Aggregate::Sum(field), over) => Self::Sum(raw(field), over),
            Operand::Aggregate(Aggregate::Min(field), over) => Self::Min(raw(field), over),
            Operand::Aggregate(Aggregate::Max(field), over) => Self::Max(raw(field), over),
            Operand::Aggregate(_, over) => Self::Count(over),
        }
    }

    fn number<E: Pod>(self, view: &impl View<E>) -> Option<i128> {
        let fold = |field: RawField, over, add: fn(i128, i128) -> i128| {
            let mut all = None;
            view.each(over, |event| {
                let number = whole(field, event);
                all = Some(all.map_or(number, |all| add(all, number)));
            });
            all
        };
        match self {
            Self::Field(place, field) => view.event(place).map(|event| whole(field, event)),
            Self::Sum(field, over) => fold(field, over, |sum, number| sum + number),
            Self::Min(field, over) => fold(field, over, i128::min),
            Self::Max(field, over) => fold(field, over, i128::max),
            Self::Count(over) => {
                let mut count = 0;
                view.each(over, |_| count += 1);
                Some(count)
            }
        }
    }
}

fn whole<E: Pod>(field: RawField, event: &E) -> i128 {
    i128::from(field.number(event)) + field.bias()
}
