//! Can a value be computed exactly in 128 bits, whatever the events are?

use super::decimal::Decimal;
use super::expr::{Aggregate, Expr};
use super::linear::TooLarge;
use crate::schema::{FieldId, Schema};

/// Exact sums stay below `2^126`, so that adding two never overflows.
pub(crate) const MOST_BITS: u32 = 126;
/// No match has more than `2^28` events: that is the most the matchers' limits allow.
const COUNT_BITS: u32 = 28;
/// Bits of a power of ten are at most this much over 1,000 for each digit.
const BITS_PER_THOUSAND_DIGITS: u32 = 3_322;

/// Bits of the numbers that a field stores.
pub(crate) fn bits_of(schema: &Schema, field: FieldId) -> u32 {
    8 * schema.field(field).stored().bytes() as u32
}

/// `numerator / (denominator * 10^scale)`: how many bits both need at most.
#[derive(Clone, Copy)]
struct Size {
    numerator: u32,
    denominator: u32,
    scale: u32,
}

/// Checks that `left` and `right` can be compared by cross-multiplication in 128 bits.
///
/// # Errors
///
/// [`TooLarge`] if some product might not fit.
pub(crate) fn check(left: &Expr, right: &Expr, schema: &Schema) -> Result<(), TooLarge> {
    let (left, right) = (size(left, schema), size(right, schema));
    let scale = left.scale.max(right.scale);
    let most = |one: Size, other: Size| one.rescaled(scale).numerator + other.denominator;
    if most(left, right).max(most(right, left)) <= MOST_BITS { Ok(()) } else { Err(TooLarge) }
}

fn size(expr: &Expr, schema: &Schema) -> Size {
    match expr {
        Expr::Number(number) => Size::number(*number),
        Expr::Symbol { code, .. } => Size::whole(bits(*code)),
        Expr::Bool(_) => Size::whole(1),
        Expr::Field { field, .. } => Size::field(schema, *field),
        Expr::Aggregate { aggregate, .. } => aggregate_size(*aggregate, schema),
        Expr::Call { .. } | Expr::MatchNumber | Expr::Classifier => Size::whole(64),
        Expr::Sum(parts) => {
            let parts = parts.iter().map(|part| size(part, schema));
            parts.reduce(Size::plus).unwrap_or(Size::whole(0))
        }
        Expr::Negative(inner) => size(inner, schema),
        Expr::Product(parts) => {
            let parts = parts.iter().map(|part| size(part, schema));
            parts.reduce(Size::times).unwrap_or(Size::whole(1))
        }
        Expr::Ratio(dividend, divisor) => {
            size(dividend, schema).times(size(divisor, schema).inverse())
        }
    }
}

fn aggregate_size(aggregate: Aggregate, schema: &Schema) -> Size {
    let count = Size::whole(COUNT_BITS);
    match aggregate {
        Aggregate::Count => count,
        Aggregate::Sum(field) => Size::field(schema, field).times(count),
        Aggregate::Min(field) | Aggregate::Max(field) | Aggregate::Ewma(field, _) => {
            Size::field(schema, field)
        }
        Aggregate::Avg(field) => Size::field(schema, field).times(count).times(count.inverse()),
        Aggregate::Vwap { price, quantity } => {
            let volume = Size::field(schema, quantity).times(count);
            Size::field(schema, price).times(volume).times(volume.inverse())
        }
    }
}

fn bits(number: i128) -> u32 {
    128 - number.unsigned_abs().leading_zeros()
}

fn bits_of_ten_to(digits: u32) -> u32 {
    (digits.saturating_mul(BITS_PER_THOUSAND_DIGITS)).div_ceil(1_000)
}

/// All sums saturate: whatever is too large stays so.
impl Size {
    const fn whole(bits: u32) -> Self {
        Self { numerator: bits, denominator: 0, scale: 0 }
    }

    fn number(number: Decimal) -> Self {
        Self { scale: number.scale().into(), ..Self::whole(bits(number.digits())) }
    }

    fn field(schema: &Schema, field: FieldId) -> Self {
        let scale = schema.field(field).scale().into();
        Self { scale, ..Self::whole(bits_of(schema, field)) }
    }

    /// The same value over a larger power of ten.
    fn rescaled(self, scale: u32) -> Self {
        let more = bits_of_ten_to(scale - self.scale);
        Self { numerator: self.numerator.saturating_add(more), scale, ..self }
    }

    fn plus(self, other: Self) -> Self {
        let scale = self.scale.max(other.scale);
        let (one, two) = (self.rescaled(scale), other.rescaled(scale));
        let left = one.numerator.saturating_add(two.denominator);
        let right = two.numerator.saturating_add(one.denominator);
        let denominator = one.denominator.saturating_add(two.denominator);
        Self { numerator: left.max(right).saturating_add(1), denominator, scale }
    }

    fn times(self, other: Self) -> Self {
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
            scale: self.scale.saturating_add(other.scale),
        }
    }

    /// One divided by it.
    fn inverse(self) -> Self {
        let numerator = self.denominator.saturating_add(bits_of_ten_to(self.scale));
        Self { numerator, denominator: self.numerator, scale: 0 }
    }
}
