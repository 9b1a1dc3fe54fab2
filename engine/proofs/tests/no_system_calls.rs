//! In steady state, threads that spin make no system call: a filter in the kernel watches.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use common::{run, scenarios, skip};

#[test]
fn the_path_of_an_event_makes_no_system_call() {
    let program = Path::new(env!("CARGO_BIN_EXE_system_calls"));
    let (sound, planted) = scenarios(program);
    assert!(!sound.is_empty() && !planted.is_empty(), "{program:?} lists no scenarios");
    for name in &sound {
        let outcome = run(program, &[name], &[]);
        if outcome.status.code() == Some(77) {
            return skip(outcome.output.trim());
        }
        let (status, output) = (outcome.status, outcome.output);
        assert!(
            status.success(),
            "{name}: {status}\n{output}\n`strace -f {} {name}` shows what was called",
            program.display()
        );
    }
    for name in &planted {
        let outcome = run(program, &[name], &[]);
        let caught = outcome.status.signal() == Some(libc::SIGSYS);
        assert!(caught, "{name} was not caught: {}\n{}", outcome.status, outcome.output);
    }
}
