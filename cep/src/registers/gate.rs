//! The quick look at a run that waits for one comparison of one field: the number that the field
//! must reach is computed once, when the run begins to wait.

use bytemuck::Pod;

use super::known::Known;
use super::layout::Layout;
use super::test::{Load, Role};
use crate::comparison::Comparison;
use crate::field::RawField;
use crate::ir::{Linear, Operand, Place, StepId};
use crate::schema::Schema;

/// Most different values.
pub(super) const MOST_VALUES: usize = 5;

/// What a gate is compared with: a multiple of a field, or its complement for an upper bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    field: RawField,
    /// More than zero.
    factor: i64,
    /// All bits for an upper bound, else none.
    flip: i64,
}

impl Value {
    /// The value of `event`; what exceeds 64 bits counts as the last number that does not.
    #[inline(always)]
    pub(super) fn number<E: Pod>(&self, event: &E) -> i64 {
        self.field.number(event).saturating_mul(self.factor) ^ self.flip
    }

    /// The field itself, for gates that are too large otherwise.
    pub(super) fn far(self) -> Self {
        Self { factor: 1, ..self }
    }
}

/// All values.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<Value>);

impl Values {
    /// The number of `value`; `None` if there are too many.
    fn add(&mut self, value: Value) -> Option<u8> {
        let at = self.0.iter().position(|known| *known == value).unwrap_or(self.0.len());
        if at == self.0.len() && at < MOST_VALUES {
            self.0.push(value);
        }
        (at < MOST_VALUES).then_some(at as u8)
    }

    pub(super) fn get(&self, at: u8) -> Value {
        self.0[usize::from(at)]
    }
}

/// How the number is computed: `factor * field + sum of terms + constant` compares with zero.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    /// More than zero.
    factor: i128,
    terms: Box<[(i128, Load)]>,
    /// Negated, and one less where equality counts.
    constant: i128,
    /// Is the field to be above something, not below?
    at_least: bool,
    pub(super) simple: Option<Simple>,
}

/// The least itself in 64 bits, for one field of the event that is bound:
/// `times * field + constant`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Simple {
    field: RawField,
    times: i64,
    constant: i64,
}

/// The least that lets a value pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Least {
    Near(i64),
    /// Of [`Value::far`].
    Far(i64),
    /// None passes.
    Never,
}

/// `linear` with a positive factor of the only field of the event under test: that factor and
/// field, and the other terms; `None` if it is no such comparison.
struct Form {
    factor: i128,
    field: crate::schema::FieldId,
    others: Vec<(i128, Operand)>,
    constant: i128,
    comparison: Comparison,
}

impl Form {
    fn of(linear: &Linear, role: &Role<'_>, schema: &Schema) -> Option<Self> {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let (mut current, mut others) = (None, Vec::new());
        for term in &linear.terms {
            // Only looked at: what it would read is made when a gate is.
            let (load, _) = role.resolve(term.operand, &mut Layout::new(), schema)?;
            match (load, term.operand) {
                (Some(Load::Current(_)), Operand::Field(_, field)) if current.is_none() => {
                    current = Some((term.factor, field));
                }
                (None | Some(Load::Word(_) | Load::Sum(_)), operand) => {
                    others.push((term.factor, operand));
                }
                _ => return None,
            }
        }
        let (factor, field) = current?;
        let turned = |comparison| match comparison {
            Less => Greater,
            LessOrEqual => GreaterOrEqual,
            Greater => Less,
            GreaterOrEqual => LessOrEqual,
            same => same,
        };
        if matches!(linear.comparison, Equal | NotEqual) {
            return None;
        }
        let (constant, comparison) = (linear.constant, linear.comparison);
        let form = Self { factor, field, others, constant, comparison };
        Some(if factor > 0 {
            form
        } else {
            Self {
                factor: -factor,
                others: form.others.iter().map(|(factor, it)| (-factor, *it)).collect(),
                constant: -constant,
                comparison: turned(comparison),
                ..form
            }
        })
    }

    fn at_least(&self) -> bool {
        matches!(self.comparison, Comparison::Greater | Comparison::GreaterOrEqual)
    }
}

/// The value that gates for `linear` are compared with, if there can be any.
pub(super) fn value(
    linear: &Linear,
    role: &Role<'_>,
    values: &mut Values,
    schema: &Schema,
) -> Option<u8> {
    let form = Form::of(linear, role, schema)?;
    let (field, flip) = (schema.raw(form.field), if form.at_least() { 0 } else { !0 });
    values.add(Value { field, flip, factor: form.factor.try_into().ok()? })
}

impl Gate {
    /// The gate of a state, tested in `role`, for runs that enter it by binding an event to
    /// `entered` where `before` was bound.
    pub(super) fn new(
        linear: &Linear,
        role: &Role<'_>,
        (entered, before): (StepId, &Known),
        layout: &mut Layout,
        schema: &Schema,
    ) -> Option<Self> {
        let form = Form::of(linear, role, schema)?;
        let at_least = form.at_least();
        let raw = |field| schema.raw(field);
        let mut constant = form.constant + form.factor * raw(form.field).bias();
        let mut terms = Vec::new();
        for (factor, operand) in form.others {
            let (load, more) = match operand {
                // What was just bound need not be kept.
                Operand::Field(place, field) if is_entered(place, role, entered, before) => {
                    (Some(Load::Current(raw(field))), raw(field).bias())
                }
                _ => role.resolve(operand, layout, schema)?,
            };
            constant += factor * more;
            terms.extend(load.map(|load| (factor, load)));
        }
        let Form { factor, comparison, .. } = form;
        let constant = -constant - i128::from(excludes(comparison));
        let simple = match terms[..] {
            [(times, Load::Current(field))] => {
                let small = |number: i128| i64::try_from(number).ok();
                let simple = |(times, constant)| Simple { field, times, constant };
                // `number <= rest` is `!number >= !rest`.
                let (times, constant) =
                    if at_least { (-times, constant + 1) } else { (times, -constant - 1) };
                small(times).zip(small(constant)).map(simple)
            }
            _ => None,
        };
        Some(Self { factor, terms: terms.into(), constant, at_least, simple })
    }

    /// What the value of a later event must reach, once `event` was bound.
    #[inline(always)]
    pub(super) fn least<E: Pod>(&self, words: &[u64], event: &E) -> Least {
        match self.simple.and_then(|simple| simple.least(event)) {
            Some(least) => Least::Near(least),
            None => self.least_exactly(words, event),
        }
    }

    #[inline(never)]
    fn least_exactly<E: Pod>(&self, words: &[u64], event: &E) -> Least {
        let mut rest = self.constant;
        for (factor, load) in &self.terms {
            rest -= factor * load.number(words, event);
        }
        let least = |rest: i128| if self.at_least { rest + 1 } else { !rest };
        // At the least number of all, a value that had to be cut would pass.
        match i64::try_from(least(rest)) {
            Ok(least) if least > i64::MIN => Least::Near(least),
            _ => match least(rest.div_euclid(self.factor)) {
                least if least > i64::MAX.into() => Least::Never,
                least => Least::Far(least.max(i64::MIN.into()) as i64),
            },
        }
    }
}

impl Simple {
    /// `None` if it does not fit.
    #[inline(always)]
    pub(super) fn least<E: Pod>(&self, event: &E) -> Option<i64> {
        let product = self.field.number(event).checked_mul(self.times)?;
        // At the least number of all, a value that had to be cut would pass.
        product.checked_add(self.constant).filter(|least| *least > i64::MIN)
    }
}

/// Does the quotient itself, if it is whole, count as the wrong side?
fn excludes(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::GreaterOrEqual | Comparison::Less)
}

/// Does `place`, read in `role`, name the event that was bound last, to `entered`?
fn is_entered(place: Place, role: &Role<'_>, entered: StepId, before: &Known) -> bool {
    match place {
        Place::Previous(1) => true,
        Place::First(over, later) => {
            over.is_none_or(|over| over == entered) && before.count(over) == later
        }
        Place::Last(step, back) => step == entered && back == u32::from(role.own == Some(step)),
        _ => false,
    }
}
