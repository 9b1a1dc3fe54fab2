//! What a matcher must be shown: all else leaves it as it is.

use crate::ir::{Condition, Contiguity, Extent, Ir, Link, Node, Step};

/// Which events change a matcher, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attention {
    /// Those that may meet one of these conditions, numbered as in
    /// [`Ir::conditions`](crate::ir::Ir::conditions).
    pub(crate) conditions: u64,
    /// Every event of the pattern's kinds: something counts them, or waits for the very next one
    /// of whatever key.
    pub(crate) every: bool,
    /// The very next event of the key of the last one shown.
    pub(crate) next: bool,
    /// The very next event of some keys.
    pub(crate) some: bool,
    /// Those at this time or later, whatever they are, and watermarks.
    pub(crate) deadline: u64,
}

/// `ir` without a name, and without what its conditions ask of single events: what is left for a
/// matcher that is told what events meet.
pub(crate) fn bare(ir: &Ir) -> Ir {
    let earlier = |step: &Step| {
        let parts = step.condition.conjuncts().iter().filter(|part| !part.reads_event_alone());
        Step { condition: Condition::all(parts.cloned().collect()), ..step.clone() }
    };
    Ir { name: None, steps: ir.steps.iter().map(earlier).collect(), ..ir.clone() }
}

/// What two patterns have in common of which matchers that are told what events meet may be the
/// same.
pub(crate) fn name(ir: &Ir) -> String {
    let (_, conditions) = ir.conditions();
    format!("{} {conditions:?}", bare(ir))
}

/// Can an event matter that meets no condition: because something waits for the very next event,
/// or because events are counted?
pub(crate) fn is_restless(ir: &Ir) -> bool {
    ir.window.events.is_some()
        || ir.steps.iter().any(|step| step.condition.reads().rows > 0)
        || has_next(&ir.pattern)
}

fn has_next(node: &Node) -> bool {
    match node {
        Node::Step(_) => false,
        Node::Absent { extent, .. } => *extent == Extent::Next,
        Node::Sequence { first, rest } => {
            let links = |(link, part): &(Link, Node)| match part {
                // Its link says nothing.
                Node::Absent { .. } => has_next(part),
                part => is_next(link) || has_next(part),
            };
            has_next(first) || rest.iter().any(links)
        }
        Node::Alternation(parts) => parts.iter().any(has_next),
        Node::Permutation { parts, link } => is_next(link) || parts.iter().any(has_next),
        Node::Repeat { body, most, link, .. } => {
            *most != Some(1) && is_next(link) || has_next(body)
        }
    }
}

fn is_next(link: &Link) -> bool {
    link.contiguity == Contiguity::Strict || link.absent.iter().any(|absent| absent.adjacent)
}
