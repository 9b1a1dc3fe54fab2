//! States and where they lead, before anything is compiled.

use std::collections::HashMap;

use super::known::Known;
use super::why::Why;
use crate::forked::{Branch, Unfolding};
use crate::ir::Ir;

/// Most states.
const MOST_STATES: usize = 4_096;

/// All states that a run can reach.
pub(super) struct Graph<'a> {
    unfolding: Unfolding<'a>,
    pub(super) nodes: Vec<Node>,
}

/// A point of the unfolded pattern, and what is known there.
pub(super) struct Node {
    point: usize,
    pub(super) known: Known,
    /// Where each of its branches leads.
    pub(super) targets: Vec<Target>,
}

/// What binding an event leads to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// Is it a match?
    pub(super) ends: bool,
    /// Where a run goes on, if it can.
    pub(super) state: Option<usize>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(ir: &'a Ir) -> Result<Self, Why> {
        let most = Known::most(ir)?;
        let start = Node { point: 0, known: Known::nothing(ir), targets: Vec::new() };
        let mut graph = Self { unfolding: Unfolding::of(ir)?, nodes: vec![start] };
        let mut numbers = HashMap::from([((0, graph.nodes[0].known.clone()), 0)]);
        let mut at = 0;
        while at < graph.nodes.len() {
            if at == MOST_STATES {
                return Err(Why::TooMany { what: "states", most: MOST_STATES });
            }
            let mut targets = Vec::new();
            let mut fresh = Vec::new();
            for branch in graph.branches(at) {
                let bind = branch.bind.as_ref().expect("a branch that binds");
                let known = graph.nodes[at].known.after(bind.step, &most);
                let point = graph.at(bind.then);
                let ends = point.iter().any(|branch| branch.bind.is_none());
                let waits = point.iter().any(|branch| branch.bind.is_some());
                let state = waits.then(|| {
                    let next = graph.nodes.len() + fresh.len();
                    *numbers.entry((bind.then, known.clone())).or_insert_with(|| {
                        fresh.push(Node { point: bind.then, known, targets: Vec::new() });
                        next
                    })
                });
                targets.push(Target { ends, state });
            }
            graph.nodes[at].targets = targets;
            graph.nodes.append(&mut fresh);
            at += 1;
        }
        Ok(graph)
    }

    fn at(&self, point: usize) -> &[Branch] {
        &self.unfolding.branches[self.unfolding.points[point].clone()]
    }

    /// The branches of node `at` that bind something, in the order of their targets.
    pub(super) fn branches(&self, at: usize) -> impl Iterator<Item = &Branch> {
        self.at(self.nodes[at].point).iter().filter(|branch| branch.bind.is_some())
    }

    /// All branches of the pattern.
    pub(super) fn all(&self) -> &[Branch] {
        &self.unfolding.branches
    }
}
