//! The form of the pattern: its steps, links, repetitions, and where absences stand.

use super::super::ast::{Mode, Pattern, Quantifier, Separator, Without};
use super::super::code::Code;
use super::super::diagnostic::Reporter;
use super::super::span::{Span, Spanned};
use super::clauses::{nonzero, unsupported};
use crate::ir::{Absent, Contiguity, Extent, Link, Node, StepId};

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
    let node = reader.sequence(pattern, Ends { head: true, tail: true });
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

/// Which ends of the whole match a part may stand at.
#[derive(Clone, Copy)]
struct Ends {
    /// No event is bound before it.
    head: bool,
    /// Nothing comes after it.
    tail: bool,
}

impl Ends {
    const NEITHER: Self = Self { head: false, tail: false };
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

    fn sequence(&mut self, part: &'a Part, ends: Ends) -> Option<Node> {
        let mut parts = Vec::new();
        Self::flatten(part, None, &mut parts);
        let (Some(first), Some(last)) =
            (parts.iter().position(binds), parts.iter().rposition(binds))
        else {
            let label = "only absences: no event to match";
            let help = "add a step that binds an event";
            self.report(Code::E121, part.span, "pattern can match zero events", label, help);
            return None;
        };
        // What stands before the next part that binds.
        let mut after = vec![None; parts.len()];
        for i in (1..parts.len()).rev() {
            after[i - 1] = if binds(&parts[i]) { parts[i].0 } else { after[i] };
        }
        let mut nodes = Vec::with_capacity(parts.len());
        let mut gap = None;
        for (i, (before, part)) in parts.iter().enumerate() {
            gap = tighter(gap, before.and_then(|before| before.gap));
            let head = ends.head && i <= first;
            if binds(&parts[i]) {
                let node = self.node(part, Ends { head, tail: ends.tail && i + 1 == parts.len() });
                nodes.push((self.link(*before, head, gap.take(), part.span), node));
            } else {
                let ends = Ends { head, tail: ends.tail && i > last };
                nodes.push((Link::STRICT, self.absent(part, *before, after[i], ends)));
            }
        }
        if let (Some(_), Some((_, last))) = (gap, parts.last()) {
            self.misplaced_gap(last.span);
        }
        joined(nodes)
    }

    /// What lies before a part that binds, given what is written there.
    fn link(
        &mut self,
        before: Option<Separator>,
        head: bool,
        gap: Option<u64>,
        span: Span,
    ) -> Link {
        match before {
            Some(before) if !head => self.make_link(before.contiguity, gap, span),
            // There is no event before it, only absences, or this is not the place to say it.
            before => {
                if gap.is_some() {
                    self.misplaced_gap(span);
                }
                before.map_or(Link::STRICT, |Separator { contiguity, .. }| Link {
                    contiguity,
                    ..Link::STRICT
                })
            }
        }
    }

    fn node(&mut self, part: &'a Part, ends: Ends) -> Option<Node> {
        match &part.node {
            Pattern::Variable(name) => Some(Node::Step(self.step(name, part.span)?)),
            Pattern::Sequence { .. } | Pattern::Not { .. } => self.sequence(part, ends),
            Pattern::Alternation(parts) => {
                // All of them first: after a mistake in one, the variables of the others are known.
                let read: Vec<_> = parts.iter().map(|part| self.sequence(part, ends)).collect();
                let mut nodes = Vec::new();
                for node in read {
                    match node? {
                        Node::Alternation(inner) => nodes.extend(inner),
                        node => nodes.push(node),
                    }
                }
                Some(Node::Alternation(nodes))
            }
            Pattern::Permute(parts, mode) => {
                let nodes: Vec<_> =
                    parts.iter().map(|part| self.sequence(part, Ends::NEITHER)).collect();
                let link = self.inner_link(part.span, mode);
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
                let node = self.sequence(body, Ends::NEITHER)?;
                self.repeat(part.span, node, *quantifier, mode)
            }
            Pattern::Start | Pattern::End => {
                let help = "a stream has neither end; use `WITHIN` or `NOT` to bound the match";
                unsupported(self.reporter, part.span, "an anchor", help);
                None
            }
            Pattern::Exclusion(inner) => {
                let help = "leave the measures of these events out instead";
                unsupported(self.reporter, part.span, "exclusion `{- -}`", help);
                self.sequence(inner, Ends::NEITHER);
                None
            }
        }
    }

    fn repeat(
        &mut self,
        span: Span,
        body: Node,
        quantifier: Quantifier,
        mode: &Mode,
    ) -> Option<Node> {
        let Quantifier { least, most, stop } = quantifier;
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
            let repeat = |body| Node::Repeat { body, least, most, stop, link };
            return Some(if least == 1 { body } else { repeat(Box::new(body)) });
        }
        if most.is_none() {
            let label = format!("{} can grow for ever", self.excerpt(span));
            self.shape.unbounded.push((span, label));
        }
        let link = self.inner_link(span, mode);
        Some(Node::Repeat { body: Box::new(body), least, most, stop, link })
    }

    /// What stands at `span`, in quotes, if it is short.
    fn excerpt(&self, span: Span) -> String {
        let text = &self.text[span.start..span.end];
        let short = text.len() <= 40 && !text.contains(char::is_control);
        if short { format!("'{text}'") } else { "this".to_owned() }
    }

    /// What lies between rounds, or between permuted parts.
    fn inner_link(&mut self, span: Span, mode: &Mode) -> Link {
        let default = if self.arrows { Contiguity::Next } else { Contiguity::Strict };
        let contiguity = mode.contiguity.unwrap_or(default);
        let mut link = self.make_link(contiguity, mode.gap, span);
        for Without { strict, variable } in &mode.without {
            let step = self.step(variable, variable.span);
            link.absent.extend(step.map(|step| Absent { step, adjacent: *strict }));
        }
        link
    }

    fn make_link(&mut self, contiguity: Contiguity, gap: Option<u64>, span: Span) -> Link {
        nonzero(self.reporter, span, gap);
        let gap = gap.or(self.gap);
        if contiguity != Contiguity::Strict && gap.is_none() {
            self.waits.push((span, format!("{} may never come", self.excerpt(span))));
        }
        Link { contiguity, gap, absent: Vec::new() }
    }

    /// An absence, and what stands before it and before the next part that binds.
    fn absent(
        &mut self,
        part: &Part,
        before: Option<Separator>,
        after: Option<Separator>,
        ends: Ends,
    ) -> Option<Node> {
        let Pattern::Not { variable, lasting } = &part.node else { return None };
        let step = self.step(&variable.node, variable.span);
        nonzero(self.reporter, part.span, *lasting);
        let is_strict = |separator: Separator| separator.contiguity == Contiguity::Strict;
        let adjacent = before.is_some_and(is_strict);
        let joined = after.is_some_and(is_strict);
        let extent = match lasting {
            _ if ends.head && (adjacent || joined) => {
                let help = "divide it from the events by `->`";
                self.misplaced(part.span, "before all events it has no neighbour", help);
                return None;
            }
            None if ends.head => {
                let label = "how long before the first event?";
                let help = "add `FOR 10 MS`";
                self.report(Code::E122, part.span, "absence without a deadline", label, help);
                return None;
            }
            Some(_) if adjacent => {
                let help = "write `->` before it, or no `FOR`";
                self.misplaced(part.span, "the next event is not a span of time", help);
                return None;
            }
            Some(time) => Extent::For(*time),
            None if adjacent && ends.tail => {
                let help = "bind the next event: end in a step that is defined as NOT (...)";
                self.misplaced(part.span, "no event after it is waited for", help);
                return None;
            }
            None if adjacent => Extent::Next,
            None if ends.tail => {
                self.shape.open_end.get_or_insert(part.span);
                Extent::Window
            }
            None if joined => {
                let help = "write `->` after it, or no `->` before it";
                self.misplaced(part.span, "there is nothing between neighbours", help);
                return None;
            }
            None => Extent::Between,
        };
        Some(Node::Absent { step: step?, extent })
    }

    fn misplaced_gap(&mut self, span: Span) {
        let help = "write `GAP` before what binds the later of two events, or use `FOR`";
        self.report(Code::E123, span, "misplaced gap", "a gap is between two events", help);
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

/// Does the part bind events?
fn binds((_, part): &(Option<Separator>, &Part)) -> bool {
    !matches!(part.node, Pattern::Not { .. })
}

/// The parts one after the other; a sequence among them is no part of its own.
fn joined(parts: Vec<(Link, Option<Node>)>) -> Option<Node> {
    let mut nodes = Vec::with_capacity(parts.len());
    for (link, node) in parts {
        match node? {
            Node::Sequence { first, rest } => {
                let absent = matches!(*first, Node::Absent { .. });
                nodes.push((if absent { Link::STRICT } else { link }, *first));
                nodes.extend(rest);
            }
            node => nodes.push((link, node)),
        }
    }
    let rest = nodes.split_off(1);
    let (_, first) = nodes.pop()?;
    Some(if rest.is_empty() { first } else { Node::Sequence { first: Box::new(first), rest } })
}

/// The tighter of two bounds.
fn tighter(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    [one, other].into_iter().flatten().min()
}
