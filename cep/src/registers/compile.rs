//! From the unfolded pattern to states: registers, tests, gates and updates.

use super::atoms::is_unary;
use super::gate::{self, Gate, Value, Values};
use super::graph::{Graph, Target};
use super::layout::{BRANCHES, Layout, Register};
use super::plan::{Branch, FRESH, MOST_BRANCHES, Meets, Then};
use super::test::{Role, linear};
use super::wake::NEVER;
use super::why::Why;
use crate::forked::Branch as Unfolded;
use crate::ir::{Condition, Contiguity, Ir, Linear, StepId};

/// Registers, for each state the value that its gates are compared with, and the states, the start
/// first.
pub(super) type Compiled = (Layout, Vec<Option<Value>>, Vec<Vec<Branch>>);

/// Compiles the pattern.
pub(super) fn compile(ir: &Ir) -> Result<Compiled, Why> {
    let graph = Graph::of(ir)?;
    refuse(&graph)?;
    let mut compiler =
        Compiler { ir, graph: &graph, layout: Layout::new(), values: Values::default() };
    let gates = compiler.gates()?;
    let mut states = compiler.states(&gates)?;
    let Compiler { mut layout, values, .. } = compiler;
    if states.iter().flatten().any(|branch| branch.gap.is_some()) {
        layout.word(Register::LastTime);
    }
    if ir.window.events.is_some() {
        layout.word(Register::FirstPosition);
    }
    for (state, node) in states.iter_mut().zip(&graph.nodes) {
        for branch in state {
            branch.updates = layout.updates(branch.step, &node.known, &ir.schema);
        }
    }
    let gates = gates.iter().map(|gate| gate.as_ref().map(|gate| values.get(gate.value))).collect();
    Ok((layout, gates, states))
}

/// What takes timers, or remembers events until others are bound.
fn refuse(graph: &Graph<'_>) -> Result<(), Why> {
    for branch in graph.all() {
        let bind = branch.bind.as_ref();
        if !branch.lasting.is_empty() {
            return Err(Why::Clause { clause: "an absence for a time" });
        }
        if bind.is_some_and(|bind| bind.now.is_some() || !bind.later.is_empty()) {
            return Err(Why::Clause { clause: "a permutation whose parts read each other" });
        }
    }
    Ok(())
}

/// The one comparison that a state waits for.
struct Waits {
    linear: Linear,
    step: StepId,
    value: u8,
}

struct Compiler<'a> {
    ir: &'a Ir,
    graph: &'a Graph<'a>,
    layout: Layout,
    values: Values,
}

impl Compiler<'_> {
    /// For each state what its gate asks, if it can have one.
    fn gates(&mut self) -> Result<Vec<Option<Waits>>, Why> {
        (0..self.graph.nodes.len()).map(|at| self.gate(at)).collect()
    }

    fn gate(&mut self, at: usize) -> Result<Option<Waits>, Why> {
        let mut branches = self.graph.branches(at);
        let (Some(branch), None, true) = (branches.next(), branches.next(), at > 0) else {
            return Ok(None);
        };
        let Some(bind) = &branch.bind else { return Ok(None) };
        let others = [&branch.next, &branch.between, &branch.barred];
        let alone = bind.link == Contiguity::Next
            && branch.gap.is_none()
            && others.iter().all(|steps| steps.is_empty());
        let (id, step, schema) = (bind.step, self.ir.step(bind.step), &self.ir.schema);
        let mut earlier = step.condition.conjuncts().iter().filter(|it| !is_unary(it));
        let (Some(Condition::Compare { left, comparison, right }), None, true) =
            (earlier.next(), earlier.next(), alone)
        else {
            return Ok(None);
        };
        let Some(linear) = linear(left, *comparison, right, &step.name, schema)? else {
            return Ok(None);
        };
        let role = Role { known: &self.graph.nodes[at].known, own: Some(id) };
        let value = gate::value(&linear, &role, &mut self.values, schema);
        Ok(value.map(|value| Waits { linear, step: id, value }))
    }

    /// All states; what binding does to the registers is not known before all of them are.
    fn states(&mut self, gates: &[Option<Waits>]) -> Result<Vec<Vec<Branch>>, Why> {
        let graph = self.graph;
        let mut states = Vec::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            let branches = graph.branches(at).zip(&node.targets);
            let branches = branches.map(|(branch, target)| self.branch(at, branch, *target, gates));
            states.push(branches.collect::<Result<Vec<_>, _>>()?);
        }
        if states.iter().any(|branches| branches.len() > MOST_BRANCHES) {
            return Err(Why::TooMany { what: "branches that wait at once", most: MOST_BRANCHES });
        }
        Ok(states)
    }

    fn branch(
        &mut self,
        at: usize,
        branch: &Unfolded,
        target: Target,
        gates: &[Option<Waits>],
    ) -> Result<Branch, Why> {
        let bind = branch.bind.as_ref().expect("a branch that binds");
        let mut meets = Meets { bit: 1 << bind.step.index(), tests: Box::default() };
        // A gate asks all that there is to ask.
        if gates[at].is_none() {
            meets = self.meets(at, bind.step, true)?;
        }
        let then = target.state.map(|state| self.then(at, bind.step, state, &gates[state]));
        let next = self.all(at, &branch.next, false)?;
        let between = self.all(at, &branch.between, false)?;
        let barred = self.all(at, &branch.barred, true)?;
        let lists = [&next, &between, &barred];
        Ok(Branch {
            step: bind.step,
            plain: meets.tests.is_empty() && lists.iter().all(|list| list.is_empty()),
            meets,
            link: bind.link,
            gap: branch.gap,
            next,
            between,
            barred,
            updates: Box::default(),
            ends: target.ends,
            then,
        })
    }

    fn all(&mut self, at: usize, steps: &[StepId], bound: bool) -> Result<Box<[Meets]>, Why> {
        steps.iter().map(|step| self.meets(at, *step, bound)).collect()
    }

    /// The condition of `step` in state `at`; `bound` if the event counts as bound to it.
    fn meets(&mut self, at: usize, step: StepId, bound: bool) -> Result<Meets, Why> {
        let known = &self.graph.nodes[at].known;
        let role = Role { known, own: bound.then_some(step) };
        let Self { ir, layout, .. } = self;
        let named = ir.step(step);
        let earlier = named.condition.conjuncts().iter().filter(|it| !is_unary(it));
        let tests = earlier.map(|it| role.test(it, &named.name, layout, &ir.schema));
        Ok(Meets { bit: 1 << step.index(), tests: tests.collect::<Result<_, _>>()? })
    }

    /// How a run enters `state` from state `at` by binding an event to `step`.
    fn then(&mut self, at: usize, step: StepId, state: usize, waits: &Option<Waits>) -> Then {
        let nodes = &self.graph.nodes;
        let branches = (1_u16 << self.graph.branches(state).count().min(MOST_BRANCHES)) - 1;
        let gate = waits.as_ref().map(|waits| {
            let role = Role { known: &nodes[state].known, own: Some(waits.step) };
            let entered = (step, &nodes[at].known);
            let (layout, schema) = (&mut self.layout, &self.ir.schema);
            Gate::new(&waits.linear, &role, entered, layout, schema).expect("the state has a gate")
        });
        let branches = branches | if gate.is_some() { 0 } else { FRESH };
        let word = state as u64 | u64::from(branches) << BRANCHES;
        Then { word, gate, class: NEVER }
    }
}
