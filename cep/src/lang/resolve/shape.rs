//! The form of the pattern: its steps, links, repetitions, and where absences stand.

use super::super::ast::{Mode, Pattern, Quantifier, Separator};
use super::super::code::Code;
use super::super::diagnostic::Reporter;
use super::super::span::{Span, Spanned};
use super::clauses::{nonzero, unsupported};
use crate::ir::{Absence, Absent, Contiguity, Link, Node, StepId};

type Part = Spanned<Pattern>;

/// Most parts of a permutation: its automaton has a state for each subset.
const MOST_PERMUTED: usize = 6;

/// What the pattern's text says.
#[derive(Default)]
pub(super) struct Shape {
    /// Names of the steps.
    pub(super) names: Vec<String>,
    /// Where each is named first.
    pub(super) spans: Vec<Span>,
    pub(super) leading: Vec<Absence>,
    pub(super) trailing: Vec<Absence>,
    /// Where the first absence without `FOR` at the end stands.
    pub(super) open_end: Option<Span>,
    /// What grows or waits for ever if there is no window; the worst first.
    pub(super) unbounded: Vec<(Span, String)>,
}

/// Reads the form of `pattern`; `None` if it binds nothing or cannot be used.
pub(super) fn shape(
    text: &str,
    pattern: &Part,
    gap: Option<u64>,
    reporter: &mut Reporter<'_>,
) -> (Shape, Option<Node>) {
    let arrows = has_arrows(&pattern.node);
    let mut reader = Reader {
        text,
        gap,
        arrows,
        shape: Shape::default(),
        waits: Vec::new(),
        full: false,
        reporter,
    };
    let node = reader.sequence(pattern, true);
    let Reader { mut shape, waits, .. } = reader;
    shape.unbounded.extend(waits);
    (shape, node)
}

/// Is there a `->` or `->>` anywhere? Then what is repeated or permuted skips, unless it says
/// otherwise; without arrows the pattern is plain SQL, where rows are adjacent.
fn has_arrows(pattern: &Pattern) -> bool {
    let has = |part: &Part| has_arrows(&part.node);
    match pattern {
        Pattern::Sequence { first, rest } => {
            let arrow = |(separator, part): &(Separator, Part)| {
                separator.contiguity != Contiguity::Strict || has(part)
            };
            has(first) || rest.iter().any(arrow)
        }
        Pattern::Alternation(parts) | Pattern::Permute(parts, _) => parts.iter().any(has),
        Pattern::Repeat { body, .. } | Pattern::Exclusion(body) => has(body),
        Pattern::Variable(_) | Pattern::Not { .. } | Pattern::Start | Pattern::End => false,
    }
}

struct Reader<'a, 'r, 'f> {
    text: &'a str,
    /// The gap of links that have none of their own.
    gap: Option<u64>,
    arrows: bool,
    shape: Shape,
    /// Links that wait for ever if there is no window.
    waits: Vec<(Span, String)>,
    /// Has it been said that there are too many steps?
    full: bool,
    reporter: &'r mut Reporter<'f>,
}

/// The absences read since the last part that binds, and the gap written among them.
#[derive(Default)]
struct Pending<'a> {
    absent: Vec<(Separator, &'a Part)>,
    gap: Option<u64>,
}

impl<'a> Reader<'_, '_, '_> {
    /// Parts one after the other; groups without a quantifier are no parts of their own.
    fn flatten(
        part: &'a Part,
        before: Option<Separator>,
        out: &mut Vec<(Option<Separator>, &'a Part)>,
    ) {
        match &part.node {
            Pattern::Sequence { first, rest } => {
                Self::flatten(first, before, out);
                for (separator, part) in rest {
                    Self::flatten(part, Some(*separator), out);
                }
            }
            _ => out.push((before, part)),
        }
    }

    fn sequence(&mut self, part: &'a Part, top: bool) -> Option<Node> {
        let mut parts = Vec::new();
        Self::flatten(part, None, &mut parts);
        let mut pending = Pending::default();
        let mut first = None;
        let mut rest = Vec::new();
        for (before, part) in parts {
            let before = before.unwrap_or(Separator { contiguity: Contiguity::Next, gap: None });
            if let Pattern::Not { variable, .. } = &part.node {
                // Steps are numbered as they appear.
                self.step(&variable.node, variable.span);
                pending.absent.push((before, part));
                pending.gap = tighter(pending.gap, before.gap);
                continue;
            }
            let node = self.node(part);
            let pending = std::mem::take(&mut pending);
            if first.is_none() {
                self.leading(&pending, before, top);
                first = Some(node);
            } else {
                rest.push((self.link(before, part.span, &pending), node));
            }
        }
        self.trailing(&pending, top, first.is_some());
        // A group that is there once is no part of its own.
        let mut links = Vec::new();
        let first = splice(first??, &mut links);
        for (link, node) in rest {
            let at = links.len();
            let next = splice(node?, &mut links);
            links.insert(at, (link, next));
        }
        if links.is_empty() {
            return Some(first);
        }
        Some(Node::Sequence { first: Box::new(first), rest: links })
    }

    fn node(&mut self, part: &'a Part) -> Option<Node> {
        match &part.node {
            Pattern::Variable(name) => Some(Node::Step(self.step(name, part.span)?)),
            Pattern::Sequence { .. } | Pattern::Not { .. } => self.sequence(part, false),
            Pattern::Alternation(parts) => {
                let mut nodes = Vec::new();
                for part in parts {
                    match self.sequence(part, false)? {
                        Node::Alternation(inner) => nodes.extend(inner),
                        node => nodes.push(node),
                    }
                }
                Some(Node::Alternation(nodes))
            }
            Pattern::Permute(parts, mode) => {
                let link = self.inner_link(part.span, *mode);
                let nodes: Vec<_> = parts.iter().map(|part| self.sequence(part, false)).collect();
                let mut nodes: Vec<_> = nodes.into_iter().collect::<Option<_>>()?;
                if nodes.len() > MOST_PERMUTED {
                    self.too_many(part.span, nodes.len(), "permuted parts", MOST_PERMUTED);
                    return None;
                }
                if nodes.len() == 1 {
                    return nodes.pop();
                }
                Some(Node::Permutation { parts: nodes, link })
            }
            Pattern::Repeat { body, quantifier, mode } => {
                let node = self.sequence(body, false)?;
                self.repeat(part.span, node, *quantifier, *mode)
            }
            Pattern::Start | Pattern::End => {
                let help = "a stream has neither end; use `WITHIN` or `NOT` to bound the match";
                unsupported(self.reporter, part.span, "an anchor", help);
                None
            }
            Pattern::Exclusion(inner) => {
                let help = "leave the measures of these events out instead";
                unsupported(self.reporter, part.span, "exclusion `{- -}`", help);
                self.sequence(inner, false);
                None
            }
        }
    }

    fn repeat(
        &mut self,
        span: Span,
        body: Node,
        quantifier: Quantifier,
        mode: Mode,
    ) -> Option<Node> {
        let Quantifier { least, most, reluctant } = quantifier;
        if body.can_be_empty() {
            let label = "what is repeated here may be nothing";
            let help = "let what is inside bind at least one event";
            self.report(Code::E121, span, "pattern can match zero events", label, help);
            return None;
        }
        if most == Some(1) {
            if mode.contiguity.is_some() {
                let label = "there is nothing between the rounds of one round";
                let help = "remove the word after the quantifier";
                self.report(Code::E123, span, "misplaced contiguity", label, help);
            }
            let link = Link::STRICT;
            let repeat = |body| Node::Repeat { body, least, most, greedy: !reluctant, link };
            return Some(if least == 1 { body } else { repeat(Box::new(body)) });
        }
        if most.is_none() {
            let label = format!("{} can grow for ever", self.excerpt(span));
            self.shape.unbounded.push((span, label));
        }
        let link = self.inner_link(span, mode);
        Some(Node::Repeat { body: Box::new(body), least, most, greedy: !reluctant, link })
    }

    /// What stands at `span`, in quotes, if it is short.
    fn excerpt(&self, span: Span) -> String {
        let text = &self.text[span.start..span.end];
        let short = text.len() <= 40 && !text.contains(char::is_control);
        if short { format!("'{text}'") } else { "this".to_owned() }
    }

    /// What lies between rounds, or between permuted parts.
    fn inner_link(&mut self, span: Span, mode: Mode) -> Link {
        let default = if self.arrows { Contiguity::Next } else { Contiguity::Strict };
        let contiguity = mode.contiguity.unwrap_or(default);
        self.make_link(contiguity, mode.gap, span)
    }

    fn make_link(&mut self, contiguity: Contiguity, gap: Option<u64>, span: Span) -> Link {
        nonzero(self.reporter, span, gap);
        let gap = gap.or(self.gap);
        if contiguity != Contiguity::Strict && gap.is_none() {
            self.waits.push((span, format!("{} may never come", self.excerpt(span))));
        }
        Link { contiguity, gap, absent: Vec::new() }
    }

    /// The link before the part at `span`, with what must be absent on the way.
    fn link(&mut self, before: Separator, span: Span, pending: &Pending<'_>) -> Link {
        let mut link = self.make_link(before.contiguity, tighter(before.gap, pending.gap), span);
        for (separator, part) in &pending.absent {
            let Pattern::Not { variable, lasting } = &part.node else { continue };
            let adjacent = separator.contiguity == Contiguity::Strict;
            if lasting.is_some() {
                let help = "remove `FOR`: it is absent all the way to the next step; or use `GAP`";
                self.misplaced(part.span, "a deadline belongs to the ends of a pattern", help);
            } else if !adjacent && link.contiguity == Contiguity::Strict {
                let help = "write `->` after it, or no `->` before it";
                self.misplaced(part.span, "there is nothing between neighbours", help);
            }
            if let Some(step) = self.step(&variable.node, variable.span) {
                link.absent.push(Absent { step, adjacent });
            }
        }
        link
    }

    /// Absences before the first event; `before` is what stands after them.
    fn leading(&mut self, pending: &Pending<'_>, before: Separator, top: bool) {
        for (i, (_, part)) in pending.absent.iter().enumerate() {
            let after = pending.absent.get(i + 1).map_or(before, |(separator, _)| *separator);
            let Some(absence) = self.absence(part, after, top) else { continue };
            if absence.lasting.is_none() {
                let label = "how long before the first event?";
                let help = "add `FOR 10 MS`";
                self.report(Code::E122, part.span, "absence without a deadline", label, help);
            }
            self.shape.leading.push(absence);
        }
    }

    /// Absences after the last event.
    fn trailing(&mut self, pending: &Pending<'_>, top: bool, bound: bool) {
        if !bound {
            if let Some((_, part)) = pending.absent.first() {
                let label = "only absences: no event to match";
                let help = "add a step that binds an event";
                self.report(Code::E121, part.span, "pattern can match zero events", label, help);
            }
            return;
        }
        for (separator, part) in &pending.absent {
            let Some(absence) = self.absence(part, *separator, top) else { continue };
            if absence.lasting.is_none() && self.shape.open_end.is_none() {
                self.shape.open_end = Some(part.span);
            }
            self.shape.trailing.push(absence);
        }
    }

    /// An absence at the pattern's end that `separator` divides from the rest.
    fn absence(&mut self, part: &Part, separator: Separator, top: bool) -> Option<Absence> {
        let Pattern::Not { variable, lasting } = &part.node else { return None };
        nonzero(self.reporter, part.span, *lasting);
        if !top {
            let help = "write it between two steps, or at either end of the whole pattern";
            self.misplaced(part.span, "it stands at the edge of a group", help);
            return None;
        }
        if separator.contiguity == Contiguity::Strict || separator.gap.is_some() {
            let help = "divide it from the events by a plain `->`";
            self.misplaced(part.span, "an absence at an end has no neighbour", help);
            return None;
        }
        Some(Absence { step: self.step(&variable.node, variable.span)?, lasting: *lasting })
    }

    /// The step called `name`, a new one if there is none yet.
    fn step(&mut self, name: &str, span: Span) -> Option<StepId> {
        let names = &mut self.shape.names;
        if let Some(at) = names.iter().position(|known| known == name) {
            return Some(StepId::new(at));
        }
        if names.len() == StepId::MOST {
            if !std::mem::replace(&mut self.full, true) {
                self.too_many(span, StepId::MOST + 1, "steps", StepId::MOST);
            }
            return None;
        }
        names.push(name.to_owned());
        self.shape.spans.push(span);
        Some(StepId::new(names.len() - 1))
    }

    fn too_many(&mut self, span: Span, count: usize, what: &str, most: usize) {
        let message = format!("capacity: needs {count} {what}, {most} is the most");
        self.report(Code::E150, span, &message, "too many", "split the pattern in two");
    }

    fn misplaced(&mut self, span: Span, label: &str, help: &str) {
        self.report(Code::E123, span, "misplaced absence", label, help);
    }

    fn report(&mut self, code: Code, span: Span, message: &str, label: &str, help: &str) {
        self.reporter.report(code, span, message, label, help);
    }
}

/// The first part of `node`; the others, if it is a sequence, go to `rest`.
fn splice(node: Node, rest: &mut Vec<(Link, Node)>) -> Node {
    match node {
        Node::Sequence { first, rest: inner } => {
            rest.extend(inner);
            *first
        }
        other => other,
    }
}

/// The tighter of two bounds.
fn tighter(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    [one, other].into_iter().flatten().min()
}
