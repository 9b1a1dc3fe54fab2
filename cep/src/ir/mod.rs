//! The typed, resolved pattern: what the text, the builder and the macro all become.
//!
//! Names are numbers, literals are exact, defaults are spelled out, and everything is checked: a
//! planner can work from it without an error of the author's left to find. It knows no source
//! text (spans stay beside it, see [`crate::lang::Spans`]) and no plan: whether partial matches
//! are shared or run one by one is decided later, from what the conditions read.
//!
//! [`Display`](std::fmt::Display) gives it back as text, which resolves to the same pattern.
//!
//! What the parts mean is defined over *positions* 0, 1, 2, ... of the events of one partition
//! (same values of [`Ir::partition_by`], of the kinds in [`Ir::kinds`]). A match binds each step
//! to a rising list of positions, such that [`Ir::pattern`] holds from its first position to its
//! last, within [`Ir::window`].

mod column;
mod condition;
mod decimal;
mod display;
mod display_column;
mod display_expr;
mod duration;
mod expr;
mod linear;
mod magnitude;
mod node;
mod satisfiable;
mod shape;
mod step;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::schema::{FieldId, Schema};

pub use column::{Column, Decay, Frame, WindowAggregate};
pub use condition::{Condition, Opaque, Reads};
pub use decimal::Decimal;
pub(crate) use decimal::power_of_ten;
pub(crate) use duration::{Duration, nanoseconds, unit};
pub use expr::{Aggregate, Expr, Place};
pub use linear::{Linear, Operand, Term, TooLarge};
pub(crate) use magnitude::check as check_magnitude;
pub use node::{Absent, Contiguity, Extent, Link, Node, Stop};
pub use step::{Step, StepId, StepSet};

/// One pattern, typed and resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Ir {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The events it is about.
    pub schema: Arc<Schema>,
    /// Each combination of these fields' values is a stream of its own.
    pub partition_by: Vec<FieldId>,
    /// Only events whose kind is one of these are seen at all, negation and strict contiguity
    /// included; `None` for all events.
    pub kinds: Option<Vec<i128>>,
    /// The steps, numbered by [`StepId`] in the order of their first appearance.
    pub steps: Vec<Step>,
    /// How the steps follow each other.
    pub pattern: Node,
    /// What the whole match must fit into.
    pub window: Window,
    /// Which of the matches with the same first event count.
    pub selection: Selection,
    /// At most so many matches are emitted at one event.
    pub limit: Option<u64>,
    /// What becomes of overlapping matches.
    pub skip: Skip,
    /// Which of them is let through.
    pub order: Order,
    /// What becomes of the partial matches once there is a match.
    pub consume: Consume,
    /// Are partial matches that run out of time reported? A partial match is what has been bound
    /// and waits for another event, even if it is a match already that could go on; not so once
    /// a match has been found that starts at the same event, if one per start counts.
    pub emit_timeouts: bool,
    /// What comes out where an event completes matches.
    pub emit: Emit,
    /// What a match reports, evaluated at its last event.
    pub measures: Vec<Measure>,
}

/// Bounds of a whole match; both hold if both are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// `time(last) - time(first) < time`, in nanoseconds.
    pub time: Option<u64>,
    /// The match spans at most so many events of its partition, first and last included.
    pub events: Option<u64>,
}

/// Which of the matches with the same first event count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selection {
    /// All.
    #[default]
    All,
    /// The one that ends first.
    FirstPerStart,
    /// The one that ends last.
    LongestPerStart,
    /// The one that SQL:2016 prefers. Quantifiers then exclude nothing: [`Stop::Greedy`] and
    /// [`Stop::Each`] prefer another round to leaving, [`Stop::Reluctant`] leaving to another
    /// round, alternatives and the orders of permutations go in the order in which they stand, and
    /// an earlier event goes before a later one. The first difference decides. It is emitted once
    /// no partial match with the same start is left that may come to one preferred to it.
    PreferredPerStart,
}

/// What becomes of overlapping matches once one is found, per partition, in order of emission.
///
/// That is the order in which matches are complete; at one event or watermark, that of the times
/// at which absences at their ends have lasted, then of their last events, then of their first
/// ones, then of the events bound and their steps, from the first on. Matches that are held back
/// and come out together come in the order of their first events before all that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Skip {
    /// Nothing.
    None,
    /// Other matches with the same first event are dropped.
    ToNext,
    /// Matches that start at or before its last event are dropped.
    #[default]
    PastLast,
    /// Matches that start before the step's first event are dropped.
    ToFirst(StepId),
    /// Matches that start before the step's last event are dropped.
    ToLast(StepId),
}

/// Which of overlapping matches a skip lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The one that *starts* first, as in SQL:2016: it is emitted once no partial match of its
    /// partition that started earlier is left, whatever the skip. The default of the text
    /// language, because it is what that standard says.
    #[default]
    Leftmost,
    /// The one that *completes* first; it is emitted at once.
    Eager,
}

/// What becomes of the partial matches at an event that lets a match out.
///
/// With [`Order::Leftmost`] and a skip, complete matches may wait until no partial match that
/// started earlier is left; while they wait they count as partial. [`Order::Eager`] loses none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consume {
    /// They go on.
    #[default]
    None,
    /// Those of its partition are dropped before the next event.
    Partition,
    /// All are dropped before the next event.
    All,
}

/// What comes out where an event completes matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Emit {
    /// The matches.
    #[default]
    Matches,
    /// How many there are. All matches count: no other selection, no limit, no skip.
    Count,
    /// That, and the sum of a field over all events bound to a step in all of them, in the unit
    /// in which the field is stored.
    Sum {
        /// The step.
        step: StepId,
        /// The field, of whole numbers.
        field: FieldId,
    },
}

/// A value that a match reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// What it is called.
    pub name: String,
    /// Its value. The current event is the match's last.
    pub value: Expr,
}

impl Ir {
    /// The step numbered `id`.
    ///
    /// # Panics
    ///
    /// If `id` comes from another pattern, with more steps.
    #[must_use]
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.index()]
    }

    /// The numbers of its steps, in order.
    pub fn step_ids(&self) -> impl Iterator<Item = StepId> + use<> {
        (0..self.steps.len()).map(StepId::new)
    }

    /// The distinct conditions of the steps in order of first appearance, and for each step the
    /// number of its own: the bit by which masks of conditions know it.
    #[must_use]
    pub fn conditions(&self) -> (Vec<&Condition>, Vec<u8>) {
        let (mut known, mut numbers) = (Vec::<&Condition>::new(), Vec::new());
        for Step { condition, .. } in &self.steps {
            let number = known.iter().position(|other| *other == condition);
            numbers.push(number.unwrap_or(known.len()) as u8);
            if number.is_none() {
                known.push(condition);
            }
        }
        (known, numbers)
    }

    /// The first step in the order of the pattern whose condition reads events bound earlier, so
    /// that partial matches cannot be shared; `None` if every condition reads the current event
    /// alone.
    #[must_use]
    pub fn needs_runs(&self) -> Option<StepId> {
        let at = self.steps.iter().position(|step| step.condition.reads().earlier)?;
        Some(StepId::new(at))
    }
}
