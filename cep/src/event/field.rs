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
    /// All symbols that it can hold, if they are known.
    symbols: Option<&'static [(&'static str, i128)]>,
    types: PhantomData<fn(&E) -> T>,
}

impl<E, T> Field<E, T> {
    /// The field that the schema of `E` calls `name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, symbols: None, types: PhantomData }
    }

    /// The same, with all symbols that it can hold. The derive calls it.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_symbols(mut self, symbols: &'static [(&'static str, i128)]) -> Self {
        self.symbols = Some(symbols);
        self
    }

    /// May it hold the symbol called `name`?
    pub(crate) const fn may_be(&self, name: &str) -> bool {
        let Some(symbols) = self.symbols else { return true };
        let mut at = 0;
        while at < symbols.len() {
            if same(symbols[at].0.as_bytes(), name.as_bytes()) {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
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
