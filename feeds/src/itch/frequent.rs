//! The seven types that make up nearly all of a day, decoded without a branch on the type.
//!
//! Which type comes next is as good as random, so a jump by type is mispredicted half of the time
//! and costs more than the decoding. Instead a table says where the fields are, and one code path
//! reads them all; a field that a type does not have is read and masked away. The table repeats
//! offsets of [`super::messages`]; the tests hold the two equal.
//!
//! Offsets are below [`OFFSETS`], so where [`REACH`] bytes are there the compiler needs no check of
//! any of them.

use super::messages::{
    AddOrder, AddOrderMpid, OrderCancel, OrderDelete, OrderExecuted, OrderReplace, Trade,
};
use crate::event::{Kind, MarketEvent, Side};

/// Four decimals to nine.
pub(super) const PRICE_SCALE: i64 = 100_000;

/// Every one of the types has its order reference there.
const ORDER_REF: u8 = 11;

/// Offsets are below this power of two.
const OFFSETS: usize = 64;
/// No field reaches beyond so many bytes.
pub(super) const REACH: usize = OFFSETS - 1 + size_of::<u64>();

/// Where the fields of a type are.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// Length of the message; for other types more than any message can have.
    size: u32,
    kind: Kind,
    /// Where the side is; 0 is the type byte, which is no side in these types.
    side_at: u8,
    shares_at: u8,
    price_at: u8,
    /// Where the eight bytes are that end with the number.
    aux_at: u8,
    /// The number's bits among those read; 0 = there is none.
    shares: u32,
    aux: u64,
    /// From the wire's unit to that of events; 0 = there is no price.
    price_scale: u32,
}

const OTHER: Layout = Layout {
    size: u32::MAX,
    kind: Kind::None,
    side_at: 0,
    shares_at: 0,
    price_at: 0,
    aux_at: 0,
    shares: 0,
    aux: 0,
    price_scale: 0,
};

impl Layout {
    const fn of(kind: Kind, size: usize) -> Self {
        Self { kind, size: size as u32, ..OTHER }
    }

    const fn with_shares(self, at: u8) -> Self {
        Self { shares_at: at, shares: u32::MAX, ..self }
    }

    const fn with_price(self, at: u8) -> Self {
        Self { price_at: at, price_scale: PRICE_SCALE as u32, ..self }
    }

    const fn with_aux4(self, at: u8) -> Self {
        Self { aux_at: at - 4, aux: u32::MAX as u64, ..self }
    }

    const fn with_aux8(self, at: u8) -> Self {
        Self { aux_at: at, aux: u64::MAX, ..self }
    }
}

static LAYOUTS: [Layout; 256] = {
    let mut table = [OTHER; 256];
    let add = Layout::of(Kind::Add, AddOrder::SIZE).with_shares(20).with_price(32);
    let add = Layout { side_at: 19, ..add };
    table[AddOrder::CODE as usize] = add;
    table[AddOrderMpid::CODE as usize] =
        Layout { size: AddOrderMpid::SIZE as u32, ..add }.with_aux4(36);
    table[OrderExecuted::CODE as usize] =
        Layout::of(Kind::Exec, OrderExecuted::SIZE).with_shares(19).with_aux8(23);
    table[OrderCancel::CODE as usize] = Layout::of(Kind::Cancel, OrderCancel::SIZE).with_shares(19);
    table[OrderDelete::CODE as usize] = Layout::of(Kind::Delete, OrderDelete::SIZE);
    table[OrderReplace::CODE as usize] =
        Layout::of(Kind::Replace, OrderReplace::SIZE).with_shares(27).with_price(31).with_aux8(19);
    table[Trade::CODE as usize] =
        Layout::of(Kind::Trade, Trade::SIZE).with_shares(20).with_price(32).with_aux8(36);
    table
};

/// [`Side`] of each byte. Read from memory, because a branch on it is mispredicted as well.
static SIDES: [u8; 256] = {
    let mut table = [Side::None as u8; 256];
    table[b'B' as usize] = Side::Bid as u8;
    table[b'S' as usize] = Side::Ask as u8;
    table
};

/// Where the fields of a message are, or `None` if its type is not a frequent one or this is not
/// its length.
#[inline(always)]
pub(super) fn layout(code: u8, length: usize) -> Option<&'static Layout> {
    let layout = &LAYOUTS[usize::from(code)];
    (layout.size as usize == length).then_some(layout)
}

/// The own fields of a message that other bytes may follow; `None` if it is not whole.
#[inline(always)]
pub(super) fn frequent(message: &[u8], layout: &Layout) -> Option<MarketEvent> {
    let side = *message.get(layout.side_at as usize % OFFSETS)?;
    let shares: [u8; 4] = bytes(message, layout.shares_at)?;
    let price: [u8; 4] = bytes(message, layout.price_at)?;
    Some(MarketEvent {
        order_id: u64::from_be_bytes(bytes(message, ORDER_REF)?),
        price: i64::from(u32::from_be_bytes(price)) * i64::from(layout.price_scale),
        aux: u64::from_be_bytes(bytes(message, layout.aux_at)?) & layout.aux,
        size: u32::from_be_bytes(shares) & layout.shares,
        kind: layout.kind as u8,
        side: SIDES[usize::from(side)],
        ..MarketEvent::default()
    })
}

#[inline(always)]
fn bytes<const N: usize>(message: &[u8], at: u8) -> Option<[u8; N]> {
    message.get(at as usize % OFFSETS..)?.first_chunk().copied()
}
