//! Derived columns: what they aggregate, over which windows.

use std::sync::Arc;

use super::super::ast::{Derivation, Expr as Ast, Name};
use super::super::code::Code;
use super::super::diagnostic::Reporter;
use super::super::nearest::suggest;
use super::super::span::{Span, Spanned};
use super::clauses::{nonzero, unsupported};
use super::duplicate;
use super::value::{Context, Resolver};
use crate::ir::{
    Column, Condition, Decay, Decimal, Expr, Frame, Place, StepSet, WindowAggregate, power_of_ten,
};
use crate::schema::{FieldId, Schema};

/// The aggregates.
const KNOWN: [&str; 9] = ["COUNT", "SUM", "MIN", "MAX", "AVG", "FIRST", "LAST", "VWAP", "EWMA"];

/// The stream `schema` with the columns that are derived from it; `None` if there is an error.
pub(super) fn widen(
    schema: &Arc<Schema>,
    derive: &[Derivation],
    reporter: &mut Reporter<'_>,
) -> Option<Arc<Schema>> {
    let mut columns: Vec<Column> = Vec::with_capacity(derive.len());
    let errors = reporter.errors();
    for (at, derivation) in derive.iter().enumerate() {
        let Name { node: name, span } = &derivation.name;
        if schema.find(name).is_some() || columns.iter().any(|column| column.name == *name) {
            duplicate(reporter, "column", &derivation.name);
        }
        if at == Column::MOST {
            let message = format!("more than {} derived columns", Column::MOST);
            let help = "leave those out that the pattern can do without";
            reporter.report(Code::E150, *span, message, "this one has no room", help);
        }
        let resolver = Resolver {
            schema,
            steps: &[],
            before: &[],
            bound: StepSet::default(),
            first: StepSet::default(),
            adjacent: false,
            context: Context::Measure,
            reporter,
        };
        columns.extend(Deriving { resolver }.column(derivation));
    }
    (reporter.errors() == errors).then(|| Arc::new(schema.widened(columns)))
}

struct Deriving<'a, 'r, 'f> {
    resolver: Resolver<'a, 'r, 'f>,
}

impl Deriving<'_, '_, '_> {
    fn column(&mut self, derivation: &Derivation) -> Option<Column> {
        let aggregate = self.aggregate(&derivation.aggregate);
        let filter = derivation.filter.as_ref().map(|filter| self.filter(filter));
        let partition_by = self.key(&derivation.partition_by);
        self.order(derivation.order_by.as_ref());
        let frame = self.frame(derivation, aggregate?)?;
        Some(Column {
            name: derivation.name.node.clone(),
            aggregate: aggregate?,
            filter: filter.unwrap_or_else(|| Some(Condition::always()))?,
            partition_by: partition_by?,
            frame,
        })
    }

    fn frame(&mut self, derivation: &Derivation, aggregate: WindowAggregate) -> Option<Frame> {
        let Some(Spanned { node: frame, span }) = derivation.frame else { return Some(Frame::All) };
        let size = match frame {
            Frame::All => None,
            Frame::Rows(rows) => Some(rows.into()),
            Frame::Range(size) | Frame::Tumble(size) | Frame::TumbleRows(size) => Some(size),
        };
        nonzero(self.resolver.reporter, span, size);
        let (what, help) = match (aggregate, frame) {
            (WindowAggregate::First(_), Frame::Range(_) | Frame::Rows(_)) => {
                ("`FIRST` of a window that slides", "write `TUMBLE`, or no window")
            }
            (WindowAggregate::Ewma(..), _) => {
                ("`EWMA` over a window", "remove the window: it forgets by itself")
            }
            _ => return Some(frame),
        };
        unsupported(self.resolver.reporter, span, what, help);
        None
    }

    fn aggregate(&mut self, call: &Spanned<Ast>) -> Option<WindowAggregate> {
        let Ast::Call { scope: None, function, arguments } = &call.node else {
            let what = "`FINAL` and `RUNNING` in front of a pattern";
            unsupported(self.resolver.reporter, call.span, what, "remove it");
            return None;
        };
        let name = function.to_ascii_uppercase();
        Some(match (name.as_str(), arguments.as_slice()) {
            ("COUNT", [Spanned { node: Ast::Star, .. }]) => WindowAggregate::Count,
            ("SUM", [field]) => WindowAggregate::Sum(self.whole(field)?),
            ("MIN", [field]) => WindowAggregate::Min(self.whole(field)?),
            ("MAX", [field]) => WindowAggregate::Max(self.whole(field)?),
            ("AVG", [field]) => WindowAggregate::Avg(self.whole(field)?),
            ("FIRST", [field]) => WindowAggregate::First(self.whole(field)?),
            ("LAST", [field]) => WindowAggregate::Last(self.whole(field)?),
            ("VWAP", [price, quantity]) => {
                let (price, quantity) = (self.whole(price), self.quantity(quantity));
                WindowAggregate::Vwap { price: price?, quantity: quantity? }
            }
            ("EWMA", [field, decay]) => {
                let (field, decay) = (self.whole(field), self.decay(decay));
                WindowAggregate::Ewma(field?, decay?)
            }
            (known, _) if KNOWN.contains(&known) => {
                let help = "COUNT(*); SUM, MIN, MAX, AVG, FIRST, LAST (field); VWAP (price, \
                            quantity); EWMA (field, weight or half-life)";
                let label = format!("`{known}` does not take these");
                self.resolver.report(Code::E105, call.span, "wrong arguments", label, help);
                return None;
            }
            _ => {
                let message = format!("unknown aggregate '{}'", function.node);
                let help = suggest(&name, "aggregates", &KNOWN);
                let label = "no such aggregate";
                self.resolver.report(Code::E105, function.span, message, label, help);
                return None;
            }
        })
    }

    /// A field of whole numbers.
    fn whole(&mut self, argument: &Spanned<Ast>) -> Option<FieldId> {
        let Ast::Name(name) = &argument.node else {
            let help = "name a field of the stream";
            return self.resolver.mismatch(argument.span, "this is no field", help);
        };
        let field = self.resolver.field(name, argument.span)?;
        let known = self.resolver.schema.field(field);
        let number = known.symbol_table().is_none() && self.resolver.schema.range(field).is_some();
        if number {
            return Some(field);
        }
        let help = "aggregate a field of whole or fixed-point numbers";
        self.resolver.mismatch(argument.span, "this is no whole number", help)
    }

    /// A field that weighs another.
    fn quantity(&mut self, argument: &Spanned<Ast>) -> Option<FieldId> {
        let field = self.whole(argument)?;
        let (least, most) = self.resolver.schema.range(field)?;
        if least == 0 && most <= u32::MAX.into() {
            return Some(field);
        }
        let help = "weigh by an unsigned field of at most 32 bits";
        self.resolver.mismatch(argument.span, "this may not fit a weight", help)
    }

    fn decay(&mut self, argument: &Spanned<Ast>) -> Option<Decay> {
        let at_most_one = |weight: Decimal| {
            power_of_ten(weight.scale().into()).is_some_and(|one| weight.digits() <= one)
        };
        match argument.node {
            Ast::Duration(time) if time > 0 => Some(Decay::HalfLife(time)),
            Ast::Number(weight) if weight.digits() > 0 && at_most_one(weight) => {
                Some(Decay::Newest(weight))
            }
            _ => {
                let help = "write a weight above 0 and at most 1, or a half-life such as 1 S";
                self.resolver.mismatch(argument.span, "this is neither", help)
            }
        }
    }

    fn filter(&mut self, filter: &Spanned<Ast>) -> Option<Condition> {
        let condition = self.resolver.condition(filter)?;
        let mut alone = true;
        condition.visit(&mut |expr| {
            alone &= match expr {
                Expr::Field { place, .. } => *place == Place::Current,
                Expr::Aggregate { .. } | Expr::Classifier | Expr::MatchNumber => false,
                _ => true,
            };
        });
        if alone {
            return Some(condition);
        }
        let help = "compare fields of the event with each other and with constants";
        let what = "a filter that reads other events";
        unsupported(self.resolver.reporter, filter.span, what, help);
        None
    }

    fn key(&mut self, names: &[Name]) -> Option<Vec<FieldId>> {
        let fields: Vec<_> =
            names.iter().map(|name| self.resolver.field(name, name.span)).collect();
        let fields: Vec<_> = fields.into_iter().collect::<Option<_>>()?;
        let width = |field: &FieldId| self.resolver.schema.field(*field).stored().bytes();
        let bytes: usize = fields.iter().map(width).sum();
        if bytes <= Column::KEY_BYTES {
            return Some(fields);
        }
        let span = names.iter().map(|name| name.span).reduce(Span::to).unwrap_or_default();
        let message = format!("a key of {bytes} bytes");
        let label = format!("a derived column has room for {}", Column::KEY_BYTES);
        let help = "partition by fewer or smaller fields";
        self.resolver.report(Code::E150, span, message, label, help);
        None
    }

    fn order(&mut self, by: Option<&Name>) {
        let Some(name) = by else { return };
        let Some(field) = self.resolver.field(name, name.span) else { return };
        let time = self.resolver.schema.time();
        if field != time {
            let what = "`ORDER BY` another field than the time";
            let help = format!("write `ORDER BY {}`", self.resolver.schema.field(time).name());
            unsupported(self.resolver.reporter, name.span, what, &help);
        }
    }
}
