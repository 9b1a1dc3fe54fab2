//! What a condition asks about events bound earlier, as flat comparisons of the event's fields
//! and the run's registers.

use bytemuck::Pod;

use super::known::Known;
use super::layout::{Layout, Register, sum_at, whole};
use super::why::Why;
use crate::comparison::Comparison;
use crate::field::RawField;
use crate::ir::{Aggregate, Condition, Decimal, Expr, Linear, Operand, Place, StepId};
use crate::schema::{FieldId, Schema};

/// A whole number of the event under test and the run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Load {
    /// A field of the event, without its bias.
    Current(RawField),
    /// A register.
    Word(usize),
    /// A register and one more.
    OneMore(usize),
    /// A sum.
    Sum(usize),
    /// A sum and a field of the event.
    SumWith(usize, RawField),
    MinWith(usize, RawField),
    MaxWith(usize, RawField),
}

/// `sum of factor * load + constant`, compared with zero.
#[derive(Debug, Clone)]
pub(super) struct Sum {
    pub(super) terms: Box<[(i128, Load)]>,
    pub(super) constant: i128,
    pub(super) comparison: Comparison,
}

/// A condition, or a part of one.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Sum(Sum),
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Not(Box<Self>),
    /// It reads an event that is not bound.
    Unknown,
}

/// Where a condition is tested: what is bound before, and the step that the event under test
/// counts as bound to, if it does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Role<'a> {
    pub(super) known: &'a Known,
    pub(super) own: Option<StepId>,
}

/// What an operand is in some role: undefined, or a load and a constant to be added to it.
type Resolved = Option<(Option<Load>, i128)>;

impl Role<'_> {
    fn is_own(&self, over: Option<StepId>) -> bool {
        self.own.is_some_and(|own| over.is_none_or(|over| over == own))
    }

    pub(super) fn resolve(
        &self,
        operand: Operand,
        layout: &mut Layout,
        schema: &Schema,
    ) -> Resolved {
        let raw = |field: FieldId| schema.raw(field);
        let bias = |field: FieldId| raw(field).bias();
        let current = |field| Some((Some(Load::Current(raw(field))), bias(field)));
        let mut kept =
            |register, field| Some((Some(Load::Word(layout.word(register))), bias(field)));
        match operand {
            Operand::Field(Place::Current, field) => current(field),
            Operand::Field(Place::Previous(back), field) => {
                let bound = back > 0 && self.known.count(None) >= back;
                bound.then(|| kept(Register::Previous(back, field), field))?
            }
            Operand::Field(Place::Row(_), _) => None,
            Operand::Field(Place::First(over, later), field) => {
                let count = self.known.count(over);
                if count > later {
                    return kept(Register::First(over, later, field), field);
                }
                (count == later && self.is_own(over)).then(|| current(field))?
            }
            Operand::Field(Place::Last(step, back), field) => {
                let own = self.is_own(Some(step));
                if own && back == 0 {
                    return current(field);
                }
                let back = back - u32::from(own);
                let bound = self.known.count(Some(step)) > back;
                bound.then(|| kept(Register::Last(step, back, field), field))?
            }
            Operand::Aggregate(aggregate, over) => self.aggregate(aggregate, over, layout, schema),
        }
    }

    fn aggregate(
        &self,
        aggregate: Aggregate,
        over: Option<StepId>,
        layout: &mut Layout,
        schema: &Schema,
    ) -> Resolved {
        let (none, own) = (self.known.count(over) == 0, self.is_own(over));
        if aggregate == Aggregate::Count {
            if none {
                return Some((None, own.into()));
            }
            let word = layout.word(Register::Count(over));
            return Some((Some(if own { Load::OneMore(word) } else { Load::Word(word) }), 0));
        }
        let field = aggregate.field()?;
        let raw = schema.raw(field);
        if none {
            return own.then_some((Some(Load::Current(raw)), raw.bias()));
        }
        Some(match (aggregate, own) {
            (Aggregate::Sum(_), own) => {
                let word = layout.word(Register::Sum(over, field));
                (Some(if own { Load::SumWith(word, raw) } else { Load::Sum(word) }), 0)
            }
            (Aggregate::Min(_), own) => {
                let word = layout.word(Register::Min(over, field));
                (Some(if own { Load::MinWith(word, raw) } else { Load::Word(word) }), raw.bias())
            }
            (Aggregate::Max(_), own) => {
                let word = layout.word(Register::Max(over, field));
                (Some(if own { Load::MaxWith(word, raw) } else { Load::Word(word) }), raw.bias())
            }
            _ => return None,
        })
    }

    /// Makes `condition`, of the step called `step`, ready to be tested.
    pub(super) fn test(
        &self,
        condition: &Condition,
        step: &str,
        layout: &mut Layout,
        schema: &Schema,
    ) -> Result<Test, Why> {
        let mut all = |parts: &[Condition]| {
            let parts = parts.iter().map(|part| self.test(part, step, layout, schema));
            parts.collect::<Result<Box<[_]>, _>>()
        };
        Ok(match condition {
            Condition::Compare { left, comparison, right } => {
                match linear(left, *comparison, right, step, schema)? {
                    Some(linear) => self.sum(&linear, layout, schema),
                    None => return Err(not_linear(step)),
                }
            }
            // What is bound is known state by state.
            Condition::IsNull(value @ (Expr::Field { .. } | Expr::Aggregate { .. })) => {
                let zero = Expr::Number(Decimal::new(0, 0));
                let linear = linear(value, Comparison::Equal, &zero, step, schema)?;
                match self.sum(&linear.ok_or_else(|| not_linear(step))?, layout, schema) {
                    Test::Unknown => Test::All([].into()),
                    _ => Test::Any([].into()),
                }
            }
            Condition::All(parts) => Test::All(all(parts)?),
            Condition::Any(parts) => Test::Any(all(parts)?),
            Condition::Not(part) => Test::Not(Box::new(self.test(part, step, layout, schema)?)),
            Condition::IsNull(_) | Condition::Opaque(_) => return Err(not_linear(step)),
        })
    }

    pub(super) fn sum(&self, linear: &Linear, layout: &mut Layout, schema: &Schema) -> Test {
        let (mut terms, mut constant) = (Vec::new(), linear.constant);
        for term in &linear.terms {
            let Some((load, more)) = self.resolve(term.operand, layout, schema) else {
                return Test::Unknown;
            };
            // Within what the check of the linear form leaves free.
            constant += term.factor * more;
            terms.extend(load.map(|load| (term.factor, load)));
        }
        Test::Sum(Sum { terms: terms.into(), constant, comparison: linear.comparison })
    }
}

/// The linear form of a comparison of step `step`.
pub(super) fn linear(
    left: &crate::ir::Expr,
    comparison: Comparison,
    right: &crate::ir::Expr,
    step: &str,
    schema: &Schema,
) -> Result<Option<Linear>, Why> {
    Linear::of(left, comparison, right, schema)
        .map_err(|source| Why::TooLarge { step: step.to_owned(), source })
}

fn not_linear(step: &str) -> Why {
    Why::Step { step: step.to_owned(), what: "reads bound events in more than sums of fields" }
}

impl Load {
    #[inline]
    pub(super) fn number<E: Pod>(self, words: &[u64], event: &E) -> i128 {
        match self {
            Self::Current(field) => field.number(event).into(),
            Self::Word(word) => (words[word] as i64).into(),
            Self::OneMore(word) => i128::from(words[word]) + 1,
            Self::Sum(word) => sum_at(words, word),
            Self::SumWith(word, field) => sum_at(words, word) + whole(field, event),
            Self::MinWith(word, field) => (words[word] as i64).min(field.number(event)).into(),
            Self::MaxWith(word, field) => (words[word] as i64).max(field.number(event)).into(),
        }
    }
}

impl Sum {
    #[inline]
    fn holds<E: Pod>(&self, words: &[u64], event: &E) -> bool {
        let mut sum = self.constant;
        for (factor, load) in &self.terms {
            sum += factor * load.number(words, event);
        }
        self.comparison.holds(sum)
    }
}

impl Test {
    /// Is it true of `event`, in the view of the run with these words? Unknown is not.
    #[inline]
    pub(super) fn holds<E: Pod>(&self, words: &[u64], event: &E) -> bool {
        match self {
            Self::Sum(sum) => sum.holds(words, event),
            other => other.truth(words, event) == Some(true),
        }
    }

    fn truth<E: Pod>(&self, words: &[u64], event: &E) -> Option<bool> {
        match self {
            Self::Sum(sum) => Some(sum.holds(words, event)),
            Self::All(parts) => extreme(parts, false, words, event),
            Self::Any(parts) => extreme(parts, true, words, event),
            Self::Not(part) => part.truth(words, event).map(|truth| !truth),
            Self::Unknown => None,
        }
    }
}

/// `decisive` if one part is; unknown if one is; else the other.
fn extreme<E: Pod>(parts: &[Test], decisive: bool, words: &[u64], event: &E) -> Option<bool> {
    let mut truth = Some(!decisive);
    for part in parts {
        match part.truth(words, event) {
            Some(part) if part == decisive => return Some(decisive),
            Some(_) => {}
            None => truth = None,
        }
    }
    truth
}
