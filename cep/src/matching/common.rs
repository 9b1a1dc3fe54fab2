//! What the matchers of a set have in common.

use crate::registers::Plans;
use crate::shared::Shapes;

/// What no event changes of matchers that are told what events meet: kept once for all that do
/// the same.
#[derive(Debug, Default)]
pub(crate) struct Common {
    pub(super) plans: Plans,
    pub(super) shapes: Shapes,
}

impl Common {
    /// Forgets what no matcher holds.
    pub(crate) fn prune(&mut self) {
        self.plans.prune();
        self.shapes.prune();
    }

    /// Bytes that it takes, compiled patterns apart.
    pub(crate) fn memory(&self) -> usize {
        self.shapes.memory()
    }
}
