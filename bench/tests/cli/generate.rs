//! `generate`: a file that is the same for the same seed, that `inspect` finds nothing wrong with,
//! and that runs like the built-in feed it is made of.

use std::path::Path;

use serde_json::Value;

use crate::support::{found, number, plain, tourbillon};

/// Writes a feed and says what the command said of it.
fn generate(path: &Path, seed: &str) -> Value {
    let out = path.to_str().expect("a plain path");
    let options = ["--events", "50k", "--symbols", "40", "--profile", "busy", "--seed", seed];
    let ran = tourbillon(&[&["generate", out, "--json"], &options[..]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.json()
}

#[test]
fn the_seed_decides_every_byte() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let written = |name: &str, seed: &str| {
        let path = folder.path().join(name);
        generate(&path, seed);
        std::fs::read(path).expect("the file is there")
    };
    let first = written("a", "0x2a");
    assert!(first == written("b", "2A"), "the same seed, written otherwise");
    assert!(first != written("c", "2b"), "another seed");
}

#[test]
fn inspection_finds_what_was_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("feed.itch");
    let summary = generate(&path, "7");
    let path = path.to_str().expect("a plain path");
    let ran = tourbillon(&["inspect", path, "--json"]);
    let report = ran.json();
    assert_eq!(ran.code, 0);
    assert_eq!(report["types"], summary["types"]);
    assert_eq!((&report["records"], &report["bytes"]), (&summary["messages"], &summary["bytes"]));
    assert_eq!((number(&report["symbols"]), number(&summary["traffic"])), (40, 50_000));
    assert_eq!(report["end_of_session"], true);
    let screen = plain(&tourbillon(&["inspect", path]).out);
    assert!(screen.contains("No errors.") && screen.contains("session"), "{screen}");
}

#[test]
fn both_architectures_find_the_same_in_the_file_and_in_the_built_in_feed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("feed.itch");
    generate(&path, "7");
    let path = path.to_str().expect("a plain path");
    let run = |feed: &[&str], mode: &str| {
        let options = ["--events", "50k", "--rate", "max", "--mode", mode, "--json"];
        tourbillon(&[&["run"], feed, &options[..]].concat()).closed_loop()
    };
    let file = run(&[path], "realtime");
    assert_eq!(found(&file), found(&run(&[path], "micro-batch")));
    assert!(found(&file).iter().all(|(_, matches, _)| *matches > 0), "{file}");
    let synthetic = ["synthetic", "--seed", "7", "--symbols", "40"];
    assert_eq!(found(&file), found(&run(&synthetic, "realtime")));
}

#[test]
fn the_screen_says_what_was_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("feed.itch");
    let path = path.to_str().expect("a plain path");
    let ran = tourbillon(&["generate", path, "--events", "1k", "--symbols", "3"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with(&format!("wrote {path}: ")), "{}", ran.out);
    let bytes = std::fs::metadata(path).expect("the file is there").len();
    assert!(plain(&ran.out).contains(&format!("in {bytes} bytes")), "{}", ran.out);
}
