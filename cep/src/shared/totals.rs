//! How many matches there are, and the sum of a field over them, without looking at each.
//!
//! Next to each node stands how many partial matches it is, of any start since its first. That is
//! exact while the earliest of them starts within the window. When it no longer does, the node is
//! counted again from the nodes below it, and the outcome is kept, since what has left the window
//! never comes back: each node is counted again at most once for each start that leaves it, and
//! never more often than enumeration would visit it.

use bytemuck::Pod;

use super::arena::{Arena, Below, Root};
use crate::field::RawField;
use crate::ir::{Emit, Ir, StepId};

/// How many matches one event completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// So many.
    pub count: u128,
    /// The sum that the pattern asks for, in the unit in which the field is stored.
    pub sum: Option<i128>,
    /// Is it so, and not too much for 128 bits?
    pub is_exact: bool,
}

/// Of one node.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// The earliest start among those counted.
    earliest: u64,
    count: u128,
    sum: i128,
    /// What the event adds to the sum, if it is one.
    value: i128,
    overflowed: bool,
}

/// Of all nodes.
#[derive(Debug)]
pub(super) struct Tallies {
    sums: Option<(StepId, RawField)>,
    /// At the places of the nodes.
    tallies: Box<[Tally]>,
    /// Nodes that wait for those below them; never more than there are.
    waiting: Vec<u64>,
}

impl Tallies {
    /// For the totals that `ir` asks for; `None` if it asks for matches.
    pub(super) fn new(ir: &Ir, nodes: usize) -> Option<Self> {
        let sums = match ir.emit {
            Emit::Matches => return None,
            Emit::Count => None,
            Emit::Sum { step, field } => Some((step, ir.schema.raw(field))),
        };
        let (tallies, waiting) = (vec![Tally::default(); nodes].into(), Vec::with_capacity(nodes));
        Some(Self { sums, tallies, waiting })
    }

    /// `node` is `event`, bound to `step` after `before`.
    pub(super) fn bind<E: Pod>(
        &mut self,
        node: Root,
        before: Option<Root>,
        step: StepId,
        event: &E,
        arena: &Arena,
    ) {
        let value = match self.sums {
            Some((sums, field)) if sums == step => i128::from(field.number(event)) + field.bias(),
            _ => 0,
        };
        let first = Tally { earliest: node.start, count: 1, ..Tally::default() };
        let before = before.map_or(first, |before| self.held(before.node, arena));
        *self.of(node.node) = before.and(value);
    }

    /// `node` is `late` and `early`.
    pub(super) fn union(&mut self, node: Root, late: Root, early: Root, arena: &Arena) {
        let both = self.held(late.node, arena).or(self.held(early.node, arena));
        *self.of(node.node) = both;
    }

    /// Adds the matches of `root` that start at `oldest` or later.
    pub(super) fn add(&mut self, totals: &mut Totals, root: Root, oldest: u64, arena: &Arena) {
        if root.start < oldest {
            return;
        }
        self.waiting.push(root.node);
        while let Some(&node) = self.waiting.last() {
            if self.of(node).earliest >= oldest {
                self.waiting.pop();
                continue;
            }
            // A node that still waits is counted before this one is looked at again.
            let open = match arena.below(node) {
                Below::Nothing => None,
                Below::Event(before) => self.open(before, oldest, arena),
                Below::Union(late, early) => {
                    self.open(late, oldest, arena).or_else(|| self.open(early, oldest, arena))
                }
            };
            match open {
                Some(open) => self.waiting.push(open),
                None => self.recount(node, oldest, arena),
            }
        }
        let Tally { count, sum, overflowed, .. } = *self.of(root.node);
        let (count, above) = totals.count.overflowing_add(count);
        let (sum, beyond) = totals.sum.unwrap_or(0).overflowing_add(sum);
        totals.count = count;
        totals.sum = self.sums.is_some().then_some(sum);
        totals.is_exact &= !(above || beyond || overflowed);
    }

    /// `node`, if it has matches in the window and is not exact.
    fn open(&mut self, node: u64, oldest: u64, arena: &Arena) -> Option<u64> {
        let alive = arena.start(node).is_some_and(|start| start >= oldest);
        (alive && self.of(node).earliest < oldest).then_some(node)
    }

    /// Counts `node` from the nodes below it, all of them exact.
    fn recount(&mut self, node: u64, oldest: u64, arena: &Arena) {
        let mut alive = |node: u64| {
            let alive = arena.start(node).is_some_and(|start| start >= oldest);
            if alive { *self.of(node) } else { Tally::NOTHING }
        };
        let counted = match arena.below(node) {
            Below::Nothing => Tally::NOTHING,
            Below::Event(before) => {
                let before = alive(before);
                before.and(self.of(node).value)
            }
            Below::Union(late, early) => alive(late).or(alive(early)),
        };
        *self.of(node) = counted;
    }

    /// Of `node`; nothing if it is overwritten, by one made for the same event perhaps.
    fn held(&mut self, node: u64, arena: &Arena) -> Tally {
        if arena.holds(node) { *self.of(node) } else { Tally::NOTHING }
    }

    fn of(&mut self, node: u64) -> &mut Tally {
        &mut self.tallies[node as usize & (self.tallies.len() - 1)]
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.tallies) + self.waiting.capacity() * size_of::<u64>()
    }
}

impl Tally {
    const NOTHING: Self =
        Self { earliest: u64::MAX, count: 0, sum: 0, value: 0, overflowed: false };

    /// Each of them with one more event, which adds `value`.
    fn and(self, value: i128) -> Self {
        let count = i128::try_from(self.count);
        let more = count.ok().and_then(|count| count.checked_mul(value));
        let sum =
            if value == 0 { Some(self.sum) } else { more.and_then(|it| it.checked_add(self.sum)) };
        let overflowed = self.overflowed || sum.is_none();
        Self { sum: sum.unwrap_or(0), value, overflowed, ..self }
    }

    /// All of both.
    fn or(self, other: Self) -> Self {
        let (count, above) = self.count.overflowing_add(other.count);
        let (sum, beyond) = self.sum.overflowing_add(other.sum);
        Self {
            earliest: self.earliest.min(other.earliest),
            count,
            sum,
            value: 0,
            overflowed: self.overflowed || other.overflowed || above || beyond,
        }
    }
}
