//! What the derive calls: fields of a schema, made such that a wrong type does not compile.

use std::sync::Arc;

use crate::schema::{FieldType, Schema, SchemaBuilder, SchemaField};

/// A type that a field may have.
#[diagnostic::on_unimplemented(
    message = "a field of an event cannot be `{Self}`",
    label = "neither an integer of at most 64 bits nor `f64`",
    note = "leave it out with `#[event(skip)]`, or store a truth value as an `u8` that is marked \
            `#[event(flag)]`"
)]
pub trait Stored {
    /// How it is stored.
    const TYPE: FieldType;
}

/// A type whose numbers may be fixed point, or symbols.
#[diagnostic::on_unimplemented(
    message = "a field with decimals or symbols cannot be `{Self}`",
    label = "no integer of at most 64 bits",
    note = "store it as an integer, or remove `decimals` or `symbols`"
)]
pub trait Whole: Stored {}

/// The type of the time.
#[diagnostic::on_unimplemented(
    message = "the time of an event cannot be `{Self}`",
    label = "not `u64`",
    note = "store it as an `u64` of nanoseconds"
)]
pub trait Time {}
impl Time for u64 {}

/// The type of truth values.
#[diagnostic::on_unimplemented(
    message = "a truth value in an event cannot be `{Self}`",
    label = "not `u8`",
    note = "store it as an `u8`: 0 for false"
)]
pub trait Flag {}
impl Flag for u8 {}

macro_rules! stored {
    ($($type:ty: $stored:ident),* $(,)?) => {
        $(impl Stored for $type {
            const TYPE: FieldType = FieldType::$stored;
        })*
    };
}
stored! {
    u8: U8, u16: U16, u32: U32, u64: U64, i8: I8, i16: I16, i32: I32, i64: I64, f64: F64,
}

macro_rules! whole {
    ($($type:ty),*) => { $(impl Whole for $type {})* };
}
whole!(u8, u16, u32, u64, i8, i16, i32, i64);

/// Any field.
#[must_use]
pub fn number<T: Stored>(name: &'static str, offset: usize) -> SchemaField {
    SchemaField::new(name, T::TYPE, offset)
}

/// A field that decimals or symbols are added to.
#[must_use]
pub fn whole<T: Whole>(name: &'static str, offset: usize) -> SchemaField {
    SchemaField::new(name, T::TYPE, offset)
}

/// The time.
#[must_use]
pub fn time<T: Time>(name: &'static str, offset: usize) -> SchemaField {
    SchemaField::new(name, FieldType::U64, offset)
}

/// A truth value.
#[must_use]
pub fn flag<T: Flag>(name: &'static str, offset: usize) -> SchemaField {
    SchemaField::new(name, FieldType::Bool, offset)
}

/// The schema of fields that the derive has checked.
///
/// # Panics
///
/// If the derive has let a mistake through.
#[must_use]
pub fn finish(schema: SchemaBuilder) -> Arc<Schema> {
    schema.build().unwrap_or_else(|error| panic!("{error}"))
}
