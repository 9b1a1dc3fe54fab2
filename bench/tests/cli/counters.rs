//! Counters of a run, read by another process while it runs, after it has ended, and after it was
//! killed; and what is no file of counters.

use std::fs::{self, File};

use serde_json::Value;

use crate::support::{Background, Ran, list, number, plain, text, tourbillon};

/// A folder and the path of a file in it that is not there yet.
fn place() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("counters").display().to_string();
    (folder, path)
}

fn stage(reading: &Value) -> &Value {
    assert_eq!(list(&reading["stages"]).len(), 1, "{reading}");
    &reading["stages"][0]
}

/// Events of the stage in `run`, once there are any: until then it reads its feed.
fn begun(run: &mut Background, file: &str) -> Value {
    loop {
        let ran = run.meanwhile(&["stat", file, "--json"]);
        if ran.code == 0 && number(&stage(&ran.json())["events"]) > 0 {
            return ran.json();
        }
    }
}

#[test]
fn a_run_is_watched_while_it_runs_and_after_it_was_killed() {
    let (_folder, file) = place();
    // More than a minute: it is killed long before.
    let options = ["--events", "1M", "--rate", "10k", "--wait", "park", "--pin", "none"];
    let mut run = Background::start(&[&["run", "--counters", &file], &options[..]].concat());
    let reading = begun(&mut run, &file);
    assert_eq!((number(&reading["process"]), &reading["alive"]), (run.process(), &true.into()));
    assert!(number(&reading["started_ns"]) < number(&reading["taken_ns"]), "{reading}");
    assert_eq!(text(&stage(&reading)["state"]), "running");

    let several = ["stat", &file, "--json", "--count", "3", "--interval", "300ms"];
    let several = run.meanwhile(&several).json();
    let samples = list(&several["samples"]);
    assert_eq!(samples.len(), 3);
    let events: Vec<u64> = samples.iter().map(|sample| number(&stage(sample)["events"])).collect();
    assert!(events.is_sorted() && events[0] < events[2], "{events:?}");

    let top = run.meanwhile(&["top", &file, "--count", "2", "--interval", "300ms"]);
    assert_eq!((top.code, top.err.as_str()), (0, ""));
    assert!(!top.out.contains('\u{1b}'), "no control sequences in a file: {top:?}");
    assert_eq!(top.out.matches(" is running; its pipeline started").count(), 2, "{top:?}");
    assert_eq!(top.out.lines().filter(|line| line.contains("k/s")).count(), 4, "{}", top.out);
    let object = ["top", &file, "--count", "2", "--interval", "1ms", "--json"];
    assert_eq!(list(&run.meanwhile(&object).json()["samples"]).len(), 3);

    run.kill();
    drop(run);
    let reading = tourbillon(&["stat", &file, "--json"]).json();
    assert_eq!(reading["alive"], false);
    let top = tourbillon(&["top", &file, "--interval", "1h"]);
    assert_eq!(top.code, 0, "{top:?}");
    assert!(top.out.lines().last().is_some_and(|line| line.contains(" is gone.")), "{top:?}");
}

#[test]
fn a_run_that_has_ended_can_still_be_read() {
    let (_folder, file) = place();
    let run = ["run", "--counters", &file, "--events", "100k", "--rate", "max", "--json"];
    let options = ["--mode", "micro-batch", "--batch-events", "64", "--poison-every", "10k"];
    let report = tourbillon(&[&run[..], &options].concat()).closed_loop();
    let reading = tourbillon(&["stat", &file, "--json"]).json();
    let (ring, stage) = (&reading["rings"][0], stage(&reading));
    assert_eq!((text(&stage["name"]), text(&stage["state"])), ("match", "ended"));
    assert_eq!(number(&ring["published"]), 100_000);
    assert_eq!(ring["waited"], report["producer"]["waited"]);
    assert_eq!((number(&stage["events"]), number(&stage["depth"])), (100_000, 0));
    assert_eq!(
        (&stage["retried"], number(&stage["dead_letters"])),
        (&report["retried_batches"], 10)
    );
    assert_eq!(stage["batches"], report["batch"]["batches"]);
    let sizes = list(&stage["batch_sizes"]);
    let batches: u64 = sizes.iter().map(|class| number(&class["batches"])).sum();
    assert_eq!(batches, number(&stage["batches"]));
    assert!(sizes.iter().all(|class| number(&class["from"]) <= 64), "{stage}");
    assert_eq!(number(&stage["largest_batch"]), 64);

    let screen = tourbillon(&["stat", &file]);
    assert_eq!((screen.code, screen.err.as_str()), (0, ""));
    let screen = plain(&screen.out);
    for words in ["is gone; its pipeline started", "100000", "dead letters 10", "64 to 127", "█"]
    {
        assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
    }
}

/// Fails with one line that has all of these words.
fn refused(ran: &Ran, words: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    for word in words {
        assert!(ran.err.matches(word).count() == 1, "not once \"{word}\": {}", ran.err);
    }
}

#[test]
fn what_is_no_file_of_counters_is_refused() {
    let (folder, file) = place();
    let run = ["run", "--counters", &file, "--events", "100", "--rate", "max", "--json"];
    tourbillon(&run).closed_loop();
    let whole = fs::read(&file).expect("the file stays");
    let make = |name: &str, content: &[u8]| {
        let path = folder.path().join(name).display().to_string();
        fs::write(&path, content).expect("a file");
        path
    };
    let closed = make("closed", &whole);
    let mut permissions = fs::metadata(&closed).expect("it is there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0);
    fs::set_permissions(&closed, permissions).expect("it is ours");
    let mut cases = vec![
        (folder.path().join("missing").display().to_string(), "No such file"),
        (make("empty", b""), "shorter than the header"),
        (make("foreign", &[b' '; 4096]), "the mark of such files"),
        (make("cut", &whole[..whole.len() / 2 / 8 * 8]), "not as long as its header says"),
    ];
    // Nothing is closed to the superuser.
    if File::open(&closed).is_err() {
        cases.push((closed, "Permission denied"));
    }
    for (path, reason) in &cases {
        for command in ["stat", "top"] {
            refused(&tourbillon(&[command, path]), &[path, reason]);
            refused(&tourbillon(&[command, path, "--json"]), &[path, reason]);
        }
    }
    let nowhere = folder.path().join("no/counters").display().to_string();
    let run = ["run", "--counters", &nowhere, "--events", "100", "--rate", "max", "--json"];
    refused(&tourbillon(&run), &[&nowhere, "cannot create the counters"]);
}

#[test]
fn wrong_options_are_a_matter_of_usage() {
    let cases: [(&[&str], &str); 6] = [
        (&["stat"], "<FILE>"),
        (&["top"], "<FILE>"),
        (&["top", "f", "--interval", "0"], "at least 1ms"),
        (&["stat", "f", "--interval", "1"], "--interval"),
        (&["stat", "f", "--count", "0"], "from 1 on"),
        (&["top", "f", "--rate", "1"], "'--rate'"),
    ];
    for (arguments, word) in cases {
        let ran = tourbillon(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains(word), "no \"{word}\" in: {}", ran.err);
    }
}
