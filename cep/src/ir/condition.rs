//! Conditions on an event, given the events bound before it.

use std::fmt;
use std::sync::Arc;

use super::expr::{Expr, Place};
use super::step::{StepId, StepSet};
use crate::comparison::Comparison;

/// A condition on the event under test.
///
/// A comparison with something undefined (an event that is not bound) is neither true nor false;
/// it is unknown, as in SQL, and stays unknown when negated. Only what is true is met.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A comparison of two values.
    Compare {
        /// Left side.
        left: Expr,
        /// How they are compared.
        comparison: Comparison,
        /// Right side.
        right: Expr,
    },
    /// The value is undefined; never unknown itself.
    IsNull(Expr),
    /// Every part holds; holds when there is none.
    All(Vec<Condition>),
    /// Some part holds; fails when there is none.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// A closure.
    Opaque(Opaque),
}

type Test = dyn Fn(&[u8]) -> bool + Send + Sync;

/// A test on the bytes of the event that nobody can look into. The text language has none.
#[derive(Clone)]
pub struct Opaque {
    name: String,
    test: Arc<Test>,
}

impl Opaque {
    /// A closure and the name it is printed by.
    pub fn new(name: &str, test: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), test: Arc::new(test) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does the event with these bytes pass?
    #[must_use]
    pub fn test(&self, event: &[u8]) -> bool {
        (self.test)(event)
    }
}

impl PartialEq for Opaque {
    /// The same closure?
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.test, &other.test)
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(event)", self.name)
    }
}

/// What a condition reads, besides constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reads {
    /// Events bound earlier: a partial match must then remember them.
    pub earlier: bool,
    /// How many events before the one under test it reads from the partition, bound or not.
    pub rows: u32,
    /// The steps that it names.
    pub steps: StepSet,
}

impl Reads {
    fn add(&mut self, expr: &Expr) {
        let step = match expr {
            Expr::Field { place: Place::Current, .. } => return,
            Expr::Field { place: Place::Row(back), .. } => {
                self.rows = self.rows.max(*back);
                return;
            }
            Expr::Field { place: Place::Previous(_), .. } => None,
            Expr::Field { place: Place::First(step, _), .. } => *step,
            Expr::Field { place: Place::Last(step, _), .. } => Some(*step),
            Expr::Aggregate { over, .. } => *over,
            _ => return,
        };
        self.earlier = true;
        self.steps = self.steps.union(step.map(StepSet::of).unwrap_or_default());
    }
}

impl Condition {
    /// Holds for every event.
    #[must_use]
    pub const fn always() -> Self {
        Self::All(Vec::new())
    }

    /// Holds for no event.
    #[must_use]
    pub const fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// Holds where `value` is undefined. Fields of the event under test never are.
    #[must_use]
    pub fn is_null(value: Expr) -> Self {
        match value {
            Expr::Field { place: Place::Current, .. } => Self::never(),
            value => Self::IsNull(value),
        }
    }

    /// Holds when all of `parts` hold. Conjunctions within it become parts of it.
    #[must_use]
    pub fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::All(flat) }
    }

    /// Holds when any of `parts` holds. Disjunctions within it become parts of it.
    #[must_use]
    pub fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::Any(flat) }
    }

    /// The parts that must all hold, if it is a conjunction; else itself.
    #[must_use]
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// What it reads.
    #[must_use]
    pub fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        self.visit(&mut |expr| reads.add(expr));
        reads
    }

    /// Does it read the event under test, and no other?
    #[must_use]
    pub fn reads_event_alone(&self) -> bool {
        let reads = self.reads();
        !reads.earlier && reads.rows == 0
    }

    /// Calls `visit` for every value in it.
    pub fn visit(&self, visit: &mut impl FnMut(&Expr)) {
        match self {
            Self::Compare { left, right, .. } => {
                left.visit(visit);
                right.visit(visit);
            }
            Self::IsNull(value) => value.visit(visit),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.visit(visit);
                }
            }
            Self::Not(part) => part.visit(visit),
            Self::Opaque(_) => {}
        }
    }

    /// Does it read the event bound to `step`?
    #[must_use]
    pub fn reads_step(&self, step: StepId) -> bool {
        self.reads().steps.contains(step)
    }
}
