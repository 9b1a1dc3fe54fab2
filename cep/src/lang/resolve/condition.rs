//! Conditions: comparisons of like with like, and their combinations.

use super::super::ast::Expr as Ast;
use super::super::code::Code;
use super::super::nearest::suggest;
use super::super::span::{Span, Spanned};
use super::value::{Resolver, Type, Value};
use crate::comparison::Comparison;
use crate::ir::{Condition, Expr, Linear, check_magnitude};
use crate::schema::FieldId;

type Part = Spanned<Ast>;

impl Resolver<'_, '_, '_> {
    pub(super) fn condition(&mut self, ast: &Part) -> Option<Condition> {
        match &ast.node {
            Ast::Compare { left, comparison, right } => self.compare(left, *comparison, right),
            Ast::Between { negated, value, low, high } => {
                let above = self.compare(value, Comparison::GreaterOrEqual, low);
                // The value is the same: what is wrong with it has been said.
                let below =
                    above.as_ref().and_then(|_| self.compare(value, Comparison::LessOrEqual, high));
                negate(*negated, Condition::all(vec![above?, below?]))
            }
            Ast::In { negated, value, list } => {
                let mut parts = Vec::with_capacity(list.len());
                for item in list {
                    parts.push(self.compare(value, Comparison::Equal, item)?);
                }
                negate(*negated, Condition::any(parts))
            }
            Ast::IsNull { negated, value } => {
                let (value, _) = self.value(value)?;
                negate(*negated, Condition::is_null(value))
            }
            Ast::Not(inner) => negate(true, self.condition(inner)?),
            Ast::And(parts) => Some(Condition::all(self.conditions(parts)?)),
            Ast::Or(parts) => Some(Condition::any(self.conditions(parts)?)),
            Ast::Bool(truth) => Some(if *truth { Condition::always() } else { Condition::never() }),
            _ => {
                let (left, found) = self.value(ast)?;
                if found != Type::Bool {
                    let label = format!("this is {}", self.describe(found));
                    return self.mismatch(ast.span, &label, "compare it with something");
                }
                let right = Expr::Bool(true);
                Some(Condition::Compare { left, comparison: Comparison::Equal, right })
            }
        }
    }

    /// All of them, so that the mistakes of all are found.
    fn conditions(&mut self, parts: &[Part]) -> Option<Vec<Condition>> {
        let parts: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        parts.into_iter().collect()
    }

    fn compare(&mut self, left: &Part, comparison: Comparison, right: &Part) -> Option<Condition> {
        let span = left.span.to(right.span);
        match (&left.node, &right.node) {
            (Ast::Text(_), Ast::Text(_)) => {
                let help = "compare a field that has symbols with one of them";
                self.mismatch(span, "two texts are compared", help)
            }
            (Ast::Text(text), _) => {
                let value = self.value(right)?;
                let turned = turned(comparison);
                self.compare_symbol(value, right.span, turned, text, left.span)
            }
            (_, Ast::Text(text)) => {
                let value = self.value(left)?;
                self.compare_symbol(value, left.span, comparison, text, right.span)
            }
            _ => {
                let (left_value, right_value) = (self.value(left), self.value(right));
                self.compare_values(left_value?, comparison, right_value?, span)
            }
        }
    }

    fn compare_symbol(
        &mut self,
        (expr, found): Value,
        span: Span,
        comparison: Comparison,
        text: &str,
        text_span: Span,
    ) -> Option<Condition> {
        let Type::Symbol(field) = found else {
            let label = format!("this is {}, '{text}' is text", self.describe(found));
            return self.mismatch(span.to(text_span), &label, "compare like with like");
        };
        self.unordered(comparison, span.to(text_span))?;
        let Some(code) = self.symbol(field, text, text_span)? else {
            // No event has it.
            let never = comparison == Comparison::Equal;
            return Some(if never { Condition::never() } else { Condition::always() });
        };
        let right = Expr::Symbol { field, code };
        Some(Condition::Compare { left: expr, comparison, right })
    }

    /// The number of the symbol `text`; `Some(None)` if it is not known yet.
    #[expect(clippy::option_option, reason = "a mistake is not a symbol without events")]
    pub(super) fn symbol(
        &mut self,
        field: FieldId,
        text: &str,
        span: Span,
    ) -> Option<Option<i128>> {
        let field = self.schema.field(field);
        let table = field.symbol_table()?;
        let code = table.code(text);
        if code.is_none() && !table.is_open() {
            let known: Vec<_> = table.names().collect();
            let help = suggest(text, "symbols", &known);
            let label = format!("field '{}' has no such symbol", field.name());
            self.reporter.report(Code::E104, span, format!("unknown symbol '{text}'"), label, help);
            return None;
        }
        Some(code)
    }

    fn compare_values(
        &mut self,
        (left, left_type): Value,
        comparison: Comparison,
        (right, right_type): Value,
        span: Span,
    ) -> Option<Condition> {
        match (left_type, right_type) {
            (Type::Number, Type::Number) => {
                self.exact(&left, comparison, &right, span)?;
            }
            (Type::Bool, Type::Bool) => self.unordered(comparison, span)?,
            (Type::Symbol(one), Type::Symbol(other)) if self.same_table(one, other) => {
                self.unordered(comparison, span)?;
            }
            _ => {
                let (left, right) = (self.describe(left_type), self.describe(right_type));
                let label = format!("the left is {left}, the right is {right}");
                return self.mismatch(span, &label, "compare like with like");
            }
        }
        Some(Condition::Compare { left, comparison, right })
    }

    fn same_table(&self, one: FieldId, other: FieldId) -> bool {
        let table = |field| self.schema.field(field).symbol_table();
        one == other || table(one) == table(other)
    }

    fn unordered(&mut self, comparison: Comparison, span: Span) -> Option<()> {
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return Some(());
        }
        self.mismatch(span, "these have no order", "compare them with `=`, `<>` or `IN`")
    }

    /// Reports a comparison whose numbers might not fit 128 bits.
    fn exact(
        &mut self,
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
        span: Span,
    ) -> Option<()> {
        let fits = match Linear::of(left, comparison, right, self.schema) {
            Ok(Some(_)) => true,
            Ok(None) if left.is_float(self.schema) || right.is_float(self.schema) => true,
            Ok(None) => check_magnitude(left, right, self.schema).is_ok(),
            Err(_) => false,
        };
        if !fits {
            let label = "some events would make these numbers larger than 128 bits hold";
            let help = "multiply fewer fields, or write numbers with fewer digits";
            self.report(Code::E106, span, "comparison beyond exact arithmetic", label, help);
        }
        fits.then_some(())
    }
}

fn negate(negated: bool, condition: Condition) -> Option<Condition> {
    Some(if negated { Condition::Not(Box::new(condition)) } else { condition })
}

/// The same comparison with its sides exchanged.
fn turned(comparison: Comparison) -> Comparison {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    match comparison {
        Less => Greater,
        LessOrEqual => GreaterOrEqual,
        Greater => Less,
        GreaterOrEqual => LessOrEqual,
        Equal => Equal,
        NotEqual => NotEqual,
    }
}
