//! The loops over columns: written so that the compiler makes vector code of them.

use bytemuck::Pod;

use crate::field::RawField;

/// Events of a block: one bit of a word each.
pub(crate) const LANES: usize = 64;

/// The numbers of one field, in the narrowest type that holds them.
#[derive(Debug)]
pub(super) struct Column {
    /// Room for the widest; narrower ones take the beginning.
    room: Box<[i64; LANES]>,
    bytes: u8,
}

/// Runs `$body` with `$lane` for the type of a column's lanes.
macro_rules! by_width {
    ($bytes:expr, $lane:ident => $body:expr) => {
        match $bytes {
            1 => {
                type $lane = i8;
                $body
            }
            2 => {
                type $lane = i16;
                $body
            }
            4 => {
                type $lane = i32;
                $body
            }
            _ => {
                type $lane = i64;
                $body
            }
        }
    };
}

impl Column {
    /// With nothing gathered yet.
    pub(super) fn new() -> Self {
        Self { room: Box::new([0; LANES]), bytes: 8 }
    }

    /// Takes `field` of each event, at most [`LANES`] of them.
    #[inline]
    pub(super) fn gather<E: Pod>(&mut self, field: &RawField, events: &[E]) {
        self.bytes = field.bytes();
        by_width!(self.bytes, Lane => {
            let lanes: &mut [Lane] = bytemuck::cast_slice_mut(&mut *self.room);
            for (lane, event) in lanes.iter_mut().zip(events) {
                *lane = field.number(event) as Lane;
            }
        });
    }

    /// Where it is `value`, one that the field can have.
    #[inline]
    pub(super) fn equal(&self, value: i64) -> u64 {
        by_width!(self.bytes, Lane => {
            let value = value as Lane;
            pack(self.lanes().map(|lane: Lane| (lane == value) as u8))
        })
    }

    /// Where it is at least `value`, one that the field can have.
    #[inline]
    pub(super) fn at_least(&self, value: i64) -> u64 {
        by_width!(self.bytes, Lane => {
            let value = value as Lane;
            pack(self.lanes().map(|lane: Lane| (lane >= value) as u8))
        })
    }

    fn lanes<T: Pod>(&self) -> [T; LANES] {
        let lanes = &bytemuck::cast_slice(&*self.room)[..LANES];
        lanes.try_into().expect("a lane for each event")
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.room)
    }
}

/// One bit for each byte, which is 0 or 1.
#[inline(always)]
fn pack(bytes: [u8; LANES]) -> u64 {
    // The product has byte n at bit 56 + n, and no two bits of it meet.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = bytes.as_chunks::<8>();
    let bits = eights.iter().map(|eight| u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56);
    bits.rev().fold(0, |word, bits| word << 8 | bits)
}

/// The transpose of up to 64 words: bit `n` of `masks[event]` is bit `event` of `words[n]`.
pub(super) fn transpose(words: &[u64], masks: &mut [u64; LANES]) {
    masks.fill(0);
    for (tile, words) in words.chunks(8).enumerate() {
        for (row, masks) in masks.chunks_exact_mut(8).enumerate() {
            let mut square = 0;
            for (at, word) in words.iter().enumerate() {
                square |= (word >> (8 * row) & 0xff) << (8 * at);
            }
            if square != 0 {
                let square = transpose_8(square).to_le_bytes();
                for (mask, bits) in masks.iter_mut().zip(square) {
                    *mask |= u64::from(bits) << (8 * tile);
                }
            }
        }
    }
}

/// The transpose of eight bytes of eight bits, by exchanging ever larger blocks.
fn transpose_8(mut square: u64) -> u64 {
    for (by, mask) in
        [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let changed = (square ^ square >> by) & mask;
        square ^= changed ^ changed << by;
    }
    square
}
