//! The pattern unfolded: every way in which it can go on, for every point at which it can stand.
//!
//! A *point* is what is left of the pattern after some event was bound; from it lead *branches*,
//! each of which waits for one step, or for the end of the pattern. Counted loops are unfolded,
//! one point for each count that makes a difference. Made once, before the first event.

use std::ops::Range;

use thiserror::Error;

use super::limits::Limit;
use super::unfold::Unfolding;
use crate::eval::Test;
use crate::field::RawField;
use crate::ir::{Contiguity, Emit, Expr, Ir, StepId, StepSet, TooLarge};

/// Most branches of a pattern.
pub(super) const MOST_BRANCHES: usize = 1 << 20;

/// A pattern that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Rows before an event that is bound, read when a later event is.
    #[error(
        "step '{step}' compares `LAG` with a step that a permutation may bind later; \
         write the condition at the other step, with `PREV` or that step's fields"
    )]
    LateRows {
        /// The step.
        step: String,
    },
    /// A limit that cannot be.
    #[error("a limit of {value} {limit} is not possible; give at least 1, and at most 2^30")]
    Limit {
        /// Which one.
        limit: Limit,
        /// Its value.
        value: usize,
    },
    /// Numbers that do not fit.
    #[error("in the condition of step '{step}': {source}; use smaller numbers")]
    TooLarge {
        /// The step.
        step: String,
        /// Why.
        source: TooLarge,
    },
    /// Totals instead of matches.
    #[error("`EMIT` counts matches without looking at them; only shared matching does that")]
    Totals,
    /// Too many counts.
    #[error("the pattern unfolds to more than {most} branches; use smaller counts in loops")]
    TooManyBranches {
        /// How many there may be.
        most: usize,
    },
}

/// What one branch waits for, and what must hold while it does.
#[derive(Debug)]
pub(crate) struct Branch {
    /// The step to bind next; `None` at the end of the pattern.
    pub(crate) bind: Option<Bind>,
    /// `time(q) - time(p) < gap`.
    pub(crate) gap: Option<u64>,
    /// Steps that the event right after the last bound one must not meet.
    pub(crate) next: Vec<StepId>,
    /// Steps that no event between two bound ones may meet.
    pub(crate) between: Vec<StepId>,
    /// Steps that no event may meet for so long, or until the window closes.
    pub(crate) lasting: Vec<(Option<u64>, StepId)>,
    /// Steps that a preferred branch could have bound.
    pub(crate) barred: Vec<StepId>,
}

/// Tests that wait until all of some steps are bound.
pub(crate) type Later = Vec<(Test, StepSet)>;

#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) step: StepId,
    pub(crate) link: Contiguity,
    /// What must hold at once, where that is not all of the step's condition.
    pub(crate) now: Option<Test>,
    /// What must hold once these steps are bound.
    pub(crate) later: Later,
    /// The point after it.
    pub(crate) then: usize,
}

/// A pattern, ready to be matched.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) ir: Ir,
    pub(super) time: RawField,
    pub(super) kind: Option<RawField>,
    pub(super) key: Vec<RawField>,
    /// The condition of each step.
    pub(super) steps: Vec<Test>,
    /// The steps whose conditions read the event under test alone.
    pub(super) alone: StepSet,
    /// How many rows before an event they read.
    pub(super) rows: usize,
    pub(super) branches: Vec<Branch>,
    /// The branches of each point; the first one is the pattern's start.
    pub(super) points: Vec<Range<usize>>,
    /// Does any branch have something to be tested later?
    pub(super) defers: bool,
    /// Can the pattern end in several ways, of which one is an absence?
    pub(super) repeats: bool,
    /// Does a measure ask for the number of a match in its partition?
    pub(super) numbers: bool,
}

impl Plan {
    pub(super) fn new(ir: &Ir) -> Result<Self, BuildError> {
        if ir.emit != Emit::Matches {
            return Err(BuildError::Totals);
        }
        let schema = &ir.schema;
        let reads = || ir.steps.iter().map(|step| step.condition.reads());
        let alone = (reads().enumerate())
            .filter(|(_, reads)| !reads.earlier && reads.rows == 0)
            .map(|(at, _)| StepSet::of(StepId::new(at)));
        let too_large = |step: StepId| {
            let step = ir.step(step).name.clone();
            move |source| BuildError::TooLarge { step, source }
        };
        let mut steps = Vec::new();
        for (at, step) in ir.steps.iter().enumerate() {
            let test = Test::new(&step.condition, schema);
            steps.push(test.map_err(too_large(StepId::new(at)))?);
        }
        let Unfolding { branches, points, .. } = Unfolding::of(ir)?;
        let ends = || branches.iter().filter(|branch| branch.bind.is_none());
        let repeats = ends().count() > 1 && ends().any(|branch| !branch.lasting.is_empty());
        let later = |branch: &Branch| branch.bind.as_ref().is_some_and(|it| !it.later.is_empty());
        let defers = branches.iter().any(later);
        let raw = |field| schema.raw(field);
        Ok(Self {
            time: raw(schema.time()),
            kind: schema.kind().map(raw).filter(|_| ir.kinds.is_some()),
            key: ir.partition_by.iter().map(|field| raw(*field)).collect(),
            ir: ir.clone(),
            steps,
            alone: alone.fold(StepSet::default(), StepSet::union),
            rows: reads().map(|reads| reads.rows).max().unwrap_or(0) as usize,
            branches,
            points,
            defers,
            repeats,
            numbers: numbers(ir),
        })
    }
}

fn numbers(ir: &Ir) -> bool {
    let mut numbers = false;
    for measure in &ir.measures {
        measure.value.visit(&mut |expr| numbers |= *expr == Expr::MatchNumber);
    }
    numbers
}

/// The part of a step's condition that reads only what is bound by now, and the rest.
pub(super) fn split(
    ir: &Ir,
    step: StepId,
    unbound: StepSet,
) -> Result<(Option<Test>, Later), BuildError> {
    let conjuncts = ir.step(step).condition.conjuncts();
    let waits = |at: usize| conjuncts[at].reads().steps.intersection(unbound);
    if (0..conjuncts.len()).all(|at| waits(at).is_empty()) {
        return Ok((None, Vec::new()));
    }
    let (mut now, mut later) = (Vec::new(), Vec::new());
    for (at, conjunct) in conjuncts.iter().enumerate() {
        let test = Test::new(conjunct, &ir.schema).map_err(|source| {
            let step = ir.step(step).name.clone();
            BuildError::TooLarge { step, source }
        })?;
        if waits(at).is_empty() {
            now.push(test);
        } else if conjunct.reads().rows > 0 {
            return Err(BuildError::LateRows { step: ir.step(step).name.clone() });
        } else {
            later.push((test, waits(at)));
        }
    }
    Ok((Some(Test::All(now)), later))
}
