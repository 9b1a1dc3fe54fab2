//! What books are bounded by, and what they go by.

/// Bounds of the memory. What does not fit is refused: [`super::FaultKind::NoRoom`],
/// [`super::FaultKind::NoBook`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookLimits {
    /// Books: instruments have an index below this.
    pub instruments: u32,
    /// Orders in all books.
    pub orders: u32,
    /// Prices in all books.
    pub levels: u32,
    /// Prices on one side of one book.
    pub levels_per_side: u32,
    /// References below this are looked up in pages of 8,192.
    pub dense_references: u64,
    /// Pages at one time, 64 KiB each.
    pub pages: u32,
    /// Orders that are in no page: found by hash.
    pub sparse_orders: u32,
}

impl Default for BookLimits {
    /// A day of a large stock exchange: 16,384 books, 4 Mi orders, 2 Gi references. About 1,400 MiB
    /// of address space, of which the system backs what is used.
    fn default() -> Self {
        Self {
            instruments: 1 << 14,
            orders: 1 << 22,
            levels: 1 << 21,
            levels_per_side: 1 << 12,
            dense_references: 1 << 31,
            pages: 1 << 14,
            sparse_orders: 1 << 20,
        }
    }
}

/// When a book is consistent, so that its top may be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// After every event: feeds that mark nothing (ITCH files).
    #[default]
    Event,
    /// After an event with [`crate::flags::LAST`], for every book that has changed (packets).
    Packet,
    /// After an event with [`crate::flags::LAST`], for its own book (DBN).
    Instrument,
}

/// What bid above ask means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Crossing {
    /// [`super::FaultKind::Crossed`], while the instrument trades. A status (ITCH and IEX, type
    /// `H`) other than trading lets its book cross: orders are then gathered for an auction.
    #[default]
    Fault,
    /// Nothing: for feeds that gather orders for auctions and do not say when (DBN of orders).
    Allowed,
}

/// What books go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BookRules {
    /// When the top of a book may be told.
    pub boundary: Boundary,
    /// What bid above ask means.
    pub crossing: Crossing,
}
