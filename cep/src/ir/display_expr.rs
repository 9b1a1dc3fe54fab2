//! Values and conditions as text.

use std::fmt;

use super::condition::Condition;
use super::expr::{Aggregate, Expr, Place};
use super::step::{Step, StepId};
use crate::lang::Identifier;
use crate::schema::{FieldId, Schema};

/// What gives the numbers their names back.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) schema: &'a Schema,
    pub(super) steps: &'a [Step],
}

/// How tightly an operator binds; operands that bind less tightly go into parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Unary,
    Atom,
}

/// Text in single quotes.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

impl Names<'_> {
    pub(super) fn step(&self, step: StepId) -> Identifier<'_> {
        Identifier(&self.steps[step.index()].name)
    }

    pub(super) fn field(&self, field: FieldId) -> Identifier<'_> {
        Identifier(self.schema.field(field).name())
    }

    pub(super) fn condition(&self, f: &mut fmt::Formatter<'_>, it: &Condition) -> fmt::Result {
        match it {
            Condition::Compare { left, comparison, right } => {
                self.expr(f, left)?;
                write!(f, " {comparison} ")?;
                self.expr(f, right)
            }
            Condition::IsNull(value) => {
                self.expr(f, value)?;
                f.write_str(" IS NULL")
            }
            Condition::All(parts) => self.conditions(f, parts, " AND ", "TRUE"),
            Condition::Any(parts) => self.conditions(f, parts, " OR ", "FALSE"),
            Condition::Not(part) => {
                f.write_str("NOT (")?;
                self.condition(f, part)?;
                f.write_str(")")
            }
            Condition::Opaque(opaque) => write!(f, "{opaque:?}"),
        }
    }

    fn conditions(
        &self,
        f: &mut fmt::Formatter<'_>,
        parts: &[Condition],
        word: &str,
        none: &str,
    ) -> fmt::Result {
        if parts.is_empty() {
            return f.write_str(none);
        }
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                f.write_str(word)?;
            }
            let compound = matches!(part, Condition::All(p) | Condition::Any(p) if !p.is_empty());
            if compound {
                f.write_str("(")?;
            }
            self.condition(f, part)?;
            if compound {
                f.write_str(")")?;
            }
        }
        Ok(())
    }

    pub(super) fn expr(&self, f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
        self.level(f, expr, Level::Sum)
    }

    fn level(&self, f: &mut fmt::Formatter<'_>, expr: &Expr, outer: Level) -> fmt::Result {
        let own = match expr {
            Expr::Sum(_) => Level::Sum,
            Expr::Product(_) | Expr::Ratio(..) => Level::Product,
            Expr::Negative(_) => Level::Unary,
            _ => Level::Atom,
        };
        if own < outer {
            f.write_str("(")?;
            self.arithmetic(f, expr)?;
            return f.write_str(")");
        }
        self.arithmetic(f, expr)
    }

    fn arithmetic(&self, f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
        match expr {
            Expr::Sum(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    match (i, part) {
                        (0, part) => self.level(f, part, Level::Product)?,
                        (_, Expr::Negative(inner)) => {
                            f.write_str(" - ")?;
                            self.level(f, inner, Level::Product)?;
                        }
                        (_, Expr::Number(number)) if number.digits() < 0 => {
                            write!(f, " - {}", number.negated())?;
                        }
                        (_, part) => {
                            f.write_str(" + ")?;
                            self.level(f, part, Level::Product)?;
                        }
                    }
                }
                Ok(())
            }
            Expr::Negative(inner) => {
                f.write_str("-")?;
                self.level(f, inner, Level::Atom)
            }
            Expr::Product(parts) => self.factors(f, parts),
            Expr::Ratio(dividend, divisor) => {
                match &**dividend {
                    Expr::Product(parts) => self.factors(f, parts)?,
                    other => self.level(f, other, Level::Unary)?,
                }
                f.write_str(" / ")?;
                self.level(f, divisor, Level::Unary)
            }
            Expr::Number(number) => write!(f, "{number}"),
            Expr::Symbol { field, code } => match self.symbol(*field, *code) {
                Some(name) => write!(f, "{}", Quoted(name)),
                None => write!(f, "{code}"),
            },
            Expr::Bool(truth) => f.write_str(if *truth { "TRUE" } else { "FALSE" }),
            Expr::Field { place, field } => self.read(f, *place, *field),
            Expr::Aggregate { aggregate, over } => self.aggregate(f, *aggregate, *over),
            Expr::Call { function, argument } => {
                write!(f, "{}(", Identifier(self.schema.functions()[*function].name()))?;
                self.expr(f, argument)?;
                f.write_str(")")
            }
            Expr::Classifier => f.write_str("CLASSIFIER()"),
            Expr::MatchNumber => f.write_str("MATCH_NUMBER()"),
        }
    }

    pub(super) fn symbol(&self, field: FieldId, code: i128) -> Option<&str> {
        self.schema.field(field).symbol_table()?.name(code)
    }

    fn factors(&self, f: &mut fmt::Formatter<'_>, parts: &[Expr]) -> fmt::Result {
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                f.write_str(" * ")?;
            }
            self.level(f, part, Level::Unary)?;
        }
        Ok(())
    }

    fn read(&self, f: &mut fmt::Formatter<'_>, place: Place, field: FieldId) -> fmt::Result {
        let name = self.field(field);
        let (function, step, by, least) = match place {
            Place::Current => return write!(f, "{name}"),
            Place::Last(step, 0) => return write!(f, "{}.{name}", self.step(step)),
            Place::Previous(by) => ("PREV", None, by, 1),
            Place::Row(by) => ("LAG", None, by, 1),
            Place::First(step, by) => ("FIRST", step, by, 0),
            Place::Last(step, by) => ("LAST", Some(step), by, 0),
        };
        write!(f, "{function}(")?;
        if let Some(step) = step {
            write!(f, "{}.", self.step(step))?;
        }
        write!(f, "{name}")?;
        if by > least {
            write!(f, ", {by}")?;
        }
        f.write_str(")")
    }

    fn aggregate(
        &self,
        f: &mut fmt::Formatter<'_>,
        aggregate: Aggregate,
        over: Option<StepId>,
    ) -> fmt::Result {
        let column = |field: FieldId| match over {
            Some(step) => format!("{}.{}", self.step(step), self.field(field)),
            None => self.field(field).to_string(),
        };
        match aggregate {
            Aggregate::Count => match over {
                Some(step) => write!(f, "COUNT({}.*)", self.step(step)),
                None => f.write_str("COUNT(*)"),
            },
            Aggregate::Sum(field) => write!(f, "SUM({})", column(field)),
            Aggregate::Min(field) => write!(f, "MIN({})", column(field)),
            Aggregate::Max(field) => write!(f, "MAX({})", column(field)),
            Aggregate::Avg(field) => write!(f, "AVG({})", column(field)),
            Aggregate::Ewma(field, weight) => write!(f, "EWMA({}, {weight})", column(field)),
            Aggregate::Vwap { price, quantity } => {
                write!(f, "VWAP({}, {})", column(price), column(quantity))
            }
        }
    }
}
