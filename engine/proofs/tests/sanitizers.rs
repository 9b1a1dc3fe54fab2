//! The race detector and the real-time sanitizer find nothing in whole pipelines, and do find what
//! was planted for them.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

mod common;

use std::ffi::OsString;
use std::path::Path;

use common::{build, has_sanitizer, is_installed, run, scenarios, skip};

/// Exit codes with which the sanitizers end a program.
const RACE: i32 = 66;
const NOT_REAL_TIME: i32 = 43;

#[test]
fn pipelines_do_not_race() {
    if !has_sanitizer("tsan") {
        return skip("this compiler comes without ThreadSanitizer");
    }
    // What is to be suppressed is named by function, so the detector needs the names.
    if !is_installed("addr2line") && !is_installed("llvm-symbolizer") {
        return skip("neither addr2line nor llvm-symbolizer is installed");
    }
    // Without vectors, because the detector takes no notice of stores of more than 16 bytes.
    let flags = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg race_detector \
                 -Cno-vectorize-slp -Cno-vectorize-loops";
    let suppressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("race.suppressions");
    let options = format!("suppressions={}:exitcode={RACE}", suppressions.display());
    check("race", flags, ("TSAN_OPTIONS", options.into()), RACE, "ThreadSanitizer: data race");
}

#[test]
fn the_path_of_an_event_neither_allocates_nor_blocks() {
    if !has_sanitizer("rtsan") {
        return skip("this compiler comes without RealtimeSanitizer");
    }
    let flags = "-Zsanitizer=realtime --cfg realtime";
    let options = format!("exitcode={NOT_REAL_TIME}").into();
    let report = "ERROR: RealtimeSanitizer";
    check("realtime", flags, ("RTSAN_OPTIONS", options), NOT_REAL_TIME, report);
}

/// Runs all scenarios of a program: the planted ones must end with that code and report, the
/// others well and without a report.
fn check(program: &str, flags: &str, options: (&str, OsString), code: i32, report: &str) {
    let program = build(program, flags);
    let (sound, planted) = scenarios(&program);
    assert!(!sound.is_empty() && !planted.is_empty(), "{program:?} lists no scenarios");
    let options = [options];
    for name in &sound {
        let outcome = run(&program, &[name], &options);
        let clean = outcome.status.success() && !outcome.output.contains("Sanitizer");
        assert!(clean, "{name}: {}\n{}", outcome.status, outcome.output);
    }
    for name in &planted {
        let outcome = run(&program, &[name], &options);
        let caught = outcome.status.code() == Some(code) && outcome.output.contains(report);
        assert!(caught, "{name} was not caught: {}\n{}", outcome.status, outcome.output);
    }
}
