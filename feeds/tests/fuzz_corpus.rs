//! The corpus of every fuzz target, replayed: what was found once stays found.

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::PathBuf;
use targets::{TARGETS, run};

fn fuzz(folder: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz")).join(folder)
}

/// Names in a folder, without extension.
fn names(folder: &str) -> BTreeSet<String> {
    let path = fuzz(folder);
    let entries = std::fs::read_dir(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let name = |path: PathBuf| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    entries.filter_map(|entry| name(entry.expect("a readable folder").path())).collect()
}

#[test]
fn every_target_has_its_program_and_its_corpus() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known.len(), TARGETS.len());
    assert_eq!(names("fuzz_targets"), known);
    assert_eq!(names("corpus"), known);
}

#[test]
fn the_corpus_holds() {
    for (target, _) in TARGETS {
        let folder = fuzz("corpus").join(target);
        let mut inputs = 0;
        for entry in std::fs::read_dir(&folder).expect("its corpus is there") {
            let path = entry.expect("a readable folder").path();
            let data = std::fs::read(&path).expect("a readable file");
            if std::panic::catch_unwind(|| run(target, &data)).is_err() {
                panic!("{target} fails on {}", path.display());
            }
            inputs += 1;
        }
        assert!(inputs > 0, "{} is empty", folder.display());
    }
}
