//! What a matcher runs and what it waits for, laid open for explanations. Nothing here is fast.

use bytemuck::Pod;

use super::matcher::Matcher;
use super::plan::{BuildError, Plan};
use super::store::Run;
use crate::ir::{Contiguity, Extent, Ir, StepId};

/// A way on from a state of the automaton.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// The step to bind; `None` if the match is complete once all absences have lasted.
    pub(crate) step: Option<StepId>,
    /// Which event may be bound.
    pub(crate) link: Contiguity,
    /// `time(q) - time(p) < gap`.
    pub(crate) gap: Option<u64>,
    /// What must be absent on the way.
    pub(crate) absent: Vec<(StepId, Extent)>,
    /// Steps that an event on the way must not meet, because a loop would rather take it.
    pub(crate) barred: Vec<StepId>,
    /// The state after it.
    pub(crate) then: Option<usize>,
}

/// The automaton of `ir`: for each state the ways on; state 0 is in front of the first event.
pub(crate) fn automaton(ir: &Ir) -> Result<Vec<Vec<Edge>>, BuildError> {
    let plan = Plan::new(ir)?;
    let edges = |point: &std::ops::Range<usize>| point.clone().map(|at| plan.edge(at)).collect();
    Ok(plan.points.iter().map(edges).collect())
}

/// A partial match, and the ways on that it waits in.
#[derive(Debug, Clone)]
pub(crate) struct Waiting<E> {
    /// Its events in order: step, what the caller called it, the event.
    pub(crate) bound: Vec<(StepId, u64, E)>,
    pub(crate) waits: Vec<Wait>,
}

/// One of the ways on that a partial match waits in.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(crate) edge: Edge,
    /// When its window, gap or absence is over; `None` for never.
    pub(crate) deadline: Option<u64>,
    /// How many more events of its key fit in the window, if that counts events.
    pub(crate) room: Option<u64>,
}

impl Plan {
    fn edge(&self, at: usize) -> Edge {
        let branch = &self.branches[at];
        let of = |steps: &[StepId], extent: Extent| {
            steps.iter().map(|step| (*step, extent)).collect::<Vec<_>>()
        };
        let mut absent = of(&branch.next, Extent::Next);
        absent.extend(of(&branch.between, Extent::Between));
        absent.extend(
            branch
                .lasting
                .iter()
                .map(|(length, step)| (*step, length.map_or(Extent::Window, Extent::For))),
        );
        let bind = branch.bind.as_ref();
        Edge {
            step: bind.map(|bind| bind.step),
            link: bind.map_or(Contiguity::Next, |bind| bind.link),
            gap: branch.gap,
            absent,
            barred: branch.barred.clone(),
            then: bind.map(|bind| bind.then),
        }
    }
}

impl<E: Pod> Matcher<E> {
    /// The partial matches of the key of `event`, those that began first first.
    pub(crate) fn waiting(&self, event: &E) -> Vec<Waiting<E>> {
        let key: Vec<u64> = self.plan.key.iter().map(|field| field.bits(event)).collect();
        let Some(at) = self.store.find(&key) else { return Vec::new() };
        let position = self.store.partitions[at].position;
        let mut runs: Vec<&Run> = self.store.runs_of(at).collect();
        runs.sort_by_key(|run| (run.start, run.last, run.branch));
        let mut all: Vec<(u32, Waiting<E>)> = Vec::new();
        for run in runs {
            let wait = Wait {
                edge: self.plan.edge(run.branch),
                deadline: Some(run.deadline).filter(|deadline| *deadline != u64::MAX),
                room: (run.full != u64::MAX).then(|| run.full.saturating_sub(position)),
            };
            if let Some((_, known)) = all.iter_mut().find(|(last, _)| *last == run.last) {
                known.waits.push(wait);
                continue;
            }
            let chain = self.store.chains.back(run.last);
            let mut bound: Vec<_> =
                chain.map(|(_, link)| (link.step, link.id, link.event)).collect();
            bound.reverse();
            all.push((run.last, Waiting { bound, waits: vec![wait] }));
        }
        all.into_iter().map(|(_, waiting)| waiting).collect()
    }
}
