//! Values that are not plain sums: fractions, or `f64` where a float is read.
//!
//! What the check of [`crate::ir`] found to fit 128 bits does: the operations here are those that
//! it counts.

use std::cmp::Ordering;

use bytemuck::Pod;

use super::{View, whole};
use crate::field::RawField;
use crate::ir::{Aggregate, Decimal, Expr, Place, StepId};
use crate::schema::{FieldId, FieldType, Function, Schema};

/// A number: a fraction (`numerator / (denominator * 10^scale)`), or a float.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
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
    Number(Value),
    Field(Place, Number),
    Fold(Fold, Option<StepId>),
    Call(Function, Box<Self>),
    Sum(Vec<Self>),
    Negative(Box<Self>),
    Product(Vec<Self>),
    Ratio(Box<Self>, Box<Self>),
    /// What only a measure can say.
    Undefined,
}

impl Formula {
    pub(crate) fn new(expr: &Expr, schema: &Schema) -> Self {
        let all = |parts: &[Expr]| parts.iter().map(|part| Self::new(part, schema)).collect();
        let number = |field| Number::new(field, schema);
        match expr {
            Expr::Number(number) => Self::Number(Value::decimal(*number)),
            Expr::Symbol { code, .. } => Self::Number(Value::whole(*code)),
            Expr::Bool(truth) => Self::Number(Value::whole((*truth).into())),
            Expr::Field { place, field } => Self::Field(*place, number(*field)),
            Expr::Aggregate { aggregate, over } => {
                let fold = match *aggregate {
                    Aggregate::Count => Fold::Count,
                    Aggregate::Sum(field) => Fold::Sum(number(field)),
                    Aggregate::Min(field) => Fold::Min(number(field)),
                    Aggregate::Max(field) => Fold::Max(number(field)),
                    Aggregate::Avg(field) => Fold::Avg(number(field)),
                    Aggregate::Ewma(field, weight) => {
                        Fold::Ewma(number(field), Value::decimal(weight).float())
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
            Expr::Classifier | Expr::MatchNumber => Self::Undefined,
        }
    }

    /// `None` if it is undefined.
    pub(crate) fn value<E: Pod>(&self, view: &impl View<E>) -> Option<Value> {
        let all = |parts: &[Self], of: fn(Value, Value) -> Value| {
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
                Some(Value::whole(function.apply(argument).into()))
            }
            Self::Sum(parts) => all(parts, Value::plus),
            Self::Product(parts) => all(parts, Value::times),
            Self::Negative(inner) => Some(inner.value(view)?.times(Value::whole(-1))),
            Self::Ratio(dividend, divisor) => dividend.value(view)?.over(divisor.value(view)?),
            Self::Undefined => None,
        }
    }
}

impl Number {
    fn new(field: FieldId, schema: &Schema) -> Self {
        let stored = schema.field(field);
        let exact = stored.stored() != FieldType::F64;
        Self { raw: schema.raw(field), scale: exact.then(|| stored.scale().into()) }
    }

    fn of<E: Pod>(self, event: &E) -> Value {
        match self.scale {
            Some(scale) => {
                Value::Exact { numerator: whole(self.raw, event), denominator: 1, scale }
            }
            None => Value::Float(f64::from_bits(self.raw.bits(event))),
        }
    }
}

impl Fold {
    /// `None` over no events, except for a count.
    fn value<E: Pod>(self, over: Option<StepId>, view: &impl View<E>) -> Option<Value> {
        let reduce = |of: &dyn Fn(&E) -> Value, add: fn(Value, Value) -> Value| {
            let mut all = None;
            view.each(over, |event| {
                let value = of(event);
                all = Some(all.map_or(value, |all| add(all, value)));
            });
            all
        };
        let count = || reduce(&|_| Value::whole(1), Value::plus);
        match self {
            Self::Count => Some(count().unwrap_or(Value::whole(0))),
            Self::Sum(number) => reduce(&|event| number.of(event), Value::plus),
            Self::Min(number) => reduce(&|event| number.of(event), |one, other| {
                if other.compared(one) == Some(Ordering::Less) { other } else { one }
            }),
            Self::Max(number) => reduce(&|event| number.of(event), |one, other| {
                if other.compared(one) == Some(Ordering::Greater) { other } else { one }
            }),
            Self::Avg(number) => reduce(&|event| number.of(event), Value::plus)?.over(count()?),
            Self::Vwap { price, quantity } => {
                let worth = |event: &E| price.of(event).times(quantity.of(event));
                let quantity = reduce(&|event| quantity.of(event), Value::plus)?;
                reduce(&worth, Value::plus)?.over(quantity)
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
                last.map(|first| Value::Float(average + left * first))
            }
        }
    }
}

impl Value {
    pub(crate) const fn whole(numerator: i128) -> Self {
        Self::Exact { numerator, denominator: 1, scale: 0 }
    }

    fn decimal(number: Decimal) -> Self {
        Self::Exact { numerator: number.digits(), denominator: 1, scale: number.scale().into() }
    }

    fn float(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Exact { numerator, denominator, scale } => {
                numerator as f64 / (denominator as f64 * 10_f64.powi(scale as i32))
            }
        }
    }

    /// The number, if it is whole.
    fn integer(self) -> Option<i128> {
        let Self::Exact { numerator, denominator, scale } = self else { return None };
        let divisor = denominator * 10_i128.pow(scale);
        (numerator % divisor == 0).then_some(numerator / divisor)
    }

    fn plus(self, other: Self) -> Self {
        match aligned(self, other) {
            Ok((left, right, scale)) => Self::Exact {
                numerator: left.0 * right.1 + right.0 * left.1,
                denominator: left.1 * right.1,
                scale,
            },
            Err((left, right)) => Self::Float(left + right),
        }
    }

    fn times(self, other: Self) -> Self {
        match (self, other) {
            (
                Self::Exact { numerator: n, denominator: d, scale },
                Self::Exact { numerator, denominator, scale: more },
            ) => Self::Exact {
                numerator: n * numerator,
                denominator: d * denominator,
                scale: scale + more,
            },
            _ => Self::Float(self.float() * other.float()),
        }
    }

    /// `None` if `other` is zero.
    fn over(self, other: Self) -> Option<Self> {
        match other {
            Self::Exact { numerator: 0, .. } => None,
            Self::Exact { numerator, denominator, scale } => {
                let numerator_over = denominator * 10_i128.pow(scale) * numerator.signum();
                let denominator = numerator * numerator.signum();
                Some(self.times(Self::Exact { numerator: numerator_over, denominator, scale: 0 }))
            }
            Self::Float(0.0) => None,
            Self::Float(divisor) => Some(Self::Float(self.float() / divisor)),
        }
    }

    /// `None` if one is not a number.
    pub(crate) fn compared(self, other: Self) -> Option<Ordering> {
        match aligned(self, other) {
            Ok((left, right, _)) => Some((left.0 * right.1).cmp(&(right.0 * left.1))),
            Err((left, right)) => left.partial_cmp(&right),
        }
    }
}

/// Numerator and denominator, the latter positive.
type Fraction = (i128, i128);

/// Both over the same power of ten; as floats if one is.
fn aligned(left: Value, right: Value) -> Result<(Fraction, Fraction, u32), (f64, f64)> {
    let (
        Value::Exact { numerator: a, denominator: b, scale: one },
        Value::Exact { numerator: c, denominator: d, scale: other },
    ) = (left, right)
    else {
        return Err((left.float(), right.float()));
    };
    let scale = one.max(other);
    let (left, right) = (a * 10_i128.pow(scale - one), c * 10_i128.pow(scale - other));
    Ok(((left, b), (right, d), scale))
}
