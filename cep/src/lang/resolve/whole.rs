//! What only shows when the whole pattern is known: bounds, capacities, warnings.

use super::super::ast::Name;
use super::super::code::Code;
use super::super::diagnostic::Reporter;
use super::super::nearest::nearest;
use super::super::span::Span;
use super::Spans;
use super::shape::Shape;
use crate::ir::{Contiguity, Ir, Node, Skip, Window};

/// Can it match nothing, or wait for ever?
pub(super) fn check_bounds(
    shape: &Shape,
    node: Option<&Node>,
    window: Window,
    pattern: Span,
    reporter: &mut Reporter<'_>,
) {
    if node.is_some_and(Node::can_be_empty) {
        let help = "let one step be there at least once: `+` instead of `*`";
        let message = "pattern can match zero events";
        reporter.report(Code::E121, pattern, message, "every part may be left out", help);
    }
    if let (Some(span), None) = (shape.open_end, window.time) {
        let help = "add `FOR 10 MS` to it, or `WITHIN 10 MS` to the pattern";
        let message = "absence without a deadline";
        reporter.report(Code::E122, span, message, "how long after the last event?", help);
    }
    if let (Some((span, label)), Window { time: None, events: None }) =
        (shape.unbounded.first(), window)
    {
        let help = "add `WITHIN 50 US` (or `WITHIN 1000 EVENTS`)";
        reporter.report(Code::E120, *span, "unbounded pattern", label, help);
    }
}

/// Checks a pattern that has no error so far.
pub(super) fn check(ir: &Ir, spans: &Spans, reporter: &mut Reporter<'_>) {
    for (step, places) in ir.steps.iter().zip(&spans.conditions) {
        if !step.condition.is_never(&ir.schema) {
            continue;
        }
        let parts = step.condition.conjuncts();
        let never = parts.iter().position(|part| part.is_never(&ir.schema));
        let all = places.iter().copied().reduce(Span::to).unwrap_or(spans.pattern);
        let span = never.and_then(|at| places.get(at).copied()).unwrap_or(all);
        let message = "predicate always false";
        let label = format!("no event can be '{}'", step.name);
        let help = "check the bounds and names that it compares with";
        reporter.report(Code::W201, span, message, label, help);
    }
    let Some(step) = ir.needs_runs() else { return };
    let conditions = ir.step(step).condition.conjuncts().iter();
    let places = &spans.conditions[step.index()];
    let mut reading = conditions.zip(places).filter(|(part, _)| part.reads().earlier);
    let Some((_, &span)) = reading.next() else { return };
    let name = &ir.step(step).name;
    let mut skips_to_any = false;
    ir.pattern.visit_links(&mut |link| skips_to_any |= link.contiguity == Contiguity::Any);
    let label = format!("'{name}' reads events bound earlier");
    if skips_to_any {
        let message = "needs state for each partial match, skip-till-any not supported here";
        let help = "write `->` (skip till next) for `->>`, or compare with the event alone";
        reporter.report(Code::E140, span, message, label, help);
    } else if ir.skip == Skip::None {
        let message = "all matches wanted, but partial matches cannot be shared";
        let help = "nothing, if that is meant: each partial match is then run by itself";
        reporter.report(Code::W210, span, message, label, help);
    }
}

/// Warns of a definition that the pattern does not use.
pub(super) fn warn_unbound(variable: &Name, undefined: &[&str], reporter: &mut Reporter<'_>) {
    let help = match nearest(variable, undefined.iter().copied()) {
        Some(near) => format!("did you mean '{near}', which has no definition?"),
        None => "use it in `PATTERN`, or remove it".to_owned(),
    };
    let message = format!("variable '{}' never bound", variable.node);
    reporter.report(Code::W202, variable.span, message, "the pattern has no such variable", help);
}
