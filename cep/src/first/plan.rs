//! What the matcher executes: conditions split by what they read, registers for what is kept.
//!
//! A step's condition is a conjunction of *atoms* (they read the event under test alone, are
//! shared by all steps and evaluated once per event) and *tests* (they compare it with events
//! bound earlier). A test reads earlier events from registers, filled when a step binds; its
//! share of the current event is summed once per event, however many partial matches ask.

use std::ops::Range;

use bytemuck::Pod;

use super::atom::{Atom, Range as Guard, reads_current_only};
use super::error::PatternError;
use super::expr::Condition;
use super::gate::{Against, Bound, Gate};
use super::linear::Reduced;
use super::pattern::Step;
use super::runs::{NEAR, Registers};
use crate::comparison::Comparison;
use crate::field::RawField;

/// Most steps of a pattern: one bit each, one bit left for "complete".
pub(crate) const MOST_STEPS: usize = 63;
/// Most distinct atoms of a pattern: one bit each.
const MOST_ATOMS: usize = 64;

/// Everything the matcher needs to know about a pattern's conditions.
pub(crate) struct Plan<E> {
    atoms: Vec<Atom<E>>,
    /// A condition that every step requires, if there is one: most events fail it.
    guard: Option<Guard>,
    /// Atoms required, and the steps that require exactly those.
    classes: Vec<(u64, u64)>,
    pub(crate) steps: Vec<StepPlan>,
    tests: Vec<Test>,
    registers: Vec<(usize, RawField)>,
}

/// What one step asks for and leaves behind.
#[derive(Clone)]
pub(crate) struct StepPlan {
    /// Its gate, without any event's share.
    pub(crate) gate: Gate,
    /// Every one of these tests must hold.
    tests: Range<usize>,
    /// And every one of these conditions.
    trees: Vec<Tree>,
    /// All tests, those inside `trees` too.
    evaluated: Range<usize>,
    /// Fields of the event it binds, and the registers that keep them.
    pub(crate) saves: Vec<(RawField, usize)>,
}

/// `sum(current) + sum(bound) + constant`, compared with zero.
#[derive(Clone)]
struct Test {
    current: Vec<(RawField, i64)>,
    bound: Vec<Bound>,
    constant: i128,
    against: Against,
}

/// A condition that mixes earlier events with `OR` or `NOT`.
#[derive(Clone)]
enum Tree {
    Test(usize),
    Atom(usize),
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
}

impl<E: Pod> Plan<E> {
    pub(crate) fn new(pattern: &str, steps: &[Step<E>]) -> Result<Self, PatternError> {
        if steps.is_empty() {
            return Err(PatternError::NoStep { pattern: pattern.to_owned() });
        }
        if steps.len() > MOST_STEPS {
            return Err(PatternError::TooManySteps {
                pattern: pattern.to_owned(),
                steps: steps.len(),
                most: MOST_STEPS,
            });
        }
        let mut planner = Planner {
            steps,
            plan: Self {
                atoms: Vec::new(),
                guard: None,
                classes: Vec::new(),
                steps: Vec::new(),
                tests: Vec::new(),
                registers: Vec::new(),
            },
        };
        let mut needs = Vec::with_capacity(steps.len());
        for at in 0..steps.len() {
            needs.push(planner.step(at)?);
        }
        let mut plan = planner.plan;
        if plan.atoms.len() > MOST_ATOMS {
            return Err(PatternError::TooManyConditions {
                pattern: pattern.to_owned(),
                conditions: plan.atoms.len(),
                most: MOST_ATOMS,
            });
        }
        for (step, needed) in needs.iter().enumerate() {
            let mask = needed.iter().fold(0, |mask, &atom| mask | 1_u64 << atom);
            match plan.classes.iter_mut().find(|(atoms, _)| *atoms == mask) {
                Some((_, steps)) => *steps |= 1 << step,
                None => plan.classes.push((mask, 1 << step)),
            }
        }
        let common = plan.classes.iter().fold(u64::MAX, |common, (needed, _)| common & needed);
        plan.guard = plan.atoms.iter().enumerate().find_map(|(bit, atom)| match atom {
            Atom::Range(range) if common >> bit & 1 == 1 => Some(*range),
            _ => None,
        });
        for (register, &(step, field)) in plan.registers.iter().enumerate() {
            plan.steps[step].saves.push((field, register));
        }
        Ok(plan)
    }

    /// Is it certain, at a glance, that no step admits `event`?
    #[inline(always)]
    pub(crate) fn rejects(&self, event: &E) -> bool {
        self.guard.is_some_and(|guard| !guard.holds(event))
    }

    /// One bit for each atom that `event` meets.
    #[inline(always)]
    pub(crate) fn atoms(&self, event: &E) -> u64 {
        let atoms = self.atoms.iter().enumerate();
        atoms.fold(0, |bits, (bit, atom)| bits | u64::from(atom.holds(event)) << bit)
    }

    /// The same, atom by atom, for the events at `relevant`.
    pub(crate) fn atom_columns(&self, events: &[E], relevant: &[u32], bits: &mut [u64]) {
        bits.fill(0);
        for (bit, atom) in self.atoms.iter().enumerate() {
            match atom {
                Atom::Range(range) => range.column(events, relevant, bit as u32, bits),
                Atom::Tree(tree) => {
                    for (&at, bits) in relevant.iter().zip(&mut *bits) {
                        *bits |= u64::from(tree.holds(&events[at as usize])) << bit;
                    }
                }
            }
        }
    }

    /// One bit for each step whose atoms are all in `atoms`.
    #[inline(always)]
    pub(crate) fn admitted(&self, atoms: u64) -> u64 {
        // Without a branch for each class: whether an event matters is hard to predict.
        self.classes.iter().fold(0, |steps, &(needed, those)| {
            steps | those & u64::from(atoms & needed == needed).wrapping_neg()
        })
    }

    /// Sums the current event's share of each test of the steps in `admitted`.
    #[inline(always)]
    pub(crate) fn prepare(&self, event: &E, admitted: u64, sums: &mut [i128], gates: &mut [Gate]) {
        for (step, (plan, gate)) in self.steps.iter().zip(gates).enumerate() {
            if admitted >> step & 1 == 0 {
                continue;
            }
            let evaluated = plan.evaluated.clone();
            for (test, sum) in self.tests[evaluated.clone()].iter().zip(&mut sums[evaluated]) {
                *sum = test.of_current(event);
                gate.sum = *sum;
            }
        }
    }

    /// Do the registers of a run let `step` bind the event that `sums` and `atoms` describe? The
    /// step's own atoms are known to hold.
    pub(crate) fn binds(
        &self,
        step: usize,
        sums: &[i128],
        registers: Registers<'_>,
        atoms: u64,
    ) -> bool {
        let step = &self.steps[step];
        step.tests.clone().all(|test| self.tests[test].holds(sums[test], registers))
            && step.trees.iter().all(|tree| self.tree(tree, sums, registers, atoms))
    }

    fn tree(&self, tree: &Tree, sums: &[i128], registers: Registers<'_>, atoms: u64) -> bool {
        let holds = |part: &Tree| self.tree(part, sums, registers, atoms);
        match tree {
            Tree::Test(test) => self.tests[*test].holds(sums[*test], registers),
            Tree::Atom(atom) => atoms & 1 << atom != 0,
            Tree::All(parts) => parts.iter().all(holds),
            Tree::Any(parts) => parts.iter().any(holds),
            Tree::Not(part) => !holds(part),
        }
    }

    /// How many registers a partial match has.
    pub(crate) fn registers(&self) -> usize {
        self.registers.len()
    }

    /// How many tests there are, and so sums of the current event.
    pub(crate) fn tests(&self) -> usize {
        self.tests.len()
    }
}

impl Test {
    /// Brings `reduced`, compared with zero, to the form that is tested.
    fn new(reduced: Reduced, bound: Vec<Bound>, comparison: Comparison) -> Self {
        let (sign, offset, against) = Against::reduce(comparison);
        let constant = i128::from(sign) * (reduced.constant + reduced.bias()) + offset;
        let current = reduced.current.into_iter().map(|(field, factor)| (field, sign * factor));
        let bound = bound.into_iter().map(|b| Bound { factor: sign * b.factor, ..b });
        Self { current: current.collect(), bound: bound.collect(), constant, against }
    }

    /// The event's share of the sum, and the constant.
    #[inline(always)]
    fn of_current<E: Pod>(&self, event: &E) -> i128 {
        self.current.iter().fold(self.constant, |sum, (field, factor)| {
            sum + i128::from(*factor) * i128::from(field.number(event))
        })
    }

    fn holds(&self, current: i128, registers: Registers<'_>) -> bool {
        let bound = self.bound.iter().map(|bound| bound.times(registers.get(bound.register)));
        self.against.holds(bound.fold(current, |sum, value| sum + value))
    }
}

struct Planner<'a, E> {
    steps: &'a [Step<E>],
    plan: Plan<E>,
}

impl<E: Pod> Planner<'_, E> {
    /// Plans step `at`; returns the atoms it needs.
    fn step(&mut self, at: usize) -> Result<Vec<usize>, PatternError> {
        let (mut needs, mut direct, mut mixed) = (Vec::new(), Vec::new(), Vec::new());
        let mut pending = vec![&self.steps[at].condition];
        while let Some(condition) = pending.pop() {
            match condition {
                Condition::All(parts) => pending.extend(parts.iter().rev()),
                one if reads_current_only(one) => needs.push(self.atom(at, one)?),
                Condition::Compare { .. } => direct.push(condition),
                _ => mixed.push(condition),
            }
        }
        let first = self.plan.tests.len();
        for condition in direct {
            self.tree(at, condition)?;
        }
        let tests = first..self.plan.tests.len();
        let trees: Vec<_> =
            mixed.into_iter().map(|tree| self.tree(at, tree)).collect::<Result<_, _>>()?;
        let gate = match (&self.plan.tests[tests.clone()], trees.is_empty()) {
            ([], true) => Gate::default(),
            ([Test { bound, against: Against::AtLeastZero, .. }], true)
                if bound.len() == 1 && bound[0].register < NEAR =>
            {
                Gate { bound: bound[0], ..Gate::default() }
            }
            _ => Gate { complex: true, ..Gate::default() },
        };
        let evaluated = first..self.plan.tests.len();
        self.plan.steps.push(StepPlan { gate, tests, trees, evaluated, saves: Vec::new() });
        Ok(needs)
    }

    fn atom(&mut self, at: usize, condition: &Condition<E>) -> Result<usize, PatternError> {
        self.check(at, condition)?;
        let atom = Atom::new(condition);
        let atoms = &mut self.plan.atoms;
        Ok(atoms.iter().position(|other| *other == atom).unwrap_or_else(|| {
            atoms.push(atom);
            atoms.len() - 1
        }))
    }

    fn check(&self, at: usize, condition: &Condition<E>) -> Result<(), PatternError> {
        match condition {
            Condition::Compare { left, right, .. } => {
                Reduced::at(self.steps, at, left, right).map(|_| ())
            }
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().try_for_each(|part| self.check(at, part))
            }
            Condition::Not(part) => self.check(at, part),
            Condition::Opaque(_) => Ok(()),
        }
    }

    fn tree(&mut self, at: usize, condition: &Condition<E>) -> Result<Tree, PatternError> {
        if reads_current_only(condition) {
            return Ok(Tree::Atom(self.atom(at, condition)?));
        }
        Ok(match condition {
            Condition::Compare { left, comparison, right } => {
                let reduced = Reduced::at(self.steps, at, left, right)?;
                let bound = reduced.bound.iter().map(|&(step, field, factor)| Bound {
                    register: self.plan.register(step, field),
                    factor,
                });
                let bound = bound.collect();
                self.plan.tests.push(Test::new(reduced, bound, *comparison));
                Tree::Test(self.plan.tests.len() - 1)
            }
            Condition::All(parts) => Tree::All(self.trees(at, parts)?),
            Condition::Any(parts) => Tree::Any(self.trees(at, parts)?),
            Condition::Not(part) => Tree::Not(Box::new(self.tree(at, part)?)),
            Condition::Opaque(_) => unreachable!("closures read the current event alone"),
        })
    }

    fn trees(&mut self, at: usize, parts: &[Condition<E>]) -> Result<Vec<Tree>, PatternError> {
        parts.iter().map(|part| self.tree(at, part)).collect()
    }
}

impl<E> Plan<E> {
    fn register(&mut self, step: usize, field: RawField) -> usize {
        let wanted = (step, field);
        self.registers.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.registers.push(wanted);
            self.registers.len() - 1
        })
    }
}

impl<E> Clone for Plan<E> {
    fn clone(&self) -> Self {
        Self {
            atoms: self.atoms.clone(),
            guard: self.guard,
            classes: self.classes.clone(),
            steps: self.steps.clone(),
            tests: self.tests.clone(),
            registers: self.registers.clone(),
        }
    }
}
