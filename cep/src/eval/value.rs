//! Values that are not plain sums: fractions, or `f64` where a float is read.
//!
//! What the check of [`crate::ir`] found to fit 128 bits does, as conditions do: the operations here
//! are those that it counts. Measures are not checked; what outgrows 128 bits goes on as a float.

use std::cmp::Ordering;

use bytemuck::Pod;

use super::{View, whole};
use crate::field::RawField;
use crate::ir::{Aggregate, Decimal, Expr, Place, StepId, power_of_ten};
use crate::schema::{FieldId, FieldType, Function, Schema};

/// A number: a fraction (`numerator / (denominator * 10^scale)`), or a float.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Quantity {
    Exact { numerator: i128, denominator: i128, scale: u32 },
    Float(f64),
}

/// A field, with what its number means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    raw: RawField,
    /// Its decimals; `None` for a float.
    scale: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Fold {
    Count,
    Sum(Number),
    Min(Number),
    Max(Number),
    Avg(Number),
    Ewma(Number, f64),
    Vwap { price: Number, quantity: Number },
}

/// An expression, resolved down to the bytes that it reads.
#[derive(Debug, Clone)]
pub(crate) enum Formula {
    Number(Quantity),
    Field(Place, Number),
    Fold(Fold, Option<StepId>),
    Call(Function, Box<Self>),
    Sum(Vec<Self>),
    Negative(Box<Self>),
    Product(Vec<Self>),
    Ratio(Box<Self>, Box<Self>),
    MatchNumber,
    /// A name, which is no number.
    Classifier,
}

impl Formula {
    pub(crate) fn new(expr: &Expr, schema: &Schema) -> Self {
        let all = |parts: &[Expr]| parts.iter().map(|part| Self::new(part, schema)).collect();
        let number = |field| Number::new(field, schema);
        match expr {
            Expr::Number(number) => Self::Number(Quantity::decimal(*number)),
            Expr::Symbol { code, .. } => Self::Number(Quantity::whole(*code)),
            Expr::Bool(truth) => Self::Number(Quantity::whole((*truth).into())),
            Expr::Field { place, field } => Self::Field(*place, number(*field)),
            Expr::Aggregate { aggregate, over } => {
                let fold = match *aggregate {
                    Aggregate::Count => Fold::Count,
                    Aggregate::Sum(field) => Fold::Sum(number(field)),
                    Aggregate::Min(field) => Fold::Min(number(field)),
                    Aggregate::Max(field) => Fold::Max(number(field)),
                    Aggregate::Avg(field) => Fold::Avg(number(field)),
                    Aggregate::Ewma(field, weight) => {
                        Fold::Ewma(number(field), Quantity::decimal(weight).float())
                    }
                    Aggregate::Vwap { price, quantity } => {
                        Fold::Vwap { price: number(price), quantity: number(quantity) }
                    }
                };
                Self::Fold(fold, *over)
            }
            Expr::Call { function, argument } => {
                let function = schema.functions()[*function].clone();
                Self::Call(function, Box::new(Self::new(argument, schema)))
            }
            Expr::Sum(parts) => Self::Sum(all(parts)),
            Expr::Product(parts) => Self::Product(all(parts)),
            Expr::Negative(inner) => Self::Negative(Box::new(Self::new(inner, schema))),
            Expr::Ratio(dividend, divisor) => {
                let new = |expr| Box::new(Self::new(expr, schema));
                Self::Ratio(new(dividend), new(divisor))
            }
            Expr::MatchNumber => Self::MatchNumber,
            Expr::Classifier => Self::Classifier,
        }
    }

    /// `None` if it is undefined.
    pub(crate) fn value<E: Pod>(&self, view: &impl View<E>) -> Option<Quantity> {
        let all = |parts: &[Self], of: fn(Quantity, Quantity) -> Quantity| {
            let mut parts = parts.iter();
            let first = parts.next()?.value(view)?;
            parts.try_fold(first, |value, part| Some(of(value, part.value(view)?)))
        };
        match self {
            Self::Number(value) => Some(*value),
            Self::Field(place, number) => view.event(*place).map(|event| number.of(event)),
            Self::Fold(fold, over) => fold.value(*over, view),
            Self::Call(function, argument) => {
                let argument = argument.value(view)?.integer()?;
                Some(Quantity::whole(function.apply(argument).into()))
            }
            Self::Sum(parts) => all(parts, Quantity::plus),
            Self::Product(parts) => all(parts, Quantity::times),
            Self::Negative(inner) => Some(inner.value(view)?.times(Quantity::whole(-1))),
            Self::Ratio(dividend, divisor) => dividend.value(view)?.over(divisor.value(view)?),
            Self::MatchNumber => Some(Quantity::whole(view.match_number()?.into())),
            Self::Classifier => None,
        }
    }
}

impl Number {
    fn new(field: FieldId, schema: &Schema) -> Self {
        let stored = schema.field(field);
        let exact = stored.stored() != FieldType::F64;
        Self { raw: schema.raw(field), scale: exact.then(|| stored.scale().into()) }
    }

    fn of<E: Pod>(self, event: &E) -> Quantity {
        match self.scale {
            Some(scale) => {
                Quantity::Exact { numerator: whole(self.raw, event), denominator: 1, scale }
            }
            None => Quantity::Float(f64::from_bits(self.raw.bits(event))),
        }
    }
}

impl Fold {
    /// `None` over no events, except for a count.
    fn value<E: Pod>(self, over: Option<StepId>, view: &impl View<E>) -> Option<Quantity> {
        let reduce = |of: &dyn Fn(&E) -> Quantity, add: fn(Quantity, Quantity) -> Quantity| {
            let mut all = None;
            view.each(over, |event| {
                let value = of(event);
                all = Some(all.map_or(value, |all| add(all, value)));
            });
            all
        };
        let count = || reduce(&|_| Quantity::whole(1), Quantity::plus);
        match self {
            Self::Count => Some(count().unwrap_or(Quantity::whole(0))),
            Self::Sum(number) => reduce(&|event| number.of(event), Quantity::plus),
            Self::Min(number) => reduce(&|event| number.of(event), |one, other| {
                if other.compared(one) == Some(Ordering::Less) { other } else { one }
            }),
            Self::Max(number) => reduce(&|event| number.of(event), |one, other| {
                if other.compared(one) == Some(Ordering::Greater) { other } else { one }
            }),
            Self::Avg(number) => reduce(&|event| number.of(event), Quantity::plus)?.over(count()?),
            Self::Vwap { price, quantity } => {
                let worth = |event: &E| price.of(event).times(quantity.of(event));
                let quantity = reduce(&|event| quantity.of(event), Quantity::plus)?;
                reduce(&worth, Quantity::plus)?.over(quantity)
            }
            Self::Ewma(number, weight) => {
                // From the last event back: each older one weighs less, the first takes the rest.
                let (mut average, mut left, mut last) = (0.0, 1.0, None);
                view.each(over, |event| {
                    if let Some(value) = last.replace(number.of(event).float()) {
                        average += left * weight * value;
                        left *= 1.0 - weight;
                    }
                });
                last.map(|first| Quantity::Float(average + left * first))
            }
        }
    }
}

impl Quantity {
    pub(crate) const fn whole(numerator: i128) -> Self {
        Self::Exact { numerator, denominator: 1, scale: 0 }
    }

    fn decimal(number: Decimal) -> Self {
        Self::Exact { numerator: number.digits(), denominator: 1, scale: number.scale().into() }
    }

    pub(super) fn float(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Exact { numerator, denominator, scale } => {
                numerator as f64 / (denominator as f64 * 10_f64.powi(scale as i32))
            }
        }
    }

    /// Numerator and denominator, the latter positive; `None` for a float.
    pub(super) fn fraction(self) -> Option<Fraction> {
        let Self::Exact { numerator, denominator, scale } = self else { return None };
        Some((numerator, denominator.checked_mul(power_of_ten(scale)?)?))
    }

    /// The number, if it is whole.
    fn integer(self) -> Option<i128> {
        let (numerator, denominator) = self.fraction()?;
        (numerator % denominator == 0).then_some(numerator / denominator)
    }

    fn plus(self, other: Self) -> Self {
        let exact = || {
            let ((a, b), (c, d), scale) = aligned(self, other)?;
            let numerator = a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?;
            Some(Self::Exact { numerator, denominator: b.checked_mul(d)?, scale })
        };
        exact().unwrap_or_else(|| Self::Float(self.float() + other.float()))
    }

    fn times(self, other: Self) -> Self {
        let exact = || {
            let Self::Exact { numerator: a, denominator: b, scale } = self else { return None };
            let Self::Exact { numerator, denominator, scale: more } = other else { return None };
            let (numerator, denominator) = (a.checked_mul(numerator)?, b.checked_mul(denominator)?);
            Some(Self::Exact { numerator, denominator, scale: scale + more })
        };
        exact().unwrap_or_else(|| Self::Float(self.float() * other.float()))
    }

    /// `None` if `other` is zero.
    fn over(self, other: Self) -> Option<Self> {
        match other {
            Self::Exact { numerator: 0, .. } | Self::Float(0.0) => None,
            Self::Exact { numerator: divisor, .. } => {
                let exact = other.fraction().zip(divisor.checked_abs());
                let inverse = exact.map(|((_, unit), denominator)| Self::Exact {
                    numerator: unit * divisor.signum(),
                    denominator,
                    scale: 0,
                });
                Some(inverse.map_or_else(
                    || Self::Float(self.float() / other.float()),
                    |inverse| self.times(inverse),
                ))
            }
            Self::Float(divisor) => Some(Self::Float(self.float() / divisor)),
        }
    }

    /// `None` if one is not a number.
    pub(crate) fn compared(self, other: Self) -> Option<Ordering> {
        let exact = || {
            let (left, right, _) = aligned(self, other)?;
            Some(left.0.checked_mul(right.1)?.cmp(&right.0.checked_mul(left.1)?))
        };
        exact().or_else(|| self.float().partial_cmp(&other.float()))
    }
}

/// Numerator and denominator, the latter positive.
type Fraction = (i128, i128);

/// Both over the same power of ten; `None` if one is a float or too large.
fn aligned(left: Quantity, right: Quantity) -> Option<(Fraction, Fraction, u32)> {
    let Quantity::Exact { numerator: a, denominator: b, scale: one } = left else { return None };
    let Quantity::Exact { numerator: c, denominator: d, scale: other } = right else { return None };
    let scale = one.max(other);
    let a = a.checked_mul(power_of_ten(scale - one)?)?;
    let c = c.checked_mul(power_of_ten(scale - other)?)?;
    Some(((a, b), (c, d), scale))
}
