//! From conditions to formulas over atoms.

use super::test::{Plain, Test};
use super::{Literal, Slot};
use crate::comparison::Comparison;
use crate::eval;
use crate::field::RawField;
use crate::ir::{Condition, Linear, Operand, TooLarge};
use crate::schema::Schema;

/// Literals, joined. Negation is in the literals: it is moved there by De Morgan's laws, which
/// hold with three truth values as with two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Formula<L> {
    /// A literal holds.
    Literal(L),
    /// All parts hold.
    All(Vec<Self>),
    /// Some part holds.
    Any(Vec<Self>),
}

/// A test that is not an atom yet.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) test: Test,
    pub(super) met: bool,
}

impl<L> Formula<L> {
    const ALWAYS: Self = Self::All(Vec::new());
    const NEVER: Self = Self::Any(Vec::new());

    /// Holds whatever the event.
    pub(crate) fn is_always(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }

    /// Holds for no event.
    pub(crate) fn is_never(&self) -> bool {
        matches!(self, Self::Any(parts) if parts.is_empty())
    }

    /// The parts that must all hold.
    pub(crate) fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// Holds when all of `parts` hold.
    pub(crate) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                never if never.is_never() => return Self::NEVER,
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::All(flat) }
    }

    /// Holds when one of `parts` holds.
    pub(crate) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                always if always.is_always() => return Self::ALWAYS,
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::Any(flat) }
    }

    /// The same formula over other literals.
    pub(super) fn map<M>(self, each: &mut impl FnMut(L) -> M) -> Formula<M> {
        match self {
            Self::Literal(literal) => Formula::Literal(each(literal)),
            Self::All(parts) => {
                Formula::All(parts.into_iter().map(|part| part.map(each)).collect())
            }
            Self::Any(parts) => {
                Formula::Any(parts.into_iter().map(|part| part.map(each)).collect())
            }
        }
    }

    /// Calls `visit` for each literal.
    pub(crate) fn each(&self, visit: &mut impl FnMut(&L)) {
        match self {
            Self::Literal(literal) => visit(literal),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.each(visit);
                }
            }
        }
    }
}

impl Formula<Literal> {
    /// Does it hold, where `holds` says which atoms do? Asks for no more of them than it takes.
    pub(crate) fn holds(&self, holds: &mut impl FnMut(u32) -> bool) -> bool {
        match self {
            Self::Literal(Literal { atom, met }) => holds(*atom) == *met,
            Self::All(parts) => parts.iter().all(|part| part.holds(holds)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(holds)),
        }
    }
}

impl Formula<Leaf> {
    fn literal(plain: Plain, met: bool) -> Self {
        Self::Literal(Leaf { test: Test::Plain(plain), met })
    }

    fn cost(&self) -> u8 {
        let mut most = 0;
        self.each(&mut |leaf| most = most.max(leaf.test.cost()));
        most
    }

    /// With cheap tests first wherever the order is free.
    fn sorted(self) -> Self {
        let sort = |parts: Vec<Self>| {
            let mut parts: Vec<_> = parts.into_iter().map(Self::sorted).collect();
            parts.sort_by_key(Self::cost);
            parts
        };
        match self {
            Self::All(parts) => Self::All(sort(parts)),
            Self::Any(parts) => Self::Any(sort(parts)),
            literal => literal,
        }
    }
}

/// What `condition` asks of the current event alone. Fields that it reads are added to `fields`.
pub(super) fn of(
    condition: &Condition,
    schema: &Schema,
    fields: &mut Vec<RawField>,
) -> Result<Formula<Leaf>, TooLarge> {
    let mut builder = Builder { schema, fields };
    let own = condition.conjuncts().iter().filter(|part| part.reads_event_alone());
    let parts: Result<Vec<_>, _> = own.map(|part| builder.part(part, true)).collect();
    Ok(Formula::all(parts?).sorted())
}

struct Builder<'a> {
    schema: &'a Schema,
    fields: &'a mut Vec<RawField>,
}

impl Builder<'_> {
    /// `condition`, or its opposite unless it is to be `met`.
    fn part(&mut self, condition: &Condition, met: bool) -> Result<Formula<Leaf>, TooLarge> {
        let mut all = |parts: &[Condition]| -> Result<Vec<_>, _> {
            parts.iter().map(|part| self.part(part, met)).collect()
        };
        Ok(match condition {
            Condition::All(parts) if met => Formula::all(all(parts)?),
            Condition::Any(parts) if !met => Formula::all(all(parts)?),
            Condition::All(parts) | Condition::Any(parts) => Formula::any(all(parts)?),
            Condition::Not(part) => self.part(part, !met)?,
            Condition::Opaque(opaque) => {
                Formula::Literal(Leaf { test: Test::Opaque(opaque.clone()), met })
            }
            Condition::Compare { left, comparison, right } => {
                match Linear::of(left, *comparison, right, self.schema)? {
                    Some(linear) => self.linear(&linear, met),
                    None => self.value(condition, met)?,
                }
            }
            Condition::IsNull(_) => self.value(condition, met)?,
        })
    }

    /// Neither it nor its opposite holds where it is unknown, so each is an atom of its own.
    fn value(&self, plain: &Condition, met: bool) -> Result<Formula<Leaf>, TooLarge> {
        let plain = plain.clone();
        let condition = if met { plain } else { Condition::Not(Box::new(plain)) };
        let test = Box::new(eval::Test::new(&condition, self.schema)?);
        let test = Test::Value { condition: Box::new(condition), test };
        Ok(Formula::Literal(Leaf { test, met: true }))
    }

    fn linear(&mut self, linear: &Linear, met: bool) -> Formula<Leaf> {
        let comparison = linear.comparison;
        let terms: Vec<_> = linear
            .terms
            .iter()
            .map(|term| match term.operand {
                Operand::Field(_, field) => (term.factor, self.schema.raw(field)),
                Operand::Aggregate(..) => unreachable!("reads the current event alone"),
            })
            .collect();
        match terms[..] {
            [] if comparison.holds(linear.constant) == met => Formula::ALWAYS,
            [] => Formula::NEVER,
            [(factor, field)] => {
                let (low, high) = comparison.solve(factor, linear.constant);
                self.range(field, low, high, met == (comparison != Comparison::NotEqual))
            }
            [(1, one), (-1, other)] | [(-1, other), (1, one)]
                if linear.constant == 0 && one.bias() == other.bias() =>
            {
                fields(self.slot(one), self.slot(other), comparison, met)
            }
            _ => self.sum(&terms, linear.constant, comparison, met),
        }
    }

    /// `low <= field <= high`, or its opposite.
    fn range(&mut self, field: RawField, low: i128, high: i128, met: bool) -> Formula<Leaf> {
        let (least, most) = field.range();
        let slot = self.slot(field);
        let number = |value: i128| (value - field.bias()) as i64;
        let literal = |plain| Formula::literal(plain, met);
        let from = |value| Plain::AtLeast(slot, number(value));
        let join = |parts: Vec<Formula<Leaf>>| match met {
            true => Formula::all(parts),
            false => Formula::any(parts),
        };
        let nothing = if met { Formula::NEVER } else { Formula::ALWAYS };
        if low > high || low > most || high < least {
            return nothing;
        }
        if low == high {
            return literal(Plain::Equal(slot, number(low)));
        }
        let mut parts = Vec::new();
        if low > least {
            parts.push(literal(from(low)));
        }
        if high < most {
            parts.push(Formula::literal(from(high + 1), !met));
        }
        join(parts)
    }

    /// Every comparison of a sum with zero, as `= 0`, `>= 0` or the opposite of one.
    fn sum(
        &mut self,
        terms: &[(i128, RawField)],
        constant: i128,
        comparison: Comparison,
        met: bool,
    ) -> Formula<Leaf> {
        let (equal, less, opposite) = match comparison {
            Comparison::Equal => (true, 0, false),
            Comparison::NotEqual => (true, 0, true),
            Comparison::GreaterOrEqual => (false, 0, false),
            Comparison::Less => (false, 0, true),
            Comparison::Greater => (false, 1, false),
            Comparison::LessOrEqual => (false, 1, true),
        };
        let terms = terms.iter().map(|(factor, field)| (*factor, self.slot(*field))).collect();
        let plain = Plain::Sum { terms, constant: constant - less, equal };
        Formula::literal(plain, met != opposite)
    }

    fn slot(&mut self, field: RawField) -> Slot {
        let known = self.fields.iter().position(|known| *known == field);
        known.unwrap_or_else(|| {
            self.fields.push(field);
            self.fields.len() - 1
        }) as Slot
    }
}

/// `one comparison other`, or its opposite.
fn fields(one: Slot, other: Slot, comparison: Comparison, met: bool) -> Formula<Leaf> {
    let equal = Plain::EqualFields(one.min(other), one.max(other));
    let (plain, holds) = match comparison {
        Comparison::Equal => (equal, true),
        Comparison::NotEqual => (equal, false),
        Comparison::GreaterOrEqual => (Plain::AtLeastField(one, other), true),
        Comparison::Less => (Plain::AtLeastField(one, other), false),
        Comparison::LessOrEqual => (Plain::AtLeastField(other, one), true),
        Comparison::Greater => (Plain::AtLeastField(other, one), false),
    };
    Formula::literal(plain, holds == met)
}
