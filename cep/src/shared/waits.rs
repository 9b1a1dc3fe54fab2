//! A pattern as a nondeterministic automaton: what a partial match may wait for.
//!
//! A wait is the step that may be bound next, what is to be bound after it, and what an event
//! must respect before. The waits that follow a bound event are found by taking the pattern apart
//! from left to right, as the definition does; two that are equal are the same state.

use crate::ir::{Contiguity, Extent, Ir, Link, Node, Step, StepId, Stop};

use super::error::SharedError;

/// What is to be bound yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task<'a> {
    Part(&'a Node),
    /// The rest of a sequence, each part with the link before it.
    Others(&'a [(Link, Node)]),
    /// The parts of a permutation that are not in the set.
    Unordered(&'a [Node], &'a Link, u32),
    /// A repetition after so many rounds.
    Rounds(&'a Node, u32),
}

/// What the next event has to respect; sets of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Before {
    contiguity: Contiguity,
    /// Those of a preferred branch: an event that meets one ends the wait.
    barred: u64,
    /// Not met by an event between two bound ones.
    between: u64,
    /// Not met by the very next event.
    next: u64,
}

/// One state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wait<'a> {
    pub(super) step: StepId,
    condition: u64,
    before: Before,
    /// The nearest last.
    rest: Vec<Task<'a>>,
}

/// What an event does to a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The event may be bound.
    pub(super) binds: bool,
    /// The wait goes on without it.
    pub(super) goes_on: bool,
}

/// The waits after an event is bound.
#[derive(Debug, Clone, Default)]
pub(super) struct After {
    pub(super) waits: Vec<usize>,
    /// The pattern may end here.
    pub(super) accepts: bool,
}

impl Wait<'_> {
    /// What an event does that meets the conditions `bits`.
    pub(super) fn outcome(&self, bits: u64) -> Outcome {
        let broken = bits & (self.before.barred | self.before.next) != 0;
        let binds = !broken && bits & self.condition != 0;
        let over = match self.before.contiguity {
            Contiguity::Strict => true,
            Contiguity::Next => binds,
            Contiguity::Any => false,
        };
        Outcome { binds, goes_on: !broken && !over && bits & self.before.between == 0 }
    }

    /// The conditions that it looks at.
    pub(super) fn interest(&self) -> u64 {
        self.condition | self.before.barred | self.before.between | self.before.next
    }

    /// Does every event change it?
    pub(super) fn is_impatient(&self) -> bool {
        self.before.contiguity == Contiguity::Strict || self.before.next != 0
    }

    /// Says something of events before the first bound one?
    pub(super) fn needs_an_event_before(&self) -> bool {
        self.before.between | self.before.next != 0
    }
}

/// All waits found so far, by number.
#[derive(Debug)]
pub(super) struct Waits<'a> {
    ir: &'a Ir,
    /// Each step's condition as a set of one.
    conditions: Vec<u64>,
    pub(super) known: Vec<Wait<'a>>,
}

impl<'a> Waits<'a> {
    /// No waits yet. `conditions` numbers the steps' conditions.
    pub(super) fn new(ir: &'a Ir, conditions: &[u8]) -> Self {
        Self { ir, conditions: conditions.iter().map(|at| 1 << at).collect(), known: Vec::new() }
    }

    /// Those in front of the first event.
    pub(super) fn first(&mut self) -> Result<After, SharedError> {
        let before = Before { contiguity: Contiguity::Any, barred: 0, between: 0, next: 0 };
        let mut after = After::default();
        self.go(vec![Task::Part(&self.ir.pattern)], before, &mut after)?;
        Ok(after)
    }

    /// Those after an event is bound to the step of wait `at`.
    pub(super) fn after(&mut self, at: usize) -> Result<After, SharedError> {
        // What follows says what lies between; the very next event is the least it can ask.
        let before = Before { contiguity: Contiguity::Strict, barred: 0, between: 0, next: 0 };
        let mut after = After::default();
        self.go(self.known[at].rest.clone(), before, &mut after)?;
        Ok(after)
    }

    /// The wait `at` after an event that did not end it.
    pub(super) fn later(&mut self, at: usize) -> usize {
        let mut wait = self.known[at].clone();
        wait.before.next = 0;
        self.number(wait)
    }

    fn number(&mut self, wait: Wait<'a>) -> usize {
        self.known.iter().position(|known| *known == wait).unwrap_or_else(|| {
            self.known.push(wait);
            self.known.len() - 1
        })
    }

    fn condition(&self, step: StepId) -> u64 {
        self.conditions[step.index()]
    }

    fn go(
        &mut self,
        mut rest: Vec<Task<'a>>,
        mut before: Before,
        after: &mut After,
    ) -> Result<(), SharedError> {
        let Some(task) = rest.pop() else {
            after.accepts = true;
            return Ok(());
        };
        match task {
            Task::Part(Node::Step(step)) => {
                let condition = self.condition(*step);
                let wait = self.number(Wait { step: *step, condition, before, rest });
                if !after.waits.contains(&wait) {
                    after.waits.push(wait);
                }
                return Ok(());
            }
            Task::Part(Node::Absent { step, extent }) => match extent {
                Extent::Next => before.next |= self.condition(*step),
                Extent::Between => before.between |= self.condition(*step),
                Extent::For(_) | Extent::Window => {
                    return Err(SharedError::Timer { step: self.name(*step) });
                }
            },
            Task::Part(Node::Sequence { first, rest: others }) => {
                rest.extend([Task::Others(others), Task::Part(first)]);
            }
            Task::Others([]) => {}
            Task::Others([(link, part), others @ ..]) => {
                if !matches!(part, Node::Absent { .. }) {
                    self.linked(&mut before, link)?;
                }
                rest.extend([Task::Others(others), Task::Part(part)]);
            }
            Task::Part(Node::Alternation(parts)) => {
                for part in parts {
                    let mut rest = rest.clone();
                    rest.push(Task::Part(part));
                    self.go(rest, before, after)?;
                }
                return Ok(());
            }
            Task::Part(Node::Permutation { parts, link }) => {
                return self.permute(parts, link, 0, &rest, before, after);
            }
            Task::Unordered(parts, link, taken) => {
                self.linked(&mut before, link)?;
                return self.permute(parts, link, taken, &rest, before, after);
            }
            Task::Part(node @ Node::Repeat { .. }) => {
                return self.repeat(node, 0, rest, before, after);
            }
            Task::Rounds(node, rounds) => return self.repeat(node, rounds, rest, before, after),
        }
        self.go(rest, before, after)
    }

    /// Each part that is not taken may be the next one.
    fn permute(
        &mut self,
        parts: &'a [Node],
        link: &'a Link,
        taken: u32,
        rest: &[Task<'a>],
        before: Before,
        after: &mut After,
    ) -> Result<(), SharedError> {
        for at in (0..parts.len()).filter(|at| taken >> at & 1 == 0) {
            let taken = taken | 1 << at;
            let mut rest = rest.to_vec();
            if taken.count_ones() < parts.len() as u32 {
                rest.push(Task::Unordered(parts, link, taken));
            }
            rest.push(Task::Part(&parts[at]));
            self.go(rest, before, after)?;
        }
        Ok(())
    }

    /// One more round, or on to what follows.
    fn repeat(
        &mut self,
        node: &'a Node,
        rounds: u32,
        rest: Vec<Task<'a>>,
        before: Before,
        after: &mut After,
    ) -> Result<(), SharedError> {
        let Node::Repeat { body, least, most, stop, link } = node else {
            unreachable!("made for repetitions only")
        };
        let (mut again, mut leave) = (before, before);
        if rounds > 0 {
            self.linked(&mut again, link)?;
        }
        let may_leave = rounds >= *least;
        let mut may_go_on = most.is_none_or(|most| rounds < most);
        match stop {
            Stop::Greedy if may_go_on => {
                self.first_steps(&[Task::Part(body)], &mut leave.barred);
            }
            Stop::Reluctant if may_leave => {
                may_go_on &= !self.first_steps(&rest, &mut again.barred);
            }
            Stop::Each | Stop::Greedy | Stop::Reluctant => {}
        }
        if may_go_on {
            // Without a bound, more rounds than the fewest are all alike.
            let rounds = match most {
                Some(_) => rounds + 1,
                None => (rounds + 1).min((*least).max(1)),
            };
            let mut rest = rest.clone();
            rest.extend([Task::Rounds(node, rounds), Task::Part(body)]);
            self.go(rest, again, after)?;
        }
        if may_leave { self.go(rest, leave, after) } else { Ok(()) }
    }

    /// The next event follows by `link`.
    fn linked(&self, before: &mut Before, link: &Link) -> Result<(), SharedError> {
        before.contiguity = link.contiguity;
        for absent in &link.absent {
            let set = if absent.adjacent { &mut before.next } else { &mut before.between };
            *set |= self.condition(absent.step);
        }
        if link.gap.is_some() { Err(SharedError::Gap) } else { Ok(()) }
    }

    /// Adds the conditions of the steps that `rest` can begin with; says whether it can be empty.
    fn first_steps(&self, rest: &[Task<'a>], set: &mut u64) -> bool {
        rest.iter().rev().all(|task| match task {
            Task::Part(node) => self.first_of(node, set),
            Task::Others(parts) => parts.iter().all(|(_, node)| self.first_of(node, set)),
            Task::Unordered(parts, _, taken) => {
                let left = parts.iter().enumerate().filter(|(at, _)| taken >> at & 1 == 0);
                left.fold(true, |empty, (_, node)| self.first_of(node, set) & empty)
            }
            Task::Rounds(Node::Repeat { body, least, most, .. }, rounds) => {
                let more = most.is_none_or(|most| *rounds < most);
                (more && self.first_of(body, set)) | (rounds >= least)
            }
            Task::Rounds(..) => unreachable!("made for repetitions only"),
        })
    }

    fn first_of(&self, node: &Node, set: &mut u64) -> bool {
        for step in node.first_bound().iter() {
            *set |= self.condition(step);
        }
        node.can_be_empty()
    }

    fn name(&self, step: StepId) -> String {
        let Step { name, .. } = self.ir.step(step);
        name.clone()
    }
}
