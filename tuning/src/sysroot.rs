//! The only door to the file system: every check reads through it, so that tests can show it the
//! tree of any machine.
//!
//! Invariants: it opens regular files only (opening a pipe or a device could block), reads at most
//! [`MAX_BYTES`], never writes, and never leaves the root by a `..` in a path.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use crate::cpu_list::{self, CpuSet};

/// `/proc/interrupts` of the largest machines is a few MiB; anything beyond this is no kernel file.
const MAX_BYTES: u64 = 16 << 20;

/// The directory that stands for `/`.
#[derive(Debug, Clone)]
pub struct Sysroot(PathBuf);

/// Why a file told us nothing. Its text is what a skipped finding shows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    #[error("/{0} is missing")]
    Missing(String),
    #[error("/{0} may not be read by this user")]
    Denied(String),
    #[error("/{0} is not a regular file")]
    NotAFile(String),
    #[error("/{0} is larger than {max} MiB", max = MAX_BYTES >> 20)]
    TooLarge(String),
    #[error("/{0} is not text")]
    NotText(String),
    #[error("/{0} cannot be read: {1}")]
    Other(String, io::Error),
    #[error("/{path} says {says:?}, which is not understood")]
    NotUnderstood { path: String, says: String },
}

impl Unread {
    fn from_io(path: &str, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::NotFound => Self::Missing(path),
            ErrorKind::PermissionDenied => Self::Denied(path),
            _ => Self::Other(path, error),
        }
    }

    /// `text` is quoted up to a length that fits a table.
    pub(crate) fn not_understood(path: &str, text: &str) -> Self {
        Self::NotUnderstood { path: path.to_owned(), says: text.trim().chars().take(40).collect() }
    }
}

impl Sysroot {
    /// This machine.
    #[must_use]
    pub fn host() -> Self {
        Self(PathBuf::from("/"))
    }

    /// A tree that looks like a machine, for instance one copied from elsewhere.
    #[must_use]
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    fn resolve(&self, path: &str) -> PathBuf {
        let inside = Path::new(path).components().filter(|c| matches!(c, Component::Normal(_)));
        self.0.join(inside.collect::<PathBuf>())
    }

    /// The whole file, as text.
    pub(crate) fn read(&self, path: &str) -> Result<String, Unread> {
        let full = self.resolve(path);
        let metadata = fs::metadata(&full).map_err(|e| Unread::from_io(path, e))?;
        if !metadata.is_file() {
            return Err(Unread::NotAFile(path.to_owned()));
        }
        // Kernel files claim to be empty, so the length alone proves nothing.
        let mut bytes = Vec::new();
        if metadata.len() <= MAX_BYTES {
            let file = File::open(&full).map_err(|e| Unread::from_io(path, e))?;
            file.take(MAX_BYTES + 1)
                .read_to_end(&mut bytes)
                .map_err(|e| Unread::from_io(path, e))?;
        }
        if metadata.len().max(bytes.len() as u64) > MAX_BYTES {
            return Err(Unread::TooLarge(path.to_owned()));
        }
        let text = String::from_utf8(bytes).map_err(|_| Unread::NotText(path.to_owned()))?;
        if text.contains('\0') { Err(Unread::NotText(path.to_owned())) } else { Ok(text) }
    }

    /// A file that holds one value.
    pub(crate) fn value<T: FromStr>(&self, path: &str) -> Result<T, Unread> {
        let text = self.read(path)?;
        text.trim().parse().map_err(|_| Unread::not_understood(path, &text))
    }

    /// A file that holds a list of CPUs.
    pub(crate) fn cpus(&self, path: &str) -> Result<CpuSet, Unread> {
        let text = self.read(path)?;
        cpu_list::parse(&text).ok_or_else(|| Unread::not_understood(path, &text))
    }

    /// The names of the entries of a directory that are numbers.
    pub(crate) fn numbered_entries(&self, path: &str) -> Result<Vec<u32>, Unread> {
        let entries = fs::read_dir(self.resolve(path)).map_err(|e| Unread::from_io(path, e))?;
        Ok(entries.flatten().filter_map(|e| e.file_name().to_str()?.parse().ok()).collect())
    }
}
