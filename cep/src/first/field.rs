//! Fields of plain events: a name, an offset and an integer type, checked by the compiler.
//!
//! An event is any `Pod` type, so a field can be read from the event's bytes without `unsafe`
//! and without a call through a pointer, and a pattern can be printed, compared and evaluated
//! over whole batches, which an opaque closure would not allow.

use std::fmt;
use std::marker::PhantomData;

use bytemuck::Pod;

use crate::field::RawField;

/// An integer type that a field may have.
pub trait Scalar: Copy + 'static {
    /// Width in bytes.
    const BYTES: usize;
    /// Two's complement?
    const SIGNED: bool;
}

macro_rules! scalars {
    ($($type:ty: $signed:literal),*) => {
        $(impl Scalar for $type {
            const BYTES: usize = size_of::<$type>();
            const SIGNED: bool = $signed;
        })*
    };
}
scalars!(u8: false, u16: false, u32: false, u64: false, i8: true, i16: true, i32: true, i64: true);

/// Field of type `T` in events of type `E`; made by [`field!`](crate::field!).
pub struct Field<E, T> {
    pub(crate) raw: RawField,
    types: PhantomData<fn(&E) -> T>,
}

impl<E: Pod, T: Scalar> Field<E, T> {
    /// Describes a field. Use [`field!`](crate::field!), which finds the offset and checks the
    /// type.
    ///
    /// # Panics
    ///
    /// If the field does not lie inside the event, or the event is smaller than eight bytes. In
    /// a constant this stops the compilation.
    #[must_use]
    pub const fn new(name: &'static str, offset: usize) -> Self {
        Self {
            raw: RawField::new(name, offset, T::BYTES, T::SIGNED, size_of::<E>()),
            types: PhantomData,
        }
    }

    /// Name of the field.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.raw.name
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
        self.raw.fmt(f)
    }
}

/// Makes a [`Field`] from a struct and one of its integer fields, usable in constants.
///
/// ```
/// use tourbillon_cep::{field, first::Field};
///
/// #[repr(C)]
/// #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
/// struct Tick {
///     time: u64,
///     price: i64,
/// }
///
/// const PRICE: Field<Tick, i64> = field!(Tick, price);
/// assert_eq!(PRICE.name(), "price");
/// ```
#[macro_export]
macro_rules! field {
    ($event:ty, $field:ident) => {{
        const fn typed<T>(_: fn(&$event) -> T) -> $crate::first::Field<$event, T>
        where
            T: $crate::first::Scalar,
        {
            $crate::first::Field::new(stringify!($field), ::core::mem::offset_of!($event, $field))
        }
        typed(|event: &$event| event.$field)
    }};
}
