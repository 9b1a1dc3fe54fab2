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
        let mut bytes = Vec::new();
        // Kernel files claim to be empty, so only reading tells their length.
        File::open(&full)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|e| Unread::from_io(path, e))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Unread::TooLarge(path.to_owned()));
        }
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(text),
            _ => Err(Unread::NotText(path.to_owned())),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn says_why_a_file_told_nothing() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = |name| directory.path().join(name);
        fs::write(path("text"), "text").expect("a writable file");
        fs::write(path("binary"), b"\xff").expect("a writable file");
        let huge = File::create(path("huge")).expect("a writable file");
        huge.set_len(MAX_BYTES + 1).expect("a sparse file");
        // Endless; a pipe in its place would block whoever opens it.
        symlink("/dev/zero", path("device")).expect("a writable directory");
        symlink("loop", path("loop")).expect("a writable directory");

        let root = Sysroot::at(directory.path());
        let reason = |path| root.read(path).expect_err("unreadable").to_string();
        assert_eq!(reason("none"), "/none is missing");
        assert_eq!(reason("device"), "/device is not a regular file");
        assert_eq!(reason("huge"), "/huge is larger than 16 MiB");
        assert_eq!(reason("binary"), "/binary is not text");
        assert!(reason("loop").starts_with("/loop cannot be read: "));
        assert!(reason("text/below").starts_with("/text/below cannot be read: "));
        let not_a_number = root.value::<u8>("text").expect_err("text").to_string();
        assert_eq!(not_a_number, "/text says \"text\", which is not understood");
        assert_eq!(root.read("../../text").expect("stays inside"), "text");
    }
}
