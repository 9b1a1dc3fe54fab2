//! Files read in pieces, past the page cache where the kernel allows it: the same events and the
//! same account as of the mapped file, in bounded memory.

mod support;

use std::io::Write;
use std::path::Path;

use tourbillon_feeds::direct::DirectItch;
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{EventSource, Format, Options, open, read_all};

/// A generated file of several pieces.
fn file() -> Vec<u8> {
    let mut file = Vec::new();
    Generator::new(5, 100, Profile::day()).write(&mut file, 150_000).expect("memory takes all");
    assert!(file.len() > 4 << 20);
    file
}

fn same(path: &Path, options: &Options) {
    let mut mapped = open(path, options).expect("a feed");
    let expected = read_all(&mut *mapped);
    let mut direct = DirectItch::open(path, options).expect("the same feed");
    if let Some(why) = direct.fallback() {
        let _ = writeln!(std::io::stderr(), "note: read through the page cache: {why}");
    }
    let memory = direct.memory();
    assert!(read_all(&mut direct) == expected);
    let json =
        |source: &dyn EventSource| serde_json::to_value(source.report()).expect("plain data");
    assert_eq!(json(&direct), json(&*mapped));
    assert_eq!((direct.memory(), direct.instruments().len()), (memory, mapped.instruments().len()));
}

#[test]
fn a_file_in_pieces_is_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("day.itch");
    let whole = file();
    let options = Options { format: Some(Format::Itch50), ..Options::default() };
    // Cut anywhere: at the end of a piece, just before and after, and within records.
    for length in [whole.len(), 1 << 20, (1 << 21) - 1, (1 << 21) + 1, 3_000_001, 1, 0] {
        std::fs::write(&path, &whole[..length]).expect("the folder can be written");
        same(&path, &options);
    }
    // Bytes after the end of the session, and damage at the seam of two windows.
    let mut damaged = [&whole[..], &[7; 5_000]].concat();
    damaged[2_097_100..2_097_200].fill(0xFF);
    std::fs::write(&path, &damaged).expect("the folder can be written");
    same(&path, &options);
}

#[test]
fn what_is_no_itch_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("text");
    std::fs::write(&path, "no feed begins like this one\n").expect("the folder can be written");
    let text = |error: Option<_>| error.map(|error: tourbillon_feeds::OpenError| error.to_string());
    let wrong = text(DirectItch::open(&path, &Options::default()).err());
    assert!(wrong.is_some_and(|text| text.starts_with("not itch50")));
    let missing = text(DirectItch::open(&folder.path().join("none"), &Options::default()).err());
    assert!(missing.is_some_and(|text| text.contains("none")));
}
