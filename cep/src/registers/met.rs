//! For a caller that tests the conditions of many patterns at once: it says what an event meets
//! ([`Matcher::push_met`]), and shows only events that matter.
//!
//! Such a matcher tests nothing on the event alone itself. Patterns that differ in no more than
//! that thus have the same plan, which is kept once, however many there are: with a thousand plans
//! each event would find one that no cache holds any more.

use std::sync::Arc;

use bytemuck::Pod;

use super::blocks::Key;
use super::limits::Limits;
use super::matcher::Matcher;
use super::plan::{Branch, Plan};
use super::why::Why;
use crate::attention::{Attention, bare};
use crate::ir::Ir;

/// The plans that matchers hold.
#[derive(Debug, Default)]
pub(crate) struct Plans(Vec<Arc<Plan>>);

impl Plans {
    /// The plan of `ir` without what conditions ask of single events.
    fn of(&mut self, ir: &Ir) -> Result<Arc<Plan>, Why> {
        let (bare, (_, conditions)) = (bare(ir), ir.conditions());
        let mut known = self.0.iter();
        let known = known.find(|plan| *plan.conditions == *conditions && plan.ir == bare);
        if let Some(plan) = known {
            return Ok(Arc::clone(plan));
        }
        let plan = Arc::new(Plan::numbered(&bare, conditions)?);
        self.0.push(Arc::clone(&plan));
        Ok(plan)
    }

    /// Forgets those that no matcher holds.
    pub(crate) fn prune(&mut self) {
        self.0.retain(|plan| Arc::strong_count(plan) > 1);
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
    /// A matcher that is told what events meet, and must be: it shares its plan.
    ///
    /// # Errors
    ///
    /// [`Why`] the pattern cannot be run so.
    pub(crate) fn told(ir: &Ir, limits: Limits, plans: &mut Plans) -> Result<Self, Why> {
        Ok(Self::with_plan(plans.of(ir)?, limits))
    }

    /// Which events it must be shown next: only these change it.
    #[inline]
    pub(crate) fn attention(&self) -> Attention {
        let Self { plan, blocks, limits, .. } = self;
        let waits = if plan.key.is_empty() {
            blocks.find(&Key::default()).is_some_and(|head| blocks.len(head) > 0)
        } else {
            blocks.free().1 < limits.keys.most
        };
        Attention {
            conditions: if waits { u64::MAX } else { plan.first },
            every: waits && plan.every,
            deadline: self.held_until,
        }
    }
}
