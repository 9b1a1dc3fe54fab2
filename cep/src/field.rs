//! Reading a field of a plain event.
//!
//! An event is any `Pod` type, so a field can be read from the event's bytes without `unsafe`
//! and without a call through a pointer, and a pattern can be printed, compared and evaluated
//! over whole batches, which an opaque closure would not allow.

use std::fmt;
use std::hash::{Hash, Hasher};

use bytemuck::Pod;

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

    /// What [`RawField::aligned`] is at least where the field's number is `number`, and how many
    /// of its low bits are not of the field.
    pub(crate) fn align(&self, number: i64) -> (u64, u32) {
        let flip = u64::from(self.unsigned) << 63;
        ((number << self.right) as u64 ^ flip, self.right.into())
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

    /// The field at the high end of a word, whatever lies beside it below.
    #[inline(always)]
    pub(crate) fn aligned<E: Pod>(&self, event: &E) -> u64 {
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
    use std::mem::offset_of;

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

    fn raw<T>(signed: bool, offset: usize, _: impl FnOnce(Every) -> T) -> RawField {
        RawField::new("it", offset, size_of::<T>(), signed, size_of::<Every>())
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
        assert_eq!(value(raw(false, offset_of!(Every, a), |it| it.a)), i128::from(u64::MAX - 1));
        assert_eq!(value(raw(true, offset_of!(Every, b), |it| it.b)), i128::from(i64::MIN + 1));
        assert_eq!(value(raw(false, offset_of!(Every, c), |it| it.c)), i128::from(u32::MAX - 2));
        assert_eq!(value(raw(true, offset_of!(Every, d), |it| it.d)), -3);
        assert_eq!(value(raw(false, offset_of!(Every, e), |it| it.e)), 65_000);
        assert_eq!(value(raw(true, offset_of!(Every, f), |it| it.f)), -5);
        assert_eq!(value(raw(false, offset_of!(Every, g), |it| it.g)), 250);
        assert_eq!(value(raw(true, offset_of!(Every, h), |it| it.h)), -7);
        assert_eq!(value(raw(false, offset_of!(Every, i), |it| it.i)), 8);
        assert_eq!(value(raw(true, offset_of!(Every, j), |it| it.j)), -128);
        assert_eq!(raw(true, offset_of!(Every, j), |it| it.j).range(), (-128, 127));
        assert_eq!(raw(false, offset_of!(Every, e), |it| it.e).range(), (0, 65_535));
        assert_eq!(raw(false, offset_of!(Every, a), |it| it.a).range(), (0, i128::from(u64::MAX)));
    }
}
