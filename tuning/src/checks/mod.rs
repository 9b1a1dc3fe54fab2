//! The checks. Each reads a few files and judges; its constant texts stand beside it.

use crate::host::Host;
use crate::sysroot::Unread;
use crate::{Finding, Severity};

mod clock;
mod cores;
mod isolation;
mod memory;
mod process;
mod scheduler;

/// Every check, ordered by what its trouble usually costs.
pub(crate) const CHECKS: [Check; 12] = [
    process::BUILD,
    process::CONTAINER_LIMITS,
    cores::CORES,
    scheduler::STOLEN_TIME,
    isolation::ISOLATION,
    cores::SMT,
    clock::GOVERNOR,
    clock::CLOCKSOURCE,
    isolation::INTERRUPTS,
    scheduler::RT_THROTTLING,
    memory::TRANSPARENT_HUGE_PAGES,
    memory::MEMLOCK,
];

#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) wanted: &'static str,
    /// One line: why it matters.
    pub(crate) reason: &'static str,
    /// One paragraph: what, why, fix, undo, risk, when not.
    pub(crate) explain: &'static str,
    pub(crate) run: fn(&Host<'_>) -> Result<Verdict, Unread>,
}

impl Check {
    pub(crate) fn examine(&self, host: &Host<'_>) -> Finding {
        let verdict = (self.run)(host).unwrap_or_else(|unread| Verdict::skip(unread.to_string()));
        Finding {
            id: self.id,
            title: self.title,
            severity: verdict.severity,
            found: verdict.found,
            wanted: self.wanted.to_owned(),
            reason: self.reason.to_owned(),
            fix: verdict.fix,
            needs_reboot: verdict.needs_reboot,
            needs_host_admin: verdict.needs_host_admin,
        }
    }
}

/// The part of a finding that depends on the machine.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) severity: Severity,
    found: String,
    fix: String,
    needs_reboot: bool,
    needs_host_admin: bool,
}

impl Verdict {
    pub(crate) fn new(
        severity: Severity,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let (found, fix) = (found.into(), fix.into());
        Self { severity, found, fix, needs_reboot: false, needs_host_admin: false }
    }

    pub(crate) fn skip(found: impl Into<String>) -> Self {
        Self::new(Severity::Skip, found, "")
    }

    pub(crate) fn pass(found: impl Into<String>) -> Self {
        Self::new(Severity::Pass, found, "")
    }

    pub(crate) fn info(found: impl Into<String>) -> Self {
        Self::new(Severity::Info, found, "")
    }

    pub(crate) fn warn(found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Severity::Warn, found, fix)
    }

    pub(crate) fn fail(found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Severity::Fail, found, fix)
    }

    pub(crate) fn after_reboot(mut self) -> Self {
        self.needs_reboot = true;
        self
    }

    pub(crate) fn by_host_admin(mut self) -> Self {
        self.needs_host_admin = true;
        self
    }

    /// The same trouble, in the hands of somebody else.
    pub(crate) fn ask_host(mut self) -> Self {
        self.severity = Severity::Skip;
        self.fix = format!("ask the host: {}", self.fix);
        self.by_host_admin()
    }
}
