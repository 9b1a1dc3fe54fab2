//! What a match reports: the measures of a pattern over the events of a match.

use std::fmt;

use bytemuck::Pod;

use super::View;
use super::rational::Rational;
use super::value::{Formula, Quantity};
use crate::ir::{Expr, Ir, Place, StepId};
use crate::schema::{FieldId, FieldType, Schema};

/// The value of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// It reads an event that is not bound, or divides by zero: SQL's `NULL`.
    Null,
    /// A number, exactly. A fixed-point field is in units of the text, not as it is stored.
    Number(Rational),
    /// A number that reads a float field or an EWMA, or that 128 bits do not hold exactly.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A symbol of the table of a field.
    Symbol {
        /// The field.
        field: FieldId,
        /// The number that stands for it.
        code: i128,
    },
    /// A step, by `CLASSIFIER()`.
    Step(StepId),
}

impl Value {
    /// The number, or its nearest float; `None` if it is no number.
    #[must_use]
    pub fn float(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number.float()),
            Self::Float(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it is whole and exact.
    #[must_use]
    pub fn integer(self) -> Option<i128> {
        match self {
            Self::Number(number) => number.integer(),
            _ => None,
        }
    }

    /// Printed with the names that `ir` gives to its steps and symbols.
    #[must_use]
    pub fn named(self, ir: &Ir) -> impl fmt::Display + '_ {
        Named { value: self, ir }
    }
}

struct Named<'a> {
    value: Value,
    ir: &'a Ir,
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Value::Null => f.write_str("NULL"),
            Value::Number(number) => number.fmt(f),
            Value::Float(number) => number.fmt(f),
            Value::Bool(truth) => truth.fmt(f),
            Value::Symbol { field, code } => {
                let table = self.ir.schema.field(field).symbol_table();
                match table.and_then(|table| table.name(code)) {
                    Some(name) => f.write_str(name),
                    None => code.fmt(f),
                }
            }
            Value::Step(step) => f.write_str(&self.ir.step(step).name),
        }
    }
}

/// The events of a match in their order, each with the step that it is bound to.
pub trait Bindings<E> {
    /// How many there are.
    fn count(&self) -> usize;

    /// What the event with index `at` is bound to.
    fn step(&self, at: usize) -> StepId;

    /// The event with index `at`.
    fn event(&self, at: usize) -> &E;
}

impl<E> Bindings<E> for [(StepId, E)] {
    fn count(&self) -> usize {
        self.len()
    }

    fn step(&self, at: usize) -> StepId {
        self[at].0
    }

    fn event(&self, at: usize) -> &E {
        &self[at].1
    }
}

/// The measures of a pattern, resolved down to the bytes that they read.
///
/// ```
/// use tourbillon_cep::ir::StepId;
/// use tourbillon_cep::lang::compile;
/// use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
/// use tourbillon_cep::Measures;
///
/// // Events of 16 bytes: a time, and a price in units of 1e-2.
/// let ticks = Schema::builder::<[u64; 2]>("ticks")
///     .field(SchemaField::new("ts", FieldType::U64, 0))
///     .field(SchemaField::new("price", FieldType::I64, 8).decimals(2))
///     .time("ts")
///     .build()?;
/// let text = "FROM ticks MATCH_RECOGNIZE (
///     MEASURES LAST(up.price) - base.price AS rise, AVG(price) AS mean, LAST(up.price, 2) AS none
///     PATTERN ( base -> up+ ) WITHIN 10 NS
///     DEFINE up AS price > PREV(price) )";
/// let ir = &compile("rise.sql", text, &[ticks])?.patterns[0].ir;
/// let measures = Measures::new(ir);
/// let (base, up) = (StepId::new(0), StepId::new(1));
/// let bound = [(base, [1_u64, 10_00]), (up, [2, 10_25]), (up, [3, 11_75])];
/// let values = (0..3).map(|at| measures.value(at, &bound[..], Some(1)).named(ir).to_string());
/// assert_eq!(values.collect::<Vec<_>>(), ["1.75", "32/3", "NULL"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Measures {
    measures: Vec<Resolved>,
}

#[derive(Debug, Clone)]
struct Resolved {
    name: String,
    formula: Formula,
    kind: Kind,
}

/// What a value's number stands for.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Number,
    Bool,
    Symbol(FieldId),
    Step,
}

impl Measures {
    /// The measures of `ir`, in their order.
    #[must_use]
    pub fn new(ir: &Ir) -> Self {
        let measures = ir.measures.iter().map(|measure| Resolved {
            name: measure.name.clone(),
            formula: Formula::new(&measure.value, &ir.schema),
            kind: Kind::of(&measure.value, &ir.schema),
        });
        Self { measures: measures.collect() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.measures.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.measures.is_empty()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.measures.iter().map(|measure| measure.name.as_str())
    }

    /// The index of the measure called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names().position(|known| known == name)
    }

    /// The value of the measure with index `at` over the events of a match, the last of which is
    /// the current one. `match_number` is what `MATCH_NUMBER()` gives: the place of the match among
    /// those of its partition, from 1; `None` for what is no match. Allocates nothing.
    ///
    /// # Panics
    ///
    /// If `at` is not less than [`Measures::len`].
    #[must_use]
    pub fn value<E: Pod>(
        &self,
        at: usize,
        bindings: &(impl Bindings<E> + ?Sized),
        match_number: Option<u64>,
    ) -> Value {
        let Resolved { formula, kind, .. } = &self.measures[at];
        let last = bindings.count().checked_sub(1);
        if let Kind::Step = kind {
            return last.map_or(Value::Null, |last| Value::Step(bindings.step(last)));
        }
        kind.value(formula.value(&Matched { bindings, match_number }))
    }
}

/// The value of `expr`, which is no `CLASSIFIER()`, in `view`.
pub(crate) fn value<E: Pod>(expr: &Expr, schema: &Schema, view: &impl View<E>) -> Value {
    Kind::of(expr, schema).value(Formula::new(expr, schema).value(view))
}

impl Kind {
    /// What `quantity` stands for.
    fn value(self, quantity: Option<Quantity>) -> Value {
        let Some(quantity) = quantity else { return Value::Null };
        let number = quantity.fraction().and_then(|(above, below)| Rational::new(above, below));
        let integer = number.and_then(Rational::integer);
        match (self, integer) {
            (Self::Bool, Some(code)) => Value::Bool(code != 0),
            (Self::Symbol(field), Some(code)) => Value::Symbol { field, code },
            _ => number.map_or_else(|| Value::Float(quantity.float()), Value::Number),
        }
    }

    fn of(value: &Expr, schema: &Schema) -> Self {
        match value {
            Expr::Bool(_) => Self::Bool,
            Expr::Symbol { field, .. } => Self::Symbol(*field),
            Expr::Classifier => Self::Step,
            Expr::Field { field, .. } => {
                let stored = schema.field(*field);
                match (stored.stored(), stored.symbol_table()) {
                    (FieldType::Bool, _) => Self::Bool,
                    (_, Some(_)) => Self::Symbol(*field),
                    _ => Self::Number,
                }
            }
            _ => Self::Number,
        }
    }
}

/// A match, seen from its last event.
struct Matched<'a, B: ?Sized> {
    bindings: &'a B,
    match_number: Option<u64>,
}

impl<E, B: Bindings<E> + ?Sized> View<E> for Matched<'_, B> {
    fn event(&self, place: Place) -> Option<&E> {
        let count = self.bindings.count();
        let of = |over: Option<StepId>| {
            let bound = move |at: &usize| over.is_none_or(|over| self.bindings.step(*at) == over);
            (0..count).filter(bound)
        };
        let at = match place {
            Place::Current => count.checked_sub(1),
            Place::Previous(back) => (count.checked_sub(1)?).checked_sub(back as usize),
            // No measure reads what is not bound.
            Place::Row(_) => None,
            Place::First(over, later) => of(over).nth(later as usize),
            Place::Last(step, earlier) => of(Some(step)).rev().nth(earlier as usize),
        };
        at.map(|at| self.bindings.event(at))
    }

    fn each(&self, over: Option<StepId>, mut visit: impl FnMut(&E)) {
        for at in (0..self.bindings.count()).rev() {
            if over.is_none_or(|over| self.bindings.step(at) == over) {
                visit(self.bindings.event(at));
            }
        }
    }

    fn match_number(&self) -> Option<u64> {
        self.match_number
    }
}
