//! The doctor's findings on a terminal.

use tourbillon_tuning::{Finding, Report};

use super::grid;

/// Every check, then the grade and what to do first.
#[must_use]
pub fn text(report: &Report) -> String {
    let row = |finding: &Finding| {
        let mut text = format!("{}: {}", finding.title, finding.found);
        if !finding.fix.is_empty() {
            text += &format!("\n{}", finding.reason);
            text += &format!("\nFix: {}", finding.fix);
        }
        vec![finding.severity.to_string(), text]
    };
    let mut parts = vec![
        grid::texts(report.findings.iter().map(row)).trim_fmt(),
        format!(
            "Grade {:?} ({}). May claim: {}.",
            report.grade,
            report.grade_reason,
            report.grade.may_claim()
        ),
    ];
    parts.extend(report.next.iter().map(|next| format!("Biggest win next: {next}")));
    parts.join("\n\n")
}
