//! Conditions that no event can meet, as far as ranges of single fields tell.

use super::condition::Condition;
use super::linear::{Linear, Operand};
use crate::comparison::Comparison;
use crate::schema::Schema;

impl Condition {
    /// Is it certain that no event ever meets it?
    ///
    /// Contradictions between comparisons of one field with numbers are found, within
    /// conjunctions; not those that take several fields.
    #[must_use]
    pub fn is_never(&self, schema: &Schema) -> bool {
        match self {
            Self::Compare { .. } => contradict(std::slice::from_ref(self), schema),
            Self::All(parts) => {
                parts.iter().any(|part| part.is_never(schema)) || contradict(parts, schema)
            }
            Self::Any(parts) => parts.iter().all(|part| part.is_never(schema)),
            Self::Not(part) => matches!(&**part, Self::All(parts) if parts.is_empty()),
            Self::IsNull(_) | Self::Opaque(_) => false,
        }
    }
}

/// Do the comparisons among `parts` exclude each other, or one of them everything?
fn contradict(parts: &[Condition], schema: &Schema) -> bool {
    let mut ranges: Vec<(Operand, i128, i128)> = Vec::new();
    for part in parts {
        let Condition::Compare { left, comparison, right } = part else { continue };
        let Ok(Some(linear)) = Linear::of(left, *comparison, right, schema) else { continue };
        let [term] = linear.terms[..] else {
            if linear.terms.is_empty() && !linear.comparison.holds(linear.constant) {
                return true;
            }
            continue;
        };
        if linear.comparison == Comparison::NotEqual {
            continue;
        }
        let (low, high) = linear.comparison.solve(term.factor, linear.constant);
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
