//! Running the command, and reading what it says.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A run spins on two cores: two at a time would only be in each other's way.
static TURN: Mutex<()> = Mutex::new(());

/// Runs `tourbillon` to its end.
pub(crate) fn tourbillon(arguments: &[&str]) -> Ran {
    tourbillon_into(Stdio::piped(), arguments)
}

/// The same, with standard output going somewhere else.
pub(crate) fn tourbillon_into(stdout: impl Into<Stdio>, arguments: &[&str]) -> Ran {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    run(stdout, arguments)
}

fn run(stdout: impl Into<Stdio>, arguments: &[&str]) -> Ran {
    let ran = spawn(stdout, arguments).wait_with_output().expect("the command ends");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    let ran = Ran {
        code: ran.status.code().expect("no signal ends the command"),
        out: text(ran.stdout),
        err: text(ran.stderr),
    };
    assert!(!ran.err.contains("panicked"), "{arguments:?}: {ran:?}");
    ran
}

fn spawn(stdout: impl Into<Stdio>, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tourbillon"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command can be started")
}

/// A command that goes on while others run, until it is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    child: Child,
    _turn: MutexGuard<'static, ()>,
}

impl Background {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Self { child: spawn(Stdio::null(), arguments), _turn: turn }
    }

    pub(crate) fn process(&self) -> u64 {
        self.child.id().into()
    }

    /// Runs another command to its end. It should not spin.
    pub(crate) fn meanwhile(&mut self, arguments: &[&str]) -> Ran {
        let ended = self.child.try_wait().expect("the command can be asked");
        assert_eq!(ended, None, "the command in the background goes on");
        run(Stdio::piped(), arguments)
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("the command can be killed");
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Ran {
    /// Standard output as the one JSON object that it must be.
    pub(crate) fn json(&self) -> Value {
        let object: Value = serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("not one JSON object ({error}): {self:?}"));
        assert!(object.is_object(), "{object}");
        object
    }

    /// The report of a run, held against its exit code.
    pub(crate) fn report(&self) -> Value {
        let report = self.json();
        let (status, reasons) = (text(&report["status"]), list(&report["reasons"]));
        let code = match status {
            "valid" => 0,
            "invalid" => 4,
            other => panic!("status {other}"),
        };
        assert_eq!(self.code, code, "{status}: {self:?}");
        assert_eq!(reasons.is_empty(), status == "valid", "{report}");
        report
    }

    /// A closed loop has no schedule to miss: it is valid, whatever the machine does.
    pub(crate) fn closed_loop(&self) -> Value {
        let report = self.report();
        let drifted = |reason: &Value| text(reason).starts_with("the clock drifted");
        assert!(list(&report["reasons"]).iter().all(drifted), "{report}");
        report
    }
}

/// Pattern, matches and checksum of everything that a run looked for.
pub(crate) fn found(report: &Value) -> Vec<(&str, u64, &str)> {
    let patterns = list(&report["patterns"]).iter();
    patterns.map(|p| (text(&p["name"]), number(&p["matches"]), text(&p["checksum"]))).collect()
}

/// Messages by type as `A 37 F 2`.
pub(crate) fn types(counts: &Value) -> String {
    let counts = list(counts).iter();
    let lines: Vec<_> =
        counts.map(|line| format!("{} {}", text(&line["code"]), line["count"])).collect();
    lines.join(" ")
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// Whole numbers without their thousands separators, so that a screen can be searched for them.
pub(crate) fn plain(screen: &str) -> String {
    screen.replace([',', '_'], "")
}

/// A file or folder of the shared data, or `None` and a loud word if it is not there.
pub(crate) fn shared(name: &str) -> Option<String> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(name);
    if path.exists() {
        return Some(path.display().to_string());
    }
    // Not `eprintln!`, which the test runner swallows for a test that passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED, not there: {}", path.display());
    None
}
