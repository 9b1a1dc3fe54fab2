//! Syntax tree to [`Ir`]: names to numbers, types checked, everything that cannot work refused.
//!
//! Order: clauses are sorted, the pattern's form gives the steps, then conditions and measures
//! are resolved knowing what may be bound before each step, then the whole is checked.

mod call;
mod clauses;
mod columns;
mod condition;
mod derive;
mod query;
mod shape;
mod value;
mod whole;

use std::sync::Arc;

use super::ast::{File, Name, Query};
use super::code::Code;
use super::diagnostic::Reporter;
use super::nearest::suggest;
use super::span::Span;
use crate::ir::Ir;
use crate::schema::Schema;

/// A pattern, and where its parts stand in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The pattern.
    pub ir: Ir,
    /// Where its parts stand.
    pub spans: Spans,
}

/// Where the parts of an [`Ir`] stand in the text that it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spans {
    /// The regular expression of the pattern.
    pub pattern: Span,
    /// Each step, where the pattern names it first.
    pub steps: Vec<Span>,
    /// For each step, each part of its conjunction ([`Condition::conjuncts`]); the step's own
    /// place if it has no definition.
    ///
    /// [`Condition::conjuncts`]: crate::ir::Condition::conjuncts
    pub conditions: Vec<Vec<Span>>,
    /// Each measure.
    pub measures: Vec<Span>,
}

/// Resolves every query of `file`; those with errors are left out.
pub(super) fn resolve(
    file: &File,
    schemas: &[Arc<Schema>],
    reporter: &mut Reporter<'_>,
) -> Vec<Resolved> {
    let mut resolved = Vec::new();
    for (at, query) in file.queries.iter().enumerate() {
        let name = query.called();
        let earlier = file.queries[..at].iter().filter_map(|earlier| earlier.called());
        if let Some(name) = name.filter(|name| earlier.clone().any(|earlier| earlier == *name)) {
            duplicate(reporter, "query", name);
        }
        let Some(schema) = stream(query, schemas, reporter) else { continue };
        let wide = if query.derive.is_empty() {
            Some(Arc::clone(schema))
        } else {
            derive::widen(schema, &query.derive, reporter)
        };
        let Some(schema) = wide else { continue };
        resolved.extend(query::resolve(query, &schema, reporter));
    }
    resolved
}

fn stream<'a>(
    query: &Query,
    schemas: &'a [Arc<Schema>],
    reporter: &mut Reporter<'_>,
) -> Option<&'a Arc<Schema>> {
    let found = schemas.iter().find(|schema| schema.name() == query.stream.node);
    if found.is_none() {
        let known: Vec<_> = schemas.iter().map(|schema| schema.name()).collect();
        let help = suggest(&query.stream, "streams", &known);
        let label = "no such stream";
        let message = format!("unknown stream '{}'", query.stream.node);
        reporter.report(Code::E108, query.stream.span, message, label, help);
    }
    found
}

fn duplicate(reporter: &mut Reporter<'_>, what: &str, name: &Name) {
    let message = format!("{what} '{}' is there twice", name.node);
    let help = "remove one, or give it a name of its own";
    reporter.report(Code::E107, name.span, message, "here again", help);
}
