//! Comparisons brought to one exact form: whole numbers times stored fields, compared with zero.

use thiserror::Error;

use super::decimal::{Decimal, power_of_ten};
use super::expr::{Aggregate, Expr, Place};
use super::magnitude::{MOST_BITS, bits_of};
use super::step::StepId;
use crate::comparison::Comparison;
use crate::schema::{FieldId, FieldType, Schema};

/// `sum of factor * operand + constant`, compared with zero; in whole numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    /// The operands, each once, in order of first appearance; no factor is zero.
    pub terms: Vec<Term>,
    /// What is added.
    pub constant: i128,
    /// How the sum is compared with zero.
    pub comparison: Comparison,
}

/// `factor * operand`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The factor.
    pub factor: i128,
    /// What it multiplies.
    pub operand: Operand,
}

/// A whole number as it is stored, without regard to the field's decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A field of an event of the match.
    Field(Place, FieldId),
    /// A count, sum, least or largest value over events of the match.
    Aggregate(Aggregate, Option<StepId>),
}

/// A comparison whose numbers do not fit exact arithmetic in 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the comparison has numbers too large for exact arithmetic in 128 bits")]
pub struct TooLarge;

impl Linear {
    /// The linear form of `left comparison right`; `None` if it has none (it multiplies or
    /// divides fields, calls a function, or reads floats). Of averages it has one if they are all
    /// over the same events and are compared with a number alone: both sides are multiplied with
    /// how many events there are, which is at least one where an average is not `NULL`.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if its sum might leave the range of `i128` for some event.
    pub fn of(
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
        schema: &Schema,
    ) -> Result<Option<Self>, TooLarge> {
        let (Some(left), Some(right)) = (Form::of(left, schema)?, Form::of(right, schema)?) else {
            return Ok(None);
        };
        let mut form = left.plus(right.times(Fraction::whole(-1))?)?;
        form.terms.retain(|(_, factor)| factor.numerator != 0);
        let Some(Form { terms, constant }) = form.without_averages() else { return Ok(None) };
        let common = terms.iter().try_fold(constant.denominator, |common, (_, factor)| {
            let step = factor.denominator / gcd(common, factor.denominator);
            common.checked_mul(step).ok_or(TooLarge)
        })?;
        let whole = |fraction: &Fraction| {
            fraction.numerator.checked_mul(common / fraction.denominator).ok_or(TooLarge)
        };
        let constant = whole(&constant)?;
        let mut linear = Self { terms: Vec::new(), constant, comparison };
        for (operand, factor) in &terms {
            linear.terms.push(Term { factor: whole(factor)?, operand: *operand });
        }
        linear.reduce();
        linear.check(schema)?;
        Ok(Some(linear))
    }

    /// Divides everything by what all have in common.
    fn reduce(&mut self) {
        let common = self.terms.iter().fold(self.constant, |common, term| gcd(common, term.factor));
        if common > 1 {
            self.constant /= common;
            for term in &mut self.terms {
                term.factor /= common;
            }
        }
    }

    fn check(&self, schema: &Schema) -> Result<(), TooLarge> {
        let bits = |number: i128| 128 - number.unsigned_abs().leading_zeros();
        let terms = self.terms.iter().map(|term| bits(term.factor) + term.operand.bits(schema));
        let most = terms.fold(bits(self.constant), u32::max);
        let carries = usize::BITS - self.terms.len().leading_zeros();
        if most + carries <= MOST_BITS { Ok(()) } else { Err(TooLarge) }
    }
}

impl Operand {
    fn bits(&self, schema: &Schema) -> u32 {
        match *self {
            Self::Field(_, field) => bits_of(schema, field),
            Self::Aggregate(Aggregate::Count, _) => 32,
            Self::Aggregate(Aggregate::Sum(field), _) => bits_of(schema, field) + 32,
            Self::Aggregate(other, _) => other.field().map_or(0, |field| bits_of(schema, field)),
        }
    }
}

/// A linear combination of operands, with fractions.
struct Form {
    terms: Vec<(Operand, Fraction)>,
    constant: Fraction,
}

impl Form {
    fn of(expr: &Expr, schema: &Schema) -> Result<Option<Self>, TooLarge> {
        Ok(Some(match expr {
            Expr::Number(number) => Self::constant(Fraction::decimal(*number)?),
            Expr::Symbol { code, .. } => Self::constant(Fraction::whole(*code)),
            Expr::Bool(truth) => Self::constant(Fraction::whole(i128::from(*truth))),
            Expr::Field { place, field } => {
                return Self::read(Operand::Field(*place, *field), Some(*field), schema);
            }
            Expr::Aggregate { aggregate, over } => match aggregate {
                Aggregate::Count
                | Aggregate::Sum(_)
                | Aggregate::Min(_)
                | Aggregate::Max(_)
                | Aggregate::Avg(_) => {
                    let operand = Operand::Aggregate(*aggregate, *over);
                    return Self::read(operand, aggregate.field(), schema);
                }
                Aggregate::Ewma(..) | Aggregate::Vwap { .. } => return Ok(None),
            },
            Expr::Sum(parts) => {
                let mut sum = Self::constant(Fraction::whole(0));
                for part in parts {
                    let Some(part) = Self::of(part, schema)? else { return Ok(None) };
                    sum = sum.plus(part)?;
                }
                sum
            }
            Expr::Negative(inner) => {
                let Some(inner) = Self::of(inner, schema)? else { return Ok(None) };
                inner.times(Fraction::whole(-1))?
            }
            Expr::Product(parts) => {
                let mut product = Self::constant(Fraction::whole(1));
                for part in parts {
                    let Some(part) = Self::of(part, schema)? else { return Ok(None) };
                    product = match (product.number(), part.number()) {
                        (Some(factor), _) => part.times(factor)?,
                        (_, Some(factor)) => product.times(factor)?,
                        _ => return Ok(None),
                    };
                }
                product
            }
            Expr::Ratio(dividend, divisor) => {
                let (dividend, divisor) = (Self::of(dividend, schema)?, Self::of(divisor, schema)?);
                let (Some(dividend), Some(divisor)) = (dividend, divisor) else { return Ok(None) };
                match divisor.number() {
                    Some(number) if number.numerator != 0 => dividend.times(number.inverse()?)?,
                    _ => return Ok(None),
                }
            }
            Expr::Call { .. } | Expr::Classifier | Expr::MatchNumber => return Ok(None),
        }))
    }

    fn read(
        operand: Operand,
        field: Option<FieldId>,
        schema: &Schema,
    ) -> Result<Option<Self>, TooLarge> {
        let unit = match field.map(|field| schema.field(field)) {
            Some(field) if field.stored() == FieldType::F64 => return Ok(None),
            Some(field) => Decimal::new(1, field.scale()),
            None => Decimal::from(1),
        };
        let terms = vec![(operand, Fraction::decimal(unit)?)];
        Ok(Some(Self { terms, constant: Fraction::whole(0) }))
    }

    fn constant(constant: Fraction) -> Self {
        Self { terms: Vec::new(), constant }
    }

    /// What compares with zero as it does, in sums; `None` if there is no such form.
    fn without_averages(mut self) -> Option<Self> {
        let mean_over = |(operand, _): &(Operand, Fraction)| match *operand {
            Operand::Aggregate(Aggregate::Avg(_), over) => Some(over),
            _ => None,
        };
        let Some(over) = self.terms.iter().find_map(mean_over) else { return Some(self) };
        for term in &mut self.terms {
            match term.0 {
                Operand::Aggregate(Aggregate::Avg(field), of) if of == over => {
                    term.0 = Operand::Aggregate(Aggregate::Sum(field), over);
                }
                _ => return None,
            }
        }
        let constant = std::mem::replace(&mut self.constant, Fraction::whole(0));
        if constant.numerator != 0 {
            self.terms.push((Operand::Aggregate(Aggregate::Count, over), constant));
        }
        Some(self)
    }

    /// The number it is, if it reads nothing.
    fn number(&self) -> Option<Fraction> {
        self.terms.is_empty().then_some(self.constant)
    }

    fn plus(mut self, other: Self) -> Result<Self, TooLarge> {
        self.constant = self.constant.plus(other.constant)?;
        for (operand, factor) in other.terms {
            match self.terms.iter_mut().find(|(known, _)| *known == operand) {
                Some((_, sum)) => *sum = sum.plus(factor)?,
                None => self.terms.push((operand, factor)),
            }
        }
        Ok(self)
    }

    fn times(mut self, factor: Fraction) -> Result<Self, TooLarge> {
        self.constant = self.constant.times(factor)?;
        for (_, number) in &mut self.terms {
            *number = number.times(factor)?;
        }
        Ok(self)
    }
}

/// A fraction in lowest terms, its denominator positive.
#[derive(Clone, Copy)]
struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    const fn whole(number: i128) -> Self {
        Self { numerator: number, denominator: 1 }
    }

    fn decimal(number: Decimal) -> Result<Self, TooLarge> {
        let denominator = power_of_ten(number.scale().into()).ok_or(TooLarge)?;
        Self::new(number.digits(), denominator)
    }

    fn new(numerator: i128, denominator: i128) -> Result<Self, TooLarge> {
        if numerator == i128::MIN || denominator == i128::MIN {
            return Err(TooLarge);
        }
        let common = gcd(numerator, denominator) * denominator.signum();
        Ok(Self { numerator: numerator / common, denominator: denominator / common })
    }

    fn plus(self, other: Self) -> Result<Self, TooLarge> {
        let left = self.numerator.checked_mul(other.denominator).ok_or(TooLarge)?;
        let right = other.numerator.checked_mul(self.denominator).ok_or(TooLarge)?;
        let denominator = self.denominator.checked_mul(other.denominator).ok_or(TooLarge)?;
        Self::new(left.checked_add(right).ok_or(TooLarge)?, denominator)
    }

    fn times(self, other: Self) -> Result<Self, TooLarge> {
        let numerator = self.numerator.checked_mul(other.numerator).ok_or(TooLarge)?;
        let denominator = self.denominator.checked_mul(other.denominator).ok_or(TooLarge)?;
        Self::new(numerator, denominator)
    }

    /// One divided by it; it is not zero.
    fn inverse(self) -> Result<Self, TooLarge> {
        Self::new(self.denominator, self.numerator)
    }
}

/// The greatest common divisor, not negative; 0 only of two zeros.
fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a).unwrap_or(1)
}
