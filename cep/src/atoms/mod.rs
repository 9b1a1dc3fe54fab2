//! Atoms: the tests on one event that conditions are made of, each known once.
//!
//! What a condition asks of the current event alone becomes a formula ([`Formula`]) over atoms:
//! one comparison with a number, of two fields, of a sum; a computed value; a closure. Equal atoms
//! of several conditions, and of several patterns, are one, and a comparison and its opposite are
//! one, so that whoever evaluates them does each at most once for an event. What a condition asks
//! of earlier events is left out: the formula says what must hold *besides*.
//!
//! Atoms are counted: one that no formula holds any more is forgotten, and its number given to
//! another. Nothing here knows how atoms are evaluated over many events (see [`crate::columns`])
//! or found for one (see [`crate::set`]).

mod formula;
mod test;

use std::collections::HashMap;

use bytemuck::Pod;

use crate::field::RawField;
use crate::ir::{Condition, TooLarge};
use crate::schema::Schema;

pub(crate) use formula::Formula;
use formula::Leaf;
pub(crate) use test::{Plain, Test};

/// An atom, or its opposite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Number of the atom.
    pub(crate) atom: u32,
    /// Is it to hold?
    pub(crate) met: bool,
}

/// Number of a field among those that atoms read.
pub(crate) type Slot = u16;

/// All atoms.
#[derive(Debug, Default)]
pub(crate) struct Atoms {
    fields: Vec<RawField>,
    /// By number; those that nobody holds are empty places.
    tests: Vec<Option<Test>>,
    /// How many literals there are of each.
    uses: Vec<u32>,
    free: Vec<u32>,
    plain: HashMap<Plain, u32>,
}

impl Atoms {
    /// What `condition` asks of the current event alone.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if its numbers do not fit; no atom is held then.
    pub(crate) fn add(
        &mut self,
        condition: &Condition,
        schema: &Schema,
    ) -> Result<Formula<Literal>, TooLarge> {
        let formula = formula::of(condition, schema, &mut self.fields)?;
        Ok(formula.map(&mut |leaf| self.hold(leaf)))
    }

    fn hold(&mut self, Leaf { test, met }: Leaf) -> Literal {
        let known = match &test {
            Test::Plain(plain) => self.plain.get(plain).copied(),
            // Few, and not hashed.
            other => {
                let same = |known: &Option<Test>| known.as_ref() == Some(other);
                self.tests.iter().position(same).map(|at| at as u32)
            }
        };
        let atom = known.or_else(|| self.free.pop()).unwrap_or_else(|| {
            self.tests.push(None);
            self.uses.push(0);
            self.tests.len() as u32 - 1
        });
        if known.is_none() {
            if let Test::Plain(plain) = &test {
                self.plain.insert(plain.clone(), atom);
            }
            self.tests[atom as usize] = Some(test);
        }
        self.uses[atom as usize] += 1;
        Literal { atom, met }
    }

    /// Lets go of what [`Atoms::add`] gave.
    pub(crate) fn release(&mut self, formula: &Formula<Literal>) {
        formula.each(&mut |literal| {
            let at = literal.atom as usize;
            self.uses[at] -= 1;
            if self.uses[at] == 0 {
                if let Some(Test::Plain(plain)) = self.tests[at].take() {
                    self.plain.remove(&plain);
                }
                self.free.push(literal.atom);
            }
        });
    }

    /// The fields that are read, by slot.
    pub(crate) fn fields(&self) -> &[RawField] {
        &self.fields
    }

    /// One more than the largest number of an atom.
    pub(crate) fn len(&self) -> usize {
        self.tests.len()
    }

    /// The test of `atom`.
    ///
    /// # Panics
    ///
    /// If nobody holds it.
    #[inline]
    pub(crate) fn test(&self, atom: u32) -> &Test {
        self.tests[atom as usize].as_ref().expect("an atom that somebody holds")
    }

    /// How many literals there are of `atom`.
    pub(crate) fn uses(&self, atom: u32) -> u32 {
        self.uses[atom as usize]
    }

    /// Does `event` meet `atom`?
    #[inline]
    pub(crate) fn holds<E: Pod>(&self, atom: u32, event: &E) -> bool {
        self.test(atom).holds(&self.fields, event)
    }

    /// Bytes allocated, those of closures apart; the map's own structure is taken as one word an
    /// entry.
    pub(crate) fn memory(&self) -> usize {
        let behind = self.tests.iter().flatten().map(Test::memory).sum::<usize>();
        self.fields.capacity() * size_of::<RawField>()
            + self.tests.capacity() * size_of::<Option<Test>>()
            + (self.uses.capacity() + self.free.capacity()) * size_of::<u32>()
            + self.plain.capacity() * (size_of::<(Plain, u32)>() + size_of::<usize>())
            + behind
    }
}
