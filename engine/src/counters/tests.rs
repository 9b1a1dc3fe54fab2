//! What is counted is what is read, and what is no such file is refused with a reason.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::page::{Entry, Page};
use super::{CounterFile, Counters, CountersError, StageProgress};
use crate::counters::StageState;
use crate::summary::Recovery;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for files");
    let path = folder.path().join("counters");
    (folder, path)
}

#[test]
fn what_is_counted_is_read() {
    let (_folder, path) = folder();
    let counters = Counters::create(&path, 2).expect("a new file");
    let ring = counters.ring(0, 64).expect("there is room");
    let mut stage = counters
        .stage("a stage of a rather long name, longer than the field of 64 bytes", 0)
        .expect("there is room");
    let file = CounterFile::open(&path).expect("a counter file");
    let before = file.read();
    assert_eq!((before.process, before.stages[0].events), (std::process::id(), 0));

    ring.waited();
    ring.conflated(7);
    stage.delivered(1, 1, 5);
    stage.delivered(4, 5, 9);
    stage.report(Recovery { retried: 3, dead_letters: 2, ..Recovery::default() }, 1);
    stage.state(StageState::Ended);
    let after = file.read();
    let ring = &after.rings[0];
    assert_eq!((ring.capacity, ring.published, ring.waited, ring.conflated), (64, 9, 1, 7));
    let stage = &after.stages[0];
    assert_eq!(stage.name, "a stage of a rather long name, longer than the field of 64 bytes");
    assert_eq!((stage.position, stage.seen, stage.events, stage.batches), (5, 9, 5, 2));
    assert_eq!((stage.largest_batch, &stage.batch_sizes[..4]), (4, &[1, 0, 1, 0][..]));
    assert_eq!((stage.retried, stage.dead_letters, stage.aborted), (3, 2, 1));
    assert_eq!(stage.progress, StageProgress::Ended);
}

#[test]
fn a_new_file_leaves_the_older_one_to_those_who_have_it() {
    let (_folder, path) = folder();
    let older = Counters::create(&path, 200).expect("a new file");
    let reader = CounterFile::open(&path).expect("a counter file");
    let _newer = Counters::create(&path, 1).expect("a new file in its place");
    // Near the end of a file that is longer than the newer one.
    let mut stages: Vec<_> = (0..200).map(|_| older.stage("stage", 0)).collect();
    stages[199].as_mut().expect("there is room").delivered(7, 7, 7);
    assert_eq!(reader.read().stages[199].events, 7);
    assert!(CounterFile::open(&path).expect("a counter file").read().stages.is_empty());
}

#[test]
fn a_name_is_cut_between_letters() {
    let (_folder, path) = folder();
    let page = Page::create(&path, 1).expect("a new file");
    let entry = Entry { name: "é".repeat(40), kind: 2, ring: 0, capacity: 0 };
    assert_eq!(page.enter(&entry), Some(0));
    assert_eq!(page.entry(0).name, "é".repeat(32));
    assert_eq!(page.enter(&entry), None, "there is room for one");
}

#[test]
fn a_stage_that_stopped_in_the_middle_of_counting_is_unknown_and_nobody_waits_for_it() {
    let (_folder, path) = folder();
    let counters = Counters::create(&path, 1).expect("a new file");
    let mut stage = counters.stage("stage", 0).expect("there is room");
    stage.delivered(1, 1, 1);
    let page = Page::open(&path).expect("a counter file");
    drop(page);
    // Mark it as changing, as a process leaves it that is killed just then.
    let mut bytes = fs::read(&path).expect("readable");
    let version = (8 + 16) * 8;
    bytes[version] += 1;
    fs::write(&path, bytes).expect("writable");
    let snapshot = CounterFile::open(&path).expect("a counter file").read();
    assert_eq!(snapshot.stages[0].progress, StageProgress::Unknown);
}

#[test]
fn whatever_is_no_such_file_is_refused_with_a_reason() {
    let (_folder, path) = folder();
    let reason = || match CounterFile::open(&path).expect_err("refused") {
        CountersError::Foreign { reason, .. } => reason.to_owned(),
        CountersError::Io { source, .. } => source.kind().to_string(),
    };
    assert_eq!(reason(), "entity not found");
    let _counters = Counters::create(&path, 3).expect("a new file");
    let whole = fs::read(&path).expect("readable");
    for (cut, due) in
        [(0, "shorter"), (63, "shorter"), (64, "not as long"), (whole.len() - 8, "not as long")]
    {
        fs::write(&path, &whole[..cut]).expect("writable");
        assert!(reason().contains(due), "{cut} bytes: {}", reason());
    }
    for (byte, due) in [(0, "the mark"), (8, "another version"), (40, "not as long")] {
        let mut wrong = whole.clone();
        wrong[byte] ^= 0x40;
        fs::write(&path, wrong).expect("writable");
        assert!(reason().contains(due), "byte {byte}: {}", reason());
    }
    // Too many entries in use for the room there is: the room counts.
    let mut wrong = whole;
    wrong[32..40].copy_from_slice(&u64::MAX.to_ne_bytes());
    fs::write(&path, wrong).expect("writable");
    assert!(CounterFile::open(&path).expect("a counter file").read().stages.is_empty());
}

#[cfg(unix)]
#[test]
fn the_file_has_its_room_on_the_disk_from_the_start() {
    use std::os::unix::fs::MetadataExt;

    let (_folder, path) = folder();
    let _counters = Counters::create(&path, 200).expect("a new file");
    let file = fs::metadata(&path).expect("it is there");
    assert!(file.blocks() * 512 >= file.len(), "{} blocks for {} bytes", file.blocks(), file.len());
}
