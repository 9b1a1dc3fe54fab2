//! Building a matcher: all that it will ever allocate.

use std::sync::Arc;

use bytemuck::Pod;

use super::arena::{Arena, Ring, Root};
use super::keys::Keys;
use super::predicates::Predicates;
use super::room::Most;
use super::scope::Scope;
use super::selected::Selected;
use super::shape::{Shape, Shapes};
use super::sorted::Sorted;
use super::totals::Tallies;
use super::{Bound, Partition, SharedCounts, SharedError, SharedLimits, SharedMatcher};
use crate::ir::Ir;
use crate::overflow::Overflow;

impl<E: Pod> SharedMatcher<E> {
    /// A matcher of `ir`.
    ///
    /// # Errors
    ///
    /// A [`SharedError`] if the pattern asks for more than shared matching can do, its automaton
    /// is too large, a limit is out of range, or `E` is not the schema's type.
    pub fn new(ir: &Ir, limits: SharedLimits) -> Result<Self, SharedError> {
        Self::starting_at(ir, limits, 0, None)
    }

    /// A matcher that is told what events meet ([`push_met`](Self::push_met)), and must be; of
    /// `patterns` patterns alike if they are not partitioned, which have the room of as many.
    pub(crate) fn told(
        ir: &Ir,
        limits: SharedLimits,
        shapes: &mut Shapes,
        patterns: usize,
    ) -> Result<Self, SharedError> {
        let (nodes, events) = (limits.nodes * patterns, limits.events * patterns);
        let limits = SharedLimits { nodes, events, ..limits };
        Self::starting_at(ir, limits, 0, Some((shapes, patterns)))
    }

    /// With nodes and events numbered from `origin`.
    pub(super) fn starting_at(
        ir: &Ir,
        limits: SharedLimits,
        origin: u64,
        told: Option<(&mut Shapes, usize)>,
    ) -> Result<Self, SharedError> {
        limits.check()?;
        let scope = Scope::new::<E>(ir)?;
        let (predicates, conditions) = Predicates::new(ir)?;
        let limit = limits.states;
        let (shape, patterns) = match told {
            Some((shapes, patterns)) => (shapes.of(ir, &conditions, limit)?, patterns),
            None => (Arc::new(Shape::new(ir, &conditions, limit)?), 1),
        };
        let (automaton, words, states) = (&shape.automaton, shape.words, shape.automaton.len());
        let fields = ir.partition_by.iter().map(|field| ir.schema.raw(*field)).collect();
        let keys = Keys::new(fields, limits.keys);
        let partitions = patterns * keys.most();
        let most_changes = states * (ir.steps.len() + 1);
        let binds = automaton.most_binds();
        let most = Most { binds, nodes: 2 * binds + states, events: ir.steps.len() };
        let (mut nodes, mut events) = (limits.nodes, limits.events);
        if limits.overflow != Overflow::DropOldest {
            if !scope.ages() {
                return Err(SharedError::Overflow);
            }
            let fewest = most.fewest();
            (nodes, events) = (nodes.max(fewest.0), events.max(fewest.1));
        }
        let (nodes, events) = (nodes.next_power_of_two(), events.next_power_of_two());
        let longest = automaton.longest().unwrap_or(nodes).min(nodes);
        let selected = scope.first.map(|most| {
            Selected::new(most, longest).ok_or(SharedError::Clause { clause: "LIMIT" })
        });
        let selected = selected.transpose()?;
        let empty =
            Bound { sequence: 0, position: 0, step: crate::ir::StepId::new(0), event: E::zeroed() };
        Ok(Self {
            predicates,
            scope,
            selected,
            sorted: None,
            tallies: Tallies::new(ir, nodes),
            most_matches: limits.matches,
            overflow: limits.overflow,
            refusal: None,
            most,
            impatient_now: 0,
            active_now: 0,
            partitions: vec![Partition::default(); partitions].into(),
            hand: 0,
            last: None,
            active: vec![0; partitions * words].into(),
            roots: vec![Root { node: 0, start: 0 }; partitions * states].into(),
            arena: Arena::new(nodes, origin),
            ring: Ring::new(events, origin, empty),
            numbers: vec![0; ir.steps.len()].into(),
            changes: Vec::with_capacity(most_changes),
            complete: Vec::with_capacity(most_changes),
            path: vec![0; nodes].into(),
            shape,
            keys,
            counts: SharedCounts::default(),
        })
    }

    /// Bytes allocated, all of them when it was built (the closures of the pattern apart).
    #[must_use]
    pub fn memory(&self) -> usize {
        let partitions = size_of_val(&*self.partitions) + size_of_val(&*self.active);
        // What several have in common is counted by who keeps it.
        let own = Arc::strong_count(&self.shape) == 1;
        let shape = if own { self.shape.memory() } else { 0 };
        let event = size_of_val(&*self.numbers)
            + self.changes.capacity() * size_of::<(u16, Root)>()
            + self.complete.capacity() * size_of::<Root>()
            + size_of_val(&*self.path);
        shape
            + self.predicates.memory()
            + self.scope.memory()
            + self.selected.as_ref().map_or(0, Selected::memory)
            + self.sorted.as_ref().map_or(0, Sorted::memory)
            + self.tallies.as_ref().map_or(0, Tallies::memory)
            + self.keys.memory()
            + partitions
            + size_of_val(&*self.roots)
            + self.arena.memory()
            + self.ring.memory()
            + event
    }
}
