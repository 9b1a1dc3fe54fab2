//! The input's bytes: mapped from a file, or in memory (unpacked, piped, or generated).

#![allow(unsafe_code)] // A mapping can be changed by other processes; see `Bytes::open`.

use memmap2::{Advice, Mmap};
use std::fs::File;
use std::io;
use std::path::Path;

use crate::unpack::{read_within, unpack};

/// Bytes that stay where they are for the life of a source.
#[derive(Debug)]
pub(crate) enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps the file, or reads it if `in_memory` or if it is not a regular file; unpacks gzip,
    /// xz and zstd by their magic. What is unpacked, or comes from a pipe or device, has at most
    /// `limit` bytes.
    pub(crate) fn open(path: &Path, in_memory: bool, limit: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        let is_file = file.metadata()?.is_file();
        let bytes = if is_file && !in_memory {
            // SAFETY: the mapping is read-only and private to this value. Another process that
            // writes to the file or cuts it while it is mapped breaks the promise;
            // `Options::in_memory` exists for such files and says so.
            let mapped = unsafe { Mmap::map(&file) }?;
            // Advice is only a hint to the kernel: without it reading is slower, not wrong.
            let _ = mapped.advise(Advice::Sequential);
            Self::Mapped(mapped)
        } else {
            // The length of a file is known to whoever asks for it in memory.
            Self::Owned(read_within(&file, if is_file { u64::MAX } else { limit })?)
        };
        bytes.unpacked(limit)
    }

    /// Unpacks gzip, xz and zstd by their magic; anything else stays as it is.
    pub(crate) fn unpacked(self, limit: u64) -> io::Result<Self> {
        Ok(unpack(&self, limit)?.map_or(self, Self::Owned))
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(mapped) => mapped,
            Self::Owned(content) => content,
        }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}
