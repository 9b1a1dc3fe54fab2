//! Reading a journal: blocks of events as they lie in the mapping, and where to find them.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::checksum;
use super::layout::{BlockHead, HeadError, Session, UNIT, read_file_head};
use super::map::{Entry, Fault, Map};
use crate::bytes::Bytes;
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::source::UNPACKED_LIMIT;

/// A block of which it is not known yet how many events are whole.
const NOT_CHECKED: u32 = u32::MAX;

/// Why a journal could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenJournalError {
    /// The file cannot be opened, read, mapped or unpacked.
    #[error("cannot read {path}: {error}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// Its head cannot be read: no event is known to be whole.
    #[error(transparent)]
    Head(#[from] HeadError),
}

/// A block that is not as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Damaged<'a> {
    /// The events before the damage.
    pub whole: &'a [MarketEvent],
    /// What and where.
    pub fault: Fault,
}

/// A place between events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Index of the block.
    pub block: usize,
    /// Index of the event in the block.
    pub event: usize,
}

/// An open journal. Blocks are checked when they are first given.
#[derive(Debug)]
pub struct Journal {
    bytes: Aligned,
    session: Session,
    map: Map,
    /// For each block how many of its events are whole, or [`NOT_CHECKED`].
    whole: Box<[AtomicU32]>,
}

impl Journal {
    /// Maps the file (or unpacks it, if it is gzip or xz) and finds its blocks. Like every mapped
    /// input it must not be cut while it is open; a journal that grows is seen as it was.
    ///
    /// # Errors
    /// If the file cannot be read, or its head is not that of a journal.
    pub fn open(path: &Path) -> Result<Self, OpenJournalError> {
        let bytes = Bytes::open(path, false, UNPACKED_LIMIT)
            .map_err(|error| OpenJournalError::Io { path: path.display().to_string(), error })?;
        Ok(Self::new(bytes)?)
    }

    /// Opens bytes in memory.
    ///
    /// # Errors
    /// If their head is not that of a journal.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, HeadError> {
        Self::new(Bytes::Owned(bytes))
    }

    pub(crate) fn new(bytes: Bytes) -> Result<Self, HeadError> {
        let (session, block_events) = read_file_head(&bytes)?;
        let map = Map::of(&bytes, block_events);
        let whole = map.entries.iter().map(|_| AtomicU32::new(NOT_CHECKED)).collect();
        Ok(Self { bytes: Aligned::new(bytes), session, map, whole })
    }

    /// What the journal is of.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The symbols, all of them from the start.
    #[must_use]
    pub fn instruments(&self) -> &Instruments {
        &self.map.instruments
    }

    /// Number of blocks of events, the last of which may be cut.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.map.entries.len()
    }

    /// Number of events, if every block is whole.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.map.events
    }

    /// Whether a writer closed it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.map.closed
    }

    /// What was found when the blocks were looked for; blocks of events are not checked then.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.map.fault
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.get().len()
    }

    /// The events of a block, where they lie: nothing is decoded or copied. The block's checksum
    /// is verified the first time.
    ///
    /// # Errors
    /// If the block is cut or damaged; the error has the events before the damage.
    ///
    /// # Panics
    /// If `index` is not below [`Journal::blocks`].
    pub fn block(&self, index: usize) -> Result<&[MarketEvent], Damaged<'_>> {
        let entry = &self.map.entries[index];
        let mut whole = self.whole[index].load(Relaxed);
        if whole == NOT_CHECKED {
            whole = self.check(entry);
            // Two threads that check at once find the same.
            self.whole[index].store(whole, Relaxed);
        }
        let count = entry.head.count;
        let events = self.bytes.events(payload_of(entry), whole as usize);
        if whole == count {
            return Ok(events);
        }
        let offset = entry.offset as u64;
        let cut = self.map.fault.filter(|f| matches!(f, Fault::Cut { .. }) && f.offset() == offset);
        Err(Damaged { whole: events, fault: cut.unwrap_or(Fault::Events { offset, whole, count }) })
    }

    /// How many events of the block are whole.
    fn check(&self, entry: &Entry) -> u32 {
        let bytes = self.bytes.get();
        let head = &entry.head;
        if BlockHead::read(&bytes[entry.offset..]) != Some(*head) {
            return 0;
        }
        let payload_at = payload_of(entry);
        let table = &bytes[entry.offset + UNIT..payload_at.min(bytes.len())];
        let payload_end = (payload_at + head.payload_bytes()).min(bytes.len());
        let payload = &bytes[payload_at.min(bytes.len())..payload_end];
        if payload.len() == head.payload_bytes()
            && checksum::of(payload) == head.payload_crc
            && checksum::of(table) == head.table_crc
        {
            return head.count;
        }
        let mut crc = 0;
        let whole = payload.chunks_exact(UNIT).zip(table.chunks_exact(4)).take_while(
            |(event, expected)| {
                crc = checksum::and_then(crc, event);
                crc.to_le_bytes() == **expected
            },
        );
        // A block whose table alone is damaged still counts as damaged.
        (whole.count() as u32).min(head.count - 1)
    }

    /// Checks every block.
    ///
    /// # Errors
    /// The first fault of the whole file.
    pub fn verify(&self) -> Result<(), Fault> {
        for index in 0..self.blocks() {
            self.block(index).map_err(|damaged| damaged.fault)?;
        }
        self.fault().map_or(Ok(()), Err)
    }

    /// The first event that happened at `ts_event` or later, in the order of the file; the end if
    /// there is none.
    #[must_use]
    pub fn seek_time(&self, ts_event: u64) -> Position {
        self.seek(|entry| entry.max_ts < ts_event, |event| event.ts_event >= ts_event)
    }

    /// The first event with that sequence number or a higher one, in the order of the file; the
    /// end if there is none.
    #[must_use]
    pub fn seek_seq(&self, seq: u64) -> Position {
        self.seek(|entry| entry.max_seq < seq, |event| event.seq >= seq)
    }

    /// The event with `n` events before it; the end if there are no more.
    #[must_use]
    pub fn seek_event(&self, n: u64) -> Position {
        let behind = |entry: &Entry| entry.head.first + u64::from(entry.head.count) <= n;
        let block = self.map.entries.partition_point(behind);
        let event = self.map.entries.get(block).map_or(0, |entry| n - entry.head.first) as usize;
        Position { block, event }
    }

    fn seek(
        &self,
        before: impl Fn(&Entry) -> bool,
        found: impl Fn(&MarketEvent) -> bool,
    ) -> Position {
        let mut block = self.map.entries.partition_point(before);
        while block < self.blocks() {
            let (events, damaged) = match self.block(block) {
                Ok(events) => (events, false),
                Err(damaged) => (damaged.whole, true),
            };
            match events.iter().position(&found) {
                Some(event) => return Position { block, event },
                // Nothing behind the damage is given: its end is the end.
                None if damaged => return Position { block, event: events.len() },
                None => block += 1,
            }
        }
        Position { block, event: 0 }
    }

    /// Where the events of a block are in the file.
    pub(super) fn payload_at(&self, block: usize) -> usize {
        payload_of(&self.map.entries[block])
    }
}

fn payload_of(entry: &Entry) -> usize {
    entry.offset + UNIT + entry.head.table_bytes()
}

/// Bytes whose start is aligned as events are.
#[derive(Debug)]
enum Aligned {
    Bytes(Bytes),
    /// The length, and events that have at least as many bytes.
    Copied(usize, Box<[MarketEvent]>),
}

impl Aligned {
    /// Mappings are aligned; memory may have to be copied.
    fn new(bytes: Bytes) -> Self {
        if bytes.as_ptr().addr().is_multiple_of(align_of::<MarketEvent>()) {
            return Self::Bytes(bytes);
        }
        let mut events = vec![MarketEvent::default(); bytes.len().div_ceil(UNIT)];
        bytemuck::cast_slice_mut(&mut events)[..bytes.len()].copy_from_slice(&bytes);
        Self::Copied(bytes.len(), events.into())
    }

    fn get(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Copied(length, events) => &bytemuck::cast_slice(events)[..*length],
        }
    }

    /// `count` events from byte `at` on; `at` may lie behind the end if there are none.
    fn events(&self, at: usize, count: usize) -> &[MarketEvent] {
        if count == 0 {
            return &[];
        }
        bytemuck::cast_slice(&self.get()[at..at + count * UNIT])
    }
}
