//! Functions: navigation, aggregates, what a match says of itself, and the schema's own.

use super::super::ast::{Expr as Ast, Name, Scope};
use super::super::code::Code;
use super::super::nearest::suggest;
use super::super::span::{Span, Spanned};
use super::clauses::unsupported;
use super::value::{Context, Resolver, Type, Value};
use crate::ir::{Aggregate, Decimal, Expr, Place, StepId};
use crate::schema::FieldId;

/// The functions of the language.
const KNOWN: [&str; 13] = [
    "FIRST",
    "LAST",
    "PREV",
    "LAG",
    "COUNT",
    "SUM",
    "MIN",
    "MAX",
    "AVG",
    "EWMA",
    "VWAP",
    "CLASSIFIER",
    "MATCH_NUMBER",
];

/// A field, of the events of one step or of all.
type Column = (Option<StepId>, FieldId);

impl Resolver<'_, '_, '_> {
    pub(super) fn call(
        &mut self,
        span: Span,
        scope: Option<Scope>,
        function: &Name,
        arguments: &[Spanned<Ast>],
    ) -> Option<Value> {
        let defining = self.context != Context::Measure;
        if scope == Some(Scope::Final) && defining {
            let help = "a condition sees the match so far; remove `FINAL`";
            unsupported(self.reporter, span, "`FINAL` in a condition", help);
            return None;
        }
        let name = function.to_ascii_uppercase();
        match (name.as_str(), arguments) {
            ("FIRST", [column]) => self.first(column, 0),
            ("FIRST", [column, by]) => {
                let by = self.offset(by)?;
                self.first(column, by)
            }
            ("LAST", [column]) => self.last_of(column, 0),
            ("LAST", [column, by]) => {
                let by = self.offset(by)?;
                self.last_of(column, by)
            }
            ("PREV", [column]) => self.previous(span, column, 1),
            ("PREV", [column, by]) => {
                let by = self.offset(by)?;
                self.previous(span, column, by)
            }
            ("LAG", [column]) => self.row(span, column, 1),
            ("LAG", [column, by]) => {
                let by = self.offset(by)?;
                self.row(span, column, by)
            }
            ("COUNT", [counted]) => self.count(counted),
            ("SUM", [column]) => self.over(column, Aggregate::Sum),
            ("MIN", [column]) => self.over(column, Aggregate::Min),
            ("MAX", [column]) => self.over(column, Aggregate::Max),
            ("AVG", [column]) => self.over(column, Aggregate::Avg),
            ("EWMA", [column, weight]) => {
                let weight = self.weight(weight)?;
                self.over(column, |field| Aggregate::Ewma(field, weight))
            }
            ("VWAP", [price, quantity]) => self.vwap(price, quantity),
            ("CLASSIFIER", []) if !defining => Some((Expr::Classifier, Type::Step)),
            ("MATCH_NUMBER", []) if !defining => Some((Expr::MatchNumber, Type::Number)),
            ("CLASSIFIER" | "MATCH_NUMBER", []) => {
                let help = "use it in `MEASURES`";
                unsupported(self.reporter, span, &format!("`{name}()` in a condition"), help);
                None
            }
            ("NEXT", _) => {
                let help = "make the later event a step of its own and compare there";
                unsupported(self.reporter, span, "`NEXT`, which reads what has not come,", help);
                None
            }
            (known, _) if KNOWN.contains(&known) => {
                let label = format!("`{known}` does not take {} arguments", arguments.len());
                let help = "FIRST, LAST, PREV, LAG (field, offset); SUM, MIN, MAX, AVG, COUNT (field); \
                            EWMA (field, weight); VWAP (price, quantity)";
                self.report(Code::E105, span, "wrong arguments", label, help);
                None
            }
            (_, arguments) => self.registered(span, function, arguments),
        }
    }

    fn first(&mut self, column: &Spanned<Ast>, after: u32) -> Option<Value> {
        let (step, field) = self.column(column)?;
        if step.is_none() {
            self.something_bound(column.span)?;
        }
        Some(self.read(Place::First(step, after), field))
    }

    fn last_of(&mut self, column: &Spanned<Ast>, before: u32) -> Option<Value> {
        let (step, field) = self.column(column)?;
        let place = match step {
            Some(step) => self.last(step, before),
            None if before == 0 => Place::Current,
            None => {
                self.not_first(column.span)?;
                Place::Previous(before)
            }
        };
        Some(self.read(place, field))
    }

    fn previous(&mut self, span: Span, column: &Spanned<Ast>, by: u32) -> Option<Value> {
        let (step, field) = self.column(column)?;
        if step.is_some_and(|step| self.context != Context::Define(step)) {
            let label = "`PREV` reads the event bound before this one, whatever it is bound to";
            let help = "write `PREV(field)`, or `LAST(name.field, 1)`";
            self.report(Code::E105, span, "wrong arguments", label, help);
            return None;
        }
        let place = match self.context {
            _ if by == 0 => Place::Current,
            // Where no event is skipped, the row before is the one bound before, if one is.
            Context::Define(step) if self.adjacent => {
                let bound = self.bound.contains(step) && !self.first.contains(step);
                if by == 1 && bound { Place::Previous(1) } else { Place::Row(by) }
            }
            _ => {
                self.not_first(span)?;
                Place::Previous(by)
            }
        };
        Some(self.read(place, field))
    }

    fn row(&mut self, span: Span, column: &Spanned<Ast>, by: u32) -> Option<Value> {
        if self.context == Context::Measure {
            let help = "use `PREV`, or `LAST(name.field, offset)`";
            unsupported(self.reporter, span, "`LAG` in a measure", help);
            return None;
        }
        let (None, field) = self.column(column)? else {
            let label = "`LAG` reads the row before this one, whatever it is bound to";
            self.report(Code::E105, span, "wrong arguments", label, "write `LAG(field)`");
            return None;
        };
        Some(self.read(if by == 0 { Place::Current } else { Place::Row(by) }, field))
    }

    /// Reports reading the event before one that may be the first of the match.
    fn not_first(&mut self, span: Span) -> Option<()> {
        let Context::Define(step) = self.context else { return Some(()) };
        self.something_bound(span)?;
        if !self.first.contains(step) {
            return Some(());
        }
        self.nothing_bound(span, step)
    }

    /// Reports reading the match before its first event.
    fn something_bound(&mut self, span: Span) -> Option<()> {
        let Context::Define(step) = self.context else { return Some(()) };
        if self.bound.contains(step) || !self.before[step.index()].is_empty() {
            return Some(());
        }
        self.nothing_bound(span, step)
    }

    fn nothing_bound(&mut self, span: Span, step: StepId) -> Option<()> {
        let name = &self.steps[step.index()];
        let label = format!("nothing is bound before '{name}' when the match starts with it");
        let help = format!("add a step before '{name}', or read the row before with `LAG`");
        self.report(Code::E110, span, "event used before it can be bound", label, help);
        None
    }

    fn count(&mut self, counted: &Spanned<Ast>) -> Option<Value> {
        let over = match &counted.node {
            Ast::Star => None,
            Ast::AllOf(variable) => Some(self.variable(variable)?),
            Ast::Name(name) if self.steps.contains(name) => {
                Some(self.variable(&Name::new(name.clone(), counted.span))?)
            }
            _ => self.column(counted)?.0,
        };
        Some((Expr::Aggregate { aggregate: Aggregate::Count, over }, Type::Number))
    }

    fn over(
        &mut self,
        column: &Spanned<Ast>,
        aggregate: impl Fn(FieldId) -> Aggregate,
    ) -> Option<Value> {
        let (over, field) = self.number_column(column)?;
        Some((Expr::Aggregate { aggregate: aggregate(field), over }, Type::Number))
    }

    fn vwap(&mut self, price: &Spanned<Ast>, quantity: &Spanned<Ast>) -> Option<Value> {
        let quantity_span = quantity.span;
        let prices = self.number_column(price);
        let quantities = self.number_column(quantity);
        let ((over, price), (other, quantity)) = (prices?, quantities?);
        if over != other {
            let label = "not of the same events as the price";
            self.report(
                Code::E105,
                quantity_span,
                "wrong arguments",
                label,
                "name the same variable",
            );
            return None;
        }
        let aggregate = Aggregate::Vwap { price, quantity };
        Some((Expr::Aggregate { aggregate, over }, Type::Number))
    }

    fn number_column(&mut self, column: &Spanned<Ast>) -> Option<Column> {
        let (over, field) = self.column(column)?;
        let found = self.type_of(field);
        if found == Type::Number {
            return Some((over, field));
        }
        let label = format!("this is {}", self.describe(found));
        self.mismatch(column.span, &label, "aggregate a field of numbers")
    }

    fn column(&mut self, ast: &Spanned<Ast>) -> Option<Column> {
        match &ast.node {
            Ast::Name(name) => Some((None, self.field(name, ast.span)?)),
            Ast::Member(variable, name) => {
                let step = self.variable(variable);
                let field = self.field(name, name.span);
                Some((Some(step?), field?))
            }
            _ => {
                let label = "this is no field";
                let help = "write `field` or `name.field`";
                self.report(Code::E105, ast.span, "wrong arguments", label, help);
                None
            }
        }
    }

    fn offset(&mut self, ast: &Spanned<Ast>) -> Option<u32> {
        if let Ast::Number(number) = ast.node
            && let Some(by) = number.whole().and_then(|by| u32::try_from(by).ok())
        {
            return Some(by);
        }
        let label = "this is no offset";
        self.report(Code::E105, ast.span, "wrong arguments", label, "write a whole number");
        None
    }

    fn weight(&mut self, ast: &Spanned<Ast>) -> Option<Decimal> {
        if let Ast::Number(weight) = ast.node
            && (1..=10_i128.pow(weight.scale().into())).contains(&weight.digits())
        {
            return Some(weight);
        }
        let (label, help) = ("this is no weight", "write a number above 0 and at most 1");
        self.report(Code::E105, ast.span, "wrong arguments", label, help);
        None
    }

    /// A function that the schema registers.
    fn registered(&mut self, span: Span, name: &Name, arguments: &[Spanned<Ast>]) -> Option<Value> {
        let functions = self.schema.functions();
        let Some(function) = functions.iter().position(|known| known.name() == name.node) else {
            let known = functions.iter().map(|function| function.name());
            let known: Vec<_> = known.chain(KNOWN).collect();
            let help = suggest(name, "functions", &known);
            let message = format!("unknown function '{}'", name.node);
            self.report(Code::E105, name.span, message, "no such function", help);
            return None;
        };
        let [argument] = arguments else {
            let label = format!("`{}` takes 1 argument", name.node);
            self.report(Code::E105, span, "wrong arguments", label, "write one value");
            return None;
        };
        let (expr, found) = self.value(argument)?;
        if !matches!(found, Type::Number | Type::Symbol(_)) || expr.is_float(self.schema) {
            return self.mismatch(argument.span, "this is no whole number", "write a whole number");
        }
        Some((Expr::Call { function, argument: Box::new(expr) }, Type::Number))
    }
}
