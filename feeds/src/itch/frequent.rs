//! The seven types that make up nearly all of a day, decoded without a branch on the type.
//!
//! Which type comes next is as good as random, so a jump by type is mispredicted half of the time
//! and costs more than the decoding. Instead a table says where the fields are, and one code path
//! reads them all; a field that a type does not have is read and masked away. The table repeats
//! offsets of [`super::messages`]; the tests hold the two equal.

use super::messages::{
    AddOrder, AddOrderMpid, OrderCancel, OrderDelete, OrderExecuted, OrderReplace, Trade,
};
use crate::event::{Kind, MarketEvent, Side};

/// Four decimals to nine.
pub(super) const PRICE_SCALE: i64 = 100_000;

/// Every one of the types has its order reference there.
const ORDER_REF: usize = 11;

/// Where a number is: the eight bytes that end with it, and its own bits among them.
#[derive(Clone, Copy)]
struct Number {
    at: usize,
    mask: u64,
}

const NONE: Number = Number { at: 0, mask: 0 };

const fn u32_at(at: usize) -> Number {
    Number { at: at - 4, mask: u32::MAX as u64 }
}

const fn u64_at(at: usize) -> Number {
    Number { at, mask: u64::MAX }
}

/// Where the fields of a type are.
#[derive(Clone, Copy)]
struct Layout {
    /// Length of the message; 0 = not a frequent type.
    size: usize,
    kind: Kind,
    /// Where the side is; 0 is the type byte, which is no side in these types.
    side_at: usize,
    shares: Number,
    price: Number,
    aux: Number,
}

const OTHER: Layout =
    Layout { size: 0, kind: Kind::None, side_at: 0, shares: NONE, price: NONE, aux: NONE };

static LAYOUTS: [Layout; 256] = {
    let mut table = [OTHER; 256];
    let add = Layout {
        size: AddOrder::SIZE,
        kind: Kind::Add,
        side_at: 19,
        shares: u32_at(20),
        price: u32_at(32),
        aux: NONE,
    };
    table[AddOrder::CODE as usize] = add;
    table[AddOrderMpid::CODE as usize] =
        Layout { size: AddOrderMpid::SIZE, aux: u32_at(36), ..add };
    table[OrderExecuted::CODE as usize] = Layout {
        size: OrderExecuted::SIZE,
        kind: Kind::Exec,
        shares: u32_at(19),
        aux: u64_at(23),
        ..OTHER
    };
    table[OrderCancel::CODE as usize] =
        Layout { size: OrderCancel::SIZE, kind: Kind::Cancel, shares: u32_at(19), ..OTHER };
    table[OrderDelete::CODE as usize] =
        Layout { size: OrderDelete::SIZE, kind: Kind::Delete, ..OTHER };
    table[OrderReplace::CODE as usize] = Layout {
        size: OrderReplace::SIZE,
        kind: Kind::Replace,
        side_at: 0,
        shares: u32_at(27),
        price: u32_at(31),
        aux: u64_at(19),
    };
    table[Trade::CODE as usize] =
        Layout { size: Trade::SIZE, kind: Kind::Trade, side_at: 0, aux: u64_at(36), ..add };
    table
};

/// The message's own fields, or `None` if its type is not a frequent one or its length is wrong.
#[inline(always)]
pub(super) fn frequent(frame: &[u8]) -> Option<MarketEvent> {
    let layout = &LAYOUTS[usize::from(*frame.first()?)];
    if frame.len() != layout.size {
        return None;
    }
    let side = *frame.get(layout.side_at)?;
    Some(MarketEvent {
        order_id: u64_from(frame, ORDER_REF)?,
        price: number(frame, layout.price)? as i64 * PRICE_SCALE,
        aux: number(frame, layout.aux)?,
        size: number(frame, layout.shares)? as u32,
        kind: layout.kind as u8,
        // Arithmetic, because a branch on the side is mispredicted as well.
        side: (u8::from(side == b'B') * Side::Bid as u8)
            | (u8::from(side == b'S') * Side::Ask as u8),
        ..MarketEvent::default()
    })
}

#[inline(always)]
fn number(frame: &[u8], number: Number) -> Option<u64> {
    Some(u64_from(frame, number.at)? & number.mask)
}

#[inline(always)]
fn u64_from(frame: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*frame.get(at..)?.first_chunk()?))
}
