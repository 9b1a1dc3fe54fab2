//! The corpus of every fuzz target, replayed: what was found once stays found.

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
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

/// The inputs of a target, in the order of their names.
fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = fuzz("corpus").join(target);
    let entries = std::fs::read_dir(&folder).expect("its corpus is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    let read = |path: PathBuf| (path.clone(), std::fs::read(path).expect("a readable file"));
    paths.into_iter().map(read).collect()
}

#[test]
fn the_corpus_holds() {
    for (target, _) in TARGETS {
        for (path, data) in inputs(target) {
            if std::panic::catch_unwind(|| run(target, &data)).is_err() {
                panic!("{target} fails on {}", path.display());
            }
        }
    }
}

/// One change: a bit, a byte, a piece taken out, put in twice, or put in from another input.
fn mutate(random: &mut Xoshiro256PlusPlus, data: &mut Vec<u8>, other: &[u8]) {
    const LONGEST: usize = 8_192;
    let mut below = |bound: usize| (random.next_u64() % bound.max(1) as u64) as usize;
    let (at, length, byte) = (below(data.len()), 1 + below(40), below(256) as u8);
    let end = (at + length).min(data.len());
    match below(6) {
        _ if data.is_empty() => data.push(byte),
        0 => data[at] ^= 1 << (byte % 8),
        1 => data[at] = [byte, 0, 0xFF, b'0', b',', b'"'][below(6)],
        2 => drop(data.drain(at..end)),
        3 => data.extend_from_within(at..end),
        4 => {
            let piece = data[at..end].to_vec();
            data.splice(at..at, piece);
        }
        _ => {
            let from = below(other.len());
            let piece = &other[from..(from + length).min(other.len())];
            data.splice(at..end, piece.iter().copied());
        }
    }
    data.truncate(LONGEST);
}

/// A search without feedback, for compilers without it: `FUZZ_MUTATIONS` inputs a target. What it
/// finds is printed, to be kept in the corpus.
#[test]
fn changed_inputs_hold() {
    let mutations = std::env::var("FUZZ_MUTATIONS").map_or(300, |n| n.parse().expect("a number"));
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    for (target, _) in TARGETS {
        let inputs = inputs(target);
        let pick = |random: &mut Xoshiro256PlusPlus| {
            inputs[(random.next_u64() % inputs.len() as u64) as usize].1.clone()
        };
        for _ in 0..mutations {
            let (mut data, other) = (pick(&mut random), pick(&mut random));
            for _ in 0..1 + random.next_u64() % 8 {
                mutate(&mut random, &mut data, &other);
            }
            if std::panic::catch_unwind(|| run(target, &data)).is_err() {
                panic!("{target} fails on {data:?}");
            }
        }
    }
}
