//! The host doctor: what stands between this machine and a flat latency tail.
//!
//! [`doctor`] reads `/proc` and `/sys` through a [`Sysroot`], compares what it finds with what the
//! caller says about itself ([`Context`]) and returns a [`Report`]: one [`Finding`] per check, a
//! [`Grade`] and the biggest win next. [`explain`] tells the story behind each check.
//!
//! What it is not: it measures nothing (the caller measures jitter and hands the result in), it
//! changes nothing, it prints nothing.
//!
//! Invariants:
//! - It only reads. It needs no privileges, never sleeps, and no state of the file system makes it
//!   panic or fail: what cannot be read becomes [`Severity::Skip`] with the reason.
//! - Every report holds every check exactly once, in the same order.
//! - A setting that the machine's owner alone can change is never held against a guest or a
//!   container: it is `Skip` with "ask the host", not `Fail`.
#![doc = ""]
#![doc = include_str!("../README.md")]

mod cgroup;
mod checks;
mod context;
mod cpu_list;
mod cpu_times;
mod finding;
mod grade;
mod host;
mod sysroot;
#[cfg(test)]
mod tests;

pub use context::{BuildProfile, Context};
pub use cpu_times::CpuTimes;
pub use finding::{Finding, Report, Severity};
pub use grade::Grade;
pub use sysroot::Sysroot;

use checks::CHECKS;

/// Examines the machine under `root` for the workload that `context` describes.
#[must_use]
pub fn doctor(root: &Sysroot, context: &Context) -> Report {
    let host = host::Host::new(root, context);
    let findings: Vec<_> = CHECKS.iter().map(|check| check.examine(&host)).collect();
    let (grade, grade_reason) = grade::grade(&findings, context);
    let next = grade::biggest_win(&findings, context);
    Report { findings, grade, grade_reason, next }
}

/// The paragraph behind the check `id`: what it reads, why it matters, fix, undo, risk and when
/// not to bother. `None` when no check has that id.
#[must_use]
pub fn explain(id: &str) -> Option<&'static str> {
    CHECKS.iter().find(|check| check.id == id).map(|check| check.explain)
}

/// The id of every check, in the order of [`Report::findings`].
pub fn check_ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.id)
}
