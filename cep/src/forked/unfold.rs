//! From the pattern's tree to points and branches: the tree is walked from left to right with a
//! list of what is left, until a step or the end is reached.
//!
//! Terminates because what a repetition repeats binds an event, and because rounds are counted
//! only as far as the count matters.

use std::collections::HashMap;
use std::ops::Range;

use super::plan::{Bind, Branch, BuildError, MOST_BRANCHES, split};
use crate::ir::{Contiguity, Extent, Ir, Link, Node, Selection, StepId, StepSet, Stop};

/// What is to be bound yet, the next part last.
type Rest<'a> = Vec<Task<'a>>;

#[derive(Clone, Copy)]
enum Task<'a> {
    Part(&'a Node),
    /// The other parts of a sequence.
    Others(&'a [(Link, Node)]),
    /// The other parts of a permutation: those not in this set.
    Unordered(&'a Node, u64),
    /// A repetition after so many rounds.
    Rounds(&'a Node, u32),
}

/// What the next bound event has to respect.
#[derive(Clone)]
struct Wait {
    link: Contiguity,
    gap: Option<u64>,
    absent: Vec<(Extent, StepId)>,
    barred: StepSet,
    /// Steps of other parts of a permutation, which are bound later.
    unbound: StepSet,
}

impl Wait {
    fn after(unbound: StepSet) -> Self {
        let (link, gap, absent) = (Contiguity::Any, None, Vec::new());
        Self { link, gap, absent, barred: StepSet::default(), unbound }
    }

    fn follow(&mut self, link: &Link) {
        self.link = link.contiguity;
        self.gap = self.gap.into_iter().chain(link.gap).min();
        let extent = |adjacent| if adjacent { Extent::Next } else { Extent::Between };
        self.absent.extend(link.absent.iter().map(|it| (extent(it.adjacent), it.step)));
    }
}

pub(crate) struct Unfolding<'a> {
    ir: &'a Ir,
    pub(crate) branches: Vec<Branch>,
    pub(crate) points: Vec<Range<usize>>,
    /// The number of each point, by what is left there.
    known: HashMap<Vec<(usize, u64)>, usize>,
    /// Points whose branches are not made yet, in the order of their numbers.
    open: Vec<(Rest<'a>, StepSet)>,
}

impl<'a> Unfolding<'a> {
    pub(crate) fn of(ir: &'a Ir) -> Result<Self, BuildError> {
        let (branches, points, known) = (Vec::new(), Vec::new(), HashMap::new());
        let mut unfolding = Self { ir, branches, points, known, open: Vec::new() };
        unfolding.point(&vec![Task::Part(&ir.pattern)], StepSet::default());
        while let Some((rest, unbound)) = unfolding.open.get(unfolding.points.len()).cloned() {
            let from = unfolding.branches.len();
            unfolding.go(rest, Wait::after(unbound))?;
            unfolding.points.push(from..unfolding.branches.len());
        }
        Ok(unfolding)
    }

    /// The number of the point where `rest` is left.
    fn point(&mut self, rest: &Rest<'a>, unbound: StepSet) -> usize {
        let mut left: Vec<_> = rest.iter().map(Task::identity).collect();
        left.extend(unbound.iter().map(|step| (0, step.index() as u64)));
        let next = self.open.len();
        let point = *self.known.entry(left).or_insert(next);
        if point == next {
            self.open.push((rest.clone(), unbound));
        }
        point
    }

    fn go(&mut self, mut rest: Rest<'a>, mut wait: Wait) -> Result<(), BuildError> {
        let Some(task) = rest.pop() else { return self.branch(None, wait) };
        match task {
            Task::Part(Node::Step(step)) => {
                let then = self.point(&rest, wait.unbound);
                let (now, later) = split(self.ir, *step, wait.unbound)?;
                let bind = Bind { step: *step, link: wait.link, now, later, then };
                self.branch(Some(bind), wait)
            }
            Task::Part(Node::Absent { step, extent }) => {
                wait.absent.push((*extent, *step));
                self.go(rest, wait)
            }
            Task::Part(Node::Sequence { first, rest: others }) => {
                rest.push(Task::Others(others));
                rest.push(Task::Part(first));
                self.go(rest, wait)
            }
            Task::Others([]) => self.go(rest, wait),
            Task::Others([(link, part), others @ ..]) => {
                if !matches!(part, Node::Absent { .. }) {
                    wait.follow(link);
                }
                if !others.is_empty() {
                    rest.push(Task::Others(others));
                }
                rest.push(Task::Part(part));
                self.go(rest, wait)
            }
            Task::Part(Node::Alternation(parts)) => {
                for part in parts {
                    let mut rest = rest.clone();
                    rest.push(Task::Part(part));
                    self.go(rest, wait.clone())?;
                }
                Ok(())
            }
            Task::Part(node @ Node::Permutation { .. }) => self.permute(node, 0, &rest, wait),
            Task::Unordered(node, taken) => self.permute(node, taken, &rest, wait),
            Task::Part(node @ Node::Repeat { .. }) => self.repeat(node, 0, rest, wait),
            Task::Rounds(node, rounds) => self.repeat(node, rounds, rest, wait),
        }
    }

    /// Each part that is not taken may be the next one.
    fn permute(
        &mut self,
        node: &'a Node,
        taken: u64,
        rest: &Rest<'a>,
        mut wait: Wait,
    ) -> Result<(), BuildError> {
        let Node::Permutation { parts, link } = node else { unreachable!("made for these") };
        if taken > 0 {
            wait.follow(link);
        }
        // Steps of permutations around this one stay.
        let own = node.bound();
        let kept = wait.unbound.iter().filter(|step| !own.contains(*step)).map(StepSet::of);
        let kept = kept.fold(StepSet::default(), StepSet::union);
        for at in (0..parts.len()).filter(|at| taken & 1 << at == 0) {
            let taken = taken | 1 << at;
            let others = (0..parts.len()).filter(|other| taken & 1 << other == 0);
            let mut wait = wait.clone();
            wait.unbound = others.fold(kept, |all, other| all.union(parts[other].bound()));
            let mut rest = rest.clone();
            if taken.count_ones() as usize != parts.len() {
                rest.push(Task::Unordered(node, taken));
            }
            rest.push(Task::Part(&parts[at]));
            self.go(rest, wait)?;
        }
        Ok(())
    }

    /// One more round, or on to what follows.
    fn repeat(
        &mut self,
        node: &'a Node,
        rounds: u32,
        rest: Rest<'a>,
        wait: Wait,
    ) -> Result<(), BuildError> {
        let Node::Repeat { body, least, most, stop, link } = node else {
            unreachable!("made for these")
        };
        let (mut leave, mut again) = (wait.clone(), wait);
        if rounds > 0 {
            again.follow(link);
        }
        let may_leave = rounds >= *least;
        let mut may_go_on = most.is_none_or(|most| rounds < most);
        let prefers = self.ir.selection == Selection::PreferredPerStart;
        match stop {
            _ if prefers => {}
            Stop::Greedy if may_go_on => leave.barred = leave.barred.union(body.first_bound()),
            Stop::Reluctant if may_leave => {
                may_go_on = !first_bound(&rest, &mut again.barred);
            }
            Stop::Each | Stop::Greedy | Stop::Reluctant => {}
        }
        let leaves_first = prefers && *stop == Stop::Reluctant;
        if may_leave && leaves_first {
            self.go(rest.clone(), leave.clone())?;
        }
        if may_go_on && most.is_none_or(|most| rounds < most) {
            // Without a bound, more rounds than are needed are all the same.
            let counted = if most.is_none() { rounds.min((*least).max(1) - 1) } else { rounds };
            let mut rest = rest.clone();
            rest.push(Task::Rounds(node, counted + 1));
            rest.push(Task::Part(body));
            self.go(rest, again)?;
        }
        if may_leave && !leaves_first { self.go(rest, leave) } else { Ok(()) }
    }

    fn branch(&mut self, bind: Option<Bind>, wait: Wait) -> Result<(), BuildError> {
        if self.branches.len() == MOST_BRANCHES {
            return Err(BuildError::TooManyBranches { most: MOST_BRANCHES });
        }
        // Where no second event is bound, nothing lies between two.
        let binds = bind.is_some();
        let of = |extent| {
            let same = wait.absent.iter().filter(move |absent| binds && absent.0 == extent);
            same.map(|absent| absent.1).collect()
        };
        let lasting = wait.absent.iter().filter_map(|&(extent, step)| match extent {
            Extent::For(time) => Some((Some(time), step)),
            Extent::Window => Some((None, step)),
            Extent::Next | Extent::Between => None,
        });
        let branch = Branch {
            bind,
            gap: wait.gap,
            next: of(Extent::Next),
            between: of(Extent::Between),
            lasting: lasting.collect(),
            barred: wait.barred.iter().collect(),
        };
        self.branches.push(branch);
        Ok(())
    }
}

impl Task<'_> {
    /// The same for the same task of the same pattern. No part lies at address 0.
    fn identity(&self) -> (usize, u64) {
        match *self {
            Task::Part(node) => (std::ptr::from_ref(node).addr(), u64::MAX),
            // The addresses of parts of sequences are those of links as well, so they differ.
            Task::Others(parts) => (parts.as_ptr().addr(), u64::MAX - 1),
            Task::Unordered(node, taken) => (std::ptr::from_ref(node).addr(), taken),
            Task::Rounds(node, rounds) => (std::ptr::from_ref(node).addr(), rounds.into()),
        }
    }
}

/// Adds the steps that `rest` can begin with; says whether it can be empty.
fn first_bound(rest: &Rest<'_>, steps: &mut StepSet) -> bool {
    rest.iter().rev().all(|task| {
        let (first, empty) = match *task {
            Task::Part(node) => (node.first_bound(), node.can_be_empty()),
            Task::Others(parts) => sequence(parts),
            Task::Unordered(Node::Permutation { parts, .. }, taken) => {
                let left = (0..parts.len()).filter(|at| taken & 1 << at == 0).map(|at| &parts[at]);
                let first = { left.clone() }.map(Node::first_bound);
                let first = first.fold(StepSet::default(), StepSet::union);
                (first, { left }.all(Node::can_be_empty))
            }
            Task::Rounds(Node::Repeat { body, least, most, .. }, rounds) => {
                let more = most.is_none_or(|most| rounds < most);
                let first = if more { body.first_bound() } else { StepSet::default() };
                (first, rounds >= *least || more && body.can_be_empty())
            }
            Task::Unordered(..) | Task::Rounds(..) => unreachable!("made for their own nodes"),
        };
        *steps = steps.union(first);
        empty
    })
}

fn sequence(parts: &[(Link, Node)]) -> (StepSet, bool) {
    let mut steps = StepSet::default();
    for (_, node) in parts {
        steps = steps.union(node.first_bound());
        if !node.can_be_empty() {
            return (steps, false);
        }
    }
    (steps, true)
}
