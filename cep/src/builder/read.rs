//! Reading other events of the match, aggregates over them, and what a match says of itself.

use super::unplaced;
use super::value::{StepName, Value};
use crate::event::{Field, Holds, Number};
use crate::ir::Decimal;
use crate::lang::Spanned;
use crate::lang::ast::Expr;

/// Which events of the match: those bound to one step, by its name, or [`ALL`].
#[derive(Debug, Clone, Copy)]
pub struct Over<'a>(Option<&'a str>);

/// All events of the match so far.
pub const ALL: Over<'static> = Over(None);

impl<'a> From<&'a str> for Over<'a> {
    fn from(step: &'a str) -> Self {
        Self(Some(step))
    }
}

impl Over<'_> {
    fn column<E, T>(self, field: Field<E, T>) -> Expr {
        let field = field.name().to_owned();
        match self.0 {
            Some(step) => Expr::Member(unplaced(step.to_owned()), unplaced(field)),
            None => Expr::Name(field),
        }
    }
}

fn function<E, C>(name: &str, arguments: impl IntoIterator<Item = Expr>) -> Value<E, C> {
    let arguments: Vec<Spanned<Expr>> = arguments.into_iter().map(unplaced).collect();
    Value::new(Expr::Call { scope: None, function: unplaced(name.to_owned()), arguments })
}

fn number(number: impl Into<i128>) -> Expr {
    Expr::Number(Decimal::new(number.into(), 0))
}

/// Field of the last event bound to `step`. In the step's own condition, the event under test.
#[must_use]
pub fn of<E, T: Holds>(step: &str, field: Field<E, T>) -> Value<E, T::Class> {
    Value::new(Over::from(step).column(field))
}

/// Field of the first of these events.
#[must_use]
pub fn first<'a, E, T: Holds>(of: impl Into<Over<'a>>, field: Field<E, T>) -> Value<E, T::Class> {
    function("FIRST", [of.into().column(field)])
}

/// Field of the event bound so many `after` the first of these.
#[must_use]
pub fn first_by<'a, E, T: Holds>(
    of: impl Into<Over<'a>>,
    field: Field<E, T>,
    after: u32,
) -> Value<E, T::Class> {
    function("FIRST", [of.into().column(field), number(after)])
}

/// Field of the last of these events.
#[must_use]
pub fn last<'a, E, T: Holds>(of: impl Into<Over<'a>>, field: Field<E, T>) -> Value<E, T::Class> {
    function("LAST", [of.into().column(field)])
}

/// Field of the event bound so many `before` the last of these.
#[must_use]
pub fn last_by<'a, E, T: Holds>(
    of: impl Into<Over<'a>>,
    field: Field<E, T>,
    before: u32,
) -> Value<E, T::Class> {
    function("LAST", [of.into().column(field), number(before)])
}

/// Field of the event bound before the one under test.
#[must_use]
pub fn prev<E, T: Holds>(field: Field<E, T>) -> Value<E, T::Class> {
    function("PREV", [ALL.column(field)])
}

/// Field of the event bound so many before the one under test.
#[must_use]
pub fn prev_by<E, T: Holds>(field: Field<E, T>, by: u32) -> Value<E, T::Class> {
    function("PREV", [ALL.column(field), number(by)])
}

/// Field of the event so many before the one under test in its partition, bound or not.
#[must_use]
pub fn lag<E, T: Holds>(field: Field<E, T>, by: u32) -> Value<E, T::Class> {
    function("LAG", [ALL.column(field), number(by)])
}

/// How many of these events there are so far.
#[must_use]
pub fn count<'a, E>(of: impl Into<Over<'a>>) -> Value<E, Number> {
    let Over(step) = of.into();
    let counted = step.map_or(Expr::Star, |step| Expr::AllOf(unplaced(step.to_owned())));
    function("COUNT", [counted])
}

macro_rules! aggregates {
    ($($name:ident $text:literal $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[must_use]
            pub fn $name<'a, E, T: Holds<Class = Number>>(
                of: impl Into<Over<'a>>,
                field: Field<E, T>,
            ) -> Value<E, Number> {
                function($text, [of.into().column(field)])
            }
        )*
    };
}
aggregates! {
    sum "SUM" "Sum of the field over these events so far.";
    min "MIN" "Its least value so far.";
    max "MAX" "Its largest value so far.";
    avg "AVG" "Its mean so far.";
}

/// Exponentially weighted moving average: `weight * field + (1 - weight) * average before`.
#[must_use]
pub fn ewma<'a, E, T: Holds<Class = Number>>(
    of: impl Into<Over<'a>>,
    field: Field<E, T>,
    weight: Decimal,
) -> Value<E, Number> {
    function("EWMA", [of.into().column(field), Expr::Number(weight)])
}

/// Mean price so far, each price weighted by its quantity.
#[must_use]
pub fn vwap<'a, E, P: Holds<Class = Number>, Q: Holds<Class = Number>>(
    of: impl Into<Over<'a>>,
    price: Field<E, P>,
    quantity: Field<E, Q>,
) -> Value<E, Number> {
    let of = of.into();
    function("VWAP", [of.column(price), of.column(quantity)])
}

/// A function of the schema, applied to a whole number.
#[must_use]
pub fn call<E>(name: &str, argument: impl Into<Value<E, Number>>) -> Value<E, Number> {
    function(name, [argument.into().expr])
}

/// Name of the step that the last event is bound to; in measures only.
#[must_use]
pub fn classifier<E>() -> Value<E, StepName> {
    function("CLASSIFIER", [])
}

/// How many matches its partition has had so far, this one included; in measures only.
#[must_use]
pub fn match_number<E>() -> Value<E, Number> {
    function("MATCH_NUMBER", [])
}
