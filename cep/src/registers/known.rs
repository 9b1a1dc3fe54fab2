//! What is known of a run from where it stands: how many events it has bound to each step, as far
//! as that matters to what a condition can read.
//!
//! Because this is part of a state, whether a value is defined is known when the pattern is
//! compiled: no run carries a mark for it.

use super::why::Why;
use crate::ir::{Expr, Ir, Place, StepId};

/// No expression looks back further than this.
const FURTHEST: u32 = 64;

/// Counts of bound events, each up to the largest that makes a difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Known {
    /// Of all steps.
    depth: u8,
    counts: Box<[u8]>,
}

impl Known {
    /// Before the first event.
    pub(super) fn nothing(ir: &Ir) -> Self {
        Self { depth: 0, counts: vec![0; ir.steps.len()].into() }
    }

    /// The largest counts that make a difference.
    pub(super) fn most(ir: &Ir) -> Result<Self, Why> {
        let mut most = Self { depth: 1, ..Self::nothing(ir) };
        for step in &ir.steps {
            let mut far = false;
            step.condition.visit(&mut |expr| far |= !most.cover(expr));
            if far {
                let step = step.name.clone();
                return Err(Why::Step { step, what: "looks back more than 64 events" });
            }
        }
        for measure in &ir.measures {
            let mut far = false;
            measure.value.visit(&mut |expr| far |= !most.cover(expr));
            if far {
                let measure = measure.name.clone();
                return Err(Why::Measure { measure, what: "looks back more than 64 events" });
            }
        }
        Ok(most)
    }

    /// Makes the counts large enough for `expr`; `false` if it looks back too far.
    fn cover(&mut self, expr: &Expr) -> bool {
        let (over, count) = match *expr {
            Expr::Field { place: Place::Previous(back), .. } => (None, back),
            Expr::Field { place: Place::First(over, later), .. } => (over, later.saturating_add(1)),
            Expr::Field { place: Place::Last(step, back), .. } => {
                (Some(step), back.saturating_add(1))
            }
            Expr::Aggregate { over, .. } => (over, 1),
            _ => return true,
        };
        let known = match over {
            Some(step) => &mut self.counts[step.index()],
            None => &mut self.depth,
        };
        *known = (*known).max(count.min(FURTHEST) as u8);
        count <= FURTHEST
    }

    /// How many events are bound to `over` (to any step, if `None`).
    pub(super) fn count(&self, over: Option<StepId>) -> u32 {
        over.map_or(self.depth, |step| self.counts[step.index()]).into()
    }

    /// After one more event was bound to `step`.
    pub(super) fn after(&self, step: StepId, most: &Self) -> Self {
        let mut after = self.clone();
        let at = step.index();
        after.depth = (self.depth + 1).min(most.depth);
        after.counts[at] = (self.counts[at] + 1).min(most.counts[at]);
        after
    }
}
