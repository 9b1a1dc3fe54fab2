//! Typed names of fields.

use std::fmt;
use std::marker::PhantomData;

/// Values that are numbers.
#[derive(Debug, Clone, Copy)]
pub enum Number {}

/// Values that are true or false.
#[derive(Debug, Clone, Copy)]
pub enum Truth {}

/// Values that are names, stored as numbers.
#[derive(Debug, Clone, Copy)]
pub enum Symbol {}

/// What a field can hold. Values are compared with values of the same class only.
pub trait Holds {
    /// [`Number`], [`Truth`] or [`Symbol`].
    type Class;
}

macro_rules! holds {
    ($($type:ty: $class:ty),* $(,)?) => {
        $(impl Holds for $type {
            type Class = $class;
        })*
    };
}
holds! {
    u8: Number, u16: Number, u32: Number, u64: Number, i8: Number, i16: Number, i32: Number,
    i64: Number, f64: Number, bool: Truth, Symbol: Symbol,
}

/// The name of a field of `E` that holds a `T`.
///
/// The derive makes one for each field. It is a name: where the field lies says the schema, which
/// a pattern is checked against.
pub struct Field<E, T> {
    name: &'static str,
    types: PhantomData<fn(&E) -> T>,
}

impl<E, T> Field<E, T> {
    /// The field that the schema of `E` calls `name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<E, T> Clone for Field<E, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, T> Copy for Field<E, T> {}

impl<E, T> fmt::Debug for Field<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
