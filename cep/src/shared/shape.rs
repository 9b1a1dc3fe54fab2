//! What no event changes of a matcher: the automaton, and which of its states look at what.
//!
//! It does not depend on what conditions ask, only on which steps have the same one. Patterns that
//! are told what events meet (those of a set) therefore have one shape, if they differ in no more:
//! with a thousand shapes each event would find one that no cache holds any more.

use std::collections::HashMap;
use std::sync::Arc;

use super::automaton::Automaton;
use super::error::SharedError;
use crate::attention::name;
use crate::ir::Ir;

/// An automaton, and which of its states look at what.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) automaton: Automaton,
    /// Words of a set of states.
    pub(super) words: usize,
    /// States that every event changes.
    pub(super) impatient: Box<[u64]>,
    /// For each condition, the states that look at it.
    pub(super) wakes: Box<[u64]>,
    /// For each step, the number of its condition.
    pub(super) conditions: Box<[u8]>,
}

impl Shape {
    /// That of `ir`, whose steps' conditions have these numbers, with at most `limit` states.
    pub(super) fn new(ir: &Ir, conditions: &[u8], limit: usize) -> Result<Self, SharedError> {
        let automaton = Automaton::new(ir, conditions, limit)?;
        let words = automaton.len().div_ceil(64);
        let (mut impatient, mut wakes) = (vec![0; words], vec![0; 64 * words]);
        for state in 1..automaton.len() {
            let bit = 1 << (state % 64);
            if automaton.is_impatient(state) {
                impatient[state / 64] |= bit;
            }
            for condition in (0..64).filter(|at| automaton.interest(state) >> at & 1 == 1) {
                wakes[condition * words + state / 64] |= bit;
            }
        }
        let (impatient, wakes) = (impatient.into(), wakes.into());
        Ok(Self { automaton, words, impatient, wakes, conditions: conditions.into() })
    }

    /// Bytes that it takes, with the counts of those who hold it.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>()
            + 2 * size_of::<usize>()
            + self.automaton.memory()
            + size_of_val(&*self.impatient)
            + size_of_val(&*self.wakes)
            + size_of_val(&*self.conditions)
    }
}

/// The shapes that the matchers of a set hold, by what they are of.
#[derive(Debug, Default)]
pub(crate) struct Shapes(HashMap<String, Arc<Shape>>);

impl Shapes {
    /// That of `ir`; its automaton has at most `limit` states.
    pub(super) fn of(
        &mut self,
        ir: &Ir,
        conditions: &[u8],
        limit: usize,
    ) -> Result<Arc<Shape>, SharedError> {
        let name = format!("{limit} {}", name(ir));
        if let Some(shape) = self.0.get(&name) {
            return Ok(Arc::clone(shape));
        }
        let shape = Arc::new(Shape::new(ir, conditions, limit)?);
        self.0.insert(name, Arc::clone(&shape));
        Ok(shape)
    }

    /// Forgets those that no matcher holds.
    pub(crate) fn prune(&mut self) {
        self.0.retain(|_, shape| Arc::strong_count(shape) > 1);
    }

    /// Bytes that they take, the names they are known by apart.
    pub(crate) fn memory(&self) -> usize {
        self.0.values().map(|shape| shape.memory()).sum()
    }
}
