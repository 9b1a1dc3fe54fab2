//! Trees that no kernel would show: the doctor must shrug, and leave them as they are.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::thread;

use proptest::prelude::*;

use super::hosts::{self, Machine};
use crate::{Report, Severity};

fn fails(report: &Report) -> usize {
    report.findings.iter().filter(|finding| finding.severity == Severity::Fail).count()
}

/// Ways to make a file unreadable, whoever reads it.
const UNREADABLE: [fn(&Path); 6] = [
    |_missing| (),
    |huge| File::create(huge).and_then(|f| f.set_len(1 << 40)).expect("a sparse file"),
    |binary| fs::write(binary, b"\xff\xfe\0\x80").expect("a writable file"),
    |zeros| fs::write(zeros, [0; 4096]).expect("a writable file"),
    |directory| fs::create_dir(directory).expect("a writable parent"),
    |endless| symlink(endless, endless).expect("a writable parent"),
];

#[test]
fn a_file_that_cannot_be_read_is_never_held_against_the_machine() {
    for (name, machine) in hosts::ALL {
        let machine = machine();
        let fails_before = fails(&machine.doctor());
        for file in machine.files() {
            let original = fs::read(&file).expect("a readable file");
            for (mutation, break_it) in UNREADABLE.iter().enumerate() {
                fs::remove_file(&file).expect("a removable file");
                break_it(&file);
                let report = machine.doctor();
                let context = format!("{name}, {}, mutation {mutation}", file.display());
                assert_eq!(report.findings.len(), 12, "{context}");
                assert!(fails(&report) <= fails_before, "{context}: {report:#?}");
                let _nothing_to_remove = fs::remove_file(&file).or_else(|_| fs::remove_dir(&file));
                fs::write(&file, &original).expect("a writable file");
            }
        }
    }
}

/// What the parsers look for, in any order, and anything else.
const CONTENT: &str = "([0-9]{1,20}|[-:,/ \n.]|max|cpu|some avg10=|CPU[0-9]|\\PC){0,12}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_content_is_survived(
        host in 0_usize..5,
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), CONTENT),
            1..8,
        ),
    ) {
        let machine = hosts::ALL[host].1();
        let files = machine.files();
        for (file, content) in edits {
            fs::write(file.get(&files), content).expect("a writable file");
        }
        prop_assert_eq!(machine.doctor().findings.len(), 12);
    }
}

/// Runs `body` on a thread whose file accesses are those of an ordinary user.
#[allow(unsafe_code, reason = "only the system call can drop the privileges of one thread")]
fn as_ordinary_user<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    const NOBODY: libc::uid_t = 65_534;
    let drop_and_run = || {
        // SAFETY: the call takes no pointers, and changes the identity of this thread alone, for
        // file accesses only; the thread ends with this closure.
        unsafe { libc::setfsuid(NOBODY) };
        body()
    };
    thread::scope(|scope| scope.spawn(drop_and_run).join().expect("no panic"))
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own file");
}

#[test]
fn permission_denied_is_skipped_with_the_reason() {
    let machine = hosts::tuned_bare_metal();
    set_mode(&machine.path(""), 0o755);
    for file in machine.files() {
        set_mode(&file, 0o000);
    }
    let report = as_ordinary_user(|| machine.doctor());
    let mut denied = report.findings.iter().filter(|finding| finding.id != "build");
    assert!(denied.all(|finding| finding.severity == Severity::Skip), "{report:#?}");
    let reasons = report.findings.iter().filter(|f| f.found.contains("may not be read"));
    assert_eq!(reasons.count(), 11, "{report:#?}");
}

/// Everything that a write could change.
fn fingerprint(machine: &Machine) -> Vec<(u64, i64, i64, Vec<u8>)> {
    let read = |path| fs::read(path).expect("a readable file");
    let stat = |path| fs::metadata(path).expect("a readable file");
    let times = |path| (stat(path).ino(), stat(path).mtime(), stat(path).mtime_nsec());
    let files = machine.files();
    let entries = files.iter().map(|path| (times(path), read(path)));
    entries.map(|((inode, s, ns), bytes)| (inode, s, ns, bytes)).collect()
}

#[test]
fn needs_no_privileges_and_writes_nothing() {
    for (name, machine) in hosts::ALL {
        let machine = machine();
        set_mode(&machine.path(""), 0o755);
        let before = fingerprint(&machine);
        let report = machine.doctor();
        assert_eq!(as_ordinary_user(|| machine.doctor()), report, "{name}");
        assert_eq!(fingerprint(&machine), before, "{name}");
    }
}
