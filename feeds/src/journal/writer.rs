//! Writing a journal.
//!
//! Invariants: memory is one block and 64 bytes for each block written (the index); the file is at
//! every moment a journal that recovery reads; after an error nothing more is written, because
//! what is on the disk then is not known.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::checksum;
use super::layout::{
    BlockHead, HEAD_SIZE, LONGEST_NAME, MOST_BLOCK_EVENTS, MOST_INSTRUMENTS, Session, UNIT,
    file_head, filled, kind,
};
use crate::event::MarketEvent;
use crate::instruments::Instruments;

/// Heads for which there is room from the start: 4 GiB of events in blocks of the usual size.
const HEADS: usize = 4_096;
/// Most bytes of names in one block of symbols.
const SYMBOL_BYTES: usize = 1 << 20;

/// When the operating system is told to bring what was written to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SyncPolicy {
    /// Never: a crash of the machine may lose what was written before it.
    Never,
    /// When the journal is closed, and by [`JournalWriter::sync`].
    #[default]
    OnClose,
    /// After every block.
    EveryBlock,
}

/// How to write a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriterOptions {
    /// Events of a block: what a crash of the process can lose, unless it flushes.
    pub block_events: u32,
    /// When to bring bytes to the disk.
    pub sync: SyncPolicy,
    /// What the journal is of.
    pub session: Session,
}

impl Default for WriterOptions {
    /// Blocks of 65,536 events (4 MiB): reading is faster the fewer heads there are to visit.
    fn default() -> Self {
        Self { block_events: 1 << 16, sync: SyncPolicy::default(), session: Session::default() }
    }
}

/// Where a journal goes.
pub trait Durable: Write {
    /// Returns when everything written so far would survive a loss of power.
    ///
    /// # Errors
    /// If the device does not confirm it.
    fn sync(&mut self) -> io::Result<()>;
}

impl Durable for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Memory is as durable as it gets.
impl Durable for Vec<u8> {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a journal cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The bytes were not taken, wholly or in part. Nothing more will be written.
    #[error("cannot write the journal at byte {offset}: {error}; it can be read up to there")]
    Io {
        /// Where the block that failed starts.
        offset: u64,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// An earlier write failed.
    #[error("the journal ended at byte {offset} because a write failed; start another one")]
    Failed {
        /// Where the block that failed starts.
        offset: u64,
    },
    /// The size of blocks or the name is beyond its limit.
    #[error(
        "blocks of {block_events} events or a name of {name_bytes} bytes are beyond the limits (1 to 1,048,576 and 1,024)"
    )]
    Limits {
        /// As given.
        block_events: u32,
        /// As given.
        name_bytes: usize,
    },
    /// A symbol cannot be stored.
    #[error(
        "symbol \"{symbol}\" of instrument {instrument} cannot be stored: at most 255 bytes, and instruments below 4,194,304"
    )]
    Symbol {
        /// Its index.
        instrument: u32,
        /// Its name.
        symbol: String,
    },
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Events.
    pub events: u64,
    /// Bytes of the whole file.
    pub bytes: u64,
    /// Blocks of events and symbols.
    pub blocks: u64,
}

/// Writes a journal. Without [`JournalWriter::close`] (or a flush) the events of the last block
/// are lost and the journal reads as one that was cut.
#[derive(Debug)]
pub struct JournalWriter<W> {
    out: W,
    options: WriterOptions,
    events: Vec<MarketEvent>,
    table: Vec<u32>,
    crc: u32,
    head: BlockHead,
    heads: Vec<BlockHead>,
    names: Instruments,
    offset: u64,
    failed: bool,
}

impl JournalWriter<File> {
    /// Starts a journal in a new file; an old one of that name is replaced.
    ///
    /// # Errors
    /// If the file cannot be made or written, or the options are beyond their limits.
    pub fn create(path: &Path, options: &WriterOptions) -> Result<Self, WriteError> {
        let file = File::create(path).map_err(|error| WriteError::Io { offset: 0, error })?;
        Self::new(file, options)
    }
}

impl<W: Durable> JournalWriter<W> {
    /// Starts a journal at the start of `out`.
    ///
    /// # Errors
    /// If `out` cannot be written, or the options are beyond their limits.
    pub fn new(mut out: W, options: &WriterOptions) -> Result<Self, WriteError> {
        let (block_events, name_bytes) = (options.block_events, options.session.name.len());
        if !(1..=MOST_BLOCK_EVENTS).contains(&block_events) || name_bytes > LONGEST_NAME {
            return Err(WriteError::Limits { block_events, name_bytes });
        }
        out.write_all(&file_head(&options.session, block_events))
            .map_err(|error| WriteError::Io { offset: 0, error })?;
        Ok(Self {
            out,
            options: options.clone(),
            events: Vec::with_capacity(block_events as usize),
            // Room for the filling too.
            table: Vec::with_capacity(filled(block_events as usize * 4) / 4),
            crc: 0,
            head: empty(0),
            heads: Vec::with_capacity(HEADS),
            names: Instruments::default(),
            offset: HEAD_SIZE as u64,
            failed: false,
        })
    }

    /// Takes the events; whole blocks are written at once.
    ///
    /// # Errors
    /// If a block cannot be written. Nothing is written after that.
    pub fn append(&mut self, mut events: &[MarketEvent]) -> Result<(), WriteError> {
        while !events.is_empty() {
            let room = self.options.block_events as usize - self.events.len();
            let (now, later) = events.split_at(room.min(events.len()));
            self.take(now);
            if self.events.len() == self.options.block_events as usize {
                self.flush()?;
            }
            events = later;
        }
        self.sound()
    }

    fn take(&mut self, events: &[MarketEvent]) {
        self.events.extend_from_slice(events);
        for event in events {
            self.crc = checksum::and_then(self.crc, bytemuck::bytes_of(event));
            self.table.push(self.crc);
            self.head.min_seq = self.head.min_seq.min(event.seq);
            self.head.max_seq = self.head.max_seq.max(event.seq);
            self.head.min_ts = self.head.min_ts.min(event.ts_event);
            self.head.max_ts = self.head.max_ts.max(event.ts_event);
        }
    }

    /// Writes the symbols that are new or have changed since the last call, with the feed's own ids
    /// if it has any. Call it before the events that need them.
    ///
    /// # Errors
    /// If a symbol cannot be stored or a block cannot be written.
    pub fn symbols(&mut self, instruments: &Instruments) -> Result<(), WriteError> {
        let (mut payload, mut ids) = (Vec::new(), Vec::new());
        for (instrument, symbol) in instruments.iter() {
            if self.names.get(instrument) == Some(symbol) {
                continue;
            }
            let length = u8::try_from(symbol.len()).ok().filter(|_| instrument < MOST_INSTRUMENTS);
            let Some(length) = length else {
                return Err(WriteError::Symbol { instrument, symbol: symbol.to_owned() });
            };
            payload.extend_from_slice(&instrument.to_le_bytes());
            payload.push(length);
            payload.extend_from_slice(symbol.as_bytes());
            self.names.set(instrument, symbol);
            if instruments.has_ids() {
                ids.extend_from_slice(&instrument.to_le_bytes());
                ids.extend_from_slice(&instruments.id(instrument).to_le_bytes());
            }
            if payload.len() > SYMBOL_BYTES {
                self.write_symbols(kind::SYMBOLS, &mut payload)?;
                self.write_symbols(kind::IDS, &mut ids)?;
            }
        }
        self.write_symbols(kind::SYMBOLS, &mut payload)?;
        self.write_symbols(kind::IDS, &mut ids)
    }

    fn write_symbols(&mut self, kind: u16, payload: &mut Vec<u8>) -> Result<(), WriteError> {
        if payload.is_empty() {
            return Ok(());
        }
        // The names stand before the events that are waiting for their block to be full.
        let mut head = BlockHead::new(kind, payload.len() as u32, self.head.first);
        payload.resize(filled(payload.len()), 0);
        head.payload_crc = checksum::of(payload);
        self.write_block(head.sealed(), &[], payload)?;
        payload.clear();
        Ok(())
    }

    /// Writes the events that wait, as a block of their own. The operating system has them then: a
    /// crash of the process loses nothing.
    ///
    /// # Errors
    /// If the block cannot be written.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        self.sound()?;
        if self.events.is_empty() {
            return Ok(());
        }
        self.head.count = self.events.len() as u32;
        self.head.payload_crc = self.crc;
        self.table.resize(filled(self.table.len() * 4) / 4, 0);
        self.head.table_crc = checksum::of(bytemuck::cast_slice(&self.table));
        let (table, events) = (std::mem::take(&mut self.table), std::mem::take(&mut self.events));
        let written = self.write_block(
            self.head.sealed(),
            bytemuck::cast_slice(&table),
            bytemuck::cast_slice(&events),
        );
        (self.table, self.events) = (table, events);
        let first = self.head.first + self.events.len() as u64;
        self.head = empty(first);
        self.table.clear();
        self.events.clear();
        self.crc = 0;
        written
    }

    /// Writes what waits and returns when it would survive a loss of power.
    ///
    /// # Errors
    /// If the block cannot be written or the device does not confirm it.
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.flush()?;
        let synced = self.out.sync();
        self.checked(synced)
    }

    /// Writes what waits, the index and the end.
    ///
    /// # Errors
    /// If they cannot be written or, unless the policy is [`SyncPolicy::Never`], the device does
    /// not confirm them.
    pub fn close(mut self) -> Result<(Written, W), WriteError> {
        self.flush()?;
        let (index_at, events) = (self.offset, self.head.first);
        let blocks = self.heads.len() as u64;
        let heads = std::mem::take(&mut self.heads);
        let payload: &[u8] = bytemuck::cast_slice(&heads);
        let mut index = BlockHead::new(kind::INDEX, heads.len() as u32, events);
        index.payload_crc = checksum::of(payload);
        self.write_block(index.sealed(), &[], payload)?;
        let mut end = BlockHead::new(kind::END, 0, events);
        end.min_seq = index_at;
        self.write_block(end.sealed(), &[], &[])?;
        if self.options.sync == SyncPolicy::OnClose {
            let synced = self.out.sync();
            self.checked(synced)?;
        }
        Ok((Written { events, bytes: self.offset, blocks }, self.out))
    }

    fn write_block(
        &mut self,
        head: BlockHead,
        table: &[u8],
        payload: &[u8],
    ) -> Result<(), WriteError> {
        self.sound()?;
        let mut written = [bytemuck::bytes_of(&head), table, payload]
            .into_iter()
            .try_for_each(|part| self.out.write_all(part));
        if written.is_ok() && self.options.sync == SyncPolicy::EveryBlock {
            written = self.out.sync();
        }
        self.checked(written)?;
        self.offset += (UNIT + table.len() + payload.len()) as u64;
        self.heads.push(head);
        Ok(())
    }

    fn checked(&mut self, result: io::Result<()>) -> Result<(), WriteError> {
        self.failed |= result.is_err();
        result.map_err(|error| WriteError::Io { offset: self.offset, error })
    }

    fn sound(&self) -> Result<(), WriteError> {
        if self.failed { Err(WriteError::Failed { offset: self.offset }) } else { Ok(()) }
    }
}

/// The head of a block of events to which the first one will give the bounds.
fn empty(first: u64) -> BlockHead {
    let mut head = BlockHead::new(kind::EVENTS, 0, first);
    (head.min_seq, head.min_ts) = (u64::MAX, u64::MAX);
    head
}
