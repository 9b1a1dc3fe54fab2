//! Conditions that no event can meet, as far as ranges of single fields tell.

use super::condition::Condition;
use super::linear::{Linear, Operand};
use crate::expr::Comparison;
use crate::schema::Schema;

impl Condition {
    /// Is it certain that no event ever meets it?
    ///
    /// Contradictions between comparisons of one field with numbers are found, within
    /// conjunctions; not those that take several fields.
    #[must_use]
    pub fn is_never(&self, schema: &Schema) -> bool {
        match self {
            Self::Compare { .. } => self.contradicts(std::slice::from_ref(self), schema),
            Self::All(parts) => {
                parts.iter().any(|part| part.is_never(schema)) || self.contradicts(parts, schema)
            }
            Self::Any(parts) => parts.iter().all(|part| part.is_never(schema)),
            Self::Not(part) => matches!(&**part, Self::All(parts) if parts.is_empty()),
            Self::Opaque(_) => false,
        }
    }

    fn contradicts(&self, parts: &[Self], schema: &Schema) -> bool {
        let mut ranges: Vec<(Operand, i128, i128)> = Vec::new();
        for part in parts {
            let Self::Compare { left, comparison, right } = part else { continue };
            let Ok(Some(linear)) = Linear::of(left, *comparison, right, schema) else { continue };
            let [term] = linear.terms[..] else {
                if linear.terms.is_empty() && !linear.comparison.holds(linear.constant) {
                    return true;
                }
                continue;
            };
            let (low, high) = range(term.factor, linear.constant, linear.comparison);
            match ranges.iter_mut().find(|(operand, ..)| *operand == term.operand) {
                Some((_, least, most)) => (*least, *most) = (low.max(*least), high.min(*most)),
                None => {
                    let (least, most) = match term.operand {
                        Operand::Field(_, field) => schema.range(field),
                        Operand::Aggregate(..) => None,
                    }
                    .unwrap_or((i128::MIN, i128::MAX));
                    ranges.push((term.operand, low.max(least), high.min(most)));
                }
            }
        }
        ranges.iter().any(|(_, least, most)| least > most)
    }
}

/// The whole numbers `x` with `factor * x + constant` compared so with zero, as a range; all of
/// them for `<>`.
fn range(factor: i128, constant: i128, comparison: Comparison) -> (i128, i128) {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    // factor * x OP bound, with a positive factor.
    let (bound, comparison) = match (factor > 0, comparison) {
        (true, comparison) => (-constant, comparison),
        (false, Less) => (constant, Greater),
        (false, LessOrEqual) => (constant, GreaterOrEqual),
        (false, Greater) => (constant, Less),
        (false, GreaterOrEqual) => (constant, LessOrEqual),
        (false, same) => (constant, same),
    };
    let factor = factor.abs();
    let floor = bound.div_euclid(factor);
    let ceiling = floor + i128::from(bound.rem_euclid(factor) != 0);
    match comparison {
        Equal => (ceiling, floor),
        NotEqual => (i128::MIN, i128::MAX),
        Less => (i128::MIN, ceiling - 1),
        LessOrEqual => (i128::MIN, floor),
        Greater => (floor + 1, i128::MAX),
        GreaterOrEqual => (ceiling, i128::MAX),
    }
}
