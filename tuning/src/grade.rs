//! From findings and a measurement to one letter: the worse of what each allows, by the table in
//! README.md.
//!
//! `Skip` and `Info` count neither way: what the owner of a guest cannot see or change shows in
//! the measurement, if it matters. Only where nothing was measured does knowing little count.

use serde::Serialize;

use crate::{Context, Finding, Severity};

/// What latency numbers from this host are good for; better grades are smaller. The crate's
/// documentation has the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Grade {
    /// Flat: even the maximum means something.
    A,
    /// Good to the 99.9th percentile.
    B,
    /// Good to the 99th percentile.
    C,
    /// Good for medians and paired comparisons only.
    D,
    /// As D, and something is plainly wrong.
    F,
}

impl Grade {
    /// What a report from a host of this grade may claim.
    #[must_use]
    pub fn may_claim(self) -> &'static str {
        match self {
            Self::A => "p99.99 and the maximum",
            Self::B => "percentiles up to p99.9",
            Self::C => "percentiles up to p99, and paired comparisons",
            Self::D | Self::F => "the median, instruction counts and paired verdicts only",
        }
    }
}

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;

pub(crate) fn grade(findings: &[Finding], context: &Context) -> (Grade, String) {
    let (measured, measured_reason) = by_measurement(findings, context);
    let (found, found_reason) = by_findings(findings);
    (measured.max(found), format!("{measured_reason}; {found_reason}"))
}

fn by_measurement(findings: &[Finding], context: &Context) -> (Grade, String) {
    let Some(max) = context.max_gap_ns else {
        let skipped = count(findings, Severity::Skip);
        return if 2 * skipped > findings.len() {
            (Grade::D, format!("unmeasured and {skipped} checks skipped: D at best"))
        } else {
            (Grade::C, "unmeasured: C at best".to_owned())
        };
    };
    let p999 = context.p999_gap_ns;
    let grade = if max < 20 * MICROSECOND && p999.is_some_and(|p| p < 5 * MICROSECOND) {
        Grade::A
    } else if max < 200 * MICROSECOND {
        Grade::B
    } else if max < 5 * MILLISECOND {
        Grade::C
    } else if max < 50 * MILLISECOND {
        Grade::D
    } else {
        Grade::F
    };
    let p999 = p999.map_or_else(|| "unmeasured".to_owned(), microseconds);
    let max = microseconds(max);
    (grade, format!("longest gap {max}, p99.9 gap {p999}: {grade:?} at best"))
}

fn by_findings(findings: &[Finding]) -> (Grade, String) {
    let (fails, warns) = (count(findings, Severity::Fail), count(findings, Severity::Warn));
    let grade = match (fails, warns) {
        (0, 0) => Grade::A,
        (0, 1..=3) => Grade::B,
        (0, _) => Grade::C,
        (1, _) => Grade::D,
        _ => Grade::F,
    };
    (grade, format!("{fails} FAIL and {warns} WARN: {grade:?} at best"))
}

/// The worst finding; among equals one that can be mended from here, then the costliest kind.
pub(crate) fn biggest_win(findings: &[Finding], context: &Context) -> Option<String> {
    let worst = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::Warn)
        // `min_by_key` keeps the first of equals, and findings stand in order of cost.
        .min_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.needs_host_admin));
    match worst {
        Some(finding) => Some(format!("{}: {}", finding.title, finding.fix)),
        None if context.max_gap_ns.is_none() => {
            Some("measure the gaps of a spinning thread: unmeasured, no host is above C".to_owned())
        }
        None => None,
    }
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

fn microseconds(ns: u64) -> String {
    format!("{:.1} us", ns as f64 / MICROSECOND as f64)
}
