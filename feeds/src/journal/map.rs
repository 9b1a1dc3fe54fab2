//! Where the blocks of a journal are: from its index, or from block to block if it has none.
//!
//! Invariant: blocks are in order and without hole, and each one's events follow the last one's.
//! Payloads of events are not looked at here.

use super::checksum;
use super::layout::{BlockHead, HEAD_SIZE, MOST_INSTRUMENTS, UNIT, kind};
use crate::instruments::Instruments;
use crate::report::ErrorKind;

/// The first thing in a journal that is not as a writer leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The input ends inside a block.
    #[error(
        "block at byte {offset} needs {need} bytes and has {have}; the journal is cut, its whole events are given"
    )]
    Cut {
        /// Where the block starts.
        offset: u64,
        /// Its length.
        need: u64,
        /// Bytes that are there.
        have: u64,
    },
    /// The input ends after a block, but the journal was not closed.
    #[error("the journal ends at byte {offset} without its end block: it was not closed, or cut")]
    NotClosed {
        /// Length of the input.
        offset: u64,
    },
    /// The head of a block is damaged, or not the one that belongs there.
    #[error("the head of the block at byte {offset} is damaged; nothing behind it is read")]
    Head {
        /// Where the block starts.
        offset: u64,
    },
    /// Events are not as they were written.
    #[error(
        "the block at byte {offset} is damaged: {whole} of its {count} events are whole; nothing behind them is read"
    )]
    Events {
        /// Where the block starts.
        offset: u64,
        /// Events before the damage.
        whole: u32,
        /// Events of the block.
        count: u32,
    },
    /// A block of symbols or ids is damaged.
    #[error("the symbols at byte {offset} are damaged; nothing behind them is read")]
    Symbols {
        /// Where the block starts.
        offset: u64,
    },
    /// The index is damaged. The events are not concerned.
    #[error("the index at byte {offset} is damaged; the journal was read from block to block")]
    Index {
        /// Where the block starts.
        offset: u64,
    },
    /// Bytes follow the end.
    #[error("{bytes} bytes follow the end of the journal at byte {offset}")]
    Behind {
        /// Where the journal ends.
        offset: u64,
        /// How many.
        bytes: u64,
    },
}

impl Fault {
    /// Where it is.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match *self {
            Self::Cut { offset, .. }
            | Self::NotClosed { offset }
            | Self::Head { offset }
            | Self::Events { offset, .. }
            | Self::Symbols { offset }
            | Self::Index { offset }
            | Self::Behind { offset, .. } => offset,
        }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::Cut { .. } | Self::NotClosed { .. } => ErrorKind::Truncated,
            Self::Behind { .. } => ErrorKind::TrailingBytes,
            _ => ErrorKind::BadChecksum,
        }
    }
}

/// A block of events.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) offset: usize,
    pub(super) head: BlockHead,
    /// Highest sequence number of this block and all before it.
    pub(super) max_seq: u64,
    /// Highest exchange time of this block and all before it.
    pub(super) max_ts: u64,
}

/// What is where.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) entries: Vec<Entry>,
    pub(super) instruments: Instruments,
    /// Events of all entries, if they are whole.
    pub(super) events: u64,
    pub(super) fault: Option<Fault>,
    /// Whether the end block is there.
    pub(super) closed: bool,
}

impl Map {
    /// The blocks of a journal whose blocks have at most so many events.
    pub(super) fn of(bytes: &[u8], block_events: u32) -> Self {
        Self::from_index(bytes, block_events).unwrap_or_else(|| Self::scan(bytes, block_events))
    }

    /// By the index, if the end block and the index are whole and lead to each other.
    fn from_index(bytes: &[u8], block_events: u32) -> Option<Self> {
        let end_at = bytes.len().checked_sub(UNIT)?;
        let end = BlockHead::read(&bytes[end_at..]).filter(|head| head.kind == kind::END)?;
        let index_at = usize::try_from(end.min_seq).ok().filter(|&at| at >= HEAD_SIZE)?;
        let index = BlockHead::read(bytes.get(index_at..end_at)?)?;
        let payload = bytes.get(index_at + UNIT..end_at)?;
        let sound = index.kind == kind::INDEX
            && index.payload_bytes() == payload.len()
            && index.payload_crc == checksum::of(payload);
        if !sound {
            return None;
        }
        let (mut map, mut offset) = (Self::default(), HEAD_SIZE);
        for head in payload.chunks_exact(UNIT) {
            if !map.accept(bytes, offset, BlockHead::read(head)?, block_events) {
                return Some(map);
            }
            offset += BlockHead::read(head)?.block_bytes();
        }
        map.closed = true;
        (offset == index_at && map.events == end.first).then_some(map)
    }

    /// From block to block, to the first that is not one.
    fn scan(bytes: &[u8], block_events: u32) -> Self {
        let (mut map, mut offset) = (Self::default(), HEAD_SIZE);
        while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
            let at = offset as u64;
            let Some(head) = BlockHead::read(rest) else {
                map.fault.get_or_insert(if rest.len() < UNIT {
                    Fault::Cut { offset: at, need: UNIT as u64, have: rest.len() as u64 }
                } else {
                    Fault::Head { offset: at }
                });
                return map;
            };
            if !map.accept(bytes, offset, head, block_events) {
                return map;
            }
            offset += head.block_bytes();
            if head.kind == kind::END {
                map.closed = true;
                if offset < bytes.len() {
                    let (offset, bytes) = (offset as u64, (bytes.len() - offset) as u64);
                    map.fault.get_or_insert(Fault::Behind { offset, bytes });
                } else {
                    // A sound end whose index did not do.
                    map.fault.get_or_insert(Fault::Index { offset: head.min_seq });
                }
                return map;
            }
        }
        map.fault.get_or_insert(Fault::NotClosed { offset: bytes.len() as u64 });
        map
    }

    /// Takes the block with that head; `false` = nothing behind it can be read.
    fn accept(&mut self, bytes: &[u8], offset: usize, head: BlockHead, block_events: u32) -> bool {
        let at = offset as u64;
        let (rest, need) = (&bytes[offset.min(bytes.len())..], head.block_bytes());
        let plausible = head.first == self.events
            && match head.kind {
                kind::EVENTS => (1..=block_events).contains(&head.count),
                kind::SYMBOLS | kind::INDEX | kind::END | kind::IDS => true,
                _ => false,
            };
        if !plausible {
            self.fault = Some(Fault::Head { offset: at });
            return false;
        }
        let cut = rest.len() < need;
        if cut {
            self.fault =
                Some(Fault::Cut { offset: at, need: need as u64, have: rest.len() as u64 });
        }
        match head.kind {
            kind::EVENTS => {
                let (seq, ts) = self.entries.last().map_or((0, 0), |e| (e.max_seq, e.max_ts));
                let (max_seq, max_ts) = (seq.max(head.max_seq), ts.max(head.max_ts));
                self.entries.push(Entry { offset, head, max_seq, max_ts });
                self.events += u64::from(head.count);
            }
            kind::SYMBOLS | kind::IDS if !cut => {
                let payload = &rest[UNIT..need];
                let sound = BlockHead::read(rest) == Some(head)
                    && checksum::of(payload) == head.payload_crc
                    && payload
                        .get(..head.count as usize)
                        .and_then(|payload| match head.kind {
                            kind::IDS => self.ids(payload),
                            _ => self.name(payload),
                        })
                        .is_some();
                if !sound {
                    self.fault = Some(Fault::Symbols { offset: at });
                    return false;
                }
            }
            kind::INDEX if !cut && checksum::of(&rest[UNIT..need]) != head.payload_crc => {
                self.fault = Some(Fault::Index { offset: at });
            }
            _ => {}
        }
        !cut
    }

    /// Reads names; `None` if the bytes are none.
    fn name(&mut self, mut payload: &[u8]) -> Option<()> {
        while !payload.is_empty() {
            let (instrument, rest) = payload.split_first_chunk::<4>()?;
            let instrument = u32::from_le_bytes(*instrument);
            let (&length, rest) = rest.split_first()?;
            let (symbol, rest) = rest.split_at_checked(usize::from(length))?;
            if instrument >= MOST_INSTRUMENTS {
                return None;
            }
            self.instruments.set(instrument, str::from_utf8(symbol).ok()?);
            payload = rest;
        }
        Some(())
    }
    /// Reads ids; `None` if the bytes are none.
    fn ids(&mut self, payload: &[u8]) -> Option<()> {
        let (pairs, rest) = payload.as_chunks::<8>();
        for &[a, b, c, d, id @ ..] in pairs {
            let instrument = u32::from_le_bytes([a, b, c, d]);
            if instrument >= MOST_INSTRUMENTS {
                return None;
            }
            self.instruments.set_id(instrument, u32::from_le_bytes(id));
        }
        rest.is_empty().then_some(())
    }
}
