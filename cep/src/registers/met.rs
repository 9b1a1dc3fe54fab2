//! For a caller that tests the conditions of many patterns at once: it says what an event meets
//! ([`Matcher::push_met`]), and shows only events that matter.
//!
//! Such a matcher tests nothing on the event alone itself. Patterns that differ in no more than
//! that thus have the same plan, which is kept once, however many there are: with a thousand plans
//! each event would find one that no cache holds any more.

use std::collections::HashMap;
use std::sync::Arc;

use bytemuck::Pod;

use super::blocks::Key;
use super::limits::{Limit, Limits};
use super::matcher::Matcher;
use super::plan::{Branch, Plan};
use super::why::Why;
use crate::attention::{Attention, bare, name};
use crate::ir::Ir;

/// The plans that matchers hold, by what they are of.
#[derive(Debug, Default)]
pub(crate) struct Plans(HashMap<String, Arc<Plan>>);

impl Plans {
    /// The plan of `ir` without what conditions ask of single events.
    fn of(&mut self, ir: &Ir) -> Result<Arc<Plan>, Why> {
        let name = name(ir);
        if let Some(plan) = self.0.get(&name) {
            return Ok(Arc::clone(plan));
        }
        let plan = Arc::new(Plan::numbered(&bare(ir), ir.conditions().1)?);
        self.0.insert(name, Arc::clone(&plan));
        Ok(plan)
    }

    /// Forgets those that no matcher holds.
    pub(crate) fn prune(&mut self) {
        self.0.retain(|_, plan| Arc::strong_count(plan) > 1);
    }
}

/// The conditions that matter in the first of `states`, by the numbers of the steps'.
pub(super) fn first(states: &[Vec<Branch>], conditions: &[u8]) -> u64 {
    let meets = states[0].iter().flat_map(|branch| branch.barred.iter().chain([&branch.meets]));
    let steps = meets.fold(0, |steps, meets| steps | meets.bit);
    let numbers = conditions.iter().enumerate().filter(|(step, _)| steps >> step & 1 == 1);
    numbers.fold(0, |all, (_, number)| all | 1 << number)
}

impl<E: Pod> Matcher<E> {
    /// A matcher that is told what events meet, and must be: it shares its plan. Of `patterns`
    /// patterns alike if they are not partitioned and hold nothing back, which have the room of as
    /// many.
    ///
    /// # Errors
    ///
    /// [`Why`] the pattern cannot be run so.
    pub(crate) fn told(
        ir: &Ir,
        limits: Limits,
        plans: &mut Plans,
        patterns: usize,
    ) -> Result<Self, Why> {
        let all = |limit: Limit| Limit { most: limit.most * patterns, ..limit };
        let Limits { runs, bound, matches, .. } = limits;
        let limits = Limits { runs: all(runs), bound: all(bound), matches, ..limits };
        Ok(Self::with_plan(plans.of(ir)?, limits, patterns))
    }

    /// Which events `pattern` must be shown next: only these change it.
    #[inline]
    pub(crate) fn attention(&self, pattern: u32) -> Attention {
        let Self { plan, blocks, limits, .. } = self;
        let has_runs = |head: Option<u32>| head.is_some_and(|head| blocks.len(head) > 0);
        let counts = plan.ir.window.events.is_some();
        let (waits, next) = if plan.key.is_empty() {
            let waits = has_runs(blocks.find(&[u64::from(pattern), 0, 0, 0]));
            (waits, waits)
        } else {
            let key = self.last.filter(|_| plan.every && !counts);
            (blocks.free().1 < limits.keys.most, key.is_some_and(|key| has_runs(blocks.find(&key))))
        };
        // A held match may go with the event that its window has no room for.
        let every = waits && counts && (!plan.key.is_empty() || !self.outputs.held.is_empty());
        Attention {
            conditions: if waits { u64::MAX } else { plan.first },
            every,
            next: next && plan.adjacent,
            some: waits && plan.adjacent,
            deadline: self.deadline(),
        }
    }

    /// So many events came that it was not shown, which its window counts; without a partition.
    pub(crate) fn pass_events(&mut self, events: u64) {
        if let Some(head) = self.blocks.find(&Key::default()) {
            self.blocks.pass_events(head, events);
        }
    }

    /// When time alone lets something out.
    #[inline]
    pub(crate) fn deadline(&self) -> u64 {
        self.held_until
    }

    /// Forgets what `pattern`, which is not partitioned, holds.
    pub(crate) fn forget(&mut self, pattern: u32) {
        if let Some(head) = self.blocks.find(&[u64::from(pattern), 0, 0, 0]) {
            self.blocks.retain(head, |_| false);
            self.blocks.forget_if_empty(head);
        }
    }
}
