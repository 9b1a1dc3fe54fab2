//! The condition of a step on one event, part by part, with the values on both sides.

use std::fmt;

use bytemuck::Pod;

use super::seen::Seen;
use crate::eval::{Test, View, value};
use crate::ir::{Condition, Expr, Ir, Place, StepId};
use crate::schema::FieldId;

/// The condition of a step, tested.
pub(super) struct Tested {
    /// How deep, whether it holds, and what was compared.
    lines: Vec<(usize, Option<bool>, String)>,
    holds: bool,
    depth: usize,
}

impl Tested {
    pub(super) fn new<E: Pod>(ir: &Ir, step: StepId, seen: &Seen<'_, E>) -> Self {
        let condition = &ir.step(step).condition;
        let mut lines = Vec::new();
        for part in condition.conjuncts() {
            add(ir, part, seen, 0, &mut lines);
        }
        Self { lines, holds: truth(ir, condition, seen) == Some(true), depth: 2 }
    }

    /// The same, told further in.
    pub(super) fn within(self) -> Self {
        Self { depth: 6, ..self }
    }

    pub(super) fn holds(&self) -> bool {
        self.holds
    }
}

impl fmt::Display for Tested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lines.is_empty() {
            writeln!(f, "{:1$}yes      any event", "", self.depth)?;
        }
        for (depth, truth, what) in &self.lines {
            let verdict = match truth {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "UNKNOWN",
            };
            writeln!(f, "{:2$}{verdict:<8} {:3$}{what}", "", "", self.depth, 2 * depth)?;
        }
        Ok(())
    }
}

/// The truth of `condition`; `None` if it is unknown.
fn truth<E: Pod>(ir: &Ir, condition: &Condition, view: &impl View<E>) -> Option<bool> {
    let holds =
        |condition: &Condition| Test::new(condition, &ir.schema).is_ok_and(|test| test.holds(view));
    if holds(condition) {
        Some(true)
    } else {
        holds(&Condition::Not(Box::new(condition.clone()))).then_some(false)
    }
}

fn add<E: Pod>(
    ir: &Ir,
    condition: &Condition,
    seen: &Seen<'_, E>,
    depth: usize,
    lines: &mut Vec<(usize, Option<bool>, String)>,
) {
    let truth = truth(ir, condition, seen);
    let mut text = ir.condition_text(condition).to_string();
    if let Condition::Compare { left, comparison, right } = condition {
        let shown = |expr: &Expr| value(expr, &ir.schema, seen).named(ir).to_string();
        text = format!("{text:<40} {} {comparison} {}", shown(left), shown(right));
    }
    lines.push((depth, truth, text));
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| add(ir, part, seen, depth + 1, lines));
        }
        Condition::Not(part) => add(ir, part, seen, depth + 1, lines),
        Condition::Compare { .. } | Condition::IsNull(_) | Condition::Opaque(_) => {}
    }
}

/// A field of the event under test, as it is printed.
pub(super) fn field<E: Pod>(ir: &Ir, field: FieldId, seen: &Seen<'_, E>) -> String {
    let place = Place::Current;
    value(&Expr::Field { place, field }, &ir.schema, seen).named(ir).to_string()
}

/// The fields that the pattern reads anywhere, its time first.
pub(super) fn fields(ir: &Ir) -> Vec<FieldId> {
    let mut fields = vec![ir.schema.time()];
    let mut add = |expr: &Expr| {
        let read = match expr {
            Expr::Field { field, .. } => Some(*field),
            Expr::Aggregate { aggregate, .. } => aggregate.field(),
            _ => None,
        };
        fields.extend(read);
    };
    for step in &ir.steps {
        step.condition.visit(&mut add);
    }
    for measure in &ir.measures {
        measure.value.visit(&mut add);
    }
    let mut known = Vec::new();
    fields.retain(|field| {
        let fresh = !known.contains(field) && !ir.partition_by.contains(field);
        known.push(*field);
        fresh
    });
    fields
}
