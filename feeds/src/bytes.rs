//! The input's bytes: mapped from a file, or in memory (unpacked, piped, or generated).

#![allow(unsafe_code)] // A mapping can be changed by other processes; see `Bytes::open`.

use memmap2::{Advice, Mmap};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
const XZ_MAGIC: &[u8] = &[0xFD, b'7', b'z', b'X', b'Z', 0];

/// Bytes that stay where they are for the life of a source.
#[derive(Debug)]
pub(crate) enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps the file, or reads it if `in_memory` or if it is not a regular file; unpacks gzip,
    /// xz and zstd by their magic.
    pub(crate) fn open(path: &Path, in_memory: bool) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let bytes = if file.metadata()?.is_file() && !in_memory {
            // SAFETY: the mapping is read-only and private to this value. Another process that
            // writes to the file or cuts it while it is mapped breaks the promise;
            // `Options::in_memory` exists for such files and says so.
            let mapped = unsafe { Mmap::map(&file) }?;
            // Advice is only a hint to the kernel: without it reading is slower, not wrong.
            let _ = mapped.advise(Advice::Sequential);
            Self::Mapped(mapped)
        } else {
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            Self::Owned(content)
        };
        bytes.unpacked()
    }

    /// Unpacks gzip, xz and zstd by their magic; anything else stays as it is.
    pub(crate) fn unpacked(self) -> io::Result<Self> {
        let packed: &[u8] = &self;
        let mut content = Vec::new();
        if packed.starts_with(GZIP_MAGIC) {
            flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut content)?;
        } else if packed.starts_with(XZ_MAGIC) {
            lzma_rust2::XzReader::new(packed, true).read_to_end(&mut content)?;
        } else if packed.starts_with(ZSTD_MAGIC) {
            zstd::stream::read::Decoder::with_buffer(packed)?.read_to_end(&mut content)?;
        } else {
            return Ok(self);
        }
        Ok(Self::Owned(content))
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
