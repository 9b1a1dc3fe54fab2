//! Values: names, literals and arithmetic, with their types.

use std::sync::Arc;

use super::super::ast::{Expr as Ast, Name};
use super::super::code::Code;
use super::super::diagnostic::Reporter;
use super::super::nearest::{nearest, suggest};
use super::super::span::{Span, Spanned};
use crate::ir::{Decimal, Expr, Place, StepId, StepSet};
use crate::schema::{FieldId, FieldType, Schema};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Number,
    Bool,
    /// One of the symbols of that field's table.
    Symbol(FieldId),
    /// The name of a step.
    Step,
}

/// A value and what it is.
pub(super) type Value = (Expr, Type);

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// In the definition of this step.
    Define(StepId),
    /// In a measure.
    Measure,
}

/// Resolves expressions. `None` says that a mistake has been reported.
pub(super) struct Resolver<'a, 'r, 'f> {
    pub(super) schema: &'a Arc<Schema>,
    pub(super) steps: &'a [String],
    /// For each step, what may be bound before it is tested.
    pub(super) before: &'a [StepSet],
    /// What some match binds.
    pub(super) bound: StepSet,
    /// What the first event of some match is bound to.
    pub(super) first: StepSet,
    /// Is every event of a match the one after the other, as in SQL?
    pub(super) adjacent: bool,
    pub(super) context: Context,
    pub(super) reporter: &'r mut Reporter<'f>,
}

impl Resolver<'_, '_, '_> {
    pub(super) fn value(&mut self, ast: &Spanned<Ast>) -> Option<Value> {
        let number = |number: Decimal| Some((Expr::Number(number), Type::Number));
        match &ast.node {
            Ast::Number(literal) => number(*literal),
            Ast::Duration(time) => number(Decimal::new(i128::from(*time), 0)),
            Ast::Bool(truth) => Some((Expr::Bool(*truth), Type::Bool)),
            Ast::Text(_) => {
                let help = "compare a field that has symbols with it";
                self.mismatch(ast.span, "text is only compared with symbols", help)
            }
            Ast::Name(name) => {
                let field = self.field(name, ast.span)?;
                Some(self.read(Place::Current, field))
            }
            Ast::Member(variable, name) => {
                let step = self.variable(variable);
                let field = self.field(name, name.span);
                Some(self.read(self.last(step?, 0), field?))
            }
            Ast::Call { scope, function, arguments } => {
                self.call(ast.span, *scope, function, arguments)
            }
            Ast::Negative(inner) => Some((self.number(inner)?.negated(), Type::Number)),
            Ast::Sum { first, rest } => {
                let mut parts = vec![self.number(first)];
                for (subtracted, part) in rest {
                    let part = self.number(part);
                    parts.push(if *subtracted { part.map(Expr::negated) } else { part });
                }
                let parts: Option<Vec<_>> = parts.into_iter().collect();
                Some((Expr::Sum(parts?), Type::Number))
            }
            Ast::Product { first, rest } => {
                let mut factors = vec![self.number(first)];
                let mut divisors = Vec::new();
                for (divides, part) in rest {
                    let part = self.number(part);
                    if *divides { divisors.push(part) } else { factors.push(part) }
                }
                let (factors, divisors) = (product(factors), product(divisors));
                Some((ratio(factors?, divisors?), Type::Number))
            }
            Ast::AllOf(_) | Ast::Star => {
                let help = "write it as `COUNT(*)` or `COUNT(name.*)`";
                self.mismatch(ast.span, "this stands for whole events", help)
            }
            Ast::Compare { .. }
            | Ast::Between { .. }
            | Ast::In { .. }
            | Ast::IsNull { .. }
            | Ast::Not(_)
            | Ast::And(_)
            | Ast::Or(_) => {
                let help = "write a number, a field or a function of them";
                self.mismatch(ast.span, "this is a condition, not a value", help)
            }
        }
    }

    pub(super) fn number(&mut self, ast: &Spanned<Ast>) -> Option<Expr> {
        let (expr, found) = self.value(ast)?;
        if found == Type::Number {
            return Some(expr);
        }
        let label = format!("this is {}", self.describe(found));
        self.mismatch(ast.span, &label, "write a number here")
    }

    pub(super) fn read(&self, place: Place, field: FieldId) -> Value {
        (Expr::Field { place, field }, self.type_of(field))
    }

    pub(super) fn type_of(&self, field: FieldId) -> Type {
        let known = self.schema.field(field);
        match (known.stored(), known.symbol_table()) {
            (FieldType::Bool, _) => Type::Bool,
            (_, Some(_)) => Type::Symbol(field),
            _ => Type::Number,
        }
    }

    /// The last event bound to `step`, or one bound so many earlier.
    pub(super) fn last(&self, step: StepId, before: u32) -> Place {
        if before == 0 && self.context == Context::Define(step) {
            return Place::Current;
        }
        Place::Last(step, before)
    }

    pub(super) fn field(&mut self, name: &str, span: Span) -> Option<FieldId> {
        let found = self.schema.find(name);
        if found.is_none() {
            let schema = Arc::clone(self.schema);
            let known: Vec<_> = schema.fields().iter().map(|field| field.name()).collect();
            let help = if self.steps.iter().any(|step| step == name) {
                format!("'{name}' is a variable; write `{name}.field`")
            } else {
                suggest(name, "fields", &known)
            };
            let label = format!("stream '{}' has no such field", schema.name());
            self.report(Code::E101, span, format!("unknown field '{name}'"), label, help);
        }
        found
    }

    /// The step called `name`, which must be readable here.
    pub(super) fn variable(&mut self, name: &Name) -> Option<StepId> {
        let Some(at) = self.steps.iter().position(|step| *step == name.node) else {
            let known: Vec<_> = self.steps.iter().map(String::as_str).collect();
            let help = match nearest(name, known.iter().copied()) {
                None if self.schema.name() == name.node => {
                    "a field of the event itself needs no prefix".to_owned()
                }
                _ => suggest(name, "variables", &known),
            };
            let message = format!("unknown variable '{}'", name.node);
            self.report(Code::E103, name.span, message, "the pattern has no such variable", help);
            return None;
        };
        let step = StepId::new(at);
        let readable = match self.context {
            Context::Define(own) => own == step || self.before[own.index()].contains(step),
            Context::Measure => self.bound.contains(step),
        };
        if readable {
            return Some(step);
        }
        let (label, help) = match self.context {
            Context::Define(own) if self.bound.contains(step) => (
                format!("'{}' is bound before it", self.steps[own.index()]),
                format!("move the condition to '{}'", name.node),
            ),
            _ => (
                "it only says what must not happen".to_owned(),
                "read a variable that binds an event".to_owned(),
            ),
        };
        let message = format!("variable '{}' used before it can be bound", name.node);
        self.report(Code::E110, name.span, message, label, help);
        None
    }

    pub(super) fn describe(&self, found: Type) -> String {
        match found {
            Type::Number => "a number".to_owned(),
            Type::Bool => "a truth value".to_owned(),
            Type::Symbol(field) => format!("a symbol of '{}'", self.schema.field(field).name()),
            Type::Step => "the name of a variable".to_owned(),
        }
    }

    pub(super) fn mismatch<T>(&mut self, span: Span, label: &str, help: &str) -> Option<T> {
        self.report(Code::E102, span, "type mismatch", label, help);
        None
    }

    pub(super) fn report(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.reporter.report(code, span, message, label, help);
    }
}

/// `Some(None)` if there is nothing to multiply.
#[expect(clippy::option_option, reason = "a mistake in a factor is not the lack of factors")]
fn product(parts: Vec<Option<Expr>>) -> Option<Option<Expr>> {
    let mut parts: Vec<_> = parts.into_iter().collect::<Option<_>>()?;
    if parts.len() > 1 { Some(Some(Expr::Product(parts))) } else { Some(parts.pop()) }
}

fn ratio(factors: Option<Expr>, divisors: Option<Expr>) -> Expr {
    let factors = factors.unwrap_or(Expr::Number(Decimal::from(1)));
    match divisors {
        Some(divisors) => Expr::Ratio(Box::new(factors), Box::new(divisors)),
        None => factors,
    }
}
