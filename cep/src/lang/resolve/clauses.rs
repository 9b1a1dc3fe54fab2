//! The clauses of a query by what they are, each at most once.

use super::super::ast::{
    Clause, Definition, Emit, Expr, Measure, Name, Pattern, Query, Select, Skip,
};
use super::super::code::Code;
use super::super::diagnostic::Reporter;
use super::super::span::{Span, Spanned};
use crate::ir::Consume;

/// What the query says; `None` or empty for what it leaves out.
#[derive(Default)]
pub(super) struct Clauses<'a> {
    pub(super) partition_by: &'a [Name],
    pub(super) order_by: Option<&'a Name>,
    pub(super) kinds: Option<&'a [Spanned<Expr>]>,
    pub(super) measures: &'a [Measure],
    pub(super) select: Option<(Select, Option<u64>)>,
    pub(super) skip: Option<&'a Skip>,
    pub(super) eager: bool,
    pub(super) consume: Consume,
    pub(super) pattern: Option<&'a Spanned<Pattern>>,
    pub(super) within: Option<u64>,
    pub(super) within_events: Option<u64>,
    pub(super) gap: Option<u64>,
    pub(super) define: &'a [Definition],
    pub(super) emit_timeouts: bool,
    pub(super) emit: Option<(&'a Emit, Span)>,
}

impl<'a> Clauses<'a> {
    pub(super) fn of(query: &'a Query, reporter: &mut Reporter<'_>) -> Self {
        let mut clauses = Self::default();
        for (at, clause) in query.clauses.iter().enumerate() {
            let kind = std::mem::discriminant(&clause.node);
            let mut earlier = query.clauses[..at].iter().map(|other| &other.node);
            if earlier.any(|other| std::mem::discriminant(other) == kind) {
                let help = "write both as one, or remove one";
                reporter.report(Code::E006, clause.span, "clause is there twice", "again", help);
            } else {
                clauses.add(clause, reporter);
            }
        }
        clauses
    }

    fn add(&mut self, clause: &'a Spanned<Clause>, reporter: &mut Reporter<'_>) {
        let span = clause.span;
        match &clause.node {
            Clause::PartitionBy(fields) => self.partition_by = fields,
            Clause::OrderBy(field) => self.order_by = Some(field),
            Clause::Kinds(kinds) => self.kinds = Some(kinds),
            Clause::Measures(measures) => self.measures = measures,
            Clause::OneRow => {}
            Clause::AllRows => {
                let help = "write `ONE ROW PER MATCH` and name what you need in `MEASURES`";
                unsupported(reporter, span, "`ALL ROWS PER MATCH`", help);
            }
            Clause::Select(select, limit) => {
                nonzero(reporter, span, *limit);
                self.select = Some((*select, *limit));
            }
            Clause::AfterMatch(skip, eager) => {
                self.skip = Some(skip);
                self.eager = *eager;
            }
            Clause::Consume(consume) => self.consume = *consume,
            Clause::Pattern(pattern) => self.pattern = Some(pattern),
            Clause::Within(time) => {
                nonzero(reporter, span, Some(*time));
                self.within = Some(*time);
            }
            Clause::WithinEvents(events) => {
                nonzero(reporter, span, Some(*events));
                self.within_events = Some(*events);
            }
            Clause::Gap(gap) => {
                nonzero(reporter, span, Some(*gap));
                self.gap = Some(*gap);
            }
            Clause::Subset(_) => {
                let help = "name the variables one by one in the measures";
                unsupported(reporter, span, "`SUBSET`", help);
            }
            Clause::Define(definitions) => self.define = definitions,
            Clause::OnTimeoutEmit => self.emit_timeouts = true,
            Clause::Emit(emit) => self.emit = Some((emit, span)),
        }
    }
}

/// Reports something that SQL has and this language has not.
pub(super) fn unsupported(reporter: &mut Reporter<'_>, span: Span, what: &str, help: &str) {
    reporter.report(Code::E005, span, format!("{what} is not supported"), "", help);
}

/// Reports a bound of zero: all bounds are strict, or counts of what is wanted.
pub(super) fn nonzero(reporter: &mut Reporter<'_>, span: Span, bound: Option<u64>) {
    if bound == Some(0) {
        let help = "write at least 1";
        reporter.report(Code::E124, span, "impossible bounds", "nothing meets a bound of 0", help);
    }
}
