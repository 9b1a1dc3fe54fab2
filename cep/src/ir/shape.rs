//! What can be said of a pattern from its form alone.

use super::node::{Link, Node};
use super::step::StepSet;

fn union(sets: impl Iterator<Item = StepSet>) -> StepSet {
    sets.fold(StepSet::default(), StepSet::union)
}

impl Node {
    /// Can it match without an event?
    #[must_use]
    pub fn can_be_empty(&self) -> bool {
        match self {
            Self::Step(_) => false,
            Self::Absent { .. } => true,
            Self::Sequence { first, rest } => {
                first.can_be_empty() && rest.iter().all(|(_, node)| node.can_be_empty())
            }
            Self::Alternation(parts) => parts.iter().any(Self::can_be_empty),
            Self::Permutation { parts, .. } => parts.iter().all(Self::can_be_empty),
            Self::Repeat { body, least, .. } => *least == 0 || body.can_be_empty(),
        }
    }

    /// Steps that some match binds.
    #[must_use]
    pub fn bound(&self) -> StepSet {
        match self {
            Self::Step(step) => StepSet::of(*step),
            Self::Absent { .. } => StepSet::default(),
            Self::Sequence { first, rest } => {
                first.bound().union(union(rest.iter().map(|(_, node)| node.bound())))
            }
            Self::Alternation(parts) | Self::Permutation { parts, .. } => {
                union(parts.iter().map(Self::bound))
            }
            Self::Repeat { body, .. } => body.bound(),
        }
    }

    /// Steps that every match binds.
    #[must_use]
    pub fn always_bound(&self) -> StepSet {
        match self {
            Self::Sequence { first, rest } => {
                first.always_bound().union(union(rest.iter().map(|(_, node)| node.always_bound())))
            }
            Self::Alternation(parts) => {
                let every = parts.iter().map(Self::always_bound);
                every.reduce(StepSet::intersection).unwrap_or_default()
            }
            Self::Permutation { parts, .. } => union(parts.iter().map(Self::always_bound)),
            Self::Repeat { least: 0, .. } => StepSet::default(),
            Self::Repeat { body, .. } => body.always_bound(),
            Self::Step(step) => StepSet::of(*step),
            Self::Absent { .. } => StepSet::default(),
        }
    }

    /// Steps that the first event of some match is bound to.
    #[must_use]
    pub fn first_bound(&self) -> StepSet {
        match self {
            Self::Step(step) => StepSet::of(*step),
            Self::Absent { .. } => StepSet::default(),
            Self::Sequence { first, rest } => {
                let mut steps = first.first_bound();
                let mut empty = first.can_be_empty();
                for (_, node) in rest {
                    if !empty {
                        break;
                    }
                    steps = steps.union(node.first_bound());
                    empty = node.can_be_empty();
                }
                steps
            }
            Self::Alternation(parts) | Self::Permutation { parts, .. } => {
                union(parts.iter().map(Self::first_bound))
            }
            Self::Repeat { body, .. } => body.first_bound(),
        }
    }

    /// For each of `steps` steps, bound or negated, the steps that may be bound when it is tested.
    #[must_use]
    pub fn bound_before(&self, steps: usize) -> Vec<StepSet> {
        let mut before = vec![StepSet::default(); steps];
        self.walk(StepSet::default(), &mut before);
        before
    }

    /// Adds `known` to what is known before each step; returns what is known after.
    fn walk(&self, known: StepSet, before: &mut [StepSet]) -> StepSet {
        match self {
            Self::Step(step) | Self::Absent { step, .. } => {
                before[step.index()] = before[step.index()].union(known);
            }
            Self::Sequence { first, rest } => {
                let mut known = first.walk(known, before);
                for (_, node) in rest {
                    known = node.walk(known, before);
                }
                return known;
            }
            Self::Alternation(parts) => {
                for part in parts {
                    part.walk(known, before);
                }
            }
            Self::Permutation { parts, link } => {
                see_absent(link, known.union(self.bound()), before);
                for part in parts {
                    // Its siblings: whatever they bind may come first.
                    let others = parts.iter().filter(|other| !std::ptr::eq(*other, part));
                    part.walk(known.union(union(others.map(Self::bound))), before);
                }
            }
            Self::Repeat { body, most, link, .. } => {
                let again = if *most == Some(1) { known } else { known.union(body.bound()) };
                see_absent(link, again, before);
                body.walk(again, before);
            }
        }
        known.union(self.bound())
    }

    /// Calls `visit` for every link before something that binds: between the parts of sequences and permutations, and between
    /// the rounds of repetitions that can have several.
    pub fn visit_links(&self, visit: &mut impl FnMut(&Link)) {
        match self {
            Self::Step(_) | Self::Absent { .. } => {}
            Self::Sequence { first, rest } => {
                first.visit_links(visit);
                for (link, node) in rest {
                    if !matches!(node, Self::Absent { .. }) {
                        visit(link);
                    }
                    node.visit_links(visit);
                }
            }
            Self::Alternation(parts) => parts.iter().for_each(|part| part.visit_links(visit)),
            Self::Permutation { parts, link } => {
                visit(link);
                parts.iter().for_each(|part| part.visit_links(visit));
            }
            Self::Repeat { body, most, link, .. } => {
                if *most != Some(1) {
                    visit(link);
                }
                body.visit_links(visit);
            }
        }
    }
}

/// Adds `known` to what may be bound when what `link` forbids is tested.
fn see_absent(link: &Link, known: StepSet, before: &mut [StepSet]) {
    for absent in &link.absent {
        let before = &mut before[absent.step.index()];
        *before = before.union(known);
    }
}
