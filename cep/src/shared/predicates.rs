//! The conditions of a pattern, each evaluated at most once per event.
//!
//! If many ask for a value of one field, a table from that value to the conditions it leaves
//! possible goes first, and only those are tested.

use bytemuck::Pod;

use super::error::SharedError;
use crate::comparison::Comparison;
use crate::field::RawField;
use crate::ir::{Condition, Ir, Linear, Opaque, Operand, Place, StepId};

/// Most values in the table; those further away are among the others.
const TABLE: u64 = 4_096;

/// A condition on one event.
#[derive(Debug)]
enum Test {
    /// `(low <= field <= high) == within`, in the numbers that [`RawField::number`] gives.
    Range {
        field: RawField,
        low: i64,
        high: i64,
        within: bool,
    },
    Sum {
        terms: Box<[(i128, RawField)]>,
        constant: i128,
        comparison: Comparison,
    },
    All(Box<[Test]>),
    Any(Box<[Test]>),
    Not(Box<Test>),
    Opaque(Opaque),
}

/// Which conditions a value of one field leaves possible.
#[derive(Debug)]
struct Table {
    field: RawField,
    low: i64,
    candidates: Box<[u64]>,
    /// Of any other value.
    others: u64,
}

/// All conditions of a pattern, by number.
#[derive(Debug)]
pub(super) struct Predicates {
    tests: Box<[Test]>,
    table: Option<Table>,
    all: u64,
}

impl Predicates {
    /// Those of `ir`, and for each step the number of its condition.
    pub(super) fn new(ir: &Ir) -> Result<(Self, Vec<u8>), SharedError> {
        let (conditions, numbers) = ir.conditions();
        let step = |at| numbers.iter().position(|number| usize::from(*number) == at);
        let test = |(at, condition): (usize, &&_)| {
            test(condition, ir, StepId::new(step(at).unwrap_or_default()))
        };
        let tests: Vec<_> = conditions.iter().enumerate().map(test).collect::<Result<_, _>>()?;
        let table = Table::best(&tests);
        let all = tests.iter().enumerate().fold(0, |all, (at, _)| all | 1 << at);
        Ok((Self { tests: tests.into(), table, all }, numbers))
    }

    /// Those of `wanted` that `event` meets.
    #[inline]
    pub(super) fn met<E: Pod>(&self, event: &E, wanted: u64) -> u64 {
        let mut candidates = match &self.table {
            Some(table) => table.candidates(event) & wanted,
            None => self.all & wanted,
        };
        let mut met = 0;
        while candidates != 0 {
            let at = candidates.trailing_zeros();
            met |= u64::from(self.tests[at as usize].holds(event)) << at;
            candidates &= candidates - 1;
        }
        met
    }
}

impl Predicates {
    /// Bytes allocated, those of opaque closures apart.
    pub(super) fn memory(&self) -> usize {
        let table = self.table.as_ref().map_or(0, |table| size_of_val(&*table.candidates));
        size_of_val(&*self.tests) + self.tests.iter().map(Test::memory).sum::<usize>() + table
    }
}

impl Table {
    /// Of the field that most conditions fix to one value of a short range.
    fn best(tests: &[Test]) -> Option<Self> {
        let fixed: Vec<Vec<_>> = tests.iter().map(Test::fixes).collect();
        let count = |field| fixed.iter().flatten().filter(|(known, _)| *known == field).count();
        let fields = fixed.iter().flatten().map(|(field, _)| *field);
        let field = { fields }.max_by_key(|field| count(*field))?;
        let value = |fixed: &Vec<(RawField, i64)>| {
            fixed.iter().find(|(known, _)| *known == field).map(|(_, value)| *value)
        };
        let values = fixed.iter().filter_map(value);
        let low = { values.clone() }.min()?;
        let near = |value: i64| value.wrapping_sub(low) as u64;
        let length = { values }.map(near).filter(|at| *at < TABLE).max()? + 1;
        let fixed = || fixed.iter().map(value).enumerate();
        let free = { fixed() }.filter(|(_, value)| value.is_none());
        let free = free.fold(0, |all, (at, _)| all | 1 << at);
        let mut table =
            Self { field, low, candidates: vec![free; length as usize].into(), others: free };
        for (at, value) in { fixed() }.filter_map(|(at, value)| Some((at, near(value?)))) {
            match table.candidates.get_mut(value as usize) {
                Some(candidates) => *candidates |= 1 << at,
                None => table.others |= 1 << at,
            }
        }
        Some(table)
    }

    #[inline]
    fn candidates<E: Pod>(&self, event: &E) -> u64 {
        let at = self.field.number(event).wrapping_sub(self.low) as u64;
        let listed = usize::try_from(at).ok().and_then(|at| self.candidates.get(at));
        listed.copied().unwrap_or(self.others)
    }
}

impl Test {
    /// The fields that have one value where it holds.
    fn fixes(&self) -> Vec<(RawField, i64)> {
        match self {
            Self::Range { field, low, high, within: true } if low == high => vec![(*field, *low)],
            Self::All(parts) => parts.iter().flat_map(Self::fixes).collect(),
            _ => vec![],
        }
    }

    /// Bytes allocated behind it.
    fn memory(&self) -> usize {
        match self {
            Self::Range { .. } | Self::Opaque(_) => 0,
            Self::Sum { terms, .. } => size_of_val(&**terms),
            Self::All(parts) | Self::Any(parts) => {
                size_of_val(&**parts) + parts.iter().map(Self::memory).sum::<usize>()
            }
            Self::Not(part) => size_of_val(&**part) + part.memory(),
        }
    }

    fn holds<E: Pod>(&self, event: &E) -> bool {
        match self {
            Self::Range { field, low, high, within } => {
                (*low..=*high).contains(&field.number(event)) == *within
            }
            Self::Sum { terms, constant, comparison } => {
                let value = |field: &RawField| i128::from(field.number(event)) + field.bias();
                let sum = terms.iter().fold(*constant, |sum, (by, field)| sum + by * value(field));
                comparison.holds(sum)
            }
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Not(part) => !part.holds(event),
            Self::Opaque(opaque) => opaque.test(bytemuck::bytes_of(event)),
        }
    }
}

fn test(condition: &Condition, ir: &Ir, step: StepId) -> Result<Test, SharedError> {
    let all = |parts: &[Condition]| {
        parts.iter().map(|part| test(part, ir, step)).collect::<Result<_, _>>()
    };
    let name = || ir.step(step).name.clone();
    Ok(match condition {
        Condition::All(parts) => Test::All(all(parts)?),
        Condition::Any(parts) => Test::Any(all(parts)?),
        Condition::Not(part) => Test::Not(Box::new(test(part, ir, step)?)),
        Condition::Opaque(opaque) => Test::Opaque(opaque.clone()),
        Condition::IsNull(_) => return Err(SharedError::NotLinear { step: name() }),
        Condition::Compare { left, comparison, right } => {
            let linear = Linear::of(left, *comparison, right, &ir.schema);
            let Ok(Some(linear)) = linear else {
                return Err(SharedError::NotLinear { step: name() });
            };
            let field = |operand| match operand {
                Operand::Field(Place::Current, field) => Ok(ir.schema.raw(field)),
                _ => Err(SharedError::Earlier { step: name() }),
            };
            let terms: Result<Vec<_>, _> =
                linear.terms.iter().map(|term| Ok((term.factor, field(term.operand)?))).collect();
            comparison_of(terms?, linear.constant, linear.comparison)
        }
    })
}

/// A range where one field is compared with a number.
fn comparison_of(terms: Vec<(i128, RawField)>, constant: i128, comparison: Comparison) -> Test {
    let &[(factor, field)] = &terms[..] else {
        return Test::Sum { terms: terms.into(), constant, comparison };
    };
    let (low, high) = comparison.solve(factor, constant);
    let within = comparison != Comparison::NotEqual;
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    let (low, high) = (low.saturating_sub(field.bias()), high.saturating_sub(field.bias()));
    if low > high || low > most || high < least {
        // No number is in the range.
        return Test::Range { field, low: 1, high: 0, within };
    }
    let (low, high) = (low.max(least) as i64, high.min(most) as i64);
    Test::Range { field, low, high, within }
}
