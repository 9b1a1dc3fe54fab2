//! Whether an event meets a condition.

use super::pattern::{Compare, Condition, Event, Operand};

/// A step's number and the position of the event bound to it.
pub type Binding = (usize, usize);

/// An event under test, and what is bound before it.
#[derive(Clone, Copy)]
pub struct Test<'a> {
    pub events: &'a [Event],
    pub at: usize,
    /// The step that it is tested for, unless it is bound already or must be absent.
    pub step: Option<usize>,
    pub bound: &'a [Binding],
}

impl Test<'_> {
    /// Whether the condition holds. Unknown is no.
    pub fn holds(&self, condition: &Condition) -> bool {
        self.truth(condition) == Some(true)
    }

    /// `None` is unknown, as SQL's three-valued logic has it.
    fn truth(&self, condition: &Condition) -> Option<bool> {
        let rank = |truth: &Option<bool>| match truth {
            Some(false) => 0,
            None => 1,
            Some(true) => 2,
        };
        let all =
            |parts: &[Condition]| parts.iter().map(|part| self.truth(part)).collect::<Vec<_>>();
        match condition {
            Condition::True => Some(true),
            Condition::Kind(kind) => Some(self.events[self.at].kind == *kind),
            Condition::Value(compare, operand, plus) => {
                let other = self.operand(*operand)? + plus;
                Some(compared(*compare, self.events[self.at].value, other))
            }
            Condition::Null(operand) => Some(self.operand(*operand).is_none()),
            Condition::Mean(step, compare, halves) => {
                let (sum, count) = self.total(*step)?;
                Some(compared(*compare, 2 * sum, halves * count))
            }
            Condition::ToMean(compare, step) => {
                let (sum, count) = self.total(*step)?;
                Some(compared(*compare, self.events[self.at].value * count, sum))
            }
            // As true as the least true part; as the most true one.
            Condition::All(parts) => all(parts).into_iter().min_by_key(rank).unwrap_or(Some(true)),
            Condition::Either(parts) => {
                all(parts).into_iter().max_by_key(rank).unwrap_or(Some(false))
            }
            Condition::Not(negated) => self.truth(negated).map(|truth| !truth),
        }
    }

    /// The sum over the events bound to a step, and how many there are, if there are any.
    fn total(&self, step: usize) -> Option<(i64, i64)> {
        self.operand(Operand::Sum(step)).zip(self.operand(Operand::Count(step)))
    }

    fn operand(&self, operand: Operand) -> Option<i64> {
        let own = self.step.map(|step| (step, self.at));
        let bound = self.bound.iter().copied().chain(own);
        let value = |(_, at): Binding| self.events[at].value;
        let of = |step| bound.clone().filter(move |b| b.0 == step).map(value);
        match operand {
            Operand::Constant(value) => Some(value),
            Operand::First(step) => of(step).next(),
            Operand::Last(step) => of(step).next_back(),
            Operand::Bound => bound.clone().filter(|b| b.1 < self.at).map(value).next_back(),
            Operand::Row(back) => self.at.checked_sub(back).map(|at| self.events[at].value),
            Operand::Sum(step) => of(step).reduce(|sum, value| sum + value),
            Operand::Count(step) => i64::try_from(of(step).count()).ok(),
        }
    }
}

impl Condition {
    /// The parts that must all hold.
    pub fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            _ => vec![self],
        }
    }

    /// The steps that it reads.
    pub fn reads(&self) -> Vec<usize> {
        match self {
            Self::True | Self::Kind(_) => vec![],
            Self::All(parts) | Self::Either(parts) => parts.iter().flat_map(Self::reads).collect(),
            Self::Not(part) => part.reads(),
            Self::Mean(step, ..) | Self::ToMean(_, step) => vec![*step],
            Self::Value(_, operand, _) | Self::Null(operand) => match *operand {
                Operand::Constant(_) | Operand::Bound | Operand::Row(_) => vec![],
                Operand::First(step)
                | Operand::Last(step)
                | Operand::Sum(step)
                | Operand::Count(step) => vec![step],
            },
        }
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
