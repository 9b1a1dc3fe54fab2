//! The automaton of a pattern as Graphviz draws it.

use std::fmt::Write as _;

use super::order::absence;
use crate::forked::{BuildError, Edge, automaton};
use crate::ir::{Contiguity, Duration, Ir};

/// The automaton of `ir` in the DOT language (<https://graphviz.org/doc/info/lang.html>): states,
/// the step and its condition on each edge, and what must hold on the way. State 0 is in front of
/// the first event; a match is complete in the double circle. Counted loops have one state for
/// each count.
///
/// # Errors
///
/// If the pattern cannot be run, or unfolds to too many states.
pub fn dot(ir: &Ir) -> Result<String, BuildError> {
    let name = ir.name.as_deref().unwrap_or("pattern");
    let mut text = format!("digraph {} {{\n  rankdir=LR;\n", quoted(name));
    text += "  node [shape=circle];\n  end [label=\"match\", shape=doublecircle];\n";
    for (from, edges) in automaton(ir)?.iter().enumerate() {
        for edge in edges {
            let to = edge.then.map_or("end".to_owned(), |state| state.to_string());
            let label = quoted(&label(ir, edge, from == 0));
            let _ = writeln!(text, "  {from} -> {to} [label={label}];");
        }
    }
    text += "}\n";
    Ok(text)
}

/// One line for each thing that must hold.
fn label(ir: &Ir, edge: &Edge, first: bool) -> String {
    let mut lines = Vec::new();
    if let Some(step) = edge.step {
        let link = match edge.link {
            _ if first => "",
            Contiguity::Strict => " (the very next)",
            Contiguity::Next => " (the next that fits)",
            Contiguity::Any => " (any)",
        };
        let step = ir.step(step);
        lines.push(format!("{}{link}", step.name));
        lines.extend(step.condition.conjuncts().iter().map(|it| ir.condition_text(it).to_string()));
    }
    if let Some(gap) = edge.gap {
        lines.push(format!("less than {} later", Duration(gap)));
    }
    lines.extend(edge.absent.iter().map(|(step, extent)| absence(ir, *step, *extent)));
    let barred = edge.barred.iter().map(|step| &ir.step(*step).name);
    lines.extend(barred.map(|step| format!("unless it could be {step}")));
    lines.join("\n")
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
