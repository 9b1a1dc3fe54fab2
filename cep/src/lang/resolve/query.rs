//! One query: its clauses, then its steps' conditions, then its measures.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::ast::{self, Query};
use super::super::code::Code;
use super::super::diagnostic::Reporter;
use super::super::span::{Span, Spanned};
use super::super::words::Identifier;
use super::clauses::{Clauses, unsupported};
use super::shape::{Shape, shape};
use super::value::{Context, Resolver};
use super::{Resolved, Spans, duplicate, whole};
use crate::ir::{
    Condition, Contiguity, Emit, Ir, Measure, Node, Order, Selection, Skip, Step, StepId, StepSet,
    Window,
};
use crate::schema::{FieldId, Schema};

/// Resolves `query`; `None` if it has an error.
pub(super) fn resolve(
    query: &Query,
    schema: &Arc<Schema>,
    reporter: &mut Reporter<'_>,
) -> Option<Resolved> {
    let errors = reporter.errors();
    let clauses = Clauses::of(query, reporter);
    let Some(pattern) = clauses.pattern else {
        // If there is an error already, it may have been there and could not be read.
        if errors == 0 {
            let help = "add `PATTERN ( a -> b )`";
            let message = "clause `PATTERN` is missing";
            reporter.report(Code::E006, query.stream.span, message, "in this query", help);
        }
        return None;
    };
    let (shape, node) = shape(reporter.text(), pattern, clauses.gap, reporter);
    let mut scope = Scope::new(schema, shape, node, reporter);
    let partition_by = scope.fields(clauses.partition_by);
    scope.order(clauses.order_by);
    let kinds = clauses.kinds.map(|kinds| scope.kinds(kinds));
    let (steps, conditions) = scope.define(clauses.define);
    let measures = scope.measures(clauses.measures);
    let (measures, measure_spans) = scope.select(query, clauses.partition_by, measures);
    let skip = scope.skip(&clauses);
    let emit = scope.emit(&clauses);
    let Scope { shape, node, .. } = scope;
    let window = Window { time: clauses.within, events: clauses.within_events };
    whole::check_bounds(&shape, node.as_ref(), window, pattern.span, reporter);
    let (select, limit) = clauses.select.unwrap_or((ast::Select::All, None));
    let spans =
        Spans { pattern: pattern.span, steps: shape.spans, conditions, measures: measure_spans };
    let ir = Ir {
        name: query.called().map(|name| name.node.clone()),
        schema: Arc::clone(schema),
        partition_by,
        kinds,
        steps,
        pattern: node?,
        window,
        selection: match select {
            ast::Select::All => Selection::All,
            ast::Select::First => Selection::FirstPerStart,
            ast::Select::Longest => Selection::LongestPerStart,
            ast::Select::Preferred => Selection::PreferredPerStart,
        },
        limit,
        skip: skip?,
        order: if clauses.eager { Order::Eager } else { Order::Leftmost },
        consume: clauses.consume,
        emit_timeouts: clauses.emit_timeouts,
        emit: emit?,
        measures,
    };
    if let Some((_, span)) = clauses.emit.filter(|_| !emits_all(&ir)) {
        let help = "write `ALL MATCHES`, with none of these";
        let what = "`EMIT` with `LIMIT`, `PER START`, skipping, measures or time-outs";
        unsupported(reporter, span, what, help);
    }
    if reporter.errors() > errors {
        return None;
    }
    whole::check(&ir, &spans, reporter);
    (reporter.errors() == errors).then_some(Resolved { ir, spans })
}

/// What the clauses after the pattern are resolved with.
pub(super) struct Scope<'a, 'r, 'f> {
    pub(super) schema: &'a Arc<Schema>,
    shape: Shape,
    node: Option<Node>,
    /// For each step, what may be bound when it is tested.
    before: Vec<StepSet>,
    /// What some match binds.
    bound: StepSet,
    /// What the first event of some match is bound to.
    first: StepSet,
    /// Are all links strict?
    adjacent: bool,
    pub(super) reporter: &'r mut Reporter<'f>,
}

impl<'a, 'r, 'f> Scope<'a, 'r, 'f> {
    fn new(
        schema: &'a Arc<Schema>,
        shape: Shape,
        node: Option<Node>,
        reporter: &'r mut Reporter<'f>,
    ) -> Self {
        let steps = shape.names.len();
        let Some(known) = &node else {
            // A mistake hides the form: let every step be read everywhere.
            let all = (0..steps).map(|at| StepSet::of(StepId::new(at)));
            let bound = all.fold(StepSet::default(), StepSet::union);
            let (before, first) = (vec![bound; steps], StepSet::default());
            return Self { schema, shape, node, before, bound, first, adjacent: false, reporter };
        };
        let (bound, first) = (known.bound(), known.first_bound());
        let before = known.bound_before(steps);
        let mut adjacent = true;
        known.visit_links(&mut |link| adjacent &= link.contiguity == Contiguity::Strict);
        Self { schema, shape, node, before, bound, first, adjacent, reporter }
    }

    pub(super) fn resolver(&mut self, context: Context) -> Resolver<'_, '_, 'f> {
        Resolver {
            schema: self.schema,
            steps: &self.shape.names,
            before: &self.before,
            bound: self.bound,
            first: self.first,
            adjacent: self.adjacent,
            context,
            reporter: self.reporter,
        }
    }

    fn fields(&mut self, names: &[ast::Name]) -> Vec<FieldId> {
        let mut fields = Vec::with_capacity(names.len());
        for name in names {
            let field = self.resolver(Context::Measure).field(name, name.span);
            if field.is_some_and(|field| fields.contains(&field)) {
                duplicate(self.reporter, "key", name);
            }
            fields.extend(field);
        }
        fields
    }

    fn order(&mut self, by: Option<&ast::Name>) {
        let Some(name) = by else { return };
        let time = self.schema.time();
        let help = format!("write `ORDER BY {}`", Identifier(self.schema.field(time).name()));
        match self.schema.find(name) {
            Some(field) if field == time => {}
            Some(_) => {
                let what = "`ORDER BY` another field than the time";
                unsupported(self.reporter, name.span, what, &help);
            }
            None => {
                let message = format!("unknown field '{}'", name.node);
                let label = format!("stream '{}' has no such field", self.schema.name());
                self.reporter.report(Code::E101, name.span, message, label, help);
            }
        }
    }

    fn kinds(&mut self, names: &[Spanned<ast::Expr>]) -> Vec<i128> {
        let mut kinds = Vec::with_capacity(names.len());
        for name in names {
            let Some(field) = self.schema.kind() else {
                let help = "remove `KINDS`, or name the field of the kind in the schema";
                unsupported(self.reporter, name.span, "`KINDS` of a stream without kinds", help);
                return kinds;
            };
            let mut resolver = self.resolver(Context::Measure);
            let code = match &name.node {
                ast::Expr::Text(text) if resolver.schema.field(field).symbol_table().is_some() => {
                    resolver.symbol(field, text, name.span).flatten()
                }
                ast::Expr::Number(number) if number.whole().is_some() => number.whole(),
                _ => resolver.mismatch(name.span, "this is no kind", "write the name of a kind"),
            };
            kinds.extend(code);
        }
        kinds
    }

    /// The steps with their conditions, and where the parts of these stand.
    fn define(&mut self, definitions: &[ast::Definition]) -> (Vec<Step>, Vec<Vec<Span>>) {
        let names = self.shape.names.clone();
        let mut steps: Vec<_> = (names.iter().cloned())
            .map(|name| Step { name, condition: Condition::always() })
            .collect();
        let mut spans: Vec<_> = self.shape.spans.iter().map(|span| vec![*span]).collect();
        let defined: HashSet<_> = definitions.iter().map(|it| it.variable.as_str()).collect();
        let all = names.iter().map(String::as_str);
        let undefined: Vec<_> = all.filter(|name| !defined.contains(name)).collect();
        let mut seen = HashSet::new();
        for definition in definitions {
            let variable = &definition.variable;
            if !seen.insert(variable.as_str()) {
                duplicate(self.reporter, "definition of", variable);
                continue;
            }
            let Some(step) = names.iter().position(|name| *name == variable.node) else {
                if self.node.is_some() {
                    whole::warn_unbound(variable, &undefined, self.reporter);
                }
                continue;
            };
            let context = Context::Define(StepId::new(step));
            let resolved = self.resolver(context).conjunction(&definition.condition);
            if let Some((condition, places)) = resolved {
                steps[step].condition = condition;
                spans[step] = places;
            }
        }
        (steps, spans)
    }

    /// The measures, and where they stand.
    fn measures(&mut self, measures: &[ast::Measure]) -> Vec<Spanned<Measure>> {
        let mut resolved = Vec::with_capacity(measures.len());
        let mut seen = HashSet::new();
        for ast::Measure { value, name } in measures {
            if !seen.insert(name.as_str()) {
                duplicate(self.reporter, "measure", name);
            }
            if let Some((found, _)) = self.resolver(Context::Measure).value(value) {
                let measure = Measure { name: name.node.clone(), value: found };
                resolved.push(Spanned::new(measure, value.span));
            }
        }
        resolved
    }

    fn skip(&mut self, clauses: &Clauses<'_>) -> Option<Skip> {
        Some(match clauses.skip {
            None if matches!(clauses.select, Some((ast::Select::All, _))) => Skip::None,
            None => Skip::default(),
            Some(ast::Skip::None) => Skip::None,
            Some(ast::Skip::ToNext) => Skip::ToNext,
            Some(ast::Skip::PastLast) => Skip::PastLast,
            Some(ast::Skip::ToFirst(name)) => Skip::ToFirst(self.skip_target(name)?),
            Some(ast::Skip::ToLast(name)) => Skip::ToLast(self.skip_target(name)?),
        })
    }

    fn emit(&mut self, clauses: &Clauses<'_>) -> Option<Emit> {
        let Some((ast::Emit::Sum(variable, name), _)) = clauses.emit else {
            return Some(if clauses.emit.is_some() { Emit::Count } else { Emit::Matches });
        };
        let mut resolver = self.resolver(Context::Measure);
        let step = resolver.variable(variable);
        let field = resolver.field(name, name.span);
        let (step, field) = (step?, field?);
        if self.schema.range(field).is_some() {
            return Some(Emit::Sum { step, field });
        }
        let message = format!("'{}' has no exact sum", name.node);
        let help = "sum a field of whole numbers";
        self.reporter.report(Code::E102, name.span, message, "not a whole number", help);
        None
    }

    fn skip_target(&mut self, name: &ast::Name) -> Option<StepId> {
        let step = self.resolver(Context::Measure).variable(name)?;
        let node = self.node.as_ref()?;
        let (label, help) = if !node.always_bound().contains(step) {
            ("a match need not bind it", "skip to a variable that every match binds")
        } else if node.first_bound().contains(step) {
            ("the next match would start with the same event", "write `TO NEXT ROW`")
        } else {
            return Some(step);
        };
        let message = format!("cannot skip to '{}'", name.node);
        self.reporter.report(Code::E130, name.span, message, label, help);
        None
    }
}

/// Do all matches count, and nothing but their number and sum?
fn emits_all(ir: &Ir) -> bool {
    ir.selection == Selection::All
        && ir.limit.is_none()
        && ir.skip == Skip::None
        && ir.measures.is_empty()
        && !ir.emit_timeouts
}

impl Resolver<'_, '_, '_> {
    /// A definition, and where each part of its conjunction stands.
    fn conjunction(&mut self, ast: &Spanned<ast::Expr>) -> Option<(Condition, Vec<Span>)> {
        let ast::Expr::And(parts) = &ast.node else {
            let condition = self.condition(ast)?;
            let spans = vec![ast.span; condition.conjuncts().len()];
            return Some((condition, spans));
        };
        let resolved: Vec<_> = parts.iter().map(|part| self.conjunction(part)).collect();
        let mut conditions = Vec::with_capacity(parts.len());
        let mut spans = Vec::with_capacity(parts.len());
        for part in resolved {
            let (condition, places) = part?;
            conditions.push(condition);
            spans.extend(places);
        }
        Some((Condition::all(conditions), spans))
    }
}
