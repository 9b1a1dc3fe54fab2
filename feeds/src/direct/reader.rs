//! A file read past the page cache by io_uring: several pieces on their way at once, given in order.
//!
//! Source: `io_uring_setup(2)`, `open(2)` on `O_DIRECT`: places, lengths and memory are multiples
//! of the file system's block, for which a page stands here.

#![allow(unsafe_code)] // The kernel writes into memory that is lent to it.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::slice;

use io_uring::types::Fd;
use io_uring::{IoUring, opcode};
use memmap2::{MmapMut, MmapRaw};

/// Pieces on their way at once.
const DEPTH: usize = 8;
/// Bytes of a piece.
const PIECE: usize = 1 << 20;

/// The file, as a stream.
pub(super) struct DirectFile {
    // Before the memory: the kernel lets go of it when the ring is closed.
    ring: IoUring,
    memory: MmapRaw,
    file: File,
    length: u64,
    /// Number of the piece that is given now.
    given: u64,
    /// Bytes of it that were given.
    within: usize,
    /// Number of the next piece to be asked for.
    asked: u64,
    /// What came of each piece on its way; `None` = nothing yet.
    came: [Option<Result<usize, i32>>; DEPTH],
}

impl DirectFile {
    /// Opens the file, and asks for its first pieces.
    ///
    /// # Errors
    /// If the file system has no `O_DIRECT` or the kernel no io_uring.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).custom_flags(libc::O_DIRECT).open(path)?;
        let length = file.metadata()?.len();
        let ring = IoUring::new(DEPTH as u32)?;
        let memory = MmapRaw::from(MmapMut::map_anon(DEPTH * PIECE)?);
        let mut direct =
            Self { ring, memory, file, length, given: 0, within: 0, asked: 0, came: [None; DEPTH] };
        for _ in 0..DEPTH {
            direct.ask()?;
        }
        Ok(direct)
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    fn place(piece: u64) -> usize {
        piece as usize % DEPTH
    }

    /// Bytes that the piece must have.
    fn expected(&self, piece: u64) -> usize {
        self.length.saturating_sub(piece * PIECE as u64).min(PIECE as u64) as usize
    }

    /// Asks for the next piece, if there is one.
    fn ask(&mut self) -> io::Result<()> {
        if self.expected(self.asked) == 0 {
            return Ok(());
        }
        let place = Self::place(self.asked);
        self.came[place] = None;
        // SAFETY: the place of every piece is within the mapping.
        let start = unsafe { self.memory.as_mut_ptr().add(place * PIECE) };
        let read = opcode::Read::new(Fd(self.file.as_raw_fd()), start, PIECE as u32)
            .offset(self.asked * PIECE as u64)
            .build()
            .user_data(place as u64);
        // SAFETY: the piece's memory is the kernel's until its completion: it is looked at only
        // when `came` holds one. File and memory live until the ring is closed.
        let pushed = unsafe { self.ring.submission().push(&read) };
        pushed.map_err(|_| io::Error::other("the submission queue is full"))?;
        self.ring.submit()?;
        self.asked += 1;
        Ok(())
    }

    /// Waits for the piece that is given now, and says how long it is.
    fn wait(&mut self) -> io::Result<usize> {
        let (place, expected) = (Self::place(self.given), self.expected(self.given));
        if expected == 0 {
            return Ok(0);
        }
        loop {
            match self.came[place] {
                Some(Ok(length)) if length >= expected => return Ok(expected),
                Some(Ok(length)) => {
                    let at = self.given * PIECE as u64 + length as u64;
                    let sentence = format!("the file ends at byte {at}, before its length");
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, sentence));
                }
                Some(Err(code)) => return Err(io::Error::from_raw_os_error(code)),
                None => {}
            }
            match self.ring.submit_and_wait(1) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for entry in self.ring.completion() {
                let result = entry.result();
                self.came[entry.user_data() as usize % DEPTH] =
                    Some(usize::try_from(result).map_err(|_| -result));
            }
        }
    }
}

impl Read for DirectFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.wait()?;
        let count = out.len().min(length - self.within);
        let at = Self::place(self.given) * PIECE + self.within;
        // SAFETY: the piece is within the mapping.
        let start = unsafe { self.memory.as_ptr().add(at) };
        // SAFETY: the piece has come: the kernel does not write to it before it is asked for
        // again, below.
        out[..count].copy_from_slice(unsafe { slice::from_raw_parts(start, count) });
        self.within += count;
        if self.within == length && length > 0 {
            self.given += 1;
            self.within = 0;
            self.ask()?;
        }
        Ok(count)
    }
}

impl fmt::Debug for DirectFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectFile").field("length", &self.length).finish_non_exhaustive()
    }
}
