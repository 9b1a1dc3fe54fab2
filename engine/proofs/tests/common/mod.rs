//! Building and running the programs under their instruments.
#![allow(dead_code, unreachable_pub, reason = "each test file uses part of it")]

use std::ffi::OsString;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Far longer than any program takes on the slowest machine; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Builds a program in release mode with these flags for the compiler, from what the workspace has
/// already downloaded. The programs share a target directory, and so all that has no such flags.
///
/// # Panics
/// If it cannot be built.
pub fn build(program: &str, flags: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("instruments");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--release", "--offline", "--locked"])
        .args(["--package", env!("CARGO_PKG_NAME"), "--bin", program, "--target", TARGET])
        .arg("--target-dir")
        .arg(&directory)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // Sanitizers are behind a gate that the stable compiler opens on this word.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let built = cargo.status().expect("cargo runs");
    assert!(built.success(), "cannot build {program} with {flags:?}");
    directory.join(TARGET).join("release").join(program)
}

/// Whether the compiler brings the runtime of this sanitizer.
pub fn has_sanitizer(short: &str) -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = Command::new(rustc).args(["--print", "sysroot"]).output().expect("rustc runs");
    let sysroot = String::from_utf8(sysroot.stdout).expect("a path in UTF-8");
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib");
    let ending = format!("_rt.{short}.a");
    fs::read_dir(libraries)
        .is_ok_and(|files| files.flatten().any(|f| f.path().to_string_lossy().ends_with(&ending)))
}

/// Whether a program of that name can be started.
pub fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Says so even while the test runner captures the output.
pub fn skip(reason: &str) {
    writeln!(std::io::stderr(), "SKIPPED: {reason}").expect("stderr is open");
}

/// The scenarios of a program: those that must run clean, and those that must be caught.
pub fn scenarios(program: &Path) -> (Vec<String>, Vec<String>) {
    let listed = run(program, &[], &[]).output;
    let names = listed.lines().map(str::to_owned);
    names.partition(|name| !name.starts_with("planted-"))
}

#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    pub output: String,
}

/// Runs a program to its end and returns what it wrote.
///
/// # Panics
/// If it hangs; it is killed then.
pub fn run(program: &Path, arguments: &[&str], environment: &[(&str, OsString)]) -> Outcome {
    let mut written = tempfile::tempfile().expect("a temporary file");
    let same = || written.try_clone().expect("another handle");
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment.iter().cloned())
        .stdout(same())
        .stderr(same())
        .spawn()
        .expect("the program starts");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("it can be killed");
            panic!("{program:?} {arguments:?} hangs: not done after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let mut output = String::new();
    written.rewind().expect("a file");
    written.read_to_string(&mut output).expect("UTF-8");
    Outcome { status, output }
}
