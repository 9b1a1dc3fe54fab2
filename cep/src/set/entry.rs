//! A condition as it stands in the index: what is left to test once the index has led to it.

use bytemuck::Pod;

use crate::atoms::{Atoms, Formula, Literal, Plain, Slot, Test};
use crate::field::RawField;

/// Comparisons of a field with a number that an entry holds itself.
const SIMPLE: usize = 2;
/// No formula is left.
const NONE: u32 = u32::MAX;

/// One condition of one pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    simple: [Simple; SIMPLE],
    /// The pattern.
    pub(super) slot: u32,
    /// The formula that must hold besides, if any.
    rest: u32,
    /// The condition's number in its pattern.
    condition: u8,
}

/// `field OP value`
#[derive(Debug, Clone, Copy)]
struct Simple {
    value: i64,
    field: Slot,
    comparison: Comparison,
}

#[derive(Debug, Clone, Copy)]
enum Comparison {
    Always,
    Equal,
    NotEqual,
    AtLeast,
    Below,
}

impl Simple {
    const ALWAYS: Self = Self { value: 0, field: 0, comparison: Comparison::Always };

    fn of(atoms: &Atoms, part: &Formula<Literal>) -> Option<Self> {
        let &Formula::Literal(Literal { atom, met }) = part else { return None };
        let (field, value, comparison) = match (atoms.test(atom), met) {
            (Test::Plain(Plain::Equal(field, value)), true) => (field, value, Comparison::Equal),
            (Test::Plain(Plain::Equal(field, value)), false) => {
                (field, value, Comparison::NotEqual)
            }
            (Test::Plain(Plain::AtLeast(field, value)), true) => {
                (field, value, Comparison::AtLeast)
            }
            (Test::Plain(Plain::AtLeast(field, value)), false) => (field, value, Comparison::Below),
            _ => return None,
        };
        Some(Self { value: *value, field: *field, comparison })
    }

    #[inline]
    fn holds<E: Pod>(&self, fields: &[RawField], event: &E) -> bool {
        let number = || fields[usize::from(self.field)].number(event);
        match self.comparison {
            Comparison::Always => true,
            Comparison::Equal => number() == self.value,
            Comparison::NotEqual => number() != self.value,
            Comparison::AtLeast => number() >= self.value,
            Comparison::Below => number() < self.value,
        }
    }
}

/// The formulas of entries, and of each atom what the event in hand says.
#[derive(Debug, Default)]
pub(super) struct Rest {
    formulas: Vec<Option<Formula<Literal>>>,
    free: Vec<u32>,
    /// Of each atom, twice the number of the event that it was tested for last, and the answer.
    known: Vec<u64>,
    /// Number of the event in hand.
    event: u64,
}

impl Entry {
    /// Condition number `condition` of the pattern in `slot`, of which `parts` are left to test.
    pub(super) fn new(
        slot: u32,
        condition: u8,
        parts: impl Iterator<Item = Formula<Literal>>,
        atoms: &Atoms,
        rest: &mut Rest,
    ) -> Self {
        let (mut simple, mut used, mut others) = ([Simple::ALWAYS; SIMPLE], 0, Vec::new());
        for part in parts {
            match Simple::of(atoms, &part).filter(|_| used < SIMPLE) {
                Some(one) => {
                    simple[used] = one;
                    used += 1;
                }
                None => others.push(part),
            }
        }
        let rest = if others.is_empty() { NONE } else { rest.keep(Formula::all(others)) };
        Self { simple, slot, rest, condition }
    }

    /// The condition's number in its pattern.
    pub(super) fn number(&self) -> usize {
        self.condition.into()
    }

    /// Does `event` meet what the entry itself holds, and what is left to test besides?
    #[inline]
    pub(super) fn begins<'r, E: Pod>(
        &self,
        fields: &[RawField],
        rest: &'r Rest,
        event: &E,
    ) -> (bool, Option<&'r Formula<Literal>>) {
        let rest = rest.formulas.get(self.rest as usize).and_then(Option::as_ref);
        (self.simple.iter().all(|simple| simple.holds(fields, event)), rest)
    }

    /// As a set of one.
    #[inline]
    pub(super) fn condition(&self) -> u64 {
        1 << self.condition
    }

    /// Does the event in hand meet what is left?
    #[inline]
    pub(super) fn holds<E: Pod>(&self, atoms: &Atoms, rest: &mut Rest, event: &E) -> bool {
        let fields = atoms.fields();
        self.simple.iter().all(|simple| simple.holds(fields, event))
            && (self.rest == NONE || rest.holds(self.rest, atoms, event))
    }
}

impl Rest {
    fn keep(&mut self, formula: Formula<Literal>) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.formulas.push(None);
            self.formulas.len() as u32 - 1
        });
        self.formulas[at as usize] = Some(formula);
        at
    }

    /// Forgets the formula of an entry that is removed.
    pub(super) fn forget(&mut self, entry: &Entry) {
        if entry.rest != NONE && self.formulas[entry.rest as usize].take().is_some() {
            self.free.push(entry.rest);
        }
    }

    /// Makes room for so many atoms.
    pub(super) fn grow(&mut self, atoms: usize) {
        self.known.resize(atoms.max(self.known.len()), 0);
    }

    /// Nothing is known of the next event.
    #[inline]
    pub(super) fn next_event(&mut self) {
        self.event += 1;
    }

    /// Bytes allocated, without what is behind the formulas.
    pub(super) fn memory(&self) -> usize {
        self.formulas.capacity() * size_of::<Option<Formula<Literal>>>()
            + self.free.capacity() * size_of::<u32>()
            + self.known.capacity() * size_of::<u64>()
    }

    fn holds<E: Pod>(&mut self, formula: u32, atoms: &Atoms, event: &E) -> bool {
        let Self { formulas, known, event: number, .. } = self;
        let Some(formula) = &formulas[formula as usize] else { return false };
        formula.holds(&mut |atom| {
            let known = &mut known[atom as usize];
            if *known >> 1 != *number {
                *known = *number << 1 | u64::from(atoms.holds(atom, event));
            }
            *known & 1 == 1
        })
    }
}
