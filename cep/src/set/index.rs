//! Which conditions of which patterns an event meets.
//!
//! Each condition stands where the cheapest of its tests leads to it: under the value that it
//! asks of a field; or in the order of the least (or largest) value that it allows; or, if it asks
//! nothing of the kind, in a list that every event goes through. What else it asks is tested there
//! ([`Entry`]), and only if its pattern looks for it at all.

use std::cmp::Reverse;

use bytemuck::Pod;

use super::SetError;
use super::entry::{Entry, Rest};
use super::equality::{Equality, take};
use super::wake::Wake;
use crate::atoms::{Atoms, Formula, Literal, Plain, Slot, Test};
use crate::columns::{Block, LANES};
use crate::comparison::Comparison;
use crate::ir::{Condition, Decimal, Expr, Ir, Place};

/// Most values of one field under which a condition stands.
const MOST_VALUES: usize = 16;

/// All conditions.
#[derive(Debug, Default)]
pub(super) struct Index {
    atoms: Atoms,
    rest: Rest,
    /// By field.
    fields: Vec<ByField>,
    /// Those that every event goes through.
    always: Box<[Entry]>,
}

/// The conditions that one field leads to.
#[derive(Debug, Default)]
struct ByField {
    equal: Equality,
    /// By the least value allowed, rising.
    at_least: Vec<(i64, Entry)>,
    /// By the first value not allowed, rising.
    below: Vec<(i64, Entry)>,
}

/// Where one condition stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Access {
    Equal(Slot, Vec<i64>),
    AtLeast(Slot, i64),
    Below(Slot, i64),
    Always,
    /// No event meets it.
    Nowhere,
}

/// Where the conditions of one pattern stand, with the formulas that hold their atoms.
#[derive(Debug)]
pub(super) struct Places(Vec<(Access, Formula<Literal>)>);

impl Places {
    /// By the conditions' numbers.
    pub(super) fn list(&self) -> &[(Access, Formula<Literal>)] {
        &self.0
    }

    /// What condition number `at` asks of the event alone.
    pub(super) fn formula(&self, at: usize) -> Option<&Formula<Literal>> {
        self.0.get(at).map(|(_, formula)| formula)
    }
}

impl Index {
    /// Adds the conditions of `ir` for the pattern in `slot`.
    pub(super) fn add(&mut self, slot: u32, ir: &Ir) -> Result<Places, SetError> {
        let kinds = kinds(ir);
        let (conditions, _) = ir.conditions();
        let mut formulas = Vec::new();
        for condition in conditions {
            let condition = Condition::all(kinds.iter().chain([condition]).cloned().collect());
            match self.atoms.add(&condition, &ir.schema) {
                Ok(formula) => formulas.push(formula),
                Err(error) => {
                    formulas.iter().for_each(|formula| self.atoms.release(formula));
                    return Err(error.into());
                }
            }
        }
        self.rest.grow(self.atoms.len());
        self.fields.resize_with(self.atoms.fields().len(), ByField::default);
        let place = |(at, formula)| (self.place(slot, at as u8, &formula), formula);
        Ok(Places(formulas.into_iter().enumerate().map(place).collect()))
    }

    fn place(&mut self, slot: u32, condition: u8, formula: &Formula<Literal>) -> Access {
        let (access, used) = self.access(formula);
        let Self { atoms, rest, fields, always } = self;
        let parts = formula.conjuncts().iter().enumerate();
        let left = parts.filter(|(at, _)| Some(*at) != used).map(|(_, part)| part.clone());
        let mut entry = || Entry::new(slot, condition, left.clone(), atoms, rest);
        match &access {
            Access::Equal(field, values) => {
                let (equal, entry) = (&mut fields[usize::from(*field)].equal, entry());
                values.iter().for_each(|value| equal.add(*value, entry));
            }
            Access::AtLeast(field, value) => {
                insert(&mut fields[usize::from(*field)].at_least, *value, entry());
            }
            Access::Below(field, value) => {
                insert(&mut fields[usize::from(*field)].below, *value, entry());
            }
            Access::Always => *always = always.iter().copied().chain([entry()]).collect(),
            Access::Nowhere => {}
        }
        access
    }

    /// Where a condition is to stand, and which of its parts that takes care of.
    fn access(&self, formula: &Formula<Literal>) -> (Access, Option<usize>) {
        if formula.is_never() {
            return (Access::Nowhere, None);
        }
        let parts = || formula.conjuncts().iter().enumerate();
        let equal = parts().filter_map(|(at, part)| Some((at, self.values(part)?)));
        // Where the fewest stand already; a wider field tells more events apart.
        let best = equal.min_by_key(|(_, (field, values))| {
            let equal = &self.fields[usize::from(*field)].equal;
            let known: usize = values.iter().map(|value| equal.get(*value).len()).sum();
            let width = self.atoms.fields()[usize::from(*field)].bytes();
            (known, Reverse(width), values.len())
        });
        if let Some((at, (field, values))) = best {
            return (Access::Equal(field, values), Some(at));
        }
        let mut bounds = parts().filter_map(|(at, part)| Some((self.bound(part)?, Some(at))));
        bounds.next().unwrap_or((Access::Always, None))
    }

    /// The values of one field that `part` asks for, if it asks for nothing else.
    fn values(&self, part: &Formula<Literal>) -> Option<(Slot, Vec<i64>)> {
        let one = |part: &Formula<Literal>| match part {
            Formula::Literal(Literal { atom, met: true }) => match self.atoms.test(*atom) {
                Test::Plain(Plain::Equal(field, value)) => Some((*field, *value)),
                _ => None,
            },
            _ => None,
        };
        let parts = match part {
            Formula::Any(parts) => &parts[..],
            part => std::slice::from_ref(part),
        };
        let (field, _) = one(parts.first()?)?;
        let value = |part| one(part).filter(|(other, _)| *other == field).map(|(_, value)| value);
        let mut values = parts.iter().map(value).collect::<Option<Vec<_>>>()?;
        values.sort_unstable();
        values.dedup();
        (values.len() <= MOST_VALUES).then_some((field, values))
    }

    fn bound(&self, part: &Formula<Literal>) -> Option<Access> {
        let &Formula::Literal(Literal { atom, met }) = part else { return None };
        match *self.atoms.test(atom) {
            Test::Plain(Plain::AtLeast(field, value)) if met => Some(Access::AtLeast(field, value)),
            Test::Plain(Plain::AtLeast(field, value)) => Some(Access::Below(field, value)),
            _ => None,
        }
    }

    /// Removes what [`Index::add`] added.
    pub(super) fn remove(&mut self, slot: u32, places: &Places) {
        let Self { atoms, rest, fields, always } = self;
        let mut forget = |entry: &Entry| rest.forget(entry);
        for (access, formula) in &places.0 {
            match access {
                Access::Equal(field, values) => {
                    let equal = &mut fields[usize::from(*field)].equal;
                    values.iter().for_each(|value| equal.remove(*value, slot, &mut forget));
                }
                Access::AtLeast(field, _) => {
                    sift(&mut fields[usize::from(*field)].at_least, slot, &mut forget);
                }
                Access::Below(field, _) => {
                    sift(&mut fields[usize::from(*field)].below, slot, &mut forget);
                }
                Access::Always => take(always, slot, &mut forget),
                Access::Nowhere => {}
            }
            atoms.release(formula);
        }
    }

    /// Wakes the patterns that look for a condition which `event` meets.
    #[inline]
    pub(super) fn find<E: Pod>(&mut self, event: &E, wake: &mut Wake) {
        let Self { atoms, rest, fields, always } = self;
        rest.next_event();
        let mut visit = |entry: &Entry| {
            let wanted = wake.wanted[entry.slot as usize] & entry.condition();
            if wanted != 0 && entry.holds(atoms, rest, event) {
                wake.wake(entry.slot, wanted);
            }
        };
        for (by, field) in fields.iter().zip(atoms.fields()) {
            let number = field.number(event);
            by.equal.get(number).iter().for_each(&mut visit);
            let met = by.at_least.iter().take_while(|(least, _)| *least <= number);
            met.for_each(|(_, entry)| visit(entry));
            let from = by.below.partition_point(|(end, _)| *end <= number);
            by.below[from..].iter().for_each(|(_, entry)| visit(entry));
        }
        always.iter().for_each(&mut visit);
    }

    /// Calls `hit` for each condition that one of `events`, at most [`LANES`](crate::columns::LANES)
    /// of them, meets, with the event's number among them; whoever looks for it. `formula` gives
    /// the formula of a pattern's condition. Each atom is tested at most once for an event, and over
    /// all events at once where many of them ask.
    pub(super) fn find_all<'f, E: Pod>(
        &self,
        events: &[E],
        block: &mut Block,
        formula: impl Fn(u32, usize) -> Option<&'f Formula<Literal>>,
        mut hit: impl FnMut(usize, &Entry),
    ) {
        let Self { atoms, rest, fields, always } = self;
        block.next();
        let all = u64::MAX >> (LANES - events.len());
        let mut over_all = |block: &mut Block, entry: &Entry| {
            let Some(formula) = formula(entry.slot, entry.number()) else { return };
            let mut met = block.formula(atoms, formula, all, events);
            while met != 0 {
                hit(met.trailing_zeros() as usize, entry);
                met &= met - 1;
            }
        };
        always.iter().for_each(|entry| over_all(block, entry));
        for (by, field) in fields.iter().zip(atoms.fields()) {
            let numbers = || events.iter().map(|event| field.number(event));
            let (Some(low), Some(high)) = (numbers().min(), numbers().max()) else { return };
            let met = by.at_least.iter().take_while(|(least, _)| *least <= high);
            met.for_each(|(_, entry)| over_all(block, entry));
            let from = by.below.partition_point(|(end, _)| *end <= low);
            by.below[from..].iter().for_each(|(_, entry)| over_all(block, entry));
        }
        for (by, field) in fields.iter().zip(atoms.fields()) {
            for (at, event) in events.iter().enumerate() {
                for entry in by.equal.get(field.number(event)) {
                    let (begins, rest) = entry.begins(atoms.fields(), rest, event);
                    let one = 1 << at;
                    let mut holds = |rest| block.formula(atoms, rest, one, events) != 0;
                    if begins && rest.is_none_or(&mut holds) {
                        hit(at, entry);
                    }
                }
            }
        }
    }

    /// The atoms of all conditions.
    pub(super) fn atoms(&self) -> &Atoms {
        &self.atoms
    }

    /// How many conditions stand where `access` leads.
    pub(super) fn beside(&self, access: &Access) -> usize {
        let of = |field: &Slot| &self.fields[usize::from(*field)];
        match access {
            Access::Equal(field, values) => {
                values.iter().map(|value| of(field).equal.get(*value).len()).sum()
            }
            Access::AtLeast(field, _) => of(field).at_least.len(),
            Access::Below(field, _) => of(field).below.len(),
            Access::Always => self.always.len(),
            Access::Nowhere => 0,
        }
    }

    /// How many atoms and fields there are at most.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.atoms.len(), self.atoms.fields().len())
    }

    /// Bytes allocated, those of closures apart.
    pub(super) fn memory(&self) -> usize {
        let fields = self.fields.iter().map(|by| {
            let bounds = by.at_least.capacity() + by.below.capacity();
            by.equal.memory() + bounds * size_of::<(i64, Entry)>()
        });
        self.atoms.memory()
            + self.rest.memory()
            + self.fields.capacity() * size_of::<ByField>()
            + fields.sum::<usize>()
            + size_of_val(&*self.always)
    }
}

fn insert(list: &mut Vec<(i64, Entry)>, value: i64, entry: Entry) {
    let at = list.partition_point(|(known, _)| *known <= value);
    list.insert(at, (value, entry));
}

/// Takes the entries of pattern `slot` out of `list`.
fn sift(list: &mut Vec<(i64, Entry)>, slot: u32, removed: &mut impl FnMut(&Entry)) {
    for (_, entry) in list.extract_if(.., |(_, entry)| entry.slot == slot) {
        removed(&entry);
    }
    list.shrink_to_fit();
}

/// That the event is one of the kinds that `ir` is about, if it is not about all.
fn kinds(ir: &Ir) -> Option<Condition> {
    let (kinds, field) = (ir.kinds.as_ref()?, ir.schema.kind()?);
    let is = |kind: &i128| Condition::Compare {
        left: Expr::Field { place: Place::Current, field },
        comparison: Comparison::Equal,
        right: Expr::Number(Decimal::new(*kind, ir.schema.field(field).scale())),
    };
    Some(Condition::any(kinds.iter().map(is).collect()))
}
