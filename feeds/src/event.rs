//! The one event that every format becomes: 64 bytes, one cache line, no pointer.
//!
//! It is *not* an order book and not the wire message: rare wide messages keep their main fields
//! only (see [`crate::itch`] for the mapping), and executions carry no price unless the wire does.
//!
//! Invariants: exactly 64 bytes, aligned to 64, no padding, every bit pattern valid. The layout is
//! asserted below.

use bytemuck::{Pod, Zeroable};
use std::mem::{offset_of, size_of};

/// One market event.
///
/// Prices are fixed point with nine decimals, times are nanoseconds since the UNIX epoch. A field
/// that a kind does not use is 0.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct MarketEvent {
    /// When it happened at the exchange, in UNIX nanoseconds (nanoseconds since midnight if the
    /// feed was opened without [`crate::Options::session_midnight_ns`]).
    pub ts_event: u64,
    /// When it was captured, in UNIX nanoseconds; 0 if the source has no capture clock. A replay
    /// overwrites it with the intended send time and sets [`flags::INTENDED`].
    pub ts_recv: u64,
    /// Position in the source: MoldUDP64 sequence number, or 0-based number of the record or row.
    pub seq: u64,
    /// Order reference number. Other kinds: match number (Cross), paired shares (Imbalance), lower
    /// collar price in 1e-9 (Auction of a collar).
    pub order_id: u64,
    /// Price in 1e-9 units; 0 if the message has none.
    pub price: i64,
    /// Second number: match number (Exec, ExecPrice, Trade, Break), new order reference (Replace),
    /// participant (Add with attribution), full share count (Cross, Imbalance), number of missing
    /// messages (Gap), ...
    pub aux: u64,
    /// Dense instrument index, see [`crate::Instruments`].
    pub instrument: u32,
    /// Shares or contracts; saturated at `u32::MAX` with [`flags::SIZE_IN_AUX`] when `aux` has the
    /// full number.
    pub size: u32,
    /// Feed or channel, as given in [`crate::Options::source`].
    pub source: u16,
    /// See [`Kind`]; read it with [`MarketEvent::kind`].
    pub kind: u8,
    /// See [`Side`]; read it with [`MarketEvent::side`].
    pub side: u8,
    /// Bits of [`flags`].
    pub flags: u16,
    /// Low byte: the raw type byte of the wire message. High byte: its code (event code, state,
    /// cross type, ...), or 0.
    pub ext: u16,
}

const _: () = {
    assert!(size_of::<MarketEvent>() == 64 && align_of::<MarketEvent>() == 64);
    assert!(offset_of!(MarketEvent, ts_event) == 0 && offset_of!(MarketEvent, ts_recv) == 8);
    assert!(offset_of!(MarketEvent, seq) == 16 && offset_of!(MarketEvent, order_id) == 24);
    assert!(offset_of!(MarketEvent, price) == 32 && offset_of!(MarketEvent, aux) == 40);
    assert!(offset_of!(MarketEvent, instrument) == 48 && offset_of!(MarketEvent, size) == 52);
    assert!(offset_of!(MarketEvent, source) == 56 && offset_of!(MarketEvent, kind) == 58);
    assert!(offset_of!(MarketEvent, side) == 59 && offset_of!(MarketEvent, flags) == 60);
    assert!(offset_of!(MarketEvent, ext) == 62);
};

impl MarketEvent {
    /// In [`MarketEvent::instrument`] of a [`Kind::Clear`]: of every instrument.
    pub const EVERY_INSTRUMENT: u32 = u32::MAX;

    /// What happened; `None` if the byte is not one of [`Kind`].
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL.get(usize::from(self.kind)).copied()
    }

    /// Which side of the book; `None` if the byte is not one of [`Side`].
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        [Side::None, Side::Bid, Side::Ask].get(usize::from(self.side)).copied()
    }

    /// How many of its sizes stand for more than they say, with the full number nowhere.
    pub(crate) fn saturated_sizes(&self) -> u64 {
        let size = self.size == u32::MAX && self.flags & flags::SIZE_IN_AUX == 0;
        let quoted = self.kind == Kind::Quote as u8 && self.order_id as u32 == u32::MAX;
        u64::from(size) + u64::from(quoted)
    }

    /// With this size: whole if it fits, else saturated with the full number in `aux`.
    pub(crate) fn sized(self, size: u64) -> Self {
        match u32::try_from(size) {
            Ok(size) => Self { size, ..self },
            Err(_) => {
                Self { size: u32::MAX, aux: size, flags: self.flags | flags::SIZE_IN_AUX, ..self }
            }
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What an event says.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $name),* }

        impl Kind {
            /// Every kind, at the index of its number.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// The name, as written in patterns and reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$name => stringify!($name)),* }
            }
        }
    };
}

kinds! {
    /// Nothing (a zeroed slot).
    None,
    /// An order enters the book.
    Add,
    /// An order is replaced: `order_id` is the old reference, `aux` the new one; the side is
    /// inherited.
    Replace,
    /// `size` shares are taken off an order.
    Cancel,
    /// An order leaves the book.
    Delete,
    /// `size` shares of an order are executed at its own price.
    Exec,
    /// `size` shares of an order are executed at `price`.
    ExecPrice,
    /// A trade outside the displayed book.
    Trade,
    /// An auction's cross.
    Cross,
    /// A trade is broken: `aux` is its match number.
    Break,
    /// Best bid and offer.
    Quote,
    /// One level of an aggregated book: `price`, `side`, `size` (0 = the level goes). The high byte
    /// of `ext` is its number from 1, or 0 where levels are known by their price. `order_id` has
    /// the change and the number of orders, see [`depth`].
    Depth,
    /// Trading state of one instrument.
    Status,
    /// Auction imbalance.
    Imbalance,
    /// State of the market or of the feed.
    System,
    /// An instrument is defined.
    Definition,
    /// The book of the instrument, or of [`MarketEvent::EVERY_INSTRUMENT`], is to be emptied.
    Clear,
    /// Messages are missing: `seq` is the first one, `aux` their number.
    Gap,
    /// The source is alive.
    Heartbeat,
    /// Time passes.
    Timer,
    /// Auction terms: initial public offering, price collar.
    Auction,
    /// Position of a market participant in an instrument.
    Participant,
    /// A figure of the day: open, high, low, settlement, volume, official price. The low byte of
    /// `ext` says which, in the feed's own code.
    Statistic,
}

/// Side of the book.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// Not known, or meaningless.
    #[default]
    None,
    /// Buy.
    Bid,
    /// Sell.
    Ask,
}

/// [`MarketEvent::order_id`] of a [`Kind::Depth`]: what happened to the level, and how many orders
/// it has.
pub mod depth {
    /// The level is new; those behind it move by one.
    pub const NEW: u8 = 0;
    /// The level has another size or number of orders.
    pub const CHANGED: u8 = 1;
    /// The level goes; those behind it move up by one.
    pub const DELETED: u8 = 2;
    /// Every level of the side goes.
    pub const DELETED_THROUGH: u8 = 3;
    /// The first levels of the side go, up to this one.
    pub const DELETED_FROM: u8 = 4;
    /// The level has another price, size and number of orders.
    pub const OVERLAID: u8 = 5;

    /// A change and a number of orders (0 = not known) as an `order_id`.
    #[must_use]
    pub const fn pack(change: u8, orders: u32) -> u64 {
        (change as u64) << 32 | orders as u64
    }

    /// The change and the number of orders in an `order_id`.
    #[must_use]
    pub const fn unpack(order_id: u64) -> (u8, u32) {
        ((order_id >> 32) as u8, order_id as u32)
    }
}

/// Bits of [`MarketEvent::flags`].
pub mod flags {
    /// Last event of its packet.
    pub const LAST: u16 = 1;
    /// The exchange time is before the previous message's or beyond 24 hours.
    pub const BAD_TS: u16 = 1 << 1;
    /// The execution must not be counted as volume.
    pub const NON_PRINTABLE: u16 = 1 << 2;
    /// `size` is saturated; `aux` has the full number.
    pub const SIZE_IN_AUX: u16 = 1 << 3;
    /// The message came after messages with higher sequence numbers.
    pub const OUT_OF_ORDER: u16 = 1 << 4;
    /// Events are missing before this one: books built so far may be wrong.
    pub const MAYBE_BAD_BOOK: u16 = 1 << 5;
    /// `ts_recv` is the intended send time of an open-loop replay.
    pub const INTENDED: u16 = 1 << 6;
    /// The event is part of a snapshot, not of what happens now.
    pub const SNAPSHOT: u16 = 1 << 7;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_at_its_own_number() {
        for (number, &kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(number, kind as usize);
            let event = MarketEvent { kind: kind as u8, ..MarketEvent::default() };
            assert_eq!(event.kind(), Some(kind));
        }
        let beyond = MarketEvent { kind: Kind::ALL.len() as u8, side: 3, ..MarketEvent::default() };
        assert_eq!((beyond.kind(), beyond.side()), (None, None));
    }
}
