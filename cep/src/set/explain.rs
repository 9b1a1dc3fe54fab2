//! How a set finds the events of a pattern, in words.

use std::fmt;

use super::index::Access;
use super::{PatternId, PatternSet};
use crate::atoms::{Formula, Literal, Plain, Slot, Test};
use crate::ir::Decimal;
use crate::schema::{FieldId, Schema};

/// How a set finds the events that one of its patterns looks for: for each condition where in the
/// index it stands, and each test that it asks of the event alone with the number of conditions
/// that ask the same; [`Display`](fmt::Display) is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// How many patterns there are in the set.
    pub patterns: usize,
    /// How many of them share the pattern's matcher, itself included.
    pub alike: usize,
    /// The conditions, numbered as in [`Ir::conditions`](crate::ir::Ir::conditions).
    pub conditions: Vec<Indexed>,
}

/// Where one condition stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indexed {
    /// What leads to it, as `sym = 7`; `None` if every event has to be tested.
    pub found_by: Option<String>,
    /// How many conditions stand at the same place.
    pub beside: usize,
    /// Each test in it, and of how many conditions of the set it is a part.
    pub tests: Vec<(String, u32)>,
}

impl<E> PatternSet<E> {
    /// How the set finds the events that the pattern looks for; `None` if it is not there.
    #[must_use]
    pub fn explain(&self, id: PatternId) -> Option<Explanation>
    where
        E: bytemuck::Pod,
    {
        let member = self.members.get(id.index())?.as_ref().filter(|member| member.id == id)?;
        let conditions = member.places.list().iter();
        let conditions = conditions.map(|(access, formula)| self.indexed(access, formula));
        Some(Explanation {
            patterns: self.members.len() - self.free.len(),
            alike: self.crews.in_use(member.seat.crew),
            conditions: conditions.collect(),
        })
    }

    fn indexed(&self, access: &Access, formula: &Formula<Literal>) -> Indexed {
        let (found_by, beside) = match access {
            Access::Equal(field, values) => {
                let number = |value: &i64| self.number(*field, *value);
                let values: Vec<_> = values.iter().map(number).collect();
                let name = self.name(*field);
                let text = match &values[..] {
                    [value] => format!("{name} = {value}"),
                    values => format!("{name} IN ({})", values.join(", ")),
                };
                (Some(text), self.index.beside(access))
            }
            Access::AtLeast(field, value) => {
                let text = format!("{} >= {}", self.name(*field), self.number(*field, *value));
                (Some(text), self.index.beside(access))
            }
            Access::Below(field, value) => {
                let text = format!("{} < {}", self.name(*field), self.number(*field, *value));
                (Some(text), self.index.beside(access))
            }
            Access::Always => (None, self.index.beside(access)),
            Access::Nowhere => (Some("nothing: no event meets it".to_owned()), 0),
        };
        let mut tests = Vec::new();
        formula.each(&mut |Literal { atom, met }| {
            let atoms = self.index.atoms();
            let not = if *met { "" } else { "NOT " };
            tests.push((format!("{not}{}", self.test(atoms.test(*atom))), atoms.uses(*atom)));
        });
        Indexed { found_by, beside, tests }
    }

    fn test(&self, test: &Test) -> String {
        let name = |slot: &Slot| self.name(*slot);
        match test {
            Test::Plain(Plain::Equal(slot, value)) => {
                format!("{} = {}", name(slot), self.number(*slot, *value))
            }
            Test::Plain(Plain::AtLeast(slot, value)) => {
                format!("{} >= {}", name(slot), self.number(*slot, *value))
            }
            Test::Plain(Plain::EqualFields(one, other)) => {
                format!("{} = {}", name(one), name(other))
            }
            Test::Plain(Plain::AtLeastField(one, other)) => {
                format!("{} >= {}", name(one), name(other))
            }
            Test::Plain(Plain::Sum { terms, .. }) => {
                let fields: Vec<_> = terms.iter().map(|(_, slot)| name(slot)).collect();
                format!("a sum of {}", fields.join(", "))
            }
            Test::Value { .. } => "a computed value".to_owned(),
            Test::Opaque(opaque) => format!("the closure {}", opaque.name()),
        }
    }

    /// The field in `slot`.
    fn field(&self, slot: Slot) -> Option<FieldId> {
        let schema: &Schema = &self.schema;
        let raw = self.index.atoms().fields()[usize::from(slot)];
        let mut names = schema.fields().iter().map(|field| field.name());
        names.find_map(|name| schema.find(name).filter(|id| schema.raw(*id) == raw))
    }

    fn name(&self, slot: Slot) -> &str {
        self.field(slot).map_or("a field", |id| self.schema.field(id).name())
    }

    /// A stored number as texts write it.
    fn number(&self, slot: Slot, number: i64) -> String {
        let digits = i128::from(number) + self.index.atoms().fields()[usize::from(slot)].bias();
        let Some(field) = self.field(slot).map(|id| self.schema.field(id)) else {
            return digits.to_string();
        };
        let symbol = field.symbol_table().and_then(|names| names.name(digits));
        let plain = || Decimal::new(digits, field.scale()).to_string();
        symbol.map_or_else(plain, |symbol| format!("'{symbol}'"))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { patterns, alike, conditions } = self;
        writeln!(f, "one of {patterns} patterns, {alike} of them in its matcher")?;
        for (at, Indexed { found_by, beside, tests }) in conditions.iter().enumerate() {
            match found_by {
                Some(by) => write!(f, "  condition {at}: found by {by}")?,
                None => write!(f, "  condition {at}: tested at every event")?,
            }
            writeln!(f, ", {beside} there")?;
            for (test, uses) in tests {
                writeln!(f, "    {test:<44} in {uses}")?;
            }
        }
        Ok(())
    }
}
