//! Fields of plain events: a name, an offset and an integer type, checked by the compiler.
//!
//! An event is any `Pod` type, so a field can be read from the event's bytes without `unsafe`
//! and without a call through a pointer, and a pattern can be printed, compared and evaluated
//! over whole batches, which an opaque closure would not allow.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use bytemuck::Pod;

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
/// use tourbillon_cep::{Field, field};
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
        const fn typed<T>(_: fn(&$event) -> T) -> $crate::Field<$event, T>
        where
            T: $crate::Scalar,
        {
            $crate::Field::new(stringify!($field), ::core::mem::offset_of!($event, $field))
        }
        typed(|event: &$event| event.$field)
    }};
}

/// Where and how to read a field, its Rust types forgotten.
///
/// Every field is read through one eight-byte window that lies inside the event: two shifts cut
/// the field out of it, whatever its width, so that reading never branches on the type.
#[derive(Clone, Copy)]
pub(crate) struct RawField {
    pub(crate) name: &'static str,
    window: u32,
    left: u8,
    right: u8,
    unsigned: bool,
}

impl RawField {
    pub(crate) const fn new(
        name: &'static str,
        offset: usize,
        bytes: usize,
        signed: bool,
        event: usize,
    ) -> Self {
        assert!(event >= 8, "events are at least eight bytes");
        assert!(event <= u32::MAX as usize, "events are smaller than 4 GiB");
        assert!(offset + bytes <= event, "the field lies inside the event");
        let window = if offset + 8 <= event { offset } else { event - 8 };
        let before = offset - window;
        let left = if cfg!(target_endian = "little") { 8 - before - bytes } else { before };
        Self {
            name,
            window: window as u32,
            left: 8 * left as u8,
            right: 64 - 8 * bytes as u8,
            unsigned: !signed,
        }
    }

    /// The value's bits, zero-extended.
    #[inline(always)]
    pub(crate) fn bits<E: Pod>(&self, event: &E) -> u64 {
        self.aligned(event) >> self.right
    }

    /// The value minus [`RawField::bias`]: a signed number of the same order, whatever the type.
    #[inline(always)]
    pub(crate) fn number<E: Pod>(&self, event: &E) -> i64 {
        let flipped = self.aligned(event) ^ u64::from(self.unsigned) << 63;
        flipped as i64 >> self.right
    }

    /// Half the range of an unsigned type, which makes it signed; else 0.
    pub(crate) fn bias(&self) -> i128 {
        i128::from(self.unsigned) << (63 - self.right)
    }

    /// Width in bytes.
    pub(crate) const fn bytes(&self) -> u8 {
        8 - self.right / 8
    }

    /// The field at the high end of a word.
    #[inline(always)]
    fn aligned<E: Pod>(&self, event: &E) -> u64 {
        let bytes = bytemuck::bytes_of(event);
        let at = self.window as usize;
        let mut window = [0; 8];
        window.copy_from_slice(&bytes[at..at + 8]);
        u64::from_ne_bytes(window) << self.left
    }

    /// Smallest and largest value the field's type can hold.
    pub(crate) fn range(&self) -> (i128, i128) {
        let bits = 64 - u32::from(self.right);
        let half = 1_i128 << (bits - 1);
        (self.bias() - half, self.bias() + half - 1)
    }
}

impl PartialEq for RawField {
    fn eq(&self, other: &Self) -> bool {
        self.layout() == other.layout()
    }
}

impl Eq for RawField {}

impl Hash for RawField {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.layout().hash(state);
    }
}

impl RawField {
    /// Two fields that read the same bits in the same way are the same field.
    const fn layout(&self) -> (u32, u8, u8, bool) {
        (self.window, self.left, self.right, self.unsigned)
    }
}

impl fmt::Debug for RawField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::RawField;

    #[repr(C)]
    #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
    struct Every {
        a: u64,
        b: i64,
        c: u32,
        d: i32,
        e: u16,
        f: i16,
        g: u8,
        h: i8,
        i: u8,
        j: i8,
    }

    #[test]
    fn every_width_reads_back_from_every_place() {
        let event = Every {
            a: u64::MAX - 1,
            b: i64::MIN + 1,
            c: u32::MAX - 2,
            d: -3,
            e: 65_000,
            f: -5,
            g: 250,
            h: -7,
            i: 8,
            j: i8::MIN,
        };
        let value = |field: RawField| i128::from(field.number(&event)) + field.bias();
        assert_eq!(value(field!(Every, a).raw), i128::from(u64::MAX - 1));
        assert_eq!(value(field!(Every, b).raw), i128::from(i64::MIN + 1));
        assert_eq!(value(field!(Every, c).raw), i128::from(u32::MAX - 2));
        assert_eq!(value(field!(Every, d).raw), -3);
        assert_eq!(value(field!(Every, e).raw), 65_000);
        assert_eq!(value(field!(Every, f).raw), -5);
        assert_eq!(value(field!(Every, g).raw), 250);
        assert_eq!(value(field!(Every, h).raw), -7);
        assert_eq!(value(field!(Every, i).raw), 8);
        assert_eq!(value(field!(Every, j).raw), -128);
        assert_eq!(field!(Every, j).raw.range(), (-128, 127));
        assert_eq!(field!(Every, e).raw.range(), (0, 65_535));
        assert_eq!(field!(Every, a).raw.range(), (0, i128::from(u64::MAX)));
    }
}
