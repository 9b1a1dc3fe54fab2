//! A Flink pattern in our terms: with the same words, and with the same meaning.
//!
//! The same words mean the same, but for negations and greedy loops. There Flink does what its
//! automaton happens to do; [`Rule`] says what, and [`same_meaning`] writes that in our terms,
//! one way for each choice of the optional steps. Assumes, as holds for Flink's cases, that the
//! conditions of two steps are equal or exclude each other.

use super::notation::Step;
use crate::oracle::pattern::{Absent, Condition, Link, Node, Stop};

/// Where Flink departs from the definition. `DEVIATIONS.md` has the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A negation right after a loop is in force between the events of the loop, too.
    InLoop,
    /// A bound event that a negation before it forbids may complete a match; then the run ends.
    LastOnly,
    /// A negation right before a strict one is forgotten.
    Forgotten,
    /// A greedy loop bars its events from the next step even when it is full; before a strict
    /// negation, it bars only the next event.
    FullBars,
    /// Where a match ends before optional steps that were skipped, what was to be absent before
    /// them is looked for in the last bound event.
    EndTested,
}

pub const RULES: [Rule; 5] =
    [Rule::InLoop, Rule::LastOnly, Rule::Forgotten, Rule::FullBars, Rule::EndTested];

/// Flink's words taken for ours.
pub fn same_words(steps: &[Step]) -> Node {
    let part = |(at, step): (usize, &Step)| {
        let node = match negation(steps, at) {
            Some(absent) => Node::Not(absent, step.condition.clone()),
            None => {
                let one = Node::Step(at, step.condition.clone());
                let all = one.repeat(step.least, step.most, step.stop, step.inner);
                if step.optional { all.optional(step.stop) } else { all }
            }
        };
        (step.link, node)
    };
    Node::Sequence(steps.iter().enumerate().map(part).collect())
}

/// What Flink does with them, as far as `rules` know.
pub fn same_meaning(steps: &[Step], rules: &[Rule]) -> Node {
    if !steps.iter().any(|step| step.is_negation() || step.stop == Stop::Greedy) {
        return same_words(steps);
    }
    let skippable =
        |skipped: u32| (0..steps.len()).all(|at| skipped >> at & 1 == 0 || steps[at].optional);
    let choices = (0..1_u32 << steps.len()).filter(|&skipped| skippable(skipped));
    let mut ways: Vec<_> = choices.flat_map(|skipped| Way::all(steps, rules, skipped)).collect();
    if ways.len() == 1 { ways.remove(0) } else { Node::Either(ways) }
}

/// What meets the one and not the other, of two that are equal or exclude each other.
fn without(condition: Condition, other: &Condition) -> Condition {
    if condition == *other { Condition::Either(vec![]) } else { condition }
}

/// `None` for a step that binds.
fn negation(steps: &[Step], at: usize) -> Option<Absent> {
    let step = &steps[at];
    match step.link {
        _ if !step.is_negation() => None,
        Link::Next => Some(Absent::Next),
        _ if at + 1 == steps.len() => Some(Absent::Window),
        _ => Some(Absent::Between),
    }
}

/// May the next bound event be one of those that must be absent before it?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Itself {
    May,
    MayAtTheEnd,
    MustNot,
}

/// One choice of steps, from left to right.
struct Way<'a> {
    steps: &'a [Step],
    rules: &'a [Rule],
    skipped: u32,
    parts: Vec<(Link, Node)>,
    /// What must be absent before the next bound event.
    absent: Vec<(Absent, Condition, Itself)>,
    /// Ways that end in the first event of the last step.
    short: Vec<Node>,
}

impl<'a> Way<'a> {
    fn all(steps: &'a [Step], rules: &'a [Rule], skipped: u32) -> Vec<Node> {
        let (parts, absent, short) = (vec![], vec![], vec![]);
        let mut way = Self { steps, rules, skipped, parts, absent, short };
        for at in 0..steps.len() {
            match negation(steps, at) {
                Some(absent) => way.negation(at, absent),
                None if skipped >> at & 1 == 1 => way.greedy(at),
                None => {
                    way.bind(at);
                    way.greedy(at);
                }
            }
        }
        way.end()
    }

    fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    fn strict_negation_after(&self, at: usize) -> bool {
        at + 1 < self.steps.len() && negation(self.steps, at + 1) == Some(Absent::Next)
    }

    fn negation(&mut self, at: usize, absent: Absent) {
        let forgotten = absent == Absent::Between && self.strict_negation_after(at);
        if !(forgotten && self.has(Rule::Forgotten)) {
            let last_only = absent == Absent::Between && self.has(Rule::LastOnly);
            let itself = if last_only { Itself::MayAtTheEnd } else { Itself::May };
            self.absent.push((absent, self.steps[at].condition.clone(), itself));
        }
    }

    /// A greedy loop, taken or skipped, leaves none of its events to what follows.
    fn greedy(&mut self, at: usize) {
        let step = &self.steps[at];
        let full_bars = self.has(Rule::FullBars) && at + 1 < self.steps.len();
        let bars = full_bars || self.skipped >> at & 1 == 1;
        if step.stop == Stop::Greedy && bars {
            let next_only = full_bars && self.strict_negation_after(at);
            let (absent, itself) = match next_only {
                true => (Absent::Next, Itself::May),
                false => (Absent::Between, Itself::MustNot),
            };
            self.absent.push((absent, step.condition.clone(), itself));
        }
    }

    fn bind(&mut self, at: usize) {
        let step = &self.steps[at];
        let last = (at + 1..self.steps.len())
            .all(|at| self.skipped >> at & 1 == 1 || self.steps[at].is_negation());
        let ends = last && !self.waits();
        let (mut condition, mut only) = (step.condition.clone(), step.condition.clone());
        for (absent, barred, itself) in std::mem::take(&mut self.absent) {
            if itself != Itself::May {
                condition = without(condition, &barred);
            }
            if itself == Itself::MustNot {
                only = without(only, &barred);
            }
            // A bar in front of all steps is about the first event itself.
            if !self.parts.is_empty() {
                self.parts.push((step.link, Node::Not(absent, barred)));
            }
        }
        if ends && step.least <= 1 {
            let mut short = self.parts.clone();
            short.push((step.link, Node::Step(at, only)));
            self.short.push(Node::Sequence(short));
        }
        let looped = self.looped(at, condition, ends);
        self.parts.push((step.link, looped));
    }

    /// Whether the pattern ends in an absence.
    fn waits(&self) -> bool {
        self.steps[self.steps.len() - 1].is_negation()
    }

    /// A step's events; `first` is the condition of the first one.
    fn looped(&self, at: usize, first: Condition, ends: bool) -> Node {
        let step = &self.steps[at];
        let Step { least, most, inner, .. } = *step;
        let own = || step.condition.clone();
        let stop = if self.has(Rule::FullBars) { Stop::Each } else { step.stop };
        let more = |node: Node, done: usize| {
            let least = least.saturating_sub(done);
            (inner, node.repeat(least, most.saturating_sub(done), stop, inner))
        };
        let one = |condition| (inner, Node::Step(at, condition));
        let guarded = |absent, not: Condition, taken| {
            Node::Sequence(vec![(inner, Node::Not(absent, not)), one(taken)])
        };
        if most == 1 {
            return Node::Step(at, first);
        }
        let negation = (at + 1 < self.steps.len()).then(|| negation(self.steps, at + 1)).flatten();
        let rest = match negation.filter(|_| self.has(Rule::InLoop)) {
            None => vec![more(one(own()).1, 1)],
            Some(Absent::Next) => {
                // Tested wherever the loop could be left; a greedy loop is not left for its own.
                let not = self.steps[at + 1].condition.clone();
                let not = if step.stop == Stop::Greedy { without(not, &own()) } else { not };
                let free = one(own()).1.repeat(least - 1, least - 1, Stop::Each, inner);
                vec![(inner, free), more(guarded(Absent::Next, not, own()), least)]
            }
            Some(_) => {
                let not = || self.steps[at + 1].condition.clone();
                let middle = guarded(Absent::Between, not(), without(own(), &not()));
                if ends {
                    let last = (inner, guarded(Absent::Between, not(), own()));
                    let some = Node::Sequence(vec![more(middle, 2), last]);
                    let least = usize::from(least > 1);
                    vec![(inner, some.repeat(least, 1, Stop::Each, inner))]
                } else {
                    vec![more(middle, 1)]
                }
            }
        };
        Node::Sequence([one(first)].into_iter().chain(rest).collect())
    }

    fn end(mut self) -> Vec<Node> {
        if self.parts.is_empty() {
            return vec![];
        }
        let bound = |at: &usize| self.skipped >> at & 1 == 0 && !self.steps[*at].is_negation();
        let last = (0..self.steps.len()).rev().find(bound).expect("something is bound");
        let step = &self.steps[last];
        if self.waits() {
            for (absent, condition, itself) in std::mem::take(&mut self.absent) {
                let absent = if itself == Itself::MustNot { Absent::Window } else { absent };
                self.parts.push((step.link, Node::Not(absent, condition)));
            }
        } else if self.has(Rule::EndTested) && last + 1 < self.steps.len() {
            let forbidden = |(absent, condition, _): &(Absent, Condition, Itself)| {
                *absent == Absent::Next && *condition == step.condition
            };
            if step.stop == Stop::Greedy || self.absent.iter().any(forbidden) {
                return vec![];
            }
        }
        self.short.push(Node::Sequence(self.parts));
        self.short
    }
}
