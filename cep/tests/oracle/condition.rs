//! Whether an event meets a condition.

use super::pattern::{Compare, Condition, Event, Operand};

/// A step's number and the position of the event bound to it.
pub type Binding = (usize, usize);

/// Whether `condition` holds for the event at `position` after `bound`. Unknown is no.
pub fn holds(condition: &Condition, events: &[Event], position: usize, bound: &[Binding]) -> bool {
    truth(condition, events, position, bound) == Some(true)
}

/// `None` is unknown, as SQL's three-valued logic has it.
fn truth(
    condition: &Condition,
    events: &[Event],
    position: usize,
    bound: &[Binding],
) -> Option<bool> {
    let part = |part| truth(part, events, position, bound);
    match condition {
        Condition::True => Some(true),
        Condition::Kind(kind) => Some(events[position].kind == *kind),
        Condition::Value(compare, operand, plus) => {
            let other = operand_value(*operand, events, position, bound)? + plus;
            Some(compared(*compare, events[position].value, other))
        }
        // False as soon as one is false, else unknown as soon as one is unknown.
        Condition::All(parts) => parts.iter().map(part).min_by_key(|truth| match truth {
            Some(false) => 0,
            None => 1,
            Some(true) => 2,
        })?,
        Condition::Either(parts) => parts.iter().map(part).max_by_key(|truth| match truth {
            Some(false) => 0,
            None => 1,
            Some(true) => 2,
        })?,
        Condition::Not(negated) => part(negated).map(|truth| !truth),
    }
}

fn operand_value(
    operand: Operand,
    events: &[Event],
    position: usize,
    bound: &[Binding],
) -> Option<i64> {
    let of = |step| bound.iter().filter(move |b| b.0 == step).map(|b| events[b.1].value);
    match operand {
        Operand::Constant(value) => Some(value),
        Operand::First(step) => of(step).next(),
        Operand::Last(step) => of(step).next_back(),
        Operand::Bound => bound.last().map(|b| events[b.1].value),
        Operand::Row => position.checked_sub(1).map(|row| events[row].value),
        Operand::Sum(step) => Some(of(step).sum()),
        Operand::Count(step) => i64::try_from(of(step).count()).ok(),
    }
}

fn compared(compare: Compare, left: i64, right: i64) -> bool {
    match compare {
        Compare::Eq => left == right,
        Compare::Ne => left != right,
        Compare::Lt => left < right,
        Compare::Le => left <= right,
        Compare::Gt => left > right,
        Compare::Ge => left >= right,
    }
}
