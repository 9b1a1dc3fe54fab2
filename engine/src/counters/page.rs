//! The memory behind the counters: a mapped file, so that another process can read it. Knows where
//! things lie and nothing of what they mean.
//!
//! ```text
//!   header      magic, layout, process, start, entries in use, entries there is room for
//!   entry 0     name, kind, ring, capacity | counters
//!   entry 1     ...
//! ```
//!
//! All of it is 64-bit words in the machine's byte order. An entry is written once, before it is
//! counted in the header, and never moves; only its counters change.
#![allow(unsafe_code)] // Views mapped memory as words.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use memmap2::{MmapOptions, MmapRaw};

use super::CountersError;
use crate::sync::AtomicU64;
use crate::tally;
use std::sync::atomic::Ordering::Relaxed;

/// "TOURBCNT".
const MAGIC: u64 = u64::from_le_bytes(*b"TOURBCNT");
/// To be raised with every change of the layout.
const LAYOUT: u64 = 1;

const HEADER_WORDS: usize = 8;
const ENTRY_WORDS: usize = 64;
const NAME_BYTES: usize = 64;
/// Where an entry's counters begin.
const COUNTERS: usize = 16;

/// The mapped file.
#[derive(Debug)]
pub(crate) struct Page {
    map: MmapRaw,
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: u64,
    /// The index of the ring, in the order in which the rings were added.
    pub(super) ring: u64,
    pub(super) capacity: u64,
}

impl Page {
    /// Creates the file, in place of an older one, with room for `entries`.
    pub(super) fn create(path: &Path, entries: usize) -> io::Result<Self> {
        // Emptied instead, the older one would fault under whoever has mapped it.
        if path.is_file() {
            fs::remove_file(path)?;
        }
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        let words = HEADER_WORDS + entries * ENTRY_WORDS;
        // Written and not merely made that long: if the disk is full this fails, where a store to
        // the mapping would end the process.
        io::copy(&mut io::repeat(0).take((words * 8) as u64), &mut file)
            .inspect_err(|_| drop(fs::remove_file(path)))?;
        let page = Self { map: MmapOptions::new().map_raw(&file)? };
        let header = page.words(0..HEADER_WORDS);
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        header[1].store(LAYOUT, Relaxed);
        header[2].store(u64::from(process::id()), Relaxed);
        header[3].store(started.as_nanos() as u64, Relaxed);
        header[5].store(entries as u64, Relaxed);
        tally::announce(&header[0], MAGIC); // the rest of the header is there
        Ok(page)
    }

    /// Maps a file that a process writes, or wrote.
    pub(super) fn open(path: &Path) -> Result<Self, CountersError> {
        let place = || path.to_owned();
        let unreadable = |source| CountersError::Io { path: place(), source };
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let foreign = |reason: &'static str| CountersError::Foreign { path: place(), reason };
        if bytes < (HEADER_WORDS * 8) as u64 || bytes % 8 != 0 {
            return Err(foreign("it is shorter than the header"));
        }
        let map = MmapOptions::new().map_raw_read_only(&file).map_err(unreadable)?;
        let page = Self { map };
        let header = page.words(0..HEADER_WORDS);
        if tally::announced(&header[0]) != MAGIC {
            return Err(foreign("it does not begin with the mark of such files"));
        }
        if header[1].load(Relaxed) != LAYOUT {
            return Err(foreign("another version of Tourbillon wrote it; use that to read it"));
        }
        let room = header[5].load(Relaxed);
        let expected = room.checked_mul(ENTRY_WORDS as u64).and_then(|words| words.checked_mul(8));
        if expected.and_then(|bytes| bytes.checked_add(HEADER_WORDS as u64 * 8)) != Some(bytes) {
            return Err(foreign("it is not as long as its header says"));
        }
        Ok(page)
    }

    /// The process that writes it.
    pub(super) fn process(&self) -> u32 {
        self.words(2..3)[0].load(Relaxed) as u32
    }

    /// When that began, in UNIX nanoseconds.
    pub(super) fn started(&self) -> u64 {
        self.words(3..4)[0].load(Relaxed)
    }

    fn room(&self) -> usize {
        self.words(5..6)[0].load(Relaxed) as usize
    }

    /// The number of entries.
    pub(super) fn entries(&self) -> usize {
        let entries = tally::announced(&self.words(4..5)[0]);
        (entries as usize).min(self.room())
    }

    /// Adds an entry and returns its index; `None` if there is no room. Only one thread at a time.
    pub(super) fn enter(&self, entry: &Entry) -> Option<usize> {
        let index = self.entries();
        if index == self.room() {
            return None;
        }
        let words = self.entry_words(index);
        let mut name = [0; NAME_BYTES];
        let cut = entry.name.floor_char_boundary(NAME_BYTES);
        name[..cut].copy_from_slice(&entry.name.as_bytes()[..cut]);
        for (word, bytes) in words.iter().zip(name.chunks_exact(8)) {
            word.store(u64::from_ne_bytes(bytes.try_into().expect("eight")), Relaxed);
        }
        words[8].store(entry.kind, Relaxed);
        words[9].store(entry.ring, Relaxed);
        words[10].store(entry.capacity, Relaxed);
        tally::announce(&self.words(4..5)[0], index as u64 + 1);
        Some(index)
    }

    /// What an entry is about.
    pub(super) fn entry(&self, index: usize) -> Entry {
        let words = self.entry_words(index);
        let name: Vec<u8> =
            words[..8].iter().flat_map(|word| word.load(Relaxed).to_ne_bytes()).collect();
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(NAME_BYTES);
        Entry {
            name: String::from_utf8_lossy(&name[..end]).into_owned(),
            kind: words[8].load(Relaxed),
            ring: words[9].load(Relaxed),
            capacity: words[10].load(Relaxed),
        }
    }

    /// The counters of an entry.
    pub(super) fn counters(&self, index: usize) -> &[AtomicU64] {
        &self.entry_words(index)[COUNTERS..]
    }

    fn entry_words(&self, index: usize) -> &[AtomicU64] {
        let start = HEADER_WORDS + index * ENTRY_WORDS;
        self.words(start..start + ENTRY_WORDS)
    }

    fn words(&self, range: Range<usize>) -> &[AtomicU64] {
        let all = self.map.len() / 8;
        assert!(range.start <= range.end && range.end <= all, "words {range:?} of {all}");
        let first = self.map.as_ptr().cast::<AtomicU64>();
        // SAFETY: the range lies in the mapping, as was just checked.
        let first = unsafe { first.add(range.start) };
        // SAFETY: the mapping begins on a page, lives as long as `self`, and any bits are a word.
        // What others write to it meanwhile, here or in another process, they write as atomics. A
        // process that only maps it for reading only loads.
        unsafe { std::slice::from_raw_parts(first, range.len()) }
    }
}
