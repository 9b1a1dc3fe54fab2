//! ITCH 5.0 files that are larger than memory: read in pieces past the page cache, so that a day of
//! data does not push everything else out of it.
//!
//! Where the kernel or the file system refuses that (io_uring, `O_DIRECT`), the file is read in
//! pieces through the page cache, and [`DirectItch::fallback`] says why. Packed files are for
//! [`crate::open`].

#[cfg(target_os = "linux")]
mod reader;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::binary_file::{Framer, decode, looks_like_itch};
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::itch::{self, Decoder};
use crate::report::{ErrorKind, Report};
use crate::source::{EventSource, Format, OpenError, Options};

/// Bytes of the window that moves over the file: two pieces of the reader.
const WINDOW: usize = 1 << 21;
/// The longest record with its length before it.
const RECORD: usize = 2 + u16::MAX as usize;

/// A BinaryFILE of ITCH 5.0 in bounded memory.
pub struct DirectItch {
    input: Box<dyn Read + Send>,
    fallback: Option<io::Error>,
    window: Box<[u8]>,
    /// Bytes of the window that hold the file's.
    filled: usize,
    at_end: bool,
    framer: Framer,
    decoder: Decoder,
    report: Report,
}

impl DirectItch {
    /// Opens a file that is not packed.
    ///
    /// # Errors
    /// If the file cannot be read, or does not begin like ITCH 5.0 (unless `options` name it).
    pub fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let io = |error| OpenError::Io { path: path.display().to_string(), error };
        let (input, length, fallback) = opened(path).map_err(io)?;
        let mut source = Self {
            input,
            fallback,
            window: vec![0; WINDOW].into(),
            filled: 0,
            at_end: false,
            framer: Framer::new(options.framing),
            decoder: Decoder::new(options.session_midnight_ns, options.source),
            report: Report::new(
                "itch50",
                usize::try_from(length).unwrap_or(usize::MAX),
                itch::type_name,
            ),
        };
        source.refill().map_err(io)?;
        let begins = &source.window[..source.filled.min(4_096)];
        if options.format != Some(Format::Itch50) && !looks_like_itch(begins) {
            let reason = "the first records have no known type and length".to_owned();
            return Err(OpenError::WrongFormat { format: Format::Itch50, reason });
        }
        Ok(source)
    }

    /// Why the file is read through the page cache after all; `None` if it is not.
    #[must_use]
    pub fn fallback(&self) -> Option<&io::Error> {
        self.fallback.as_ref()
    }

    /// Bytes of memory beside the reader's pieces; it never changes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.window.len()
    }

    /// Moves the window on, and fills it.
    fn refill(&mut self) -> io::Result<()> {
        let used = self.framer.slide();
        self.window.copy_within(used..self.filled, 0);
        self.filled -= used;
        while self.filled < self.window.len() {
            match self.input.read(&mut self.window[self.filled..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A record that the window cuts would look like the end of the file.
    fn keep_ahead(&mut self) {
        if self.at_end || self.filled - self.framer.within() >= RECORD {
            return;
        }
        if let Err(error) = self.refill() {
            let at = self.framer.offset();
            let sentence = format_args!("the file cannot be read after byte {at}: {error}");
            self.report.error(ErrorKind::Truncated, at, sentence);
            self.at_end = true;
        }
    }
}

/// The file as a stream, its length, and why it is not read directly, if it is not.
type Opened = (Box<dyn Read + Send>, u64, Option<io::Error>);

#[cfg(target_os = "linux")]
fn opened(path: &Path) -> io::Result<Opened> {
    match reader::DirectFile::open(path) {
        Ok(file) => {
            let length = file.length();
            Ok((Box::new(file), length, None))
        }
        Err(error) => buffered(path, error),
    }
}

#[cfg(not(target_os = "linux"))]
fn opened(path: &Path) -> io::Result<Opened> {
    buffered(path, io::Error::other("io_uring is Linux's"))
}

fn buffered(path: &Path, why: io::Error) -> io::Result<Opened> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((Box::new(file), length, Some(why)))
}

impl EventSource for DirectItch {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len() && !self.framer.ended() {
            self.keep_ahead();
            let Self { window, framer, decoder, report, at_end, .. } = self;
            // Without the end, the last record of the window may be cut.
            let safe = if *at_end { usize::MAX } else { self.filled - RECORD };
            filled +=
                decode(&window[..self.filled], safe, framer, decoder, report, &mut out[filled..]);
        }
        let Self { framer, decoder, report, .. } = self;
        framer.account(report, decoder);
        report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        self.decoder.instruments()
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

impl std::fmt::Debug for DirectItch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectItch")
            .field("fallback", &self.fallback)
            .field("offset", &self.framer.offset())
            .finish_non_exhaustive()
    }
}
