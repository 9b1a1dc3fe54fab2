//! The quick look at a run that waits for one comparison of one field: the number that the field
//! must exceed is computed once, when the run begins to wait.

use bytemuck::Pod;

use super::known::Known;
use super::layout::Layout;
use super::test::{Load, Role};
use crate::expr::Comparison;
use crate::field::RawField;
use crate::ir::{Linear, Operand, Place, StepId};
use crate::schema::Schema;

/// Most different fields and directions.
pub(super) const MOST_VALUES: usize = 4;

/// The fields that gates are about, each as it is, or turned round for an upper bound.
#[derive(Debug)]
pub(super) struct Values {
    list: Vec<(RawField, bool)>,
}

/// The number to be exceeded, and whether every number is large enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Above {
    pub(super) number: i64,
    pub(super) always: bool,
}

/// How the number is computed: `factor * field + sum of terms + constant` compares with zero.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    /// More than zero.
    factor: i128,
    terms: Box<[(i128, Load)]>,
    /// Negated, and one less where equality counts.
    constant: i128,
    comparison: Comparison,
    simple: Option<Simple>,
}

/// The same in 64 bits, for one field of the event that is bound: the quotient to be exceeded is
/// that of `times * field + constant`, as far as that fits.
#[derive(Debug, Clone, Copy)]
struct Simple {
    field: RawField,
    times: i64,
    constant: i64,
    divisor: i64,
    /// `2^64 / divisor`, rounded down.
    inverse: i128,
}

impl Simple {
    #[inline(always)]
    fn quotient<E: Pod>(&self, event: &E) -> Option<i64> {
        let rest = self.field.number(event).checked_mul(self.times)?.checked_add(self.constant)?;
        // Short of the quotient by one at most (or past it, below zero): multiplying twice takes
        // a third of the time of dividing.
        let near = ((i128::from(rest) * self.inverse) >> 64) as i64;
        let left = rest.wrapping_sub(near.wrapping_mul(self.divisor));
        Some(near + i64::from(left >= self.divisor) - i64::from(left < 0))
    }
}

impl Values {
    pub(super) fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// The number of the value that a gate on `field` looks at; `None` if there are too many.
    pub(super) fn add(&mut self, field: RawField, at_least: bool) -> Option<u8> {
        let known = self.list.iter().position(|value| *value == (field, at_least));
        let at = known.unwrap_or(self.list.len());
        if known.is_none() && at < MOST_VALUES {
            self.list.push((field, at_least));
        }
        (at < MOST_VALUES).then_some(at as u8)
    }

    /// The values of `event`.
    #[inline]
    pub(super) fn of<E: Pod>(&self, event: &E) -> [i64; MOST_VALUES] {
        let mut values = [0; MOST_VALUES];
        for (value, (field, at_least)) in values.iter_mut().zip(&self.list) {
            let number = field.number(event);
            *value = if *at_least { number } else { !number };
        }
        values
    }
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

/// The value that the gate for `linear` looks at, if there can be one.
pub(super) fn value(
    linear: &Linear,
    role: &Role<'_>,
    values: &mut Values,
    schema: &Schema,
) -> Option<u8> {
    let form = Form::of(linear, role, schema)?;
    values.add(schema.raw(form.field), form.at_least())
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
                small(-times).zip(small(constant)).zip(small(factor)).map(
                    |((times, constant), divisor)| {
                        let inverse = (1_i128 << 64) / i128::from(divisor);
                        Simple { field, times, constant, divisor, inverse }
                    },
                )
            }
            _ => None,
        };
        Some(Self { factor, terms: terms.into(), constant, comparison, simple })
    }

    /// What the event under test must exceed, once `event` was bound.
    #[inline(always)]
    pub(super) fn above<E: Pod>(&self, words: &[u64], event: &E) -> Above {
        use Comparison::{Greater, GreaterOrEqual};
        let at_least = matches!(self.comparison, Greater | GreaterOrEqual);
        if let Some(quotient) = self.simple.and_then(|simple| simple.quotient(event))
            && quotient < i64::MAX - 2
            && quotient > i64::MIN
        {
            return Above {
                number: if at_least { quotient } else { -quotient - 2 },
                always: false,
            };
        }
        self.above_exactly(words, event, at_least)
    }

    #[inline(never)]
    fn above_exactly<E: Pod>(&self, words: &[u64], event: &E, at_least: bool) -> Above {
        let mut rest = self.constant;
        for (factor, load) in &self.terms {
            rest -= factor * load.number(words, event);
        }
        let quotient = floor(rest, self.factor);
        // `field <= q` is `!field > -q - 2`.
        let above = if at_least { quotient } else { -quotient - 2 };
        let number = above.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        Above { number, always: above < i64::MIN.into() }
    }
}

/// Does the quotient itself, if it is whole, count as the wrong side?
fn excludes(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::GreaterOrEqual | Comparison::Less)
}

/// The quotient, rounded down; `divisor` is positive. Small numbers are divided as such, which is
/// several times as fast.
#[inline]
fn floor(dividend: i128, divisor: i128) -> i128 {
    match (i64::try_from(dividend), i64::try_from(divisor)) {
        (Ok(dividend), Ok(divisor)) => dividend.div_euclid(divisor).into(),
        _ => dividend.div_euclid(divisor),
    }
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

#[cfg(test)]
mod tests {
    use super::Simple;
    use crate::field::RawField;

    #[test]
    fn quotients_are_rounded_down() {
        let field = RawField::new("x", 0, 8, true, 8);
        for divisor in [1, 2, 3, 500, 1_000_000_007, i64::MAX] {
            let inverse = (1_i128 << 64) / i128::from(divisor);
            let simple = Simple { field, times: 1, constant: 0, divisor, inverse };
            let near = [0, 1, divisor - 1, divisor, i64::MAX - 1, i64::MAX, 77];
            for number in near.into_iter().flat_map(|it| [it, -it, !it]) {
                assert_eq!(
                    simple.quotient(&[number]),
                    Some(number.div_euclid(divisor)),
                    "{number} by {divisor}"
                );
            }
        }
    }
}
