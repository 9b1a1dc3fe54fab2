//! Databento Binary Encoding: read in versions 1 to 3 (see [`crate::open`]), written in version 3
//! as market by order.
//!
//! Source: the DBN specification (docs.databento.com, "Databento Binary Encoding").

mod read;
mod records;
mod write;

pub(crate) use read::{Dbn, is_dbn};
pub use write::{Encoder, Unencodable, metadata};

/// Record types.
mod rtype {
    pub(super) const MBO: u8 = 0xA0;
    pub(super) const TRADES: u8 = 0x00;
    pub(super) const MBP_1: u8 = 0x01;
    pub(super) const MBP_10: u8 = 0x0A;
    pub(super) const STATUS: u8 = 0x12;
    pub(super) const DEFINITION: u8 = 0x13;
    pub(super) const IMBALANCE: u8 = 0x14;
    pub(super) const SYMBOL_MAPPING: u8 = 0x16;
    pub(super) const STATISTICS: u8 = 0x18;
    pub(super) const CMBP_1: u8 = 0xB1;
    pub(super) const CBBO_1S: u8 = 0xC0;
    pub(super) const CBBO_1M: u8 = 0xC1;
    pub(super) const TCBBO: u8 = 0xC2;
    pub(super) const BBO_1S: u8 = 0xC3;
    pub(super) const BBO_1M: u8 = 0xC4;
}

const MAGIC: &[u8] = b"DBN";
/// Magic, version and length of the metadata.
const PRELUDE: usize = 8;
/// Fields of fixed width at the start of the metadata.
const FIXED: usize = 100;

/// Which bit of a record's flags is which of the event's.
const FLAGS: [(u8, u16); 3] = [
    (1 << 7, crate::flags::LAST),
    (1 << 5, crate::flags::SNAPSHOT),
    (1 << 2, crate::flags::MAYBE_BAD_BOOK),
];
