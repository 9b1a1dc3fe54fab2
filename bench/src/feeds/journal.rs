//! The event journal: written to memory and to a file, and read where it lies.

use std::sync::Arc;

use anyhow::Context;
use tourbillon_feeds::journal::{Journal, JournalWriter, SyncPolicy, WriterOptions};
use tourbillon_feeds::{MarketEvent, Options, open_bytes, read_all};

use super::{Setup, measured, streams};
use crate::contenders::{Contender, Found, Scenario};

pub(crate) const WRITE: &str = "journal-write";
pub(crate) const READ: &str = "journal-read";
pub(super) const TO_MEMORY: &str = "to memory";
pub(super) const TO_FILE: &str = "to a file, in the page cache";
pub(super) const FIRST: &str = "opened, checked and read";
pub(super) const AGAIN: &str = "read again";

/// Never waits for the disk, which is not what is measured.
fn options() -> WriterOptions {
    WriterOptions { sync: SyncPolicy::Never, ..WriterOptions::default() }
}

fn events(setup: &Setup) -> anyhow::Result<Arc<Vec<MarketEvent>>> {
    let bytes = streams::itch(setup.events)?;
    Ok(Arc::new(read_all(&mut *open_bytes(bytes, &Options::default())?)))
}

pub(super) fn write(setup: &Setup) -> anyhow::Result<Scenario> {
    let events = events(setup)?;
    let written = |events: &[MarketEvent]| Found { matches: events.len() as u64, checksum: 0 };
    let memory = {
        let events = Arc::clone(&events);
        let mut buffer = Vec::new();
        move || {
            buffer.clear();
            let mut writer = JournalWriter::new(std::mem::take(&mut buffer), &options())?;
            let sample = measured(events.len(), || {
                writer.append(&events).expect("memory takes all");
                written(&events)
            });
            buffer = writer.close()?.1;
            Ok(sample)
        }
    };
    let file = {
        let events = Arc::clone(&events);
        let folder = tempfile::tempdir().context("a folder for the journal")?;
        move || {
            let path = folder.path().join("journal.evj");
            let mut writer = JournalWriter::create(&path, &options())?;
            let sample = measured(events.len(), || {
                writer.append(&events).expect("there is room");
                written(&events)
            });
            writer.close()?;
            std::fs::remove_file(&path)?;
            Ok(sample)
        }
    };
    Ok(Scenario {
        name: WRITE,
        about: "64-byte events into blocks with checksums".to_owned(),
        events: events.len(),
        contenders: vec![
            Contender::new(TO_MEMORY, WRITE, Box::new(memory)),
            Contender::new(TO_FILE, WRITE, Box::new(file)),
        ],
    })
}

pub(super) fn read(setup: &Setup) -> anyhow::Result<Scenario> {
    let events = events(setup)?;
    let folder = tempfile::tempdir().context("a folder for the journal")?;
    let path = folder.path().join("journal.evj");
    let mut writer = JournalWriter::create(&path, &options())?;
    writer.append(&events)?;
    writer.close()?;
    let again = Journal::open(&path)?;
    sum(&again);
    let count = events.len();
    let first = move || {
        let path = folder.path().join("journal.evj");
        Ok(measured(count, || sum(&Journal::open(&path).expect("it was written just now"))))
    };
    Ok(Scenario {
        name: READ,
        about: "every event of a mapped journal is looked at where it lies".to_owned(),
        events: count,
        contenders: vec![
            Contender::new(FIRST, READ, Box::new(first)),
            Contender::new(AGAIN, READ, Box::new(move || Ok(measured(count, || sum(&again))))),
        ],
    })
}

fn sum(journal: &Journal) -> Found {
    let mut found = Found::default();
    for block in 0..journal.blocks() {
        let events = journal.block(block).expect("it was written just now");
        found.matches += events.len() as u64;
        found.checksum = events.iter().fold(found.checksum, |sum, event| {
            sum.wrapping_add(event.order_id ^ event.price as u64)
        });
    }
    found
}
