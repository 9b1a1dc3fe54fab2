//! What `pattern!` calls: functions whose types say what fits what, and the reading of its text.

use bytemuck::Pod;

use super::pattern::Pattern;
use super::value::Value;
use crate::event::{Event, Field, Holds, Number, Symbol, Truth};
use crate::ir::Decimal;
use crate::lang::{Diagnostics, Identifier};

/// The value of a field.
#[must_use]
pub fn field<E, T: Holds>(field: Field<E, T>) -> Value<E, T::Class> {
    field.into()
}

/// Some number.
#[must_use]
pub fn constant<E>() -> Value<E, Number> {
    Decimal::default().into()
}

/// A symbol.
#[must_use]
pub fn symbol<E>(name: &str) -> Value<E, Symbol> {
    name.into()
}

/// A truth value.
#[must_use]
pub fn boolean<E>(truth: bool) -> Value<E, Truth> {
    truth.into()
}

/// What is computed with must be a number.
#[must_use]
pub fn number<E>(number: Value<E, Number>) -> Value<E, Number> {
    number
}

/// The sum or product of numbers.
#[must_use]
pub fn arithmetic<E, const N: usize>(numbers: [Value<E, Number>; N]) -> Value<E, Number> {
    numbers.into_iter().fold(constant(), |sum, number| sum + number)
}

/// A function of the schema.
#[must_use]
pub fn function<E, C>(_: Value<E, C>) -> Value<E, Number> {
    constant()
}

/// What is compared by `=` and `<>` must be alike.
pub fn equality<E, C>(_: Value<E, C>, _: Value<E, C>) {}

/// What is compared by `<` and its like must be numbers.
pub fn order<E>(_: Value<E, Number>, _: Value<E, Number>) {}

/// A condition that is just a value must be a truth value.
pub fn truth<E>(_: Value<E, Truth>) {}

/// Stops the compilation if all symbols of the field are known, and `name` is none of them.
///
/// # Panics
///
/// In that case.
pub const fn known<E, T>(field: &Field<E, T>, name: &str) {
    assert!(field.may_be(name), "the field has no such symbol; see its `symbols`");
}

/// Reads the clauses of the pattern called `name`, which stand in `file`.
///
/// # Errors
///
/// What only the whole pattern shows to be wrong.
pub fn pattern<E: Event + Pod>(
    name: &str,
    file: &str,
    clauses: &str,
) -> Result<Pattern<E>, Diagnostics> {
    let schema = E::schema();
    // The clauses start with the lines before them, so that theirs are those of the file.
    let (name, stream) = (Identifier(name), Identifier(schema.name()));
    let text = format!("PATTERN {name} FROM {stream} MATCH_RECOGNIZE ({clauses})");
    Pattern::parse(file, &text)
}
