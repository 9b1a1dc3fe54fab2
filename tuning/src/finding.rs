//! What the doctor reports: one finding a check, and the report around them.

use std::fmt;

use serde::Serialize;

use crate::Grade;

/// How much a finding matters, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Could not be judged, or cannot be changed from here; counts neither for nor against.
    Skip,
    /// As wanted.
    Pass,
    /// Worth knowing; no harm done, or not relevant to this workload.
    Info,
    /// Costs latency now and then.
    Warn,
    /// Makes latency numbers from this host meaningless.
    Fail,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Skip => "SKIP",
            Self::Pass => "PASS",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        })
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's stable name, also the argument of [`explain`](crate::explain).
    pub id: &'static str,
    /// A few words for a table.
    pub title: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was read; for [`Severity::Skip`] why nothing could be judged.
    pub found: String,
    /// What the check would like to see.
    pub wanted: String,
    /// One line: why it matters.
    pub reason: String,
    /// A command, or where to look. Empty when there is nothing to do.
    pub fix: String,
    /// Whether the fix takes effect only after a reboot.
    pub needs_reboot: bool,
    /// Whether the fix is in the hands of whoever runs the machine below this guest or container.
    pub needs_host_admin: bool,
}

/// The outcome of one examination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One finding a check, the costliest kind of trouble first.
    pub findings: Vec<Finding>,
    /// What numbers from this host are good for.
    pub grade: Grade,
    /// One line: how the grade came about, and whether it rests on a measurement.
    pub grade_reason: String,
    /// The biggest win next; `None` when nothing is left to win.
    pub next: Option<String>,
}
