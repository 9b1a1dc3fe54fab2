//! The path of an event costs no more instructions than are on record.
//!
//! Instructions are counted, not timed, so the gate is exact on the noisiest machine. The record
//! is for one compiler. To renew it: `RECORD=1 cargo test -p tourbillon-proofs --test instructions`
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use common::{build, is_installed, run, scenarios, skip};

/// How much more than on record is let pass.
const TOLERANCE: f64 = 0.03;

type Counts = BTreeMap<String, f64>;

#[test]
fn an_event_costs_no_more_instructions_than_on_record() {
    if !is_installed("valgrind") {
        return skip("valgrind is not installed, instructions are not counted");
    }
    let counted = count();
    if env::var_os("RECORD").is_some() {
        return fs::write(record_path(), render(&counted)).expect("the record can be written");
    }
    let record = fs::read_to_string(record_path()).expect("the record is part of the source");
    let compiler = compiler();
    if !record.contains(&compiler) {
        return skip(&format!("instructions were recorded with another compiler than {compiler}"));
    }
    let recorded = parse(&record);
    let (table, passed) = compare(&recorded, &counted);
    assert!(passed, "more instructions for an event than on record, or other rows:\n{table}");
}

fn record_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt")
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs");
    String::from_utf8(version.stdout).expect("UTF-8").trim().to_owned()
}

/// Instructions for each event, by scenario.
fn count() -> Counts {
    let program = build("instructions", "");
    let (names, _) = scenarios(&program);
    assert!(!names.is_empty(), "{program:?} lists no scenarios");
    names.into_iter().map(|name| (name.clone(), count_one(&program, &name))).collect()
}

fn count_one(program: &Path, scenario: &str) -> f64 {
    let arguments = [
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        "--demangle=no",
        "--toggle-collect=*8measured*",
        program.to_str().expect("UTF-8"),
        scenario,
    ];
    let outcome = run(Path::new("valgrind"), &arguments, &[]);
    let number_after = |mark: &str| -> Option<f64> {
        outcome.output.lines().find_map(|line| line.split(mark).nth(1)?.trim().parse().ok())
    };
    let events = number_after("events: ");
    let collected = number_after("Collected : ");
    match (collected, events) {
        (Some(collected), Some(events)) if collected > 0.0 => collected / events,
        _ => panic!("{scenario} was not counted: {}\n{}", outcome.status, outcome.output),
    }
}

fn render(counts: &Counts) -> String {
    let mut text = format!(
        "# Instructions for each event of 56 bytes, counted by callgrind. Written by the test\n\
         # `instructions`, which says how. {}\n",
        compiler()
    );
    for (name, count) in counts {
        writeln!(text, "{name:24} {count:8.2}").expect("a string takes all");
    }
    text
}

fn parse(record: &str) -> Counts {
    let rows = record.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &str| {
        let (name, count) = line.split_once(' ')?;
        Some((name.to_owned(), count.trim().parse().ok()?))
    };
    rows.map(|line| row(line).unwrap_or_else(|| panic!("not a row: {line:?}"))).collect()
}

/// A table of both, and whether no row is missing or has grown by more than the tolerance.
fn compare(recorded: &Counts, counted: &Counts) -> (String, bool) {
    let mut table = format!("{:24} {:>8} {:>8}\n", "", "recorded", "counted");
    let mut passed = recorded.keys().eq(counted.keys());
    for (name, &new) in counted {
        let old = recorded.get(name).copied().unwrap_or(f64::NAN);
        let mark = if new > old * (1.0 + TOLERANCE) { "  MORE" } else { "" };
        passed &= mark.is_empty();
        writeln!(table, "{name:24} {old:8.2} {new:8.2}{mark}").expect("a string takes all");
    }
    (table, passed)
}

#[test]
fn the_gate_sees_growth_and_missing_rows() {
    let recorded = parse("# a comment\npublish 10.00\npoll     20.00\n");
    let with = |publish: f64| Counts::from([("publish".into(), publish), ("poll".into(), 20.0)]);
    assert!(compare(&recorded, &with(10.29)).1);
    assert!(compare(&recorded, &with(5.0)).1, "fewer are welcome");
    let (table, passed) = compare(&recorded, &with(10.31));
    assert!(!passed && table.contains("10.31  MORE"), "{table}");
    assert!(!compare(&recorded, &Counts::from([("publish".into(), 10.0)])).1);
    assert_eq!(parse(&render(&recorded)), recorded);
}
