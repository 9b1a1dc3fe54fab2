//! The event journal: market events as they are in memory, in a file that can be mapped.
//!
//! It is *not* compressed and *not* an interchange format: it is read on little-endian machines
//! by the same layout of [`MarketEvent`](crate::MarketEvent), which the schema hash in its header guards.
//!
//! # Format, version 1
//!
//! Every integer is little-endian, every checksum is CRC-32C (Castagnoli). Everything starts at a
//! multiple of 64 bytes, so that events in a mapped file are aligned as they are in memory.
//!
//! ```text
//! file    = file head (4,096 bytes), block*, index block, end block
//! ```
//!
//! | byte | file head |
//! |---|---|
//! | 0 | magic, `89 45 56 4A 0D 0A 1A 0A` |
//! | 8 | u32 version, 1 |
//! | 12 | u32 size of an event, 64 |
//! | 16 | u64 schema: FNV-1a (64 bits) of the text [`SCHEMA`] |
//! | 24 | u64 midnight of the session in UNIX nanoseconds, 0 = not known |
//! | 32 | u32 most events of a block, 1 to [`MOST_BLOCK_EVENTS`] |
//! | 36 | u32 length of the name |
//! | 40 | 24 bytes 0 |
//! | 64 | name of the session, UTF-8, at most [`LONGEST_NAME`] bytes; then 0 |
//! | 4092 | u32 checksum of bytes 0 to 4091 |
//!
//! A block is a head of 64 bytes, a check table (event blocks only) and a payload. Table and
//! payload are filled with 0 to a multiple of 64 bytes.
//!
//! | byte | block head |
//! |---|---|
//! | 0 | magic `TBLK` |
//! | 4 | u16 kind: 1 events, 2 symbols, 3 index, 4 end, 5 ids |
//! | 6 | u16 0 |
//! | 8 | u32 count: events, bytes of symbols or ids, heads in the index, or 0 |
//! | 12 | u32 checksum of the check table with its filling; other kinds 0 |
//! | 16 | u64 number of events before this block |
//! | 24 | u64 lowest `seq` in the block; end block: offset of the index block; else 0 |
//! | 32 | u64 highest `seq`; else 0 |
//! | 40 | u64 lowest `ts_event`; else 0 |
//! | 48 | u64 highest `ts_event`; else 0 |
//! | 56 | u32 checksum of the payload with its filling |
//! | 60 | u32 checksum of bytes 0 to 59 |
//!
//! * Events: the check table has a u32 an event, the checksum of the payload up to the end of that
//!   event; the payload is the events, 64 bytes each.
//! * Symbols: `u32 instrument, u8 length, UTF-8` one after the other. Later names replace earlier
//!   ones. A block of symbols may stand anywhere among the event blocks.
//! * Ids: `u32 instrument, u32 id` one after the other, if the feed has ids of its own.
//! * Index: the heads of all blocks before it, in order. Their offsets follow from their lengths.
//! * End: nothing. It is the last 64 bytes of a journal that was closed.
//!
//! # Recovery
//!
//! A journal that was not closed is read from block to block. Reading ends at the first byte that
//! is not as it was written, and every event before that byte is given: the check table finds how
//! many events of a damaged or cut block are whole. The order of damage does not matter: without
//! its end or its index a journal is read from block to block too.
//!
//! Copying a damaged journal event by event repairs it; nothing is ever changed in place.

mod checksum;
mod layout;
mod map;
mod reader;
mod source;
mod writer;

pub(crate) use layout::is_journal;
pub use layout::{HeadError, LONGEST_NAME, MOST_BLOCK_EVENTS, SCHEMA, Session};
pub use map::Fault;
pub use reader::{Damaged, Journal, OpenJournalError, Position};
pub use source::JournalSource;
pub use writer::{Durable, JournalWriter, SyncPolicy, WriteError, WriterOptions, Written};
