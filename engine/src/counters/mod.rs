//! Counters of a running pipeline, in a mapped file that another process can read.
//!
//! The threads of the pipeline count anyway; with a file, they count there. Each stage has cache
//! lines of its own that only it writes, with plain stores, once a batch: readers cost it nothing
//! but a line that it must fetch back.

mod meter;
mod page;
mod snapshot;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use thiserror::Error;

use page::Page;

pub(crate) use meter::{Counters, RingMeter, StageMeter, StageState};
pub use snapshot::{RingCounters, Snapshot, StageCounters, StageProgress};

/// Counters that some process keeps, opened for reading.
///
/// ```
/// # use tourbillon_engine::{Batch, Capacity, CounterFile, Graph};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("counters");
/// let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
/// graph.counters(&path);
/// graph.stage("sum").handle(|_: &Batch<'_, u64>| Ok(()));
/// let running = graph.start()?;
/// producer.publish_batch(&[1, 2, 3])?;
/// producer.close();
/// running.join()?;
/// // Usually in another process.
/// let snapshot = CounterFile::open(&path)?.read();
/// assert_eq!(snapshot.stages[0].events, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CounterFile {
    page: Page,
}

/// A file of counters that cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CountersError {
    /// The system refuses.
    #[error("cannot read counters from {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{} holds no counters: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// How that shows.
        reason: &'static str,
    },
}

impl CounterFile {
    /// Opens a file that a pipeline writes, or wrote.
    ///
    /// # Errors
    /// If it cannot be read or was not written by this version.
    pub fn open(path: &Path) -> Result<Self, CountersError> {
        Page::open(path).map(|page| Self { page })
    }

    /// The counters as they are now.
    #[must_use]
    pub fn read(&self) -> Snapshot {
        Snapshot::of(&self.page)
    }
}
