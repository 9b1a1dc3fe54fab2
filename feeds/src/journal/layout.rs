//! The fixed parts of the file, as they stand on the disk. See [the module](super) for the offsets.

use bytemuck::{Pod, Zeroable};
use std::mem::size_of;

use super::checksum;
use crate::event::MarketEvent;

// Events are mapped, not decoded: their bytes are those of a little-endian machine.
const _: () = assert!(cfg!(target_endian = "little"));

/// Bytes at the start of every journal.
const MAGIC: [u8; 8] = *b"\x89EVJ\r\n\x1A\n";
const VERSION: u32 = 1;
const BLOCK_MAGIC: [u8; 4] = *b"TBLK";

/// Everything starts at a multiple of this.
pub(super) const UNIT: usize = size_of::<MarketEvent>();
/// Length of the file head.
pub(super) const HEAD_SIZE: usize = 4_096;
/// Where the file head's checksum is.
const HEAD_CRC: usize = HEAD_SIZE - 4;

/// The longest name of a session, in bytes.
pub const LONGEST_NAME: usize = 1_024;

/// The most events that a block may be made for.
pub const MOST_BLOCK_EVENTS: u32 = 1 << 20;

/// Instruments beyond this are refused: a damaged or hostile table must not take all memory.
pub(super) const MOST_INSTRUMENTS: u32 = 1 << 22;

/// What the fields of an event are and where. Kinds, sides and flags keep their numbers for ever:
/// new ones are added behind.
pub const SCHEMA: &str = "ts_event:u64@0 ts_recv:u64@8 seq:u64@16 order_id:u64@24 price:i64@32 \
    aux:u64@40 instrument:u32@48 size:u32@52 source:u16@56 kind:u8@58 side:u8@59 flags:u16@60 \
    ext:u16@62";

const SCHEMA_HASH: u64 = {
    let (mut hash, mut i) = (0xCBF2_9CE4_8422_2325_u64, 0);
    while i < SCHEMA.len() {
        hash = (hash ^ SCHEMA.as_bytes()[i] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        i += 1;
    }
    hash
};

/// What a journal says of itself as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Midnight of the session in UNIX nanoseconds; 0 = not known.
    pub midnight_ns: u64,
    /// What the events are of, at most [`LONGEST_NAME`] bytes.
    pub name: String,
}

/// Why the head of a file is not that of a journal that can be read here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The file is shorter than a head.
    #[error(
        "the file has {0} bytes, which is less than a journal's head of 4,096; nothing can be read"
    )]
    Short(usize),
    /// The file does not start as a journal does.
    #[error("the first 8 bytes are not a journal's")]
    Magic,
    /// The head is not as it was written.
    #[error(
        "the head (bytes 0 to 4,095) is damaged: its checksum is {found:#010x} and ought to be {expected:#010x}"
    )]
    Damaged {
        /// As it follows from the bytes.
        found: u32,
        /// As it stands at byte 4,092.
        expected: u32,
    },
    /// Another version of the format.
    #[error("version {0} of the journal is not known here; this is version 1")]
    Version(u32),
    /// Events of another layout.
    #[error(
        "the events have another layout ({size} bytes, schema {schema:#018x}); write the journal again"
    )]
    Schema {
        /// Size of an event.
        size: u32,
        /// Hash of its layout.
        schema: u64,
    },
    /// A field has a value that no writer gives it.
    #[error(
        "the head says blocks of {block_events} events and a name of {name_bytes} bytes, beyond every limit"
    )]
    Limits {
        /// Most events of a block.
        block_events: u32,
        /// Length of the name.
        name_bytes: u32,
    },
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FileHead {
    magic: [u8; 8],
    version: u32,
    event_size: u32,
    schema: u64,
    midnight_ns: u64,
    block_events: u32,
    name_bytes: u32,
    zero: [u8; 24],
}

const _: () = assert!(size_of::<FileHead>() == UNIT && size_of::<BlockHead>() == UNIT);

/// Whether the bytes start as a journal does.
pub(crate) fn is_journal(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The head of a file.
pub(super) fn file_head(session: &Session, block_events: u32) -> [u8; HEAD_SIZE] {
    let mut bytes = [0; HEAD_SIZE];
    let head = FileHead {
        magic: MAGIC,
        version: VERSION,
        event_size: UNIT as u32,
        schema: SCHEMA_HASH,
        midnight_ns: session.midnight_ns,
        block_events,
        name_bytes: session.name.len() as u32,
        zero: [0; 24],
    };
    bytes[..UNIT].copy_from_slice(bytemuck::bytes_of(&head));
    bytes[UNIT..UNIT + session.name.len()].copy_from_slice(session.name.as_bytes());
    let crc = checksum::of(&bytes[..HEAD_CRC]);
    bytes[HEAD_CRC..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Reads the head of a file: its session, and the most events of a block.
pub(super) fn read_file_head(bytes: &[u8]) -> Result<(Session, u32), HeadError> {
    if !is_journal(bytes) {
        return Err(HeadError::Magic);
    }
    let page: &[u8; HEAD_SIZE] = bytes.first_chunk().ok_or(HeadError::Short(bytes.len()))?;
    let (rest, crc) = page.split_last_chunk::<4>().expect("a page has four bytes");
    let (found, expected) = (checksum::of(rest), u32::from_le_bytes(*crc));
    if found != expected {
        return Err(HeadError::Damaged { found, expected });
    }
    let head: FileHead = bytemuck::pod_read_unaligned(&page[..UNIT]);
    if head.version != VERSION {
        return Err(HeadError::Version(head.version));
    }
    if (head.event_size, head.schema) != (UNIT as u32, SCHEMA_HASH) {
        return Err(HeadError::Schema { size: head.event_size, schema: head.schema });
    }
    let name = page.get(UNIT..UNIT + (head.name_bytes as usize).min(HEAD_SIZE));
    match name.map(str::from_utf8) {
        Some(Ok(name))
            if name.len() <= LONGEST_NAME
                && (1..=MOST_BLOCK_EVENTS).contains(&head.block_events) =>
        {
            let session = Session { midnight_ns: head.midnight_ns, name: name.to_owned() };
            Ok((session, head.block_events))
        }
        _ => {
            Err(HeadError::Limits { block_events: head.block_events, name_bytes: head.name_bytes })
        }
    }
}

/// What a block holds.
pub(super) mod kind {
    pub(in super::super) const EVENTS: u16 = 1;
    pub(in super::super) const SYMBOLS: u16 = 2;
    pub(in super::super) const INDEX: u16 = 3;
    pub(in super::super) const END: u16 = 4;
    pub(in super::super) const IDS: u16 = 5;
}

/// The head of a block.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub(super) struct BlockHead {
    magic: [u8; 4],
    pub(super) kind: u16,
    zero: u16,
    pub(super) count: u32,
    pub(super) table_crc: u32,
    pub(super) first: u64,
    /// In the end block: where the index block starts.
    pub(super) min_seq: u64,
    pub(super) max_seq: u64,
    pub(super) min_ts: u64,
    pub(super) max_ts: u64,
    pub(super) payload_crc: u32,
    crc: u32,
}

impl BlockHead {
    /// A head of that kind after `first` events, still without checksum.
    pub(super) fn new(kind: u16, count: u32, first: u64) -> Self {
        Self { magic: BLOCK_MAGIC, kind, count, first, ..Self::zeroed() }
    }

    /// The head with its checksum.
    pub(super) fn sealed(mut self) -> Self {
        self.crc = self.own_crc();
        self
    }

    fn own_crc(&self) -> u32 {
        checksum::of(&bytemuck::bytes_of(self)[..UNIT - 4])
    }

    /// The head at the start of the bytes, if it is one and as it was written.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let head: Self = bytemuck::pod_read_unaligned(bytes.get(..UNIT)?);
        (head.magic == BLOCK_MAGIC && head.zero == 0 && head.crc == head.own_crc()).then_some(head)
    }

    /// Length of the check table with its filling.
    pub(super) fn table_bytes(&self) -> usize {
        if self.kind == kind::EVENTS { filled(self.count as usize * 4) } else { 0 }
    }

    /// Length of the payload with its filling.
    pub(super) fn payload_bytes(&self) -> usize {
        match self.kind {
            kind::EVENTS | kind::INDEX => self.count as usize * UNIT,
            kind::SYMBOLS | kind::IDS => filled(self.count as usize),
            _ => 0,
        }
    }

    /// Length of the whole block.
    pub(super) fn block_bytes(&self) -> usize {
        UNIT + self.table_bytes() + self.payload_bytes()
    }
}

/// The next multiple of [`UNIT`].
pub(super) fn filled(bytes: usize) -> usize {
    bytes.next_multiple_of(UNIT)
}
