//! For a caller that tests conditions of many patterns at once: what it must know, and how it
//! says what it knows.

use bytemuck::Pod;

use super::chain::{NONE, Seen};
use super::found::Found;
use super::limits::Stopped;
use super::matcher::Matcher;
use super::plan::{BuildError, Plan};
use super::rows::Before;
use crate::attention::{Attention, is_restless};
use crate::eval::Test;
use crate::ir::{Condition, StepId, StepSet};

/// What the caller knows of the event in hand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// Steps of which it is known whether the event meets them, whatever is bound before.
    pub(super) tested: StepSet,
    /// Those that it meets.
    pub(super) met: StepSet,
    /// Of the others it meets what their conditions ask of it alone.
    pub(super) partly: bool,
}

/// What can be said of a pattern before its first event.
#[derive(Debug)]
pub(super) struct Interest {
    /// The number of each step's condition in [`Ir::conditions`](crate::ir::Ir::conditions).
    numbers: Box<[u8]>,
    /// The conditions that matter while nothing waits.
    first: u64,
    /// What each step's condition asks of events bound earlier.
    pub(super) earlier: Box<[Test]>,
    /// Can events matter that meet no condition, while something waits?
    restless: bool,
}

impl Interest {
    pub(super) fn new(plan: &Plan) -> Result<Self, BuildError> {
        let (_, numbers) = plan.ir.conditions();
        let first = plan.branches[plan.points[0].clone()].iter().flat_map(|branch| {
            let lasting = branch.lasting.iter().map(|(_, step)| step);
            branch.bind.iter().map(|bind| &bind.step).chain(lasting).chain(&branch.barred)
        });
        let first = first.fold(0, |all, step| all | 1 << numbers[step.index()]);
        let earlier = plan.ir.steps.iter().map(|step| {
            let parts = step.condition.conjuncts().iter();
            let parts = parts.filter(|part| !part.reads_event_alone()).cloned();
            Test::new(&Condition::all(parts.collect()), &plan.ir.schema).map_err(|source| {
                let step = step.name.clone();
                BuildError::TooLarge { step, source }
            })
        });
        let earlier = earlier.collect::<Result<_, _>>()?;
        Ok(Self { numbers: numbers.into(), first, earlier, restless: is_restless(&plan.ir) })
    }
}

impl<E: Pod> Matcher<E> {
    /// Which events it must be shown next: only these change it.
    #[inline]
    pub(crate) fn attention(&self) -> Attention {
        let Interest { first, restless, .. } = self.interest;
        let waits = self.store.waits();
        Attention {
            conditions: if waits { u64::MAX } else { first },
            every: self.plan.rows > 0 || restless && waits,
            next: false,
            some: false,
            deadline: self.deadline(),
        }
    }

    /// When time alone lets something out.
    #[inline]
    pub(crate) fn deadline(&self) -> u64 {
        self.store.timers.first()
    }

    /// Does the event meet the condition of a first step, or of what must be absent in front?
    /// What is found out is added to `known`.
    pub(super) fn may_matter(&self, event: &E, known: &mut Known) -> bool {
        let Self { plan, store, interest, .. } = self;
        let tests = if known.partly { &interest.earlier } else { &plan.steps[..] };
        let seen = |own| {
            let (chains, rows) = (&store.chains, Before::NONE);
            Seen { chains, rows, event, own, last: NONE, before: NONE }
        };
        let mut meets = |step: StepId, own| {
            if known.tested.contains(step) {
                return known.met.contains(step);
            }
            let meets = tests[step.index()].holds(&seen(own));
            let alone = plan.alone.intersection(StepSet::of(step));
            known.tested = known.tested.union(alone);
            known.met = known.met.union(if meets { alone } else { StepSet::default() });
            meets
        };
        plan.branches[plan.points[0].clone()].iter().any(|branch| {
            let starts = branch.bind.as_ref().is_some_and(|bind| match &bind.now {
                Some(test) => test.holds(&seen(Some(bind.step))),
                None => meets(bind.step, Some(bind.step)),
            });
            starts || branch.lasting.iter().any(|(_, step)| meets(*step, None))
        })
    }

    /// As [`Matcher::push`], for an event of which `met` tells what its conditions ask of it
    /// alone, at least where [`Matcher::attention`] asks for it.
    pub(crate) fn push_met(
        &mut self,
        id: u64,
        event: &E,
        met: u64,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Stopped> {
        let mut known = Known { partly: true, ..Known::default() };
        for (step, number) in self.plan.ir.step_ids().zip(&self.interest.numbers) {
            let (step, met) = (StepSet::of(step), met >> number & 1 == 1);
            let alone = self.plan.alone.intersection(step);
            known.tested = known.tested.union(if met { alone } else { step });
            known.met = known.met.union(if met { alone } else { StepSet::default() });
        }
        self.known = known;
        let pushed = self.push(id, event, sink);
        self.known = Known::default();
        pushed
    }
}
